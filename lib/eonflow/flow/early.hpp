#pragma once
/// The early phase of a separable problem: a clock without plateaus, explicit Taylor steps, and the moment to leave it.

#include <eonflow/flow/margins.hpp>
#include <eonflow/flow/switching.hpp>

namespace eonflow::flow {

/// d(theta, T)/dkappa with dkappa = |theta|^(L-2) e^-Y dt ((1 + |theta|^2)^(-1/2) for L = 1), regular wherever theta is not 0, and T = t e^-Y, which
/// carries the time: dT/dkappa = (dtau/dkappa)(1 - T dY/dtau). Y = -log sum_i g(z_i).
[[nodiscard]] PiecewiseField early_field(const Margins& margins);

/// Follows the flow from theta(0) at t = 0 until the late phase can take over.
class EarlyPhase {
public:
    struct options {
        std::int64_t bits = 0;
        std::int64_t digits = 0;
        int order = 0;  ///< 0: chosen by cost
        ambiguity at_ambiguity = ambiguity::stop;
    };

    /// `touching`: the kinks whose argument is exactly 0 at the start.
    EarlyPhase(std::shared_ptr<const Margins> margins, const std::vector<Rational>& start, std::vector<std::size_t> touching, options chosen);
    ~EarlyPhase();

    /// Goes on from theta at log t with the pattern that it had.
    void resume(const number::Vector& theta, const number::Real& log_time);

    /// What an early phase made alike goes on from with the same bits.
    [[nodiscard]] number::Record save() const;
    void restore(const number::Record& saved);

    /// One step. Throws numerical_error at a start where the field is undefined.
    ode::status step();

    /// Where the late phase takes over: Y > 6, all margins positive, theta within 53 degrees of the gradient (otherwise it may only be turning),
    /// and the explicit step is down to a tenth in r - or Y > 50, from where on the other method is never the slower one.
    [[nodiscard]] bool finished();

    [[nodiscard]] const number::Vector& theta() const;
    [[nodiscard]] number::Real kappa() const;
    [[nodiscard]] number::Real minus_log_slope();  ///< Y
    [[nodiscard]] number::Real log_time();         ///< -infinity at the start
    /// theta and log t at `kappa` inside the last step.
    [[nodiscard]] std::pair<number::Vector, number::Real> at(const number::Real& kappa);
    [[nodiscard]] number::Real last_kappa() const;  ///< where the last step began
    [[nodiscard]] const ode::counters& counted() const;
    [[nodiscard]] const std::vector<side>& pattern() const;
    /// Not yet settled: the flow stands at a switch.
    [[nodiscard]] bool at_switch() const;
    [[nodiscard]] std::size_t switches_so_far() const;
    /// All so far, with their times.
    [[nodiscard]] std::vector<PathSwitch> switches();

private:
    struct body;
    std::unique_ptr<body> body_;
};

}  // namespace eonflow::flow
