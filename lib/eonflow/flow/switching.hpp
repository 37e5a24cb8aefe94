#pragma once
/// Taylor integration of a vector field with kinks: every switch located, the field restarted behind it, sliding along kinks included.

#include <eonflow/flow/problem.hpp>
#include <eonflow/ode/stepper.hpp>

namespace eonflow::flow {

/// Where the argument of a kink is along the flow. Sliding: it stays 0, with a slope between those of the two sides.
enum class side : std::int8_t { below = -1, sliding = 0, above = 1 };

/// What happens to the argument of a kink where it is 0.
enum class happening : std::uint8_t {
    crossing,       ///< it changes its sign
    sliding_start,  ///< it stays 0 with a slope that follows from that
    sliding_end,
    contact,     ///< it turns back
    rest,        ///< it stays 0 whatever its slope
    departure,   ///< it leaves 0, where it was at the start or at rest
    not_unique,  ///< the flow ends, since it can go on in several ways
};

struct Switch {
    number::Real clock;
    number::Vector state;  ///< of the field
    std::size_t kink = 0;
    happening what = happening::crossing;
    side to = side::below;
};

/// A switch at time t, whatever the clock.
struct PathSwitch {
    number::Real time, log10_time;
    std::size_t kink = 0;
    happening what = happening::crossing;
    side to = side::below;
};

/// What to do where a solution can go on in several ways.
enum class ambiguity : std::uint8_t {
    stop,     ///< end with the status not_unique
    lowest,   ///< take the way with the lowest slopes (a unit at rest stays at rest)
    highest   ///< take the way with the highest slopes
};

struct SwitchingOptions {
    std::int64_t bits = 128;
    std::int64_t digits = 30;  ///< local error 10^-digits
    int order = 0;             ///< 0: chosen by cost
    ambiguity at_ambiguity = ambiguity::stop;
};

/// The solutions in the sense of Filippov of y' = F(y; slopes). Within a pattern the field is smooth, and so is the field that slides along kinks: there
/// the slopes are such that d argument/dt = 0. The arguments (of sliding kinks the slopes) ride along as the derivatives of further states, so that each step
/// has their Taylor polynomials; first_root finds where the first of them ends the pattern, to an error of the step's local one. At a switch a pattern is
/// a way on if the solution with it moves into it, judged by the first coefficient that is not zero within the local error; the ways with the fewest sliding
/// kinks are taken, and if they differ the solution is not unique. Switches that the local error cannot tell apart count as simultaneous.
/// Works in the precision of the caller's scope. Throws numerical_error where more than 10 kinks meet, where kinks of which one feeds the other slide together,
/// and where a kink would slide that is all that feeds another.
class Switching final : public ode::stepper {
public:
    Switching(PiecewiseField field, const SwitchingOptions& options);
    ~Switching() override;

    /// Starts at a state at which the arguments of `touching` are exactly 0 (see kinks_at).
    void start(number::Real time, number::Vector state, std::vector<std::size_t> touching);
    void start(number::Real time, number::Vector state) override { start(std::move(time), std::move(state), {}); }
    /// Goes on from another state, which lies in the present pattern.
    void resume(number::Vector state);
    ode::status step(const number::Real& limit) override;
    [[nodiscard]] const number::Real& time() const override;
    [[nodiscard]] const number::Vector& state() const override;
    [[nodiscard]] number::Vector dense(const number::Real& at) override;
    [[nodiscard]] const ode::counters& counted() const override;
    [[nodiscard]] number::Record save() const override { return {}; }
    void restore(const number::Record& saved) override;

    /// Where the last polynomial began, and its signed length.
    [[nodiscard]] const number::Real& origin() const;
    [[nodiscard]] const number::Real& length() const;
    /// In the order they happened; those at one time by layer, unit, sample.
    [[nodiscard]] const std::vector<Switch>& switches() const;
    /// Whether the last step ended at a switch, behind which the next one will choose the pattern.
    [[nodiscard]] bool at_switch() const;
    /// Of every kink, at present.
    [[nodiscard]] const std::vector<side>& pattern() const;
    /// The slopes at a state of the last step, those of sliding kinks included.
    [[nodiscard]] number::Vector slopes(const number::Vector& state);

private:
    struct body;
    std::unique_ptr<body> body_;
};

}  // namespace eonflow::flow
