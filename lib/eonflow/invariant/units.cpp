#include <eonflow/invariant/units.hpp>

#include <eonflow/graph/derivative.hpp>

#include <algorithm>

namespace eonflow::invariant {

using graph::node_id;

namespace {

/// The trained edges of a hidden unit, in an order that is the same for all units of its layer.
struct Edges {
    std::vector<node_id> in, out;
    bool fixed = false;   ///< an edge that is not trained touches the unit
    bool own = false;     ///< a neighbour is its own and no other unit's: a diagonal skip
};

const model::layer* skip_into(const model::Model& model, std::size_t layer) {
    const auto found = std::find_if(model.layers.begin(), model.layers.end(), [&](const model::layer& l) { return l.name == "S" + std::to_string(layer + 1); });
    return found == model.layers.end() ? nullptr : &*found;
}

/// Whether a fixed identity leads from the units of `layer` - 2 (or the input) to those of `layer`.
bool identity_into(const model::Model& model, std::size_t layer) {
    return model.skips == "identity" && layer >= 1 && layer + model.linear_layers < depth_of(model) && model.layers[layer].rows == model.layers[layer - 1].columns;
}

void append_row(std::vector<node_id>& edges, const flow::System& system, const model::layer& w, std::size_t i) {
    for (std::size_t j = 0; j < w.columns; ++j) edges.push_back(system.theta[w.offset + i * w.columns + j]);
}

void append_column(std::vector<node_id>& edges, const flow::System& system, const model::layer& w, std::size_t j) {
    for (std::size_t i = 0; i < w.rows; ++i) edges.push_back(system.theta[w.offset + i * w.columns + j]);
}

Edges edges_of(const model::Model& model, const flow::System& system, std::size_t layer, std::size_t unit) {
    Edges edges;
    append_row(edges.in, system, model.layers[layer], unit);
    append_column(edges.out, system, model.layers[layer + 1], unit);
    const bool diagonal = model.skips == "diagonal";
    if (const model::layer* skip = layer >= 1 ? skip_into(model, layer) : nullptr) {
        if (diagonal)
            edges.in.push_back(system.theta[skip->offset + unit]);
        else
            append_row(edges.in, system, *skip, unit);
        edges.own = edges.own || diagonal;
    }
    if (const model::layer* skip = skip_into(model, layer + 2)) {
        if (diagonal)
            edges.out.push_back(system.theta[skip->offset + unit]);
        else
            append_column(edges.out, system, *skip, unit);
        edges.own = edges.own || diagonal;
    }
    edges.fixed = identity_into(model, layer) || identity_into(model, layer + 2);
    return edges;
}

node_id balance_of(flow::System& system, const Edges& a, const Edges& b) {
    std::vector<graph::term> terms;
    for (std::size_t k = 0; k < a.in.size(); ++k) terms.push_back({1, a.in[k], b.in[k]});
    for (std::size_t k = 0; k < a.out.size(); ++k) terms.push_back({-1, a.out[k], b.out[k]});
    return system.graph.sum(std::move(terms));
}

}  // namespace

std::size_t depth_of(const model::Model& model) {
    return static_cast<std::size_t>(std::count_if(model.layers.begin(), model.layers.end(), [](const model::layer& l) { return l.name.starts_with("W"); }));
}

std::vector<Invariant> unit_balances(const model::Model& model, flow::System& system) {
    std::vector<Invariant> result;
    if (model.family != "relu_network") return result;
    for (std::size_t layer = 0; layer + 1 < depth_of(model); ++layer) {
        Invariant invariant{"unit balance " + model.layers[layer].name, "|w_in|² − |w_out|², unit by unit", {}};
        for (std::size_t unit = 0; unit < model.layers[layer].rows; ++unit) {
            const Edges edges = edges_of(model, system, layer, unit);
            if (!edges.fixed) invariant.entries.push_back(balance_of(system, edges, edges));
        }
        if (!invariant.entries.empty()) result.push_back(std::move(invariant));
    }
    return result;
}

std::vector<Unit_pair> unit_pairs(const model::Model& model, flow::System& system) {
    std::vector<Unit_pair> pairs;
    if (model.family != "relu_network") return pairs;
    for (std::size_t layer = 0; layer + 1 < depth_of(model); ++layer)
        for (std::size_t v = 1; v < model.layers[layer].rows; ++v)
            for (std::size_t u = 0; u < v; ++u) {
                const Edges a = edges_of(model, system, layer, u), b = edges_of(model, system, layer, v);
                if (!a.fixed && !a.own) pairs.push_back({layer, u, v, balance_of(system, a, b)});
            }
    return pairs;
}

node_id pair_defect(flow::System& system, const Unit_pair& pair, std::span<const node_id> speeds) {
    graph::Graph& g = system.graph;
    // The kink of a unit on a sample, and the factor of its argument there; samples that are multiples of each other share one.
    const auto kink_of = [&](std::size_t unit, std::size_t sample) -> std::pair<const model::kink*, number::Rational> {
        for (const model::kink& k : system.kinks) {
            if (k.layer != pair.layer || k.unit != unit) continue;
            if (k.sample == sample) return {&k, 1};
            for (const auto& other : k.shared)
                if (other.sample == sample) return {&k, other.factor};
        }
        return {nullptr, 0};
    };
    std::vector<node_id> parts;
    for (std::size_t i = 0; i < speeds.size(); ++i) {
        const auto [u, of_u] = kink_of(pair.u, i);
        const auto [v, of_v] = kink_of(pair.v, i);
        if (u == nullptr || v == nullptr) continue;
        const std::vector<node_id> outputs{model::value_at(g, *u, of_u), model::value_at(g, *v, of_v)};
        const std::vector<node_id> signal = graph::gradient(g, system.predictions[i], outputs);
        const node_id turned = g.sum({{of_v, signal[0], v->argument}, {-of_u, signal[1], u->argument}});
        parts.push_back(g.product(std::vector<node_id>{speeds[i], g.subtract(model::slope_at(g, *u, of_u), model::slope_at(g, *v, of_v)), turned}));
    }
    std::vector<graph::term> terms;
    for (const node_id part : parts) terms.push_back({1, part});
    return g.sum(std::move(terms));
}

}  // namespace eonflow::invariant
