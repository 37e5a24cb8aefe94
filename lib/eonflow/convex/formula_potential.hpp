#pragma once

#include <eonflow/convex/potential.hpp>

namespace eonflow::convex {

/// The potential of one of the families "derivative", "second_derivative", "rho" and "layers" (potential.hpp), apart from its weight.
/// Throws invalid_input for wrong formulas, parameters and intervals.
[[nodiscard]] std::unique_ptr<Potential_function> make_formula_potential(const Potential& potential);

}  // namespace eonflow::convex
