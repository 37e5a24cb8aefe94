#include <eonflow/convex/check_parts.hpp>
#include <eonflow/graph/derivative.hpp>
#include <eonflow/graph/evaluate.hpp>
#include <eonflow/graph/formula.hpp>
#include <eonflow/number/error.hpp>

#if __has_include(<flint/arb_poly.h>)
#include <flint/arb_poly.h>
#else
#include <arb_poly.h>
#endif

#include <algorithm>
#include <deque>

// Potentials that a certificate states by formulas: h' and 1/h'' in balls, integrals by Taylor polynomials.

namespace eonflow::convex::checking {

using graph::function;
using graph::Graph;
using graph::kind;
using graph::node_id;
using number::Ball;
using number::Rational;

namespace {

Ball nowhere() { return Ball(1) / Ball(0); }

Ball end_of(const Ball& x, int side) {
    Ball result;
    arf_t end;
    arf_init(end);
    if (side < 0)
        arb_get_lbound_arf(end, x.raw(), static_cast<slong>(number::working_bits()));
    else
        arb_get_ubound_arf(end, x.raw(), static_cast<slong>(number::working_bits()));
    arb_set_arf(result.raw(), end);
    arf_clear(end);
    return result;
}

struct series {
    series() { arb_poly_init(raw); }
    ~series() { arb_poly_clear(raw); }
    series(const series&) = delete;
    series& operator=(const series&) = delete;
    arb_poly_t raw;
};

/// The first coefficient of f, and the rest as the integral of its derivative's series.
void from_slope(arb_poly_t result, const Ball& value, const arb_poly_t slope, slong length, slong bits) {
    arb_poly_integral(result, slope, bits);
    arb_poly_truncate(result, length);
    arb_poly_set_coeff_arb(result, 0, value.raw());
}

/// g'/sqrt(sign (g^2 + square)), g'/(1 - g^2) for `square` 0.
void inverse_slope(arb_poly_t result, const arb_poly_t g, int sign, int square, slong length, slong bits) {
    series derivative, body;
    arb_poly_derivative(derivative.raw, g, bits);
    arb_poly_mullow(body.raw, g, g, length, bits);
    arb_t shift;
    arb_init(shift);
    arb_poly_get_coeff_arb(shift, body.raw, 0);
    if (square == 0) {
        arb_poly_neg(body.raw, body.raw);
        arb_sub_si(shift, shift, 1, bits);
        arb_neg(shift, shift);
    } else {
        arb_add_si(shift, shift, sign * square, bits);
    }
    arb_poly_set_coeff_arb(body.raw, 0, shift);
    arb_clear(shift);
    if (square != 0) arb_poly_sqrt_series(body.raw, body.raw, length, bits);
    arb_poly_div_series(result, derivative.raw, body.raw, length, bits);
}

void apply(function f, arb_poly_t result, const arb_poly_t g, slong length, slong bits) {
    Ball first;
    arb_poly_get_coeff_arb(first.raw(), g, 0);
    series slope;
    switch (f) {
        case function::exp: arb_poly_exp_series(result, g, length, bits); break;
        case function::log: arb_poly_log_series(result, g, length, bits); break;
        case function::sin: arb_poly_sin_series(result, g, length, bits); break;
        case function::cos: arb_poly_cos_series(result, g, length, bits); break;
        case function::tan: arb_poly_tan_series(result, g, length, bits); break;
        case function::sinh: arb_poly_sinh_series(result, g, length, bits); break;
        case function::cosh: arb_poly_cosh_series(result, g, length, bits); break;
        case function::tanh: {
            series numerator, denominator;
            arb_poly_sinh_cosh_series(numerator.raw, denominator.raw, g, length, bits);
            arb_poly_div_series(result, numerator.raw, denominator.raw, length, bits);
            break;
        }
        case function::asin: arb_poly_asin_series(result, g, length, bits); break;
        case function::acos: arb_poly_acos_series(result, g, length, bits); break;
        case function::atan: arb_poly_atan_series(result, g, length, bits); break;
        case function::asinh:
            inverse_slope(slope.raw, g, 1, 1, length, bits);
            from_slope(result, asinh(first), slope.raw, length, bits);
            break;
        case function::acosh:
            inverse_slope(slope.raw, g, -1, 1, length, bits);
            from_slope(result, acosh(first), slope.raw, length, bits);
            break;
        case function::atanh:
            inverse_slope(slope.raw, g, -1, 0, length, bits);
            from_slope(result, atanh(first), slope.raw, length, bits);
            break;
        case function::log1p:
        case function::expm1: {
            series shifted;
            arb_poly_set(shifted.raw, g);
            if (f == function::log1p) {
                const Ball moved = first + Ball(1);
                arb_poly_set_coeff_arb(shifted.raw, 0, moved.raw());
                arb_poly_log_series(result, shifted.raw, length, bits);
            } else {
                arb_poly_exp_series(result, shifted.raw, length, bits);
            }
            const Ball value = f == function::log1p ? log1p(first) : expm1(first);
            arb_poly_set_coeff_arb(result, 0, value.raw());
            break;
        }
    }
}

/// The Taylor coefficients of a node at a point.
class taylor {
public:
    taylor(const Graph& graph, node_id output) : graph_(graph), output_(output), order_(graph::reachable(graph, std::span(&output, 1))), values_(graph.size()) {}

