// Is a quantity conserved? Its Lie derivative along the flow, as a node of the same graph, evaluated in exact rational arithmetic at random points.
// The flow is that of f = a b: a^2 - b^2 is conserved, a^2 + b^2 is not.

#include <eonflow/graph/derivative.hpp>
#include <eonflow/graph/evaluate.hpp>
#include <eonflow/graph/formula.hpp>
#include <eonflow/number/text.hpp>

#include <array>
#include <iostream>
#include <random>

using namespace eonflow;
using number::Rational;

int main() {
    graph::Graph g;
    const graph::node_id a = g.input("a"), b = g.input("b");
    const std::array theta = {a, b};
    const graph::node_id loss = graph::parse_formula(g, "(a*b - 1)^2/2", {{"a", a}, {"b", b}});
    const auto gradient = graph::gradient(g, loss, theta);
    for (const char* formula : {"a^2 - b^2", "a^2 + b^2"}) {
        const graph::node_id quantity = graph::parse_formula(g, formula, {{"a", a}, {"b", b}});
        const auto slope = graph::gradient(g, quantity, theta);
        const std::array derivative = {g.scale(-1, g.dot(slope, gradient))};
        std::mt19937 random(1);
        bool conserved = true;
        for (int point = 0; point < 20; ++point) {
            const auto draw = [&random] { return Rational(static_cast<int>(random() % 201) - 100, static_cast<int>(random() % 50) + 1); };
            const std::array at = {draw(), draw()};
            conserved = conserved && graph::evaluate<Rational>(g, derivative, at)[0] == 0;
        }
        std::cout << formula << (conserved ? " is constant along the flow at 20 random rational points, exactly\n" : " changes along the flow\n");
    }
}
