#include <verify/asymptotics.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using number::Real;
using number::Vector;

namespace {

Vector geometric(int count) {
    Vector x;
    for (int k = 0; k < count; ++k) x.push_back(1 / (16 * pow(Real(3) / 2, k)));
    return x;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(asymptotics)

BOOST_AUTO_TEST_CASE(analytic_sequences_are_extrapolated_within_the_estimate) {
    const number::precision_scope scope(256);
    const Vector x = geometric(12);
    Vector values;
    for (const Real& s : x) values.push_back(exp(3 * s) * cos(s));
    const auto e = verify::extrapolate_to_zero(x, values);
    BOOST_TEST(abs(e.value - 1) <= e.error);
    BOOST_TEST(e.error < pow(Real(10), -12));
}

BOOST_AUTO_TEST_CASE(exponents_are_found) {
    const number::precision_scope scope(256);
    const Vector x = geometric(12);
    Vector values, scale;
    for (const Real& s : x) {
        values.push_back(pow(s, Real(4) / 3) * (2 + s));
        scale.push_back(1 / s);
    }
    const auto e = verify::extrapolated_exponent(scale, values, x);
    BOOST_TEST(abs(e.value + Real(4) / 3) <= e.error);
    BOOST_TEST(e.error < pow(Real(10), -8));
}

BOOST_AUTO_TEST_CASE(a_logarithm_is_not_mistaken_for_a_limit) {
    // 1/log(1/x) tends to 0 slower than every power: the estimate must stay honest.
    const number::precision_scope scope(256);
    const Vector x = geometric(12);
    Vector values;
    for (const Real& s : x) values.push_back(-1 / log(s));
    const auto e = verify::extrapolate_to_zero(x, values);
    BOOST_TEST(e.error > pow(Real(10), -4));
}

BOOST_AUTO_TEST_SUITE_END()
