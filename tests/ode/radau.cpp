#include <eonflow/graph/formula.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>
#include <eonflow/ode/radau.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using number::Real;
using number::Vector;

namespace {

using texts = std::vector<std::string>;

Real parsed(const std::string& text) { return number::to_real(number::parse_rational(text)); }

/// The system with the unknowns `names` (the differential ones first).
ode::algebraic_system system(const texts& names, const texts& derivative, const texts& constraint = {}) {
    ode::algebraic_system s;
    std::map<std::string, graph::node_id, std::less<>> symbols;
    for (const auto& name : names) symbols[name] = s.graph.input(name);
    for (const auto& text : derivative) s.derivative.push_back(graph::parse_formula(s.graph, text, symbols));
    for (const auto& text : constraint) s.constraint.push_back(graph::parse_formula(s.graph, text, symbols));
    return s;
}

ode::radau::options with(std::int64_t digits, int stages = 0, double floor = 1) {
    ode::radau::options o;
    o.digits = digits;
    o.bits = number::bits_for_digits(digits + 12);
    o.stages = stages;
    o.floor = floor;
    return o;
}

struct reference {
    std::string name;
    texts names, derivative, start;
    std::string end;
    texts published;
    std::int64_t published_digits;
};

// E. Hairer, G. Wanner, Solving Ordinary Differential Equations II, section IV.10, and F. Mazzia, C. Magherini, Test set for initial value problem solvers.
const std::vector<reference> stiff = {
    {"van der Pol", {"y", "v"}, {"v", "((1 - y^2)*v - y)*1e6"}, {"2", "0"}, "2", {"1.706167732170483", "-0.8928097010247975"}, 12},
    {"Robertson",
     {"a", "b", "c"},
     {"-0.04*a + 1e4*b*c", "0.04*a - 1e4*b*c - 3e7*b^2", "3e7*b^2"},
     {"1", "0", "0"},
     "1e11",
     {"0.2083340149701255e-7", "0.8333360770334713e-13", "0.9999999791665050"},
     12},
    {"HIRES",
     {"a", "b", "c", "d", "e", "f", "g", "h"},
     {"-1.71*a + 0.43*b + 8.32*c + 0.0007", "1.71*a - 8.75*b", "-10.03*c + 0.43*d + 0.035*e", "8.32*b + 1.71*c - 1.12*d", "-1.745*e + 0.43*f + 0.43*g",
      "-280*f*h + 0.69*d + 1.71*e - 0.43*f + 0.69*g", "280*f*h - 1.81*g", "-280*f*h + 1.81*g"},
     {"1", "0", "0", "0", "0", "0", "0", "0.0057"},
     "321.8122",
     {"0.7371312573325668e-3", "0.1442485726316185e-3", "0.5888729740967575e-4", "0.1175651343283149e-2", "0.2386356198831331e-2", "0.6238968252742796e-2",
      "0.2849998395185769e-2", "0.2850001604814231e-2"},
     12},
};

Vector solve(const reference& problem, std::int64_t digits, int stages) {
    const number::precision_scope scope(number::bits_for_digits(digits + 12));
    ode::radau integrator(system(problem.names, problem.derivative), with(digits, stages, 1e-30));
    Vector start;
    for (const auto& text : problem.start) start.push_back(parsed(text));
    integrator.start(Real(0), start);
    BOOST_TEST((integrator.advance(parsed(problem.end)) == ode::status::reached));
    BOOST_TEST_MESSAGE(problem.name << ", " << digits << " digits: s = " << integrator.stages() << ", " << integrator.counted().steps << " steps, "
                                    << integrator.counted().rejected << " rejected, " << integrator.factorizations() << " factorizations");
    return integrator.state();
}

/// Two computations with other stages and precision agree on `verified` digits, and both with the published values.
void check_stiff(std::int64_t digits, std::int64_t verified) {
    for (const auto& problem : stiff) {
        const Vector first = solve(problem, digits, 0), second = solve(problem, digits + 4, static_cast<int>(4 * digits / 10 + 6));
        const number::precision_scope scope(number::bits_for_digits(digits + 12));
        for (std::size_t i = 0; i < first.size(); ++i) {
            BOOST_TEST(number::agreeing_digits(first[i], second[i], digits) >= verified, problem.name << " " << i);
            BOOST_TEST(number::agreeing_digits(first[i], parsed(problem.published[i]), 100) >= problem.published_digits, problem.name << " " << i);
        }
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(radau)

BOOST_AUTO_TEST_CASE(the_rule_with_three_stages_is_the_classical_one) {
    const number::precision_scope scope(200);
    const auto rule = ode::make_radau_rule(3);
    const Real root = sqrt(Real(6));
    const Vector nodes = {(4 - root) / 10, (4 + root) / 10, Real(1)};
    const Vector row = {(16 - root) / 36, (16 + root) / 36, Real(1) / 9};
    number::Matrix<Real> a(3, 3);
    ode::multiply(rule->integrals, rule->to_legendre, a);
    for (std::size_t j = 0; j < 3; ++j) {
        BOOST_TEST(number::agreeing_digits(rule->nodes[j], nodes[j], 58) >= 58);
        BOOST_TEST(number::agreeing_digits(a(2, j), row[j], 58) >= 58);
    }
    const Real corner = (88 - 7 * root) / 360;
    BOOST_TEST(number::agreeing_digits(a(0, 0), corner, 58) >= 58);
}

BOOST_AUTO_TEST_CASE(rules_integrate_polynomials_of_degree_2s_minus_2) {
    const number::precision_scope scope(400);
    for (const int s : {2, 5, 16, 40}) {
        const auto rule = ode::make_radau_rule(s);
        for (const int degree : {0, 1, s, 2 * s - 2, 2 * s - 1}) {
            Real sum = 0;
            for (std::size_t j = 0; j < rule->nodes.size(); ++j) sum += rule->to_legendre(0, j) * pow(rule->nodes[j], degree);
            const auto right = number::agreeing_digits(sum, Real(1) / (degree + 1), 110);
            BOOST_TEST((right == 110) == (degree < 2 * s - 1), "s = " << s << ", degree " << degree << ": " << right << " digits");
        }
    }
}

BOOST_AUTO_TEST_CASE(one_step_has_the_local_order_2s) {
    const number::precision_scope scope(500);
    for (const int s : {2, 3, 5}) {
        Vector errors;
        for (const char* length : {"1/16", "1/32"}) {
            ode::radau::options o = with(1, s);
            o.bits = 500;
            ode::radau integrator(system({"y"}, {"-y"}), o);
            integrator.start(Real(0), {Real(1)}, {}, parsed(length));
            BOOST_TEST((integrator.step(parsed(length)) == ode::status::reached));
            errors.push_back(abs(integrator.state()[0] - exp(-parsed(length))));
        }
        const Real order = log2(errors[0] / errors[1]);
        BOOST_TEST(abs(order - 2 * s) < Real(0.1), "s = " << s << ": order " << order);
    }
}

BOOST_AUTO_TEST_CASE(a_stiff_linear_equation_follows_its_slow_solution) {
    const number::precision_scope scope(number::bits_for_digits(52));
    for (const char* stiffness : {"1e3", "1e9", "1e30"}) {
        ode::radau integrator(system({"y", "t"}, {"-" + std::string(stiffness) + "*(y - cos(t)) - sin(t)", "1"}), with(40, 16));
        integrator.start(Real(0), {Real(1), Real(0)});
        BOOST_TEST((integrator.advance(Real(10)) == ode::status::reached));
        BOOST_TEST(number::agreeing_digits(integrator.state()[0], cos(Real(10)), 40) >= 38);
        BOOST_TEST(integrator.counted().steps < 300);
    }
}

BOOST_AUTO_TEST_CASE(a_constraint_of_index_two_keeps_the_full_order) {
    const number::precision_scope scope(number::bits_for_digits(62));
    // Motion on the circle; the multiplier w balances the outward force sin(t).
    ode::radau integrator(system({"x", "y", "t", "w"}, {"-y + x*(w - sin(t))", "x + y*(w - sin(t))", "1"}, {"x^2 + y^2 - 1"}), with(50));
    integrator.start(Real(0), {Real(1), Real(0), Real(0)}, {Real(0)});
    BOOST_TEST((integrator.advance(Real(3)) == ode::status::reached));
    BOOST_TEST(number::agreeing_digits(integrator.state()[0], cos(Real(3)), 50) >= 48);
    BOOST_TEST(number::agreeing_digits(integrator.state()[1], sin(Real(3)), 50) >= 48);
    BOOST_TEST(number::agreeing_digits(integrator.algebraic()[0], sin(Real(3)), 50) >= 24);
}

BOOST_AUTO_TEST_CASE(algebraic_unknowns_of_index_one_are_eliminated) {
    const number::precision_scope scope(number::bits_for_digits(52));
    // y' = -y^2 by two detours: y = 1/(1+t)
    ode::radau integrator(system({"y", "u", "v"}, {"-v"}, {"u - 3*y", "3*v - u*y"}), with(40));
    integrator.start(Real(0), {Real(1)}, {Real(3), Real(1)});
    BOOST_TEST((integrator.advance(Real(9)) == ode::status::reached));
    BOOST_TEST(number::agreeing_digits(integrator.state()[0], Real(1) / 10, 40) >= 39);
    BOOST_TEST(number::agreeing_digits(integrator.algebraic()[1], Real(1) / 100, 40) >= 39);
}

BOOST_AUTO_TEST_CASE(states_far_outside_the_range_of_doubles) {
    const number::precision_scope scope(number::bits_for_digits(52));
    ode::radau integrator(system({"y", "t"}, {"-1e500*(y - exp(-t))*exp(-t) - exp(-t)", "1"}), with(30, 0, 1e-30));
    integrator.start(Real(0), {Real(1), Real(0)});
    BOOST_TEST((integrator.advance(Real(20)) == ode::status::reached));
    BOOST_TEST(number::agreeing_digits(integrator.state()[0], exp(Real(-20)), 30) >= 29);
    BOOST_TEST(integrator.arithmetic() == 1);
}

BOOST_AUTO_TEST_CASE(dense_output_has_the_error_of_the_step_when_asked) {
    const number::precision_scope scope(number::bits_for_digits(52));
    ode::radau::options o = with(30);
    o.uniform = true;
    ode::radau integrator(system({"x", "y"}, {"-y", "x"}), o);
    integrator.start(Real(0), {Real(1), Real(0)});
    for (int k = 0; k < 4; ++k) {
        const Real before = integrator.time();
        BOOST_TEST((integrator.step(Real(100)) == ode::status::ok));
        for (const char* part : {"0", "1/7", "1/2", "9/10", "1"}) {
            const Real t = before + parsed(part) * (integrator.time() - before);
            BOOST_TEST(abs(integrator.dense(t)[0] - cos(t)) < parsed("1e-29"));
        }
    }
}

BOOST_AUTO_TEST_CASE(time_runs_both_ways) {
    const number::precision_scope scope(number::bits_for_digits(52));
    const auto lotka = [] { return system({"x", "y"}, {"x*(2/3 - 4/3*y)", "y*(x - 1)"}); };
    ode::radau integrator(lotka(), with(40));
    integrator.start(Real(0), {Real(1), Real(2)});
    BOOST_TEST((integrator.advance(Real(7)) == ode::status::reached));
    BOOST_TEST((integrator.advance(Real(0)) == ode::status::reached));
    BOOST_TEST(number::agreeing_digits(integrator.state()[0], Real(1), 40) >= 37);
    BOOST_TEST(number::agreeing_digits(integrator.state()[1], Real(2), 40) >= 37);
}

BOOST_AUTO_TEST_CASE(a_restored_run_goes_on_with_the_same_bits) {
    const number::precision_scope scope(number::bits_for_digits(42));
    const reference& p = stiff[2];
    ode::radau whole(system(p.names, p.derivative), with(30)), half(system(p.names, p.derivative), with(30));
    Vector start;
    for (const auto& text : p.start) start.push_back(parsed(text));
    whole.start(Real(0), start);
    for (int k = 0; k < 10; ++k) whole.step(Real(300));
    half.restore(whole.save());
    for (int k = 0; k < 10; ++k) {
        whole.step(Real(300));
        half.step(Real(300));
    }
    for (std::size_t i = 0; i < start.size(); ++i) BOOST_TEST(number::to_hex(whole.state()[i]) == number::to_hex(half.state()[i]));
    BOOST_TEST(number::to_hex(whole.time()) == number::to_hex(half.time()));
}

BOOST_AUTO_TEST_CASE(a_solution_that_ends_is_reported) {
    const number::precision_scope scope(number::bits_for_digits(42));
    ode::radau integrator(system({"y"}, {"y^2"}), with(20));
    integrator.start(Real(0), {Real(1)});
    const auto ended = integrator.advance(Real(2));
    BOOST_TEST((ended == ode::status::blow_up || ended == ode::status::precision_exhausted));
    BOOST_TEST(abs(integrator.time() - 1) < parsed("1e-15"));
}

BOOST_AUTO_TEST_CASE(wrong_shapes_are_refused) {
    ode::radau integrator(system({"y"}, {"-y"}), with(20));
    BOOST_CHECK_THROW(integrator.start(Real(0), {Real(1), Real(2)}), invalid_input);
    BOOST_CHECK_THROW((void)ode::make_radau_rule(1), invalid_input);
}

BOOST_AUTO_TEST_CASE(stiff_problems_at_30_digits) { check_stiff(30, 27); }

BOOST_AUTO_TEST_CASE(stiff_problems_at_100_digits, *boost::unit_test::label("slow") * boost::unit_test::disabled()) { check_stiff(100, 97); }

BOOST_AUTO_TEST_SUITE_END()
