#include "problems.hpp"

#include <eonflow/graph/derivative.hpp>

#include <cstdint>

namespace eonflow::benchmarks {

using graph::Graph;
using graph::node_id;
using number::Rational;

namespace {

graph::vector_field descent(Graph graph, node_id loss) {
    graph::vector_field field{std::move(graph), {}};
    const std::vector<node_id> inputs(field.graph.inputs().begin(), field.graph.inputs().end());
    for (const node_id g : graph::gradient(field.graph, loss, inputs)) field.derivative.push_back(field.graph.scale(-1, g));
    return field;
}

/// Gradient flow of the sum of exp(-<x_i, W3 W2 W1>) for square W1, W2 and a row W3.
graph::vector_field linear_network(const std::vector<std::vector<int>>& data) {
    Graph g;
    const std::size_t n = data[0].size();
    std::vector<node_id> first, second, third;
    for (std::size_t i = 0; i < n * n; ++i) first.push_back(g.input("a" + std::to_string(i)));
    for (std::size_t i = 0; i < n * n; ++i) second.push_back(g.input("b" + std::to_string(i)));
    for (std::size_t i = 0; i < n; ++i) third.push_back(g.input("c" + std::to_string(i)));
    const auto row_times = [&](const std::vector<node_id>& row, const std::vector<node_id>& matrix) {
        std::vector<node_id> result;
        for (std::size_t j = 0; j < n; ++j) {
            std::vector<node_id> column;
            for (std::size_t i = 0; i < n; ++i) column.push_back(matrix[i * n + j]);
            result.push_back(g.dot(row, column));
        }
        return result;
    };
    const auto beta = row_times(row_times(third, second), first);
    std::vector<graph::term> loss;
    for (const auto& x : data) {
        std::vector<graph::term> margin;
        for (std::size_t j = 0; j < n; ++j) margin.push_back({-x[j], beta[j]});
        loss.push_back({1, g.apply(graph::function::exp, g.sum(margin))});
    }
    const node_id total = g.sum(loss);
    return descent(std::move(g), total);
}

std::vector<Rational> network_start(int n) {
    std::vector<Rational> start;
    for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j) start.push_back(Rational((i == j ? 5 : 0) + (3 * i + 5 * j) % 7 - 3, 10));
    for (int i = 0; i < n; ++i)
        for (int j = 0; j < n; ++j) start.push_back(Rational((i == j ? 5 : 0) + (2 * i + 3 * j + 1) % 7 - 3, 10));
    constexpr int last[] = {3, -1, 2, 4};
    for (int i = 0; i < n; ++i) start.push_back(Rational(last[i % 4], 10));
    return start;
}

}  // namespace

problem diagonal_regression() {
    constexpr int x[3][8] = {{1, 2, -1, 0, 1, 1, -2, 1}, {0, 1, 1, 2, -1, 1, 0, 1}, {1, 0, 1, -1, 1, 0, 2, 1}};
    constexpr int y[3] = {1, 2, -1};
    Graph g;
    std::vector<node_id> u, v;
    for (int j = 0; j < 8; ++j) u.push_back(g.input("u" + std::to_string(j)));
    for (int j = 0; j < 8; ++j) v.push_back(g.input("v" + std::to_string(j)));
    std::vector<node_id> residuals;
    for (int i = 0; i < 3; ++i) {
        std::vector<graph::term> terms;
        for (std::size_t j = 0; j < 8; ++j) terms.push_back({x[i][j], g.multiply(u[j], v[j])});
        residuals.push_back(g.sum(terms, -y[i]));
    }
    const node_id loss = g.scale(Rational(1, 2), g.dot(residuals, residuals));
    std::vector<Rational> start(8, Rational(1, 10));
    start.resize(16, Rational(1, 20));
    return {"W1", descent(std::move(g), loss), start, 20};
}

problem deep_linear() {
    return {"W2",
            linear_network({{2, 1, 0, 1}, {1, 2, 1, 0}, {1, 0, 2, 1}, {0, 1, 1, 2}, {2, -1, 1, 1}, {1, 1, -1, 2}}),
            network_start(4),
            100};
}

problem deep_linear(int width, int samples) {
    std::vector<std::vector<int>> data;
    // Pseudorandom entries from -1 to 3: samples that repeated would be computed once.
    std::uint32_t random = 1;
    for (int i = 0; i < samples; ++i) {
        data.emplace_back();
        for (int j = 0; j < width; ++j) {
            random = random * 1664525U + 1013904223U;
            data.back().push_back(static_cast<int>((random >> 16) % 5) - 1);
        }
    }
    return {"W2 width " + std::to_string(width), linear_network(data), network_start(width), Rational(1, width)};
}

}  // namespace eonflow::benchmarks
