#pragma once
/// Small problems that many tests start from.

#include <eonflow/flow/problem.hpp>
#include <eonflow/number/text.hpp>

namespace eonflow::problems {

using number::Rational;

inline std::vector<Rational> rationals(const std::vector<const char*>& texts) {
    std::vector<Rational> values;
    for (const char* text : texts) values.push_back(number::parse_rational(text));
    return values;
}

inline flow::Data data(const std::vector<std::vector<const char*>>& rows, const std::vector<const char*>& labels) {
    flow::Data result;
    result.X = number::Matrix<Rational>(rows.size(), rows.front().size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t j = 0; j < rows[i].size(); ++j) result.X(i, j) = number::parse_rational(rows[i][j]);
    result.y = rationals(labels);
    return result;
}

inline flow::Problem problem(flow::Data samples, model::Model model, model::loss_kind loss, const std::vector<const char*>& start) {
    flow::Problem result;
    result.data = std::move(samples);
    result.model = std::move(model);
    result.loss.kind = loss;
    result.initial = rationals(start);
    return result;
}

/// Catalogue O1: x = (1, 0), (1, 1), exponential loss, w(0) = 0; w = (W(t) + log(1 + W(t)), log(1 + W(t))).
inline flow::Problem degenerate_margin() {
    return problem(data({{"1", "0"}, {"1", "1"}}, {"1", "1"}), model::linear(2), model::loss_kind::exponential, {"0", "0"});
}

/// A deep linear network 2-2-1 on two generic points.
inline flow::Problem two_layers(model::loss_kind loss = model::loss_kind::logistic) {
    return problem(data({{"1", "1/2"}, {"-1/3", "-1"}}, {"1", "-1"}), model::dense(std::vector<std::size_t>{2, 2, 1}), loss, {"1/2", "1/8", "-1/5", "1/3", "2/5", "1/4"});
}

}  // namespace eonflow::problems
