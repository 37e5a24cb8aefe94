#pragma once
/// The two halves of frei_2023: the flow and gradient descent.

#include <eonflow/limit/leaky.hpp>
#include <verify/theorem.hpp>

namespace eonflow::verify::frei {

/// Statements of the theorem by id ("H3", "F2.1").
[[nodiscard]] const Statement& hypothesis(std::string_view id);
[[nodiscard]] const Statement& claim(std::string_view id);

/// a^2 m for output weights of size a and m units: W times its root follows the same flow with a = 1/sqrt(m), in the time t a^2 m.
[[nodiscard]] number::Rational output_square(const flow::Problem& problem);

/// H3 to H6 and F2.1 to F2.3.
void judge_descent(const flow::Problem& problem, const limit::Leaky_network& network, const CheckOptions& options, Report& report);

/// F1 and its parts where `failed`, a hypothesis, is not met: what the flow does all the same, from its start through the changes of the pattern to a small loss (the problem's stop rule, or
/// 1e-8), and the KKT point of the margin problem that it is on the way to.
void judge_reached(const flow::Problem& problem, const limit::Leaky_network& network, const CheckOptions& options, const HypothesisResult& failed, Report& report);

}  // namespace eonflow::verify::frei
