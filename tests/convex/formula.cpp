#include "instances.hpp"

#include <eonflow/convex/check.hpp>
#include <eonflow/convex/integral.hpp>
#include <eonflow/convex/potential.hpp>
#include <eonflow/convex/solve.hpp>
#include <eonflow/graph/evaluate.hpp>
#include <eonflow/graph/formula.hpp>
#include <eonflow/number/error.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using namespace eonflow::convex;
using namespace eonflow::convex::testing;
using number::Ball;
using number::Matrix;
using number::precision_scope;
using number::Rational;

namespace {

Potential by(const std::string& family, const std::string& formula, std::vector<Rational> parameters = {}, std::optional<Rational> low = {}, std::optional<Rational> high = {}) {
    return {family, std::move(parameters), formula, std::move(low), std::move(high)};
}

bool holds(const Interval& box, const Rational& x) { return abs(x - box.midpoint) <= box.radius; }

void must_be_accepted(const Solution& solution) {
    BOOST_REQUIRE_MESSAGE((solution.status == Status::optimal), solution.message);
    const Check result = check(solution.certificate);
    BOOST_TEST(result.accepted, result.statement);
}

/// The boxes of two solutions of one problem meet in every coordinate, and are narrow.
void must_agree(const Solution& a, const Solution& b, std::int64_t digits) {
    must_be_accepted(a);
    must_be_accepted(b);
    const auto x = a.point(digits), y = b.point(digits);
    for (std::size_t j = 0; j < x.size(); ++j) {
        BOOST_TEST(x[j].overlaps(y[j]), "coordinate " << j << ": " << x[j].text(digits) << " and " << y[j].text(digits));
        BOOST_TEST((x[j].accurate_digits() >= digits || x[j].contains_zero()));
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(formula_potentials)

BOOST_AUTO_TEST_CASE(integrals_contain_the_primitive) {
    graph::Graph g;
    const graph::node_id s = g.input("s");
    struct {
        const char *integrand, *primitive, *from, *to;
    } const cases[] = {{"1/(1 + s^2)", "atan(s)", "-1/3", "7"},        {"exp(s)*cos(s)", "exp(s)*(sin(s) + cos(s))/2", "-2", "3"}, {"1/s", "log(s)", "1e-30", "5"},
                       {"1/sqrt(1 - s^2)", "asin(s)", "-9/10", "999/1000"}, {"tanh(s)", "log(cosh(s))", "-3", "4"},                  {"s^(3/2)", "s^(5/2)*2/5", "1/100", "4"}};
    for (const auto& c : cases) {
        const Integral integral(g, graph::parse_formula(g, c.integrand, {{"s", s}}));
        for (const std::int64_t bits : {80, 700}) {
            const precision_scope scope(bits);
            const Ball from(parse(c.from)), to(parse(c.to)), ends[] = {from, to};
            Ball expected[2];
            for (int k = 0; k < 2; ++k) {
                const graph::node_id primitive = graph::parse_formula(g, c.primitive, {{"s", s}});
                expected[k] = graph::evaluate<Ball>(g, std::span(&primitive, 1), std::span(&ends[k], 1))[0];
            }
            const Ball result = integral(from, to, -bits);
            BOOST_TEST(result.overlaps(expected[1] - expected[0]), c.integrand << " at " << bits << " bits");
            BOOST_TEST(arb_rel_accuracy_bits(result.raw()) > bits - 30, c.integrand << " at " << bits << " bits");
        }
    }
    const precision_scope scope(100);
    for (const char* singular : {"1/s", "log(s)", "1/(s - 1/3)", "sqrt(s)"}) {
        const Integral integral(g, graph::parse_formula(g, singular, {{"s", s}}));
        const Ball result = integral(Ball(-1), Ball(1), -60);
        BOOST_TEST((!result.is_finite() || result.radius() > number::power_of_two(-40)), singular);
    }
}

BOOST_AUTO_TEST_CASE(formulas_agree_with_the_catalogue) {
    generator random(51);
    const Matrix<Rational> x = random.matrix(3, 5, 9);
    const std::vector<Rational> y = {1, Rational(-1, 2), 2};
    const auto all = [](const Potential& p) { return std::vector<Potential>(5, p); };
    const std::pair<Potential, Potential> same[] = {
        {{"hyperbolic", {1, 2}}, by("derivative", "asinh(w/2)")},
        {{"hyperbolic", {3, parse("1e-12")}}, by("second_derivative", "3/sqrt(w^2 + 1e-24)", {0})},
        {{"sinh", {}}, by("second_derivative", "1/(1 + w^2)", {0})},
        {{"sinh", {}}, by("rho", "sinh(z)", {0})},
        {{"tan", {}}, by("rho", "-tan(z)", {0}, parse("-3/2"), parse("3/2"))},
        {{"arsinh", {}}, by("rho", "asinh(z)", {0})},
        {{"yun", {4, parse("1/3")}}, {"layers", {0, parse("1/9"), parse("1/9"), parse("1/9")}}},
        {{"yun", {2, parse("1e-5")}}, {"layers", {0, parse("1e-10")}}},
    };
    for (const auto& [known, formula] : same) BOOST_TEST_CONTEXT(formula.family << " " << formula.formula) must_agree(solve(bregman(x, y, all(known)), 40), solve(bregman(x, y, all(formula)), 40), 40);
}

BOOST_AUTO_TEST_CASE(starts_and_intervals_count) {
    const Matrix<Rational> x = rational_matrix({{"1", "2", "-1/2"}});
    const std::vector<Rational> start = {Rational(1, 10), Rational(2, 5), Rational(1, 3)};
    // h' = log(w)/4 with a start; z^2 by its own formula from the roots of the start.
    const Solution known = solve(bregman(x, {1}, std::vector<Potential>(3, {"power", {2}}), start), 30);
    must_agree(known, solve(bregman(x, {1}, std::vector<Potential>(3, by("derivative", "log(w)/4", {}, Rational(0))), start), 30), 30);
    must_agree(known, solve(bregman(x, {1}, std::vector<Potential>(3, by("second_derivative", "1/(4*w)", {1}, Rational(0))), start), 30), 30);
    const std::vector<Rational> squares = {Rational(1, 16), Rational(4, 9), Rational(1, 25)};
    const std::vector<Potential> roots = {by("rho", "z^2", {Rational(1, 4)}, Rational(0)), by("rho", "z^2", {Rational(-2, 3)}, {}, Rational(0)), by("rho", "z^2", {Rational(1, 5)})};
    must_agree(solve(bregman(x, {1}, std::vector<Potential>(3, {"power", {2}}), squares), 30), solve(bregman(x, {1}, roots), 30), 30);
    // Inside (-1, 1).
    must_agree(solve(bregman(x, {parse("16/5")}, std::vector<Potential>(3, {"sin", {}})), 30),
               solve(bregman(x, {parse("16/5")}, std::vector<Potential>(3, by("second_derivative", "1/(1 - w^2)", {0}, Rational(-1), Rational(1)))), 30), 30);
}

// rho = z^3 + 3z: h' = atan(z)/3, and tan 2t from tan t.
BOOST_AUTO_TEST_CASE(a_cubic_reparametrization_has_a_rational_limit) {
    for (const std::int64_t digits : {20, 300}) {
        const Solution s = solve(bregman(rational_matrix({{"1", "2"}}), {parse("3103/216")}, std::vector<Potential>(2, by("rho", "z^3 + 3*z", {0}))), digits);
        must_be_accepted(s);
        BOOST_TEST(holds(s.certificate.point_box[0], Rational(13, 8)));
        BOOST_TEST(holds(s.certificate.point_box[1], Rational(172, 27)));
        for (const Ball& w : s.point(digits)) BOOST_TEST(w.accurate_digits() >= digits);
    }
}

BOOST_AUTO_TEST_CASE(weights_multiply_the_potential) {
    generator random(52);
    const Matrix<Rational> x = random.matrix(2, 4, 5);
    std::vector<Potential> weighted, factors, formulas;
    for (int j = 1; j <= 4; ++j) {
        weighted.push_back({"hyperbolic", {1, parse("1/7")}});
        weighted.back().weight = Rational(j, 3);
        factors.push_back({"hyperbolic", {Rational(j, 3), parse("1/7")}});
        formulas.push_back(by("second_derivative", "1/sqrt(w^2 + 1/49)", {0}));
        formulas.back().weight = Rational(j, 3);
    }
    const Solution expected = solve(bregman(x, {1, -1}, factors), 30);
    must_agree(expected, solve(bregman(x, {1, -1}, weighted), 30), 30);
    must_agree(expected, solve(bregman(x, {1, -1}, formulas), 30), 30);
    weighted[0].weight = 0;
    BOOST_CHECK_THROW((void)solve(bregman(x, {1, -1}, weighted)), invalid_input);
}

BOOST_AUTO_TEST_CASE(damaged_certificates_are_refused) {
    const Matrix<Rational> x = rational_matrix({{"1", "2", "1"}, {"0", "1", "-1"}});
    const Potential kinds[] = {by("derivative", "asinh(w/2) + w"), by("second_derivative", "1/(1 + w^2)", {0}), by("rho", "z^3 + 3*z", {0}), {"layers", {parse("1/5"), parse("1/4"), parse("2/9")}}};
    for (const Potential& p : kinds) {
        const Solution s = solve(bregman(x, {1, Rational(1, 3)}, std::vector<Potential>(3, p)), 25);
        must_be_accepted(s);
        const auto refused = [&](const char* what, const std::function<void(Certificate&)>& damage) {
            Certificate c = s.certificate;
            damage(c);
            BOOST_TEST(!check(c).accepted, p.family << ": " << what);
        };
        const auto term = [](Certificate& c, std::size_t j) -> Potential& { return std::get<Separable>(c.program.objective).terms[j]; };
        refused("a moved point", [](Certificate& c) { c.point_box[1].midpoint += 3 * c.point_box[1].radius; });
        refused("a moved multiplier", [](Certificate& c) { c.multiplier_box[0].midpoint *= Rational(1000001, 1000000); });
        refused("another weight", [&](Certificate& c) { term(c, 0).weight = Rational(1000001, 1000000); });
        refused("an interval without the point", [&](Certificate& c) { term(c, 2).high = c.point_box[2].midpoint - 1, term(c, 2).low = c.point_box[2].midpoint - 2; });
        if (p.family == "layers")
            refused("another square", [&](Certificate& c) { term(c, 1).parameters[1] += parse("1e-9"); });
        else
            refused("another formula", [&](Certificate& c) { term(c, 1).formula = "(" + p.formula + ")*(1 + 1e-9)"; });
        if (p.family != "layers") refused("no formula", [&](Certificate& c) { term(c, 1).formula = "w+"; });
    }
}

BOOST_AUTO_TEST_CASE(wrong_formulas_are_refused) {
    for (const Potential& p : {by("derivative", "asinh(z)"), by("derivative", "-w"), by("derivative", "w", {1}), by("second_derivative", "1"), by("second_derivative", "w", {0}),
                               by("rho", "z^2", {0}), by("rho", "z^2", {2}, Rational(3)), by("rho", "z", {0}, Rational(1), Rational(1)), Potential{"layers", {1}}, Potential{"layers", {0, 0}},
                               Potential{"layers", {1, -1}}})
        BOOST_CHECK_THROW((void)make_potential(p), invalid_input);
}

BOOST_AUTO_TEST_SUITE_END()
