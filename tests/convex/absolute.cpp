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

void must_be_accepted(const Solution& solution) {
    const Check result = check(solution.certificate);
    BOOST_TEST(result.accepted, result.statement);
}

Rational cost(const Program& program, const Exact_vector& w) {
    const auto& absolute = std::get<Absolute>(program.objective);
    Rational sum = 0;
    for (std::size_t j = 0; j < w.size(); ++j) sum += w[j] > 0 ? *absolute.up[j] * w[j] : w[j] < 0 ? Rational(*absolute.down[j] * -w[j]) : Rational(0);
    return sum;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(absolute)

BOOST_AUTO_TEST_CASE(one_equation_picks_the_largest_column) {
    const Solution s = solve(basis_pursuit(rational_matrix({{"1", "2"}}), {Rational(1)}));
    BOOST_REQUIRE(s.status == Status::optimal);
    BOOST_TEST(s.certificate.point[0] == 0);
    BOOST_TEST(s.certificate.point[1] == Rational(1, 2));
    BOOST_TEST(s.certificate.unique);
    must_be_accepted(s);
}

BOOST_AUTO_TEST_CASE(different_weights_for_the_two_signs) {
    const Solution s = solve(basis_pursuit(rational_matrix({{"1", "-2"}}), {Rational(1)}, {Rational(1), Rational(1)}, {Rational(1), Rational(3)}));
    BOOST_TEST(s.certificate.point[0] == 1);
    BOOST_TEST(s.certificate.point[1] == 0);
    must_be_accepted(s);
}

BOOST_AUTO_TEST_CASE(ties_give_the_whole_face) {
    // w1 + w2 + w3 = 1: the simplex, dimension 2.
    const Solution s = solve(basis_pursuit(rational_matrix({{"1", "1", "1", "1/2"}}), {Rational(1)}));
    BOOST_TEST(!s.certificate.unique);
    BOOST_TEST(s.certificate.face_dimension == 2u);
    for (std::size_t j = 0; j < 3; ++j) BOOST_TEST(s.certificate.point[j] > 0);
    BOOST_TEST(s.certificate.point[3] == 0);
    must_be_accepted(s);
    for (const std::size_t wrong : {0u, 1u, 3u}) {
        Certificate damaged = s.certificate;
        damaged.face_dimension = wrong;
        damaged.unique = wrong == 0;
        BOOST_TEST(!check(damaged).accepted);
    }
}

BOOST_AUTO_TEST_CASE(a_degenerate_vertex_can_be_unique) {
    // The optimal vertex (1, 0) has a basic zero, and the second column ties in the basis' own multipliers for some bases.
    const Solution s = solve(basis_pursuit(rational_matrix({{"1", "1", "0"}, {"0", "1", "1"}}), {Rational(1), Rational(0)}));
    BOOST_TEST(s.certificate.point[0] == 1);
    BOOST_TEST(s.certificate.unique);
    must_be_accepted(s);
}

BOOST_AUTO_TEST_CASE(l1_margin_small) {
    const Solution s = solve(l1_margin(rational_matrix({{"1", "1/2", "0"}, {"1/2", "1", "3/10"}, {"1", "1", "-1/2"}})));
    BOOST_REQUIRE(s.status == Status::optimal);
    must_be_accepted(s);
    BOOST_TEST(cost(s.certificate.program, s.certificate.point) == Rational(4, 3));
}

BOOST_AUTO_TEST_CASE(infeasible_rows_give_a_farkas_vector) {
    const Solution s = solve(l1_margin(rational_matrix({{"1", "1"}, {"-1", "2"}, {"1", "-5"}})));
    BOOST_REQUIRE(s.status == Status::infeasible);
    must_be_accepted(s);
    const Solution t = solve(basis_pursuit(rational_matrix({{"1", "2"}, {"2", "4"}}), {Rational(1), Rational(3)}));
    BOOST_REQUIRE(t.status == Status::infeasible);
    must_be_accepted(t);
    const Solution redundant = solve(basis_pursuit(rational_matrix({{"1", "2"}, {"2", "4"}}), {Rational(1), Rational(2)}));
    BOOST_REQUIRE(redundant.status == Status::optimal);
    BOOST_TEST(redundant.certificate.unique);
    must_be_accepted(redundant);
}

BOOST_AUTO_TEST_CASE(random_programs_against_all_bases) {
    generator random(3);
    for (int trial = 0; trial < 200; ++trial) {
        const std::size_t n = 1 + random.below(3), d = n + random.below(4);
        const Matrix<Rational> x = random.matrix(n, d, trial % 2 == 0 ? 1 : 4);
        std::vector<Rational> y, up, down;
        for (std::size_t i = 0; i < n; ++i) y.emplace_back(random.between(-3, 3));
        for (std::size_t j = 0; j < d; ++j) {
            up.emplace_back(trial % 5 == 0 ? random.between(0, 2) : 1);
            down.emplace_back(trial % 5 == 0 ? random.between(0, 2) : 1);
        }
        const auto expected = basis_pursuit_by_enumeration(x, y, up, down);
        const Solution s = solve(basis_pursuit(x, y, up, down));
        BOOST_TEST_CONTEXT("trial " << trial) {
            if (expected.full_rank) {
                BOOST_REQUIRE(s.status == Status::optimal);
                BOOST_TEST(cost(s.certificate.program, s.certificate.point) == expected.value);
                if (trial % 5 != 0) BOOST_TEST(s.certificate.unique == (expected.optimal_vertices == 1));
            }
            must_be_accepted(s);
        }
    }
}

BOOST_AUTO_TEST_CASE(random_margins_are_proved) {
    generator random(4);
    for (int trial = 0; trial < 200; ++trial) {
        const std::size_t n = 1 + random.below(8), d = 1 + random.below(8);
        const Solution s = solve(l1_margin(random.matrix(n, d, trial % 2 == 0 ? 1 : 9)));
        BOOST_TEST_CONTEXT("trial " << trial) {
            BOOST_TEST((s.status == Status::optimal || s.status == Status::infeasible));
            must_be_accepted(s);
            // The same rows separate in every norm or in none.
            number::Matrix<Rational> z = s.certificate.program.matrix;
            BOOST_TEST((s.status == solve(l2_margin(z)).status));
        }
    }
}

BOOST_AUTO_TEST_CASE(a_tie_below_double_precision_is_broken_exactly) {
    const Solution s = solve(basis_pursuit(rational_matrix({{"1", "1.000000000000000000000000000001", "1"}}), {Rational(1)}));
    BOOST_TEST(s.certificate.unique);
    BOOST_TEST(s.certificate.point[1] > 0);
    must_be_accepted(s);
}

BOOST_AUTO_TEST_CASE(damaged_certificates_are_refused) {
    const Solution s = solve(l1_margin(rational_matrix({{"1", "1/2", "0"}, {"1/2", "1", "3/10"}, {"1", "1", "-1/2"}})));
    const std::vector<std::function<void(Certificate&)>> damages = {
        [](Certificate& c) { c.point.numerators[0] += 1; },
        [](Certificate& c) { c.point.numerators[2] -= 1; },
        [](Certificate& c) { c.multipliers.numerators[0] += 1; },
        [](Certificate& c) { c.multipliers.denominator += 1; },
        [](Certificate& c) { c.support.pop_back(); },
        [](Certificate& c) { c.weakly_active = {2}; },
        [](Certificate& c) { c.claim = Claim::infeasible; },
        [](Certificate& c) { std::get<Absolute>(c.program.objective).up[0] = Rational(9, 10); },
        [](Certificate& c) { std::get<Absolute>(c.program.objective).up[0] = std::nullopt; },
        [](Certificate& c) { c.face_dimension = 1, c.unique = false; },
    };
    for (std::size_t k = 0; k < damages.size(); ++k) {
        Certificate damaged = s.certificate;
        damages[k](damaged);
        BOOST_TEST(!check(damaged).accepted, "damage " << k);
    }
}

BOOST_AUTO_TEST_SUITE_END()
