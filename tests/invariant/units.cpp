/// Units of ReLU networks: what is conserved, and the rate of what is not.
#include <eonflow/invariant/units.hpp>

#include <eonflow/graph/derivative.hpp>
#include <eonflow/graph/evaluate.hpp>
#include <eonflow/flow/start.hpp>
#include <support/problems.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using graph::node_id;
using number::Rational;

namespace {

flow::Problem network(const std::vector<std::size_t>& widths, std::size_t linear_layers, const char* skips, const char* slope = "0") {
    flow::Problem p;
    p.data = problems::data({{"1", "1/2"}, {"-1/3", "-1"}, {"1", "1/2"}}, {"1", "-1", "1"});
    p.model = model::relu_network(widths, linear_layers, number::parse_rational(slope), skips);
    p.loss.kind = model::loss_kind::exponential;
    p.initial = flow::uniform_start(1, p.model.parameters(), 1);
    return p;
}

std::string failures(const flow::Problem& p) {
    std::string names;
    for (const invariant::LieTest& test : invariant::lie_tests(p))
        if (!test.exact && test.name != "energy") {
            names += test.name + " is not exact, ";
        } else if (!test.vanishes) {
            names += test.name + ", ";
        }
    return names;
}

bool has(const flow::Problem& p, const std::string& name) {
    for (const invariant::LieTest& test : invariant::lie_tests(p))
        if (test.name.starts_with(name)) return true;
    return false;
}

/// d/dt of the value of each pair at one rational point with the slopes given, all speeds 1.
std::vector<Rational> rates(const flow::Problem& p, const Rational& slope_of_even_units, const Rational& slope_of_odd_units) {
    flow::System system = flow::build_system(p);
    graph::Graph& g = system.graph;
    std::vector<graph::term> sum;
    for (const node_id f : system.predictions) sum.push_back({1, f});
    const std::vector<node_id> motion = graph::gradient(g, g.sum(std::move(sum)), system.theta);
    std::vector<node_id> derivatives;
    for (const invariant::Unit_pair& pair : invariant::unit_pairs(p.model, system)) derivatives.push_back(g.dot(graph::gradient(g, pair.value, system.theta), motion));
    std::vector<Rational> at = p.initial;
    for (const model::kink& k : system.kinks) at.push_back(k.unit % 2 == 0 ? slope_of_even_units : slope_of_odd_units);
    return graph::evaluate<Rational>(g, derivatives, at);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(units)

BOOST_AUTO_TEST_CASE(balances_and_the_defect_formula_are_identities) {
    for (const char* skips : {"none", "identity", "diagonal", "free"}) {
        BOOST_TEST(failures(network({2, 2, 2, 2, 1}, 1, skips)) == "", skips);
        BOOST_TEST(failures(network({2, 3, 3, 2, 1}, 2, skips, "1/3")) == "", skips);
    }
}

BOOST_AUTO_TEST_CASE(fixed_edges_take_units_out) {
    // W1 -> W2 -> W3 -> W4: with identity skips into layers 2 and 3 only the units of no layer but those away from the skips are left.
    BOOST_TEST(has(network({2, 2, 2, 2, 1}, 1, "none"), "unit balance W1"));
    BOOST_TEST(!has(network({2, 2, 2, 2, 1}, 1, "identity"), "unit balance W1"));
    BOOST_TEST(!has(network({2, 2, 2, 2, 1}, 1, "identity"), "defect"));
    BOOST_TEST(has(network({2, 3, 3, 2, 1}, 2, "identity"), "unit balance W3"));
    BOOST_TEST(has(network({2, 2, 2, 2, 1}, 1, "diagonal"), "unit balance W2"));
}

BOOST_AUTO_TEST_CASE(pairs_are_conserved_with_one_pattern_and_not_with_two) {
    const flow::Problem p = network({2, 2, 1}, 1, "none");
    BOOST_TEST(rates(p, 1, 1) == std::vector<Rational>{0}, boost::test_tools::per_element());
    BOOST_TEST(rates(p, Rational(1, 2), Rational(1, 2)) == std::vector<Rational>{0}, boost::test_tools::per_element());
    BOOST_TEST(rates(p, 0, 1)[0] != 0);
}

BOOST_AUTO_TEST_CASE(linear_layers_keep_their_whole_balance) {
    BOOST_TEST(has(network({2, 3, 3, 2, 1}, 3, "none"), "balance W4/W3"));
    BOOST_TEST(has(network({2, 3, 3, 2, 1}, 3, "none"), "balance W3/W2"));
    BOOST_TEST(!has(network({2, 3, 3, 2, 1}, 3, "none"), "balance W2/W1"));
}

BOOST_AUTO_TEST_SUITE_END()
