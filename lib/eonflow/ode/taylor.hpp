#pragma once
/// The Taylor integrator: order from the wanted digits, step from the last coefficients, any precision.

#include <eonflow/graph/graph.hpp>
#include <eonflow/ode/status.hpp>

#include <memory>
#include <stop_token>
#include <string>

namespace eonflow::ode {

/// Integrates y' = F(y; p) in either direction. Each step is one Taylor polynomial around its origin, valid as far as its tail stays below
/// 10^-digits of the state's scale; `step` and `advance` stop inside a polynomial where asked to, and go on with it afterwards, so that stops
/// (sample times, output) change neither the steps nor the digits. The global error is what the flow makes of the local ones: no bound claimed.
/// Opens its own precision_scope in every method.
class taylor {
public:
    enum class arithmetic : std::uint8_t {
        automatic,  ///< fixed-point coefficients, and floating ones for steps that these cannot hold
        floating    ///< always floating-point coefficients
    };
    struct options {
        std::int64_t bits = 128;                   ///< working precision of states and coefficients
        std::int64_t digits = 30;                  ///< local error 10^-digits relative to the scale of each state along the step
        int order = 0;                             ///< 0: chosen by cost from the digits
        std::int64_t step_limit = std::int64_t{1} << 40;  ///< steps counted from the construction on
        arithmetic coefficients = arithmetic::automatic;
        std::stop_token stop = {};                 ///< asked before each step
    };

    /// Throws invalid_input where the digits exceed the working precision, or the field has fewer inputs than derivatives.
    taylor(graph::vector_field field, options wanted);
    ~taylor();
    taylor(taylor&&) noexcept;
    taylor& operator=(taylor&&) noexcept;

    /// Starts, or starts again (after an event), at a point. Throws invalid_input where the number of states is not the field's, or one is not finite.
    void start(number::Real time, number::Vector state);
    /// The field's parameters, constant during steps; a change takes effect from the current point on.
    void set_parameters(number::Vector values);

    /// The length to try first after a start, instead of one found from scratch; its sign is the direction in which it counts.
    void propose(const number::Real& length);

    /// Another order from the next polynomial on: where something else ends the steps soon, a low one is cheaper.
    void set_order(int order);

    /// One step towards `limit`, in either direction, never past it: `ok`, or `reached` at the limit. Throws numerical_error where the field is undefined
    /// at the very start.
    status step(const number::Real& limit);
    /// Steps until `to`.
    status advance(const number::Real& to);

    [[nodiscard]] const number::Real& time() const noexcept;
    [[nodiscard]] const number::Vector& state() const noexcept;
    [[nodiscard]] const counters& counted() const noexcept;
    /// The signed length the next step will have in the direction of the last one, if nothing limits it: exact inside a polynomial, otherwise an estimate.
    [[nodiscard]] number::Real expected_step() const;
    [[nodiscard]] std::int64_t bits() const noexcept;

    /// The state at any time between the origin of the last polynomial and its end, with an error of the size of the step's.
    /// Throws invalid_input outside.
    [[nodiscard]] number::Vector dense(const number::Real& at) const;

    /// The last polynomial: y_i(origin() + length() s) = sum over k of coefficients(i)[k] s^k for 0 <= s <= reach(), with reach() <= 1.
    [[nodiscard]] const number::Real& origin() const noexcept;
    [[nodiscard]] const number::Real& length() const noexcept;
    [[nodiscard]] const number::Real& reach() const noexcept;
    /// Coefficients below the rounding noise of the expansion are 0: a state at rest is a constant.
    [[nodiscard]] number::Vector coefficients(std::size_t i) const;

    /// Everything the future of the integration depends on, reals as hexadecimal text: a restored integrator makes the same steps to the same bits.
    struct checkpoint {
        std::string time;
        std::string origin;
        std::string length;  ///< of the polynomial around the origin; empty before the first step
        std::string next;    ///< length to try next
        std::vector<std::string> state;  ///< at `time`
        std::vector<std::string> start;  ///< at `origin`
        std::vector<std::string> parameters;
        std::int64_t trend = 0;
        std::vector<std::int64_t> memory;  ///< of the arithmetic, before the polynomial around the origin or the next one
        counters counted;

        [[nodiscard]] bool operator==(const checkpoint&) const = default;
    };
    [[nodiscard]] checkpoint save() const;
    /// Throws invalid_input where the checkpoint belongs to another field.
    void restore(const checkpoint& saved);

private:
    struct body;
    std::unique_ptr<body> body_;
};

}  // namespace eonflow::ode
