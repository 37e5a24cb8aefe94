#include <eonflow/ode/taylor.hpp>

#include <eonflow/number/text.hpp>
#include <support/oracles.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

using namespace eonflow;
using namespace eonflow::number;
using ode::status;
using ode::taylor;

namespace {

/// An integrator for D digits at the end: a few more for what local errors grow to, and guard bits.
taylor integrator(graph::vector_field field, std::int64_t digits) {
    return {std::move(field), {.bits = bits_for_digits(digits) + 64, .digits = digits + 5}};
}

Vector reals(std::initializer_list<Rational> values) {
    Vector result;
    for (const Rational& v : values) result.push_back(to_real(v));
    return result;
}

void check_digits(const Real& value, const Ball& exact, std::int64_t digits) {
    BOOST_TEST_REQUIRE(exact.accurate_digits() > digits);
    BOOST_TEST(agreeing_digits(value, exact.midpoint(), digits) >= digits, "value " << value.str(20) << ", exact " << exact.text(20));
}

const auto wanted_digits = boost::unit_test::data::make({15, 50, 200});

void degenerate_margin_to(std::int64_t digits, const Rational& scale, const Rational& end) {
    const precision_scope scope(bits_for_digits(digits) + 128);
    const oracles::degenerate_margin flow{scale};
    taylor t = integrator(flow.flow(), digits);
    t.set_parameters(reals({scale}));
    t.start(0, reals({0, 0}));
    BOOST_TEST((t.advance(to_real(end)) == status::reached));
    const auto exact = flow.at(Ball(end));
    for (std::size_t i = 0; i < 2; ++i) check_digits(t.state()[i], exact[i], digits);
}

void two_factors_to(std::int64_t digits, const Rational& s, const Rational& a0, const Rational& b0, const Rational& end) {
    const precision_scope scope(bits_for_digits(digits) + 128);
    const oracles::two_factors flow{s, a0, b0};
    taylor t = integrator(flow.flow(), digits);
    t.set_parameters(reals({s}));
    t.start(0, reals({a0, b0}));
    BOOST_TEST((t.advance(to_real(end)) == status::reached));
    const auto exact = flow.at(Ball(end));
    for (std::size_t i = 0; i < 2; ++i) check_digits(t.state()[i], exact[i], digits);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(closed_forms)

BOOST_DATA_TEST_CASE(degenerate_margin, wanted_digits, digits) {
    degenerate_margin_to(digits, 1, 10);
    degenerate_margin_to(digits, Rational(7, 3), Rational(1, 3));
}

BOOST_AUTO_TEST_CASE(ten_thousand_digits, *boost::unit_test::label("slow") * boost::unit_test::disabled()) {
    degenerate_margin_to(10000, 1, Rational(1, 10));
    two_factors_to(10000, 2, 1, Rational(1, 2), Rational(1, 10));
}

BOOST_AUTO_TEST_CASE(degenerate_margin_1000) { degenerate_margin_to(1000, 1, Rational(1, 4)); }

BOOST_DATA_TEST_CASE(logistic_datum, wanted_digits, digits) {
    for (const Rational& w0 : {Rational(0), Rational(-3), Rational(5, 2)}) {
        const precision_scope scope(bits_for_digits(digits) + 128);
        const oracles::logistic_datum flow{w0};
        taylor t = integrator(flow.flow(), digits);
        t.start(0, reals({w0}));
        BOOST_TEST((t.advance(20) == status::reached));
        check_digits(t.state()[0], flow.at(Ball(20)), digits);
    }
}

BOOST_DATA_TEST_CASE(exponential_datum, wanted_digits, digits) {
    for (const Rational& scale : {Rational(1), Rational(1, 50), Rational(9)}) {
        const precision_scope scope(bits_for_digits(digits) + 128);
        const oracles::exponential_datum flow{scale, scale * Rational(-3, 4), Rational(1, 3), Rational(2, 7)};
        taylor t = integrator(flow.flow(), digits);
        t.set_parameters(reals({flow.z1, flow.z2}));
        t.start(0, reals({flow.a0, flow.b0}));
        BOOST_TEST((t.advance(100) == status::reached));
        const auto exact = flow.at(Ball(100));
        for (std::size_t i = 0; i < 2; ++i) check_digits(t.state()[i], exact[i], digits);
    }
}

BOOST_DATA_TEST_CASE(balanced_scalar, wanted_digits* boost::unit_test::data::make({2, 3, 5}), digits, depth) {
    const precision_scope scope(bits_for_digits(digits) + 128);
    const oracles::balanced_scalar flow{depth};
    taylor t = integrator(flow.flow(), digits);
    const Rational u0(1, 5);
    t.start(0, reals({u0}));
    BOOST_TEST((t.advance(6) == status::reached));
    // The error in u is the error in time times the velocity.
    const Ball u(t.state()[0]);
    const Ball late = flow.time_of(u) - flow.time_of(Ball(u0)) - Ball(6);
    check_digits(t.state()[0], u - late * flow.velocity(u), digits);
}

BOOST_DATA_TEST_CASE(two_factors, wanted_digits, digits) {
    two_factors_to(digits, 2, 1, Rational(1, 2), 5);
    two_factors_to(digits, Rational(-3, 2), Rational(3, 2), Rational(-1, 7), 2);
    two_factors_to(digits, 30, Rational(1, 1000), Rational(1, 3000), 1);
}

BOOST_AUTO_TEST_CASE(two_factors_1000) { two_factors_to(1000, 2, 1, Rational(1, 2), Rational(1, 4)); }

BOOST_DATA_TEST_CASE(balanced_factors, wanted_digits, digits) {
    for (const Rational& a0 : {Rational(1, 2), parse_rational("1e-12"), Rational(4)}) {
        const precision_scope scope(bits_for_digits(digits) + 128);
        const oracles::balanced_factors flow{3, a0};
        taylor t = integrator(flow.flow(), digits);
        t.set_parameters(reals({flow.s}));
        t.start(0, reals({a0, a0}));
        BOOST_TEST((t.advance(3) == status::reached));
        check_digits(t.state()[0], flow.at(Ball(3)), digits);
        check_digits(t.state()[1], flow.at(Ball(3)), digits);
    }
}

BOOST_DATA_TEST_CASE(mirrored_pair, wanted_digits, digits) {
    for (const Rational& w2 : {Rational(0), Rational(1, 3), Rational(-2)}) {
        const precision_scope scope(bits_for_digits(digits) + 128);
        const oracles::mirrored_pair flow{Rational(-1, 4), w2};
        taylor t = integrator(flow.flow(), digits);
        t.set_parameters(reals({1}));
        t.start(0, reals({flow.w1, w2}));
        BOOST_TEST((t.advance(50) == status::reached));
        const auto exact = flow.at(Ball(50));
        check_digits(t.state()[0], exact[0], digits);
        if (w2 == 0)
            BOOST_TEST(t.state()[1] == 0);
        else
            check_digits(t.state()[1], exact[1], digits);
    }
}

BOOST_AUTO_TEST_SUITE_END()
