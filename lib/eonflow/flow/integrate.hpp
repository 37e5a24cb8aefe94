#pragma once
/// From a problem to a trajectory whose digits are right.

#include <eonflow/flow/journal.hpp>
#include <eonflow/flow/switching.hpp>
#include <eonflow/flow/trajectory.hpp>

#include <functional>

namespace eonflow::flow {

/// One line of progress: what is done, how far (0 to 1, or negative if unknown), and details such as the horizon reached.
struct Progress {
    std::string phase;
    double fraction = -1;
    std::string detail;
};

struct IntegrateOptions {
    std::string method = "taylor";  ///< "taylor", "fehlberg78" or "bulirsch_stoer"
    bool confirm = true;            ///< false: one pass, whose digits are called unconfirmed
    std::int64_t most_steps = 1'000'000;
    std::vector<Rational> clock_values;  ///< sample at these ascending values of the clock instead of at times; the stop rule still ends the run
    std::function<void(const Progress&)> progress;  ///< called often; may be empty
    std::function<bool()> interrupted;              ///< polled once a step; true ends the integration with status "interrupted"
    Journal* journal = nullptr;                     ///< keeps what an interrupted integration goes on from; nullptr: nothing
};

/// Follows the flow of `problem` from theta(0) at t = 0 to its stop rule and samples it at problem.times (if empty, at evenly spaced values of the clock)
/// and at the end. Each number carries the count of decimal digits on which two computations of different order and precision agree, less one; the
/// working precision is raised until all have problem.digits of them or the tries are used up.
/// Throws invalid_input for a start where the flow is undefined, unknown methods and observables, and stop rules that the clock cannot meet.
[[nodiscard]] Trajectory integrate(const Problem& problem, const IntegrateOptions& options = {});

/// Name and meaning of what can be observed along a trajectory.
struct observable_entry {
    std::string name, meaning;
};
[[nodiscard]] const std::vector<observable_entry>& observables();
[[nodiscard]] const std::vector<observable_entry>& methods();

}  // namespace eonflow::flow
