#include <eonflow/flow/problem.hpp>

#include <eonflow/convex/solve.hpp>
#include <eonflow/graph/derivative.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <numeric>

namespace eonflow::flow {

using graph::Graph;
using graph::node_id;

namespace {

constexpr std::array<std::string_view, 4> clock_names = {"auto", "time", "loss", "horizon"};
constexpr std::array<std::string_view, 3> ambiguity_names = {"stop", "lowest", "highest"};
constexpr std::int64_t most_digits = 100'000;

}  // namespace

std::string_view name_of(Clock clock) noexcept { return clock_names[static_cast<std::size_t>(clock)]; }

std::string_view name_of(ambiguity choice) noexcept { return ambiguity_names[static_cast<std::size_t>(choice)]; }

bool find_clock(std::string_view name, Clock& found) noexcept {
    const auto position = std::find(clock_names.begin(), clock_names.end(), name);
    if (position == clock_names.end()) return false;
    found = static_cast<Clock>(position - clock_names.begin());
    return true;
}

number::Matrix<Rational> Data::signed_rows() const {
    number::Matrix<Rational> Z = X;
    for (std::size_t i = 0; i < samples(); ++i)
        for (Rational& entry : Z.row(i)) entry *= y[i];
    return Z;
}

Data Data::centred() const {
    Data result = *this;
    for (std::size_t j = 0; j < features(); ++j) {
        Rational mean = 0;
        for (std::size_t i = 0; i < samples(); ++i) mean += X(i, j);
        mean /= static_cast<unsigned>(samples());
        for (std::size_t i = 0; i < samples(); ++i) result.X(i, j) -= mean;
    }
    return result;
}

void Problem::validate() const {
    const auto count = [](std::size_t n) { return std::to_string(n); };
    if (data.samples() == 0) throw invalid_input("there is no sample, accepted is at least one", "/data/x");
    if (data.y.size() != data.samples())
        throw invalid_input("there are " + count(data.y.size()) + " labels for " + count(data.samples()) + " samples, accepted is one label a sample", "/data/y");
    if (digits < 1 || digits > most_digits)
        throw invalid_input("\"digits\" is " + std::to_string(digits) + ", accepted is 1 to " + std::to_string(most_digits), "/digits");
    if (objective) {
        const auto fits = [&](std::size_t size, const std::string& what, const std::string& key) {
            const bool of_groups = key == "weights" && !objective->sizes.empty();
            const std::size_t wanted = of_groups ? objective->sizes.size() : data.features();
            if (size != 0 && size != wanted)
                throw invalid_input("there are " + count(size) + " " + what + " for " + count(wanted) + (of_groups ? " groups" : " features"), "/objective/" + key);
        };
        fits(objective->terms.size(), "potentials", "terms");
        fits(objective->start.size(), "coordinates", "start");
        fits(std::accumulate(objective->sizes.begin(), objective->sizes.end(), std::size_t{0}), "members of groups", "sizes");
        fits(std::accumulate(objective->shape.begin(), objective->shape.end(), std::size_t{objective->shape.empty() ? 0u : 1u}, std::multiplies<>()), "entries of a matrix", "shape");
        for (const auto& [weights, key] : {std::pair(&objective->weights, "weights"), std::pair(&objective->negative_weights, "negative_weights")}) {
            fits(weights->size(), "weights", key);
            for (std::size_t j = 0; j < weights->size(); ++j)
                if ((*weights)[j] <= 0)
                    throw invalid_input("the weight " + number::to_text((*weights)[j]) + " was found, accepted are positive numbers", "/objective/" + std::string(key) + "/" + count(j));
        }
    }
    const bool classes = loss.is_classification() || (objective && objective->kind.ends_with("_margin"));
    if (classes)
        for (std::size_t i = 0; i < data.y.size(); ++i)
            if (abs(data.y[i]) != 1)
                throw invalid_input("the label " + number::to_text(data.y[i]) + " does not go with classification, accepted are 1 and -1", "/data/y/" + count(i));
    if (objective && model.inputs == 0) return;
    if (data.features() != model.inputs)
        throw invalid_input("the samples have " + count(data.features()) + " features and the model takes " + count(model.inputs), "/data/x");
    if (model.parameters() == 0) throw invalid_input("the model has no parameters, accepted is at least one", "/model");
    if (initial.size() != model.parameters())
        throw invalid_input("there are " + count(initial.size()) + " initial values for " + count(model.parameters()) + " parameters", "/initial");
    if (stop.loss && *stop.loss <= 0) throw invalid_input("the loss to stop at is " + number::to_text(*stop.loss) + ", accepted is a positive number", "/stop/loss");
    if (descent_step && *descent_step <= 0) throw invalid_input("the step is " + number::to_text(*descent_step) + ", accepted is a positive number", "/dynamics/step");
    if (descent_step && clock != Clock::automatic && clock != Clock::time)
        throw invalid_input("the clock \"" + std::string(name_of(clock)) + "\" does not go with gradient descent, accepted is \"time\"", "/clock");
}

System build_system(const Problem& problem) {
    System system;
    for (const std::string& name : problem.model.parameter_names) system.theta.push_back(system.graph.input(name));
    system.predictions = problem.model.predictions(system.graph, system.theta, problem.data.X, system.kinks);
    for (std::size_t i = 0; i < system.predictions.size(); ++i)
        system.margins.push_back(system.graph.scale(problem.data.y[i], system.predictions[i]));
    system.loss = problem.loss.total(system.graph, system.predictions, problem.data.y);
    system.gradient = graph::gradient(system.graph, system.loss, system.theta);
    if (problem.model.is_linear_in_x()) system.coefficients = problem.model.linear_coefficients(system.graph, system.theta);
    return system;
}

Rational least_loss(const Problem& problem) {
    const Data& data = problem.data;
    Rational most = 0;
    for (std::size_t i = 0; i < data.samples(); ++i)
        for (std::size_t k = 0; k < i; ++k) {
            if (data.y[i] == data.y[k] || !std::equal(data.X.row(i).begin(), data.X.row(i).end(), data.X.row(k).begin())) continue;
            const Rational apart = data.y[i] - data.y[k];
            switch (problem.loss.kind) {
                case model::loss_kind::squared: most = std::max(most, Rational(apart * apart / 4)); break;
                case model::loss_kind::exponential: most = std::max(most, Rational(2)); break;
                case model::loss_kind::logistic: most = std::max(most, Rational(4, 3)); break;
                case model::loss_kind::expression: break;
            }
        }
    return problem.loss.reduce == model::reduction::mean ? Rational(most / static_cast<unsigned>(data.samples())) : most;
}

void require_reachable(const Problem& problem, const std::string& wanted) {
    if (const Rational least = least_loss(problem); least > 0)
        throw invalid_input("equal samples have different labels, so that the loss of any predictor is at least " + number::to_text(least) + " and " + wanted, "/data");
    if (!problem.model.is_linear_in_x()) return;
    const bool classes = problem.loss.is_classification();
    const convex::Program program = classes ? convex::l2_margin(problem.data.signed_rows()) : convex::least_norm(problem.data.X, problem.data.y);
    if (convex::solve(program).status == convex::Status::infeasible)
        throw invalid_input(std::string("no linear predictor ") + (classes ? "separates these data (nonnegative weights exist under which the y_i x_i sum to zero, exactly)" : "fits these data (exactly)") +
                                ", so the loss does not go to zero and " + wanted,
                            "/data");
}

std::vector<model::kink> transplant_kinks(const std::vector<model::kink>& kinks, const graph::Graph& from, graph::Graph& to, std::span<const node_id> inputs) {
    std::vector<node_id> arguments;
    for (const model::kink& k : kinks) arguments.push_back(k.argument);
    arguments = graph::transplant(from, arguments, to, inputs);
    std::vector<model::kink> result = kinks;
    for (std::size_t k = 0; k < kinks.size(); ++k) {
        result[k].argument = arguments[k];
        result[k].slope = inputs[from[kinks[k].slope].argument];
    }
    return result;
}

std::vector<node_id> slope_forces(Graph& graph, node_id output, const std::vector<model::kink>& kinks) {
    std::vector<node_id> slopes, result;
    for (const model::kink& k : kinks) slopes.push_back(k.slope);
    const std::vector<node_id> derivatives = graph::gradient(graph, output, slopes);
    for (std::size_t k = 0; k < kinks.size(); ++k) {
        // d output/d slope is a sum of products with the argument; where that is a multiple of another node, with the other one.
        node_id argument = kinks[k].argument;
        Rational factor = 1;
        const graph::node& u = graph[argument];
        if (u.what == graph::kind::sum && u.value == 0 && u.terms.size() == 1 && u.terms[0].right == graph::none) factor = u.terms[0].coefficient, argument = u.terms[0].left;
        std::vector<graph::term> terms;
        if (derivatives[k] == argument) terms.push_back({1, graph.constant(1)});
        const graph::node n = graph[derivatives[k]];
        for (const graph::term& t : n.terms) {
            if (t.left != argument && t.right != argument) continue;
            const node_id other = t.left == argument ? t.right : t.left;
            terms.push_back({t.coefficient, other == graph::none ? graph.constant(1) : other});
        }
        result.push_back(graph.scale(1 / factor, graph.sum(std::move(terms))));
    }
    return result;
}

graph::vector_field assembled(const PiecewiseField& field) {
    graph::vector_field result;
    std::vector<node_id> inputs;
    const std::size_t given = field.graph.inputs().size() - field.parameters();
    for (std::size_t i = 0; i < given; ++i) inputs.push_back(result.graph.input(field.graph.input_name(i)));
    inputs.resize(field.graph.inputs().size(), graph::none);
    const std::vector<node_id> direction = graph::transplant(field.graph, field.descent, result.graph, inputs);
    std::copy(direction.begin(), direction.end(), inputs.begin() + static_cast<std::ptrdiff_t>(given));
    result.derivative = graph::transplant(field.graph, field.derivative, result.graph, inputs);
    return result;
}

PiecewiseField flow_field(const System& system, Clock clock) {
    if (clock != Clock::time && clock != Clock::loss)
        throw invalid_input("the clock \"" + std::string(name_of(clock)) + "\" has no explicit vector field, accepted are \"time\" and \"loss\"", "/clock");
    PiecewiseField result;
    Graph& g = result.graph;
    std::vector<node_id> inputs, v;
    const auto add_input = [&](std::size_t position) { inputs.push_back(g.input(system.graph.input_name(position))); };
    for (std::size_t i = 0; i < system.theta.size(); ++i) add_input(i);
    const node_id log1p_time = clock == Clock::loss ? g.input("log1p_time") : graph::none;
    for (std::size_t i = system.theta.size(); i < system.graph.inputs().size(); ++i) add_input(i);
    for (std::size_t i = 0; i < system.theta.size(); ++i) v.push_back(g.input("v" + std::to_string(i)));
    result.kinks = transplant_kinks(system.kinks, system.graph, g, inputs);
    const std::vector<node_id> gradient = graph::transplant(system.graph, system.gradient, g, inputs);
    for (const node_id slope : gradient) result.descent.push_back(g.scale(-1, slope));
    const node_id loss = graph::transplant(system.graph, std::span(&system.loss, 1), g, inputs)[0];
    if (!result.kinks.empty()) result.force = slope_forces(g, g.scale(-1, loss), result.kinks);
    result.derivative = v;
    if (clock == Clock::loss) {
        const node_id pace = g.divide(loss, g.dot(v, v));
        for (node_id& d : result.derivative) d = g.multiply(pace, d);
        result.derivative.push_back(g.multiply(pace, g.apply(graph::function::exp, g.scale(-1, log1p_time))));
    }
    return result;
}

}  // namespace eonflow::flow
