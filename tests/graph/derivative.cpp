#include <eonflow/graph/derivative.hpp>
#include <eonflow/graph/evaluate.hpp>
#include <eonflow/graph/formula.hpp>
#include <eonflow/graph/jacobian.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using namespace eonflow::graph;
using number::Ball;
using number::Rational;
using number::Real;

namespace {

struct fixture {
    Graph g;
    node_id x = g.input("x"), y = g.input("y");
    std::map<std::string, node_id, std::less<>> symbols{{"x", x}, {"y", y}};
    node_id parse(const char* text) { return parse_formula(g, text, symbols); }
};

// Formulas on a neighbourhood of (x, y) = (3/10, 7/5), one for every kind of node.
const char* const formulas[] = {"exp(x*y)",        "log(x + y^2)",   "sin(x)*cos(y)",  "tan(x/y)",     "sinh(x - y)*cosh(x)", "tanh(3*x)",
                                "asin(x/2)",       "acos(x*y/3)",    "atan(x^3)",      "asinh(y)",     "acosh(1 + y)",        "atanh(x)",
                                "log1p(x^2)",      "expm1(-x*y)",    "sqrt(x)*y^-3",   "y^(5/7)",      "1/(x*y - 2)",         "x^y",
                                "(x + y)^5*(x-y)", "2*x^3 - 7*x*y^2"};

// Independent of the derivative rules: Richardson-extrapolated central differences of the values in 1000-bit arithmetic.
void check_gradient(const char* text) {
    fixture f;
    const node_id value = f.parse(text);
    const node_id variables[] = {f.x, f.y};
    const auto slopes = gradient(f.g, value, variables);
    const number::precision_scope scope(1000);
    const std::vector<Real> at{number::to_real(Rational(3, 10)), number::to_real(Rational(7, 5))};
    const auto derivatives = evaluate<Real>(f.g, slopes, at);
    for (std::size_t k = 0; k < 2; ++k) {
        const auto central = [&](const Real& h) {
            auto up = at, down = at;
            up[k] += h;
            down[k] -= h;
            return Real((evaluate<Real>(f.g, {&value, 1}, up)[0] - evaluate<Real>(f.g, {&value, 1}, down)[0]) / (2 * h));
        };
        const Real h = number::power_of_two(-100);
        const Real difference = (4 * central(h / 2) - central(h)) / 3;  // error h^4 f^(5)/..., near 2^-400
        BOOST_TEST(abs(difference - derivatives[k]) < number::power_of_two(-380));
    }
}

void check_enclosure(const char* text) {
    fixture f;
    const node_id value = f.parse(text);
    const auto ball_at = [&](std::int64_t bits) {
        const number::precision_scope scope(bits);
        const std::vector<Ball> at{Ball(Rational(3, 10)), Ball(Rational(7, 5))};
        return evaluate<Ball>(f.g, {&value, 1}, at)[0];
    };
    const Ball coarse = ball_at(64), fine = ball_at(300);
    BOOST_TEST(coarse.overlaps(fine));
    BOOST_TEST(fine.accurate_digits() > 80);
    const double rough = evaluate<double>(f.g, {&value, 1}, std::vector<double>{0.3, 1.4})[0];
    BOOST_TEST(rough == fine.midpoint().convert_to<double>(), boost::test_tools::tolerance(1e-14));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(graph_derivative)

BOOST_AUTO_TEST_CASE(gradient_agrees_with_differences) {
    for (const char* text : formulas) BOOST_TEST_CONTEXT(text) check_gradient(text);
}

BOOST_AUTO_TEST_CASE(balls_contain_finer_values) {
    for (const char* text : formulas) BOOST_TEST_CONTEXT(text) check_enclosure(text);
}

BOOST_AUTO_TEST_CASE(rational_graphs_are_evaluated_exactly) {
    fixture f;
    const node_id value = f.parse("(x + y)^3/(x - 0.1) - 2*y^-2");
    const std::vector<Rational> at{Rational(1, 2), Rational(2, 3)};
    BOOST_TEST(evaluate<Rational>(f.g, {&value, 1}, at)[0] == Rational(343, 216) / Rational(2, 5) - Rational(9, 2));
    BOOST_TEST(is_rational(f.g, {&value, 1}));
    const node_id other = f.parse("exp(x)");
    BOOST_TEST(!is_rational(f.g, {&other, 1}));
    BOOST_CHECK_THROW((void)evaluate<Rational>(f.g, {&other, 1}, at), invalid_input);
    const node_id pole = f.parse("1/(x - 1/2)");
    BOOST_CHECK_THROW((void)evaluate<Rational>(f.g, {&pole, 1}, at), numerical_error);
}

BOOST_AUTO_TEST_CASE(equal_expressions_are_one_node) {
    fixture f;
    BOOST_TEST(f.parse("x*y + 2*x") == f.parse("2*x + y*x"));
    BOOST_TEST(f.parse("x - x + 3") == f.g.constant(3));
    BOOST_TEST(f.parse("-x^2") == f.parse("0 - x*x"));
    BOOST_TEST(f.parse("2^3^2") == f.g.constant(512));
    BOOST_TEST(f.parse("0.1*x") == f.parse("x/10"));
}

BOOST_AUTO_TEST_CASE(homogeneity_is_read_off) {
    fixture f;
    const std::size_t both[] = {0, 1};
    Rational degree;
    BOOST_TEST(homogeneous_degree(f.g, f.parse("x^2*y + y^4/x"), both, degree));
    BOOST_TEST(degree == 3);
    BOOST_TEST(homogeneous_degree(f.g, f.parse("sqrt(x*y)*exp(x/y)"), both, degree));
    BOOST_TEST(degree == 1);
    BOOST_TEST(!homogeneous_degree(f.g, f.parse("x^2 + y"), both, degree));
    BOOST_TEST(!homogeneous_degree(f.g, f.parse("tanh(x)"), both, degree));
}

BOOST_AUTO_TEST_CASE(wrong_formulas_name_the_column) {
    for (const auto& [text, column] : std::vector<std::pair<std::string, std::string>>{
             {"x + ", "column 5"}, {"x + z", "column 5"}, {"foo(x)", "column 1"}, {"(x", "column 3"}, {"x)", "column 2"}, {"x/0", "column 2"}, {"x^(1e9)", "column 3"}, {"1e99999999*x", "column 1"}, {"", "column 1"}}) {
        fixture f;
        BOOST_CHECK_EXCEPTION((void)f.parse(text.c_str()), invalid_input, [&column = column](const invalid_input& e) { return e.place() == column; });
    }
    fixture f;
    BOOST_CHECK_THROW((void)f.parse((std::string(100000, '(') + "x" + std::string(100000, ')')).c_str()), invalid_input);
}

BOOST_AUTO_TEST_CASE(lie_derivative_of_a_conserved_quantity_vanishes) {
    vector_field field;
    const node_id a = field.graph.input("a"), b = field.graph.input("b");
    const std::map<std::string, node_id, std::less<>> symbols{{"a", a}, {"b", b}};
    field.derivative = {parse_formula(field.graph, "b*(3 - a*b)", symbols), parse_formula(field.graph, "a*(3 - a*b)", symbols)};
    const node_id conserved = lie_derivative(field, parse_formula(field.graph, "a^2 - b^2", symbols));
    const node_id other = lie_derivative(field, parse_formula(field.graph, "a^2 + b^2", symbols));
    const std::vector<Rational> at{Rational(2, 7), Rational(-5, 3)};
    BOOST_TEST(evaluate<Rational>(field.graph, {&conserved, 1}, at)[0] == 0);
    BOOST_TEST(evaluate<Rational>(field.graph, {&other, 1}, at)[0] != 0);
}

// Forward accumulation against gradients built as graphs: all formulas as outputs of one graph, beside outputs without some unknown or any.
BOOST_AUTO_TEST_CASE(forward_jacobian_is_the_gradients) {
    fixture f;
    const node_id p = f.g.input("p");
    f.symbols.emplace("p", p);
    std::vector<node_id> outputs;
    for (const char* text : formulas) outputs.push_back(f.parse(text));
    for (const char* text : {"p^2", "3", "x", "p*y + 1/(x - y)", "x*p*exp(p*y) - x"}) outputs.push_back(f.parse(text));
    jacobian_evaluator<Real> wide(f.g, outputs, 2);
    jacobian_evaluator<double> narrow(f.g, outputs, 2);
    const node_id unknowns[] = {f.x, f.y};
    for (const std::int64_t bits : {64, 300, 64}) {
        const number::precision_scope scope(bits);
        const std::vector<Real> at{number::to_real(Rational(3, 10)), number::to_real(Rational(7, 5)), number::to_real(Rational(-2, 3))};
        const std::vector<double> at_double{0.3, 1.4, -2.0 / 3};
        const auto found = wide(at);
        const auto found_double = narrow(at_double);
        std::size_t next = 0;
        for (std::size_t k = 0; k < outputs.size(); ++k) {
            const auto expected = evaluate<Real>(f.g, gradient(f.g, outputs[k], unknowns), at);
            for (std::size_t u = 0; u < 2; ++u) {
                const bool there = next < found.size() && wide.pattern()[next].row == k && wide.pattern()[next].column == u;
                if (there) {
                    BOOST_TEST(abs(found[next] - expected[u]) < (1 + abs(expected[u])) * number::power_of_two(12 - bits));
                    BOOST_TEST(std::abs(found_double[next] - expected[u].convert_to<double>()) < 1e-13 * (1 + std::abs(found_double[next])));
                    ++next;
                } else {
                    BOOST_TEST(expected[u] == 0);
                }
            }
        }
        BOOST_TEST(next == found.size());
    }
}

BOOST_AUTO_TEST_SUITE_END()
