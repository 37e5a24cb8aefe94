#pragma once
/// Derivatives of graphs, as graphs.

#include <eonflow/graph/graph.hpp>

namespace eonflow::graph {

/// d output / d variable for each node of `variables` (reverse mode); the derivatives are nodes of the same graph, built at a constant multiple of its size.
/// `variables` may be any nodes; a variable is treated as independent of the other variables.
[[nodiscard]] std::vector<node_id> gradient(Graph& graph, node_id output, std::span<const node_id> variables);

/// d quantity / dt along y' = F(y) of `field`: sum over i of d quantity/dy_i * F_i. `quantity` is a node of the field's graph.
[[nodiscard]] node_id lie_derivative(vector_field& field, node_id quantity);

}  // namespace eonflow::graph
