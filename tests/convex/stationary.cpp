#include "instances.hpp"

#include <eonflow/convex/check.hpp>
#include <eonflow/convex/stationary.hpp>
#include <eonflow/number/error.hpp>

#include <boost/test/unit_test.hpp>

#include <cmath>
#include <functional>

using namespace eonflow;
using namespace eonflow::convex;
using namespace eonflow::convex::testing;
using number::Matrix;
using number::precision_scope;
using number::Rational;
using number::Real;
using number::Vector;

BOOST_AUTO_TEST_SUITE(stationary)

BOOST_AUTO_TEST_CASE(one_datum_has_one_local_minimizer_per_coordinate) {
    const Program program = concave_margin(rational_matrix({{"1", "2"}}), 3);
    const Stationary_points all = local_minimizers(program, 30);
    BOOST_TEST(all.undecided == 0u);
    BOOST_REQUIRE(all.points.size() == 2u);
    for (const Solution& s : all.points) {
        const Check result = check(s.certificate);
        BOOST_TEST(result.accepted, result.statement);
    }
    const Solution best = solve(program, 30);
    BOOST_TEST(best.certificate.point[0] == 0);
    BOOST_TEST(best.certificate.point[1] == Rational(1, 2));
}

BOOST_AUTO_TEST_CASE(local_minimizers_beat_their_neighbours) {
    generator random(41);
    for (int trial = 0; trial < 15; ++trial) {
        const std::size_t n = 1 + random.below(3), d = 1 + random.below(3);
        const Matrix<Rational> z = random.matrix(n, d, 5);
        const Stationary_points all = local_minimizers(concave_margin(z, 3), 20);
        for (const Solution& s : all.points) {
            BOOST_TEST_CONTEXT("trial " << trial) {
                const Check result = check(s.certificate);
                BOOST_TEST(result.accepted, result.statement);
                const auto cost = [&](const std::vector<double>& w) {
                    double sum = 0;
                    for (const double x : w) sum += std::pow(std::abs(x), 2.0 / 3);
                    return sum;
                };
                std::vector<double> here;
                for (std::size_t j = 0; j < d; ++j) here.push_back(s.certificate.point[j].convert_to<double>());
                for (int probe = 0; probe < 300; ++probe) {
                    std::vector<double> near = here;
                    for (double& x : near) x += 1e-5 * random.between(-100, 100) / 100;
                    bool feasible = true;
                    for (std::size_t i = 0; i < n; ++i) {
                        double margin = 0;
                        for (std::size_t j = 0; j < d; ++j) margin += z(i, j).convert_to<double>() * near[j];
                        feasible = feasible && margin >= 1;
                    }
                    if (feasible) BOOST_TEST(cost(near) >= cost(here) - 1e-12);
                }
            }
        }
        if (all.points.empty() && all.undecided == 0) BOOST_TEST((solve(l2_margin(z)).status == Status::infeasible));
    }
}

BOOST_AUTO_TEST_CASE(damaged_certificates_are_refused) {
    const Solution s = solve(concave_margin(rational_matrix({{"1", "2", "1"}, {"4", "2", "-1"}}), 4), 30);
    BOOST_REQUIRE((s.status == Status::optimal));
    BOOST_TEST(check(s.certificate).accepted);
    const std::vector<std::function<void(Certificate&)>> damages = {
        [](Certificate& c) { c.point.numerators[0] += 1; },
        [](Certificate& c) { c.multiplier_box[c.support[0]].midpoint += parse("1e-20"); },
        [](Certificate& c) { c.multiplier_box[c.support[0]].midpoint = -c.multiplier_box[c.support[0]].midpoint; },
        [](Certificate& c) { c.support.clear(); },
        [](Certificate& c) { c.unique = true; },
        [](Certificate& c) { c.claim = Claim::optimal; },
        [](Certificate& c) { c.program.right[c.support[0]] += 1; },
        [](Certificate& c) { c.program.objective = Concave_power{3}; },
    };
    for (std::size_t k = 0; k < damages.size(); ++k) {
        Certificate damaged = s.certificate;
        damages[k](damaged);
        BOOST_TEST(!check(damaged).accepted, "damage " << k);
    }
}

BOOST_AUTO_TEST_CASE(too_many_blocks_are_refused) {
    BOOST_CHECK_THROW((void)local_minimizers(concave_margin(generator(1).matrix(20, 20, 3), 3), 20), invalid_input);
}

BOOST_AUTO_TEST_CASE(kkt_residual_vanishes_at_a_margin_maximizer) {
    const precision_scope scope(200);
    // Two-layer diagonal network f = sum_j u_j v_j x_j on x = (1, 2): theta = (u, v), the l1 margin direction has u_2 = v_2.
    const auto residual = [&](const std::vector<std::string>& texts) {
        Vector theta;
        for (const std::string& t : texts) theta.push_back(number::to_real(parse(t)));
        Matrix<Real> gradient(1, 4);
        gradient(0, 0) = theta[2], gradient(0, 1) = 2 * theta[3], gradient(0, 2) = theta[0], gradient(0, 3) = 2 * theta[1];
        return kkt_residual(theta, {theta[0] * theta[2] + 2 * theta[1] * theta[3]}, gradient, 2);
    };
    BOOST_TEST(residual({"0", "3", "0", "3"}).stationarity < number::epsilon(180));
    BOOST_TEST(residual({"3", "0", "3", "0"}).stationarity < number::epsilon(180));  // stationary as well, though not minimal
    BOOST_TEST(residual({"1", "3", "1", "3"}).stationarity > Real(1) / 100);
    BOOST_CHECK_THROW((void)residual({"1", "0", "-1", "0"}), invalid_input);
}

BOOST_AUTO_TEST_CASE(kkt_residual_counts_slack_multipliers) {
    const precision_scope scope(200);
    // A linear predictor that needs a non-supporting row: both residuals show.
    Matrix<Real> gradient(2, 2);
    gradient(0, 0) = 1, gradient(1, 1) = 1;
    const Kkt_residual r = kkt_residual({Real(1), Real(2)}, {Real(1), Real(2)}, gradient, 1);
    BOOST_TEST(r.stationarity > 0);
    BOOST_TEST(r.complementarity > 0);
    const Kkt_residual even = kkt_residual({Real(5), Real(5)}, {Real(5), Real(5)}, gradient, 1);
    BOOST_TEST(even.stationarity == 0);
    BOOST_TEST(even.complementarity == 0);
}

BOOST_AUTO_TEST_SUITE_END()
