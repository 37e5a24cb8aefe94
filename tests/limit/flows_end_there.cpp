/// Predicted limits against rational end points known in closed form, and against the flows themselves.
#include <eonflow/flow/integrate.hpp>
#include <eonflow/invariant/invariant.hpp>
#include <eonflow/limit/prediction.hpp>
#include <eonflow/model/reparametrization.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using number::Ball;
using number::Rational;

namespace {

std::vector<Rational> numbers(const std::vector<std::string>& texts) {
    std::vector<Rational> result;
    for (const std::string& text : texts) result.push_back(number::parse_rational(text));
    return result;
}

flow::Problem regression(model::Model model, const std::vector<std::string>& x, const std::string& y, const std::vector<std::string>& initial) {
    flow::Problem problem;
    problem.data.X = number::Matrix<Rational>(1, x.size());
    for (std::size_t j = 0; j < x.size(); ++j) problem.data.X(0, j) = number::parse_rational(x[j]);
    problem.data.y = numbers({y});
    problem.model = std::move(model);
    problem.initial = numbers(initial);
    problem.stop.settled_digits = 25;
    problem.digits = 25;
    problem.observe = {"coefficients"};
    return problem;
}

/// The predicted limit holds `known` (if there is one), and the flow ends there to 20 digits.
void ends_as_predicted(const flow::Problem& problem, const std::vector<std::string>& known = {}) {
    const limit::Prediction prediction = limit::predict(problem, 40);
    BOOST_REQUIRE((prediction.solution.status == convex::Status::optimal));
    const number::precision_scope scope(256);
    const std::vector<Ball> point = prediction.solution.point(40);
    for (std::size_t j = 0; j < known.size(); ++j) BOOST_TEST(point[j].contains(number::parse_rational(known[j])));
    const flow::Trajectory trajectory = flow::integrate(problem);
    const flow::observation& end = trajectory.samples.back().observed.at("coefficients");
    for (std::size_t j = 0; j < point.size(); ++j) {
        BOOST_TEST(end[j].digits >= 20);
        BOOST_TEST(number::agreeing_digits(end[j].value, point[j].midpoint(), number::Real(1), 30) >= 20);
    }
    const number::precision_scope working(trajectory.precision_bits);
    for (const flow::InvariantDrift& drift : invariant::drifts(problem, trajectory))
        BOOST_TEST(drift.drift < number::power_of_two(-60), drift.name << " drifts by " << number::to_decimal(drift.drift, 2));
}

std::string refusal(const flow::Problem& problem) {
    try {
        (void)limit::predict(problem, 20);
    } catch (const invalid_input& problem_found) {
        return problem_found.place();
    }
    return "predicted";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(limits)

BOOST_AUTO_TEST_CASE(diagonal_networks) {
    ends_as_predicted(regression(model::diagonal(2, 2), {"1", "2"}, "1", {"2/3", "2/3", "0", "0"}), {"1/6", "5/12"});
    ends_as_predicted(regression(model::diagonal(2, 3), {"1", "2"}, "1735/216", {"1", "1", "1", "-1", "0", "0"}), {"5/8", "100/27"});
    ends_as_predicted(regression(model::diagonal(3, 4), {"1", "-2", "1/3"}, "1", {"1", "1/2", "1/3", "1", "1/2", "1/3", "1", "1/2", "1/3", "0", "0", "0"}));
    // A start away from 0: with two layers any, with three where the last is the smallest (5/4, 3/4: difference of squares 1).
    ends_as_predicted(regression(model::diagonal(2, 2), {"1", "2"}, "1", {"1/3", "-1", "1", "1/2"}));
    ends_as_predicted(regression(model::diagonal(2, 3), {"1", "2"}, "-1", {"5/4", "1", "-5/4", "1", "3/4", "0"}));
}

BOOST_AUTO_TEST_CASE(differences_of_powers) {
    for (const std::size_t depth : {2u, 3u, 4u}) ends_as_predicted(regression(model::difference(2, depth), {"1", "2"}, "1", {"1/2", "1/3", "1/2", "1/3"}));
    ends_as_predicted(regression(model::difference(2, 2), {"1", "2"}, "1", {"1/2", "1/3", "1", "1/5"}));
}

BOOST_AUTO_TEST_CASE(reparametrized_predictors) {
    ends_as_predicted(regression(model::reparametrized(2, "square", {}, numbers({"1/10", "1/10"})), {"1", "2"}, "1", {"0", "0"}), {"1/5", "2/5"});
    ends_as_predicted(regression(model::reparametrized(2, "exp", {}, numbers({"1/4", "1/4"})), {"1", "2"}, "4/3", {"0", "0"}), {"1/3", "1/2"});
    ends_as_predicted(regression(model::reparametrized(2, "sinh", {}, numbers({"0", "0"})), {"1", "2"}, "19/6", {"0", "0"}), {"1/2", "4/3"});
    for (const std::string name : {"identity", "tan", "tanh", "sin", "arsinh", "log"})
        ends_as_predicted(regression(model::reparametrized(2, name, {}, numbers({"1/3", "-1/4"})), {"1", "2"}, "1/2", {"0", "0"}));
    ends_as_predicted(regression(model::reparametrized(2, "cosh", {}, numbers({"2", "3/2"})), {"1", "-2"}, "1/2", {"0", "0"}));
    ends_as_predicted(regression(model::reparametrized(2, "power", Rational(3)), {"1", "2"}, "1", {"1/2", "1/3"}));
    ends_as_predicted(regression(model::reparametrized(2, "signed_power", Rational(3, 2), numbers({"1", "-1"})), {"1", "-1/3"}, "2", {"0", "0"}));
}

BOOST_AUTO_TEST_CASE(what_no_theorem_covers_is_refused) {
    BOOST_TEST(refusal(regression(model::diagonal(1, 2), {"1"}, "1", {"1", "-1"})) == "/initial");
    BOOST_TEST(refusal(regression(model::diagonal(1, 3), {"1"}, "1", {"1", "2", "0"})) == "/initial");
    BOOST_TEST(refusal(regression(model::difference(1, 3), {"1"}, "1", {"1", "2"})) == "/initial");
    BOOST_TEST(refusal(regression(model::reparametrized(1, "square", {}), {"1"}, "1", {"-1"})) == "/initial");
    BOOST_TEST(refusal(regression(model::reparametrized(1, "sin", {}), {"1"}, "1/2", {"2"})) == "/initial");
    BOOST_TEST(refusal(regression(model::reparametrized(1, "exp", {}), {"1"}, "1", {"1"})) == "/initial");
    BOOST_TEST(refusal(regression(model::reparametrized_by_formula(1, "z^3 + z"), {"1"}, "1", {"1"})) == "/model/formula");
    const std::vector<std::size_t> filters{2, 2};
    BOOST_TEST(refusal(regression(model::convolution(2, filters), {"1", "2"}, "1", {"1", "0", "0", "0"})) == "/model");
}

BOOST_AUTO_TEST_SUITE_END()
