#include <eonflow/number/ball.hpp>
#include <eonflow/number/real.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using number::Ball;
using number::Rational;

BOOST_AUTO_TEST_SUITE(balls)

BOOST_AUTO_TEST_CASE(accurate_digits_are_those_that_all_points_share) {
    const number::precision_scope scope(200);
    BOOST_TEST(Ball(3).accurate_digits() > 1'000'000);  // exact
    BOOST_TEST(Ball(0).accurate_digits() > 1'000'000);
    const auto third = Ball(Rational(1, 3)).accurate_digits();
    BOOST_TEST((third >= 58 && third <= 61));  // 200 bits are 60.2 digits
    BOOST_TEST((Ball(Rational(1, 3)) - Ball(Rational(1, 3))).accurate_digits() == 0);
}

BOOST_AUTO_TEST_SUITE_END()
