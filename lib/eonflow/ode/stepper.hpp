#pragma once
/// One face for the explicit integrators, for callers that choose the method at run time.

#include <eonflow/graph/graph.hpp>
#include <eonflow/number/record.hpp>
#include <eonflow/ode/status.hpp>

#include <memory>
#include <string>

namespace eonflow::ode {

/// A method on its way; see `taylor` and `witness` for the meaning of each function.
class stepper {
public:
    virtual ~stepper() = default;
    virtual void start(number::Real time, number::Vector state) = 0;
    virtual status step(const number::Real& limit) = 0;
    [[nodiscard]] virtual const number::Real& time() const = 0;
    [[nodiscard]] virtual const number::Vector& state() const = 0;
    /// The state at a time inside the last step, with an error of the size of the step's.
    [[nodiscard]] virtual number::Vector dense(const number::Real& at) = 0;
    [[nodiscard]] virtual const counters& counted() const = 0;
    /// What a stepper made alike goes on from with the same bits; empty where the method keeps state of its own out of reach.
    [[nodiscard]] virtual number::Record save() const = 0;
    /// Throws invalid_input for a record of another field.
    virtual void restore(const number::Record& saved) = 0;
};

struct stepper_setting {
    std::int64_t bits = 128;
    std::int64_t digits = 30;
    bool other_order = false;  ///< an order unlike the usual one, so that agreement of two runs means something
};

/// "taylor", "fehlberg78" or "bulirsch_stoer". Throws invalid_input for other names.
[[nodiscard]] std::unique_ptr<stepper> make_stepper(const std::string& method, graph::vector_field field, const stepper_setting& setting);

}  // namespace eonflow::ode
