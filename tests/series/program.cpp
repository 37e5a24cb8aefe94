#include <eonflow/series/engine.hpp>
#include <eonflow/series/program.hpp>

#include <eonflow/number/error.hpp>
#include <support/oracles.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using namespace eonflow::series;

namespace {

std::size_t count(const program& p, rule how) {
    std::size_t n = 0;
    for (const variable& v : p.variables) n += v.how == how ? 1 : 0;
    return n;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(programs)

BOOST_AUTO_TEST_CASE(functions_bring_their_slopes) {
    const program p = compile(oracles::field({"x"}, {"tanh(x) + sin(x)"}));
    BOOST_TEST(count(p, rule::function) == 3U);  // tanh, sin and its sibling cos
    for (const variable& v : p.variables)
        if (v.how == rule::function) BOOST_TEST(v.slope < p.variables.size());
}

BOOST_AUTO_TEST_CASE(single_summands_are_merged_and_nothing_is_left_over) {
    const program p = compile(oracles::field({"x", "y"}, {"2*(x - 3*(y + x*y)) + 1", "1"}));
    BOOST_TEST(p.variables.size() == 2U);
    BOOST_TEST(p.variables[0].terms.size() == 3U);
    BOOST_TEST(p.variables[0].value == 1);
    BOOST_TEST(p.variables[1].terms.empty());
}

BOOST_AUTO_TEST_CASE(shared_parts_are_computed_once) {
    const program p = compile(oracles::field({"x", "y"}, {"exp(x*y)*x", "exp(x*y)*y"}));
    BOOST_TEST(count(p, rule::function) == 1U);
    BOOST_TEST(count(p, rule::sum) == 1U);
}

std::size_t products(const program& p) {
    std::size_t n = 0;
    for (const variable& v : p.variables)
        for (const product& t : v.terms) n += t.right == nothing ? 0 : 1;
    return n;
}

BOOST_AUTO_TEST_CASE(common_factors_and_products_are_taken_out) {
    // (2 a - 3 b) c in one product for both; a b where it is wanted twice.
    const program p = compile(oracles::field({"a", "b", "c"}, {"2*a*c - 3*b*c", "2*a*c - 3*b*c + a", "5*a*b + c"}));
    BOOST_TEST(products(p) == 2U);
    BOOST_TEST(products(compile(oracles::field({"a", "b", "c"}, {"a*b + c", "3*a*b - c", "a*b/7"}))) == 1U);
}

/// All coefficients of two programs of one field, by floating point.
void check_same(const program& p, const program& q, std::size_t states) {
    const number::precision_scope scope(400);
    const auto first = floating_engine(p, 400), second = floating_engine(q, 400);
    number::Vector start;
    for (std::size_t i = 0; i < states; ++i) start.push_back(number::to_real(Rational(static_cast<long>(i) + 1, 5)));
    BOOST_TEST_REQUIRE((first->expand(start, {}, number::to_real(Rational(1, 90000)), 30) == outcome::done));
    BOOST_TEST_REQUIRE((second->expand(start, {}, number::to_real(Rational(1, 90000)), 30) == outcome::done));
    for (std::size_t i = 0; i < states; ++i)
        for (int k = 0; k <= 30; ++k) BOOST_TEST(abs(first->coefficient(i, k) - second->coefficient(i, k)) < pow(number::Real(10), -100), "state " << i << " order " << k);
}

BOOST_AUTO_TEST_CASE(rewriting_changes_nothing) {
    const std::vector<std::string> names{"a", "b", "c"};
    for (const std::vector<std::string>& formulas :
         {std::vector<std::string>{"a*b/3 - 7*a*c/2 + b/9", "2*a*b - 2*b*c + a*a", "5000*c - a/4"}, std::vector<std::string>{"(1 + a^2)^(2/3)", "atan(b/3)*a", "log(2 + c^2/5) - 12345*b*c*a"}}) {
        const program p = compile(oracles::field(names, formulas)), q = with_integer_factors(p);
        for (const variable& v : q.variables) {
            Rational magnitude = 0;
            for (const product& t : v.terms) {
                BOOST_TEST((denominator(t.coefficient) == 1 && abs(t.coefficient) <= most_factor));
                if (t.right == nothing) continue;
                if (magnitude == 0) magnitude = abs(t.coefficient);
                BOOST_TEST(abs(t.coefficient) == magnitude);
            }
            if (v.how == rule::function) BOOST_TEST(denominator(v.value) == 1);
        }
        check_same(p, q, names.size());
    }
}

BOOST_AUTO_TEST_CASE(degrees_in_time_are_seen) {
    const program p = compile(oracles::field({"x", "t", "r"}, {"x*c", "1", "t*t + c*t"}, {"c"}));
    BOOST_TEST(p.variables[0].degree == unbounded);
    BOOST_TEST(p.variables[1].degree == 1);
    BOOST_TEST(p.variables[2].degree == 3);
    BOOST_TEST(p.variables[3].degree == 0);
}

BOOST_AUTO_TEST_CASE(a_field_needs_inputs_for_its_states) {
    auto field = oracles::field({"x"}, {"x"});
    field.derivative.push_back(field.derivative[0]);
    BOOST_CHECK_THROW((void)compile(std::move(field)), invalid_input);
}

BOOST_AUTO_TEST_SUITE_END()
