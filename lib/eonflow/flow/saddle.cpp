#include <eonflow/flow/saddle.hpp>

#include <eonflow/flow/observe.hpp>
#include <eonflow/number/error.hpp>

#include <algorithm>
#include <map>

namespace eonflow::flow {

using graph::function;
using graph::Graph;
using graph::node_id;
using number::precision_scope;
using number::Real;
using number::Vector;

namespace {

/// Whether dtheta_i/dt is zero at theta_i = 0, whatever the others are.
bool keeps_its_sign(const System& system, std::size_t i) {
    Graph there;
    std::vector<node_id> theta;
    for (std::size_t k = 0; k < system.theta.size(); ++k) theta.push_back(k == i ? there.constant(0) : there.input("theta" + std::to_string(k)));
    try {
        return there.is_zero(graph::transplant(system.graph, std::span(&system.gradient[i], 1), there, theta).front());
    } catch (const invalid_input&) {  // undefined there
        return false;
    }
}

}  // namespace

LogarithmicFlow logarithmic_flow(const Problem& problem, const System& system) {
    const std::size_t n = system.theta.size();
    // Parameters that start at 0 are measured by the smallest of the others.
    Rational smallest = 0;
    for (const Rational& start : problem.initial)
        if (start != 0 && (smallest == 0 || abs(start) < smallest)) smallest = abs(start);
    std::vector<std::pair<Rational, std::size_t>> law(n);  // what parameters must share to share an unknown
    std::vector<coordinate> kinds;
    for (std::size_t i = 0; i < n; ++i) {
        const Rational& start = problem.initial[i];
        kinds.push_back(start != 0 && keeps_its_sign(system, i) ? coordinate::logarithmic : coordinate::sinh);
        law[i] = {start, static_cast<std::size_t>(kinds[i])};
    }
    for (std::size_t classes = 0;;) {
        LogarithmicFlow flow;
        Graph& g = flow.field.graph;
        std::map<std::pair<Rational, std::size_t>, std::size_t> seen;
        std::vector<node_id> theta, rate;  // of each unknown; rate: dtheta/dy
        for (std::size_t i = 0; i < n; ++i) {
            const auto [known, fresh] = seen.try_emplace(law[i], seen.size());
            flow.unknown.push_back(known->second);
            if (!fresh) continue;
            flow.kinds.push_back(kinds[i]);
            const Rational scale = problem.initial[i] == 0 ? smallest : problem.initial[i];
            flow.scale.push_back(scale);
            flow.starts_at_zero.push_back(problem.initial[i] == 0);
            const node_id y = g.input("y" + std::to_string(known->second));
            if (kinds[i] == coordinate::logarithmic) {
                theta.push_back(g.scale(scale > 0 ? 1 : -1, g.apply(function::exp, y)));
                rate.push_back(theta.back());
            } else {
                theta.push_back(g.scale(scale, g.apply(function::sinh, y)));
                rate.push_back(g.scale(scale, g.apply(function::cosh, y)));
            }
        }
        std::vector<node_id> all;
        for (const std::size_t k : flow.unknown) all.push_back(theta[k]);
        const auto gradient = graph::transplant(system.graph, system.gradient, g, all);
        if (seen.size() == classes) {
            std::vector<bool> done(classes, false);
            for (std::size_t i = 0; i < n; ++i)
                if (const std::size_t k = flow.unknown[i]; !done[k]) flow.field.derivative.push_back(g.scale(-1, g.divide(gradient[i], rate[k]))), done[k] = true;
            return flow;
        }
        classes = seen.size();
        for (std::size_t i = 0; i < n; ++i) law[i] = {Rational(flow.unknown[i]), static_cast<std::size_t>(gradient[i])};
    }
}

namespace {

/// The field in the clock. Parameters: for each y whether it counts, then rho_0 and c.
graph::vector_field clocked(graph::vector_field field) {
    Graph& g = field.graph;
    const std::size_t n = field.derivative.size();
    const node_id s = g.input("s");
    std::vector<graph::term> square;
    for (std::size_t i = 0; i < n; ++i) {
        const node_id counts = g.input("counts" + std::to_string(i));
        square.push_back({1, counts, g.multiply(field.derivative[i], field.derivative[i])});
    }
    const node_id first = g.input("rho0"), settling = g.input("c");
    const node_id time_speed = g.multiply(first, g.apply(function::exp, g.scale(-1, s)));
    square.push_back({1, time_speed, time_speed});
    square.push_back({1, settling, settling});
    const node_id per_clock = g.power(g.sum(std::move(square)), Rational(-1, 2));
    for (node_id& d : field.derivative) d = g.multiply(d, per_clock);
    field.derivative.push_back(g.multiply(time_speed, per_clock));
    return field;
}

}  // namespace

SaddlePath::SaddlePath(const Problem& problem, const System& system, options chosen) : SaddlePath(chosen, logarithmic_flow(problem, system)) {}

SaddlePath::SaddlePath(options chosen, LogarithmicFlow flow)
    : chosen_(chosen),
      unknown_(std::move(flow.unknown)),
      kinds_(std::move(flow.kinds)),
      integrator_(clocked(flow.field), {.bits = chosen.bits, .digits = chosen.digits, .stages = chosen.stages, .absolute = true}),
      speeds_(flow.field.graph, flow.field.derivative) {
    const precision_scope scope(chosen_.bits);
    Vector y;
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
        scale_.push_back(number::to_real(flow.scale[i]));
        if (kinds_[i] == coordinate::logarithmic)
            y.push_back(log(abs(scale_[i])));
        else
            y.push_back(flow.starts_at_zero[i] ? Real(0) : Real(asinh(Real(1))));
    }
    const Vector speed = speeds_(y);
    first_speed_ = norm(speed);
    if (!isfinite(first_speed_)) throw invalid_input("the loss or its gradient is not defined at the start", "/initial");
    if (first_speed_ == 0) throw invalid_input("the gradient is zero at the start, so the flow does not move (a saddle point?)", "/initial");
    Vector parameters(kinds_.size(), Real(1));
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
        fastest_.push_back(abs(speed[i]));
    }
    parameters.push_back(first_speed_);
    parameters.push_back(Real(0));
    integrator_.set_parameters(std::move(parameters));
    y.push_back(Real(0));
    integrator_.start(Real(0), std::move(y), {}, Real(1) / 4);
}

