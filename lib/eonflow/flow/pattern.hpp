#pragma once
/// The activation pattern of a piecewise linear network at a point.

#include <eonflow/flow/problem.hpp>
#include <eonflow/graph/evaluate.hpp>

namespace eonflow::flow {

/// The signs of the arguments of `kinks`, layer by layer: the slopes of a layer follow from its signs and enter the arguments of the next one.
/// T is Real (signs of rounded values) or Rational (exact).
template <class T>
class Pattern {
public:
    /// The inputs of `graph` are others than slopes first (theta, say), then the slopes of `kinks`.
    Pattern(const graph::Graph& graph, const std::vector<model::kink>& kinks) : kinks_(kinks) {
        for (std::size_t layer = 0, found = 0; found < kinks.size(); ++layer) {
            std::vector<std::size_t> members;
            std::vector<graph::node_id> nodes;
            for (std::size_t k = 0; k < kinks.size(); ++k)
                if (kinks[k].layer == layer) members.push_back(k), nodes.push_back(kinks[k].argument);
            found += members.size();
            if (!members.empty()) layers_.push_back({std::move(members), graph::evaluator<T>(graph, std::move(nodes))});
        }
    }

    /// `point` with the slopes appended: of a kink whose argument is 0 the one below. The arguments are left in `arguments`.
    [[nodiscard]] std::vector<T> inputs(std::span<const T> point) {
        std::vector<T> all(point.begin(), point.end());
        all.resize(point.size() + kinks_.size());
        arguments.assign(kinks_.size(), T());
        for (auto& [members, evaluate] : layers_) {
            std::vector<T> values = evaluate(all);
            for (std::size_t i = 0; i < members.size(); ++i) {
                const model::kink& k = kinks_[members[i]];
                all[point.size() + members[i]] = convert(values[i] > 0 ? k.above : k.below);
                arguments[members[i]] = std::move(values[i]);
            }
        }
        return all;
    }

    std::vector<T> arguments;

private:
    static T convert(const Rational& x) {
        if constexpr (std::is_same_v<T, Rational>)
            return x;
        else
            return number::to_real(x);
    }

    struct of_layer {
        std::vector<std::size_t> members;
        graph::evaluator<T> evaluate;
    };
    std::vector<model::kink> kinks_;
    std::vector<of_layer> layers_;
};

/// The kinks of `graph` whose argument is exactly 0 at theta.
[[nodiscard]] std::vector<std::size_t> kinks_at(const graph::Graph& graph, const std::vector<model::kink>& kinks, const std::vector<Rational>& theta);

}  // namespace eonflow::flow
