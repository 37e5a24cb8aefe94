#pragma once
/// Strictly convex functions of one variable, given by h' and h'', and the catalogue of those that occur as implicit biases.

#include <eonflow/convex/program.hpp>
#include <eonflow/number/ball.hpp>

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
    /// 1 / h''(w), where that is cheap; not finite elsewhere.
    [[nodiscard]] virtual number::Ball inverse_curvature(const number::Ball& w) const;
};

/// The catalogue. Parameters are rationals; a > 0 is the scale of the start, alpha |eta_j|.
///   yun [L, a]            L >= 2: h' = a^(2-L) h_L^{-1}(w / a^L), where tau = int_0^q (1+s^2)^{-(L-1)/2} ds and h_L(tau) = q (1+q^2)^{(L-1)/2}
///   woodworth [D, a]      D >= 2: h' = a^(2-D) h_D^{-1}(w / a^D), h_2(z) = 2 sinh z, h_D(z) = (1-z)^{-D/(D-2)} - (1+z)^{-D/(D-2)}
///   hyperbolic [c, b]     h' = c asinh(w / b)
///   identity, power [k] (k >= 2), signed_power [p] (1 < p < 2), exp, sinh, tan, tanh, sin, cosh, log, arsinh
///                         h'' = 1 / rho'(rho^{-1}(w))^2 for the reparametrization w = rho(z)
///   layers [b, m_1, ...]  m_l >= 0: w = s prod sqrt(s^2 + m_l), h'' such that dh' = ds / prod sqrt(s^2 + m_l), h' = 0 at s = b: a coordinate of a diagonal network whose smallest
///                         layer starts at +-b and whose squares differ from its square by m_l
/// Of the caller's own, by a formula with an interval of its variable:
///   derivative            h' in w
///   second_derivative [b] h'' in w, with h'(b) = 0
///   rho [b]               a reparametrization w = rho(z) in z, h'' = 1 / rho'(rho^{-1}(w))^2 with h' = 0 at z = b
/// That h'' > 0 on the whole interval is the caller's to know; it is proved where the solver goes. Integrals are taken in balls.
/// Throws invalid_input for unknown names, parameters outside these ranges and wrong formulas.
[[nodiscard]] std::unique_ptr<Potential_function> make_potential(const Potential& potential);

/// Their names.
[[nodiscard]] std::vector<std::string_view> potential_families();

}  // namespace eonflow::convex
