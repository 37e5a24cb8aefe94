#include <eonflow/convex/formula_potential.hpp>
#include <eonflow/convex/potential.hpp>
#include <eonflow/convex/root.hpp>
#include <eonflow/number/error.hpp>

#include <algorithm>
#include <array>
#include <functional>

namespace eonflow::convex {

using number::Ball;
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

Ball pi() {
    Ball x;
    arb_const_pi(x.raw(), static_cast<slong>(number::working_bits()));
    return x;
}

Ball square(const Ball& x) {
    Ball result;
    arb_sqr(result.raw(), x.raw(), static_cast<slong>(number::working_bits()));
    return result;
}

Ball union_of(const Ball& a, const Ball& b) {
    Ball result;
    arb_union(result.raw(), a.raw(), b.raw(), static_cast<slong>(number::working_bits()));
    return result;
}

Ball least_of(const Ball& a, const Ball& b) { return (a - b).is_positive() ? b : a; }

Ball below_one(const Ball& x) { return (Ball(1) - x).is_positive() && (Ball(1) + x).is_positive() ? x : nowhere(); }

/// tau_L(q) = int_0^q (1+s^2)^{-(L-1)/2} ds by the reduction from L to L + 2.
Ball tau(unsigned depth, const Ball& q) {
    const Ball over = Ball(1) / (Ball(1) + square(q));
    Ball sum = depth % 2 == 0 ? asinh(q) : atan(q);
    // factor = (1+q^2)^{-(l-1)/2}
    Ball factor = depth % 2 == 0 ? sqrt(over) : over;
    for (unsigned l = depth % 2 == 0 ? 2 : 3; l < depth; l += 2) {
        sum = (q * factor + Ball(static_cast<int>(l) - 2) * sum) / Ball(static_cast<int>(l) - 1);
        factor *= over;
    }
    return sum;
}

/// tau_L(infinity), L >= 3.
Ball blow_up(unsigned depth) {
    Ball limit = depth % 2 == 0 ? Ball(1) : pi() / Ball(2);
    for (unsigned l = depth % 2 == 0 ? 4 : 3; l < depth; l += 2) limit = limit * Ball(static_cast<int>(l) - 2) / Ball(static_cast<int>(l) - 1);
    return limit;
}

Ball integer_power(const Ball& x, unsigned exponent) {
    Ball result;
    arb_pow_ui(result.raw(), x.raw(), exponent, static_cast<slong>(number::working_bits()));
    return result;
}

/// The q with tau_L(q) = t.
Ball inverse_tau(unsigned depth, const Ball& t) {
    if (depth == 2) return sinh(t);
    const Ball gap = blow_up(depth) - abs(t);
    if (!gap.is_positive()) return nowhere();
    if (depth == 3) return tan(t);
    if (depth == 4) return t / sqrt(Ball(1) - square(t));
    // tau is concave for q > 0, and 1 + q^2 >= ((L-2) gap)^{-2/(L-2)}: Newton's method climbs from there.
    const int k = static_cast<int>(depth) - 2;
    const Ball bound = pow(exactly_middle(gap) * Ball(k), Rational(-2, k)) - Ball(1);
    Ball start = exactly_middle(abs(t));
    if (bound.is_positive() && (sqrt(bound) - start).is_positive()) start = sqrt(bound);
    const Rational exponent(-(static_cast<int>(depth) - 1), 2);
    return increasing_root([&](const Ball& q) { return tau(depth, q); }, [&](const Ball& q) { return pow(Ball(1) + square(q), exponent); }, t, start);
}

class yun final : public Potential_function {
public:
    yun(unsigned depth, const Rational& scale) : depth_(depth), scale_(scale) {}

    Response respond(const Ball& u) const override {
        const Ball a(scale_), small = integer_power(a, depth_ - 2);
        const Ball q = inverse_tau(depth_, small * u);
        const Ball up = Ball(1) + square(q);
        const Ball half = pow(up, Rational(static_cast<int>(depth_) - 1, 2));
        // dw/du = a^(2L-2) dz/dq dq/dtau, dz/dq = (1+q^2)^{(L-3)/2} (1 + L q^2)
        return {small * a * a * q * half, square(small * a) * pow(up, Rational(static_cast<int>(depth_) - 2)) * (Ball(1) + Ball(static_cast<int>(depth_)) * square(q))};
    }

