#pragma once
/// One integration of a homogeneous separable problem, from its start over the switch of phases to targets on the way to the horizon.

#include <eonflow/flow/frozen.hpp>
#include <eonflow/flow/horizon.hpp>
#include <eonflow/flow/pattern.hpp>
#include <eonflow/flow/standstill.hpp>
#include <eonflow/number/record.hpp>

#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>

namespace eonflow::flow {

/// A place on the flow as one integration sees it.
struct PassSample {
    number::Real log_radius, log_time, minus_log_loss, log_time_loss, kappa;
    number::Vector direction, predictor, log_weights;
    bool late = false;
};

template <class Archive>
void transfer(Archive& archive, PassSample& s) {
    archive(s.log_radius, s.log_time, s.minus_log_loss, s.log_time_loss, s.kappa, s.direction, s.predictor, s.log_weights, s.late);
}

struct PassOptions {
    std::int64_t bits = 0;              ///< working precision
    std::int64_t digits = 0;            ///< local tolerance 10^-digits
    std::int64_t digits_of_change = 0;  ///< of the change over a step where only the limit is wanted to all digits; 0: not so
    int stages = 0, order = 0;          ///< 0: chosen from the digits, or by cost
    std::int64_t most_steps = 0;
    std::vector<std::size_t> touching;  ///< kinks at 0 at the start
    ambiguity at_ambiguity = ambiguity::stop;
};

/// Early phase, late phase, and back for switches that come late; in the precision of the caller's scope, which must outlive it.
class Pass {
public:
    /// (phase, log|theta|) -> true to interrupt
    using monitor = std::function<bool(const std::string&, double)>;

    Pass(std::shared_ptr<const Margins> margins, const std::vector<Rational>& start, const PassOptions& chosen);

    /// Appends to `samples` those of `targets`; returns how it ended.
    ode::status follow(std::span<const HorizonTarget> targets, std::vector<PassSample>& samples, const monitor& watch);

    [[nodiscard]] const ode::counters& early() const { return early_.counted(); }
    [[nodiscard]] ode::counters late() const;
    [[nodiscard]] int stages() const { return stages_; }
    [[nodiscard]] std::vector<PathSwitch> switches() { return early_.switches(); }

    /// What a Pass made alike goes on from, before a step, with the same bits.
    [[nodiscard]] number::Record save() const;
    void restore(const number::Record& saved);

private:
    void begin_late();
    PassSample observed(const number::Vector& phi, const number::Real& r);
    /// log t and -log loss from Y = -log sum g, log(t e^-Y) and the weights: the loss of a sample is -log(1 - g) for the logistic loss, g for the exponential one.
    /// t and Y are those of the sum.
    void set_time_and_loss(PassSample& s, const number::Real& Y, const number::Real& log_scaled_time, number::Vector log_weights) const;

    PassSample at_early(const number::Real& kappa);
    PassSample at_late();

    /// The quantity of a target, for direction_digits the digits reached; in a form that is smooth late on.
    static number::Real quantity(HorizonTarget::what kind, const PassSample& s);
    static number::Real wanted(const HorizonTarget& target, bool late);
    bool met(const HorizonTarget& target, const PassSample& s);

    /// Where between begin_ and end_ `target` is met: the secant method through the last two places, kept inside by bisection.
    PassSample locate(const HorizonTarget& target);

    ode::status advance(const HorizonTarget& target);

    /// Cuts the last late step so that the pattern holds on it, and leaves the rest to the early phase.
    void stop_before_switch();

    /// Hands the flow back to the early phase.
    void turn_back();

    /// How far a step may go: not much farther than where the target is expected. Times and losses grow like e^(L r) in their logarithms; digits of the direction at the present rate.
    number::Real aim(const HorizonTarget& target) const;

    /// Estimates the digits of the direction from the last two steps, as if its distance from the limit fell like e^(-rate r) over both. An estimate counts
    /// once the one before confirms it: with as many digits, or with a rate that makes little difference over a step.
    void settle();

    /// k such that C e^(-k r) changes by `first` and `second` over steps of these lengths one after the other; 0 where it does not fall.
    static number::Real decay_rate(const number::Real& first, const number::Real& first_step, const number::Real& second, const number::Real& second_step);

    std::shared_ptr<const Margins> margins_;
    PassOptions chosen_;
    Pattern<number::Real> signs_;
    graph::evaluator<number::Real> values_, coefficients_;
    EarlyPhase early_;
    Standstill standstill_;
    std::optional<LatePhase> late_;
    std::optional<FrozenPattern> frozen_;  // its pattern, where there are kinks
    std::optional<number::Real> turning_;  // set once a late step met a kink: where at the latest
    number::Real hold_ = -std::numeric_limits<double>::infinity();  // the early phase goes on at least to there, or over a switch
    std::size_t switches_before_ = 0;
    ode::counters late_before_;  // of former late phases
    int stages_ = 0;
    PassSample begin_, end_;  // of the last step; begin_ moves on to a sample inside it
    std::shared_ptr<const LatePhase::saved> state_;  // at the beginning of the last late step
    number::Real settled_ = -1, last_change_ = 0, last_step_ = 0, last_digits_ = -1, last_rate_ = 0;
    std::int64_t steps_ = 0;
    int patience_ = 0;  // grows while late phases are cut off soon
    number::Real patient_until_ = -std::numeric_limits<double>::infinity();
};

}  // namespace eonflow::flow
