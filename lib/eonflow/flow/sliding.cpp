#include <eonflow/flow/sliding.hpp>

#include <eonflow/graph/derivative.hpp>
#include <eonflow/number/error.hpp>

#include <algorithm>
#include <map>

namespace eonflow::flow {

using graph::Graph;
using graph::node_id;

namespace {

/// Solves a x = b by elimination without exchanges: a is a Gram matrix.
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

/// The field under construction.
class Builder {
public:
    Builder(const PiecewiseField& piecewise, const Planes& planes, const std::vector<std::size_t>& sliding, std::size_t capacity)
        : piecewise_(piecewise), planes_(planes), sliding_(sliding), g_(result_.field.graph) {
        result_.capacity = capacity;
        result_.groups = planes.groups().size();
        for (std::size_t k = 0; k < piecewise.kinks.size(); ++k) {
            if (planes.find(k) == nullptr) {
                result_.upper.push_back(k);
                result_.force_of.emplace_back();
                continue;
            }
            // One extension serves the forces that are multiples of each other.
            node_id id = piecewise.force[k];
            Rational factor = 1;
            const graph::node& n = piecewise.graph[id];
            if (n.what == graph::kind::sum && n.value == 0 && n.terms.size() == 1 && n.terms[0].right == graph::none) factor = n.terms[0].coefficient, id = n.terms[0].left;
            const auto [at, is_new] = distinct_.try_emplace(id, forces_.size());
            if (is_new) forces_.push_back(id);
            result_.force_of.emplace_back(at->second, factor);
        }
    }

    SlidingField build() {
        make_inputs();
        const std::vector<node_id> free = move(piecewise_.descent);  // D with the slopes of what slides put to 0
        std::vector<node_id> v = projected(free);
        if (!sliding_.empty()) {
            std::vector<std::vector<node_id>> normals;
            Graph h = piecewise_.graph;
            const std::vector<node_id> theta(h.inputs().begin(), h.inputs().begin() + static_cast<std::ptrdiff_t>(piecewise_.parameters()));
            for (const std::size_t k : sliding_) normals.push_back(projected(graph::transplant(h, graph::gradient(h, piecewise_.kinks[k].argument, theta), g_, inputs_, zero_)));
            std::vector<std::vector<node_id>> gram;
            std::vector<node_id> rates;
            for (const auto& n : normals) {
                auto& row = gram.emplace_back();
                for (const auto& other : normals) row.push_back(g_.dot(n, other));
                rates.push_back(g_.scale(-1, g_.dot(n, free)));
            }
            const std::vector<node_id> kappa = solve(g_, std::move(gram), std::move(rates));
            for (std::size_t i = 0; i < v.size(); ++i) {
                std::vector<graph::term> terms{{1, v[i]}};
                for (std::size_t l = 0; l < kappa.size(); ++l) terms.push_back({1, kappa[l], normals[l][i]});
                v[i] = g_.sum(std::move(terms));
            }
            put_slopes(kappa);
        }
        result_.direction = v;
        result_.descent = sliding_.empty() ? free : move(piecewise_.descent);
        result_.force = move(forces_);
        std::vector<node_id> arguments;
        for (const std::size_t k : result_.upper) arguments.push_back(piecewise_.kinks[k].argument);
        result_.watched = move(arguments);
        for (std::size_t u = 0; u < result_.upper.size(); ++u)
            if (const auto found = lambda_.find(result_.upper[u]); found != lambda_.end()) result_.watched[u] = found->second;
        finish(v);
        return std::move(result_);
    }

private:
    void make_inputs() {
        const std::size_t states = piecewise_.states(), kinks = piecewise_.kinks.size();
        for (std::size_t i = 0; i < states; ++i) inputs_.push_back(g_.input(piecewise_.graph.input_name(i)));
        const std::size_t extensions = result_.upper.size() + (result_.capacity > 0 ? forces_.size() + result_.groups * result_.capacity : 0);
        for (std::size_t e = 0; e < extensions; ++e) (void)g_.input("watch" + std::to_string(e));
        for (std::size_t k = 0; k < kinks; ++k) inputs_.push_back(g_.input(piecewise_.graph.input_name(states + k)));
        for (const Planes::group& members : planes_.groups()) {
            auto& of_group = slots_.emplace_back();
            for (std::size_t r = 0; r < result_.capacity; ++r) {
                auto& normal = of_group.emplace_back();
                for (std::size_t i = 0; i < members.parameters.size(); ++i) normal.push_back(g_.input("n" + std::to_string(i)));
            }
        }
        for (const std::size_t k : sliding_) {
            inputs_[states + k] = g_.constant(0);
            // A scaled node is merged into the products it takes part in: then that node is 0 as well.
            const node_id argument = piecewise_.kinks[k].argument;
            const graph::node& n = piecewise_.graph[argument];
            if (n.what == graph::kind::sum && n.value == 0 && n.terms.size() == 1 && n.terms[0].right == graph::none) zero_.push_back(n.terms[0].left);
            zero_.push_back(argument);
        }
        inputs_.resize(piecewise_.graph.inputs().size(), graph::none);
    }

