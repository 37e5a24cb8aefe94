#include <eonflow/series/program.hpp>

#include <eonflow/number/error.hpp>

#include <algorithm>
#include <map>

namespace eonflow::series {

using graph::kind;
using graph::node_id;

namespace {

/// `id` without the sums of one plain summand around it; their factor multiplies `factor`.
node_id without_scale(const graph::Graph& g, node_id id, Rational& factor) {
    while (g[id].what == kind::sum && g[id].value == 0 && g[id].terms.size() == 1 && g[id].terms[0].right == graph::none) {
        factor *= g[id].terms[0].coefficient;
        id = g[id].terms[0].left;
    }
    return id;
}

/// Degrees in time, from above: a state is of unbounded degree until its derivative is known to be a polynomial.
void bound_degrees(program& p) {
    const auto plus = [](int a, int b) { return a == unbounded || b == unbounded ? unbounded : a + b; };
    for (bool changed = true; changed;) {
        changed = false;
        for (std::size_t n = 0; n < p.variables.size(); ++n) {
            const std::size_t i = (n + p.states) % p.variables.size();  // states last
            variable& v = p.variables[i];
            int degree = 0;
            if (v.how == rule::sum || v.how == rule::state) {
                for (const product& t : v.terms)
                    degree = std::max(degree, plus(p.variables[t.left].degree, t.right == nothing ? 0 : p.variables[t.right].degree));
                if (v.how == rule::state && (!v.terms.empty() || v.value != 0)) degree = plus(degree, 1);
            } else if (v.how != rule::parameter && p.variables[v.argument].degree != 0) {
                degree = unbounded;
            }
            changed = changed || degree != v.degree;
            v.degree = degree;
        }
    }
}

class compiler {
public:
    explicit compiler(graph::vector_field field) : field_(std::move(field)), graph_(field_.graph) {
        if (graph_.inputs().size() < field_.states())
            throw invalid_input("a vector field of " + std::to_string(field_.states()) + " derivatives has only " +
                                std::to_string(graph_.inputs().size()) + " inputs");
    }

    program compile() {
        close_under_slopes();
        count_uses();
        program_.states = field_.states();
        program_.parameters = field_.parameters();
        slot_of_.assign(graph_.size(), nothing);
        for (std::size_t i = 0; i < graph_.inputs().size(); ++i) {
            variable v;
            v.how = i < program_.states ? rule::state : rule::parameter;
            slot_of_[graph_.inputs()[i]] = static_cast<slot>(i);
            program_.variables.push_back(std::move(v));
        }
        for (const node_id id : order_)
            if (graph_[id].what != kind::input && !merged_[id]) slot_of_[id] = static_cast<slot>(next_++ + graph_.inputs().size());
        for (const node_id id : order_)
            if (graph_[id].what != kind::input && !merged_[id]) program_.variables.push_back(translate(id));
        for (std::size_t i = 0; i < program_.states; ++i) {
            const node_id f = field_.derivative[i];
            if (merged_[f])
                collect(f, 1, program_.variables[i]);
            else
                program_.variables[i].terms.push_back({1, slot_of_[f], nothing});
        }
        bound_degrees(program_);
        return std::move(program_);
    }

private:
    void close_under_slopes() {
        std::vector<node_id> roots(field_.derivative.begin(), field_.derivative.end());
        slope_.clear();
        for (std::size_t known = roots.size() + 1; known != roots.size();) {
            known = roots.size();
            order_ = reachable(graph_, roots);
            for (const node_id id : order_) {
                if (graph_[id].what != kind::function || slope_.contains(id)) continue;
                Rational factor = 1;
                const node_id g = without_scale(graph_, graph_.slope(id), factor);
                slope_.emplace(id, std::pair(g, factor));
                roots.push_back(g);
            }
        }
    }

    /// A node is merged into its user if that is a sum or state, the only one, and takes it as a plain summand; constants are always merged.
    void count_uses() {
        std::vector<int> uses(graph_.size(), 0);
        std::vector<bool> only_summand(graph_.size(), true);
        for (const node_id f : field_.derivative) ++uses[f];
        for (const node_id id : order_) {
            const graph::node& n = graph_[id];
            if (n.what == kind::power || n.what == kind::function) only_summand[n.argument] = false;
            for (const graph::term& t : n.terms) {
                ++uses[t.left];
                if (t.right != graph::none) only_summand[t.left] = only_summand[t.right] = false;
            }
        }
        for (const auto& [id, g] : slope_) only_summand[g.first] = false;
        merged_.assign(graph_.size(), false);
        for (const node_id id : order_)
            merged_[id] = only_summand[id] && (graph_.is_constant(id) || (graph_[id].what == kind::sum && uses[id] == 1));
    }

    void collect(node_id id, const Rational& factor, variable& target) const {
        const graph::node& n = graph_[id];
        target.value += factor * n.value;
        for (const graph::term& t : n.terms) {
            const Rational coefficient = factor * t.coefficient;
            if (t.right == graph::none && merged_[t.left])
                collect(t.left, coefficient, target);
            else
                target.terms.push_back({coefficient, slot_of_[t.left], t.right == graph::none ? nothing : slot_of_[t.right]});
        }
    }

