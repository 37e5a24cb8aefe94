#pragma once
/// Flows from small starts, from saddle to saddle: the logarithms of the coordinates as unknowns, their arc length as clock.

#include <eonflow/flow/problem.hpp>
#include <eonflow/ode/radau.hpp>

namespace eonflow::flow {

/// How a parameter is written in its unknown y.
enum class coordinate : std::uint8_t {
    logarithmic,  ///< theta = +-e^y: its derivative has the factor theta, as the graph shows, so that it keeps its sign
    sinh,         ///< theta = scale sinh y: as good as a logarithm where it is large against its scale, and may be 0 or change sign
    plain         ///< theta = y: known in absolute terms only, and not counted by the clock
};

/// The flow in unknowns y of the size of log|theta|. A coordinate of a diagonal network has one unknown: that of its smallest layer, from which the conserved v_k^2 - v_l^2 give the
/// others. Parameters with the same start and, once they are one, the same law stay equal for ever: they share an unknown.
struct LogarithmicFlow {
    graph::vector_field field;          ///< dy/dt over the inputs y
    std::vector<graph::node_id> theta;  ///< all parameters
    std::vector<coordinate> kinds;      ///< of each unknown
    number::Vector scale;               ///< of each unknown, positive: of a logarithm |theta(0)|, otherwise the size from which on a logarithm is as good
    number::Vector start;               ///< y(0), in the precision of the caller's scope
};
/// `others`: the coordinate of single parameters that may change their sign.
[[nodiscard]] LogarithmicFlow logarithmic_flow(const Problem& problem, const System& system, coordinate others);

/// The flow with the unknowns y of all parameters and s = log(1 + rho_0 t), rho_0 the first speed |dy/dt|. One unit of the clock tau:
///   (dtau/dt)^2 = sum over the parameters that are still small of (dy_i/dt)^2 + (ds/dt)^2 + c^2.
/// A plateau is then as long as the logarithm of what has to grow, whatever time it takes. A parameter that has grown more than half the way to 1 (in its
/// logarithm) and slows down leaves the sum, and c is its greatest speed until it has settled; afterwards it follows the others, infinitely stiff.
/// docs/numerics/horizon.md
class SaddlePath {
public:
    struct options {
        std::int64_t bits = 0;
        std::int64_t digits = 0;  ///< local error of y and s at most 10^-digits, that is of theta and t relative to themselves
        int stages = 0;           ///< 0: chosen from `digits`
        coordinate others = coordinate::sinh;  ///< of parameters that may change their sign: plain where only the predictions at rest are wanted, for such a one may decay for ever
    };
    struct saved {
        ode::radau::saved state;
        number::Vector parameters, fastest;
        std::vector<std::size_t> settling;
    };

    /// Starts at problem.initial; throws invalid_input if the gradient is 0 or undefined there.
    SaddlePath(const Problem& problem, const System& system, options chosen);

    ode::status step(const number::Real& limit);
    /// To `tau` inside the step that began at `before`, where the clock's parameters stay the same.
    void go_back(const saved& before, const number::Real& tau);

    [[nodiscard]] const number::Real& tau() const { return integrator_.time(); }
    [[nodiscard]] number::Vector theta();
    [[nodiscard]] std::size_t unknowns() const noexcept { return kinds_.size(); }
    /// log(1 + rho_0 t), and t.
    [[nodiscard]] const number::Real& log_time() const { return integrator_.state().back(); }
    [[nodiscard]] number::Real time() const;
    [[nodiscard]] const number::Real& first_speed() const { return first_speed_; }

    [[nodiscard]] saved save() const { return {integrator_.save(), integrator_.parameters(), fastest_, settling_}; }
    void restore(saved state);
    [[nodiscard]] const ode::counters& counted() const noexcept { return integrator_.counted(); }
    [[nodiscard]] int stages() const noexcept { return integrator_.stages(); }

private:
    void adapt();
    [[nodiscard]] number::Real size(std::size_t i) const;

    SaddlePath(options chosen, LogarithmicFlow flow);

    options chosen_;
    std::vector<coordinate> kinds_;
    number::Vector scale_;
    ode::radau integrator_;
    graph::evaluator<number::Real> speeds_, parameters_;  ///< dy/dt and theta at y
    number::Real first_speed_;
    number::Vector fastest_;               ///< the greatest |dy_i/dt| so far
    std::vector<std::size_t> settling_;    ///< left the clock, not at rest yet
};

}  // namespace eonflow::flow
