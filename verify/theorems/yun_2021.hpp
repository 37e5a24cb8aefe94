#pragma once
/// The parts of yun_2021, one file a setting.

#include <verify/judge.hpp>
#include <verify/settled.hpp>

#include <eonflow/flow/decomposition.hpp>

namespace eonflow::verify::yun {

[[nodiscard]] const std::vector<Statement>& hypotheses();
[[nodiscard]] const std::vector<Statement>& claims();
[[nodiscard]] const Statement& claim(std::string_view id);
/// A verdict on the hypothesis `id` under its name in the list.
[[nodiscard]] HypothesisResult hypothesis(std::string_view id, bool met, std::string evidence);

/// H1, and H2 where H1 holds: the last hypotheses of the report tell.
struct Setting {
    flow::Decomposition decomposition;
    bool dominated = false;  ///< H2
    number::Rational gap;    ///< lambda of H2, for diagonal networks
};
[[nodiscard]] Setting judge_setting(const flow::Problem& problem, Report& report);

/// Y4 and its companions, for a model with a rational real decomposition.
void check_potential(const flow::Problem& problem, const Setting& setting, const CheckOptions& options, Report& report);
/// Y5, one sample and two layers.
void check_two_layer_regression(const flow::Problem& problem, const CheckOptions& options, Report& report);
/// Y6, fully connected.
void check_dense_regression(const flow::Problem& problem, const CheckOptions& options, Report& report);
/// Y1, Y2, Y3.
void check_classification(const flow::Problem& problem, const CheckOptions& options, Report& report);

/// M(x) = sum_k x_k M_k of a model with two layers, exactly.
[[nodiscard]] number::Matrix<number::Rational> bilinear_form(const flow::Problem& problem, std::span<const number::Rational> x);

}  // namespace eonflow::verify::yun
