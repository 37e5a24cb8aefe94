#include <eonflow/flow/dual.hpp>

#include <eonflow/graph/derivative.hpp>
#include <eonflow/graph/evaluate.hpp>
#include <eonflow/model/reparametrization.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/ode/stepper.hpp>

#include <algorithm>

namespace eonflow::flow {

using graph::function;
using graph::Graph;
using graph::node_id;
using number::Real;
using number::Vector;

namespace {

/// beta_j for the pull (X^T nu)_j, or graph::none.
node_id difference_response(Graph& g, const Problem& problem, std::size_t j, node_id pull) {
    const auto depth = static_cast<int>(problem.model.depth);
    const Rational &u = problem.initial[j], &v = problem.initial[problem.model.inputs + j];
    if (u <= 0 || v <= 0 || (depth > 2 && u != v)) return graph::none;
    // log u (for D >= 3 u^(2-D)) moves at a constant multiple of the pull, and v against it.
    if (depth == 2) return g.subtract(g.scale(u * u, g.apply(function::exp, g.scale(4, pull))), g.scale(v * v, g.apply(function::exp, g.scale(-4, pull))));
    Rational size = 1, rate = depth * (depth - 2);
    for (int k = 0; k < depth; ++k) size *= u;
    for (int k = 2; k < depth; ++k) rate *= u;
    const Rational exponent(-depth, depth - 2);
    return g.scale(size, g.subtract(g.power(g.sum({{-rate, pull}}, 1), exponent), g.power(g.sum({{rate, pull}}, 1), exponent)));
}

node_id diagonal_response(Graph& g, const Problem& problem, std::size_t j, node_id pull) {
    const std::size_t d = problem.model.inputs, depth = problem.model.layers.size();
    const Rational &v1 = problem.initial[j], &last = problem.initial[(depth - 1) * d + j];
    if (depth == 2) {
        // v_1 + v_2 grows like exp(pull), v_1 - v_2 falls.
        const Rational sum = v1 + last, difference = v1 - last;
        return g.subtract(g.scale(sum * sum / 4, g.apply(function::exp, g.scale(2, pull))), g.scale(difference * difference / 4, g.apply(function::exp, g.scale(-2, pull))));
    }
    const Rational a = abs(v1);
    if (depth > 4 || last != 0 || a == 0) return graph::none;
    for (std::size_t l = 1; l + 1 < depth; ++l)
        if (abs(problem.initial[l * d + j]) != a) return graph::none;
    // h_3(t) = tan t + tan^3 t, h_4(t) = t/(1 - t^2)^2.
    if (depth == 3) {
        const node_id q = g.apply(function::tan, g.scale(a, pull));
        return g.scale(a * a * a, g.sum({{1, q}, {1, q, g.multiply(q, q)}}));
    }
    const node_id t = g.scale(a * a, pull);
    return g.scale(a * a * a * a, g.multiply(t, g.power(g.sum({{-1, t, t}}, 1), -2)));
}

node_id reparametrized_response(Graph& g, const Problem& problem, std::size_t j, node_id pull) {
    const model::Model& model = problem.model;
    const model::Reparametrization& row = *model::find_reparametrization(model.rho);
    if (row.response.empty()) return graph::none;
    std::vector<node_id> start;
    for (const Rational& z : problem.initial) start.push_back(g.constant(z));
    const node_id z = model::arguments_of_rho(g, model, start)[j];
    return model::put_in(g, row, row.response, g.add(pull, model::put_in(g, row, row.mirror, z, model.exponent)), model.exponent);
}

}  // namespace

std::optional<DualFlow> dual_flow(const Problem& problem) {
    const model::Model& model = problem.model;
    const auto response = model::find_reparametrization(model.rho) != nullptr                                       ? reparametrized_response
                          : model.depth >= 2                                                                        ? difference_response
                          : model.layers_couple == model::coupling::entrywise && model.layers.size() >= 2 ? diagonal_response
                                                                                                                    : nullptr;
    if (response == nullptr) return std::nullopt;
    DualFlow dual;
    Graph& g = dual.field.graph;
    const std::size_t n = problem.data.samples(), d = problem.data.features();
    std::vector<node_id> nu, predictions;
    for (std::size_t i = 0; i < n; ++i) nu.push_back(g.input("nu" + std::to_string(i + 1)));
    for (std::size_t j = 0; j < d; ++j) {
        std::vector<graph::term> pull;
        for (std::size_t i = 0; i < n; ++i) pull.push_back({problem.data.X(i, j), nu[i]});
        dual.coefficients.push_back(response(g, problem, j, g.sum(std::move(pull))));
        if (dual.coefficients.back() == graph::none) return std::nullopt;
    }
    for (std::size_t i = 0; i < n; ++i) {
        std::vector<graph::term> terms;
        for (std::size_t j = 0; j < d; ++j) terms.push_back({problem.data.X(i, j), dual.coefficients[j]});
        predictions.push_back(g.sum(std::move(terms)));
    }
    // dloss/df_i with inputs of its own for the f_i, which a sum may have taken apart.
    Graph outer;
    std::vector<node_id> f;
    for (std::size_t i = 0; i < n; ++i) f.push_back(outer.input("f" + std::to_string(i + 1)));
    const std::vector<node_id> slopes = graph::gradient(outer, problem.loss.total(outer, f, problem.data.y), f);
    for (const node_id slope : graph::transplant(outer, slopes, g, predictions)) dual.field.derivative.push_back(g.scale(-1, slope));
    return dual;
}

std::vector<Vector> DualFlow::at(const Vector& times, std::int64_t digits) const {
    graph::evaluator<Real> value(field.graph, coefficients);
    const auto stepper = ode::make_stepper("taylor", field, {number::working_bits(), digits, false});
    stepper->start(Real(0), Vector(field.states(), Real(0)));
    std::vector<Vector> result;
    for (const Real& time : times) {
        while (stepper->time() < time) {
            const ode::status status = stepper->step(time);
            if (status != ode::status::ok && status != ode::status::reached) throw numerical_error("the dual flow ended with status " + std::string(ode::name_of(status)));
        }
        result.push_back(value(stepper->state()));
    }
    return result;
}

}  // namespace eonflow::flow
