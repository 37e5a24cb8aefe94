#pragma once
/// The flow between two switches, by Taylor series or by a witness of Odeint's.

#include <eonflow/ode/taylor.hpp>
#include <eonflow/number/record.hpp>

namespace eonflow::flow {

/// A smooth flow on its way. All but the polynomials is what `ode::stepper` means by the same names; states are those of the field, extensions included where there are series.
class Segment {
public:
    virtual ~Segment() = default;
    /// `length`: of the step to try first, signed, or 0.
    virtual void start(const number::Real& time, number::Vector state, const number::Vector& parameters, const number::Real& length) = 0;
    virtual ode::status step(const number::Real& limit) = 0;
    [[nodiscard]] virtual const number::Real& time() const = 0;
    [[nodiscard]] virtual const number::Vector& state() const = 0;
    [[nodiscard]] virtual number::Vector dense(const number::Real& at) = 0;
    [[nodiscard]] virtual const ode::counters& counted() const = 0;
    /// Where the last step began, and its signed length.
    [[nodiscard]] virtual const number::Real& origin() const = 0;
    [[nodiscard]] virtual const number::Real& length() const = 0;
    [[nodiscard]] virtual number::Record save() const = 0;
    virtual void restore(const number::Record& saved) = 0;
    /// The order of the next series.
    virtual void set_order(int /*order*/) {}
    /// The series behind the last step, or nullptr.
    [[nodiscard]] virtual const ode::taylor* series() const { return nullptr; }

    [[nodiscard]] static std::unique_ptr<Segment> by_series(const graph::vector_field& field, const ode::taylor::options& wanted);
    /// Of the first `states` states alone. Throws invalid_input for an unknown method.
    [[nodiscard]] static std::unique_ptr<Segment> by_witness(const std::string& method, const graph::vector_field& field, std::size_t states, std::int64_t bits, std::int64_t digits);
};

}  // namespace eonflow::flow
