/// The margin problem within one activation pattern: by hand, and where the pattern is not that of its solution.
#include <eonflow/limit/cell.hpp>

#include <eonflow/convex/check.hpp>
#include <support/problems.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using number::Rational;

namespace {

const flow::Data two_samples = problems::data({{"1", "0"}, {"1/2", "1"}}, {"-1", "1"});

limit::Cell_limit cell(const std::vector<int>& signs) {
    number::Matrix<int> pattern(2, 2);
    pattern.entries() = signs;
    return limit::cell_limit(two_samples, problems::rationals({"1", "-1"}), Rational(1, 4), pattern);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(limit_cell)

// Outputs 1 and -1, slope 1/4: with unit 0 on the kink of sample 0 and unit 1 on that of sample 1 the rows are w_1 = (b, -b/2), w_0 = (0, c) with b, c >= 1, and the slopes 2/5 and 1/2 of the
// flow in tests/flow/switching.cpp, which are inside [1/4, 1].
BOOST_AUTO_TEST_CASE(a_stationary_point_on_two_kinks) {
    const auto found = cell({0, 1, 1, 0});
    BOOST_TEST(found.W.entries() == problems::rationals({"0", "1", "1", "-1/2"}), boost::test_tools::per_element());
    BOOST_TEST(found.stationary());
    BOOST_TEST(found.rank == 2u);
    BOOST_TEST(found.support == 2u);
    BOOST_TEST(convex::check(found.solution.certificate).accepted);
}

BOOST_AUTO_TEST_CASE(signs_and_slopes_that_do_not_fit_are_told) {
    // Sample 1 cannot be on the kink of unit 0, which it would push off: only the other unit is left for its margin.
    const auto held = cell({1, 0, 1, -1});
    BOOST_TEST(!held.stationary());
    // With sample 0 active in unit 0 the unit's solution is negative there.
    const auto turned = cell({1, 1, 1, -1});
    BOOST_TEST(turned.other_signs > 0u);
    BOOST_TEST(!turned.stationary());
    BOOST_TEST(cell({0, 1, 1, 1}).slopes_out_of_range + cell({0, 1, 1, 1}).other_signs > 0u);
}

BOOST_AUTO_TEST_SUITE_END()
