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
    p.at_ambiguity = choice;
    return flow::integrate(p);
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

// Sample 0, x = (1, 0), label -1, pushes u = w_1 down on either side; sample 1, x = (1, 1), label 2, pulls it up. On w_1 = 0: w_2' = 2 - w_2, and w_1' = -s + 2 - w_2 = 0 for
// the slope s = 2 - w_2, which is in [1/2, 1] for 1 <= w_2 <= 3/2. From (0, 6/5) the flow slides at once, w_2 = 2 - (4/5) e^-t, and leaves at t = log(8/5).
BOOST_AUTO_TEST_CASE(sliding_along_a_kink_has_a_closed_form) {
    const auto t = run(one_unit(data({{"1", "0"}, {"1", "1"}}, {"-1", "2"}), "1/2", "1", {"0", "6/5"}), "3", {"1/5", "1/3", "3"}, 40);
    const number::precision_scope scope(300);
    BOOST_TEST(t.status == "reached_stop");
    BOOST_TEST(kinds(t) == "sliding_start[0,0] sliding_end[0,0]");
    check_digits(t.events.at(1).time, log(Ball(number::Rational(8, 5))), 40);
    for (std::size_t k = 0; k < 2; ++k) {
        BOOST_TEST(t.samples.at(k).parameters[0].value == 0);
        check_digits(t.samples[k].parameters[1], Ball(2) - Ball(number::Rational(4, 5)) * exp(-Ball(number::to_rational(t.samples[k].time.value))), 40);
    }
    // Then s = 1/2: w_1' = -(w_1/2 + 1)/2 - r, w_2' = -r, r = w_1 + w_2 - 2: at the minimum w_1 = -2.
    BOOST_TEST(t.samples.at(2).parameters[0].value < 0);
}

// The same from both sides of the kink: it is reached in finite time, and the flow backwards from behind a crossing comes back to its start.
BOOST_AUTO_TEST_CASE(sliding_is_reached_from_either_side_and_time_runs_back_over_a_crossing) {
    for (const char* start : {"1/4", "-1/20"}) {
        const auto t = run(one_unit(data({{"1", "0"}, {"1", "1"}}, {"-1", "2"}), "1/2", "1", {start, "11/10"}), "2", {"2"}, 30);
        BOOST_TEST(kinds(t) == "sliding_start[0,0] sliding_end[0,0]");
        const number::precision_scope scope(300);
        // w_2 on the kink tells how long the flow slides, but only it: the two ends differ.
        BOOST_TEST(t.events[0].time.value > 0);
        BOOST_TEST(t.events[0].time.digits >= 30);
    }
    auto p = one_unit(data({{"1"}}, {"1"}), "1/2", "1", {"-1"});
    p.initial = {number::Rational(1, 2)};  // behind the kink
    const auto back = run(p, "-3", {"-3"}, 30);
    BOOST_TEST(kinds(back) == "crossing[0,0]");
    const number::precision_scope scope(300);
    // w = 1 - e^-t/2 is 0 at t = -log 2; before, w = 2 - 2 e^(-(t + log 2)/4).
    check_digits(back.events.at(0).time, -log(Ball(2)), 30);
    check_digits(back.samples.at(0).parameters[0], Ball(2) - Ball(2) * exp((Ball(3) - log(Ball(2))) / Ball(4)), 30);
}

// f = phi(w), slope 1/2: at w = 0 the loss (w - 1)^2/2 of label 1 pulls up from both sides (a crossing), that of label -1 down. With the output weight -1 and label -1 the kink
// of f attracts; with -1 and label 1 the loss falls on both sides of w = 0, faster above: two ways on.
BOOST_AUTO_TEST_CASE(a_start_on_a_kink_goes_on_where_it_can) {
    BOOST_TEST(kinds(run(one_unit(data({{"1"}}, {"1"}), "1/2", "1", {"0"}), "1", {"1"}, 20)) == "departure[0,0]");
    // Samples x = 1, y = 1 and x = -1, y = 1: f = phi(w), phi(-w) both want to grow: w leaves 0 to either side, symmetric.
    const auto problem = one_unit(data({{"1"}, {"-1"}}, {"1", "1"}), "1/2", "1", {"0"});
    const auto stopped = run(problem, "1", {"1"}, 20);
    BOOST_TEST(stopped.status == "not_unique");
    BOOST_TEST(stopped.samples.empty());
    BOOST_TEST(kinds(stopped) == "not_unique[0,0] not_unique[0,1]");
    // For w > 0: f_0 = w, f_1 = -w/2, w' = (1 - w) - (1 + w/2)/2 = 1/2 - 5w/4; for w < 0 the same with the samples exchanged.
    const auto low = run(problem, "1", {"1"}, 20, flow::ambiguity::lowest), high = run(problem, "1", {"1"}, 20, flow::ambiguity::highest);
    const number::precision_scope scope(300);
    const Ball w = Ball(number::Rational(2, 5)) * (Ball(1) - exp(Ball(number::Rational(-5, 4))));
    check_digits(low.samples.at(0).parameters[0], -w, 20);
    check_digits(high.samples.at(0).parameters[0], w, 20);
}