    Ball derivative(const Ball& w) const override {
        const Ball a(scale_), small = integer_power(a, depth_ - 2), z = w / (small * a * a);
        const Ball middle = exactly_middle(abs(z));
        const Rational half(static_cast<int>(depth_) - 1, 2);
        const Ball start = middle.is_positive() ? least_of(middle, pow(middle, Rational(1, static_cast<int>(depth_)))) : Ball(0);
        const Ball q = increasing_root([&](const Ball& x) { return x * pow(Ball(1) + square(x), half); },
                                       [&](const Ball& x) {
                                           return pow(Ball(1) + square(x), half - 1) * (Ball(1) + Ball(static_cast<int>(depth_)) * square(x));
                                       },
                                       z, start);
        return tau(depth_, q) / small;
    }

private:
    unsigned depth_;
    Rational scale_;
};

/// A rational as a ball of the working precision, converted once a precision.
class constant {
public:
    explicit constant(Rational value) : value_(std::move(value)) {}
    const Ball& operator()() const {
        if (bits_ != number::working_bits()) {
            ball_ = Ball(value_);
            bits_ = number::working_bits();
        }
        return ball_;
    }

private:
    Rational value_;
    mutable Ball ball_;
    mutable std::int64_t bits_ = 0;
};

class hyperbolic final : public Potential_function {
public:
    hyperbolic(const Rational& factor, const Rational& scale) : factor_(factor), scale_(scale), steepness_(scale / factor), plain_(factor == 1) {}

    Response respond(const Ball& u) const override {
        Response response;
        const auto bits = static_cast<slong>(number::working_bits());
        if (plain_)
            arb_sinh_cosh(response.value.raw(), response.slope.raw(), u.raw(), bits);
        else
            arb_sinh_cosh(response.value.raw(), response.slope.raw(), Ball(u / factor_()).raw(), bits);
        response.value *= scale_();
        response.slope *= steepness_();
        return response;
    }
    Ball derivative(const Ball& w) const override { return factor_() * asinh(w / scale_()); }
    Ball inverse_curvature(const Ball& w) const override { return sqrt(square(w) + square(scale_())) / factor_(); }

private:
    constant factor_, scale_, steepness_;
    bool plain_;
};

class woodworth final : public Potential_function {
public:
    woodworth(unsigned depth, const Rational& scale) : depth_(depth), scale_(scale) {}

    Response respond(const Ball& u) const override {
        const Ball a(scale_), small = integer_power(a, depth_ - 2), whole = small * a * a;
        if (depth_ == 2) return hyperbolic(1, 2 * scale_ * scale_).respond(u);
        const Ball z = below_one(small * u);
        const Rational k = power();
        const Ball minus = pow(Ball(1) - z, -k), plus = pow(Ball(1) + z, -k);
        return {whole * (minus - plus), whole * small * Ball(k) * (minus / (Ball(1) - z) + plus / (Ball(1) + z))};
    }

    Ball derivative(const Ball& w) const override {
        const Ball a(scale_), small = integer_power(a, depth_ - 2), target = w / (small * a * a);
        if (depth_ == 2) return asinh(target / Ball(2));
        const Rational k = power();
        // h_D is convex for z > 0 and (1-z)^{-k} <= target + 1.
        const Ball start = Ball(1) - pow(exactly_middle(abs(target)) + Ball(1), -1 / k);
        return increasing_root([&](const Ball& z) { return pow(Ball(1) - z, -k) - pow(Ball(1) + z, -k); },
                               [&](const Ball& z) { return Ball(k) * (pow(Ball(1) - z, -k - 1) + pow(Ball(1) + z, -k - 1)); }, target, start) /
               small;
    }

private:
    [[nodiscard]] Rational power() const { return {static_cast<int>(depth_), static_cast<int>(depth_) - 2}; }

    unsigned depth_;
    Rational scale_;
};

/// A catalogue row with formulas for both directions.
class row final : public Potential_function {
public:
    using function = std::function<Ball(const Ball&)>;
    /// value and slope: of the response to u, meant where `inside` does not spoil u; derivative: h'.
    row(function inside, function value, function slope, function derivative)
        : inside_(std::move(inside)), value_(std::move(value)), slope_(std::move(slope)), derivative_(std::move(derivative)) {}

