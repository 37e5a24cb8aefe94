#pragma once

#include <eonflow/flow/integrate.hpp>

namespace eonflow::flow {

/// Whether the horizon clock can meet the stop rules: any of direction_digits, log10_log10_time, log10_time, time and loss.
[[nodiscard]] bool has_horizon_stop(const StopRule& stop);

/// integrate() in the horizon clock: samples on the way to the stop rule. Parameters carry the digits that their direction and log|theta| leave them;
/// an observable carries those that survive a change of the parameters by their own uncertainty.
/// Throws invalid_input for problems without homogeneous margins, for sample times and for stop rules of other clocks.
[[nodiscard]] Trajectory integrate_to_horizon(const Problem& problem, const System& system, const IntegrateOptions& options);

}  // namespace eonflow::flow
