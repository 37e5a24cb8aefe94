#pragma once

#include <eonflow/convex/potential.hpp>
#include <eonflow/convex/solve.hpp>

#include <memory>
#include <vector>

namespace eonflow::convex {

/// Solves a program with a Separable objective: Newton's method on the dual (one unknown per row), then a Krawczyk test in balls that proves that the boxes of
/// the certificate contain the minimizer and its multipliers, every coordinate of the point to `digits` right digits (or, where a coordinate is 0, to that many digits
/// of the largest). Undecided if no proof succeeds within `most_bits`; infeasible equations give an exact Farkas vector.
/// `functions`: used instead of the catalogue, one per column, where given (a caller's own potentials; the checker then needs them as well).
[[nodiscard]] Solution solve_separable(Program program, std::int64_t digits, std::vector<std::shared_ptr<const Potential_function>> functions = {},
                                       std::int64_t most_bits = 1 << 20);

}  // namespace eonflow::convex
