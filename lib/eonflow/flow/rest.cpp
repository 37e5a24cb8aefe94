#include <eonflow/flow/rest.hpp>

#include <eonflow/graph/derivative.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/ode/radau.hpp>

#include <algorithm>

namespace eonflow::flow {

using graph::function;
using graph::node_id;
using number::Real;
using number::Vector;

namespace {

constexpr std::int64_t guard_digits = 8, confirming_digits = 8, fitting_digits = 5;
constexpr std::int64_t most_steps = 100'000;
constexpr int most_tries = 3;
constexpr std::int64_t farthest_clock = 1 << 24;  // as a power of two

/// The flow in its coordinates. The inputs of the graph are the coordinates, then constants whose values are `parameters`.
struct Coordinates {
    graph::vector_field field;
    std::vector<node_id> beta, residuals;  ///< beta: the predictions where the model is not linear in x
    Vector start, parameters;
};

/// A coordinate that moves by dw/dt = sum of factor * speed * dloss/dbeta_j.
struct Motion {
    std::size_t j;
    Rational factor;
    node_id speed;
};

void refuse(const std::string& why) { throw invalid_input("the flow to rest cannot be followed from this start: " + why, "/initial"); }

/// beta and the motions; `start` and `parameters` in the working precision.
std::vector<Motion> diagonal_motions(const Problem& problem, Coordinates& c) {
    const std::size_t d = problem.model.inputs, depth = problem.model.layers.size();
    graph::Graph& g = c.field.graph;
    std::vector<Motion> motions;
    std::vector<node_id> w, scale;
    for (std::size_t j = 0; j < d; ++j) w.push_back(g.input("w" + std::to_string(j + 1)));
    for (std::size_t j = 0; j < d; ++j) scale.push_back(g.input("c" + std::to_string(j + 1)));
    for (std::size_t j = 0; j < d; ++j) {
        const Rational first = abs(problem.initial[j]), last = problem.initial[(depth - 1) * d + j];
        Rational sign = 1;
        for (std::size_t l = 0; l + 1 < depth; ++l) {
            const Rational& v = problem.initial[l * d + j];
            if (abs(v) != first) refuse("v_1 to v_" + std::to_string(depth - 1) + " are not equal in size in coordinate " + std::to_string(j + 1));
            if (v < 0) sign = -sign;
        }
        const Rational gap = first * first - last * last;
        if (gap <= 0) refuse("v_" + std::to_string(depth) + " is not the smallest layer in coordinate " + std::to_string(j + 1));
        c.parameters.push_back(sqrt(number::to_real(gap)));
        c.start.push_back(asinh(number::to_real(last) / c.parameters.back()));
        const node_id p = g.multiply(scale[j], g.apply(function::cosh, w[j])), q = g.multiply(scale[j], g.apply(function::sinh, w[j]));
        c.beta.push_back(g.scale(sign, g.multiply(q, g.power(p, static_cast<int>(depth) - 1))));
        motions.push_back({j, -sign, g.power(p, static_cast<int>(depth) - 2)});
    }
    return motions;
}

std::vector<Motion> difference_motions(const Problem& problem, Coordinates& c) {
    const std::size_t d = problem.model.inputs;
    const auto depth = static_cast<int>(problem.model.depth);
    graph::Graph& g = c.field.graph;
    std::vector<Motion> motions;
    std::vector<node_id> powers;
    for (std::size_t i = 0; i < 2 * d; ++i) {
        if (problem.initial[i] <= 0) refuse("u or v is not positive in coordinate " + std::to_string(i % d + 1));
        c.start.push_back(log(number::to_real(problem.initial[i])));
        const node_id log_u = g.input("log" + std::to_string(i + 1));
        powers.push_back(g.apply(function::exp, g.scale(depth, log_u)));
        motions.push_back({i % d, i < d ? -depth : depth, depth == 2 ? g.constant(1) : g.apply(function::exp, g.scale(depth - 2, log_u))});
    }
    for (std::size_t j = 0; j < d; ++j) c.beta.push_back(g.subtract(powers[j], powers[d + j]));
    return motions;
}

/// Of a model whose conserved quantities are not used.
Coordinates general_coordinates(const Problem& problem) {
    Coordinates c;
    const System system = build_system(problem);
    graph::Graph& g = c.field.graph;
    std::vector<node_id> theta;
    std::vector<bool> logarithmic;
    for (std::size_t i = 0; i < system.theta.size(); ++i) {
        // The gradient along theta_i where theta_i = 0.
        graph::Graph at_zero;
        std::vector<node_id> inputs;
        for (std::size_t k = 0; k < system.theta.size(); ++k) inputs.push_back(k == i ? at_zero.constant(0) : at_zero.input(problem.model.parameter_names[k]));
        const node_id slope = graph::transplant(system.graph, std::span(&system.gradient[i], 1), at_zero, inputs)[0];
        logarithmic.push_back(problem.initial[i] != 0 && at_zero.is_zero(slope));
        const node_id state = g.input("s" + std::to_string(i + 1));
        const Real start = number::to_real(problem.initial[i]);
        c.start.push_back(logarithmic[i] ? Real(log(abs(start))) : start);
        theta.push_back(logarithmic[i] ? g.scale(start > 0 ? 1 : -1, g.apply(function::exp, state)) : state);
    }
    std::vector<node_id> outputs = system.predictions;
    outputs.insert(outputs.end(), system.gradient.begin(), system.gradient.end());
    outputs.insert(outputs.end(), system.coefficients.begin(), system.coefficients.end());
    const std::vector<node_id> copies = graph::transplant(system.graph, outputs, g, theta);
    const std::size_t n = system.predictions.size();
    for (std::size_t i = 0; i < n; ++i) c.residuals.push_back(g.sum({{1, copies[i]}}, -problem.data.y[i]));
    for (std::size_t i = 0; i < theta.size(); ++i) {
        const node_id slope = copies[n + i];
        c.field.derivative.push_back(g.scale(-1, logarithmic[i] ? g.multiply(slope, g.power(theta[i], -1)) : slope));
    }
    c.beta.assign(copies.begin() + static_cast<std::ptrdiff_t>(system.coefficients.empty() ? 0 : n + theta.size()), system.coefficients.empty() ? copies.begin() + static_cast<std::ptrdiff_t>(n) : copies.end());
    return c;
}

Coordinates coordinates_of(const Problem& problem) {
    Coordinates c;
    const bool diagonal = problem.model.layers_couple == model::coupling::entrywise && problem.model.layers.size() >= 2;
    if (!diagonal && problem.model.depth < 2) return general_coordinates(problem);
    const std::vector<Motion> motions = diagonal ? diagonal_motions(problem, c) : difference_motions(problem, c);
    graph::Graph& g = c.field.graph;
    std::vector<node_id> predictions;
    for (std::size_t i = 0; i < problem.data.samples(); ++i) {
        std::vector<graph::term> terms;
        for (std::size_t j = 0; j < c.beta.size(); ++j) terms.push_back({problem.data.X(i, j), c.beta[j]});
        predictions.push_back(g.sum(terms));
        c.residuals.push_back(g.sum(std::move(terms), -problem.data.y[i]));
    }
    // dloss/df_i with inputs of its own for the f_i, which a sum may have taken apart.
    graph::Graph outer;
    std::vector<node_id> f;
    for (std::size_t i = 0; i < predictions.size(); ++i) f.push_back(outer.input("f" + std::to_string(i + 1)));
    const std::vector<node_id> pulls = graph::transplant(outer, graph::gradient(outer, problem.loss.total(outer, f, problem.data.y), f), g, predictions);
    std::vector<node_id> slopes;
    for (std::size_t j = 0; j < c.beta.size(); ++j) {
        std::vector<graph::term> terms;
        for (std::size_t i = 0; i < pulls.size(); ++i) terms.push_back({problem.data.X(i, j), pulls[i]});
        slopes.push_back(g.sum(std::move(terms)));
    }
    std::vector<graph::term> speeds;
    for (const Motion& m : motions) speeds.push_back({1, m.speed});
    const node_id pace = g.power(g.sum(std::move(speeds)), -1);
    for (const Motion& m : motions) c.field.derivative.push_back(g.scale(m.factor, g.product(std::vector<node_id>{slopes[m.j], m.speed, pace})));
    return c;
}

struct Run {
    Vector beta;
    std::vector<Rest::Point> path;
    std::int64_t steps = 0, bits = 0;
};

Run run(const Problem& problem, std::int64_t digits, std::int64_t wanted, const std::function<void(const std::string&)>& progress) {
    const number::precision_scope scope(number::bits_for_digits(digits + guard_digits) + 32);
    Coordinates c = coordinates_of(problem);
    graph::evaluator<Real> residuals(c.field.graph, c.residuals), beta(c.field.graph, c.beta);
    Real largest(0);
    for (const Rational& y : problem.data.y) largest = std::max(largest, Real(abs(number::to_real(y))));
    const Real tolerance = largest * pow(Real(10), -(wanted + fitting_digits)), farthest = number::power_of_two(farthest_clock);
    const auto inputs = [&](Vector state) {
        state.insert(state.end(), c.parameters.begin(), c.parameters.end());
        return state;
    };
    const auto fitted = [&](const Vector& state) {
        const Vector r = residuals(inputs(state));
        return std::all_of(r.begin(), r.end(), [&](const Real& x) { return abs(x) <= tolerance; });
    };
    ode::radau stepper(c.field, {scope.bits(), digits, 0});
    stepper.set_parameters(c.parameters);
    stepper.start(Real(0), c.start);
    std::vector<Rest::Point> path{{Real(0), beta(inputs(c.start))}};
    while (!fitted(stepper.state())) {
        const std::int64_t steps = stepper.counted().steps;
        if (steps == most_steps) throw numerical_error("the flow did not come to rest within " + std::to_string(most_steps) + " steps");
        if (progress) progress("to rest, step " + std::to_string(steps));
        const ode::status status = stepper.step(farthest);
        if (status != ode::status::ok) throw numerical_error("the flow ended with status " + std::string(ode::name_of(status)) + " before it came to rest");
        // The field does not depend on the clock, which starts anew: after a long plateau its steps need not be resolved against all that went before.
        ode::radau::saved now = stepper.save();
        path.push_back({path.back().clock + now.time, beta(inputs(now.x))});
        now.time = 0;
        stepper.restore(std::move(now));
    }
    Vector end = path.back().coefficients;
    return {std::move(end), std::move(path), stepper.counted().steps, scope.bits()};
}

}  // namespace

Rest follow_to_rest(const Problem& problem, std::int64_t digits, const std::function<void(const std::string&)>& progress) {
    problem.validate();
    for (std::int64_t tolerance = digits + 3, attempt = 1;; ++attempt) {
        const Run rough = run(problem, tolerance, digits, progress);
        Run fine = run(problem, tolerance + confirming_digits, digits, progress);
        const number::precision_scope scope(fine.bits);
        Rest rest{{}, std::move(fine.path), rough.steps, fine.bits};
        std::int64_t fewest = digits;
        for (std::size_t j = 0; j < fine.beta.size(); ++j) {
            const std::int64_t agree = number::agreeing_digits(fine.beta[j], rough.beta[j], digits + 1) - 1;
            rest.coefficients.push_back({fine.beta[j], std::max<std::int64_t>(agree, 0)});
            fewest = std::min(fewest, agree);
        }
        if (fewest >= digits || attempt == most_tries) return rest;
        tolerance += digits - fewest + 3;
    }
}

}  // namespace eonflow::flow
