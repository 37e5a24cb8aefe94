#include <eonflow/flow/early.hpp>

#include <eonflow/flow/pattern.hpp>
#include <eonflow/graph/derivative.hpp>
#include <eonflow/graph/evaluate.hpp>
#include <eonflow/number/error.hpp>

namespace eonflow::flow {

using graph::Graph;
using graph::node_id;
using number::precision_scope;
using number::Real;
using number::Vector;

PiecewiseField early_field(const Margins& m) {
    PiecewiseField result;
    Graph& g = result.graph;
    std::vector<node_id> theta, arguments, v;
    for (std::size_t i = 0; i < m.parameters(); ++i) theta.push_back(g.input("theta" + std::to_string(i)));
    const node_id time = g.input("T");
    arguments = theta;
    for (std::size_t k = 0; k < m.kinks.size(); ++k) arguments.push_back(g.input("slope" + std::to_string(k)));
    for (std::size_t i = 0; i < m.parameters(); ++i) v.push_back(g.input("v" + std::to_string(i)));
    const std::vector<node_id> z = graph::transplant(m.graph, m.margins, g, arguments);
    result.kinks = transplant_kinks(m.kinks, m.graph, g, arguments);
    std::vector<node_id> slopes, rest;  // g(z_i), and -g'/g
    std::vector<graph::term> all;
    for (const node_id margin : z) {
        const node_id decay = g.apply(graph::function::exp, g.scale(-1, margin));
        slopes.push_back(m.logistic ? g.multiply(decay, g.power(g.sum({{1, decay}}, 1), -1)) : decay);
        rest.push_back(m.logistic ? g.sum({{-1, slopes.back()}}, 1) : g.constant(1));
        all.push_back({1, slopes.back()});
    }
    const node_id one_over_total = g.power(g.sum(all), -1);
    std::vector<node_id> weights, decaying;
    for (std::size_t i = 0; i < z.size(); ++i) {
        weights.push_back(g.multiply(slopes[i], one_over_total));
        decaying.push_back(g.multiply(weights.back(), rest[i]));
    }
    // Gradients of the weighted margins with the weights held fixed: weights enter through their own inputs of another graph.
    Graph weighted;
    std::vector<node_id> inputs, factors;
    for (std::size_t i = 0; i < arguments.size(); ++i) inputs.push_back(weighted.input("input" + std::to_string(i)));
    for (std::size_t i = 0; i < z.size(); ++i) factors.push_back(weighted.input("p" + std::to_string(i)));
    const node_id sum = weighted.dot(factors, graph::transplant(m.graph, m.margins, weighted, inputs));
    const auto gradient = graph::gradient(weighted, sum, std::span(inputs).first(m.parameters()));
    const auto with = [&](const std::vector<node_id>& nodes, const std::vector<node_id>& w) {
        std::vector<node_id> values = arguments;
        values.insert(values.end(), w.begin(), w.end());
        return graph::transplant(weighted, nodes, g, values);
    };
    result.descent = with(gradient, weights);
    if (!result.kinks.empty()) result.force = with(slope_forces(weighted, sum, transplant_kinks(m.kinks, m.graph, weighted, inputs)), weights);
    // -dY/dtau along v
    const node_id decay = g.dot(m.logistic ? with(gradient, decaying) : v, v);

    const node_id square = g.dot(theta, theta);
    const node_id pace = m.degree == 1 ? g.power(g.sum({{1, square}}, 1), Rational(1, 2)) : g.power(square, (2 - m.degree) / 2);
    for (const node_id p : v) result.derivative.push_back(g.multiply(pace, p));
    result.derivative.push_back(g.multiply(pace, g.sum({{-1, time, decay}}, 1)));
    return result;
}

struct EarlyPhase::body {
    body(std::shared_ptr<const Margins> the_margins, options the_options)
        : margins(std::move(the_margins)),
          chosen(the_options),
          field(early_field(*margins)),
          signs(margins->graph, margins->kinks),
          margins_at(margins->graph, margins->margins),
          integrator(field, {chosen.bits, chosen.digits, chosen.order, chosen.at_ambiguity, "taylor"}) {}

    std::shared_ptr<const Margins> margins;
    options chosen;
    PiecewiseField field;
    Pattern<Real> signs;
    graph::evaluator<Real> margins_at;
    Switching integrator;
    Vector theta;

    [[nodiscard]] Vector values(const Vector& at) { return margins_at(signs.inputs(at)); }

