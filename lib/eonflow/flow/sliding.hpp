#pragma once
/// The smooth field of a pattern, sliding kinks included.

#include <eonflow/flow/planes.hpp>

namespace eonflow::flow {

/// The smooth fields of all patterns of a piecewise one in which the kinks `sliding`, none of them a plane, stay 0, and of each group of planes at most `capacity`
/// independent ones. States: those of the piecewise field, then the extensions, whose derivatives are watched, force, tau. Parameters: the slopes of all kinks; then, group by group,
/// `capacity` vectors over the group's parameters: orthonormal normals of what slides, 0 where they are not needed.
///
/// With D = descent and P the projection along the normals, v = P D + sum_l kappa_l P grad argument_l with <grad argument_k, v> = 0 for k, l in `sliding`: the part of D along all
/// that slides, whatever the slopes there. kappa_l = lambda_l force_l gives the slopes of `sliding`, from the topmost layer down. The slopes of planes that slide follow from tau:
/// D + sum_l delta_l grad argument_l is along the surface for delta = Surface::balance(tau), and their slopes are those given plus delta_l/force_l.
struct SlidingField {
    graph::vector_field field;
    std::vector<std::size_t> upper;          ///< kinks that are no planes
    std::vector<graph::node_id> watched;     ///< of each of them the argument, or lambda if it slides
    std::vector<graph::node_id> descent;     ///< D, with the slopes lambda
    std::vector<graph::node_id> direction;   ///< v
    std::vector<graph::node_id> force;       ///< different ones; only extensions where capacity > 0
    std::vector<std::pair<std::size_t, Rational>> force_of;  ///< of each kink that is a plane: force[first] * second
    std::size_t capacity = 0;

    [[nodiscard]] std::size_t extensions() const noexcept;
    /// Positions among the extensions.
    [[nodiscard]] std::size_t force_at(std::size_t f) const noexcept { return upper.size() + f; }
    [[nodiscard]] std::size_t tau_at(std::size_t group, std::size_t r) const noexcept { return upper.size() + force.size() + group * capacity + r; }
    std::size_t groups = 0;
};

/// Throws numerical_error where the gradient of an argument in `sliding` vanishes.
[[nodiscard]] SlidingField sliding_field(const PiecewiseField& piecewise, const Planes& planes, const std::vector<std::size_t>& sliding, std::size_t capacity);

}  // namespace eonflow::flow
