#include <eonflow/invariant/invariant.hpp>

#include <eonflow/flow/integrate.hpp>
#include <eonflow/model/reparametrization.hpp>
#include <support/problems.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace eonflow;
using namespace eonflow::problems;

BOOST_AUTO_TEST_SUITE(invariants)

BOOST_AUTO_TEST_CASE(known_invariants_vanish_exactly) {
    const auto wide = problem(data({{"1", "1/2", "0"}, {"1/2", "1", "3/10"}}, {"1", "-1"}), model::dense(std::vector<std::size_t>{3, 2, 3, 1}), model::loss_kind::logistic,
                              std::vector<const char*>(15, "1/3"));
    const auto diagonal = problem(data({{"1", "2"}}, {"1"}), model::diagonal(2, 3), model::loss_kind::squared, std::vector<const char*>(6, "1/2"));
    for (const flow::Problem& p : {wide, diagonal}) {
        const auto tests = invariant::lie_tests(p);
        BOOST_TEST(tests.size() >= 3u);
        for (const auto& test : tests) BOOST_TEST_CONTEXT(test.name) {
                BOOST_TEST(test.vanishes);
                if (test.name.starts_with("balance") || test.name.starts_with("frozen")) BOOST_TEST(test.exact);
            }
    }
    const auto of_wide = invariant::lie_tests(wide);
    BOOST_TEST(std::any_of(of_wide.begin(), of_wide.end(), [](const auto& t) { return t.name.starts_with("frozen"); }));
}

BOOST_AUTO_TEST_CASE(mirror_coordinates_of_deep_networks_stay_off_the_data) {
    for (const std::size_t depth : {3u, 4u, 5u, 6u}) {
        std::vector<const char*> start;
        for (std::size_t l = 1; l < depth; ++l) start.insert(start.end(), {"1", "-3/4", "5/4"});
        start.insert(start.end(), {"0", "1/4", "-1/3"});
        flow::Problem p = problem(data({{"1", "2", "-1"}, {"0", "1", "1"}}, {"1", "-1/2"}), model::diagonal(3, depth), model::loss_kind::squared, start);
        const auto tests = invariant::lie_tests(p);
        const auto mirror = std::find_if(tests.begin(), tests.end(), [](const auto& t) { return t.name.starts_with("mirror"); });
        BOOST_REQUIRE((mirror != tests.end()));
        BOOST_TEST(mirror->vanishes, "depth " << depth);
        if (depth > 4) continue;
        p.stop.time = number::Rational(1);
        p.digits = 25;
        const auto trajectory = flow::integrate(p);
        const number::precision_scope scope(trajectory.precision_bits);
        BOOST_TEST(invariant::drifts(p, trajectory).back().name.starts_with("mirror"));
        BOOST_TEST(invariant::drifts(p, trajectory).back().drift < pow(number::Real(10), -24));
        p.initial[0] = 2;  // v_1 and v_2 differ
        for (const auto& t : invariant::lie_tests(p)) BOOST_TEST(!t.name.starts_with("mirror"));
    }
}

