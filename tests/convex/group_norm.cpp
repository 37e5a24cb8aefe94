#include "instances.hpp"

#include <eonflow/convex/check.hpp>
#include <eonflow/convex/solve.hpp>

#include <boost/test/unit_test.hpp>

#include <functional>

using namespace eonflow;
using namespace eonflow::convex;
using namespace eonflow::convex::testing;
using number::Ball;
using number::Matrix;
using number::precision_scope;
using number::Rational;

namespace {

void must_be_accepted(const Solution& solution) {
    const Check result = check(solution.certificate);
    BOOST_TEST(result.accepted, result.statement);
}

bool holds(const Interval& box, const Rational& x) { return abs(x - box.midpoint) <= box.radius; }

}  // namespace

BOOST_AUTO_TEST_SUITE(group_norm)

BOOST_AUTO_TEST_CASE(one_row_takes_the_largest_group) {
    // z = (3, 4 | 1, 1): the first group, w = (3, 4)/25.
    const Solution s = solve(group_margin(rational_matrix({{"3", "4", "1", "1"}}), {2, 2}), 100);
    BOOST_REQUIRE((s.status == Status::optimal));
    BOOST_TEST(holds(s.certificate.point_box[0], Rational(3, 25)));
    BOOST_TEST(holds(s.certificate.point_box[1], Rational(4, 25)));
    BOOST_TEST(holds(s.certificate.point_box[2], Rational(0)));
    BOOST_TEST(s.point(100)[0].accurate_digits() >= 100);
    must_be_accepted(s);
}

BOOST_AUTO_TEST_CASE(one_group_is_the_l2_margin) {
    generator random(31);
    for (int trial = 0; trial < 20; ++trial) {
        const std::size_t d = 2 + random.below(4);
        const Matrix<Rational> z = random.matrix(3, d, 5);
        const Solution s = solve(group_margin(z, {d}), 40), q = solve(l2_margin(z));
        BOOST_TEST_CONTEXT("trial " << trial) {
            if (q.status == Status::infeasible) {
                BOOST_TEST((s.status == Status::infeasible));
                must_be_accepted(s);
            } else if (q.certificate.weakly_active.empty() && q.certificate.multipliers_unique) {
                BOOST_REQUIRE((s.status == Status::optimal));
                for (std::size_t j = 0; j < d; ++j) BOOST_TEST(holds(s.certificate.point_box[j], q.certificate.point[j]));
                must_be_accepted(s);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(groups_of_one_are_the_l1_margin) {
    generator random(32);
    int compared = 0;
    for (int trial = 0; trial < 20; ++trial) {
        const Matrix<Rational> z = random.matrix(3, 5, 9);
        const Solution s = solve(group_margin(z, {1, 1, 1, 1, 1}), 40), l = solve(l1_margin(z));
        BOOST_TEST_CONTEXT("trial " << trial) {
            if (l.status == Status::optimal && s.status == Status::optimal) {
                ++compared;
                for (std::size_t j = 0; j < 5; ++j) BOOST_TEST(holds(s.certificate.point_box[j], l.certificate.point[j]));
                must_be_accepted(s);
            }
            if (l.status == Status::infeasible) BOOST_TEST((s.status == Status::infeasible));
            if (l.status == Status::optimal && s.status != Status::optimal) BOOST_TEST((!l.certificate.unique || !l.certificate.multipliers_unique));
        }
    }
    BOOST_TEST(compared > 10);
}

BOOST_AUTO_TEST_CASE(a_single_datum_gives_its_largest_frequency) {
    // x = (2, 1, 0, 1): real transform (4, 2, 0, 2)/2, frequency 0 alone: w = (1, 1, 1, 1)/4.
    const Solution s = solve(fourier_margin(rational_matrix({{"2", "1", "0", "1"}})), 50);
    BOOST_REQUIRE((s.status == Status::optimal));
    for (std::size_t j = 0; j < 4; ++j) BOOST_TEST(holds(s.certificate.point_box[j], Rational(1, 4)));
    must_be_accepted(s);
}

BOOST_AUTO_TEST_CASE(random_fourier_margins) {
    generator random(33);
    int proved = 0;
    for (int trial = 0; trial < 12; ++trial) {
        const std::size_t d = 4 + random.below(6);
        const Matrix<Rational> z = random.matrix(4, d, 9);
        const Solution s = solve(fourier_margin(z), 30), fine = solve(fourier_margin(z), 80);
        BOOST_TEST_CONTEXT("trial " << trial << ", d = " << d) {
            if (s.status == Status::undecided) BOOST_TEST_MESSAGE(s.message);
            if (s.status != Status::optimal) continue;
            ++proved;
            BOOST_REQUIRE((fine.status == Status::optimal));
            must_be_accepted(s);
            for (std::size_t j = 0; j < d; ++j) BOOST_TEST(holds(s.certificate.point_box[j], fine.certificate.point_box[j].midpoint));
        }
    }
    BOOST_TEST(proved >= 8);
}

BOOST_AUTO_TEST_CASE(damaged_boxes_are_refused) {
    const Certificate good = solve(group_margin(rational_matrix({{"3", "4", "1", "1"}, {"1", "-1", "2", "5"}}), {2, 2}), 30).certificate;
    BOOST_TEST(check(good).accepted);
    const std::vector<std::function<void(Certificate&)>> damages = {
        [](Certificate& c) { c.point_box[0].midpoint += parse("1e-20"); },
        [](Certificate& c) { c.point_box[2].radius /= 100000; },
        [](Certificate& c) { c.multiplier_box[0].midpoint += parse("1e-20"); },
        [](Certificate& c) { c.multiplier_box[1].radius = 0; },
        [](Certificate& c) { c.program.right[0] += parse("1e-25"); },
        [](Certificate& c) { std::get<Group_norm>(c.program.objective).weights[0] += parse("1e-25"); },
        [](Certificate& c) { std::get<Group_norm>(c.program.objective).sizes = {1, 3}; },
        [](Certificate& c) { c.support = {0}; },
        [](Certificate& c) { c.weakly_active = {1}; },
        [](Certificate& c) { c.program.objective = Fourier_norm{}; },
    };
    for (std::size_t k = 0; k < damages.size(); ++k) {
        Certificate damaged = good;
        damages[k](damaged);
        BOOST_TEST(!check(damaged).accepted, "damage " << k);
    }
}

BOOST_AUTO_TEST_SUITE_END()
