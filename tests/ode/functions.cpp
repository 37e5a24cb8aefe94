// Every elementary function and power, as the solution of its own derivative along t' = 1.
#include <eonflow/graph/derivative.hpp>
#include <eonflow/graph/evaluate.hpp>
#include <eonflow/ode/taylor.hpp>

#include <support/oracles.hpp>

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace eonflow;
using namespace eonflow::number;

namespace {

const char* const formulas[] = {"exp(sin(t)/2)",
                                "tanh(t^2+1/3)",
                                "log(1+t^2)",
                                "(1+t)^(1/3)",
                                "(2+sin(t))^(-5/2)",
                                "sqrt(2+t)^3",
                                "1/(2+cos(t))",
                                "t/(1+t^2)",
                                "atan(t)*asinh(t)",
                                "acosh(2+t)",
                                "atanh(t/3)",
                                "asin(t/3)",
                                "acos(t/3)",
                                "tan(t/2)",
                                "sinh(t)*cosh(t)",
                                "exp(-exp(t))",
                                "log(log(3+t))",
                                "(3+t)^t",
                                "(t^2+1)^30/(1+t+t^3)^7",
                                "0.123456789012345678901234567890123456789*t^3 - 1e-30*exp(t)"};

}  // namespace

BOOST_AUTO_TEST_SUITE(functions)

BOOST_DATA_TEST_CASE(solve_their_own_derivative, boost::unit_test::data::make(formulas) * boost::unit_test::data::make({30, 120}), formula, digits) {
    const precision_scope scope(bits_for_digits(digits) + 96);
    graph::vector_field field = oracles::field({"t", "u"}, {"1", "0"});
    const graph::node_id t = field.graph.inputs()[0];
    const graph::node_id value = graph::parse_formula(field.graph, formula, {{"t", t}});
    field.derivative[1] = graph::lie_derivative(field, value);
    graph::evaluator<Ball> exact(field.graph, {value});
    const auto at = [&](const Rational& time) { return exact(std::vector<Ball>{Ball(time), Ball(0)})[0]; };

    ode::taylor solver(field, {.bits = bits_for_digits(digits) + 64, .digits = digits + 5});
    const Rational from(1, 8), to(13, 8);
    solver.start(to_real(from), {to_real(from), at(from).midpoint()});
    BOOST_TEST((solver.advance(to_real(to)) == ode::status::reached));
    BOOST_TEST(agreeing_digits(solver.state()[1], at(to).midpoint(), digits) >= digits, solver.state()[1].str(20) << " against " << at(to).text(20));
}

BOOST_AUTO_TEST_SUITE_END()
