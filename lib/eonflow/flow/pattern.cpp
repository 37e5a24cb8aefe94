#include <eonflow/flow/pattern.hpp>

namespace eonflow::flow {

std::vector<std::size_t> kinks_at(const graph::Graph& graph, const std::vector<model::kink>& kinks, const std::vector<Rational>& theta) {
    std::vector<std::size_t> touching;
    Pattern<Rational> pattern(graph, kinks);
    (void)pattern.inputs(theta);
    for (std::size_t k = 0; k < kinks.size(); ++k)
        if (pattern.arguments[k] == 0) touching.push_back(k);
    return touching;
}

}  // namespace eonflow::flow