// Two ReLU units whose weights and outputs are all 0 never move; a ReLU unit that is inactive everywhere stays as it is.
BOOST_AUTO_TEST_CASE(dead_units_rest) {
    const std::vector<std::size_t> widths{2, 2, 1};
    const auto samples = data({{"1", "0"}, {"0", "1"}}, {"1", "1"});
    const auto t = run(problem(samples, model::relu_network(widths, 1, 0, "none"), model::loss_kind::squared, {"1/2", "1/3", "0", "0", "1/4", "0"}), "2", {"2"}, 20);
    BOOST_TEST(t.status == "reached_stop");
    BOOST_TEST(t.samples.at(0).parameters[2].value == 0);
    BOOST_TEST(t.samples.at(0).parameters[5].value == 0);
    // A unit that is active on one sample alone and pushes its output the wrong way dies.
    const auto dying = run(problem(data({{"1"}}, {"-1"}), model::leaky_relu(1, rationals({"1", "1"}), 0, false), model::loss_kind::squared, {"1", "1/2"}), "5", {"5"}, 20);
    BOOST_TEST(kinds(dying) == "rest[1,0] death[1] rest[0,0] death[0]");
}

// Catalogue O11: x_1 = e_1, x_2 = e_2, units (s, -c), (-c, s) with output weights s: no switch, and q = s^2 solves Ei(q) - Ei(q_0) = 2t.
BOOST_AUTO_TEST_CASE(decoupled_units_follow_the_exponential_integral) {
    const std::vector<std::size_t> widths{2, 2, 1};
    const auto samples = data({{"1", "0"}, {"0", "1"}}, {"1", "1"});
    const auto t = run(problem(samples, model::relu_network(widths, 1, 0, "none"), model::loss_kind::exponential, {"1/2", "-1/10", "-1/10", "1/2", "1/2", "1/2"}), "200", {"200"}, 40);
    BOOST_TEST(t.events.empty());
    const number::precision_scope scope(300);
    const auto& theta = t.samples.at(0).parameters;
    BOOST_TEST(number::agreeing_digits(theta[1].value, number::to_real(number::Rational(-1, 10)), 40) == 40);
    const Ball q = Ball(theta[0].value) * Ball(theta[0].value);
    const auto defect = oracles::exponential_integral(q) - oracles::exponential_integral(Ball(number::Rational(1, 4))) - Ball(400);
    // d Ei(q)/dq = e^q/q, and q is right to 40 digits.
    BOOST_TEST(abs(defect.midpoint()) < pow(Real(10), -39) * exp(q.midpoint()));
}

// Gram matrix Q diag(1, 4, 9) Q^T with the rational rotation Q below: with all active u_0 = -2 + 7x - 32x^4 + 256x^9, x = e^-t, which touches 0 at x = 1/2 and is positive around it. There
// the label -2 of sample 0 pulls down: the kink attracts, and the only way on is back up.
BOOST_AUTO_TEST_CASE(a_contact_with_an_attracting_kink_turns_back) {
    const auto samples = data({{"1/3", "4/3", "2"}, {"2/3", "2/3", "-2"}, {"2/3", "-4/3", "1"}}, {"-2", "300", "0"});
    const auto t = run(one_unit(samples, "1/2", "1", {"661/3", "76/3", "548/9"}), "4/5", {"1/2", "4/5"}, 30);
    BOOST_TEST(t.status == "reached_stop");
    BOOST_TEST(kinds(t) == "contact[0,0]");
    const number::precision_scope scope(300);
    check_digits(t.events.at(0).time, log(Ball(2)), 12);
    const auto& w = t.samples.at(1).parameters;
    const Ball x = exp(Ball(number::Rational(-4, 5))), x4 = x * x * x * x;
    check_digits({w[0].value / 3 + 4 * w[1].value / 3 + 2 * w[2].value, 26}, Ball(-2) + Ball(7) * x - Ball(32) * x4 + Ball(256) * x4 * x4 * x, 26);
}

