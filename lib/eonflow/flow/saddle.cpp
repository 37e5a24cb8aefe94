#include <eonflow/flow/saddle.hpp>

#include <eonflow/flow/observe.hpp>
#include <eonflow/number/error.hpp>

#include <algorithm>
#include <map>
#include <optional>

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

/// Parameters that one unknown determines: lead, and the others as +-sqrt(lead^2 + shift), or ratio * lead where the shift is 0.
struct Group {
    struct member {
        std::size_t index;
        Rational shift, ratio;
    };
    std::size_t lead;
    coordinate kind;
    Rational square;  ///< of the scale
    std::vector<member> others;
    std::pair<std::vector<Rational>, std::size_t> law;  ///< what groups must share to share an unknown
};

/// Coordinate j of a diagonal network; nothing where two layers are 0, for that coordinate stays at rest.
std::optional<Group> of_coordinate(const Problem& problem, std::size_t j) {
    const std::size_t d = problem.model.inputs, depth = problem.model.layers.size();
    const auto at = [&](std::size_t l) -> const Rational& { return problem.initial[l * d + j]; };
    std::size_t least = depth - 1;
    for (std::size_t l = depth - 1; l-- > 0;)
        if (abs(at(l)) < abs(at(least))) least = l;
    Group group{least * d + j, coordinate::sinh, 0, {}, {}};
    for (std::size_t l = 0; l < depth; ++l) {
        group.law.first.push_back(at(l));
        if (l == least) continue;
        if (at(l) == 0) return std::nullopt;
        const Rational shift = at(l) * at(l) - at(least) * at(least);
        if (shift == 0) group.kind = coordinate::logarithmic;
        if (shift != 0 && (group.square == 0 || shift < group.square)) group.square = shift;
        group.others.push_back({l * d + j, shift, shift == 0 ? Rational(at(l) / at(least)) : Rational(at(l) > 0 ? 1 : -1)});
    }
    if (group.kind == coordinate::logarithmic) group.square = at(least) * at(least);
    return group;
}

std::vector<Group> groups_of(const Problem& problem, const System& system, coordinate others) {
    // Single parameters that start at 0 are measured by the smallest of the others.
    Rational smallest = 0;
    for (const Rational& start : problem.initial)
        if (start != 0 && (smallest == 0 || abs(start) < smallest)) smallest = abs(start);
    std::vector<bool> grouped(system.theta.size(), false);
    std::vector<Group> groups;
    const bool diagonal = problem.model.layers_couple == model::coupling::entrywise && problem.model.layers.size() >= 2;
    for (std::size_t j = 0; diagonal && j < problem.model.inputs; ++j)
        if (std::optional<Group> group = of_coordinate(problem, j)) {
            grouped[group->lead] = true;
            for (const Group::member& m : group->others) grouped[m.index] = true;
            groups.push_back(std::move(*group));
        }
    for (std::size_t i = 0; i < system.theta.size(); ++i) {
        if (grouped[i]) continue;
        const Rational& start = problem.initial[i];
        const coordinate kind = start != 0 && keeps_its_sign(system, i) ? coordinate::logarithmic : others;
        const Rational scale = kind == coordinate::plain ? Rational(1) : start == 0 ? smallest : start;
        groups.push_back({i, kind, scale * scale, {}, {{start}, static_cast<std::size_t>(kind)}});
    }
    return groups;
}

}  // namespace

