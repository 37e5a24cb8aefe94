#pragma once
/// Losses as functions of the prediction f and the label y.

#include <eonflow/graph/graph.hpp>

namespace eonflow::model {

enum class loss_kind : std::uint8_t { squared, exponential, logistic, expression };
enum class reduction : std::uint8_t { sum, mean };

/// squared: (f - y)^2 / 2; exponential: exp(-y f); logistic: log(1 + exp(-y f)); expression: the user's formula in f and y.
struct Loss {
    loss_kind kind = loss_kind::squared;
    reduction reduce = reduction::sum;
    std::string formula;

    /// Whether the labels are classes +-1 and the loss decreases in the margin y f.
    [[nodiscard]] bool is_classification() const noexcept { return kind == loss_kind::exponential || kind == loss_kind::logistic; }
    /// The loss of one sample. Throws invalid_input for a wrong formula.
    [[nodiscard]] graph::node_id sample(graph::Graph& graph, graph::node_id prediction, const number::Rational& label) const;
    /// Sum or mean over the samples.
    [[nodiscard]] graph::node_id total(graph::Graph& graph, std::span<const graph::node_id> predictions, std::span<const number::Rational> labels) const;
};

[[nodiscard]] std::string_view name_of(loss_kind kind) noexcept;
[[nodiscard]] bool find_loss(std::string_view name, loss_kind& found) noexcept;

}  // namespace eonflow::model