    const arb_poly_struct* operator()(const Ball& center, slong length) {
        const auto bits = static_cast<slong>(number::working_bits());
        for (const node_id id : order_) {
            const graph::node& node = graph_[id];
            arb_poly_struct* const value = values_[id].raw;
            arb_poly_zero(value);
            if (node.what == kind::input) {
                arb_poly_set_coeff_arb(value, 0, center.raw());
                arb_poly_set_coeff_si(value, 1, 1);
            } else if (node.what == kind::function) {
                apply(node.name, value, values_[node.argument].raw, length, bits);
            } else if (node.what == kind::power) {
                power(value, values_[node.argument].raw, node.value, length, bits);
            } else {
                const Ball constant(node.value);
                arb_poly_set_coeff_arb(value, 0, constant.raw());
                series product;
                for (const graph::term& t : node.terms) {
                    arb_poly_set(product.raw, values_[t.left].raw);
                    if (t.right != graph::none) arb_poly_mullow(product.raw, product.raw, values_[t.right].raw, length, bits);
                    const Ball coefficient(t.coefficient);
                    arb_poly_scalar_mul(product.raw, product.raw, coefficient.raw(), bits);
                    arb_poly_add(value, value, product.raw, bits);
                }
            }
        }
        return values_[output_].raw;
    }

private:
    static void power(arb_poly_t value, const arb_poly_t base, const Rational& exponent, slong length, slong bits) {
        if (exponent == -1) {
            arb_poly_inv_series(value, base, length, bits);
        } else if (exponent == Rational(1, 2)) {
            arb_poly_sqrt_series(value, base, length, bits);
        } else if (exponent == Rational(-1, 2)) {
            arb_poly_rsqrt_series(value, base, length, bits);
        } else {
            const Ball converted(exponent);
            arb_poly_pow_arb_series(value, base, converted.raw(), length, bits);
        }
    }

    const Graph& graph_;
    node_id output_;
    std::vector<node_id> order_;
    std::deque<series> values_;
};

/// int_from^to g for points `from` and `to`, with an error that is small against the integral of |g| or against `size`. Piece by piece: on a disc of radius R about the middle m of a piece
/// of half length r < R, |g| <= M makes the Taylor coefficients |g_k| <= M R^-k, so that those from N on add at most 2 r M q^N / (1 - q), q = r / R.
class Quadrature {
public:
    Quadrature(const Graph& graph, node_id g) : coefficients_(graph, g), value_(graph, {g}) {}

