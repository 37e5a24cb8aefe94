#pragma once
/// Boost.Odeint's controlled steppers as independent witnesses: usable to about 30 digits.

#include <eonflow/graph/graph.hpp>
#include <eonflow/ode/status.hpp>

#include <memory>
#include <stop_token>

namespace eonflow::ode {

/// Integrates y' = F(y; p) in either direction with one of Odeint's methods, whose values of F come from the graph's evaluator.
/// The local error is at most 10^-digits (1 + |y|) in Odeint's estimate; no bound claimed. Opens its own precision_scope in every method.
class witness {
public:
    enum class method : std::uint8_t { runge_kutta_fehlberg78, bulirsch_stoer };
    struct options {
        std::int64_t bits = 128;
        std::int64_t digits = 15;
        method stepper = method::runge_kutta_fehlberg78;
        std::int64_t step_limit = 10'000'000;
        std::stop_token stop = {};
    };

    witness(const graph::vector_field& field, options wanted);
    ~witness();
    witness(witness&&) noexcept;
    witness& operator=(witness&&) noexcept;

    /// Throws invalid_input where the number of states is not the field's.
    void start(number::Real time, number::Vector state);
    void set_parameters(number::Vector values);
    /// One accepted step towards `limit`, never past it: `ok`, or `reached` at the limit; `blow_up` where steps stop to advance the time.
    status step(const number::Real& limit);
    status advance(const number::Real& to);

    [[nodiscard]] const number::Real& time() const noexcept;
    [[nodiscard]] const number::Vector& state() const noexcept;
    [[nodiscard]] const counters& counted() const noexcept;

private:
    struct body;
    std::unique_ptr<body> body_;
};

}  // namespace eonflow::ode
