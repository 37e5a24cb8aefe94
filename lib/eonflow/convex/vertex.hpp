#pragma once

#include <eonflow/convex/exact_vector.hpp>
#include <eonflow/convex/program.hpp>

#include <vector>

namespace eonflow::convex {

/// An optimal basic solution of a program with an Absolute objective, or a Farkas vector.
struct Vertex {
    bool feasible = true;
    bool regular = false;              ///< no basic value, multiplier, slack or reduced cost outside the basis is 0: point and multipliers are the only ones
    Exact_vector point;                ///< one entry per column
    Exact_vector multipliers;          ///< one per row, optimal for the dual; Farkas vector if not feasible
    std::vector<std::size_t> columns;  ///< basic columns J
    std::vector<std::size_t> rows;     ///< rows R with a nonsingular block matrix(R, J); the others have their slack in the basis
};

/// A double simplex finds the basis, integers prove it; where the proof fails a simplex over the rationals goes on from that basis. Always decides.
[[nodiscard]] Vertex optimal_vertex(const Program& program);

}  // namespace eonflow::convex
