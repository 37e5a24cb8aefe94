#include <eonflow/flow/integrate.hpp>
#include <eonflow/flow/saddle.hpp>
#include <eonflow/number/text.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using number::Rational;
using number::Real;

namespace {

/// One sample a feature: the coordinates of a diagonal network decouple.
flow::Problem regression(model::Model m, const std::vector<std::string>& y, int exponent) {
    flow::Problem p;
    p.data.X = number::Matrix<Rational>(y.size(), y.size());
    for (std::size_t i = 0; i < y.size(); ++i) p.data.X(i, i) = 1, p.data.y.push_back(number::parse_rational(y[i]));
    p.model = std::move(m);
    p.loss.kind = model::loss_kind::squared;
    p.initial.assign(p.model.parameters(), number::parse_rational("1e-" + std::to_string(exponent)));
    return p;
}

Real small(const std::string& text) { return number::to_real(number::parse_rational(text)); }

/// The claimed digits are true ones.
void check_claim(const flow::verified& v, const Real& truth, std::int64_t at_least) {
    BOOST_TEST(v.digits >= at_least, v.digits << " digits claimed");
    const auto right = number::agreeing_digits(v.value, truth, 1000);
    BOOST_TEST(right >= v.digits, v.digits << " digits claimed, " << right << " right");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(small_start)

// v_1 = v_2 = v obeys v' = v (y - v^2): w = v^2 is y/(1 + (y/w(0) - 1) e^(-2 y t)).
BOOST_AUTO_TEST_CASE(depth_2_follows_the_logistic_law) {
    for (const int exponent : {1000}) {
        auto p = regression(model::diagonal(2, 2), {"2", "1/2"}, exponent);
        p.stop.time = 5 * exponent;  // the second jump is at t = 4.6 exponent
        p.times = {Rational(exponent), Rational(23 * exponent, 20), Rational(23 * exponent, 5)};
        const auto result = flow::integrate(p);
        BOOST_TEST(result.status == "reached_stop");
        const number::precision_scope scope(result.precision_bits + 64 + 8 * exponent);
        for (const auto& s : result.samples)
            for (std::size_t i = 0; i < 2; ++i) {
                const Real y = number::to_real(p.data.y[i]), start = number::to_real(p.initial[0]), t = Real(s.time.value);
                check_claim(s.parameters[i], sqrt(y / (1 + (y / (start * start) - 1) * exp(-2 * y * t))), 28);
            }
        BOOST_TEST(result.counters.steps < 250);
    }
}

// v' = v^2 (y - v^3) for depth 3: t = integral of dv/(v^2 (y - v^3)), elementary for y = 1; time over 1/alpha tends to 1.
BOOST_AUTO_TEST_CASE(depth_3_jumps_at_one_over_alpha) {
    for (const int exponent : {10, 100}) {
        auto p = regression(model::diagonal(1, 3), {"1"}, exponent);
        p.stop.loss = Rational(1, 8);  // v^3 = 1/2
        const auto result = flow::integrate(p);
        BOOST_TEST(result.status == "reached_stop");
        const number::precision_scope scope(result.precision_bits + 64 + 4 * exponent);
        const auto primitive = [](const Real& v) {
            const Real root = sqrt(Real(3));
            return Real(-1 / v - log(1 - v) / 3 + log1p(v + v * v) / 6 - atan((2 * v + 1) / root) / root);
        };
        const auto& end = result.samples.back();
        const Real time = primitive(cbrt(Real(1) / 2)) - primitive(number::to_real(p.initial[0]));
        check_claim(end.time, time, 28);
        BOOST_TEST(abs(end.time.value * number::to_real(p.initial[0]) - 1) < std::max(Real(2 * number::to_real(p.initial[0])), small("1e-28")));
        BOOST_TEST(result.counters.steps < 150);
    }
}

// Two features that share a sample, a second sample that waits: from saddle to saddle at depth 2 and 4, where 1/alpha^2 is the stiffness.
BOOST_AUTO_TEST_CASE(saddle_to_saddle) {
    for (const std::size_t depth : {std::size_t{2}, std::size_t{4}}) {
        auto p = regression(model::diagonal(3, depth), {"2", "1/2", "1"}, 30);
        p.data.X = number::Matrix<Rational>(2, 3);
        p.data.X(0, 0) = 2, p.data.X(0, 2) = 1, p.data.X(1, 1) = 1;
        p.data.y = {2, Rational(1, 2)};
        p.digits = 20;
        p.stop.log10_time = depth == 2 ? 3 : 63;
        const auto result = flow::integrate(p);
        BOOST_TEST(result.status == "reached_stop");
        const auto& end = result.samples.back();
        BOOST_TEST(end.verified_digits >= 20);
        const number::precision_scope scope(result.precision_bits);
        const auto beta = [&](std::size_t i) {
            Real product = 1;
            for (std::size_t k = 0; k < depth; ++k) product *= end.parameters[i + 3 * k].value;
            return product;
        };
        BOOST_TEST(abs(2 * beta(0) + beta(2) - 2) < small("1e-20"));
        BOOST_TEST(abs(beta(1) - small("1/2")) < small("1e-20"));
    }
}

BOOST_AUTO_TEST_SUITE_END()
