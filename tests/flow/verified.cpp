// Verified digits are never overstated: random problems against the same flow at far higher precision, by other means.
#include <eonflow/flow/integrate.hpp>

#include <eonflow/ode/taylor.hpp>
#include <support/random_problems.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using namespace eonflow::number;

namespace {

/// Integrates to t = 2 in either direction; every number against floating-point Taylor series of 40 digits more.
void check_digits(unsigned seed) {
    problems::problem_source source(seed);
    flow::Problem problem = source();
    problem.digits = static_cast<std::int64_t>(15 + source.below(seed % 8 == 0 ? 186 : 30));
    problem.clock = flow::Clock::time;
    const long sign = seed % 5 == 0 ? -1 : 1;
    problem.times = {Rational(sign, 3), Rational(sign)};
    problem.stop.time = Rational(2 * sign);
    // Backwards the logistic loss can have a singularity, to which there is no end of steps (docs/known-issues.md): up to here they count.
    flow::IntegrateOptions options;
    options.most_steps = 500;
    const flow::Trajectory found = flow::integrate(problem, options);
    BOOST_TEST((found.status == "reached_stop" || sign < 0), "seed " << seed << ": " << found.status);
    const std::int64_t digits = problem.digits + 40;
    const precision_scope scope(bits_for_digits(digits) + 64);
    ode::taylor exact(flow::assembled(flow::flow_field(flow::build_system(problem), flow::Clock::time)),
                      {.bits = scope.bits(), .digits = digits, .coefficients = ode::taylor::arithmetic::floating});
    Vector start;
    for (const Rational& y : problem.initial) start.push_back(to_real(y));
    exact.start(0, start);
    for (const flow::Sample& sample : found.samples) {
        if (exact.advance(sample.time.value) != ode::status::reached) break;  // the flow leaves every bound
        for (std::size_t i = 0; i < start.size(); ++i) {
            const flow::verified& value = sample.parameters[i];
            BOOST_TEST(agreeing_digits(value.value, exact.state()[i], value.digits) >= value.digits,
                       "seed " << seed << ", parameter " << i << " at " << sample.time.value.str(5) << ": " << value.value.str(20) << " to " << value.digits << " digits");
            if (found.status == "reached_stop" && exact.state()[i] != 0) BOOST_TEST(value.digits > 0, "seed " << seed << ": no digit of parameter " << i);
        }
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(verified_digits)

BOOST_AUTO_TEST_CASE(a_few_random_problems) {
    for (unsigned seed = 1; seed <= 16; ++seed) check_digits(seed);
}

BOOST_AUTO_TEST_CASE(three_hundred_random_problems, *boost::unit_test::label("slow") * boost::unit_test::disabled()) {
    for (unsigned seed = 1000; seed < 1300; ++seed) check_digits(seed);
}

BOOST_AUTO_TEST_SUITE_END()