    variable translate(node_id id) const {
        const graph::node& n = graph_[id];
        variable v;
        switch (n.what) {
            case kind::constant:
            case kind::sum: collect(id, 1, v); break;
            case kind::power:
                v.how = n.value == -1 ? rule::reciprocal : rule::power;
                v.argument = slot_of_[n.argument];
                v.value = n.value;
                break;
            case kind::function: {
                const auto& [g, factor] = slope_.at(id);
                v.how = rule::function;
                v.name = n.name;
                v.argument = slot_of_[n.argument];
                v.slope = slot_of_[g];
                v.value = factor;
                break;
            }
            case kind::input: break;
        }
        return v;
    }

    graph::vector_field field_;
    graph::Graph& graph_;
    std::vector<node_id> order_;
    std::map<node_id, std::pair<node_id, Rational>> slope_;
    std::vector<bool> merged_;
    std::vector<slot> slot_of_;
    std::size_t next_ = 0;
    program program_;
};

/// Rewrites variable by variable; what a variable needs is put before it.
class integer_factors {
public:
    explicit integer_factors(const program& p) : from_(p), place_(p.variables.size(), nothing) {}

    program rewrite() {
        to_.states = from_.states, to_.parameters = from_.parameters;
        const std::size_t inputs = from_.states + from_.parameters;
        for (std::size_t i = 0; i < inputs; ++i) place_[i] = append(from_.variables[i]);
        for (std::size_t i = inputs; i < from_.variables.size(); ++i) place_[i] = rewritten(from_.variables[i]);
        for (std::size_t i = 0; i < from_.states; ++i) to_.variables[i].terms = terms(from_.variables[i]);
        // A slope may stand behind its function, which needs lower orders only.
        for (std::size_t i = inputs; i < from_.variables.size(); ++i)
            if (const variable& v = from_.variables[i]; v.how == rule::function) {
                const bool whole = is_small(v.value);
                const slot g = whole ? place_[v.slope] : multiple(v.value, place_[v.slope]);
                variable& target = to_.variables[place_[i]];
                target.slope = g;
                if (!whole) target.value = 1;
            }
        bound_degrees(to_);
        return std::move(to_);
    }

private:
    static bool is_small(const Rational& c) { return denominator(c) == 1 && abs(c) <= most_factor; }

    slot append(variable v) {
        to_.variables.push_back(std::move(v));
        return static_cast<slot>(to_.variables.size() - 1);
    }

    slot sum_of(std::vector<product> terms) {
        variable v;
        v.terms = std::move(terms);
        return append(std::move(v));
    }

    slot constant(const Rational& c) {
        const auto [known, added] = constants_.try_emplace(c, nothing);
        if (added) {
            variable v;
            v.value = c;
            known->second = append(std::move(v));
        }
        return known->second;
    }

    slot multiple(const Rational& c, slot of) { return sum_of({is_small(c) ? product{c, of, nothing} : product{1, constant(c), of}}); }

    slot rewritten(variable v) {
        if (v.how == rule::sum) {
            v.terms = terms(v);
            return append(std::move(v));
        }
        v.argument = place_[v.argument];
        if (v.how == rule::power) v.slope = multiple(v.value, v.argument);
        return append(std::move(v));
    }

    std::vector<product> terms(const variable& v) {
        std::vector<product> result;
        std::map<Rational, std::vector<product>> products;  // by the magnitude of their coefficient
        for (const product& t : v.terms) {
            const slot left = place_[t.left], right = t.right == nothing ? nothing : place_[t.right];
            if (right != nothing)
                products[abs(t.coefficient)].push_back({t.coefficient < 0 ? -1 : 1, left, right});
            else if (is_small(t.coefficient))
                result.push_back({t.coefficient, left, nothing});
            else
                products[1].push_back({1, constant(t.coefficient), left});
        }
        for (auto& [magnitude, group] : products)
            if (magnitude == 1 || (products.size() == 1 && is_small(magnitude)))
                for (const product& t : group) result.push_back({t.coefficient * magnitude, t.left, t.right});
        for (auto& [magnitude, group] : products) {
            if (magnitude == 1 || (products.size() == 1 && is_small(magnitude))) continue;
            const slot sum = sum_of(group);
            if (is_small(magnitude))
                result.push_back({magnitude, sum, nothing});
            else if (products.contains(1) || products.size() == 1)
                result.push_back({1, constant(magnitude), sum});
            else
                result.push_back({1, multiple(magnitude, sum), nothing});
        }
        return result;
    }

    const program& from_;
    program to_;
    std::vector<slot> place_;
    std::map<Rational, slot> constants_;
};

}  // namespace

program with_integer_factors(const program& p) { return integer_factors(p).rewrite(); }

program compile(graph::vector_field field) { return compiler(std::move(field)).compile(); }

}  // namespace eonflow::series
