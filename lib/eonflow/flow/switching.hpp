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

template <class Archive>
void transfer(Archive& archive, PathSwitch& s) {
    archive(s.time, s.log10_time, s.kink, s.what, s.to);
}

struct SwitchingOptions {
    std::int64_t bits = 128;
    std::int64_t digits = 30;  ///< local error 10^-digits
    int order = 0;             ///< 0: chosen by cost
    ambiguity at_ambiguity = ambiguity::stop;
    std::string method = "taylor";  ///< or one of Odeint's (ode/stepper.hpp), which sees switches by the signs at the middle and the end of its steps only
};

/// The solutions in the sense of Filippov of a piecewise field. Within a pattern the field is smooth, and so is the field that slides along kinks (SlidingField). The arguments of the first layer
/// are linear in the states, those of upper layers and the slopes of sliding kinks follow from further states, so that each step has the polynomials of all of them; first_root finds where the first
/// of them ends the pattern, to an error of the step's local one. What leads on from there is found by ways_on; where ways differ the solution is not unique. Switches that the local error cannot tell
/// apart count as simultaneous. Works in the precision of the caller's scope. Throws numerical_error where ways_on does.
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
    /// Empty for Odeint's methods, which keep state of their own.
    [[nodiscard]] number::Record save() const override;
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
    /// The rates of the states at the end of the last step of Taylor's method.
    [[nodiscard]] number::Vector velocity() const;

private:
    struct body;
    std::unique_ptr<body> body_;
};

}  // namespace eonflow::flow
