#include <eonflow/model/model.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>
#include <optional>
#include <span>

namespace eonflow::model {

namespace {

void check_slope(const Rational& slope) {
    if (slope < 0 || slope >= 1) throw invalid_input("the slope " + number::to_text(slope) + " was found, accepted is 0 <= slope < 1", "/model/slope");
}

/// The factor c of b = c a, for sums without constant part, where the graph shows one.
std::optional<Rational> ratio(const Graph& graph, node_id a, node_id b) {
    if (a == b) return Rational(1);
    const auto terms_of = [&](node_id id) {
        const graph::node& n = graph[id];
        return n.what == graph::kind::sum && n.value == 0 ? std::span<const graph::term>(n.terms) : std::span<const graph::term>();
    };
    const std::span<const graph::term> p = terms_of(a), q = terms_of(b);
    const auto multiple_of = [](std::span<const graph::term> t, node_id id) { return t.size() == 1 && t[0].left == id && t[0].right == graph::none; };
    if (multiple_of(q, a)) return q[0].coefficient;
    if (multiple_of(p, b)) return Rational(1 / p[0].coefficient);
    if (p.empty() || p.size() != q.size()) return std::nullopt;
    for (std::size_t k = 0; k < p.size(); ++k)
        if (p[k].left != q[k].left || p[k].right != q[k].right) return std::nullopt;
    const Rational factor = q[0].coefficient / p[0].coefficient;
    for (std::size_t k = 1; k < p.size(); ++k)
        if (q[k].coefficient != factor * p[k].coefficient) return std::nullopt;
    return factor;
}

/// phi(argument). Arguments of a unit that are multiples of each other have one kink; an argument that is always 0 has none.
node_id activation(Graph& graph, node_id argument, kink place, std::vector<kink>& kinks) {
    if (graph.is_zero(argument)) return argument;
    for (kink& known : kinks) {
        if (known.layer != place.layer || known.unit != place.unit) continue;
        if (const auto factor = ratio(graph, known.argument, argument)) {
            known.shared.push_back({place.sample, *factor});
            return value_at(graph, known, *factor);
        }
    }
    place.argument = argument;
    place.slope = graph.input("slope[" + std::to_string(place.layer) + "," + std::to_string(place.unit) + "," + std::to_string(place.sample) + "]");
    kinks.push_back(place);
    return value_at(graph, place, 1);
}

/// <row `unit` of w, x> for nodes x.
node_id row_times(Graph& graph, std::span<const node_id> theta, const layer& w, std::size_t unit, std::span<const node_id> x) {
    return graph.dot(theta.subspan(w.offset + unit * w.columns, w.columns), x);
}

std::vector<node_id> constants(Graph& graph, std::span<const Rational> x) {
    std::vector<node_id> nodes;
    for (const Rational& entry : x) nodes.push_back(graph.constant(entry));
    return nodes;
}

/// 1/sqrt(n), rational where it is.
node_id one_over_root(Graph& graph, std::size_t n) {
    for (std::size_t root = 1; root * root <= n; ++root)
        if (root * root == n) return graph.constant(Rational(1) / static_cast<unsigned>(root));
    return graph.power(graph.constant(static_cast<unsigned>(n)), Rational(-1, 2));
}

Model one_hidden_layer(std::string family, std::size_t inputs, std::vector<Rational> output, const Rational& slope, bool normalised) {
    check_slope(slope);
    if (output.empty()) throw invalid_input("there are no output weights, accepted is one a unit", "/model/output");
    Model model;
    model.family = std::move(family);
    model.inputs = inputs;
    model.description = number::counted(output.size(), "hidden unit") + " of slopes " + number::to_text(slope) + " and 1, fixed output weights";
    model.output = std::move(output);
    model.normalised = normalised;
    model.slope = slope;
    model.append_layer("W", model.output.size(), inputs);
    return model;
}

/// scale * sum_j output[j] * hidden[j]
node_id weighted(Graph& graph, const std::vector<Rational>& output, bool normalised, std::span<const node_id> hidden) {
    std::vector<graph::term> terms;
    for (std::size_t j = 0; j < output.size(); ++j) terms.push_back({output[j], hidden[j]});
    const node_id sum = graph.sum(std::move(terms));
    return normalised ? graph.multiply(one_over_root(graph, output.size()), sum) : sum;
}

}  // namespace

node_id slope_at(Graph& graph, const kink& k, const Rational& factor) {
    return factor > 0 ? k.slope : graph.sum({{-1, k.slope}}, k.below + k.above);
}

node_id value_at(Graph& graph, const kink& k, const Rational& factor) {
    if (factor > 0) return graph.sum({{factor, k.slope, k.argument}});
    return graph.sum({{factor * (k.below + k.above), k.argument}, {-factor, k.slope, k.argument}});
}

Model leaky_relu(std::size_t inputs, std::vector<Rational> output, const Rational& slope, bool normalised) {
    Model model = one_hidden_layer("leaky_relu", inputs, std::move(output), slope, normalised);
    model.piecewise_prediction = [w = model.layers[0], output = model.output, normalised, slope](Graph& graph, std::span<const node_id> theta, std::span<const Rational> x,
                                                                                                std::size_t sample, std::vector<kink>& kinks) {
        const std::vector<node_id> features = constants(graph, x);
        std::vector<node_id> hidden;
        for (std::size_t j = 0; j < w.rows; ++j)
            hidden.push_back(activation(graph, row_times(graph, theta, w, j, features), {graph::none, graph::none, 0, j, sample, slope, 1}, kinks));
        return weighted(graph, output, normalised, hidden);
    };
    return model;
}

Model smooth_leaky_relu(std::size_t inputs, std::vector<Rational> output, const Rational& slope, bool normalised) {
    Model model = one_hidden_layer("smooth_leaky_relu", inputs, std::move(output), slope, normalised);
    model.description = number::counted(model.output.size(), "hidden unit") + " of slopes " + number::to_text(slope) + " to 1, smooth, fixed output weights";
    model.nonlinear_prediction = [w = model.layers[0], output = model.output, normalised, slope](Graph& graph, std::span<const node_id> theta, std::span<const Rational> x) {
        const std::vector<node_id> features = constants(graph, x);
        std::vector<node_id> hidden;
        for (std::size_t j = 0; j < w.rows; ++j) {
            const node_id u = row_times(graph, theta, w, j, features);
            const node_id mean = graph.sum({{Rational(1, 2), graph.apply(graph::function::exp, u)}}, Rational(1, 2));
            hidden.push_back(graph.sum({{slope, u}, {1 - slope, graph.apply(graph::function::log, mean)}}));
        }
        return weighted(graph, output, normalised, hidden);
    };
    return model;
}

Model relu_network(std::span<const std::size_t> widths, std::size_t linear_layers, const Rational& slope, const std::string& skips) {
    check_slope(slope);
    if (widths.size() < 3 || widths.back() != 1)
        throw invalid_input("a ReLU network needs the widths of its input, at least one hidden layer, and its output 1", "/model/widths");
    if (std::find(widths.begin(), widths.end(), std::size_t{0}) != widths.end())
        throw invalid_input("a width is 0, accepted are positive widths", "/model/widths");
    const std::size_t depth = widths.size() - 1;
    if (linear_layers < 1 || linear_layers >= depth)
        throw invalid_input(std::to_string(linear_layers) + " linear layers were found, accepted is 1 to " + std::to_string(depth - 1) + " behind the ReLU layers", "/model/linear_layers");
    if (skips != "none" && skips != "identity" && skips != "diagonal" && skips != "free")
        throw invalid_input("\"" + skips + "\" was found, accepted are \"none\", \"identity\", \"diagonal\" and \"free\"", "/model/skips");
    const std::size_t body = depth - linear_layers;
    Model model;
    model.family = "relu_network";
    model.inputs = widths.front();
    model.slope = slope;
    model.linear_layers = linear_layers;
    model.skips = skips;
    model.description = number::counted(body, "layer") + " of " + (slope == 0 ? "ReLU" : "leaky ReLU") + " units, then " + std::to_string(linear_layers) + " linear";
    for (std::size_t l = 1; l <= depth; ++l) model.append_layer("W" + std::to_string(l), widths[l], widths[l - 1]);
    std::vector<bool> has_skip(depth + 1, false);
    std::vector<std::size_t> skip(depth + 1, 0);  // where S_l is trained its position among the layers
    for (std::size_t l = 2; l <= body; ++l) {
        has_skip[l] = skips == "free" || (skips != "none" && widths[l] == widths[l - 2]);
        if (!has_skip[l] || skips == "identity") continue;
        skip[l] = model.layers.size();
        model.append_layer("S" + std::to_string(l), skips == "free" ? widths[l] : 1, widths[l - 2]);
    }
    model.piecewise_prediction = [depth, body, slope, skips, has_skip, skip, layers = model.layers](Graph& graph, std::span<const node_id> theta, std::span<const Rational> x,
                                                                                                  std::size_t sample, std::vector<kink>& kinks) {
        std::vector<node_id> before, here = constants(graph, x);
        for (std::size_t l = 1; l <= depth; ++l) {
            std::vector<node_id> next;
            for (std::size_t j = 0; j < layers[l - 1].rows; ++j) {
                node_id u = row_times(graph, theta, layers[l - 1], j, here);
                if (has_skip[l] && skips == "free") u = graph.add(u, row_times(graph, theta, layers[skip[l]], j, before));
                if (has_skip[l] && skips == "diagonal") u = graph.add(u, graph.multiply(theta[layers[skip[l]].offset + j], before[j]));
                if (has_skip[l] && skips == "identity") u = graph.add(u, before[j]);
                next.push_back(l <= body ? activation(graph, u, {graph::none, graph::none, l - 1, j, sample, slope, 1}, kinks) : u);
            }
            before = std::move(here);
            here = std::move(next);
        }
        return here[0];
    };
    return model;
}

}  // namespace eonflow::model
