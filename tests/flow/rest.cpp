/// Flows to rest from starts of any scale: rational limits, the flow in time, and the count of steps.
#include <eonflow/convex/check.hpp>
#include <eonflow/convex/solve.hpp>
#include <eonflow/flow/integrate.hpp>
#include <eonflow/flow/rest.hpp>
#include <eonflow/io/problem_file.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>
#include <support/problems.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace eonflow;
using number::Rational;
using number::Real;

namespace {

flow::Problem two_samples(model::Model model, const std::vector<const char*>& start) {
    return problems::problem(problems::data({{"1", "2", "-1"}, {"0", "1", "1"}}, {"1", "-1/2"}), std::move(model), model::loss_kind::squared, start);
}

Real off(const flow::verified& value, const Real& wanted) { return abs(value.value - wanted); }

}  // namespace

BOOST_AUTO_TEST_SUITE(rest)

BOOST_AUTO_TEST_CASE(rational_limits_are_met) {
    const number::precision_scope scope(160);
    const auto of = [](std::size_t depth, const char* label, const std::vector<const char*>& start) {
        return flow::follow_to_rest(problems::problem(problems::data({{"1", "2"}}, {label}), model::diagonal(2, depth), model::loss_kind::squared, start), 30).coefficients;
    };
    const auto two = of(2, "1", {"2/3", "2/3", "0", "0"}), three = of(3, "1735/216", {"1", "1", "1", "1", "0", "0"});
    const Real tiny = pow(Real(10), -29);
    BOOST_TEST(off(two[0], Real(1) / 6) < tiny);
    BOOST_TEST(off(two[1], Real(5) / 12) < tiny);
    BOOST_TEST(off(three[0], Real(5) / 8) < tiny);
    BOOST_TEST(off(three[1], Real(100) / 27) < tiny);
}

BOOST_AUTO_TEST_CASE(the_flow_in_time_ends_at_the_same_point) {
    const number::precision_scope scope(160);
    for (flow::Problem problem : {two_samples(model::diagonal(3, 3), {"1/2", "-1/3", "1/2", "1/2", "1/3", "-1/2", "0", "1/5", "-1/4"}), two_samples(model::difference(3, 2), {"1/2", "1/3", "1", "1/4", "1/2", "1"}),
                                  two_samples(model::difference(3, 3), {"1/2", "1/3", "1", "1/2", "1/3", "1"}),
                                  // Unequal layers, two that are equal, the first the smallest, a coordinate at rest, unequal signs.
                                  two_samples(model::diagonal(3, 3), {"1/2", "-1/3", "1/2", "1", "1/3", "-1/2", "0", "1/5", "-1/4"}), two_samples(model::diagonal(3, 2), {"1/2", "1/3", "1", "1/2", "-1/4", "1"}),
                                  two_samples(model::diagonal(3, 3), {"0", "1/4", "1/8", "1/3", "-1/3", "-1/2", "1/2", "1", "1/4"}), two_samples(model::diagonal(3, 2), {"0", "1/2", "1", "0", "1/4", "1/2"}),
                                  two_samples(model::difference(3, 2), {"1/2", "1/3", "1", "-1/4", "1/2", "-1"})}) {
        const flow::Rest here = flow::follow_to_rest(problem, 20);
        problem.stop.settled_digits = 22;
        problem.digits = 22;
        problem.observe = {"coefficients"};
        const auto there = flow::integrate(problem).samples.back().observed.at("coefficients");
        for (std::size_t j = 0; j < there.size(); ++j) BOOST_TEST(off(here.coefficients[j], there[j].value) < pow(Real(10), -19), problem.model.description << ", coordinate " << j + 1);
    }
}

BOOST_AUTO_TEST_CASE(steps_grow_at_most_like_the_logarithm_of_the_scale) {
    const auto steps = [](std::size_t depth, const char* scale) {
        flow::Problem problem = two_samples(model::diagonal(3, depth), std::vector<const char*>(3 * depth, "0"));
        for (std::size_t i = 0; i < 3 * (depth - 1); ++i) problem.initial[i] = number::parse_rational(scale) * std::vector<Rational>{1, Rational(-3, 4), Rational(5, 4)}[i % 3];
        return flow::follow_to_rest(problem, 12).steps;
    };
    for (const std::size_t depth : {2u, 3u, 6u}) BOOST_TEST(steps(depth, "1e-100") <= 2 * steps(depth, "1e-10"), "depth " << depth);
}