    std::vector<node_id> move(const std::vector<node_id>& nodes) { return graph::transplant(piecewise_.graph, nodes, g_, inputs_, zero_); }

    [[nodiscard]] node_id tau(std::size_t group, std::size_t r, const std::vector<node_id>& x) {
        std::vector<graph::term> terms;
        const auto& parameters = planes_.groups()[group].parameters;
        for (std::size_t i = 0; i < parameters.size(); ++i) terms.push_back({1, slots_[group][r][i], x[parameters[i]]});
        return g_.sum(std::move(terms));
    }

    std::vector<node_id> projected(std::vector<node_id> x) {
        for (std::size_t group = 0; group < slots_.size() && result_.capacity > 0; ++group) {
            std::vector<node_id> along;
            for (std::size_t r = 0; r < result_.capacity; ++r) along.push_back(tau(group, r, x));
            const auto& parameters = planes_.groups()[group].parameters;
            for (std::size_t i = 0; i < parameters.size(); ++i) {
                std::vector<graph::term> terms{{1, x[parameters[i]]}};
                for (std::size_t r = 0; r < result_.capacity; ++r) terms.push_back({-1, along[r], slots_[group][r][i]});
                x[parameters[i]] = g_.sum(std::move(terms));
            }
        }
        return x;
    }

    /// lambda_l = kappa_l/force_l; the force of a kink depends on the slopes of the layers above it.
    void put_slopes(const std::vector<node_id>& kappa) {
        std::vector<std::size_t> order(sliding_.size());
        for (std::size_t l = 0; l < order.size(); ++l) order[l] = l;
        std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return piecewise_.kinks[sliding_[a]].layer > piecewise_.kinks[sliding_[b]].layer; });
        for (std::size_t first = 0; first < order.size();) {
            std::size_t last = first;
            std::vector<node_id> forces;
            for (; last < order.size() && piecewise_.kinks[sliding_[order[last]]].layer == piecewise_.kinks[sliding_[order[first]]].layer; ++last)
                forces.push_back(piecewise_.force[sliding_[order[last]]]);
            forces = move(forces);
            for (std::size_t l = first; l < last; ++l) lambda_[sliding_[order[l]]] = g_.divide(kappa[order[l]], forces[l - first]);
            for (std::size_t l = first; l < last; ++l) inputs_[piecewise_.states() + sliding_[order[l]]] = lambda_[sliding_[order[l]]];
            first = last;
        }
    }

    void finish(const std::vector<node_id>& v) {
        std::copy(v.begin(), v.end(), inputs_.end() - static_cast<std::ptrdiff_t>(v.size()));
        auto& derivative = result_.field.derivative;
        derivative = move(piecewise_.derivative);
        derivative.insert(derivative.end(), result_.watched.begin(), result_.watched.end());
        if (result_.capacity == 0) return;
        derivative.insert(derivative.end(), result_.force.begin(), result_.force.end());
        for (std::size_t group = 0; group < slots_.size(); ++group)
            for (std::size_t r = 0; r < result_.capacity; ++r) derivative.push_back(tau(group, r, result_.descent));
    }

    const PiecewiseField& piecewise_;
    const Planes& planes_;
    const std::vector<std::size_t>& sliding_;
    SlidingField result_;
    Graph& g_;
    std::map<node_id, std::size_t> distinct_;
    std::vector<node_id> forces_, inputs_, zero_;
    std::vector<std::vector<std::vector<node_id>>> slots_;
    std::map<std::size_t, node_id> lambda_;
};

}  // namespace

std::size_t SlidingField::extensions() const noexcept { return upper.size() + (capacity > 0 ? force.size() + groups * capacity : 0); }

SlidingField sliding_field(const PiecewiseField& piecewise, const Planes& planes, const std::vector<std::size_t>& sliding, std::size_t capacity) {
    return Builder(piecewise, planes, sliding, capacity).build();
}

}  // namespace eonflow::flow
