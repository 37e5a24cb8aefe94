#include <eonflow/series/program.hpp>

#include <algorithm>
#include <map>
#include <tuple>

namespace eonflow::series {

namespace {

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

/// Copies a program variable by variable, with other terms; what a variable needs is put before it.
class rewriter {
public:
    explicit rewriter(const program& p) : from_(p), place_(p.variables.size(), nothing) {}
    virtual ~rewriter() = default;
    rewriter(const rewriter&) = delete;
    rewriter& operator=(const rewriter&) = delete;

    program rewrite() {
        to_.states = from_.states, to_.parameters = from_.parameters;
        const std::size_t inputs = from_.states + from_.parameters;
        for (std::size_t i = 0; i < inputs; ++i) place_[i] = append(from_.variables[i]);
        for (std::size_t i = inputs; i < from_.variables.size(); ++i) {
            variable v = from_.variables[i];
            if (v.how == rule::sum)
                v.terms = terms(v.terms);
            else
                v.argument = place_[v.argument], prepare(v);
            place_[i] = append(std::move(v));
        }
        for (std::size_t i = 0; i < from_.states; ++i) {
            auto found = terms(from_.variables[i].terms);
            to_.variables[i].terms = std::move(found);
        }
        // A slope may stand behind its function, which needs lower orders only.
        for (std::size_t i = inputs; i < from_.variables.size(); ++i)
            if (from_.variables[i].how == rule::function) set_slope(place_[i], place_[from_.variables[i].slope]);
        bound_degrees(to_);
        return std::move(to_);
    }

protected:
    /// The new terms for the old ones.
    virtual std::vector<product> terms(const std::vector<product>& old) = 0;
    virtual void prepare(variable&) {}
    virtual void set_slope(slot of, slot slope) { to_.variables[of].slope = slope; }

    [[nodiscard]] std::vector<product> placed(std::vector<product> summands) const {
        for (product& t : summands) {
            t.left = place_[t.left];
            if (t.right != nothing) t.right = place_[t.right];
        }
        return summands;
    }

    slot append(variable v) {
        to_.variables.push_back(std::move(v));
        return static_cast<slot>(to_.variables.size() - 1);
    }

    /// The variable that is this sum, which is made once.
    slot sum_of(std::vector<product> summands) {
        for (product& t : summands)
            if (t.right != nothing && t.right < t.left) std::swap(t.left, t.right);
        std::sort(summands.begin(), summands.end(), [](const product& a, const product& b) {
            return std::tie(a.left, a.right, a.coefficient) < std::tie(b.left, b.right, b.coefficient);
        });
        std::vector<std::tuple<slot, slot, Rational>> key;
        for (const product& t : summands) key.emplace_back(t.left, t.right, t.coefficient);
        const auto [known, added] = sums_.try_emplace(std::move(key), nothing);
        if (added) {
            variable v;
            v.terms = std::move(summands);
            known->second = append(std::move(v));
        }
        return known->second;
    }

    program to_;

private:
    const program& from_;
    std::vector<slot> place_;
    std::map<std::vector<std::tuple<slot, slot, Rational>>, slot> sums_;
};

/// a b + a c is a (b + c).
class common_factors final : public rewriter {
public:
    using rewriter::rewriter;

private:
    std::vector<product> terms(const std::vector<product>& old) override {
        std::vector<product> all = placed(old);
        for (;;) {
            std::map<slot, int> uses;
            for (const product& t : all)
                if (t.right != nothing) {
                    ++uses[t.left];
                    if (t.right != t.left) ++uses[t.right];
                }
            const auto most = std::max_element(uses.begin(), uses.end(), [](const auto& a, const auto& b) { return a.second < b.second; });
            if (most == uses.end() || most->second < 2) return all;
            std::vector<product> others, rest;
            for (const product& t : all) {
                if (t.right != nothing && (t.left == most->first || t.right == most->first))
                    others.push_back({t.coefficient, t.left == most->first ? t.right : t.left, nothing});
                else
                    rest.push_back(t);
            }
            rest.push_back({1, most->first, sum_of(std::move(others))});
            all = std::move(rest);
        }
    }
};

/// A product that occurs more than once becomes a variable.
class common_products final : public rewriter {
public:
    explicit common_products(const program& p) : rewriter(p) {
        for (const variable& v : p.variables)
            for (const product& t : v.terms)
                if (t.right != nothing) ++uses_[std::pair(std::min(t.left, t.right), std::max(t.left, t.right))];
    }

private:
    std::vector<product> terms(const std::vector<product>& old) override {
        std::vector<product> all = placed(old);
        for (std::size_t i = 0; i < all.size(); ++i)
            if (all[i].right != nothing && uses_.at(std::pair(std::min(old[i].left, old[i].right), std::max(old[i].left, old[i].right))) > 1)
                all[i] = {all[i].coefficient, sum_of({{1, all[i].left, all[i].right}}), nothing};
        return all;
    }

    std::map<std::pair<slot, slot>, int> uses_;
};

class integer_factors final : public rewriter {
public:
    using rewriter::rewriter;

private:
    static bool is_small(const Rational& c) { return denominator(c) == 1 && abs(c) <= most_factor; }

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

    void prepare(variable& v) override {
        if (v.how == rule::power) v.slope = multiple(v.value, v.argument);
    }

    void set_slope(slot of, slot slope) override {
        const Rational factor = to_.variables[of].value;
        const slot g = is_small(factor) ? slope : multiple(factor, slope);
        to_.variables[of].slope = g;
        if (g != slope) to_.variables[of].value = 1;
    }

    std::vector<product> terms(const std::vector<product>& old) override {
        std::vector<product> result;
        std::map<Rational, std::vector<product>> products;  // by the magnitude of their coefficient
        for (const product& t : placed(old)) {
            if (t.right != nothing)
                products[abs(t.coefficient)].push_back({t.coefficient < 0 ? -1 : 1, t.left, t.right});
            else if (is_small(t.coefficient))
                result.push_back(t);
            else
                products[1].push_back({1, constant(t.coefficient), t.left});
        }
        const bool one_kind = products.size() == 1;
        for (auto& [magnitude, group] : products) {
            if (magnitude == 1 || (one_kind && is_small(magnitude))) {
                for (const product& t : group) result.push_back({t.coefficient * magnitude, t.left, t.right});
                continue;
            }
            const slot sum = sum_of(group);
            if (is_small(magnitude))
                result.push_back({magnitude, sum, nothing});
            else if (one_kind || products.contains(1))
                result.push_back({1, constant(magnitude), sum});
            else
                result.push_back({1, multiple(magnitude, sum), nothing});
        }
        return result;
    }

    std::map<Rational, slot> constants_;
};

}  // namespace

program with_common_parts(const program& p) {
    const program factored = common_factors(p).rewrite();
    return common_products(factored).rewrite();
}

program with_integer_factors(const program& p) { return integer_factors(p).rewrite(); }

}  // namespace eonflow::series
