#pragma once
/// One integration of a problem's flow in one clock, stopped and sampled at targets.

#include <eonflow/flow/integrate.hpp>
#include <eonflow/flow/switching.hpp>
#include <eonflow/number/record.hpp>

#include <memory>
#include <optional>

namespace eonflow::flow {

/// A place on the trajectory where a sample is wanted: the start, a value of the clock, or where t, log10 t or the loss takes a value.
struct Target {
    enum class what : std::uint8_t { start, clock, time, log10_time, loss };
    what kind = what::start;
    Rational value;
};

struct PathOptions {
    std::string method;
    std::int64_t digits = 0;  ///< local tolerance 10^-digits relative to the state's size
    bool confirming = false;  ///< take another order, so that agreement with the usual one means something
    std::int64_t most_steps = 0;
    ambiguity at_ambiguity = ambiguity::stop;
};

/// Works in the precision of the caller's scope, which must outlive it.
class Path {
public:
    struct point {
        number::Real clock, time;
        number::Vector parameters;
        number::Vector slopes;  ///< of the kinks
    };
    struct outcome {
        std::string status;
        std::vector<PathSwitch> switches;
        Counters counters;
        double start_clock = 0, end_clock = 0;
    };
    using visitor = std::function<void(const point&)>;
    /// (fraction done or -1, detail) -> true to interrupt
    using monitor = std::function<bool(double, const std::string&)>;

    Path(const Problem& problem, const System& system, Clock clock, const PathOptions& options);
    ~Path();
    Path(const Path&) = delete;
    Path& operator=(const Path&) = delete;

    /// What a Path made alike goes on from with the same bits; empty where the method cannot say it.
    [[nodiscard]] number::Record save() const;
    void restore(const number::Record& saved);

    /// Visits `targets`, which must follow each other along the flow, and ends at the last. A target already passed when its turn comes is visited at once.
    outcome follow(const std::vector<Target>& targets, const visitor& visit, const monitor& watch);

    /// The clock value from which on theta stays within 10^-digits |theta| of where it ends, judged by the rate at which the speed falls (an estimate).
    /// Nothing where the flow stands still, as far as the local tolerance can tell, before that. Interrupted, it gives the clock value reached. Throws numerical_error if
    /// the speed does not fall within the step limit.
    std::optional<double> settled_at(std::int64_t digits, const std::function<bool()>& interrupted);

private:
    struct engine;
    std::unique_ptr<engine> engine_;
};

}  // namespace eonflow::flow
