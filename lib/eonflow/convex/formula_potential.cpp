#include <eonflow/convex/formula_potential.hpp>
#include <eonflow/convex/integral.hpp>
#include <eonflow/convex/root.hpp>
#include <eonflow/graph/derivative.hpp>
#include <eonflow/graph/evaluate.hpp>
#include <eonflow/graph/formula.hpp>
#include <eonflow/number/error.hpp>

namespace eonflow::convex {

using graph::Graph;
using graph::node_id;
using number::Ball;
using number::precision_scope;
using number::Rational;

namespace {

Ball exactly_middle(Ball x) {
    mag_zero(arb_radref(x.raw()));
    return x;
}

Ball nowhere() {
    Ball x;
    arb_indeterminate(x.raw());
    return x;
}

/// A potential along a parameter s: the point w = position(s) and its price h'(w) = price(s), both with nonzero slopes of one sign on an interval. The price is a formula
/// itself, or the integral of its slope from `base`.
struct Curve {
    Graph graph;
    node_id position = graph::none, price = graph::none, price_slope = graph::none;
    Rational base;
    std::optional<Rational> low, high;
};

class along_curve final : public Potential_function {
public:
    explicit along_curve(Curve curve)
        : curve_(std::move(curve)),
          plain_(curve_.graph[curve_.position].what == graph::kind::input),
          position_(curve_.graph, {curve_.position}),
          position_slope_(curve_.graph, graph::gradient(curve_.graph, curve_.position, curve_.graph.inputs())),
          price_(curve_.graph, {curve_.price == graph::none ? curve_.price_slope : curve_.price}),
          price_slope_(curve_.graph, {curve_.price_slope}) {
        if (curve_.price == graph::none) integral_ = std::make_unique<Integral>(curve_.graph, curve_.price_slope);
        const precision_scope scope(256);
        const Ball anchor(curve_.base), up = position_slope(anchor), slope = price_slope(anchor);
        if (!up.is_nonzero() || !slope.is_nonzero() || up.is_positive() != slope.is_positive())
            throw invalid_input("the potential is not strictly convex, or not defined, at " + curve_.base.str());
        rising_ = up.is_positive();
    }

    Response respond(const Ball& u) const override {
        Monotone prices = monotone([this](const Ball& x) { return price(x); }, [this](const Ball& x) { return price_slope(x); });
        if (integral_ && known_bits_ > 0) prices.hint = known_at_;
        const Ball s = monotone_root(prices, u);
        return {position(s), position_slope(s) / price_slope(s)};
    }
    Ball derivative(const Ball& w) const override {
        return price(plain_ ? w : monotone_root(monotone([this](const Ball& x) { return position(x); }, [this](const Ball& x) { return position_slope(x); }), w));
    }

private:
    /// Where the slope has the other sign lies another branch.
    [[nodiscard]] Monotone monotone(Ball_function value, Ball_function slope) const {
        auto on_branch = [value = std::move(value), slope, rising = rising_](const Ball& x) {
            const Ball here = slope(x);
            return here.is_nonzero() && here.is_positive() == rising ? value(x) : nowhere();
        };
        return {std::move(on_branch), std::move(slope), rising_, curve_.low, curve_.high, curve_.base};
    }

    [[nodiscard]] bool is_inside(const Ball& s) const {
        return s.is_finite() && (!curve_.low || (s - Ball(*curve_.low)).is_positive()) && (!curve_.high || (Ball(*curve_.high) - s).is_positive());
    }
    Ball value(graph::evaluator<Ball>& f, const Ball& s) const { return is_inside(s) ? f(std::span(&s, 1))[0] : nowhere(); }

    Ball position(const Ball& s) const { return value(position_, s); }
    Ball position_slope(const Ball& s) const { return value(position_slope_, s); }
    Ball price_slope(const Ball& s) const { return value(price_slope_, s); }
    Ball price(const Ball& s) const {
        if (!integral_) return value(price_, s);
        if (!is_inside(s)) return nowhere();
        const std::int64_t bits = number::working_bits();
        const Ball middle = exactly_middle(s);
        // From the last place that was reached with as many bits, which tends to be near; errors count against all of the price there. Not across the base, where the finest scales of
        // such functions tend to be.
        const Ball base(curve_.base);
        const bool known = known_bits_ >= bits && !known_price_.contains_zero() && (middle - base).is_positive() == (known_at_ - base).is_positive();
        const Ball from = known ? known_at_ : base;
        constexpr std::int64_t none = std::int64_t{-1} << 40;
        Ball result = (*integral_)(from, middle, known ? number::exponent_of(known_price_.midpoint()) - bits : none);
        if (!result.is_finite()) return result;
        if (known) result += known_price_;
        if (!known || arb_rel_accuracy_bits(result.raw()) + 8 > arb_rel_accuracy_bits(known_price_.raw())) {
            known_at_ = middle;
            known_price_ = result;
            known_bits_ = bits;
        }
        if (mag_is_zero(arb_radref(s.raw())) == 0) {
            const Ball spread = Ball(s - middle) * price_slope(s);
            arb_add(result.raw(), result.raw(), spread.raw(), static_cast<slong>(bits));
        }
        return result;
    }