LogarithmicFlow logarithmic_flow(const Problem& problem, const System& system, coordinate others) {
    std::vector<Group> groups = groups_of(problem, system, others);
    for (std::size_t classes = 0;;) {
        LogarithmicFlow flow;
        Graph& g = flow.field.graph;
        flow.theta.assign(system.theta.size(), graph::none);
        std::map<std::pair<std::vector<Rational>, std::size_t>, std::size_t> seen;
        std::vector<std::size_t> unknown, lead;  // of each group, and of each unknown
        std::vector<node_id> y, rate;            // of each unknown; rate: d lead/dy
        for (const Group& group : groups) {
            const auto [known, fresh] = seen.try_emplace(group.law, seen.size());
            unknown.push_back(known->second);
            const Rational& start = problem.initial[group.lead];
            const node_id scale = g.power(g.constant(group.square), Rational(1, 2));
            if (fresh) {
                y.push_back(g.input("y" + std::to_string(known->second)));
                lead.push_back(group.lead);
                flow.kinds.push_back(group.kind);
                flow.scale.push_back(sqrt(number::to_real(group.square)));
                const Real relative = number::to_real(start) / flow.scale.back();
                flow.start.push_back(group.kind == coordinate::logarithmic ? Real(log(flow.scale.back())) : group.kind == coordinate::plain ? relative : Real(asinh(relative)));
            }
            const node_id at = y[known->second];
            const node_id sinh = g.apply(function::sinh, at), cosh = g.apply(function::cosh, at);
            const node_id theta = group.kind == coordinate::logarithmic ? g.scale(start > 0 ? 1 : -1, g.apply(function::exp, at)) : group.kind == coordinate::plain ? at : g.multiply(scale, sinh);
            if (fresh) rate.push_back(group.kind == coordinate::logarithmic ? theta : group.kind == coordinate::plain ? g.constant(1) : g.multiply(scale, cosh));
            flow.theta[group.lead] = theta;
            for (const Group::member& m : group.others) {
                // Against the scale, so that small starts stay in the range of doubles.
                const Rational shift = m.shift / group.square;
                node_id size = theta;
                if (group.kind == coordinate::sinh)
                    size = g.multiply(scale, shift == 1 ? cosh : g.power(g.sum({{1, sinh, sinh}}, shift), Rational(1, 2)));
                else if (shift != 0)
                    size = g.power(g.sum({{1, theta, theta}}, m.shift), Rational(1, 2));
                flow.theta[m.index] = g.scale(m.ratio, size);
            }
        }
        const auto gradient = graph::transplant(system.graph, system.gradient, g, flow.theta);
        if (seen.size() == classes) {
            for (std::size_t k = 0; k < classes; ++k) flow.field.derivative.push_back(g.scale(-1, g.divide(gradient[lead[k]], rate[k])));
            return flow;
        }
        classes = seen.size();
        for (std::size_t i = 0; i < groups.size(); ++i) groups[i].law = {{Rational(unknown[i])}, static_cast<std::size_t>(gradient[groups[i].lead])};
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

SaddlePath::SaddlePath(const Problem& problem, const System& system, options chosen)
    : SaddlePath(chosen, [&] {
          const precision_scope scope(chosen.bits);
          return logarithmic_flow(problem, system, chosen.others);
      }()) {}

SaddlePath::SaddlePath(options chosen, LogarithmicFlow flow)
    : chosen_(chosen),
      kinds_(std::move(flow.kinds)),
      scale_(std::move(flow.scale)),
      integrator_(clocked(flow.field), {.bits = chosen.bits, .digits = chosen.digits, .stages = chosen.stages, .absolute = true}),
      speeds_(flow.field.graph, flow.field.derivative),
      parameters_(flow.field.graph, flow.theta) {
    const precision_scope scope(chosen_.bits);
    Vector y = std::move(flow.start);
    const Vector speed = speeds_(y);
    first_speed_ = norm(speed);
    if (!isfinite(first_speed_)) throw invalid_input("the loss or its gradient is not defined at the start", "/initial");
    if (first_speed_ == 0) throw invalid_input("the gradient is zero at the start, so the flow does not move (a saddle point?)", "/initial");
    Vector parameters(kinds_.size(), Real(1));
    for (std::size_t i = 0; i < kinds_.size(); ++i) {
        fastest_.push_back(abs(speed[i]));
        if (kinds_[i] == coordinate::plain) parameters[i] = 0;
    }
    parameters.push_back(first_speed_);
    parameters.push_back(Real(0));
    integrator_.set_parameters(std::move(parameters));
    y.push_back(Real(0));
    // A first step over which the direction turns by O(1): a start that is not small relaxes at once.
    integrator_.start(Real(0), y);
    const Vector here = integrator_.slope();
    const Real apart = number::power_of_two(-chosen_.bits / 2);
    Vector beside = y;
    for (std::size_t i = 0; i < y.size(); ++i) beside[i] += apart * here[i];
    integrator_.start(Real(0), std::move(beside));
    Vector turned = integrator_.slope();
    for (std::size_t i = 0; i < y.size(); ++i) turned[i] -= here[i];
    integrator_.start(Real(0), std::move(y), {}, 1 / (4 + norm(turned) / apart));
}

/// |lead| of the unknown i.
Real SaddlePath::size(std::size_t i) const {
    const Real& y = integrator_.state()[i];
    return kinds_[i] == coordinate::sinh ? Real(scale_[i] * abs(sinh(y))) : Real(exp(y));
}

Vector SaddlePath::theta() {
    const precision_scope scope(chosen_.bits);
    return parameters_(std::span(integrator_.state()).first(kinds_.size()));
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
        const Real pace = abs(speed[i]);
        fastest_[i] = std::max(fastest_[i], pace);
        if (parameters[i] == 0) continue;
        if (const Real here = size(i); here * here > scale_[i] && 2 * pace < fastest_[i]) {
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
