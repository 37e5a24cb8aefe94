#pragma once
/// The smooth field of a pattern, sliding kinks included.

#include <eonflow/flow/problem.hpp>

namespace eonflow::flow {

/// The field of a piecewise one along which the arguments of the kinks `sliding` stay 0, extended by one state for each kink k whose derivative is watched[k]:
/// the argument, or for a sliding kink its slope lambda_k. With D = -grad loss (affine in the sliding slopes, since their arguments are 0) the slopes solve
/// sum_l (d r_k/d lambda_l) lambda_l = -r_k(lambda = 0), r_k = <grad argument_k, D>. The states are those of the field, then the extensions; the parameters
/// all slopes, of which those of sliding kinks are not used.
struct SlidingField {
    graph::vector_field field;
    std::vector<graph::node_id> watched;
};

/// The position of the input of which node `id` is a rational multiple, if it is one.
[[nodiscard]] std::optional<std::size_t> single_input(const graph::Graph& graph, graph::node_id id);

/// Throws numerical_error where the tangency conditions are not affine in the slopes (a sliding kink feeds another) or do not determine them.
[[nodiscard]] SlidingField sliding_field(const PiecewiseField& piecewise, const std::vector<std::size_t>& sliding);

}  // namespace eonflow::flow
