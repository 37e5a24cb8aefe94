#pragma once
/// The flow of a regression from a small start, sampled at targets.

#include <eonflow/flow/path.hpp>

namespace eonflow::flow {

/// Whether "clock": "auto" takes the flow as one from a small start (SaddlePath): squared loss, a parameter below 10^-8 but not 0, a stop rule
/// among time, log10_time and loss.
[[nodiscard]] bool has_small_start(const Problem& problem);

/// Path::follow for such a flow, in the precision of the caller's scope. The value of its clock is log(1 + rho_0 t) + log(loss(0)/loss) with the ratio
/// loss/loss(0) taken as at least 2^-32: it moves on plateaus and in jumps.
Path::outcome follow_small_start(const Problem& problem, const System& system, const PathOptions& options, const std::vector<Target>& targets, const Path::visitor& visit,
                                 const Path::monitor& watch);

}  // namespace eonflow::flow
