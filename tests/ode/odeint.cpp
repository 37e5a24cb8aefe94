#include <eonflow/ode/odeint.hpp>
#include <eonflow/ode/odeint_stepper.hpp>

#include <support/oracles.hpp>

#include <boost/numeric/odeint/integrate/integrate_adaptive.hpp>
#include <boost/numeric/odeint/integrate/integrate_times.hpp>
#include <boost/test/unit_test.hpp>

#include <functional>

using namespace eonflow;
using namespace eonflow::number;
using ode::status;
using ode::witness;
namespace odeint = boost::numeric::odeint;

namespace {

const oracles::two_factors flow{2, 1, Rational(1, 2)};

graph::vector_field two_factors() { return oracles::field({"a", "b"}, {"b*(2-a*b)", "a*(2-a*b)"}); }
Vector start() { return {Real(1), to_real(Rational(1, 2))}; }

}  // namespace

BOOST_AUTO_TEST_SUITE(odeint_adaptors)

BOOST_AUTO_TEST_CASE(witnesses_agree_with_the_closed_form) {
    const precision_scope scope(160);
    for (const auto stepper : {witness::method::runge_kutta_fehlberg78, witness::method::bulirsch_stoer}) {
        witness w(two_factors(), {.bits = 128, .digits = 20, .stepper = stepper});
        w.start(0, start());
        BOOST_TEST((w.advance(2) == status::reached));
        BOOST_TEST(w.time() == 2);
        for (std::size_t i = 0; i < 2; ++i) BOOST_TEST(agreeing_digits(w.state()[i], flow.at(Ball(2))[i].midpoint(), 30) >= 18);
        BOOST_TEST((w.advance(0) == status::reached));
        BOOST_TEST(abs(w.state()[0] - 1) < pow(Real(10), -17));
    }
}

BOOST_AUTO_TEST_CASE(witnesses_report_blow_up_and_limits) {
    const precision_scope scope(128);
    for (const auto stepper : {witness::method::runge_kutta_fehlberg78, witness::method::bulirsch_stoer}) {
        witness w(oracles::field({"x"}, {"x^2"}), {.bits = 64, .digits = 10, .stepper = stepper});
        w.start(0, {Real(1)});
        BOOST_TEST((w.advance(2) == status::blow_up));
        witness few(two_factors(), {.bits = 64, .digits = 10, .stepper = stepper, .step_limit = 2});
        few.start(0, start());
        BOOST_TEST((few.advance(100) == status::step_limit));
    }
}

BOOST_AUTO_TEST_CASE(taylor_fits_the_stepper_concept) {
    const precision_scope scope(bits_for_digits(60));
    const graph::vector_field field = two_factors();
    const ode::odeint_stepper stepper({.bits = bits_for_digits(50) + 32, .digits = 45});
    const auto digits = [](const Vector& x, const Real& t) {
        const auto exact = flow.at(Ball(t));
        return std::min(agreeing_digits(x[0], exact[0].midpoint(), 60), agreeing_digits(x[1], exact[1].midpoint(), 60));
    };

    Vector x = start();
    std::vector<Real> seen;
    const auto observer = [&](const Vector& state, const Real& time) {
        if (time > 0) BOOST_TEST(digits(state, time) >= 42);
        seen.push_back(time);
    };
    odeint::integrate_adaptive(stepper, std::cref(field), x, Real(0), Real(3), to_real(Rational(1, 8)), observer);
    BOOST_TEST(seen.size() > 3U);
    BOOST_TEST(seen.front() == 0);
    BOOST_TEST(seen.back() == 3);
    BOOST_TEST(digits(x, 3) >= 42);

    seen.clear();
    std::vector<Real> times;
    for (int k = 0; k <= 30; ++k) times.push_back(to_real(Rational(k, 20)));
    x = start();
    odeint::integrate_times(stepper, std::cref(field), x, times.begin(), times.end(), Real(1), observer);
    BOOST_TEST((seen == times));
}

BOOST_AUTO_TEST_SUITE_END()
