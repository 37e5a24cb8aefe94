#include <eonflow/model/model.hpp>

#include <eonflow/graph/formula.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>
#include <set>

namespace eonflow::model {

namespace {

std::vector<node_id> matrix_row_product(Graph& graph, std::span<const node_id> row, std::span<const node_id> theta, const layer& w) {
    std::vector<node_id> result;
    std::vector<node_id> column(w.rows);
    for (std::size_t j = 0; j < w.columns; ++j) {
        for (std::size_t i = 0; i < w.rows; ++i) column[i] = theta[w.offset + i * w.columns + j];
        result.push_back(graph.dot(row, column));
    }
    return result;
}

}  // namespace

void Model::append_layer(const std::string& name, std::size_t rows, std::size_t columns) {
    layers.push_back({name, rows, columns, parameters()});
    for (std::size_t i = 0; i < rows; ++i)
        for (std::size_t j = 0; j < columns; ++j)
            parameter_names.push_back(name + "[" + (rows > 1 ? std::to_string(i + 1) + "," : "") + std::to_string(j + 1) + "]");
}

std::vector<node_id> Model::predictions(Graph& graph, std::span<const node_id> theta, const number::Matrix<Rational>& X,
                                        std::vector<kink>& kinks) const {
    std::vector<node_id> nodes;
    const std::vector<node_id> beta = is_linear_in_x() ? linear_coefficients(graph, theta) : std::vector<node_id>{};
    for (std::size_t i = 0; i < X.rows(); ++i) {
        if (is_piecewise()) {
            nodes.push_back(piecewise_prediction(graph, theta, X.row(i), i, kinks));
            continue;
        }
        if (!is_linear_in_x()) {
            nodes.push_back(nonlinear_prediction(graph, theta, X.row(i)));
            continue;
        }
        std::vector<graph::term> terms;
        for (std::size_t j = 0; j < inputs; ++j) terms.push_back({X(i, j), beta[j]});
        nodes.push_back(graph.sum(std::move(terms)));
    }
    return nodes;
}

Model linear(std::size_t inputs) {
    Model model;
    model.family = "linear";
    model.description = "linear predictor, " + number::counted(inputs, "feature");
    model.inputs = inputs;
    model.append_layer("w", 1, inputs);
    model.matrix_chain = true;
    model.linear_coefficients = [](Graph&, std::span<const node_id> theta) { return std::vector<node_id>(theta.begin(), theta.end()); };
    return model;
}

Model diagonal(std::size_t inputs, std::size_t depth) {
    if (depth < 1) throw invalid_input("the depth is 0, accepted is a depth of at least 1", "/model/depth");
    Model model;
    model.family = "diagonal";
    model.description = "diagonal linear network of depth " + std::to_string(depth) + ", " + number::counted(inputs, "feature");
    model.inputs = inputs;
    for (std::size_t l = 1; l <= depth; ++l) model.append_layer("v" + std::to_string(l), 1, inputs);
    model.layers_couple = coupling::entrywise;
    model.linear_coefficients = [inputs, depth](Graph& graph, std::span<const node_id> theta) {
        std::vector<node_id> beta;
        for (std::size_t j = 0; j < inputs; ++j) {
            std::vector<node_id> factors;
            for (std::size_t l = 0; l < depth; ++l) factors.push_back(theta[l * inputs + j]);
            beta.push_back(graph.product(factors));
        }
        return beta;
    };
    return model;
}

Model dense(std::span<const std::size_t> widths) {
    if (widths.size() < 2) throw invalid_input("a dense network needs at least the widths of its input and its output", "/model/widths");
    if (widths.back() != 1) throw invalid_input("the last width is " + std::to_string(widths.back()) + ", accepted is 1 (one output)", "/model/widths");
    if (std::find(widths.begin(), widths.end(), std::size_t{0}) != widths.end())
        throw invalid_input("a width is 0, accepted are positive widths", "/model/widths");
    Model model;
    model.family = "dense";
    model.description = "deep linear network of depth " + std::to_string(widths.size() - 1);
    model.inputs = widths.front();
    for (std::size_t l = 1; l < widths.size(); ++l) model.append_layer("W" + std::to_string(l), widths[l], widths[l - 1]);
    model.matrix_chain = true;
    model.linear_coefficients = [layers = model.layers](Graph& graph, std::span<const node_id> theta) {
        const layer& last = layers.back();
        std::vector<node_id> row(theta.begin() + static_cast<std::ptrdiff_t>(last.offset),
                                 theta.begin() + static_cast<std::ptrdiff_t>(last.offset + last.columns));
        for (std::size_t l = layers.size() - 1; l-- > 0;) row = matrix_row_product(graph, row, theta, layers[l]);
        return row;
    };
    return model;
}

Model expression(std::size_t inputs, std::vector<std::string> parameters, const std::string& prediction) {
    std::vector<std::string> names = parameters;
    for (std::size_t j = 1; j <= inputs; ++j) names.push_back("x" + std::to_string(j));
    std::set<std::string> seen;
    for (const std::string& name : names) {
        const bool is_word = !name.empty() && std::isdigit(static_cast<unsigned char>(name[0])) == 0 &&
                             std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
        if (!is_word) throw invalid_input("\"" + name + "\" is no name, accepted are letters, digits and _ not starting with a digit", "/model/parameters");
        if (!seen.insert(name).second) throw invalid_input("the name \"" + name + "\" is used twice (x1 to x" + std::to_string(inputs) + " name the features)", "/model/parameters");
    }

    // The formula is read once, over inputs (theta, x); each prediction is a copy with its nodes put in.
    auto formula = std::make_shared<Graph>();
    std::map<std::string, node_id, std::less<>> symbols;
    for (const std::string& name : names) symbols[name] = formula->input(name);
    node_id output = graph::none;
    try {
        output = graph::parse_formula(*formula, prediction, symbols);
    } catch (const invalid_input& problem) {
        throw problem.within("/model/prediction: ");
    }

    Model model;
    model.family = "expression";
    model.description = "f = " + prediction;
    model.formula = prediction;
    model.inputs = inputs;
    model.parameter_names = std::move(parameters);
    const auto copy_with = [formula, output](Graph& graph, std::span<const node_id> theta, std::span<const node_id> x) {
        std::vector<node_id> values(theta.begin(), theta.end());
        values.insert(values.end(), x.begin(), x.end());
        return graph::transplant(*formula, std::span(&output, 1), graph, values)[0];
    };
    // Linear in x exactly when f is homogeneous of degree 1 and built from x by sums alone: f(x) - sum_j x_j f(e_j) is then the zero node.
    const auto coefficients = [copy_with, inputs](Graph& graph, std::span<const node_id> theta) {
        std::vector<node_id> beta;
        for (std::size_t j = 0; j < inputs; ++j) {
            std::vector<node_id> unit(inputs, graph.constant(0));
            unit[j] = graph.constant(1);
            beta.push_back(copy_with(graph, theta, unit));
        }
        return beta;
    };
    model.nonlinear_prediction = [copy_with](Graph& graph, std::span<const node_id> theta, std::span<const Rational> x) {
        std::vector<node_id> constants;
        for (const Rational& entry : x) constants.push_back(graph.constant(entry));
        return copy_with(graph, theta, constants);
    };
    if (graph::is_linear(*formula, output, [&] {
            std::vector<std::size_t> features;
            for (std::size_t j = 0; j < inputs; ++j) features.push_back(model.parameters() + j);
            return features;
        }())) {
        model.linear_coefficients = coefficients;
        model.nonlinear_prediction = nullptr;
    }
    return model;
}

const std::vector<family_entry>& families() {
    static const std::vector<family_entry> entries = {
        {"linear", "", "f = <w, x>"},
        {"diagonal", "depth", "f = <v_1 * ... * v_L, x>, entrywise products"},
        {"difference", "depth", "f = <u^L - v^L, x>, entrywise powers"},
        {"convolution", "filters", "f = <v_1 * ... * v_L, x>, circular convolution of filters of the given lengths"},
        {"tensor", "shape, entries", "f = M(x) applied to v_1, ..., v_L, for a data tensor M linear in x, given by its nonzero entries"},
        {"reparametrized", "rho, exponent, formula, origin", "f = <rho(z), x>, entrywise, for a rho of the table or the user's own formula in z"},
        {"dense", "widths", "f = W_L ... W_1 x, a deep linear network; widths from the input to 1"},
        {"leaky_relu", "output, slope, normalised", "f = sum_j a_j phi(<w_j, x>), phi(u) = max(slope u, u), with fixed output weights a_j"},
        {"smooth_leaky_relu", "output, slope, normalised", "the same with phi(u) = slope u + (1 - slope) log((1 + e^u)/2)"},
        {"relu_network", "widths, linear_layers, slope, skips", "fully connected (leaky) ReLU layers, then linear ones; skips: none, identity, diagonal, free"},
        {"expression", "parameters, prediction", "the user's own formula in the parameters and x1..xd"},
    };
    return entries;
}

}  // namespace eonflow::model