    Ball operator()(const Ball& from, const Ball& to, const Ball& size) {
        constexpr int most_pieces = 20'000;
        total_ = Ball(0);
        size_ = abs(size);
        Ball at = from, length = to - from;
        mag_zero(arb_radref(length.raw()));
        for (int pieces = 0; arb_equal(at.raw(), to.raw()) == 0; ++pieces) {
            if (pieces == most_pieces) return nowhere();
            Ball next = at + length;
            mag_zero(arb_radref(next.raw()));
            if (!((next - to) * length).is_negative()) next = to;
            const bool done = add(at, next);
            if (done) at = next;
            arb_mul_2exp_si(length.raw(), length.raw(), done ? 1 : -1);
        }
        return total_;
    }

private:
    /// Adds int_a^b g; false, and nothing added, where no disc gives a good bound.
    bool add(const Ball& a, const Ball& b) {
        const std::int64_t bits = number::working_bits();
        Ball radius = b - a, middle = a + b;
        arb_mul_2exp_si(radius.raw(), radius.raw(), -1);
        arb_mul_2exp_si(middle.raw(), middle.raw(), -1);
        // The widest disc takes the fewest coefficients.
        for (int doublings = 30; doublings >= 2; doublings -= doublings > 4 ? 4 : 1) {
            Ball wide = abs(radius);
            arb_mul_2exp_si(wide.raw(), wide.raw(), doublings);
            const number::Complex_ball disc = number::Complex_ball::disc(middle, wide);
            const Ball bound = value_(std::span(&disc, 1))[0].modulus();
            if (!bound.is_finite()) continue;
            const Ball most = end_of(bound * abs(radius), 1);
            const std::int64_t goal = number::exponent_of(size_.midpoint()) - bits;
            // A size is only known from the first piece on.
            const std::int64_t need = std::max<std::int64_t>(1, number::exponent_of(most.midpoint()) - (size_.contains_zero() ? number::exponent_of(most.midpoint()) - bits - 20 : goal) + 2);
            const auto length = static_cast<slong>(need / doublings + 1);
            if (length > 2 * bits) continue;
            return add_series(middle, radius, most, length, doublings);
        }
        return false;
    }

    bool add_series(const Ball& middle, const Ball& radius, const Ball& most, slong length, int doublings) {
        const arb_poly_struct* const coefficients = coefficients_(middle, length);
        Ball sum, power = radius, rest = most;
        const Ball square = radius * radius;
        for (slong k = 0; k < length; k += 2) {
            Ball c;
            arb_poly_get_coeff_arb(c.raw(), coefficients, k);
            sum += c * power / Ball(static_cast<int>(k) + 1);
            power *= square;
        }
        sum += sum;
        // 2 / (1 - q) <= 4
        arb_mul_2exp_si(rest.raw(), rest.raw(), 2 - length * doublings);
        if (!sum.is_finite() || !rest.is_finite()) return false;
        arb_add_error(sum.raw(), rest.raw());
        total_ += sum;
        size_ += abs(sum);
        return true;
    }

    taylor coefficients_;
    graph::evaluator<number::Complex_ball> value_;
    Ball total_, size_;
};

class by_curve final : public Slope {
public:
    explicit by_curve(const Potential& potential) : low_(potential.low), high_(potential.high) {
        const node_id s = graph_.input("s");
        const auto formula = [&](const char* variable) {
            try {
                return graph::parse_formula(graph_, potential.formula, {{variable, s}});
            } catch (const invalid_input& problem) {
                throw refusal{"the formula of a potential cannot be read: " + std::string(problem.what())};
            }
        };
        position_ = s;
        if (potential.family == "derivative") {
            require(potential.parameters.empty(), "the parameters of a potential are not legal");
            price_ = formula("w");
            price_slope_ = slope_of_node(price_);
        } else if (potential.family == "layers") {
            layers(potential.parameters, s);
        } else {
            require(potential.parameters.size() == 1, "the parameters of a potential are not legal");
            base_ = potential.parameters[0];
            if (potential.family == "rho") position_ = formula("z");
            price_slope_ = potential.family == "rho" ? graph_.power(slope_of_node(position_), -1) : formula("w");
        }
        position_slope_ = slope_of_node(position_);
        values_ = std::make_unique<graph::evaluator<Ball>>(graph_, std::vector<node_id>{position_, position_slope_, price_slope_, price_ == graph::none ? s : price_});
        quadrature_ = std::make_unique<Quadrature>(graph_, price_slope_);
    }

