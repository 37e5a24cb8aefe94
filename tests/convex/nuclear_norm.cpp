#include "instances.hpp"

#include <eonflow/convex/check.hpp>
#include <eonflow/convex/solve.hpp>

#include <boost/test/unit_test.hpp>

#include <functional>

using namespace eonflow;
using namespace eonflow::convex;
using namespace eonflow::convex::testing;
using number::Matrix;
using number::Rational;

namespace {

bool holds(const Interval& box, const Rational& x) { return abs(x - box.midpoint) <= box.radius; }

void must_be_accepted(const Solution& solution) {
    const Check result = check(solution.certificate);
    BOOST_TEST(result.accepted, result.statement);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(nuclear_norm_programs)

BOOST_AUTO_TEST_CASE(completion_of_a_rank_one_matrix) {
    const auto unit = [](std::size_t i, std::size_t j) {
        Matrix<Rational> m(2, 2);
        m(i, j) = 1;
        return m;
    };
    const Solution s = solve(nuclear_norm({unit(0, 0), unit(0, 1), unit(1, 0)}, {Rational(2), Rational(1), Rational(1)}), 40);
    BOOST_REQUIRE_MESSAGE((s.status == Status::optimal), s.message);
    // M = [[2, 1], [1, x]]: det = 2x - 1 and |M|_*^2 = |M|_F^2 + 2 |det| = 6 + x^2 + 2 |2x - 1|: least at the kink x = 1/2.
    BOOST_TEST(holds(s.certificate.point_box[3], Rational(1, 2)));
    must_be_accepted(s);
}

BOOST_AUTO_TEST_CASE(planted_low_rank_matrices) {
    generator random(51);
    int proved = 0;
    for (int trial = 0; trial < 6; ++trial) {
        const std::size_t p = 3 + random.below(2), q = 3, n = 7;
        std::vector<Matrix<Rational>> a;
        std::vector<Rational> y;
        for (std::size_t i = 0; i < n; ++i) {
            a.push_back(random.matrix(p, q, 5));
            y.emplace_back(random.between(-5, 5));
        }
        const Solution s = solve(nuclear_norm(a, y), 30), fine = solve(nuclear_norm(a, y), 100);
        if (s.status != Status::optimal) continue;
        ++proved;
        BOOST_TEST_CONTEXT("trial " << trial) {
            BOOST_REQUIRE((fine.status == Status::optimal));
            must_be_accepted(s);
            must_be_accepted(fine);
            for (std::size_t e = 0; e < p * q; ++e) BOOST_TEST(holds(s.certificate.point_box[e], fine.certificate.point_box[e].midpoint));
        }
    }
    BOOST_TEST(proved >= 5);
}

BOOST_AUTO_TEST_CASE(contradicting_measurements) {
    const Matrix<Rational> a = rational_matrix({{"1", "2"}, {"3", "4"}});
    const Solution s = solve(nuclear_norm({a, a}, {Rational(1), Rational(2)}), 30);
    BOOST_TEST((s.status == Status::infeasible));
    must_be_accepted(s);
}

BOOST_AUTO_TEST_CASE(where_no_box_can_be_proved_the_value_is_bounded) {
    const Matrix<Rational> identity = rational_matrix({{"1", "0"}, {"0", "1"}}), corner = rational_matrix({{"1", "0"}, {"0", "0"}}), e12 = rational_matrix({{"0", "1"}, {"0", "0"}}),
                           e21 = rational_matrix({{"0", "0"}, {"1", "0"}});
    struct {
        std::vector<Matrix<Rational>> a;
        std::vector<Rational> y;
        Rational least;
    } const cases[] = {
        {{identity}, {2}, 2},                            // all positive semidefinite matrices of trace 2
        {{corner, e12, e21}, {1, 0, 0}, 1},              // M = diag(1, x): least at x = 0, where strict complementarity fails only in the choice of multipliers
        {{corner, e12, e21, corner}, {1, 1, 1, 1}, 2},   // a measurement twice
        {{corner, e12}, {0, 0}, 0},
    };
    for (const auto& c : cases) {
        const Solution s = solve(nuclear_norm(c.a, c.y), 30);
        if (s.status == Status::optimal) {
            must_be_accepted(s);
            continue;
        }
        BOOST_TEST_CONTEXT(s.message) {
            BOOST_REQUIRE((s.certificate.claim == Claim::bounded));
            must_be_accepted(s);
            Rational low = 0, high = 0;
            for (std::size_t i = 0; i < c.y.size(); ++i) low += s.certificate.multipliers[i] * c.y[i];
            for (const Interval& x : s.certificate.factor_box) high += x.midpoint * x.midpoint / 2;
            BOOST_TEST(low <= c.least);
            BOOST_TEST(high >= c.least - parse("1e-14"));
            BOOST_TEST(high - low <= parse("1e-6"));
            const std::vector<std::function<void(Certificate&)>> damages = {
                [](Certificate& damaged) { damaged.point.numerators[0] += 1; },
                [](Certificate& damaged) { damaged.multipliers.denominator = 1, damaged.multipliers.numerators[0] = 10; },
                [](Certificate& damaged) { damaged.factor_box[0].radius = 1; },
                [](Certificate& damaged) { damaged.factor_box.pop_back(); },
                [](Certificate& damaged) { damaged.unique = true; },
            };
            for (std::size_t k = 0; k < damages.size(); ++k) {
                Certificate damaged = s.certificate;
                damages[k](damaged);
                BOOST_TEST(!check(damaged).accepted, "damage " << k);
            }
        }
    }
    BOOST_TEST((solve(nuclear_norm(cases[0].a, cases[0].y), 30).status == Status::undecided));
    BOOST_TEST((solve(nuclear_norm(cases[2].a, cases[2].y), 30).status == Status::undecided));
}

BOOST_AUTO_TEST_CASE(damaged_boxes_are_refused) {
    generator random(52);
    const Certificate good = solve(nuclear_norm({random.matrix(2, 3, 5), random.matrix(2, 3, 5), random.matrix(2, 3, 5)}, {1, 2, -1}), 30).certificate;
    BOOST_REQUIRE(check(good).accepted);
    const std::vector<std::function<void(Certificate&)>> damages = {
        [](Certificate& c) { c.point_box[0].midpoint += parse("1e-20"); },
        [](Certificate& c) { c.multiplier_box[0].midpoint += parse("1e-20"); },
        [](Certificate& c) { c.factor_box[1].midpoint += parse("1e-20"); },
        [](Certificate& c) { c.factor_box.pop_back(); },
        [](Certificate& c) { c.factor_box.clear(); },
        [](Certificate& c) { c.multiplier_box[1].radius = 0; },
        [](Certificate& c) { c.program.right[0] += parse("1e-25"); },
        [](Certificate& c) { c.program.objective = Nuclear_norm{3, 2}; },
    };
    for (std::size_t k = 0; k < damages.size(); ++k) {
        Certificate damaged = good;
        damages[k](damaged);
        BOOST_TEST(!check(damaged).accepted, "damage " << k);
    }
}

BOOST_AUTO_TEST_SUITE_END()
