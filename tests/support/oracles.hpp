#pragma once
/// Flows with known solutions: the vector field as formulas, and the solution as balls. Catalogue names O1, O2, ...

#include <eonflow/graph/formula.hpp>
#include <eonflow/number/ball.hpp>

#if __has_include(<flint/arb_hypgeom.h>)
#include <flint/arb_hypgeom.h>
#else
#include <arb_hypgeom.h>
#endif

#include <initializer_list>
#include <map>
#include <string>

namespace eonflow::oracles {

using number::Ball;
using number::Rational;
using number::Real;
using number::Vector;

/// The field whose i-th derivative is formulas[i], over the states named `names` and then the parameters named `parameters`.
inline graph::vector_field field(const std::vector<std::string>& names, const std::vector<std::string>& formulas, const std::vector<std::string>& parameters = {}) {
    graph::vector_field f;
    std::map<std::string, graph::node_id, std::less<>> symbols;
    for (const auto* list : {&names, &parameters})
        for (const std::string& name : *list) symbols[name] = f.graph.input(name);
    for (const std::string& formula : formulas) f.derivative.push_back(graph::parse_formula(f.graph, formula, symbols));
    return f;
}

inline Ball lambert_w(const Ball& x) {
    Ball result;
    arb_lambertw(result.raw(), x.raw(), 0, number::working_bits());
    return result;
}

inline Ball exponential_integral(const Ball& x) {
    Ball result;
    arb_hypgeom_ei(result.raw(), x.raw(), number::working_bits());
    return result;
}

/// 1F1(a; b; x)
inline Ball kummer(const Ball& a, const Ball& b, const Ball& x) {
    Ball result;
    arb_hypgeom_m(result.raw(), a.raw(), b.raw(), x.raw(), 0, number::working_bits());
    return result;
}

/// O1: exponential loss on z = s(1, 0), s(1, 1), degenerate support: w(t) = (W + log(1 + W), log(1 + W)) / s with W = W(s^2 t).
struct degenerate_margin {
    Rational scale = 1;
    [[nodiscard]] graph::vector_field flow() const {
        return field({"a", "b"}, {"s*exp(-s*a) + s*exp(-s*a-s*b)", "s*exp(-s*a-s*b)"}, {"s"});
    }
    [[nodiscard]] std::vector<Ball> at(const Ball& t) const {
        const Ball w = lambert_w(Ball(scale) * Ball(scale) * t), l = log(Ball(1) + w);
        return {(w + l) / Ball(scale), l / Ball(scale)};
    }
};

/// O2: logistic loss, one datum, w' = 1/(1 + e^w): w = c - W(e^c), c = t + w0 + e^w0.
struct logistic_datum {
    Rational w0;
    [[nodiscard]] graph::vector_field flow() const { return field({"w"}, {"1/(1+exp(w))"}); }
    [[nodiscard]] Ball at(const Ball& t) const {
        const Ball c = t + Ball(w0) + exp(Ball(w0));
        return c - lambert_w(exp(c));
    }
};

/// O2b: exponential loss, one datum z: w = w0 + z/|z|^2 log(1 + |z|^2 e^{-<w0,z>} t).
struct exponential_datum {
    Rational z1, z2, a0, b0;
    [[nodiscard]] graph::vector_field flow() const { return field({"a", "b"}, {"p*exp(-p*a-q*b)", "q*exp(-p*a-q*b)"}, {"p", "q"}); }
    [[nodiscard]] std::vector<Ball> at(const Ball& t) const {
        const Ball square(z1 * z1 + z2 * z2);
        const Ball l = log(Ball(1) + square * exp(-Ball(a0 * z1 + b0 * z2)) * t) / square;
        return {Ball(a0) + Ball(z1) * l, Ball(b0) + Ball(z2) * l};
    }
};

/// O3: depth-L balanced scalar, exponential loss: u' = L u^(2-2/L) e^-u; time is a known function of u.
struct balanced_scalar {
    int depth = 2;
    [[nodiscard]] graph::vector_field flow() const {
        return field({"u"}, {std::to_string(depth) + "*u^(" + std::to_string(2 * depth - 2) + "/" + std::to_string(depth) + ")*exp(-u)"});
    }
    /// An antiderivative of dt/du.
    [[nodiscard]] Ball time_of(const Ball& u) const {
        if (depth == 2) return exponential_integral(u) / Ball(2);
        const Rational s = Rational(2, depth) - 1;
        return pow(u, s) / Ball(s) * kummer(Ball(s), Ball(s + 1), u) / Ball(depth);
    }
    [[nodiscard]] Ball velocity(const Ball& u) const { return Ball(depth) * pow(u, 2 - Rational(2, depth)) * exp(-u); }
};

/// O4: a' = b(s - ab), b' = a(s - ab) with D = a0^2 - b0^2 > 0 and a0 + b0 > 0.
struct two_factors {
    Rational s, a0, b0;
    [[nodiscard]] graph::vector_field flow() const { return field({"a", "b"}, {"b*(s-a*b)", "a*(s-a*b)"}, {"s"}); }
    [[nodiscard]] std::vector<Ball> at(const Ball& t) const {
        const Ball d(a0 * a0 - b0 * b0), sum0(a0 + b0);
        const Ball root = sqrt(Ball(4 * s * s) + d * d);
        const Ball above = (Ball(2 * s) + root) / d, below = (Ball(2 * s) - root) / d, x0 = sum0 * sum0 / d;
        const Ball q = (x0 - above) / (x0 - below) * exp(-root * t);
        const Ball x = (above - below * q) / (Ball(1) - q);
        const Ball sum = sqrt(d * x), difference = d / sum;
        return {(sum + difference) / Ball(2), (sum - difference) / Ball(2)};
    }
};

/// O4b: the balanced case a = b, u = a^2 = s/(1 + (s/u0 - 1) e^{-2st}).
struct balanced_factors {
    Rational s, a0;
    [[nodiscard]] graph::vector_field flow() const { return two_factors{s, a0, a0}.flow(); }
    [[nodiscard]] Ball at(const Ball& t) const { return sqrt(Ball(s) / (Ball(1) + Ball(s / (a0 * a0) - 1) * exp(-Ball(2 * s) * t))); }
};

/// O8: exponential loss on z = (1, a), (1, -a). For a = 1: e^{w1} sinh w2 = C and coth w2 = coth w2(0) + 2t/C.
struct mirrored_pair {
    Rational w1, w2;
    [[nodiscard]] graph::vector_field flow() const { return field({"u", "v"}, {"exp(-u-a*v)+exp(-u+a*v)", "a*exp(-u-a*v)-a*exp(-u+a*v)"}, {"a"}); }
    [[nodiscard]] std::vector<Ball> at(const Ball& t) const {
        if (w2 == 0) return {log(exp(Ball(w1)) + Ball(2) * t), Ball(0)};
        const Ball c = exp(Ball(w1)) * sinh(Ball(w2));
        const Ball coth = cosh(Ball(w2)) / sinh(Ball(w2)) + Ball(2) * t / c;
        const Ball v = atanh(Ball(1) / coth);
        return {log(c / sinh(v)), v};
    }
};

}  // namespace eonflow::oracles
