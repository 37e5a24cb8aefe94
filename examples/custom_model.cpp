// A model that no problem file has: a vector field put together node by node, integrated to 60 digits by the Taylor integrator.
// The field is the gradient flow of a two-layer scalar network f = c tanh(w) on the single sample (1, 1/2) with squared loss.

#include <eonflow/graph/derivative.hpp>
#include <eonflow/number/text.hpp>
#include <eonflow/ode/taylor.hpp>

#include <array>
#include <iostream>

using namespace eonflow;

int main() {
    graph::vector_field field;
    graph::Graph& g = field.graph;
    const graph::node_id c = g.input("c"), w = g.input("w");
    const graph::node_id prediction = g.multiply(c, g.apply(graph::function::tanh, w));
    const graph::node_id residual = g.sum({{1, prediction}}, number::Rational(-1, 2));
    const graph::node_id loss = g.scale(number::Rational(1, 2), g.power(residual, 2));
    const std::array parameters = {c, w};
    for (const graph::node_id slope : graph::gradient(g, loss, parameters)) field.derivative.push_back(g.scale(-1, slope));

    ode::taylor integrator(std::move(field), {.bits = 256, .digits = 65});
    const number::precision_scope scope(256);
    integrator.start(0, {number::to_real(number::Rational(1, 4)), number::to_real(number::Rational(1, 3))});
    for (const int t : {1, 10, 100}) {
        integrator.advance(t);
        std::cout << "t = " << t << "  c = " << number::to_decimal(integrator.state()[0], 60) << "  w = " << number::to_decimal(integrator.state()[1], 60) << '\n';
    }
}