/// Digits to which a network of `depth` equal layers but for the last, which is 0, comes to rest at the minimizer of its potential.
std::int64_t digits_shared_with_the_minimizer(std::size_t depth, const char* scale) {
    constexpr std::int64_t wanted = 30;
    std::vector<const char*> start(3 * (depth - 1), scale);
    start.insert(start.end(), 3, "0");
    const flow::Problem problem = two_samples(model::diagonal(3, depth), start);
    const flow::Rest rest = flow::follow_to_rest(problem, wanted);
    const convex::Potential potential{"yun", {static_cast<int>(depth), number::parse_rational(scale)}};
    const convex::Solution minimizer = convex::solve(convex::bregman(problem.data.X, problem.data.y, std::vector<convex::Potential>(3, potential)), wanted + 5);
    BOOST_REQUIRE((minimizer.status == convex::Status::optimal));
    BOOST_TEST(convex::check(minimizer.certificate).accepted);
    const number::precision_scope scope(rest.precision_bits);
    const std::vector<number::Ball> point = minimizer.point(wanted + 5);
    std::int64_t fewest = wanted;
    for (std::size_t j = 0; j < point.size(); ++j)
        fewest = std::min({fewest, rest.coefficients[j].digits, number::agreeing_digits(rest.coefficients[j].value, point[j].midpoint(), wanted)});
    BOOST_TEST_MESSAGE("depth " << depth << ", scale " << scale << ": " << rest.steps << " steps");
    return fewest;
}

BOOST_AUTO_TEST_CASE(limits_are_minimizers_of_the_potential) {
    for (const std::size_t depth : {2u, 3u, 4u, 5u, 6u})
        for (const char* scale : {"1e-100", "1e3"}) BOOST_TEST(digits_shared_with_the_minimizer(depth, scale) >= 30, "depth " << depth << ", scale " << scale);
}

BOOST_AUTO_TEST_CASE(limits_from_tiny_starts_are_minimizers_of_the_potential, *boost::unit_test::label("slow") * boost::unit_test::disabled()) {
    for (const std::size_t depth : {2u, 3u, 4u, 5u, 6u})
        for (const char* scale : {"1e-1000", "1e-30", "1e-10", "1/100", "1"}) BOOST_TEST(digits_shared_with_the_minimizer(depth, scale) >= 30, "depth " << depth << ", scale " << scale);
}

BOOST_AUTO_TEST_CASE(a_formula_goes_from_saddle_to_saddle) {
    flow::Problem problem = io::read_problem(EONFLOW_SOURCE_DIR "/examples/small_start_60.json");
    const flow::Rest rest = flow::follow_to_rest(problem, 10);
    const number::precision_scope scope(rest.precision_bits);
    // Rates on the plateaus: 2 for p_1; 7/5, then 1/5 for a_3; 0, then 14/25, then 49/250 for b_4 (the residuals there are (-1, 0), (-1/5, 2/5), (-1/50, 7/50)).
    // What grows at these rates from 1/scale has size one at the times 1/2, 2 and 138/49, in units of log(1/scale), to O(1).
    const Real unit = 60 * log(Real(10)), slack = 20;
    const auto loss = [&](const flow::Rest::Point& p) {
        Real sum(0);
        for (std::size_t i = 0; i < 2; ++i) {
            Real f = -number::to_real(problem.data.y[i]);
            for (std::size_t j = 0; j < 4; ++j) f += number::to_real(problem.data.X(i, j)) * p.coefficients[j];
            sum += f * f / 2;
        }
        return sum;
    };
    const std::vector<std::pair<Rational, Rational>> left{{Rational(1, 2), Rational(1, 4)}, {2, Rational(1, 30)}, {Rational(138, 49), Rational(1, 1000)}};
    for (const auto& [when, level] : left) {
        const Real below = number::to_real(level);
        const auto after = std::find_if(rest.path.begin(), rest.path.end(), [&](const auto& p) { return loss(p) < below; });
        BOOST_REQUIRE((after != rest.path.end()));
        BOOST_TEST(abs(after->time - number::to_real(when) * unit) < slack, "left at " << after->time);
    }
    BOOST_TEST(rest.steps < 200);
    // From a start that explicit steps can follow as well.
    for (Rational& v : problem.initial) v *= number::parse_rational("1e58");
    const flow::Rest here = flow::follow_to_rest(problem, 14);
    problem.stop = {};
    problem.stop.settled_digits = 16;
    problem.digits = 15;
    problem.observe = {"coefficients"};
    const auto there = flow::integrate(problem).samples.back().observed.at("coefficients");
    for (std::size_t j = 0; j < 4; ++j) BOOST_TEST(off(here.coefficients[j], there[j].value) < pow(Real(10), -13));
}

