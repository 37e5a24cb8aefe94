#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using namespace eonflow::number;

BOOST_AUTO_TEST_SUITE(text)

BOOST_AUTO_TEST_CASE(decimals_and_fractions_are_exact) {
    BOOST_TEST(parse_rational("1/3") == Rational(1, 3));
    BOOST_TEST(parse_rational("-0.1") == Rational(-1, 10));
    BOOST_TEST(parse_rational("2.5e-3") == Rational(1, 400));
    BOOST_TEST(parse_rational("+.5E2") == Rational(50));
    BOOST_TEST(parse_rational("010") == Rational(10));
}

BOOST_AUTO_TEST_CASE(anything_else_is_refused) {
    for (const char* text : {"", "nan", "inf", "1/0", "1e", "1e9999999", "1e999999999999", "0x10", "1 ", "1/2/3", "--1", "1/-2", ".", "1e5/2"})
        BOOST_CHECK_THROW((void)parse_rational(text), invalid_input);
}

BOOST_AUTO_TEST_CASE(hexadecimal_keeps_every_bit) {
    const precision_scope scope(237);
    const Real third = to_real(Rational(1, 3));
    BOOST_TEST(from_hex(to_hex(third)) == third);
    BOOST_TEST(from_hex(to_hex(Real(-third))) == -third);
}

BOOST_AUTO_TEST_CASE(decimal_digits_are_rounded_to_nearest) {
    const precision_scope scope(200);
    BOOST_TEST(to_decimal(to_real(Rational(2, 3)), 5) == "0.66667");
    BOOST_TEST(to_decimal(to_real(Rational(-12345, 100)), 4) == "-123.5");
    BOOST_TEST(to_decimal(to_real(parse_rational("1e-60")), 3) == "1.00e-60");
    BOOST_TEST(to_decimal(Real(0), 3) == "0");
}

BOOST_AUTO_TEST_SUITE_END()
