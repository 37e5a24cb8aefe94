#pragma once
/// The events of a trajectory, and whether two computations saw the same ones.

#include <eonflow/flow/path.hpp>

namespace eonflow::flow {

/// `fine` with the digits on which the two agree, less one, since the last common digit may still be rounded either way; at most `most`.
[[nodiscard]] verified compare(const number::Real& fine, const number::Real& other, std::int64_t most);

/// Switches as events, with no verified digits yet, and the deaths of units among them.
[[nodiscard]] std::vector<Event> events_of(const Problem& problem, const System& system, const std::vector<PathSwitch>& switches);

/// Gives the events of `trajectory` the digits of their times on which those of another computation, `other`, agree. Where the two saw different events, the events
/// from the first difference on have none, and trajectory.confirmation says so.
void confirm_events(Trajectory& trajectory, const std::vector<Event>& other, std::int64_t digits);

}  // namespace eonflow::flow
