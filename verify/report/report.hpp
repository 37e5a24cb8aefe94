#pragma once
/// The pages of runs.

#include <eonflow/flow/trajectory.hpp>
#include <eonflow/limit/prediction.hpp>
#include <verify/verdict.hpp>

#include <optional>

namespace eonflow::verify::report {

/// Verdicts of theorem checks: a table of all, then statement, hypotheses, claims and measured curves of each. Throws io_error where gnuplot cannot be run.
[[nodiscard]] std::string page_of(const std::vector<Report>& reports);

/// A trajectory: loss, margins, norms, spectra, conserved quantities and coordinates along the flow, computed from the parameters of its samples, the
/// distance from the predicted limit where there is one, events, and the certificate.
[[nodiscard]] std::string page_of(const flow::Problem& problem, const flow::Trajectory& trajectory, const std::optional<limit::Prediction>& prediction);

}  // namespace eonflow::verify::report
