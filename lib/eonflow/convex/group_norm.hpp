#pragma once

#include <eonflow/convex/solve.hpp>

namespace eonflow::convex {

/// Solves a program with a Group_norm or Fourier_norm objective: a barrier method on the dual guesses the supporting rows S and the nonzero groups G, Newton's
/// method solves the square system |A_g^T lambda|^2 = c_g^2 (g in G), sum_g rho_g A_ig A_g^T lambda = b_i (i in S), w_g = rho_g A_g^T lambda, and balls prove it:
/// Krawczyk's test, lambda > 0, rho > 0, |A_g^T lambda| < c_g elsewhere, rows outside S strict. Then the minimizer and the multipliers are unique. Rows that cannot
/// be met give an exact Farkas vector; undecided at the largest precision tried where a strict test fails.
[[nodiscard]] Solution solve_group_norm(Program program, std::int64_t digits);

}  // namespace eonflow::convex
