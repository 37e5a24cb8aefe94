#pragma once
/// What an integration gives back.

#include <eonflow/flow/problem.hpp>

#include <map>

namespace eonflow::flow {

/// A number with the count of its decimal digits that two independent computations agree on.
struct verified {
    number::Real value;
    std::int64_t digits = 0;
};

/// A scalar observable has one entry, a vector-valued one several.
using observation = std::vector<verified>;

struct Sample {
    verified time;        ///< t, not finite where only its logarithm fits
    verified log10_time;  ///< -infinity at t = 0
    std::vector<verified> parameters;
    std::map<std::string, observation> observed;
    std::int64_t verified_digits = 0;  ///< the least over the parameters
};

/// How far a conserved quantity moved along the trajectory, relative to its natural size.
struct InvariantDrift {
    std::string name;
    number::Real initial;
    number::Real drift;
};

/// What happened at a kink of a piecewise linear network. Kinds: those of `happening`, and "death" (the unit is now inactive on every sample, with slope 0).
struct Event {
    verified time;
    verified log10_time;
    std::string kind, description;
    std::string layer;  ///< the weights that make the pre-activation
    std::size_t unit = 0;
    std::optional<std::size_t> sample;  ///< none for a death
};

struct Counters {
    std::int64_t steps = 0, rejected = 0, evaluations = 0;
    int order = 0;
};

struct Trajectory {
    std::string method;  ///< "taylor", ...
    Clock clock = Clock::time;
    std::int64_t precision_bits = 0;
    std::vector<Sample> samples;
    std::vector<Event> events;
    std::vector<InvariantDrift> invariants;
    Counters counters;
    std::string status;        ///< "reached_stop", "step_limit", "blow_up", "precision_exhausted", "interrupted", "not_unique", "at_rest"
    std::string confirmation;  ///< how the digits were confirmed, or "none"
};

}  // namespace eonflow::flow
