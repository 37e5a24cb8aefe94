#pragma once

#include <eonflow/convex/solve.hpp>

namespace eonflow::convex {

/// Solves a program with an Absolute objective exactly. If the minimizer is not unique the certificate's point lies in the relative interior of the face
/// of minimizers and its multipliers are strictly complementary, which proves the dimension. Always optimal or infeasible.
[[nodiscard]] Solution solve_absolute(Program program);

}  // namespace eonflow::convex