/// theta of the unknown i.
Real SaddlePath::value(std::size_t i) const {
    const Real& y = integrator_.state()[i];
    if (kinds_[i] == coordinate::sinh) return scale_[i] * sinh(y);
    return scale_[i] > 0 ? Real(exp(y)) : Real(-exp(y));
}

Vector SaddlePath::theta() const {
    const precision_scope scope(chosen_.bits);
    Vector values, theta;
    for (std::size_t i = 0; i < kinds_.size(); ++i) values.push_back(value(i));
    for (const std::size_t i : unknown_) theta.push_back(values[i]);
    return theta;
}

Real SaddlePath::time() const {
    const precision_scope scope(chosen_.bits);
    return expm1(log_time()) / first_speed_;
}

/// Which parameters count for the clock from here on. A change of the clock ends the step's polynomial: nothing is extrapolated across it.
void SaddlePath::adapt() {
    const std::size_t n = kinds_.size();
    const Vector speed = speeds_(std::span(integrator_.state()).first(n));
    Vector parameters = integrator_.parameters();
    bool changed = false;
    for (std::size_t i = 0; i < n; ++i) {
        const Real size = abs(speed[i]);
        fastest_[i] = std::max(fastest_[i], size);
        if (parameters[i] == 0) continue;
        if (const Real here = value(i); here * here > abs(scale_[i]) && 2 * size < fastest_[i]) {
            parameters[i] = 0;
            settling_.push_back(i);
            changed = true;
        }
    }
    const Real rest = pow(Real(10), -(chosen_.digits + 2));
    const auto moving = std::remove_if(settling_.begin(), settling_.end(), [&](std::size_t i) { return abs(speed[i]) < rest * fastest_[i]; });
    changed = changed || moving != settling_.end();
    settling_.erase(moving, settling_.end());
    if (!changed) return;
    Real settling = 0;
    for (const std::size_t i : settling_) settling = std::max(settling, fastest_[i]);
    parameters[n + 1] = settling;
    integrator_.set_parameters(std::move(parameters));
    auto state = integrator_.save();
    state.length = 0;
    state.next = Real(1) / 4;
    integrator_.restore(std::move(state));
}

ode::status SaddlePath::step(const Real& limit) {
    const precision_scope scope(chosen_.bits);
    const auto status = integrator_.step(limit);
    if (status == ode::status::ok || status == ode::status::reached) adapt();
    return status;
}

void SaddlePath::go_back(const saved& before, const Real& tau) {
    const precision_scope scope(chosen_.bits);
    restore(before);
    while (true) {
        const auto status = integrator_.step(tau);
        if (status == ode::status::reached) return;
        if (status != ode::status::ok) throw numerical_error("a step that was taken cannot be taken in part");
    }
}

void SaddlePath::restore(saved state) {
    integrator_.set_parameters(std::move(state.parameters));
    integrator_.restore(std::move(state.state));
    fastest_ = std::move(state.fastest);
    settling_ = std::move(state.settling);
}

}  // namespace eonflow::flow
