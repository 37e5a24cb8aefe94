#pragma once
/// Gradient descent with an exact step.

#include <eonflow/flow/observe.hpp>
#include <eonflow/flow/path.hpp>

namespace eonflow::flow {

/// theta_{k+1} = theta_k - step * grad loss(theta_k), in the working precision; iterate k has the time k * step. Visits the targets, which must follow each other: for a time
/// (or value of the clock) the last iterate that is not later, for a loss the first iterate whose loss is not larger. The step and the times are exact; every rounding is that of the iterates.
/// Throws invalid_input for a negative time.
Path::outcome descend(const Problem& problem, Observer& observer, const std::vector<Target>& targets, std::int64_t most_steps, const Path::visitor& visit, const Path::monitor& watch);

}  // namespace eonflow::flow
