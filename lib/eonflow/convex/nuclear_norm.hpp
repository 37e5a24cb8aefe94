#pragma once

#include <eonflow/convex/solve.hpp>

namespace eonflow::convex {

/// Solves a program with a Nuclear_norm objective (small matrices). A barrier method on the dual max y . nu, |S|_op <= 1, S = sum_i nu_i A_i, guesses the rank; Newton's
/// method solves for factors of the minimizer M = P Q^T and nu:
///   S Q = P (I - Omega),  S^T P = Q,  <A_i, P Q^T> = y_i,  P_0^T P symmetric,
/// with an antisymmetric Omega (which has to vanish) against the freedom to rotate P and Q. Krawczyk's test proves a zero; with P of full rank and
/// I - S^T S + Q Q^T positive definite it proves M to be the only minimizer. Undecided where strict complementarity fails.
[[nodiscard]] Solution solve_nuclear_norm(Program program, std::int64_t digits);

}  // namespace eonflow::convex