    Response respond(const Ball& u) const override {
        const Ball legal = inside_(u);
        return {value_(legal), slope_(legal)};
    }
    Ball derivative(const Ball& w) const override { return derivative_(w); }

private:
    function inside_, value_, slope_, derivative_;
};

Ball anywhere(const Ball& u) { return u; }
Ball negative(const Ball& u) { return u.is_negative() ? u : nowhere(); }
Ball positive(const Ball& u) { return u.is_positive() ? u : nowhere(); }
Ball within_quarter_turn(const Ball& u) { return (pi() / Ball(2) - abs(u)).is_positive() ? u : nowhere(); }

/// sgn(x) |x|^exponent for an exponent > 0, also around 0.
Ball signed_power(const Ball& x, const Rational& exponent) {
    if (x.is_positive()) return pow(x, exponent);
    if (x.is_negative()) return -pow(-x, exponent);
    if (!x.is_finite()) return x;
    const Ball most(abs(x).midpoint() + abs(x).radius());
    const Ball end = most.contains_zero() ? Ball(0) : pow(most, exponent);
    return union_of(end, -end);
}

Ball absolute_power(const Ball& x, const Rational& exponent) {
    const Ball value = signed_power(x, exponent);
    return x.contains_zero() ? union_of(Ball(0), value) : abs(value);
}

std::unique_ptr<Potential_function> chou(std::string_view name, const std::vector<Rational>& p) {
    const auto make = [](row::function inside, row::function value, row::function slope, row::function derivative) {
        return std::make_unique<row>(std::move(inside), std::move(value), std::move(slope), std::move(derivative));
    };
    const auto one_minus = [](const Ball& x) { return Ball(1) - square(x); };
    const auto one_plus = [](const Ball& x) { return Ball(1) + square(x); };
    if (name == "identity") return make(anywhere, anywhere, [](const Ball&) { return Ball(1); }, anywhere);
    if (name == "power" && p[0] == 2)
        return make(anywhere, [](const Ball& u) { return exp(Ball(4) * u); }, [](const Ball& u) { return Ball(4) * exp(Ball(4) * u); },
                    [](const Ball& w) { return log(positive(w)) / Ball(4); });
    if (name == "power") {
        const Rational k = p[0], factor = k * (k - 2);
        return make(negative, [=](const Ball& u) { return pow(-u * Ball(factor), k / (2 - k)); },
                    [=](const Ball& u) { return Ball(k * k) * pow(-u * Ball(factor), k / (2 - k) - 1); },
                    [=](const Ball& w) { return -pow(positive(w), 2 / k - 1) / Ball(factor); });
    }
    if (name == "signed_power") {
        const Rational q = p[0], factor = q * q / (4 * (q - 1)), inverse = 1 / (q - 1);
        return make(anywhere, [=](const Ball& u) { return signed_power(u / Ball(factor), inverse); },
                    [=](const Ball& u) { return Ball(inverse / factor) * absolute_power(u / Ball(factor), inverse - 1); },
                    [=](const Ball& w) { return Ball(factor) * signed_power(w, q - 1); });
    }
    if (name == "exp")
        return make(negative, [](const Ball& u) { return Ball(-1) / u; }, [](const Ball& u) { return Ball(1) / square(u); },
                    [](const Ball& w) { return Ball(-1) / positive(w); });
    if (name == "sinh")
        return make(within_quarter_turn, [](const Ball& u) { return tan(u); }, [](const Ball& u) { return Ball(1) / square(cos(u)); },
                    [](const Ball& w) { return atan(w); });
    if (name == "tan")
        // the same integral as tau_5
        return make(anywhere, [](const Ball& u) { return inverse_tau(5, u); }, [=](const Ball& u) { return square(one_plus(inverse_tau(5, u))); },
                    [](const Ball& w) { return tau(5, w); });
    if (name == "tanh") {
        const auto forward = [=](const Ball& x) { return (x / one_minus(x) + atanh(below_one(x))) / Ball(2); };
        const auto back = [=](const Ball& u) {
            // x / (1 - x^2) <= 2 u bounds x from above, and the function is convex.
            const Ball v = exactly_middle(abs(u)) * Ball(4);
            const Ball start = v.is_positive() ? v / (Ball(1) + sqrt(Ball(1) + square(v))) : Ball(0);
            return increasing_root(forward, [=](const Ball& x) { return Ball(1) / square(one_minus(below_one(x))); }, u, start);
        };
        return make(anywhere, back, [=](const Ball& u) { return square(one_minus(back(u))); }, forward);
    }
    if (name == "sin")
        return make(anywhere, [](const Ball& u) { return tanh(u); }, [](const Ball& u) { return Ball(1) / square(cosh(u)); },
                    [](const Ball& w) { return atanh(below_one(w)); });
    if (name == "cosh")
        return make(negative, [](const Ball& u) { return Ball(-1) / tanh(u); }, [](const Ball& u) { return Ball(1) / square(sinh(u)); },
                    [](const Ball& w) { return -atanh(below_one(Ball(1) / positive(w))); });
    if (name == "log")
        return make(positive, [](const Ball& u) { return log(Ball(2) * u) / Ball(2); }, [](const Ball& u) { return Ball(1) / (Ball(2) * u); },
                    [](const Ball& w) { return exp(Ball(2) * w) / Ball(2); });
    // arsinh: x/2 + sinh(2x)/4 >= x and >= sinh(2x)/4
    const auto forward = [](const Ball& x) { return x / Ball(2) + sinh(Ball(2) * x) / Ball(4); };
    const auto back = [=](const Ball& u) {
        const Ball v = exactly_middle(abs(u));
        return increasing_root(forward, [](const Ball& x) { return square(cosh(x)); }, u, least_of(v, asinh(Ball(4) * v) / Ball(2)));
    };
    return make(anywhere, back, [=](const Ball& u) { return Ball(1) / square(cosh(back(u))); }, forward);
}

struct family {
    std::string_view name;
    std::size_t parameters;
};

constexpr std::size_t by_formula = ~std::size_t{0};

constexpr std::array<family, 18> families = {{{"yun", 2}, {"woodworth", 2}, {"hyperbolic", 2}, {"identity", 0}, {"power", 1}, {"signed_power", 1}, {"exp", 0},
                                              {"sinh", 0}, {"tan", 0}, {"tanh", 0}, {"sin", 0}, {"cosh", 0}, {"log", 0}, {"arsinh", 0}, {"layers", by_formula},
                                              {"derivative", by_formula}, {"second_derivative", by_formula}, {"rho", by_formula}}};

}  // namespace

