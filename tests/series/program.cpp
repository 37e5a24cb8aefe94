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