// x_0 = (1, 1/2, 1/2), x_1 = (1, -1/2, -1/2) have the Gram matrix [[3/2, 1/2], [1/2, 3/2]] of eigenvalues 2 and 1: with both active u_0 = y_0 + e^-2t - e^-t,
// u_1 = y_1 + e^-2t + e^-t from u = (1/4, 3) for y = (1/4, 1). So u_0 = (e^-t - 1/2)^2 touches 0 at t = log 2. With y_0 moved by 10^-12 it crosses twice, or not at all.
BOOST_AUTO_TEST_CASE(a_contact_is_neither_missed_nor_a_crossing) {
    const auto samples = [](const char* y) { return data({{"1", "1/2", "1/2"}, {"1", "-1/2", "-1/2"}}, {y, "1"}); };
    const std::vector<const char*> start{"13/8", "-11/8", "-11/8"};
    // The label 1/4 pushes up: below the kink, where the slope is halved, u_0' = -3/16 at once, so that the flow can go on on either side.
    BOOST_TEST(kinds(run(one_unit(samples("1/4"), "1/2", "1", start), "3", {"3"}, 30)) == "not_unique[0,0]");
    const auto below = run(one_unit(samples("1/4"), "1/2", "1", start), "3", {"3"}, 30, flow::ambiguity::lowest);
    BOOST_TEST(kinds(below) == "crossing[0,0] crossing[0,0]");
    const auto t = run(one_unit(samples("1/4"), "1/2", "1", start), "3", {"3"}, 30, flow::ambiguity::highest);
    BOOST_TEST(t.status == "reached_stop");
    BOOST_TEST(kinds(t) == "contact[0,0]");
    const number::precision_scope scope(300);
    check_digits(t.events.at(0).time, log(Ball(2)), 12);
    const auto& w = t.samples.at(0).parameters;
    const Ball u = exp(Ball(-6)) - exp(Ball(-3)) + Ball(number::Rational(1, 4));
    check_digits({w[0].value + (w[1].value + w[2].value) / 2, 28}, u, 28);
    BOOST_TEST(run(one_unit(samples("0.250000000001"), "1/2", "1", start), "3", {"3"}, 30).events.empty());
    BOOST_TEST(kinds(run(one_unit(samples("0.249999999999"), "1/2", "1", start), "3", {"3"}, 30)) == "crossing[0,0] crossing[0,0]");
}

BOOST_AUTO_TEST_CASE(clocks_and_restarts_agree_across_switches) {
    auto p = problem(data({{"1", "0"}, {"1/50", "1"}}, {"1", "-1"}), model::leaky_relu(2, rationals({"1/2", "1/2", "-1/2", "-1/2"}), number::Rational(1, 2), false),
                     model::loss_kind::exponential, {"1/10", "1/5", "-1/10", "1/20", "1/7", "-1/9", "1/30", "1/11"});
    const auto in_time = run(p, "1", {"1/5", "1"}, 25);
    BOOST_TEST(kinds(in_time) == "crossing[3,0] crossing[1,1] crossing[2,0] crossing[0,1] crossing[1,0] crossing[2,1]");
    p.clock = flow::Clock::loss;
    p.digits = 25;
    p.stop = {};
    p.stop.time = number::Rational(1);
    p.times = rationals({"1"});
    const auto in_loss = flow::integrate(p);
    const number::precision_scope scope(300);
    BOOST_TEST(kinds(in_loss) == kinds(in_time));
    for (std::size_t i = 0; i < in_time.samples.back().parameters.size(); ++i)
        BOOST_TEST(number::agreeing_digits(in_time.samples.back().parameters[i].value, in_loss.samples.back().parameters[i].value, 25) >= 24);
    for (std::size_t i = 0; i < in_time.events.size(); ++i) BOOST_TEST(number::agreeing_digits(in_time.events[i].time.value, in_loss.events[i].time.value, 25) >= 24);
    // From the state at t = 1/5, a place between switches, on: the same end.
    auto rest = p;
    for (std::size_t i = 0; i < rest.initial.size(); ++i) rest.initial[i] = number::to_rational(in_time.samples[0].parameters[i].value);
    const auto second = run(rest, "4/5", {"4/5"}, 25);
    BOOST_TEST(kinds(second) == "crossing[2,0] crossing[0,1] crossing[1,0] crossing[2,1]");
    for (std::size_t i = 0; i < rest.initial.size(); ++i)
        BOOST_TEST(number::agreeing_digits(second.samples.at(0).parameters[i].value, in_time.samples.back().parameters[i].value, 25) >= 22);
}

