#include <eonflow/ode/taylor.hpp>

#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>
#include <support/oracles.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using namespace eonflow::number;
using ode::status;
using ode::taylor;

namespace {

/// A pendulum with a pull: no symmetry, no known solution.
graph::vector_field pendulum() { return oracles::field({"q", "p"}, {"p", "-sin(q) + q*p/7"}); }

taylor::options precise(std::int64_t digits) { return {.bits = bits_for_digits(digits) + 64, .digits = digits}; }

taylor started(std::int64_t digits) {
    taylor t(pendulum(), precise(digits));
    t.start(0, {Real(1), Real(0)});
    return t;
}

std::int64_t agreement(const Vector& a, const Vector& b) {
    std::int64_t digits = 1'000'000;
    for (std::size_t i = 0; i < a.size(); ++i) digits = std::min(digits, agreeing_digits(a[i], b[i], 1'000'000));
    return digits;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(taylor_integrator)

// Steps of any length are exact there; but a value must not be read from a step that is astronomically longer.
BOOST_AUTO_TEST_CASE(solutions_that_are_polynomials) {
    const precision_scope scope(bits_for_digits(60));
    taylor t(oracles::field({"x", "y", "z"}, {"3/7", "x", "y*x"}), precise(50));
    t.start(0, {Real(0), Real(0), Real(0)});
    for (const char* when : {"1/1000", "1", "5", "1000000"}) {
        const Real time = to_real(parse_rational(when)), square = time * time;
        BOOST_TEST((t.advance(time) == status::reached));
        BOOST_TEST(agreement(t.state(), {3 * time / 7, 3 * square / 14, 9 * square * square / 392}) >= 48, when);
    }
}

BOOST_AUTO_TEST_CASE(time_reversal_comes_back) {
    const precision_scope scope(bits_for_digits(60));
    taylor t = started(50);
    BOOST_TEST((t.advance(5) == status::reached));
    BOOST_TEST((t.advance(0) == status::reached));
    BOOST_TEST(abs(t.state()[0] - 1) < pow(Real(10), -46));
    BOOST_TEST(abs(t.state()[1]) < pow(Real(10), -46));
}

BOOST_AUTO_TEST_CASE(flows_compose) {
    const precision_scope scope(bits_for_digits(60));
    taylor whole = started(50), first = started(50), second(pendulum(), precise(50));
    BOOST_TEST((whole.advance(4) == status::reached));
    BOOST_TEST((first.advance(to_real(Rational(7, 3))) == status::reached));
    second.start(0, first.state());
    BOOST_TEST((second.advance(4 - to_real(Rational(7, 3))) == status::reached));
    BOOST_TEST(agreement(whole.state(), second.state()) >= 46);
}

BOOST_AUTO_TEST_CASE(error_follows_the_digits) {
    const precision_scope scope(bits_for_digits(200));
    taylor reference = started(150);
    BOOST_TEST((reference.advance(6) == status::reached));
    for (const std::int64_t digits : {10, 20, 40, 80, 120}) {
        taylor t = started(digits);
        BOOST_TEST((t.advance(6) == status::reached));
        const std::int64_t right = agreement(t.state(), reference.state());
        BOOST_TEST(right >= digits - 2);
        BOOST_TEST(right <= digits + 12);  // more would be wasted work
    }
}

BOOST_AUTO_TEST_CASE(local_error_has_the_order_of_the_polynomial) {
    const precision_scope scope(bits_for_digits(200));
    taylor reference = started(150);
    BOOST_TEST((reference.step(1) == status::ok));
    // The polynomial of order n around 0, evaluated at s and s/2: the error falls by 2^(n+1).
    taylor::options low = precise(30);
    low.order = 18;
    taylor t(pendulum(), low);
    t.start(0, {Real(1), Real(0)});
    BOOST_TEST((t.step(100) == status::ok));
    const Real end = t.time();
    const Real coarse = abs(t.dense(end)[0] - reference.dense(end)[0]), fine = abs(t.dense(end / 2)[0] - reference.dense(end / 2)[0]);
    const Real order = log(coarse / fine) / log(Real(2));
    BOOST_TEST(order > 18.5);
    BOOST_TEST(order < 20.5);
}

BOOST_AUTO_TEST_CASE(stops_change_nothing) {
    taylor plain = started(40), stopping = started(40);
    const precision_scope scope(plain.bits());
    BOOST_TEST((plain.advance(6) == status::reached));
    for (int k = 1; k <= 60; ++k) {
        const Real time = to_real(Rational(k, 10));
        BOOST_TEST((stopping.advance(time) == status::reached));
        BOOST_TEST(stopping.time() == time);
    }
    BOOST_TEST((plain.state() == stopping.state()));
    BOOST_TEST(plain.counted().steps == stopping.counted().steps);
}

BOOST_AUTO_TEST_CASE(dense_output_is_the_solution) {
    const precision_scope scope(bits_for_digits(60));
    taylor t = started(40), fine = started(50);
    BOOST_TEST((t.advance(3) == status::reached));
    const Real middle = t.origin() + t.length() * t.reach() * to_real(Rational(3, 10));
    BOOST_TEST((fine.advance(middle) == status::reached));
    BOOST_TEST(agreement(t.dense(middle), fine.state()) >= 38);
    BOOST_CHECK_THROW((void)t.dense(t.origin() - t.length()), invalid_input);
    const Real s = (middle - t.origin()) / t.length();
    Real value = 0;
    const Vector c = t.coefficients(1);
    for (std::size_t k = c.size(); k-- > 0;) value = value * s + c[k];
    BOOST_TEST(agreeing_digits(value, fine.state()[1], 50) >= 38);
}

BOOST_AUTO_TEST_CASE(a_restored_integrator_goes_on_to_the_same_bits) {
    const precision_scope scope(bits_for_digits(60));
    taylor t = started(40);
    BOOST_TEST((t.advance(to_real(Rational(17, 10))) == status::reached));
    const taylor::checkpoint saved = t.save();
    taylor again = started(40);
    BOOST_TEST((again.advance(5) == status::reached));  // whatever it did before
    again.restore(saved);
    BOOST_TEST((again.save() == saved));
    BOOST_TEST((t.advance(8) == status::reached));
    BOOST_TEST((again.advance(8) == status::reached));
    BOOST_TEST((t.state() == again.state()));
    BOOST_TEST((t.counted() == again.counted()));
    taylor other(oracles::field({"x"}, {"x"}), precise(40));
    BOOST_CHECK_THROW(other.restore(saved), invalid_input);
}

BOOST_AUTO_TEST_CASE(precision_belongs_to_the_integrator) {
    taylor t(pendulum(), precise(100));
    {
        const precision_scope low(64);
        t.start(0, {Real(1), Real(0)});
        BOOST_TEST((t.advance(1) == status::reached));
        BOOST_TEST(working_bits() == low.bits());
    }
    BOOST_TEST(precision_of(t.state()[0]) >= bits_for_digits(100));
    const precision_scope scope(t.bits());
    taylor same = started(100);
    BOOST_TEST((same.advance(1) == status::reached));
    BOOST_TEST((t.state() == same.state()));
}

BOOST_AUTO_TEST_CASE(ends_that_are_no_errors) {
    const precision_scope scope(bits_for_digits(40));
    taylor blow(oracles::field({"x"}, {"x^2"}), precise(30));
    blow.start(0, {Real(1)});
    BOOST_TEST((blow.advance(2) == status::blow_up));
    BOOST_TEST(abs(blow.time() - 1) < pow(Real(10), -20));

    taylor::options few = precise(30);
    few.step_limit = 3;
    taylor limited(pendulum(), few);
    limited.start(0, {Real(1), Real(0)});
    BOOST_TEST((limited.advance(1000) == status::step_limit));
    BOOST_TEST(limited.counted().steps == 3);

    std::stop_source source;
    taylor::options stoppable = precise(30);
    stoppable.stop = source.get_token();
    taylor interrupted(pendulum(), stoppable);
    interrupted.start(0, {Real(1), Real(0)});
    source.request_stop();
    BOOST_TEST((interrupted.advance(1) == status::interrupted));

    taylor undefined(oracles::field({"x"}, {"1/x"}), precise(30));
    undefined.start(0, {Real(0)});
    BOOST_CHECK_THROW((void)undefined.advance(1), numerical_error);
    BOOST_CHECK_THROW(taylor(pendulum(), {.bits = 64, .digits = 30}), invalid_input);
    BOOST_CHECK_THROW(undefined.start(0, {Real(0), Real(0)}), invalid_input);
}

BOOST_AUTO_TEST_CASE(polynomial_solutions_take_few_steps) {
    const precision_scope scope(bits_for_digits(40));
    taylor t(oracles::field({"t", "x"}, {"1", "3*t^2"}), precise(30));
    t.start(0, {Real(0), Real(5)});
    BOOST_TEST((t.advance(7) == status::reached));
    BOOST_TEST(agreeing_digits(t.state()[1], Real(348), 100) >= 30);
    BOOST_TEST(t.counted().steps <= 3);
}

BOOST_AUTO_TEST_CASE(what_cancels_does_not_stop_the_steps) {
    // x - y stays 0 up to rounding: its relative accuracy is lost from the start and must not be asked for.
    const precision_scope scope(bits_for_digits(40));
    taylor t(oracles::field({"x", "y", "d"}, {"x/3", "y*(1/3)", "x/3-y/3+d*x"}), precise(30));
    t.start(0, {to_real(Rational(1, 3)), to_real(Rational(1, 3)), Real(0)});
    BOOST_TEST((t.advance(3) == status::reached));
    BOOST_TEST(t.counted().steps < 20);
    BOOST_TEST(abs(t.state()[2]) < pow(Real(10), -30));
}

BOOST_AUTO_TEST_SUITE_END()
