#include <eonflow/limit/prediction.hpp>

#include <eonflow/graph/derivative.hpp>
#include <eonflow/graph/evaluate.hpp>
#include <eonflow/model/reparametrization.hpp>
#include <eonflow/number/error.hpp>

#include <algorithm>

namespace eonflow::limit {

using graph::node_id;
using number::Rational;

namespace {

struct stated_objective {
    objective_entry entry;
    convex::Program (*program)(const flow::Objective&, const flow::Data&);
};

const std::vector<stated_objective>& stated_objectives() {
    using flow::Data;
    using flow::Objective;
    static const std::vector<stated_objective> all = {
        {{"l2_margin", "min 1/2 sum_j weights_j w_j^2 subject to y_i <x_i, w> >= 1", {}, {"weights"}},
         [](const Objective& o, const Data& data) { return convex::l2_margin(data.signed_rows(), o.weights); }},
        {{"l1_margin", "min sum_j weights_j |w_j| subject to y_i <x_i, w> >= 1", {}, {"weights"}},
         [](const Objective& o, const Data& data) { return convex::l1_margin(data.signed_rows(), o.weights); }},
        {{"group_margin", "min sum_g weights_g |w_g| over consecutive groups of the given sizes subject to y_i <x_i, w> >= 1", {"sizes"}, {"weights"}},
         [](const Objective& o, const Data& data) { return convex::group_margin(data.signed_rows(), o.sizes, o.weights); }},
        {{"fourier_margin", "min sum_k |(F w)_k|, F the discrete Fourier transform, subject to y_i <x_i, w> >= 1", {}, {}},
         [](const Objective&, const Data& data) { return convex::fourier_margin(data.signed_rows()); }},
        {{"concave_margin", "the best local minimizer of sum_j |w_j|^(2/depth), depth >= 3, subject to y_i <x_i, w> >= 1 (not convex; small instances)", {"depth"}, {}},
         [](const Objective& o, const Data& data) { return convex::concave_margin(data.signed_rows(), o.depth); }},
        {{"l1_interpolation", "min sum_j weights_j w_j^+ + negative_weights_j w_j^- subject to X w = y", {}, {"weights", "negative_weights"}},
         [](const Objective& o, const Data& data) { return convex::basis_pursuit(data.X, data.y, o.weights, o.negative_weights); }},
        {{"l2_interpolation", "min 1/2 sum_j weights_j (w_j - start_j)^2 subject to X w = y", {}, {"weights", "start"}},
         [](const Objective& o, const Data& data) { return convex::least_norm(data.X, data.y, o.weights, o.start); }},
        {{"potential", "min sum_j h_j(w_j) - h_j'(start_j) w_j subject to X w = y for the potentials h_j = terms_j; without a start min sum_j h_j(w_j)", {"terms"}, {"start"}},
         [](const Objective& o, const Data& data) { return convex::bregman(data.X, data.y, o.terms, o.start); }},
        {{"nuclear_norm", "min sum of the singular values of the matrix of the given shape with entries w by rows, subject to X w = y", {"shape"}, {}},
         [](const Objective& o, const Data& data) {
             const std::size_t rows = o.shape.at(0), columns = o.shape.at(1);
             std::vector<number::Matrix<Rational>> measurements(data.samples(), number::Matrix<Rational>(rows, columns));
             for (std::size_t i = 0; i < measurements.size(); ++i) measurements[i].entries().assign(data.X.row(i).begin(), data.X.row(i).end());
             return convex::nuclear_norm(measurements, data.y);
         }},
    };
    return all;
}

}  // namespace

const std::vector<objective_entry>& objectives() {
    static const std::vector<objective_entry> entries = [] {
        std::vector<objective_entry> list;
        for (const stated_objective& stated : stated_objectives()) list.push_back(stated.entry);
        return list;
    }();
    return entries;
}

convex::Program stated_program(const flow::Objective& objective, const flow::Data& data) {
    std::string names;
    for (const stated_objective& stated : stated_objectives()) {
        if (stated.entry.name == objective.kind) return stated.program(objective, data);
        names += (names.empty() ? "" : ", ") + stated.entry.name;
    }
    throw invalid_input("\"" + objective.kind + "\" is no objective, accepted are " + names, "/objective/kind");
}

namespace {

using convex::Potential;
using model::coupling;

/// A separable potential per coordinate and the point that is projected.
struct Mirror {
    std::vector<Potential> terms;
    std::vector<Rational> start;
    std::string theorem;
};

/// The square root of a rational that has a rational one.
std::optional<Rational> exact_root(const Rational& x) {
    const number::Integer above = sqrt(number::Integer(numerator(x))), below = sqrt(number::Integer(denominator(x)));
    if (x < 0 || above * above != numerator(x) || below * below != denominator(x)) return std::nullopt;
    return Rational(above, below);
}

[[noreturn]] void refuse_start(const std::string& why) { throw invalid_input("no theorem known here names the limit from this start: " + why, "/initial"); }

std::string coordinate(std::size_t j) { return "coordinate " + std::to_string(j + 1); }

/// Of L layers, the last is the smallest in each coordinate and the others are equal there: then grad Q is known, and elementary.
Mirror diagonal_mirror(const flow::Problem& problem) {
    const std::size_t d = problem.model.inputs, depth = problem.model.layers.size();
    const auto entry = [&](std::size_t l, std::size_t j) -> const Rational& { return problem.initial[l * d + j]; };
    Mirror mirror;
    mirror.theorem = "yun_2021 (Y4): the potential Q of depth " + std::to_string(depth);
    for (std::size_t j = 0; j < d; ++j) {
        Rational beta = 1;
        for (std::size_t l = 0; l < depth; ++l) beta *= entry(l, j);
        mirror.start.push_back(beta);
        const Rational gap = entry(0, j) * entry(0, j) - entry(depth - 1, j) * entry(depth - 1, j);
        if (depth == 2) {
            if (gap == 0) refuse_start("v_1^2 = v_2^2 in " + coordinate(j) + ", so that it cannot change sign");
            mirror.terms.push_back({"hyperbolic", {Rational(1, 2), abs(gap) / 2}});
            continue;
        }
        for (std::size_t l = 1; l + 1 < depth; ++l)
            if (abs(entry(l, j)) != abs(entry(0, j))) refuse_start("v_1 to v_" + std::to_string(depth - 1) + " are not equal in size in " + coordinate(j));
        if (gap <= 0) refuse_start("v_" + std::to_string(depth) + " is not smaller than the other layers in " + coordinate(j));
        const auto root = exact_root(gap);
        if (!root) refuse_start("v_1^2 - v_" + std::to_string(depth) + "^2 is no square of a rational in " + coordinate(j));
        mirror.terms.push_back({"yun", {Rational(static_cast<unsigned>(depth)), *root}});
    }
    return mirror;
}

Mirror difference_mirror(const flow::Problem& problem) {
    const std::size_t d = problem.model.inputs, depth = problem.model.depth;
    Mirror mirror;
    mirror.theorem = "woodworth_2020: the potential of u^" + std::to_string(depth) + " - v^" + std::to_string(depth);
    for (std::size_t j = 0; j < d; ++j) {
        const Rational &u = problem.initial[j], &v = problem.initial[d + j];
        if (u <= 0 || v <= 0) refuse_start("u or v is not positive in " + coordinate(j));
        if (depth == 2) {
            mirror.terms.push_back({"hyperbolic", {Rational(1, 4), 2 * u * v}});
            mirror.start.push_back(u * u - v * v);
            continue;
        }
        if (u != v) refuse_start("u and v differ in " + coordinate(j));
        mirror.terms.push_back({"woodworth", {Rational(static_cast<unsigned>(depth)), u}});
        mirror.start.emplace_back(0);
    }
    return mirror;
}

Mirror reparametrized_mirror(const flow::Problem& problem) {
    const model::Model& model = problem.model;
    const model::Reparametrization* row = model::find_reparametrization(model.rho);
    if (row == nullptr) throw invalid_input("the potential of a rho of one's own is not known, accepted are the rows of the table", "/model/formula");
    graph::Graph g;
    std::vector<node_id> z, chart;
    for (const std::string& name : model.parameter_names) z.push_back(g.input(name));
    const bool at_origin = std::all_of(problem.initial.begin(), problem.initial.end(), [](const Rational& x) { return x == 0; });
    const bool signed_power = model.rho == "signed_power";
    const bool from_zero = signed_power && at_origin && (model.origin.empty() || std::count(model.origin.begin(), model.origin.end(), 0) > 0);
    for (const node_id argument : model::arguments_of_rho(g, model, z))
        for (const std::string& formula : from_zero ? std::vector<std::string>{} : row->chart) chart.push_back(model::put_in(g, *row, formula, argument, model.exponent));
    {
        const number::precision_scope scope(256);
        const std::vector<number::Ball> at(problem.initial.begin(), problem.initial.end());
        const auto inside = graph::evaluate<number::Ball>(g, chart, at);
        for (std::size_t k = 0; k < inside.size(); ++k)
            if (!inside[k].is_positive()) refuse_start("z lies outside the chart of rho (" + row->domain + ") in " + coordinate(k / row->chart.size()));
    }
    Mirror mirror;
    mirror.theorem = from_zero ? "chou_2023 (C1.4): the Bregman projection of the start, the end of the mirror flow; the flow of z itself is not unique from z = 0"
                               : "chou_2023 (C1): the Bregman projection of the start, provided that the flow converges to an interpolator";
    if (at_origin && (signed_power || !model.origin.empty())) {
        mirror.start = model.origin.empty() ? std::vector<Rational>(model.inputs) : model.origin;
    } else {
        const std::vector<node_id> beta = model.linear_coefficients(g, z);
        if (!graph::is_rational(g, beta)) refuse_start("rho(z) need not be rational; \"origin\" in the model, with a start at 0, states the start of x exactly");
        mirror.start = graph::evaluate<Rational>(g, beta, problem.initial);
    }
    std::vector<Rational> parameters;
    if (model.exponent) parameters.push_back(*model.exponent);
    const Potential term = model.rho == "square" ? Potential{"power", {2}} : Potential{model.rho, parameters};
    mirror.terms.assign(model.inputs, term);
    return mirror;
}

/// Whether the loss of each sample is smallest where the prediction is the label: known for the squared loss, and for others if the slope vanishes there.
bool interpolates(const flow::Problem& problem) {
    if (problem.loss.kind == model::loss_kind::squared) return true;
    if (problem.loss.is_classification()) return false;
    const number::precision_scope scope(256);
    for (const Rational& label : problem.data.y) {
        graph::Graph g;
        const node_id f = g.input("f"), loss = problem.loss.sample(g, f, label);
        const auto slope = graph::evaluate<number::Ball>(g, graph::gradient(g, loss, std::span(&f, 1)), std::vector<number::Ball>{number::Ball(label)});
        if (!slope[0].is_finite() || !slope[0].contains_zero()) return false;
    }
    return true;
}

/// |v_1^|^2 - |v_2^|^2 > 0 at every frequency, in balls.
bool first_filter_dominates(const flow::Problem& problem) {
    const number::precision_scope scope(256);
    const std::size_t d = problem.model.inputs;
    const number::Ball turn = number::Ball(8) * atan(number::Ball(1)) / number::Ball(static_cast<int>(d));
    for (std::size_t w = 0; 2 * w <= d; ++w) {
        number::Ball sum;
        for (std::size_t i = 0; i < d; ++i)
            for (std::size_t j = 0; j < d; ++j) {
                const Rational gap = problem.initial[i] * problem.initial[j] - problem.initial[d + i] * problem.initial[d + j];
                sum += number::Ball(gap) * cos(turn * number::Ball(static_cast<int>((w * (i + d - j)) % d)));
            }
        if (!sum.is_positive()) return false;
    }
    return true;
}

std::optional<Prediction> regression(const flow::Problem& problem, std::int64_t digits) {
    const model::Model& model = problem.model;
    if (model.family == "linear" || (model.family == "diagonal" && model.layers.size() == 1)) {
        convex::Program program = convex::least_norm(problem.data.X, problem.data.y, {}, problem.initial);
        return Prediction{"l2_interpolation", "predictor", "closed form: the flow stays in w(0) + row space, so it ends at the interpolator nearest to w(0)", convex::solve(std::move(program), digits)};
    }
    Mirror mirror;
    if (model.family == "diagonal") mirror = diagonal_mirror(problem);
    if (model.depth >= 2) mirror = difference_mirror(problem);
    if (model.family == "reparametrized") mirror = reparametrized_mirror(problem);
    if (mirror.terms.empty()) return std::nullopt;
    return Prediction{"potential", "predictor", mirror.theorem, convex::solve(convex::bregman(problem.data.X, problem.data.y, mirror.terms, mirror.start), digits)};
}

std::optional<Prediction> classification(const flow::Problem& problem, std::int64_t digits) {
    const model::Model& model = problem.model;
    const std::size_t depth = model.layers.size();
    if (model.matrix_chain || (model.family == "diagonal" && depth == 1))
        return Prediction{"l2_margin", "predictor",
                          depth == 1 ? "soudry_2018: the direction of w is the hard-margin direction, for separable data"
                                     : "ji_telgarsky_2019: the direction of W_L...W_1 is the hard-margin direction, for separable data and a start with loss at most that of 0 and a nonzero gradient",
                          convex::solve(convex::l2_margin(problem.data.signed_rows()), digits)};
    if (depth != 2) return std::nullopt;  // from three layers on the theorem names stationary points only
    if (model.layers_couple == coupling::entrywise) {
        const std::size_t d = model.inputs;
        for (std::size_t j = 0; j < d; ++j)
            if (abs(problem.initial[j]) <= abs(problem.initial[d + j])) refuse_start("v_1 is not larger than v_2 in " + coordinate(j));
        return Prediction{"l1_margin", "predictor", "yun_2021 (Y2): the direction of v_1 v_2 is the l1 margin direction, for separable data",
                          convex::solve(convex::l1_margin(problem.data.signed_rows()), digits)};
    }
    if (model.layers_couple == coupling::circular) {
        if (!first_filter_dominates(problem)) refuse_start("the transform of v_1 is not larger than that of v_2 at every frequency");
        return Prediction{"fourier_margin", "predictor", "yun_2021 (Y2): the direction of v_1 * v_2 is the margin direction of the l1 norm of the Fourier transform, for separable data",
                          convex::solve(convex::fourier_margin(problem.data.signed_rows()), digits)};
    }
    return std::nullopt;
}

}  // namespace

Prediction predict(const flow::Problem& problem, std::int64_t digits) {
    std::optional<Prediction> prediction;
    if (problem.loss.is_classification()) prediction = classification(problem, digits);
    if (interpolates(problem)) prediction = regression(problem, digits);
    if (prediction) return *std::move(prediction);
    throw invalid_input("no theorem known here names the limit of " + problem.model.description + " with the " + std::string(model::name_of(problem.loss.kind)) +
                            " loss; an \"objective\" in the problem file states a convex program directly",
                        "/model");
}

}  // namespace eonflow::limit
