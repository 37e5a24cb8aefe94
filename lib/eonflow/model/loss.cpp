#include <eonflow/model/loss.hpp>

#include <eonflow/graph/formula.hpp>
#include <eonflow/number/error.hpp>

#include <algorithm>
#include <array>

namespace eonflow::model {

using graph::node_id;
using number::Rational;

namespace {

constexpr std::array<std::string_view, 4> loss_names = {"squared", "exponential", "logistic", "expression"};

}  // namespace

std::string_view name_of(loss_kind kind) noexcept { return loss_names[static_cast<std::size_t>(kind)]; }

bool find_loss(std::string_view name, loss_kind& found) noexcept {
    const auto position = std::find(loss_names.begin(), loss_names.end(), name);
    if (position == loss_names.end()) return false;
    found = static_cast<loss_kind>(position - loss_names.begin());
    return true;
}

node_id Loss::sample(graph::Graph& graph, node_id prediction, const Rational& label) const {
    using graph::function;
    const auto exp_of_minus_margin = [&] { return graph.apply(function::exp, graph.scale(-label, prediction)); };
    switch (kind) {
        case loss_kind::squared: {
            const node_id residual = graph.sum({{1, prediction}}, -label);
            return graph.sum({{Rational(1, 2), residual, residual}});
        }
        case loss_kind::exponential: return exp_of_minus_margin();
        case loss_kind::logistic: return graph.apply(function::log1p, exp_of_minus_margin());
        case loss_kind::expression: {
            try {
                return graph::parse_formula(graph, formula, {{"f", prediction}, {"y", graph.constant(label)}});
            } catch (const invalid_input& problem) {
                throw problem.within("/loss/formula: ");
            }
        }
    }
    return graph::none;
}

node_id Loss::total(graph::Graph& graph, std::span<const node_id> predictions, std::span<const Rational> labels) const {
    const Rational weight = reduce == reduction::mean ? Rational(1, static_cast<unsigned>(predictions.size())) : Rational(1);
    std::vector<graph::term> terms;
    for (std::size_t i = 0; i < predictions.size(); ++i) terms.push_back({weight, sample(graph, predictions[i], labels[i])});
    return graph.sum(std::move(terms));
}

}  // namespace eonflow::model
