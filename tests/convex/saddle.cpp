#include "instances.hpp"

#include <eonflow/convex/check.hpp>
#include <eonflow/convex/stationary.hpp>
#include <eonflow/number/error.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <functional>
#include <map>

using namespace eonflow;
using namespace eonflow::convex;
using namespace eonflow::convex::testing;
using number::Matrix;
using number::Rational;

namespace {

bool holds(const Interval& box, const Rational& x) { return abs(x - box.midpoint) <= box.radius; }

std::size_t nonzeros(const Certificate& c) {
    std::size_t count = 0;
    for (std::size_t j = 0; j < c.program.columns(); ++j) count += c.exact ? c.point.numerators[j].sign() != 0 : c.point_box[j].midpoint != 0;
    return count;
}

void must_be_accepted(const std::vector<Solution>& solutions) {
    for (const Solution& s : solutions) {
        const Check result = check(s.certificate);
        BOOST_TEST(result.accepted, result.statement);
    }
}

/// Stationary points by nonzero coordinates minus supporting rows, which is the number of directions that lead down.
std::map<std::size_t, std::size_t> by_index(const Stationary_points& all) {
    std::map<std::size_t, std::size_t> counts;
    for (const Solution& s : all.points) ++counts[nonzeros(s.certificate) - s.certificate.support.size()];
    return counts;
}

/// The stationary point of z . w >= 1 on the coordinates of `support`: w_j = sign(z_j) |z_j|^(-L/(L-2)) / sum |z_j|^(-2/(L-2)), rational for L = 3 and 4.
std::vector<Rational> of_one_row(const std::vector<Rational>& z, std::size_t support, unsigned depth) {
    const auto power = [](const Rational& x, unsigned n) { return Rational(pow(numerator(x), n), pow(denominator(x), n)); };
    const unsigned less = 2 / (depth - 2);
    Rational sum = 0;
    for (std::size_t j = 0; j < z.size(); ++j)
        if ((support >> j & 1) != 0) sum += 1 / power(abs(z[j]), less);
    std::vector<Rational> w(z.size());
    for (std::size_t j = 0; j < z.size(); ++j)
        if ((support >> j & 1) != 0) w[j] = (z[j] > 0 ? 1 : -1) / power(abs(z[j]), less + 1) / sum;
    return w;
}

/// How often one of the points is w.
std::size_t occurrences(const Stationary_points& all, const std::vector<Rational>& w) {
    std::size_t count = 0;
    for (const Solution& s : all.points) {
        bool same = true;
        for (std::size_t j = 0; j < w.size(); ++j) same = same && holds(s.certificate.point_box[j], w[j]);
        count += same;
    }
    return count;
}

/// Morse's count on a feasible set that is convex, where |w|^(2/L) is proper and every stationary point nondegenerate: the alternating sum is the Euler characteristic 1.
void must_have_euler_characteristic_one(const Matrix<Rational>& z, std::size_t depth, std::size_t& decided) {
    const Program program = concave_margin(z, depth);
    const Stationary_points minima = local_minimizers(program, 20), saddles = saddle_points(program, 20);
    must_be_accepted(minima.points);
    must_be_accepted(saddles.points);
    if (minima.undecided + saddles.undecided > 0) return;
    ++decided;
    int sum = 0;
    for (const Stationary_points* all : {&minima, &saddles})
        for (const auto& [index, count] : by_index(*all)) sum += (index % 2 == 0 ? 1 : -1) * static_cast<int>(count);
    BOOST_TEST(sum == (solve(l2_margin(z)).status == Status::infeasible ? 0 : 1));
    for (const Solution& s : saddles.points) BOOST_TEST(nonzeros(s.certificate) > s.certificate.support.size());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(saddle)

BOOST_AUTO_TEST_CASE(one_datum_has_one_stationary_point_per_set_of_coordinates) {
    const Matrix<Rational> z = rational_matrix({{"1", "-2", "0", "3/2"}});
    for (const auto& [depth, digits] : {std::pair{3u, 40}, std::pair{4u, 1000}}) {
        const Stationary_points all = saddle_points(concave_margin(z, depth), digits);
        BOOST_TEST(all.undecided == 0u);
        BOOST_TEST(all.points.size() == 4u);
        must_be_accepted(all.points);
        for (const std::size_t support : {0b0011u, 0b1001u, 0b1010u, 0b1011u}) BOOST_TEST(occurrences(all, of_one_row({z(0, 0), z(0, 1), z(0, 2), z(0, 3)}, support, depth)) == 1u);
        for (const Solution& s : all.points)
            for (const number::Ball& x : s.point(digits)) BOOST_TEST((x.accurate_digits() >= digits || arb_is_zero(x.raw()) != 0));
    }
}

BOOST_AUTO_TEST_CASE(two_orthogonal_data_multiply_their_stationary_points) {
    const Program program = concave_margin(rational_matrix({{"1", "2", "0", "0", "0"}, {"0", "0", "1", "-1", "3"}}), 3);
    const Stationary_points all = saddle_points(program, 30);
    BOOST_TEST(all.undecided == 0u);
    must_be_accepted(all.points);
    BOOST_TEST(local_minimizers(program, 30).points.size() == 2u * 3u);
    BOOST_TEST(all.points.size() == 3u * 7u - 2u * 3u);
    for (std::size_t first = 1; first < 4; ++first)
        for (std::size_t second = 1; second < 8; ++second) {
            std::vector<Rational> w = of_one_row({1, 2}, first, 3);
            const std::vector<Rational> other = of_one_row({1, -1, 3}, second, 3);
            w.insert(w.end(), other.begin(), other.end());
            const bool minimal = (first & (first - 1)) == 0 && (second & (second - 1)) == 0;
            BOOST_TEST(occurrences(all, w) == (minimal ? 0u : 1u));
        }
}

BOOST_AUTO_TEST_CASE(stationary_points_add_up_to_the_euler_characteristic) {
    generator random(7);
    std::size_t decided = 0;
    for (int trial = 0; trial < 24; ++trial)
        BOOST_TEST_CONTEXT("trial " << trial) {
            const std::size_t n = 1 + random.below(3), d = 2 + random.below(3);
            must_have_euler_characteristic_one(random.matrix(n, d, 9), 3 + random.below(3), decided);
        }
    BOOST_TEST(decided >= 12u);
}

BOOST_AUTO_TEST_CASE(all_stationary_points_of_larger_instances, *boost::unit_test::disabled() * boost::unit_test::label("slow")) {
    generator random(11);
    std::size_t decided = 0;
    for (int trial = 0; trial < 40; ++trial)
        BOOST_TEST_CONTEXT("trial " << trial) {
            const std::size_t n = 2 + random.below(5), d = 4 + random.below(3);
            must_have_euler_characteristic_one(random.matrix(n, d, 9), 3 + random.below(4), decided);
        }
    BOOST_TEST(decided >= 20u);
}

BOOST_AUTO_TEST_CASE(duplicated_rows_are_weakly_active) {
    const Program program = concave_margin(rational_matrix({{"1", "2"}, {"1", "2"}, {"2", "4"}}), 3);
    const Stationary_points all = saddle_points(program, 30);
    BOOST_TEST(all.undecided == 0u);
    BOOST_REQUIRE(all.points.size() == 1u);
    must_be_accepted(all.points);
    BOOST_TEST(all.points[0].certificate.weakly_active == std::vector<std::size_t>{1});
    Certificate damaged = all.points[0].certificate;
    damaged.weakly_active.clear();
    BOOST_TEST(!check(damaged).accepted);
    damaged.weakly_active = {1, 2};
    BOOST_TEST(!check(damaged).accepted);
}

BOOST_AUTO_TEST_CASE(rows_that_may_be_active_are_undecided) {
    // The saddle (1/2, 1/2) of the first row meets the second with equality.
    const Stationary_points all = saddle_points(concave_margin(rational_matrix({{"1", "1"}, {"3", "-1"}}), 3), 30);
    BOOST_TEST(all.undecided == 1u);
    BOOST_TEST(all.points.empty());
}

BOOST_AUTO_TEST_CASE(damaged_certificates_are_refused) {
    const Stationary_points all = saddle_points(concave_margin(rational_matrix({{"1", "2", "1"}, {"4", "2", "-1"}}), 5), 200);
    BOOST_TEST(std::any_of(all.points.begin(), all.points.end(), [](const Solution& s) { return s.certificate.support.size() == 1; }));
    std::size_t nonzero = 0;
    const std::vector<std::function<void(Certificate&)>> damages = {
        [&](Certificate& c) { c.point_box[nonzero].midpoint += parse("1e-190"); },
        [&](Certificate& c) { c.point_box[nonzero].midpoint = -c.point_box[nonzero].midpoint; },
        [&](Certificate& c) { c.point_box[nonzero] = {0, 0}; },
        [&](Certificate& c) { c.point_box[nonzero].radius = -1; },
        [](Certificate& c) { c.multiplier_box[c.support[0]].midpoint += parse("1e-190"); },
        [](Certificate& c) { c.multiplier_box[c.support[0]].midpoint = -c.multiplier_box[c.support[0]].midpoint; },
        [](Certificate& c) { c.multiplier_box[c.support[0]].radius = 0; },
        [](Certificate& c) { c.support.clear(); },
        [](Certificate& c) { c.support.push_back(c.support[0]); },
        [](Certificate& c) { c.weakly_active.push_back(1 - c.support[0]); },
        [](Certificate& c) { c.unique = true; },
        [](Certificate& c) { c.claim = Claim::optimal; },
        [](Certificate& c) { c.exact = true; },
        [](Certificate& c) { c.program.right[c.support[0]] += parse("1e-190"); },
        [](Certificate& c) { c.program.right[1 - c.support[0]] += 100; },
        [](Certificate& c) { c.program.objective = Concave_power{4}; },
    };
    for (const Solution& solution : all.points) {
        const Certificate& good = solution.certificate;
        BOOST_TEST(check(good).accepted);
        for (nonzero = 0; good.point_box[nonzero].midpoint == 0;) ++nonzero;
        for (std::size_t k = 0; k < damages.size(); ++k) {
            Certificate damaged = good;
            damages[k](damaged);
            BOOST_TEST(!check(damaged).accepted, "damage " << k);
        }
    }
}

BOOST_AUTO_TEST_CASE(other_programs_and_too_many_candidates_are_refused) {
    BOOST_CHECK_THROW((void)saddle_points(concave_margin(generator(1).matrix(8, 8, 3), 3), 20), invalid_input);
    BOOST_CHECK_THROW((void)saddle_points(l2_margin(rational_matrix({{"1"}})), 20), invalid_input);
}

BOOST_AUTO_TEST_SUITE_END()