BOOST_AUTO_TEST_CASE(data_that_cannot_be_fitted_are_refused) {
    // No beta has (1, 2) beta = 1 and (2, 4) beta = 1.
    const auto dependent = problems::problem(problems::data({{"1", "2"}, {"2", "4"}}, {"1", "1"}), model::diagonal(2, 2), model::loss_kind::squared, {"1", "1", "0", "0"});
    BOOST_CHECK_THROW((void)flow::follow_to_rest(dependent, 10), invalid_input);
    // Equal samples with labels apart, for a network that is not linear in x: the least losses are those of f = 1/2 and f = 0.
    const std::vector<Rational> output{1, -1};
    flow::Problem contradiction = problems::problem(problems::data({{"1", "2"}, {"1", "2"}, {"2", "-1"}}, {"1", "-1", "1"}), model::leaky_relu(2, output, Rational(1, 10), false), model::loss_kind::exponential,
                                                    {"1/2", "1/3", "-1/4", "1/5"});
    BOOST_TEST(flow::least_loss(contradiction) == 2);
    contradiction.stop.direction_digits = 6;
    BOOST_CHECK_THROW((void)flow::integrate(contradiction), invalid_input);
    contradiction.stop = {};
    contradiction.stop.loss = Rational(199, 100);
    BOOST_CHECK_THROW((void)flow::integrate(contradiction), invalid_input);
    contradiction.loss = {model::loss_kind::squared, model::reduction::mean, ""};
    BOOST_TEST(flow::least_loss(contradiction) == Rational(1, 3));
    contradiction.data.y[1] = 1;
    BOOST_TEST(flow::least_loss(contradiction) == 0);
}

BOOST_AUTO_TEST_CASE(a_flow_at_rest_short_of_its_stop_ends) {
    // f = c x with c = tanh(a) + b^3 fits (1, 1) and (2, 1) best for c = 3/5; what is left of the loss is 1/10 + 1/10.
    flow::Problem problem = problems::problem(problems::data({{"1"}, {"2"}}, {"1", "1"}), model::expression(1, {"a", "b"}, "tanh(a)*x1 + b^3*x1"), model::loss_kind::squared, {"1/3", "1/2"});
    problem.digits = 10;
    problem.stop.loss = number::parse_rational("1e-6");
    const flow::Trajectory ended = flow::integrate(problem);
    BOOST_TEST(ended.status == "at_rest");
    const number::precision_scope scope(128);
    const auto& theta = ended.samples.back().parameters;
    BOOST_TEST(abs(tanh(theta[0].value) + pow(theta[1].value, 3) - Real(3) / 5) < pow(Real(10), -9));
    // No a x^2 + b x is positive at 1 and 3 and negative at 2.
    flow::Problem margins = problems::problem(problems::data({{"1"}, {"2"}, {"3"}}, {"1", "-1", "1"}), model::expression(1, {"a", "b"}, "a^3*x1^2 + b^3*x1"), model::loss_kind::logistic, {"1/3", "-1/2"});
    margins.digits = 10;
    margins.stop.direction_digits = 6;
    BOOST_TEST(flow::integrate(margins).status == "at_rest");
}

BOOST_AUTO_TEST_CASE(a_plateau_is_no_rest) {
    // c is at rest, where it belongs, while a and b grow from 1e-30: until t of about 69 nothing else moves.
    flow::Problem problem = problems::problem(problems::data({{"1", "0"}, {"0", "1"}}, {"1", "1"}), model::expression(2, {"a", "b", "c"}, "c*x1 + a*b*x2"), model::loss_kind::squared, {"1e-30", "1e-30", "1"});
    problem.clock = flow::Clock::time;
    problem.digits = 10;
    problem.stop.loss = number::parse_rational("1e-6");
    const flow::Trajectory there = flow::integrate(problem);
    BOOST_TEST(there.status == "reached_stop");
    BOOST_TEST(there.samples.back().time.value > 30);
}

BOOST_AUTO_TEST_SUITE_END()
