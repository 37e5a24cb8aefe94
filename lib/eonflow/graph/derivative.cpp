#include <eonflow/graph/derivative.hpp>

namespace eonflow::graph {

std::vector<node_id> gradient(Graph& graph, node_id output, std::span<const node_id> variables) {
    const auto order = reachable(graph, std::span(&output, 1));
    std::vector<std::vector<term>> pending(graph.size());
    std::vector<node_id> adjoint(graph.size(), none);
    std::vector<bool> is_variable(graph.size(), false);
    for (const node_id v : variables) is_variable[v] = true;

    if (!order.empty()) pending[output].push_back({1, graph.constant(1)});
    for (std::size_t k = order.size(); k-- > 0;) {
        const node_id id = order[k];
        if (pending[id].empty()) continue;
        adjoint[id] = graph.sum(std::move(pending[id]));
        if (is_variable[id] || graph.is_zero(adjoint[id])) continue;
        const node n = graph[id];
        if (n.what == kind::power || n.what == kind::function) pending[n.argument].push_back({1, adjoint[id], graph.slope(id)});
        for (const term& t : n.terms) {
            pending[t.left].push_back({t.coefficient, adjoint[id], t.right});
            if (t.right != none) pending[t.right].push_back({t.coefficient, adjoint[id], t.left});
        }
    }
    std::vector<node_id> derivatives;
    for (const node_id v : variables) derivatives.push_back(adjoint[v] == none ? graph.constant(0) : adjoint[v]);
    return derivatives;
}

node_id lie_derivative(vector_field& field, node_id quantity) {
    const std::vector<node_id> states(field.graph.inputs().begin(), field.graph.inputs().begin() + static_cast<std::ptrdiff_t>(field.states()));
    return field.graph.dot(gradient(field.graph, quantity, states), field.derivative);
}

}  // namespace eonflow::graph