    Ball derivative(const Ball& w) const override {
        // Increasing in w: the hull of the prices at the ends.
        const Ball low = price(parameter(end_of(w, -1))), high = price(parameter(end_of(w, 1)));
        Ball hull;
        if (!low.is_finite() || !high.is_finite()) return nowhere();
        arb_union(hull.raw(), low.raw(), high.raw(), static_cast<slong>(number::working_bits()));
        return hull;
    }

    Ball inverse_curvature(const Ball& w) const override {
        const Ball a = parameter(end_of(w, -1)), b = parameter(end_of(w, 1));
        if (!a.is_finite() || !b.is_finite()) return nowhere();
        Ball s;
        arb_union(s.raw(), a.raw(), b.raw(), static_cast<slong>(number::working_bits()));
        const std::vector<Ball> at = inside(s) ? (*values_)(std::span(&s, 1)) : std::vector<Ball>{};
        if (at.empty() || !at[1].is_finite() || !at[2].is_nonzero() || !at[1].is_nonzero()) return nowhere();
        return at[1] / at[2];
    }

private:
    node_id slope_of_node(node_id output) { return graph::gradient(graph_, output, graph_.inputs())[0]; }

    void layers(const std::vector<Rational>& p, node_id s) {
        require(p.size() >= 2, "the parameters of a potential are not legal");
        base_ = p[0];
        node_id product = graph_.constant(1);
        for (std::size_t l = 1; l < p.size(); ++l) {
            require(p[l] >= 0 && (p[l] > 0 || base_ != 0), "the parameters of a potential are not legal");
            if (p[l] == 0) (base_ > 0 ? low_ : high_) = Rational(0);
            product = graph_.multiply(product, p[l] > 0 ? graph_.power(graph_.sum({{1, s, s}}, p[l]), Rational(1, 2)) : graph_.scale(base_ > 0 ? 1 : -1, s));
        }
        position_ = graph_.multiply(product, s);
        price_slope_ = graph_.power(product, -1);
    }

    [[nodiscard]] bool inside(const Ball& s) const { return s.is_finite() && (!low_ || (s - Ball(*low_)).is_positive()) && (!high_ || (Ball(*high_) - s).is_positive()); }

    Ball value(std::size_t output, const Ball& s) const { return inside(s) ? (*values_)(std::span(&s, 1))[output] : nowhere(); }

    /// The s with position(s) = w for a point w: signs of balls bracket it.
    Ball parameter(const Ball& w) const {
        if (position_ == graph_.inputs()[0] || !w.is_finite()) return inside(w) ? w : nowhere();
        const Ball base(base_);
        const int rising = value(1, base).is_positive() ? 1 : -1;
        const auto side = [&](const Ball& s) {
            const Ball off = value(0, s) - w, slope = value(1, s);
            // Where the slope has the other sign lies another branch.
            const bool here = off.is_finite() && slope.is_nonzero() && slope.is_positive() == (rising > 0);
            return !here ? 2 : off.is_positive() ? rising : off.is_negative() ? -rising : 0;
        };
        const int here = side(base);
        if (here == 0) {
            const Ball off = value(0, base) - w;
            if (arb_is_zero(off.raw()) != 0) return base;
        }
        const auto point = [](Ball x) {
            mag_zero(arb_radref(x.raw()));
            return x;
        };
        // Outwards from the base to both sides until the point lies between.
        Ball low = base, high = base;
        for (int direction : {-1, 1}) {
            Ball& end = direction < 0 ? low : high;
            const auto& limit = direction < 0 ? low_ : high_;
            if (here == direction) continue;
            Ball reach(direction);
            std::optional<Ball> wall;
            if (limit) wall = Ball(*limit);
            bool found = false;
            for (int k = 0; k < 2000 && !found; ++k) {
                Ball next = wall ? end + *wall : base + reach;
                if (wall) arb_mul_2exp_si(next.raw(), next.raw(), -1);
                next = point(next);
                const int s = side(next);
                if (s == 2) {
                    wall = next;
                    continue;
                }
                found = s == direction;
                end = next;
                arb_mul_2exp_si(reach.raw(), reach.raw(), 1);
            }
            if (!found) return nowhere();
        }
        return narrowed(w, point(low), point(high), rising);
    }