namespace {

std::unique_ptr<Potential_function> make_unweighted(const Potential& potential) {
    const auto known = std::find_if(families.begin(), families.end(), [&](const family& f) { return f.name == potential.family; });
    if (known == families.end()) {
        std::string names;
        for (const family& f : families) names += (names.empty() ? "" : ", ") + std::string(f.name);
        throw invalid_input("no potential is called \"" + potential.family + "\"; accepted are " + names);
    }
    if (known->parameters == by_formula) return make_formula_potential(potential);
    const std::vector<Rational>& p = potential.parameters;
    const auto refuse = [&](const std::string& accepted) { throw invalid_input("potential \"" + potential.family + "\" takes " + accepted); };
    if (p.size() != known->parameters) refuse(std::to_string(known->parameters) + " parameters, not " + std::to_string(p.size()));
    if (known->name == "yun" || known->name == "woodworth") {
        if (denominator(p[0]) != 1 || p[0] < 2 || p[0] > 1000 || p[1] <= 0) refuse("an integer depth from 2 to 1000 and a scale > 0");
        const auto depth = p[0].convert_to<unsigned>();
        if (known->name == "yun") return std::make_unique<yun>(depth, p[1]);
        return std::make_unique<woodworth>(depth, p[1]);
    }
    if (known->name == "hyperbolic") {
        if (p[0] <= 0 || p[1] <= 0) refuse("two parameters > 0");
        return std::make_unique<hyperbolic>(p[0], p[1]);
    }
    if (known->name == "power" && p[0] < 2) refuse("an exponent >= 2");
    if (known->name == "signed_power" && (p[0] <= 1 || p[0] >= 2)) refuse("an exponent between 1 and 2");
    return chou(known->name, p);
}

class weighted final : public Potential_function {
public:
    weighted(std::unique_ptr<Potential_function> function, Rational weight) : function_(std::move(function)), weight_(std::move(weight)) {}
    Response respond(const Ball& u) const override {
        const Ball weight(weight_);
        Response response = function_->respond(u / weight);
        response.slope /= weight;
        return response;
    }
    Ball derivative(const Ball& w) const override { return Ball(weight_) * function_->derivative(w); }

private:
    std::unique_ptr<Potential_function> function_;
    Rational weight_;
};

}  // namespace

Ball Potential_function::inverse_curvature(const Ball&) const { return nowhere(); }

std::unique_ptr<Potential_function> make_potential(const Potential& potential) {
    auto function = make_unweighted(potential);
    if (potential.weight == 1) return function;
    return std::make_unique<weighted>(std::move(function), potential.weight);
}

std::vector<std::string_view> potential_families() {
    std::vector<std::string_view> names;
    for (const family& f : families) names.push_back(f.name);
    return names;
}

}  // namespace eonflow::convex
