#pragma once

#include <eonflow/convex/solve.hpp>

namespace eonflow::convex {

/// Solves a program with a Quadratic objective exactly: an active set from double arithmetic, completed where it is wrong by the dual active set method in
/// exact arithmetic, so that the answer never depends on rounding. Always optimal or infeasible.
[[nodiscard]] Solution solve_quadratic(Program program);

}  // namespace eonflow::convex
