#include <eonflow/flow/sliding.hpp>

#include <eonflow/graph/derivative.hpp>
#include <eonflow/number/error.hpp>

#include <algorithm>

namespace eonflow::flow {

using graph::Graph;
using graph::node_id;

namespace {

/// `from` with the arguments of the sliding kinks put to 0, and everything that is asked for moved to another graph.
class substitution {
public:
    substitution(const PiecewiseField& piecewise, Graph& to, std::vector<node_id> inputs) : to_(to), inputs_(std::move(inputs)), from_(piecewise.field.graph) {}
    void vanish(node_id argument) {
        // A scaled node is merged into the products it takes part in: then that node is 0 as well.
        const graph::node& n = from_[argument];
        if (n.what == graph::kind::sum && n.value == 0 && n.terms.size() == 1 && n.terms[0].right == graph::none) zero_.push_back(n.terms[0].left);
        zero_.push_back(argument);
    }
    std::vector<node_id> operator()(const Graph& graph, std::span<const node_id> nodes) const {
        return graph::transplant(graph, nodes, to_, inputs_, zero_);
    }
    void set_input(std::size_t position, node_id value) { inputs_[position] = value; }

private:
    Graph& to_;
    std::vector<node_id> inputs_, zero_;
    const Graph& from_;
};

/// Solves a x = b by elimination without exchanges: a is a Gram matrix with scaled columns.
std::vector<node_id> solve(Graph& g, std::vector<std::vector<node_id>> a, std::vector<node_id> b) {
    const std::size_t n = b.size();
    for (std::size_t p = 0; p < n; ++p) {
        if (g.is_zero(a[p][p])) throw numerical_error("the slopes of the sliding kinks are not determined by their tangency");
        const node_id inverse = g.power(a[p][p], -1);
        for (std::size_t q = p + 1; q < n; ++q) {
            const node_id factor = g.multiply(a[q][p], inverse);
            for (std::size_t c = p + 1; c < n; ++c) a[q][c] = g.sum({{1, a[q][c]}, {-1, factor, a[p][c]}});
            b[q] = g.sum({{1, b[q]}, {-1, factor, b[p]}});
        }
    }
    std::vector<node_id> x(n);
    for (std::size_t p = n; p-- > 0;) {
        std::vector<graph::term> terms{{1, b[p]}};
        for (std::size_t c = p + 1; c < n; ++c) terms.push_back({-1, a[p][c], x[c]});
        x[p] = g.multiply(g.sum(std::move(terms)), g.power(a[p][p], -1));
    }
    return x;
}

}  // namespace

std::optional<std::size_t> single_input(const Graph& graph, node_id id) {
    const graph::node& n = graph[id];
    const node_id inner = n.what == graph::kind::sum && n.value == 0 && n.terms.size() == 1 && n.terms[0].right == graph::none ? n.terms[0].left : id;
    if (graph[inner].what != graph::kind::input) return std::nullopt;
    return graph[inner].argument;
}

SlidingField sliding_field(const PiecewiseField& piecewise, const std::vector<std::size_t>& sliding) {
    const graph::vector_field& base = piecewise.field;
    const std::size_t states = base.states(), kinks = piecewise.kinks.size();
    SlidingField result;
    Graph& g = result.field.graph;
    std::vector<node_id> inputs;
    for (std::size_t i = 0; i < states; ++i) inputs.push_back(g.input(base.graph.input_name(i)));
    for (std::size_t k = 0; k < kinks; ++k) (void)g.input("watch" + std::to_string(k));
    for (std::size_t k = 0; k < kinks; ++k) inputs.push_back(g.input(base.graph.input_name(states + k)));

    substitution move(piecewise, g, inputs);
    Graph h = base.graph;
    std::vector<node_id> theta(h.inputs().begin(), h.inputs().begin() + static_cast<std::ptrdiff_t>(piecewise.descent.size())), unknown;
    for (const std::size_t k : sliding) move.vanish(piecewise.kinks[k].argument), unknown.push_back(piecewise.kinks[k].slope);
    std::vector<std::vector<node_id>> matrix;
    std::vector<node_id> rates;
    for (const std::size_t k : sliding) {
        rates.push_back(h.dot(graph::gradient(h, piecewise.kinks[k].argument, theta), piecewise.descent));
        matrix.push_back(move(h, graph::gradient(h, rates.back(), unknown)));
    }
    for (const auto& row : matrix)
        for (const node_id id : graph::reachable(g, row))
            for (const std::size_t k : sliding)
                if (id == inputs[states + k]) throw numerical_error("kinks slide together of which one feeds the other; their slopes have no affine equations");
    for (const std::size_t k : sliding) move.set_input(states + k, g.constant(0));
    std::vector<node_id> right = move(h, rates);
    for (node_id& b : right) b = g.scale(-1, b);
    const std::vector<node_id> lambda = solve(g, std::move(matrix), std::move(right));

    for (std::size_t k = 0; k < sliding.size(); ++k) move.set_input(states + sliding[k], lambda[k]);
    result.field.derivative = move(base.graph, base.derivative);
    // Where the surface is {y_i = 0}, its y_i' = 0 needs no rounding.
    for (const std::size_t k : sliding)
        if (const auto position = single_input(base.graph, piecewise.kinks[k].argument); position && *position < states) result.field.derivative[*position] = g.constant(0);
    std::vector<node_id> arguments;
    for (const model::kink& k : piecewise.kinks) arguments.push_back(k.argument);
    result.watched = move(base.graph, arguments);
    for (std::size_t k = 0; k < sliding.size(); ++k) result.watched[sliding[k]] = lambda[k];
    result.field.derivative.insert(result.field.derivative.end(), result.watched.begin(), result.watched.end());
    return result;
}

}  // namespace eonflow::flow