    Curve curve_;
    bool plain_, rising_ = true;
    mutable graph::evaluator<Ball> position_, position_slope_, price_, price_slope_;
    std::unique_ptr<Integral> integral_;
    mutable Ball known_at_, known_price_;
    mutable std::int64_t known_bits_ = 0;
};

/// A point inside an interval.
Rational inside(const std::optional<Rational>& low, const std::optional<Rational>& high) {
    if (low && high) return (*low + *high) / 2;
    if (low) return *low < 0 ? Rational(0) : *low + 1;
    if (high) return *high > 0 ? Rational(0) : *high - 1;
    return 0;
}

node_id parsed(Graph& g, const std::string& formula, const char* variable, node_id argument) {
    try {
        return graph::parse_formula(g, formula, {{variable, argument}});
    } catch (const invalid_input& problem) {
        throw problem.within("the formula \"" + formula + "\": ");
    }
}

Curve curve_of(const Potential& p) {
    Curve curve;
    Graph& g = curve.graph;
    const node_id s = g.input("s");
    curve.low = p.low;
    curve.high = p.high;
    if (p.low && p.high && *p.low >= *p.high) throw invalid_input("the interval from " + p.low->str() + " to " + p.high->str() + " is empty");
    const auto outside = [&](const Rational& x) { return (p.low && x <= *p.low) || (p.high && x >= *p.high); };
    const auto needs_base = [&](const char* what) {
        if (p.parameters.size() != 1) throw invalid_input("a potential by its " + std::string(what) + " takes one number, where its slope is 0, not " + std::to_string(p.parameters.size()));
        curve.base = p.parameters[0];
        if (outside(curve.base)) throw invalid_input(curve.base.str() + ", where the slope is to be 0, is outside the interval");
    };
    curve.position = s;
    if (p.family == "derivative") {
        if (!p.parameters.empty()) throw invalid_input("a potential by its derivative takes no parameters");
        curve.price = parsed(g, p.formula, "w", s);
        curve.price_slope = graph::gradient(g, curve.price, g.inputs())[0];
        curve.base = inside(p.low, p.high);
    } else if (p.family == "second_derivative") {
        needs_base("second derivative");
        curve.price_slope = parsed(g, p.formula, "w", s);
    } else if (p.family == "rho") {
        needs_base("reparametrization");
        curve.position = parsed(g, p.formula, "z", s);
        curve.price_slope = g.power(graph::gradient(g, curve.position, g.inputs())[0], -1);
    } else {
        // w = s prod sqrt(s^2 + m_l), h' = int ds / prod sqrt(s^2 + m_l)
        if (p.parameters.size() < 2) throw invalid_input("potential \"layers\" takes a start and at least one difference of squares");
        curve.base = p.parameters[0];
        node_id others = g.constant(1);
        for (std::size_t l = 1; l < p.parameters.size(); ++l) {
            if (p.parameters[l] < 0) throw invalid_input("potential \"layers\" takes differences of squares >= 0, not " + p.parameters[l].str());
            if (p.parameters[l] == 0 && curve.base == 0) throw invalid_input("potential \"layers\" takes a start that is not 0 where a difference of squares is 0");
            if (p.parameters[l] == 0) (curve.base > 0 ? curve.low : curve.high) = Rational(0);
        }
        for (std::size_t l = 1; l < p.parameters.size(); ++l)
            others = g.multiply(others, p.parameters[l] == 0 ? g.scale(curve.base > 0 ? 1 : -1, s) : g.power(g.sum({{1, s, s}}, p.parameters[l]), Rational(1, 2)));
        curve.position = g.multiply(s, others);
        curve.price_slope = g.power(others, -1);
    }
    return curve;
}

}  // namespace

std::unique_ptr<Potential_function> make_formula_potential(const Potential& potential) { return std::make_unique<along_curve>(curve_of(potential)); }

}  // namespace eonflow::convex