    /// Interval Newton steps, and bisection where they do not help.
    Ball narrowed(const Ball& w, const Ball& low, const Ball& high, int rising) const {
        const auto bits = static_cast<slong>(number::working_bits());
        const auto size = [](const Ball& x) { return number::exponent_of(x.radius()); };
        Ball box;
        arb_union(box.raw(), low.raw(), high.raw(), bits);
        for (;;) {
            Ball middle = box, next = box;
            mag_zero(arb_radref(middle.raw()));
            const Ball off = value(0, middle) - w, slope = value(1, box);
            if (off.is_finite() && slope.is_nonzero()) {
                const Ball image = middle - off / slope;
                if (image.is_finite() && arb_intersection(next.raw(), image.raw(), box.raw(), bits) == 0) return nowhere();
            }
            if (size(next) >= size(box)) {
                if (!off.is_nonzero()) return box;
                // The half in which the sign changes.
                const Ball end = end_of(box, off.is_positive() == (rising > 0) ? -1 : 1);
                arb_union(next.raw(), middle.raw(), end.raw(), bits);
                if (size(next) >= size(box)) return box;
            }
            box = next;
        }
    }

    /// h' up to a constant at s.
    Ball price(const Ball& s) const {
        if (!inside(s)) return nowhere();
        if (price_ != graph::none) return value(3, s);
        Ball middle = s;
        mag_zero(arb_radref(middle.raw()));
        // Onwards from the last place: the ends of a box are near each other.
        const bool known = known_bits_ == number::working_bits();
        Ball result = (*quadrature_)(known ? known_at_ : Ball(base_), middle, known ? known_price_ : Ball(0));
        if (known) result += known_price_;
        if (!known && result.is_finite()) {
            known_at_ = middle;
            known_price_ = result;
            known_bits_ = number::working_bits();
        }
        return result + (s - middle) * value(2, s);
    }

    Graph graph_;
    node_id position_ = graph::none, position_slope_ = graph::none, price_ = graph::none, price_slope_ = graph::none;
    Rational base_;
    std::optional<Rational> low_, high_;
    std::unique_ptr<graph::evaluator<Ball>> values_;
    std::unique_ptr<Quadrature> quadrature_;
    mutable Ball known_at_, known_price_;
    mutable std::int64_t known_bits_ = 0;
};

/// weight h.
class weighted final : public Slope {
public:
    weighted(std::unique_ptr<Slope> slope, Rational weight) : slope_(std::move(slope)), weight_(std::move(weight)) {}
    Ball derivative(const Ball& w) const override { return Ball(weight_) * slope_->derivative(w); }
    Ball inverse_curvature(const Ball& w) const override { return slope_->inverse_curvature(w) / Ball(weight_); }

private:
    std::unique_ptr<Slope> slope_;
    Rational weight_;
};

}  // namespace

std::unique_ptr<Slope> slope_of_formula(const Potential& potential) { return std::make_unique<by_curve>(potential); }

std::unique_ptr<Slope> times_weight(std::unique_ptr<Slope> slope, const Rational& weight) {
    require(weight > 0, "the weight of a potential is not positive");
    if (weight == 1) return slope;
    return std::make_unique<weighted>(std::move(slope), weight);
}

}  // namespace eonflow::convex::checking
