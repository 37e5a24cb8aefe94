#pragma once
/// Conserved quantities as files, format eonflow/invariants/1.

#include <eonflow/invariant/invariant.hpp>
#include <eonflow/io/json.hpp>

namespace eonflow::io {

/// The exact tests and, where there is a trajectory, the drift along it, and the digits to which the dual flow agrees with it where there is one.
[[nodiscard]] Json to_json(const flow::Problem& problem, const std::vector<invariant::LieTest>& tests, const flow::Trajectory* trajectory, const std::optional<std::int64_t>& dual_digits = {});

/// {"name", "initial", "drift"}: the initial value to the problem's digits, the drift to two.
[[nodiscard]] Json::Array to_json(const flow::Problem& problem, const std::vector<flow::InvariantDrift>& drifts);

}  // namespace eonflow::io