// The horizon's events are those of the other clocks, and its end is where the loss clock goes.
BOOST_AUTO_TEST_CASE(the_late_phase_takes_over_behind_the_last_switch) {
    auto p = problem(data({{"1", "0"}, {"1/50", "1"}}, {"1", "-1"}), model::leaky_relu(2, rationals({"1/2", "1/2", "-1/2", "-1/2"}), number::Rational(1, 2), false),
                     model::loss_kind::exponential, {"1/10", "1/5", "-1/10", "1/20", "1/7", "-1/9", "1/30", "1/11"});
    p.clock = flow::Clock::horizon;
    p.digits = 12;
    p.stop.direction_digits = number::Rational(9);
    const auto t = flow::integrate(p);
    BOOST_TEST(t.status == "reached_stop");
    BOOST_TEST(kinds(t) == "crossing[3,0] crossing[1,1] crossing[2,0] crossing[0,1] crossing[1,0] crossing[2,1]");
    for (const auto& e : t.events) BOOST_TEST(e.log10_time.digits >= 10);
    // All margins are equal in the limit, and the units come in two equal pairs.
    const number::precision_scope scope(200);
    const auto& theta = t.samples.back().parameters;
    for (std::size_t i = 0; i < 2; ++i) {
        BOOST_TEST(number::agreeing_digits(theta[i].value, theta[2 + i].value, 12) >= 8);
        BOOST_TEST(number::agreeing_digits(theta[4 + i].value, theta[6 + i].value, 12) >= 8);
    }
}

// Outputs 1 and -1, slope 1/4, x_0 = (1, 0) of label -1, x_1 = (1/2, 1) of label 1: unit 0 ends up on the kink of sample 0, unit 1 on that of sample 1, with the slopes
// p_1/(2 p_0) and 2 p_0/(5 p_1) for weights p. There w_0 = (0, c), w_1 = (b, -b/2), the margins are b and c, so both are equal in the limit: (0, 1, 1, -1/2)/(3/2),
// with p_1 = 4 p_0/5 and the slopes 2/5 and 1/2.
BOOST_AUTO_TEST_CASE(sliding_goes_on_to_the_horizon) {
    auto p = problem(data({{"1", "0"}, {"1/2", "1"}}, {"-1", "1"}), model::leaky_relu(2, rationals({"1", "-1"}), number::Rational(1, 4), false), model::loss_kind::exponential,
                     {"1/4", "1/2", "1/5", "-1/10"});
    p.clock = flow::Clock::horizon;
    p.digits = 12;
    p.stop.log10_time = number::Rational(1'000'000'000'000);
    const auto t = flow::integrate(p);
    BOOST_TEST(t.status == "reached_stop");
    BOOST_TEST(kinds(t) == "sliding_start[1,1] sliding_start[0,0]");
    const number::precision_scope scope(200);
    const auto& theta = t.samples.back().parameters;
    const Real size = theta[1].value;
    // The distance from the limit is of the size of 1/log t.
    const std::vector<Real> limit{Real(0), Real(1), Real(1), Real(-1) / 2};
    for (std::size_t i = 0; i < 4; ++i) BOOST_TEST(abs(theta[i].value / size - limit[i]) < pow(Real(10), -11));
}

BOOST_AUTO_TEST_SUITE_END()
