// A two-layer network in the clock log(1/loss): every intermediate variable changes by many orders of magnitude along a step, and what they
// cancel to does not. Rounding inside the expansion is amplified; the fixed-point engine must notice.
#include <eonflow/graph/derivative.hpp>
#include <eonflow/ode/taylor.hpp>

#include <support/oracles.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using namespace eonflow::number;

namespace {

/// theta' = -L grad L/|grad L|^2, s' = L e^-s/|grad L|^2 (s = log time), L = (e^-z1 + e^-z2)/2.
graph::vector_field loss_clock() {
    graph::vector_field field;
    auto& g = field.graph;
    std::map<std::string, graph::node_id, std::less<>> symbols;
    std::vector<graph::node_id> weights;
    for (const char* name : {"a", "b", "c", "d", "u", "v"}) weights.push_back(symbols[name] = g.input(name));
    const auto s = g.input("s");
    const auto loss = graph::parse_formula(g, "(exp(-(a*u + c*v)) + exp(-(b*u + d*v)))/2", symbols);
    const auto slopes = graph::gradient(g, loss, weights);
    const auto pace = g.divide(loss, g.dot(slopes, slopes));
    for (const auto slope : slopes) field.derivative.push_back(g.scale(-1, g.multiply(pace, slope)));
    field.derivative.push_back(g.multiply(pace, g.apply(graph::function::exp, g.scale(-1, s))));
    return field;
}

Vector run(std::int64_t bits, std::int64_t digits, ode::taylor::arithmetic how, const Rational& end, std::int64_t& fallen_back) {
    const precision_scope scope(bits);
    ode::taylor t(loss_clock(), {.bits = bits, .digits = digits, .coefficients = how});
    Vector y;
    for (const Rational& x : {Rational(19, 40), Rational(20, 40), Rational(-1, 40), Rational(-3, 40), Rational(21, 40), Rational(-2, 40), Rational(0)})
        y.push_back(to_real(x));
    const Real loss = (exp(-(y[0] * y[4] + y[2] * y[5])) + exp(-(y[1] * y[4] + y[3] * y[5]))) / 2;
    t.start(-log(loss), y);
    BOOST_TEST((t.advance(to_real(end)) == ode::status::reached));
    fallen_back = t.counted().floating;
    return t.state();
}

}  // namespace

BOOST_AUTO_TEST_CASE(fixed_and_floating_agree_in_the_loss_clock) {
    for (const int end : {60, 230}) {
        std::int64_t fallen_back = 0;
        const Vector fixed = run(160, 30, ode::taylor::arithmetic::automatic, end, fallen_back);
        BOOST_TEST(fallen_back <= 5);
        const Vector exact = run(400, 50, ode::taylor::arithmetic::floating, end, fallen_back);
        const precision_scope scope(400);
        for (std::size_t i = 0; i < fixed.size(); ++i) BOOST_TEST(agreeing_digits(fixed[i], exact[i], 40) >= 26, "state " << i << " at " << end);
    }
}
