#pragma once
/// Strictly convex functions of one variable, given by h' and h'', and the catalogue of those that occur as implicit biases.

#include <eonflow/convex/program.hpp>
#include <eonflow/number/ball.hpp>

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace eonflow::convex {

/// The w with h'(w) = u and dw/du = 1 / h''(w).
struct Response {
    number::Ball value;
    number::Ball slope;
};

/// Works in balls at the working precision.
class Potential_function {
public:
    virtual ~Potential_function() = default;
    /// Contains the response to every u in the ball; not finite where the ball leaves the range of h'.
    [[nodiscard]] virtual Response respond(const number::Ball& u) const = 0;
    /// h'(w); not finite where the ball leaves the domain.
    [[nodiscard]] virtual number::Ball derivative(const number::Ball& w) const = 0;
};

/// The catalogue. Parameters are rationals; a > 0 is the scale of the start, alpha |eta_j|.
///   yun [L, a]            L >= 2: h' = a^(2-L) h_L^{-1}(w / a^L), where tau = int_0^q (1+s^2)^{-(L-1)/2} ds and h_L(tau) = q (1+q^2)^{(L-1)/2}
///   woodworth [D, a]      D >= 2: h' = a^(2-D) h_D^{-1}(w / a^D), h_2(z) = 2 sinh z, h_D(z) = (1-z)^{-D/(D-2)} - (1+z)^{-D/(D-2)}
///   hyperbolic [c, b]     h' = c asinh(w / b)
///   identity, power [k] (k >= 2), signed_power [p] (1 < p < 2), exp, sinh, tan, tanh, sin, cosh, log, arsinh
///                         h'' = 1 / rho'(rho^{-1}(w))^2 for the reparametrization w = rho(z)
/// Throws invalid_input for unknown names and parameters outside these ranges.
[[nodiscard]] std::unique_ptr<Potential_function> make_potential(const Potential& potential);

/// Their names.
[[nodiscard]] std::vector<std::string_view> potential_families();

/// The z >= 0 (to the sign of `target`: odd functions) with f(z) = target for an increasing f with derivative df > 0, to all bits of the working precision and
/// with proof (interval Newton). Newton's method from `start`; not finite if it does not settle.
[[nodiscard]] number::Ball increasing_root(const std::function<number::Ball(const number::Ball&)>& f, const std::function<number::Ball(const number::Ball&)>& df,
                                          const number::Ball& target, const number::Ball& start);

}  // namespace eonflow::convex
