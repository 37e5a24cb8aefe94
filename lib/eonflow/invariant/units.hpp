#pragma once
/// What the units of a fully connected network with homogeneous activations conserve, and the exact rate at which they do not.

#include <eonflow/invariant/invariant.hpp>

namespace eonflow::invariant {

/// A pair of hidden units u < v of one layer with the same neighbours, joined to them by trained edges only.
struct Unit_pair {
    std::size_t layer = 0;  ///< position among the model's layers of the weights into the units
    std::size_t u = 0, v = 0;
    graph::node_id value = graph::none;  ///< I_uv = <w_in(u), w_in(v)> - <w_out(u), w_out(v)>
};

/// Number of layers W_1, ..., W_L, which come before the skips.
[[nodiscard]] std::size_t depth_of(const model::Model& model);

/// |w_in|^2 - |w_out|^2 of each hidden unit of a `relu_network` all of whose edges are trained, a layer an invariant: conserved by every flow, through kinks as well.
[[nodiscard]] std::vector<Invariant> unit_balances(const model::Model& model, flow::System& system);

/// All pairs of a `relu_network`. I_uv is conserved while u and v have the same activation on every sample; linear units always do.
[[nodiscard]] std::vector<Unit_pair> unit_pairs(const model::Model& model, flow::System& system);

/// The defect of I_uv along theta' = sum_i speeds[i] grad f_i: sum_i speeds[i] (s_u - s_v) (g_u z_v - g_v z_u), where on sample i a unit has the pre-activation z, the slope s and
/// the signal g = df/dh of its output h = s z; 0 for linear units. `pair` must be of `unit_pairs`.
[[nodiscard]] graph::node_id pair_defect(flow::System& system, const Unit_pair& pair, std::span<const graph::node_id> speeds);

}  // namespace eonflow::invariant
