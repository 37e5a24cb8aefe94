#include <eonflow/convex/check_parts.hpp>

#include <functional>

// Formulas of the catalogue, written a second time on purpose: forward only, from w to h'(w).

namespace eonflow::convex::checking {

using number::Ball;
using number::Rational;

namespace {

Ball nowhere() { return Ball(1) / Ball(0); }

/// Lower and upper end of a ball, as points.
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

Ball hull(const Ball& a, const Ball& b) {
    Ball result;
    arb_union(result.raw(), a.raw(), b.raw(), static_cast<slong>(number::working_bits()));
    return result;
}

/// The x in (low, high) with f(x) = target for an increasing f, trusting signs of balls only: bisection, and narrow brackets about the secant's guess
/// while they can be confirmed.
Ball bisected(const std::function<Ball(const Ball&)>& f, const Ball& target, Ball low, Ball high) {
    if (!(f(low) - target).is_negative() || !(f(high) - target).is_positive()) return nowhere();
    const auto point = [](Ball x) {
        mag_zero(arb_radref(x.raw()));
        return x;
    };
    slong sharpness = 2;
    for (std::int64_t k = 0; k < 4000; ++k) {
        const Ball width = point(high - low);
        const bool apart = low.is_positive() && (high - Ball(4) * low).is_positive();
        if (!apart && sharpness > 1) {
            const Ball below = f(low) - target, above = f(high) - target;
            const Ball guess = point(low - below * width / (above - below));
            Ball margin = width;
            arb_mul_2exp_si(margin.raw(), margin.raw(), -sharpness);
            const Ball left = point(guess - margin), right = point(guess + margin);
            const bool from_left = (left - low).is_positive() && (f(left) - target).is_negative();
            const bool from_right = (high - right).is_positive() && (f(right) - target).is_positive();
            if (from_left) low = left;
            if (from_right) high = right;
            if (from_left && from_right) {
                sharpness *= 2;
                continue;
            }
            sharpness /= 2;
        }
        // Geometric midpoints while the ends differ in size, arithmetic ones after that.
        const Ball middle = point(apart ? sqrt(low * high) : (low + high) / Ball(2));
        const Ball difference = f(middle) - target;
        if (difference.is_positive() && (high - middle).is_positive())
            high = middle;
        else if (difference.is_negative() && (middle - low).is_positive())
            low = middle;
        else
            break;
        if (sharpness < 2) sharpness = 2;
    }
    return hull(low, high);
}

/// A potential whose h' is odd and given on w > 0 through a parameter.
class by_parameter final : public Slope {
public:
    using function = std::function<Ball(const Ball&)>;
    by_parameter(function parameter, function derivative, function inverse_curvature)
        : parameter_(std::move(parameter)), derivative_(std::move(derivative)), inverse_curvature_(std::move(inverse_curvature)) {}

