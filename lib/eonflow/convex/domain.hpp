#pragma once

#include <eonflow/convex/solve.hpp>

namespace eonflow::convex {

/// Whether the equations of a program with a Separable objective have a solution inside the open domains of its potentials; decided exactly, by a linear program.
/// `optimal`: there is one (the certificate stays empty). `infeasible`: there is none, with a Farkas vector as its certificate.
/// The intervals of the family "rho" are of another variable: they are not looked at.
[[nodiscard]] Solution solve_domain(const Program& program);

}  // namespace eonflow::convex
