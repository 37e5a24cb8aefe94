#pragma once
/// Reparametrized predictors x = rho(z), entrywise, and the table of the rho whose potential is known in closed form.

#include <eonflow/model/model.hpp>

namespace eonflow::model {

/// One rho with what follows from it, as formulas in z (or in x = rho(z) where said), with the exponent under the name in `exponent_name`.
/// With F''(x) = 1/rho'(rho^{-1}(x))^2, gradient flow in z is mirror flow in x: (F'(x))' = -dL/dx.
struct Reparametrization {
    std::string name;
    std::string exponent_name;       ///< "k", "p" or empty
    std::string domain;              ///< for people
    std::vector<std::string> chart;  ///< positive exactly inside the chart on which rho is invertible
    std::string rho;
    std::string inverse;    ///< rho^{-1}(x), in x
    std::string mirror;     ///< F'(rho(z)), in z
    std::string potential;  ///< F, in x
    std::string response;   ///< (F')^{-1}(u), in u; empty where it is not elementary
};

/// The rows, in the order of docs: identity, power [k >= 2], signed_power [1 < p < 2], exp, sinh, tan, tanh, sin, cosh, log, arsinh.
[[nodiscard]] const std::vector<Reparametrization>& reparametrizations();
[[nodiscard]] const Reparametrization* find_reparametrization(std::string_view name) noexcept;

/// A formula of `row` with `argument` for its variable z, x or u.
[[nodiscard]] node_id put_in(Graph& graph, const Reparametrization& row, const std::string& formula, node_id argument, const std::optional<Rational>& exponent);

/// beta_j = rho(z_j + rho^{-1}(origin_j)); without an origin beta_j = rho(z_j). `rho` names a row of the table.
/// Throws invalid_input for unknown names, exponents outside the row's range, and an origin of another size.
[[nodiscard]] Model reparametrized(std::size_t inputs, const std::string& rho, const std::optional<Rational>& exponent, std::vector<Rational> origin = {});

/// The same for a formula in z of the user's own; no origin, since its inverse is not known.
[[nodiscard]] Model reparametrized_by_formula(std::size_t inputs, const std::string& formula);

}  // namespace eonflow::model
