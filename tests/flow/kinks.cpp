/// Where many kinks meet, several layers slide, other methods follow, and runs go on after an interruption.
#include <eonflow/flow/integrate.hpp>
#include <eonflow/flow/start.hpp>
#include <eonflow/flow/path.hpp>
#include <eonflow/flow/pattern.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/ode/odeint.hpp>
#include <support/problems.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace eonflow;
using namespace eonflow::problems;
using number::Ball;
using number::Rational;
using number::Real;
using number::Vector;

namespace {

flow::Trajectory run(flow::Problem p, const char* until, const std::vector<const char*>& times, std::int64_t digits, const char* method = "taylor") {
    p.clock = flow::Clock::time;
    p.digits = digits;
    p.stop = {};
    p.stop.time = number::parse_rational(until);
    p.times = rationals(times);
    flow::IntegrateOptions options;
    options.method = method;
    options.confirm = std::string(method) == "taylor";
    return flow::integrate(p, options);
}

std::string kinds(const flow::Trajectory& t) {
    std::string all;
    for (const flow::Event& e : t.events) all += (all.empty() ? "" : " ") + e.kind + (e.sample ? "[" + std::to_string(e.unit) + "," + std::to_string(*e.sample) + "]" : "");
    return all;
}

/// Four units that cross six kinks.
flow::Problem six_crossings() {
    return problem(data({{"1", "0"}, {"1/50", "1"}}, {"1", "-1"}), model::leaky_relu(2, rationals({"1/2", "1/2", "-1/2", "-1/2"}), Rational(1, 2), false), model::loss_kind::exponential,
                   {"1/10", "1/5", "-1/10", "1/20", "1/7", "-1/9", "1/30", "1/11"});
}

/// A unit that reaches a kink, slides along it and leaves it.
flow::Problem slide() {
    return problem(data({{"1", "0"}, {"1", "1"}}, {"-1", "2"}), model::leaky_relu(2, rationals({"1"}), Rational(1, 2), false), model::loss_kind::squared, {"1/20", "11/10"});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(flow_kinks)

// Samples e_1 .. e_k with the label -1 and (1, ..., 1) with the label 2: on w_1 = ... = w_k = 0 every slope is 2 - w_{k+1}, as for one sample: from 6/5 the flow slides along all k
// kinks, w_{k+1} = 2 - (4/5) e^-t, and leaves all of them at t = log(8/5).
BOOST_AUTO_TEST_CASE(sliding_along_many_kinks_at_once_has_a_closed_form) {
    for (const std::size_t k : {2u, 3u, 12u}) {
        flow::Problem p;
        p.data.X = number::Matrix<Rational>(k + 1, k + 1);
        for (std::size_t i = 0; i < k; ++i) p.data.X(i, i) = 1, p.data.y.emplace_back(-1);
        for (std::size_t j = 0; j <= k; ++j) p.data.X(k, j) = 1;
        p.data.y.emplace_back(2);
        p.model = model::leaky_relu(k + 1, rationals({"1"}), Rational(1, 2), false);
        p.loss.kind = model::loss_kind::squared;
        p.initial.assign(k, Rational(0));
        p.initial.emplace_back(6, 5);
        const auto t = run(p, "1", {"1/5", "1"}, 30);
        const number::precision_scope scope(200);
        BOOST_TEST(t.status == "reached_stop");
        BOOST_TEST_REQUIRE(t.events.size() == 2 * k);
        for (std::size_t e = 0; e < 2 * k; ++e) BOOST_TEST(t.events[e].kind == (e < k ? "sliding_start" : "sliding_end"));
        BOOST_TEST(number::agreeing_digits(t.events.back().time.value, log(Ball(Rational(8, 5))).midpoint(), 30) >= 30);
        const Ball last = Ball(2) - Ball(Rational(4, 5)) * exp(Ball(Rational(-1, 5)));
        BOOST_TEST(number::agreeing_digits(t.samples.at(0).parameters[k].value, last.midpoint(), 30) >= 30);
        for (std::size_t j = 0; j < k; ++j) {
            BOOST_TEST(t.samples[0].parameters[j].value == 0);
            BOOST_TEST(t.samples.at(1).parameters[j].value < 0);
        }
    }
}

// Three samples in a plane whose kinks all meet at w = 0, where slopes in the ratio 6 : 3 : 2 balance: the flow gets there in finite time and stays, although the planes depend on each other.
BOOST_AUTO_TEST_CASE(kinks_that_depend_on_each_other_hold_a_unit) {
    const auto t = run(problem(data({{"1", "0"}, {"-1/2", "1"}, {"-1/2", "-1"}}, {"-1", "-2", "-3"}), model::leaky_relu(2, rationals({"1"}), Rational(1, 4), false),
                               model::loss_kind::squared, {"1/4", "1/7"}),
                       "3", {"1/10", "3"}, 25);
    BOOST_TEST(t.status == "reached_stop");
    const number::precision_scope scope(200);
    BOOST_TEST(abs(t.samples.at(0).parameters[0].value) > 0.01);
    for (const auto& w : t.samples.at(1).parameters) BOOST_TEST(w.value == 0);
}

// Samples that are multiples of each other share a kink: x and -x with one label make f_1 = phi(-w), whose slope is bound to that of phi(w). From w = 1/2 the unit passes 0 without doubt:
// with y = (-1, 1) both samples push it down on either side.
BOOST_AUTO_TEST_CASE(proportional_samples_share_their_kink) {
    const auto t = run(problem(data({{"1"}, {"-2"}, {"3"}}, {"-1", "2", "-3"}), model::leaky_relu(1, rationals({"1"}), Rational(1, 2), false), model::loss_kind::squared, {"1/2"}), "2", {"2"}, 25);
    BOOST_TEST(t.status == "reached_stop");
    BOOST_TEST(kinds(t) == "crossing[0,0] crossing[0,1] crossing[0,2]");
    const number::precision_scope scope(200);
    // w > 0: f = (w, -w, 3w), w' = -(w + 1) + (-w - 2) 1 - 3 (3w + 3) = -12 - 11 w. w < 0: f = (w/2, -2w, 3w/2): w' = -(w/2 + 1)/2 + 2 (-2w - 2) - (3/2)(3w/2 + 3) = -9 - 13w/2.
    const Ball when = log(Ball(1) + Ball(Rational(11, 24))) / Ball(11);
    BOOST_TEST(number::agreeing_digits(t.events.at(0).time.value, when.midpoint(), 25) >= 25);
    const Ball w = Ball(Rational(-18, 13)) * (Ball(1) - exp(Ball(Rational(-13, 2)) * (Ball(2) - when)));
    BOOST_TEST(number::agreeing_digits(t.samples.at(0).parameters[0].value, w.midpoint(), 25) >= 25);
}

// Odeint's steppers take the field of each segment and find its end by themselves.
void check_witnesses(const std::vector<const char*>& times, std::size_t least_events) {
    for (const flow::Problem& p : {six_crossings(), slide()}) {
        const auto exact = run(p, times.back(), times, 30);
        const auto other = run(p, times.back(), times, 27, "fehlberg78");
        const number::precision_scope scope(200);
        BOOST_TEST(exact.events.size() >= least_events);
        BOOST_TEST(kinds(exact) == kinds(other));
        BOOST_TEST_REQUIRE(exact.events.size() == other.events.size());
        for (std::size_t e = 0; e < exact.events.size(); ++e) BOOST_TEST(number::agreeing_digits(exact.events[e].time.value, other.events[e].time.value, 40) >= 25);
        BOOST_TEST_REQUIRE(other.samples.size() == exact.samples.size());
        for (std::size_t s = 0; s < exact.samples.size(); ++s)
            for (std::size_t i = 0; i < p.initial.size(); ++i)
                BOOST_TEST((exact.samples[s].parameters[i].value == other.samples[s].parameters[i].value ||
                            number::agreeing_digits(exact.samples[s].parameters[i].value, other.samples[s].parameters[i].value, Real(1), 40) >= 25));
    }
}

BOOST_AUTO_TEST_CASE(witnesses_agree_over_all_switches_to_25_digits, *boost::unit_test::label("slow") * boost::unit_test::disabled()) { check_witnesses({"1/5", "2/3", "1"}, 2); }

BOOST_AUTO_TEST_CASE(witnesses_agree_over_switches_to_25_digits) {
    check_witnesses({"1/10", "1/4"}, 1);
    const auto coarse = run(slide(), "1", {"1/5", "1"}, 15, "bulirsch_stoer"), exact = run(slide(), "1", {"1/5", "1"}, 20);
    const number::precision_scope scope(200);
    BOOST_TEST(kinds(coarse) == kinds(exact));
    for (std::size_t i = 0; i < 2; ++i) BOOST_TEST(number::agreeing_digits(coarse.samples.at(1).parameters[i].value, exact.samples.at(1).parameters[i].value, Real(1), 40) >= 13);
}

// Between two switches the pattern is constant: the slopes of one point put into the field, a witness takes it from there to the next switch.
BOOST_AUTO_TEST_CASE(a_witness_agrees_on_every_segment) {
    const flow::Problem p = six_crossings();
    const auto events = run(p, "1", {"1"}, 30).events;
    std::vector<Rational> ends{0};
    for (const flow::Event& e : events) ends.push_back(number::to_rational(e.time.value));
    ends.emplace_back(1);
    for (std::size_t s = 0; s + 1 < ends.size(); ++s) {
        const Rational from = ends[s] + (ends[s + 1] - ends[s]) / 8, to = ends[s + 1] - (ends[s + 1] - ends[s]) / 8;
        flow::Problem part = p;
        part.clock = flow::Clock::time;
        part.digits = 32;
        part.stop = {};
        part.stop.time = to;
        part.times = {from, to};
        const auto t = flow::integrate(part);
        const number::precision_scope scope(192);
        const flow::System system = flow::build_system(p);
        Vector start, slopes;
        for (const auto& x : t.samples.at(0).parameters) start.push_back(x.value);
        flow::Pattern<Real> pattern(system.graph, system.kinks);
        slopes = pattern.inputs(start);
        slopes.erase(slopes.begin(), slopes.begin() + static_cast<std::ptrdiff_t>(start.size()));
        ode::witness witness(flow::assembled(flow::flow_field(system, flow::Clock::time)), {.bits = 192, .digits = 28, .stepper = ode::witness::method::runge_kutta_fehlberg78});
        witness.set_parameters(slopes);
        witness.start(number::to_real(from), start);
        BOOST_TEST((witness.advance(number::to_real(to)) == ode::status::reached));
        for (std::size_t i = 0; i < start.size(); ++i)
            BOOST_TEST(number::agreeing_digits(witness.state()[i], t.samples.at(1).parameters[i].value, Real(1), 40) >= 25, "segment " << s << ", parameter " << i);
    }
}

// A path that was saved at any of its steps, at switches too, goes on to the same bits.
BOOST_AUTO_TEST_CASE(a_path_through_kinks_goes_on_with_the_same_bits) {
    for (flow::Problem p : {six_crossings(), slide()}) {
        p.clock = flow::Clock::time;
        const flow::System system = flow::build_system(p);
        const number::precision_scope scope(160);
        const flow::PathOptions options{"taylor", 30, false, 1000};
        using flow::Target;
        const std::vector<Target> targets{{Target::what::time, Rational(1, 3)}, {Target::what::time, 1}};
        const auto follow = [&](flow::Path& path, const std::vector<Target>& ahead, int stop_after, std::vector<flow::Path::point>& points) {
            int steps = 0;
            return path.follow(ahead, [&](const flow::Path::point& at) { points.push_back(at); }, [&](double, const std::string&) { return stop_after >= 0 && steps++ == stop_after; });
        };
        std::vector<flow::Path::point> whole;
        flow::Path once(p, system, p.clock, options);
        const auto outcome = follow(once, targets, -1, whole);
        BOOST_TEST(outcome.switches.size() >= 2u);
        for (int stop = 1; stop < 9; ++stop) {
            std::vector<flow::Path::point> parts;
            flow::Path first(p, system, p.clock, options);
            if (follow(first, targets, stop, parts).status != "interrupted") break;
            const number::Record left = first.save();
            BOOST_TEST(!left.empty());
            flow::Path second(p, system, p.clock, options);
            second.restore(left);
            const std::vector<Target> ahead(targets.begin() + static_cast<std::ptrdiff_t>(parts.size()), targets.end());
            const auto rest = follow(second, ahead, -1, parts);
            BOOST_TEST_REQUIRE(parts.size() == whole.size());
            for (std::size_t k = 0; k < parts.size(); ++k) BOOST_TEST((parts[k].parameters == whole[k].parameters), "stopped after " << stop << " steps");
            BOOST_TEST_REQUIRE(rest.switches.size() == outcome.switches.size());
            for (std::size_t k = 0; k < rest.switches.size(); ++k) BOOST_TEST((rest.switches[k].time == outcome.switches[k].time && rest.switches[k].what == outcome.switches[k].what));
        }
    }
}

// Two units die on the way: from then on their pre-activations are 0 up to rounding, which is no event.
BOOST_AUTO_TEST_CASE(a_unit_at_rest_gives_no_further_events) {
    flow::Problem p = problems::problem(problems::data({{"1", "1/2"}, {"-1/2", "1"}, {"1/4", "-1"}}, {"1", "-1", "1/2"}), model::relu_network(std::vector<std::size_t>{2, 4, 1}, 1, Rational(0), "none"),
                                        model::loss_kind::squared, {});
    p.initial = flow::uniform_start(2, p.model.parameters(), Rational(1));
    p.stop.time = Rational(10);
    std::vector<std::vector<std::string>> kinds;
    for (const std::int64_t digits : {10, 30, 50}) {
        p.digits = digits;
        const flow::Trajectory trajectory = flow::integrate(p);
        BOOST_TEST(trajectory.status == "reached_stop");
        kinds.emplace_back();
        for (const flow::Event& e : trajectory.events) {
            kinds.back().push_back(std::string(e.kind));
            BOOST_TEST(e.time.digits >= digits);
        }
        BOOST_TEST(kinds.back() == (std::vector<std::string>{"crossing", "rest", "rest", "crossing"}));
    }
}

BOOST_AUTO_TEST_SUITE_END()