    Ball derivative(const Ball& w) const override {
        const Ball low = signed_derivative(end_of(w, -1)), high = signed_derivative(end_of(w, 1));
        return low.is_finite() && high.is_finite() ? hull(low, high) : nowhere();
    }
    Ball inverse_curvature(const Ball& w) const override {
        // Increasing in |w|.
        const Ball low = end_of(w, -1), high = end_of(w, 1);
        const Ball a = inverse_curvature_(parameter_(abs(low))), b = inverse_curvature_(parameter_(abs(high)));
        if (!a.is_finite() || !b.is_finite()) return nowhere();
        return w.contains_zero() ? hull(hull(a, b), inverse_curvature_(Ball(0))) : hull(a, b);
    }

private:
    [[nodiscard]] Ball signed_derivative(const Ball& w) const {
        if (w.contains_zero()) return Ball(0);
        const Ball size = derivative_(parameter_(abs(w)));
        return w.is_negative() ? -size : size;
    }
    function parameter_, derivative_, inverse_curvature_;
};

class by_formula final : public Slope {
public:
    using function = std::function<Ball(const Ball&)>;
    by_formula(function derivative, function inverse_curvature) : derivative_(std::move(derivative)), inverse_curvature_(std::move(inverse_curvature)) {}
    Ball derivative(const Ball& w) const override { return derivative_(w); }
    Ball inverse_curvature(const Ball& w) const override { return inverse_curvature_(w); }

private:
    function derivative_, inverse_curvature_;
};

Ball square(const Ball& x) { return pow(x, Rational(2)); }
Ball above_zero(const Ball& w) { return w.is_positive() ? w : nowhere(); }
Ball below_one(const Ball& w) { return (Ball(1) - abs(w)).is_positive() ? w : nowhere(); }
Ball above_one(const Ball& w) { return (w - Ball(1)).is_positive() ? w : nowhere(); }

/// int_0^angle cos^k, k >= -1, by reduction.
Ball cosine_integral(int k, const Ball& angle, const Ball& sine, const Ball& cosine) {
    if (k == -1) return atanh(sine);
    if (k == 0) return angle;
    if (k == 1) return sine;
    return (pow(cosine, Rational(k - 1)) * sine + Ball(k - 1) * cosine_integral(k - 2, angle, sine, cosine)) / Ball(k);
}

std::unique_ptr<Slope> yun(int depth, const Rational& scale) {
    // z = q (1 + q^2)^{(L-1)/2} with q = tan(angle): h' = a^{2-L} int_0^angle cos^{L-3}.
    const auto parameter = [=](const Ball& w) {
        const Ball z = w / pow(Ball(scale), Rational(depth));
        if (!z.is_positive()) return Ball(0);
        const auto f = [=](const Ball& q) { return q * pow(Ball(1) + square(q), Rational(depth - 1, 2)); };
        // q <= z and q <= z^{1/L}; and q >= z (1 + z^{2/L})^{-(L-1)/2}
        const Ball root = pow(z, Rational(1, depth)), low = z * pow(Ball(1) + square(root), Rational(1 - depth, 2));
        return bisected(f, z, end_of(low, -1) / Ball(2), end_of(root, 1) * Ball(2));
    };
    const auto derivative = [=](const Ball& q) {
        const Ball over = Ball(1) / sqrt(Ball(1) + square(q));
        const Ball integral = depth == 2 ? asinh(q) : cosine_integral(depth - 3, atan(q), q * over, over);
        return integral * pow(Ball(scale), Rational(2 - depth));
    };
    const auto inverse_curvature = [=](const Ball& q) {
        return pow(Ball(scale), Rational(2 * depth - 2)) * pow(Ball(1) + square(q), Rational(depth - 2)) * (Ball(1) + Ball(depth) * square(q));
    };
    return std::make_unique<by_parameter>(parameter, derivative, inverse_curvature);
}

std::unique_ptr<Slope> woodworth(int depth, const Rational& scale) {
    const Rational whole = pow(numerator(scale), static_cast<unsigned>(depth)) / Rational(pow(denominator(scale), static_cast<unsigned>(depth)));
    if (depth == 2)
        return std::make_unique<by_formula>([=](const Ball& w) { return asinh(w / Ball(2 * whole)); },
                                            [=](const Ball& w) { return sqrt(pow(w, Rational(2)) + Ball(4 * whole * whole)); });
    // The parameter is s = 1/(1-z) - 1 >= 0: z = s / (1 + s), and h_D = (1+s)^k - ((1+s)/(1+2s))^k with k = D/(D-2).
    const Rational k(depth, depth - 2);
    const auto parameter = [=](const Ball& w) {
        const Ball target = w / Ball(whole);
        if (!target.is_positive()) return Ball(0);
        const auto f = [=](const Ball& s) { return pow(Ball(1) + s, k) - pow((Ball(1) + s) / (Ball(1) + Ball(2) * s), k); };
        // (1+s)^k <= target + 1, and f(s) >= s^k as well as f(s) <= 2 k s (1+s)^{k-1}
        const Ball high = pow(Ball(1) + target, 1 / k), low = target / (Ball(Rational(2 * k)) * pow(high, k));
        return bisected(f, target, end_of(low, -1) / Ball(4), end_of(high, 1));
    };
    const auto derivative = [=](const Ball& s) { return s / (Ball(1) + s) * pow(Ball(scale), Rational(2 - depth)); };
    const auto inverse_curvature = [=](const Ball& s) {
        return pow(Ball(scale), Rational(2 * depth - 2)) * Ball(k) *
               (pow(Ball(1) + s, k + 1) + pow((Ball(1) + s) / (Ball(1) + Ball(2) * s), k + 1));
    };
    return std::make_unique<by_parameter>(parameter, derivative, inverse_curvature);
}

}  // namespace

namespace {

std::unique_ptr<Slope> slope_of_catalogue(const Potential& potential) {
    const std::string& name = potential.family;
    const std::vector<Rational>& p = potential.parameters;
    const auto make = [](by_formula::function derivative, by_formula::function inverse) {
        return std::make_unique<by_formula>(std::move(derivative), std::move(inverse));
    };
    const auto needs = [&](std::size_t count, bool legal) { require(p.size() == count && legal, "the parameters of potential \"" + name + "\" are not legal"); };
    if (name == "yun" || name == "woodworth") {
        needs(2, p.size() == 2 && denominator(p[0]) == 1 && p[0] >= 2 && p[0] <= 1000 && p[1] > 0);
        const int depth = p[0].convert_to<int>();
        return name == "yun" ? yun(depth, p[1]) : woodworth(depth, p[1]);
    }
    if (name == "hyperbolic") {
        needs(2, p.size() == 2 && p[0] > 0 && p[1] > 0);
        const Rational c = p[0], b = p[1];
        return make([=](const Ball& w) { return Ball(c) * asinh(w / Ball(b)); }, [=](const Ball& w) { return sqrt(square(w) + Ball(b * b)) / Ball(c); });
    }
    if (name == "power") {
        needs(1, p.size() == 1 && p[0] >= 2);
        const Rational k = p[0];
        if (k == 2) return make([](const Ball& w) { return log(above_zero(w)) / Ball(4); }, [](const Ball& w) { return Ball(4) * above_zero(w); });
        return make([=](const Ball& w) { return -pow(above_zero(w), 2 / k - 1) / Ball(k * (k - 2)); },
                    [=](const Ball& w) { return Ball(k * k) * pow(above_zero(w), 2 - 2 / k); });
    }
    if (name == "signed_power") {
        needs(1, p.size() == 1 && p[0] > 1 && p[0] < 2);
        const Rational e = p[0];
        const auto power = [](const Ball& size, const Rational& exponent) { return size.is_positive() ? pow(size, exponent) : Ball(0); };
        return std::make_unique<by_parameter>([](const Ball& size) { return size; },
                                              [=](const Ball& size) { return Ball(e * e / (4 * (e - 1))) * power(size, e - 1); },
                                              [=](const Ball& size) { return Ball(4 / (e * e)) * power(size, 2 - e); });
    }
    needs(0, true);
    const auto one = [](const Ball&) { return Ball(1); };
    if (name == "identity") return make([](const Ball& w) { return w; }, one);
    if (name == "exp") return make([](const Ball& w) { return Ball(-1) / above_zero(w); }, [](const Ball& w) { return square(above_zero(w)); });
    if (name == "sinh") return make([](const Ball& w) { return atan(w); }, [](const Ball& w) { return Ball(1) + square(w); });
    if (name == "tan")
        return make([](const Ball& w) { return (w / (Ball(1) + square(w)) + atan(w)) / Ball(2); }, [](const Ball& w) { return square(Ball(1) + square(w)); });
    if (name == "tanh")
        return make([](const Ball& w) { return (w / (Ball(1) - square(below_one(w))) + atanh(below_one(w))) / Ball(2); },
                    [](const Ball& w) { return square(Ball(1) - square(below_one(w))); });
    if (name == "sin") return make([](const Ball& w) { return atanh(below_one(w)); }, [](const Ball& w) { return Ball(1) - square(below_one(w)); });
    if (name == "cosh")
        return make([](const Ball& w) { return log((above_one(w) - Ball(1)) / (w + Ball(1))) / Ball(2); }, [](const Ball& w) { return square(above_one(w)) - Ball(1); });
    if (name == "log") return make([](const Ball& w) { return exp(Ball(2) * w) / Ball(2); }, [](const Ball& w) { return exp(Ball(-2) * w); });
    require(name == "arsinh", "no potential is called \"" + name + "\"");
    return make([](const Ball& w) { return w / Ball(2) + sinh(Ball(2) * w) / Ball(4); }, [](const Ball& w) { return Ball(1) / square(cosh(w)); });
}

}  // namespace

Interval_ends domain_of(const Potential& potential) {
    const std::string& name = potential.family;
    if (name == "derivative" || name == "second_derivative") return {potential.low, potential.high};
    if (name == "power" || name == "exp") return {Rational(0), std::nullopt};
    if (name == "cosh") return {Rational(1), std::nullopt};
    if (name == "tanh" || name == "sin") return {Rational(-1), Rational(1)};
    if (name != "layers" || potential.parameters.empty()) return {};
    for (std::size_t l = 1; l < potential.parameters.size(); ++l)
        if (potential.parameters[l] == 0) return potential.parameters[0] > 0 ? Interval_ends{Rational(0), std::nullopt} : Interval_ends{std::nullopt, Rational(0)};
    return {};
}

std::unique_ptr<Slope> slope_of(const Potential& potential) {
    const std::string& name = potential.family;
    const bool by_formula = name == "layers" || name == "derivative" || name == "second_derivative" || name == "rho";
    return times_weight(by_formula ? slope_of_formula(potential) : slope_of_catalogue(potential), potential.weight);
}

}  // namespace eonflow::convex::checking
