#include <eonflow/flow/pattern.hpp>

namespace eonflow::flow {

std::vector<std::size_t> kinks_at_start(const System& system, const std::vector<Rational>& theta) {
    std::vector<std::size_t> touching;
    if (system.kinks.empty()) return touching;
    Pattern<Rational> pattern(system.graph, system.kinks);
    (void)pattern.inputs(theta);
    for (std::size_t k = 0; k < system.kinks.size(); ++k)
        if (pattern.arguments[k] == 0) touching.push_back(k);
    return touching;
}

}  // namespace eonflow::flow
