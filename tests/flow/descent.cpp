/// Gradient descent against exact iterates.
#include <eonflow/flow/integrate.hpp>

#include <eonflow/graph/evaluate.hpp>
#include <eonflow/number/error.hpp>
#include <support/problems.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using number::Rational;
using number::Real;

namespace {

flow::Problem deep_linear() {
    flow::Problem p = problems::two_layers(model::loss_kind::squared);
    p.descent_step = Rational(1, 10);
    p.digits = 40;
    return p;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gradient_descent)

BOOST_AUTO_TEST_CASE(iterates_are_those_of_rational_arithmetic) {
    flow::Problem p = deep_linear();
    p.times = {0, Rational(1, 10), Rational(39, 100)};  // iterates 0, 1, 3
    p.stop.time = Rational(1, 2);
    const flow::Trajectory trajectory = flow::integrate(p);
    const flow::System system = flow::build_system(p);
    graph::evaluator<Rational> gradient(system.graph, system.gradient);
    std::vector<Rational> theta = p.initial;
    std::size_t next = 0;
    const std::vector<int> iterates = {0, 1, 3, 5};
    BOOST_REQUIRE(trajectory.samples.size() == iterates.size());
    const number::precision_scope scope(300);
    for (int k = 0; k <= 5; ++k) {
        if (iterates[next] == k) {
            const flow::Sample& sample = trajectory.samples[next++];
            BOOST_TEST(sample.verified_digits == 40);
            BOOST_TEST(number::agreeing_digits(sample.time.value, number::to_real(Rational(k, 10)), 60) >= 40);
            for (std::size_t i = 0; i < theta.size(); ++i) BOOST_TEST(number::agreeing_digits(sample.parameters[i].value, number::to_real(theta[i]), 60) >= 40);
        }
        const auto slope = gradient(theta);
        for (std::size_t i = 0; i < theta.size(); ++i) theta[i] -= slope[i] / 10;
    }
    BOOST_TEST(trajectory.method == "descent");
    BOOST_TEST(trajectory.status == "reached_stop");
}

BOOST_AUTO_TEST_CASE(digits_lost_on_the_way_are_made_up_for) {
    // w - 2 is multiplied by 1 - 5/2 in each of 200 steps: the start at 2 + 1e-30 is blown up, and so is every rounding.
    flow::Problem p = problems::problem(problems::data({{"1"}}, {"2"}), model::linear(1), model::loss_kind::squared, {"2.000000000000000000000000000001"});
    p.descent_step = Rational(5, 2);
    p.stop.time = Rational(5, 2) * 200;
    p.times = {0};
    p.digits = 30;
    const flow::Sample end = flow::integrate(p).samples.back();
    const number::precision_scope scope(400);
    const Real exact = 2 + pow(Real(10), -30) * pow(Real(3) / 2, 200);
    BOOST_TEST(end.verified_digits == 30);
    BOOST_TEST(number::agreeing_digits(end.parameters[0].value, exact, 60) >= 30);
}

BOOST_AUTO_TEST_CASE(a_loss_stops_at_the_first_iterate_below_it) {
    flow::Problem p = problems::problem(problems::data({{"1"}}, {"1"}), model::linear(1), model::loss_kind::squared, {"0"});
    p.descent_step = Rational(1, 2);  // loss 2^(-2k-1)
    p.times = {0};
    p.stop.loss = Rational(1, 100);
    const flow::Sample end = flow::integrate(p).samples.back();
    BOOST_TEST(end.time.value == Real(3) / 2);
}

BOOST_AUTO_TEST_CASE(divergence_and_wrong_settings_are_told) {
    flow::Problem p = deep_linear();
    p.descent_step = 1000;
    p.times = {0};
    p.stop.time = 200000;
    BOOST_TEST(flow::integrate(p).status == "blow_up");
    p.stop.time = -1;
    BOOST_CHECK_THROW((void)flow::integrate(p), invalid_input);
    p.stop = {};
    p.stop.settled_digits = 5;
    BOOST_CHECK_THROW((void)flow::integrate(p), invalid_input);
    p.clock = flow::Clock::loss;
    BOOST_CHECK_THROW(p.validate(), invalid_input);
    p.clock = flow::Clock::time;
    p.descent_step = 0;
    BOOST_CHECK_THROW(p.validate(), invalid_input);
}

BOOST_AUTO_TEST_SUITE_END()