BOOST_AUTO_TEST_CASE(the_dual_flow_agrees_and_notices_a_wrong_trajectory) {
    const auto two = data({{"1", "2", "-1"}, {"0", "1", "1"}}, {"1", "-1/2"});
    for (flow::Problem p : {problem(two, model::diagonal(3, 2), model::loss_kind::squared, {"1", "-3/4", "5/4", "1/2", "1", "-1/3"}),
                            problem(two, model::diagonal(3, 4), model::loss_kind::exponential, {"1", "-3/4", "5/4", "-1", "3/4", "5/4", "1", "3/4", "5/4", "0", "0", "0"}),
                            problem(two, model::difference(3, 3), model::loss_kind::squared, {"1", "3/4", "5/4", "1", "3/4", "5/4"}),
                            problem(two, model::reparametrized(3, "sinh", {}, rationals({"0", "1", "-1/2"})), model::loss_kind::squared, {"0", "0", "0"})}) {
        if (p.loss.is_classification()) p.data.y = rationals({"1", "-1"});
        p.stop.time = number::Rational(2);
        p.clock = flow::Clock::time;
        p.digits = 25;
        auto trajectory = flow::integrate(p);
        const number::precision_scope scope(trajectory.precision_bits);
        BOOST_TEST(invariant::dual_digits(p, trajectory).value() >= 24, p.model.description);
        trajectory.samples.back().parameters[0].value += pow(number::Real(10), -15);
        BOOST_TEST(invariant::dual_digits(p, trajectory).value() < 17);
    }
    // Responses that are no formulas, at more digits: depth 5, layers that all differ, rows of the table without one, a formula of the user's own.
    for (flow::Problem p : {problem(two, model::diagonal(3, 5), model::loss_kind::squared, {"1", "-3/4", "5/4", "1", "3/4", "5/4", "1", "3/4", "5/4", "1", "3/4", "5/4", "0", "0", "0"}),
                            problem(two, model::diagonal(3, 3), model::loss_kind::squared, {"1", "-3/4", "1/2", "1/3", "3/4", "-1/2", "-1/5", "2/3", "1/2"}),
                            problem(two, model::difference(3, 4), model::loss_kind::squared, {"1", "3/4", "5/4", "1/2", "2/3", "1"}),
                            problem(two, model::reparametrized(3, "arsinh", {}, rationals({"0", "1", "-1/2"})), model::loss_kind::squared, {"0", "0", "0"}),
                            problem(two, model::reparametrized(3, "tanh", {}), model::loss_kind::logistic, {"0", "1/2", "-1"}),
                            problem(two, model::reparametrized_by_formula(3, "z^3 + 3*z"), model::loss_kind::squared, {"0", "1/2", "-1"})}) {
        if (p.loss.is_classification()) p.data.y = rationals({"1", "-1"});
        p.stop.time = number::Rational(3, 2);
        p.clock = flow::Clock::time;
        p.digits = 60;
        auto trajectory = flow::integrate(p);
        const number::precision_scope scope(trajectory.precision_bits);
        BOOST_TEST(invariant::dual_digits(p, trajectory).value() >= 59, p.model.description);
        trajectory.samples.back().parameters[0].value += pow(number::Real(10), -15);
        BOOST_TEST(invariant::dual_digits(p, trajectory).value() < 17);
    }
    flow::Problem dense = two_layers();
    dense.stop.time = number::Rational(1);
    const auto trajectory = flow::integrate(dense);
    BOOST_TEST(!invariant::dual_digits(dense, trajectory).has_value());
}

BOOST_AUTO_TEST_CASE(energy_is_exact_where_everything_is_rational) {
    const auto p = problem(data({{"1", "2"}}, {"1"}), model::diagonal(2, 2), model::loss_kind::squared, {"1", "2", "1/2", "1/3"});
    for (const auto& test : invariant::lie_tests(p)) BOOST_TEST((test.exact && test.vanishes));
}

BOOST_AUTO_TEST_CASE(drift_is_at_the_working_precision) {
    flow::Problem p = two_layers();
    p.stop.time = number::Rational(100);
    p.digits = 30;
    const auto trajectory = flow::integrate(p);
    const number::precision_scope scope(trajectory.precision_bits);
    const auto drifts = invariant::drifts(p, trajectory);
    BOOST_TEST(drifts.size() == 1u);
    for (const auto& d : drifts) BOOST_TEST(d.drift < pow(number::Real(10), -35));
}

BOOST_AUTO_TEST_CASE(a_wrong_trajectory_drifts) {
    flow::Problem p = two_layers();
    p.stop.time = number::Rational(1);
    p.digits = 20;
    auto trajectory = flow::integrate(p);
    const number::precision_scope scope(trajectory.precision_bits);
    trajectory.samples.back().parameters[0].value += pow(number::Real(10), -15);
    BOOST_TEST(invariant::drifts(p, trajectory)[0].drift > pow(number::Real(10), -17));
}

BOOST_AUTO_TEST_SUITE_END()
