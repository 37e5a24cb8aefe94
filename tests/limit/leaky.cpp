/// Limits of leaky ReLU networks against closed forms, and their certificate against networks tried one by one.
#include <eonflow/limit/leaky.hpp>

#include <eonflow/convex/check.hpp>
#include <eonflow/flow/start.hpp>
#include <eonflow/number/error.hpp>
#include <support/problems.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using limit::Leaky_network;
using number::Rational;
using problems::rationals;

namespace {

Rational square(const std::vector<Rational>& x) {
    Rational sum = 0;
    for (const Rational& entry : x) sum += entry * entry;
    return sum;
}

const Leaky_network four_units{2, 2, Rational(1, 2), Rational(1, 2)};

}  // namespace

BOOST_AUTO_TEST_SUITE(leaky_limits)

BOOST_AUTO_TEST_CASE(two_samples_have_the_hand_made_multipliers) {
    const auto data = problems::data({{"1", "0"}, {"1/50", "1"}}, {"1", "-1"});
    const auto found = limit::leaky_limit(data, four_units);
    BOOST_TEST(convex::check(found.solution.certificate).accepted);
    BOOST_TEST(found.multipliers == rationals({"101640/62509", "101600/62509"}), boost::test_tools::per_element());
    BOOST_TEST(found.margins(data) == rationals({"1", "1"}), boost::test_tools::per_element());
    BOOST_TEST(found.signs_as_claimed(data));
    BOOST_TEST(found.proves_global_optimality(data));
}

BOOST_AUTO_TEST_CASE(orthonormal_samples_have_a_closed_form) {
    // l = m/(m_1 + slope^2 m_2) on the positive samples, m/(m_2 + slope^2 m_1) on the negative ones, in the scaling a^2 = 1/m; here a = 3, m = 5.
    const auto data = problems::data({{"1", "0", "0"}, {"0", "3/5", "4/5"}, {"0", "4/5", "-3/5"}}, {"1", "-1", "-1"});
    const auto found = limit::leaky_limit(data, {4, 1, 3, Rational(1, 3)});
    const Rational plus = Rational(1, 9) / (4 + Rational(1, 9)), minus = Rational(1, 9) / (1 + Rational(4, 9));
    BOOST_TEST(found.multipliers == (std::vector<Rational>{plus, minus, minus}), boost::test_tools::per_element());
    BOOST_TEST(found.proves_global_optimality(data));
}

BOOST_AUTO_TEST_CASE(no_network_tried_beats_the_certified_one) {
    const auto data = problems::data({{"1", "0", "1/10"}, {"-1/8", "1", "0"}, {"0", "1/9", "-1"}}, {"1", "-1", "1"});
    const auto found = limit::leaky_limit(data, four_units);
    BOOST_REQUIRE(found.proves_global_optimality(data));
    const Rational best = 2 * square(found.v) + 2 * square(found.u);
    const auto draws = flow::uniform_start(11, std::size_t{12} * 4000, Rational(1));
    std::size_t feasible = 0;
    for (std::size_t k = 0; k < draws.size(); k += 12) {
        const std::vector<Rational> w(draws.begin() + static_cast<std::ptrdiff_t>(k), draws.begin() + static_cast<std::ptrdiff_t>(k) + 12);
        Rational least = 0;
        for (std::size_t i = 0; i < 3; ++i) {
            Rational f = 0;
            for (std::size_t j = 0; j < 4; ++j) {
                Rational pre = 0;
                for (std::size_t c = 0; c < 3; ++c) pre += w[3 * j + c] * data.X(i, c);
                f += (j < 2 ? 1 : -1) * (pre > 0 ? pre : Rational(pre / 2)) / 2;
            }
            least = i == 0 ? Rational(data.y[i] * f) : std::min(least, Rational(data.y[i] * f));
        }
        if (least <= 0) continue;
        ++feasible;
        BOOST_TEST(square(w) / (least * least) >= best);  // w/least has least margin 1
    }
    BOOST_TEST(feasible > 50u);
}

BOOST_AUTO_TEST_CASE(the_certificate_is_withheld_where_a_pattern_beats_it) {
    // Two opposite samples of one label: a unit of its own for each is better than equal units, and the signs fail.
    const auto data = problems::data({{"1", "1/5"}, {"-1", "1/5"}, {"0", "-1"}}, {"1", "1", "-1"});
    const auto found = limit::leaky_limit(data, four_units);
    BOOST_REQUIRE((found.solution.status == convex::Status::optimal));
    BOOST_TEST(!found.proves_global_optimality(data));
}

BOOST_AUTO_TEST_CASE(geometry_is_exact) {
    const auto g = limit::geometry_of(problems::data({{"3", "4"}, {"1/2", "0"}, {"0", "-1"}}, {"1", "1", "1"}).X);
    BOOST_TEST(g.shortest == Rational(1, 4));
    BOOST_TEST(g.longest == 25);
    BOOST_TEST(g.overlap == 4);
    BOOST_TEST(g.ratio() == 100);
    BOOST_CHECK_THROW((void)limit::geometry_of(problems::data({{"0", "0"}}, {"1"}).X), invalid_input);
}

BOOST_AUTO_TEST_CASE(networks_of_another_kind_are_refused) {
    const auto data = problems::data({{"1", "0"}}, {"1"});
    for (const Leaky_network& wrong : {Leaky_network{0, 2, 1, Rational(1, 2)}, Leaky_network{1, 1, 0, Rational(1, 2)}, Leaky_network{1, 1, 1, 1}, Leaky_network{1, 1, 1, 0}})
        BOOST_CHECK_THROW((void)limit::leaky_limit(data, wrong), invalid_input);
}

BOOST_AUTO_TEST_SUITE_END()
