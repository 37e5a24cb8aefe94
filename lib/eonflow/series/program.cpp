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

}  // namespace

program compile(graph::vector_field field) { return with_common_parts(compiler(std::move(field)).compile()); }

}  // namespace eonflow::series
