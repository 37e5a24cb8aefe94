#pragma once
/// The flow of a homogeneous separable problem to any horizon: early phase, switch, late phase, and digits that two computations agree on.

#include <eonflow/flow/early.hpp>
#include <eonflow/flow/journal.hpp>
#include <eonflow/flow/lifted.hpp>
#include <eonflow/flow/trajectory.hpp>

#include <functional>

namespace eonflow::flow {

/// Where a sample is wanted. All but `direction_digits` are values of increasing quantities: r = log|theta| (from where it increases on), log10 t,
/// log10 log10 t, log(1/loss); or t and the loss themselves. `direction_digits` d: where the direction is estimated to be within 10^-d of its limit, from its speed and the rate at
/// which that falls (an estimate; a limit computed otherwise is the test).
struct HorizonTarget {
    enum class what : std::uint8_t { log_radius, time, log10_time, log10_log10_time, loss, minus_log_loss, direction_digits };
    what kind = what::log_radius;
    Rational value;
};

struct HorizonOptions {
    /// Wanted correct digits of the direction, relative to its length 1, at every sample; at a target `direction_digits` d its d digits and two more, if that is more,
    /// of the predictor's direction where there is one.
    std::int64_t digits = 30;
    int stages = 0;            ///< of the implicit integrator; 0: chosen from the digits
    bool confirm = true;       ///< false: one pass, nothing is confirmed
    ambiguity at_ambiguity = ambiguity::stop;
    std::int64_t most_steps = 1'000'000;
    std::function<bool(const std::string& phase, double log_radius)> watch;  ///< called each step; true interrupts
    Journal* journal = nullptr;      ///< keeps what an interrupted computation goes on from; nullptr: nothing
    std::string stage = "horizon";   ///< begins the names of its stages
};

/// A sample of the flow. theta = e^r direction.
struct HorizonSample {
    verified log_radius;
    std::vector<verified> direction;
    std::vector<verified> predictor;  ///< beta/|beta| where the model is linear in x
    verified log_time;                ///< log t
    verified log10_log10_time;        ///< not finite before t = 10
    verified minus_log_loss;
    verified log_time_loss;           ///< log(t loss), of moderate size where log t and -log loss are astronomical; digits after the point
    std::vector<verified> log_weights;  ///< log of g(z_i)/sum_k g(z_k); -infinity below the working precision
    bool late = false;                  ///< from the late phase
    bool confirmed = false;             ///< by a second pass; if not, all verified counts are 0
};

struct HorizonResult {
    std::vector<HorizonSample> samples;  ///< one for each target reached
    std::string status;                  ///< "reached_stop", "step_limit", "blow_up", "precision_exhausted", "interrupted", "not_unique", "at_rest"
    std::vector<PathSwitch> switches, confirming;  ///< at kinks, as the first and the second pass saw them
    std::int64_t precision_bits = 0;
    ode::counters early, late;  ///< of the first pass
    int stages = 0;
};

/// Visits `targets`, which must follow each other along the flow. The second pass has other stages, another Taylor order and more precision; where they
/// agree on fewer digits of the direction than wanted, both are done again with more, three times at most.
/// The late phase of a piecewise linear network holds the activation pattern; before a step on which it may change (see FrozenPattern) the early phase takes over
/// again until the switch is behind. Throws numerical_error for switches so late that log(1/loss) exceeds 10^4.
/// Throws invalid_input where the problem is not homogeneous with an exponential-tailed loss, or the flow stands still at the start.
[[nodiscard]] HorizonResult follow_to_horizon(const Problem& problem, const std::vector<HorizonTarget>& targets, const HorizonOptions& options = {});

}  // namespace eonflow::flow
