#include <eonflow/flow/integrate.hpp>

#include <eonflow/number/error.hpp>
#include <support/oracles.hpp>
#include <support/problems.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using namespace eonflow::problems;
using number::Ball;
using number::Real;

namespace {

/// One leaky unit f = a phi(<w, x>) with the squared loss: within a pattern a linear flow.
flow::Problem one_unit(flow::Data samples, const char* slope, const char* output, const std::vector<const char*>& start) {
    return problem(std::move(samples), model::leaky_relu(start.size(), rationals({output}), number::parse_rational(slope), false), model::loss_kind::squared, start);
}

flow::Trajectory run(flow::Problem p, const char* until, const std::vector<const char*>& times, std::int64_t digits, flow::ambiguity choice = flow::ambiguity::stop) {
    p.clock = flow::Clock::time;
    p.digits = digits;
    p.stop = {};
    p.stop.time = number::parse_rational(until);
    p.times = rationals(times);
    flow::IntegrateOptions options;
    options.at_ambiguity = choice;
    return flow::integrate(p, options);
}

std::string kinds(const flow::Trajectory& t) {
    std::string all;
    for (const flow::Event& e : t.events) all += (all.empty() ? "" : " ") + e.kind + (e.sample ? "[" + std::to_string(e.unit) + "," + std::to_string(*e.sample) + "]" : "[" + std::to_string(e.unit) + "]");
    return all;
}

void check_digits(const flow::verified& value, const Ball& exact, std::int64_t digits) {
    BOOST_TEST(value.digits >= digits);
    BOOST_TEST(number::agreeing_digits(value.value, exact.midpoint(), value.digits) >= value.digits);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(flow_switching)

// f = phi(w), slope 1/2 below 0, label 1, w(0) = -1: w' = (1 - w/2)/2 while w < 0, so w = 2 - 3 e^(-t/4); then w' = 1 - w.
BOOST_AUTO_TEST_CASE(a_transversal_crossing_has_a_closed_form) {
    for (const std::int64_t digits : {20, 60}) {
        const auto t = run(one_unit(data({{"1"}}, {"1"}), "1/2", "1", {"-1"}), "5", {"1", "2", "5"}, digits);
        const number::precision_scope scope(number::bits_for_digits(digits) + 100);
        BOOST_TEST(t.status == "reached_stop");
        BOOST_TEST(kinds(t) == "crossing[0,0]");
        const Ball when = Ball(4) * log(Ball(3) / Ball(2));
        check_digits(t.events.at(0).time, when, digits);
        check_digits(t.samples.at(0).parameters[0], Ball(2) - Ball(3) * exp(Ball(number::Rational(-1, 4))), digits);
        check_digits(t.samples.at(1).parameters[0], Ball(1) - exp(when - Ball(2)), digits);
        check_digits(t.samples.at(2).parameters[0], Ball(1) - exp(when - Ball(5)), digits);
    }
}

// f = phi(w), slope 1/2, label -1/2 at x = 1 and w(0) = 1 would be a minimum inside a cell; two samples x = 1, y = -1 and x = -1, y = -1 pull w to 0 from both sides:
// w > 0: w' = -(w + 1) - (-1/2)(-w/2 + 1) = ..., see below; the unit then rests on both kinks with slopes in between.
BOOST_AUTO_TEST_CASE(sliding_along_one_kink_is_the_flow_on_the_line) {
    // u = w_1 for sample 0 (label -1), which pushes w_1 down with slope 1 and down with slope 1/2 as well; sample 1, x = (1, 1), label 2, pulls it up:
    // on w_1 = 0 the flow is w_2' = 2 - w_2, and sliding needs lambda = (2 - w_2)/1 in [1/2, 1]: it starts on the line only when 1 <= w_2 and ends at w_2 = 3/2.
    const auto t = run(one_unit(data({{"1", "0"}, {"1", "1"}}, {"-1", "2"}), "1/2", "1", {"1/4", "9/10"}), "3", {"1/5", "3"}, 30);
    BOOST_TEST(t.status == "reached_stop");
    BOOST_TEST_MESSAGE(kinds(t));
    BOOST_TEST(kinds(t) == "sliding_start[0,0] sliding_end[0,0]");
}

BOOST_AUTO_TEST_SUITE_END()
