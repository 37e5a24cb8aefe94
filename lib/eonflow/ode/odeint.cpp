#include <eonflow/ode/odeint_traits.hpp>

#include <eonflow/ode/odeint.hpp>

#include <eonflow/graph/evaluate.hpp>
#include <eonflow/number/error.hpp>

#include <boost/numeric/odeint/stepper/bulirsch_stoer.hpp>
#include <boost/numeric/odeint/stepper/controlled_runge_kutta.hpp>
#include <boost/numeric/odeint/stepper/generation.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta_fehlberg78.hpp>

#include <variant>

namespace eonflow::ode {

namespace odeint = boost::numeric::odeint;
using number::precision_scope;
using number::Real;
using number::Vector;

namespace {

using fehlberg = odeint::controlled_runge_kutta<odeint::runge_kutta_fehlberg78<Vector, Real, Vector, Real>>;
using bulirsch = odeint::bulirsch_stoer<Vector, Real, Vector, Real>;

}  // namespace

struct witness::body {
    body(const graph::vector_field& field, options wanted)
        : settings(wanted), states(field.states()), value(field.graph, field.derivative), inputs(field.graph.inputs().size()) {
        restart();
    }

    void restart() {
        const Real tolerance = pow(Real(10), -static_cast<int>(settings.digits));
        if (settings.stepper == method::bulirsch_stoer)
            stepper.emplace<bulirsch>(tolerance, tolerance);
        else
            stepper.emplace<fehlberg>(fehlberg::error_checker_type(tolerance, tolerance));
        next = 0;
    }

    void operator()(const Vector& y, Vector& derivative) {
        ++counted.evaluations;
        std::copy(y.begin(), y.end(), inputs.begin());
        derivative = value(inputs);
        if (reversed)
            for (Real& d : derivative) d = -d;
    }

    status step(const Real& limit) {
        if (limit == time) return status::reached;
        if (settings.stop.stop_requested()) return status::interrupted;
        if (counted.steps >= settings.step_limit) return status::step_limit;
        // Odeint's step control expects positive steps: backwards in time the field is negated instead.
        const bool backwards = limit < time;
        if (backwards != reversed) restart();
        reversed = backwards;
        const Real distance = abs(limit - time);
        if (next == 0) next = distance / 1024;
        const auto system = [this](const Vector& y, Vector& derivative, const Real&) { (*this)(y, derivative); };
        for (;;) {
            const bool last = next >= distance;
            Real length = last ? distance : next, made = 0;
            if (time + length == time) return status::blow_up;
            const auto result = std::visit([&](auto& s) { return s.try_step(system, state, made, length); }, stepper);
            if (result == odeint::fail) {
                ++counted.rejected;
                next = length;
                continue;
            }
            ++counted.steps;
            for (const Real& y : state)
                if (!isfinite(y)) return status::blow_up;
            // A step shortened by the limit says nothing against the longer one.
            if (!last || length > next) next = length;
            time = last ? limit : reversed ? Real(time - made) : Real(time + made);
            return last ? status::reached : status::ok;
        }
    }

    options settings;
    std::size_t states;
    graph::evaluator<Real> value;
    Vector inputs;
    std::variant<fehlberg, bulirsch> stepper;
    Real time, next;
    bool reversed = false;
    Vector state;
    counters counted;
};

witness::witness(const graph::vector_field& field, options wanted) {
    const precision_scope scope(wanted.bits);
    body_ = std::make_unique<body>(field, std::move(wanted));
}
witness::~witness() = default;
witness::witness(witness&&) noexcept = default;
witness& witness::operator=(witness&&) noexcept = default;

void witness::start(Real time, Vector state) {
    const precision_scope scope(body_->settings.bits);
    if (state.size() != body_->states)
        throw invalid_input("a state of " + std::to_string(state.size()) + " numbers, accepted is " + std::to_string(body_->states));
    for (Real& y : state) y = y + 0;
    body_->time = time + 0;
    body_->state = std::move(state);
    body_->restart();
}

void witness::set_parameters(Vector values) {
    const precision_scope scope(body_->settings.bits);
    if (values.size() + body_->states != body_->inputs.size())
        throw invalid_input(std::to_string(values.size()) + " parameters, accepted is " + std::to_string(body_->inputs.size() - body_->states));
    for (std::size_t i = 0; i < values.size(); ++i) body_->inputs[body_->states + i] = values[i] + 0;
    body_->restart();
}

status witness::step(const Real& limit) {
    const precision_scope scope(body_->settings.bits);
    return body_->step(limit + 0);
}

status witness::advance(const Real& to) {
    const precision_scope scope(body_->settings.bits);
    const Real limit = to + 0;
    for (;;)
        if (const status s = body_->step(limit); s != status::ok) return s;
}

const Real& witness::time() const noexcept { return body_->time; }
const Vector& witness::state() const noexcept { return body_->state; }
const counters& witness::counted() const noexcept { return body_->counted; }

}  // namespace eonflow::ode
