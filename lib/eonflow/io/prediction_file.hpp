#pragma once
/// Predicted limits as files, format eonflow/limit/1.

#include <eonflow/io/json.hpp>
#include <eonflow/limit/prediction.hpp>

namespace eonflow::io {

/// Coordinates as text: exact rationals where the certificate is exact, otherwise decimals with the digits that its boxes prove, at most `digits`.
[[nodiscard]] std::vector<std::string> minimizer_text(const convex::Solution& solution, std::int64_t digits);
[[nodiscard]] std::vector<std::string> multipliers_text(const convex::Solution& solution, std::int64_t digits);

/// The squared weighted norm (quadratic objectives) or weighted norm (absolute ones) of an exact minimizer; "" for other objectives and where there is none.
[[nodiscard]] std::string value_text(const convex::Solution& solution);

/// The predicted limit of `problem` with the certificate that proves it.
[[nodiscard]] Json to_json(const flow::Problem& problem, const limit::Prediction& prediction);

}  // namespace eonflow::io
