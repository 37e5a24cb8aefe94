#include <eonflow/ode/stepper.hpp>

#include <eonflow/number/error.hpp>
#include <eonflow/ode/odeint.hpp>
#include <eonflow/ode/record.hpp>

#include <utility>

namespace eonflow::ode {

using number::Real;
using number::Vector;

namespace {

class taylor_stepper final : public stepper {
public:
    taylor_stepper(graph::vector_field field, const taylor::options& wanted) : integrator_(std::move(field), wanted) {}
    void start(Real time, Vector state) override { integrator_.start(std::move(time), std::move(state)); }
    status step(const Real& limit) override { return integrator_.step(limit); }
    const Real& time() const override { return integrator_.time(); }
    const Vector& state() const override { return integrator_.state(); }
    Vector dense(const Real& at) override { return integrator_.dense(at); }
    const counters& counted() const override { return integrator_.counted(); }
    number::Record save() const override {
        number::RecordWriter writer;
        writer(integrator_.save());
        return writer.take();
    }
    void restore(const number::Record& saved) override {
        taylor::checkpoint state;
        number::RecordReader reader(saved);
        reader(state);
        integrator_.restore(state);
    }

private:
    taylor integrator_;
};

/// Odeint's controlled steppers have no dense output; a short integration from the step's origin takes its place.
class witness_stepper final : public stepper {
public:
    witness_stepper(const graph::vector_field& field, const witness::options& wanted) : integrator_(field, wanted), interpolator_(field, wanted) {}
    void start(Real time, Vector state) override {
        origin_ = time;
        origin_state_ = state;
        integrator_.start(std::move(time), std::move(state));
    }
    status step(const Real& limit) override {
        origin_ = integrator_.time();
        origin_state_ = integrator_.state();
        return integrator_.step(limit);
    }
    const Real& time() const override { return integrator_.time(); }
    const Vector& state() const override { return integrator_.state(); }
    Vector dense(const Real& at) override {
        interpolator_.start(origin_, origin_state_);
        if (at != origin_) (void)interpolator_.advance(at);
        return interpolator_.state();
    }
    const counters& counted() const override { return integrator_.counted(); }
    number::Record save() const override { return {}; }
    void restore(const number::Record& /*saved*/) override { throw invalid_input("the states of Odeint's methods are not kept"); }

private:
    witness integrator_, interpolator_;
    Real origin_;
    Vector origin_state_;
};

}  // namespace

std::unique_ptr<stepper> make_stepper(const std::string& method, graph::vector_field field, const stepper_setting& setting) {
    if (method == "taylor") {
        taylor::options wanted;
        wanted.bits = setting.bits;
        wanted.digits = setting.digits;
        // Two thirds of the digits again is far from the usual order (near 1.15 digits) and still efficient.
        if (setting.other_order) wanted.order = static_cast<int>(setting.digits * 5 / 3 + 12);
        return std::make_unique<taylor_stepper>(std::move(field), wanted);
    }
    witness::options wanted;
    wanted.bits = setting.bits;
    wanted.digits = setting.digits;
    if (method == "fehlberg78")
        wanted.stepper = witness::method::runge_kutta_fehlberg78;
    else if (method == "bulirsch_stoer")
        wanted.stepper = witness::method::bulirsch_stoer;
    else
        throw invalid_input("the method \"" + method + "\" is unknown, accepted are \"taylor\", \"fehlberg78\" and \"bulirsch_stoer\"");
    return std::make_unique<witness_stepper>(field, wanted);
}

}  // namespace eonflow::ode