    void take() { theta.assign(integrator.state().begin(), integrator.state().end() - 1); }
    [[nodiscard]] Real slope_logarithm(const Vector& z) const {
        Real sum = 0;
        for (const Real& margin : z) {
            const Real decay = exp(-margin);
            sum += margins->logistic ? Real(decay / (1 + decay)) : decay;
        }
        return -log(sum);
    }
};

EarlyPhase::EarlyPhase(std::shared_ptr<const Margins> margins, const std::vector<Rational>& start, std::vector<std::size_t> touching, options chosen)
    : body_(std::make_unique<body>(std::move(margins), chosen)) {
    const precision_scope scope(chosen.bits);
    Vector state;
    for (const Rational& x : start) state.push_back(number::to_real(x));
    state.push_back(Real(0));
    body_->integrator.start(Real(0), std::move(state), std::move(touching));
    body_->take();
}

void EarlyPhase::resume(const Vector& theta, const Real& log_time) {
    const precision_scope scope(body_->chosen.bits);
    Vector state = theta;
    state.push_back(exp(log_time - body_->slope_logarithm(body_->values(theta))));
    body_->integrator.resume(std::move(state));
    body_->take();
}

EarlyPhase::~EarlyPhase() = default;

number::Record EarlyPhase::save() const {
    const precision_scope scope(body_->chosen.bits);
    return body_->integrator.save();
}

void EarlyPhase::restore(const number::Record& saved) {
    const precision_scope scope(body_->chosen.bits);
    body_->integrator.restore(saved);
    body_->take();
}

ode::status EarlyPhase::step() {
    const precision_scope scope(body_->chosen.bits);
    const auto result = body_->integrator.step(number::power_of_two(1000));
    body_->take();
    return result;
}

bool EarlyPhase::finished() {
    body& b = *body_;
    const precision_scope scope(b.chosen.bits);
    const Vector z = b.values(b.theta);
    for (const Real& margin : z)
        if (!(margin > 0)) return false;
    const Real Y = b.slope_logarithm(z);
    if (Y < 6) return false;
    if (Y > 50) return true;
    const Vector v = b.integrator.velocity();
    Real along = 0, speed = 0, size = 0;
    for (std::size_t i = 0; i < b.theta.size(); ++i) along += v[i] * b.theta[i], speed += v[i] * v[i], size += b.theta[i] * b.theta[i];
    if (5 * along < 3 * sqrt(speed * size)) return false;
    return 10 * abs(b.integrator.length()) * along < size;
}

const Vector& EarlyPhase::theta() const { return body_->theta; }
Real EarlyPhase::kappa() const { return body_->integrator.time(); }
Real EarlyPhase::last_kappa() const { return body_->integrator.origin(); }
const ode::counters& EarlyPhase::counted() const { return body_->integrator.counted(); }
const std::vector<side>& EarlyPhase::pattern() const { return body_->integrator.pattern(); }
bool EarlyPhase::at_switch() const { return body_->integrator.at_switch(); }
std::size_t EarlyPhase::switches_so_far() const { return body_->integrator.switches().size(); }

std::vector<PathSwitch> EarlyPhase::switches() {
    const precision_scope scope(body_->chosen.bits);
    std::vector<PathSwitch> result;
    for (const Switch& s : body_->integrator.switches()) {
        const Vector theta(s.state.begin(), s.state.end() - 1);
        const Real log_time = log(s.state.back()) + body_->slope_logarithm(body_->values(theta)) + log(Real(body_->margins->averaged));
        result.push_back({exp(log_time), log_time / log(Real(10)), s.kink, s.what, s.to});
    }
    return result;
}

Real EarlyPhase::minus_log_slope() {
    const precision_scope scope(body_->chosen.bits);
    return body_->slope_logarithm(body_->values(body_->theta));
}

Real EarlyPhase::log_time() {
    const precision_scope scope(body_->chosen.bits);
    return log(body_->integrator.state().back()) + minus_log_slope();
}

std::pair<Vector, Real> EarlyPhase::at(const Real& kappa) {
    const precision_scope scope(body_->chosen.bits);
    Vector state = body_->integrator.dense(kappa);
    const Real time = std::move(state.back());
    state.pop_back();
    const Real Y = body_->slope_logarithm(body_->values(state));
    return {std::move(state), log(time) + Y};
}

}  // namespace eonflow::flow
