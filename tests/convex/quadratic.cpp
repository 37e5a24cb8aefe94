#include "instances.hpp"

#include <eonflow/convex/check.hpp>
#include <eonflow/convex/solve.hpp>
#include <eonflow/number/error.hpp>

#include <boost/test/unit_test.hpp>

#include <functional>

using namespace eonflow;
using namespace eonflow::convex;
using namespace eonflow::convex::testing;
using number::Integer;
using number::Matrix;
using number::Rational;

namespace {

void must_be_accepted(const Solution& solution) {
    const Check result = check(solution.certificate);
    BOOST_TEST(result.accepted, result.statement);
}

using indices = std::vector<std::size_t>;

}  // namespace

BOOST_AUTO_TEST_SUITE(quadratic)

BOOST_AUTO_TEST_CASE(two_support_vectors_of_three) {
    const Solution s = solve(l2_margin(rational_matrix({{"1", "1/2", "0"}, {"1/2", "1", "3/10"}, {"1", "1", "-1/2"}})));
    BOOST_REQUIRE(s.status == Status::optimal);
    BOOST_TEST(s.certificate.support == (indices{0, 1}));
    BOOST_TEST(s.certificate.weakly_active.empty());
    BOOST_TEST(s.certificate.unique);
    BOOST_TEST(s.certificate.multipliers_unique);
    const Rational first = s.certificate.multipliers[0], second = s.certificate.multipliers[1];
    BOOST_TEST(first / (first + second) == Rational(34, 59));
    must_be_accepted(s);
}

BOOST_AUTO_TEST_CASE(margin_one_with_multiplier_zero_is_weakly_active) {
    const Solution s = solve(l2_margin(rational_matrix({{"1", "0"}, {"1", "1"}})));
    BOOST_TEST(s.certificate.support == (indices{0}));
    BOOST_TEST(s.certificate.weakly_active == (indices{1}));
    BOOST_TEST(s.certificate.point[0] == 1);
    BOOST_TEST(s.certificate.point[1] == 0);
    BOOST_TEST(s.certificate.multipliers_unique);
    must_be_accepted(s);
}

BOOST_AUTO_TEST_CASE(dependent_support_vectors_leave_the_multipliers_open) {
    // Symmetric data: w = (1, 0, 0) with four support vectors in three dimensions.
    const Solution s = solve(l2_margin(rational_matrix({{"1", "1", "0"}, {"1", "-1", "0"}, {"1", "0", "1"}, {"1", "0", "-1"}})));
    BOOST_TEST(s.certificate.point[0] == 1);
    BOOST_TEST(s.certificate.unique);
    BOOST_TEST(!s.certificate.multipliers_unique);
    BOOST_TEST(s.certificate.support.size() + s.certificate.weakly_active.size() == 4u);
    must_be_accepted(s);
    Certificate damaged = s.certificate;
    damaged.multipliers_unique = true;
    BOOST_TEST(!check(damaged).accepted);
}

BOOST_AUTO_TEST_CASE(duplicated_rows) {
    const Solution s = solve(l2_margin(rational_matrix({{"1", "2"}, {"1", "2"}, {"2", "1"}, {"2", "1"}, {"1", "2"}})));
    BOOST_TEST(s.certificate.point[0] == Rational(1, 3));
    BOOST_TEST(s.certificate.point[1] == Rational(1, 3));
    BOOST_TEST(!s.certificate.multipliers_unique);
    must_be_accepted(s);
}

BOOST_AUTO_TEST_CASE(weights_and_center) {
    // min 1/2 (w1^2 + 4 w2^2) with w1 + w2 = 1: (4/5, 1/5).
    const Solution s = solve(least_norm(rational_matrix({{"1", "1"}}), {Rational(1)}, {Rational(1), Rational(4)}));
    BOOST_TEST(s.certificate.point[0] == Rational(4, 5));
    must_be_accepted(s);
    const Solution t = solve(least_norm(rational_matrix({{"1", "1"}}), {Rational(1)}, {Rational(1, 2), Rational(1, 3)}, {Rational(1, 7), Rational(2)}));
    BOOST_TEST((t.certificate.point[0] - Rational(1, 7)) / 2 == (t.certificate.point[1] - 2) / 3);
    BOOST_TEST(t.certificate.point[0] + t.certificate.point[1] == 1);
    must_be_accepted(t);
}

BOOST_AUTO_TEST_CASE(dependent_equations_are_consistent_or_infeasible) {
    const Matrix<Rational> x = rational_matrix({{"1", "2", "0"}, {"0", "1", "1"}, {"1", "3", "1"}});
    const Solution s = solve(least_norm(x, {Rational(1), Rational(2), Rational(3)}));
    BOOST_REQUIRE(s.status == Status::optimal);
    must_be_accepted(s);
    const Solution t = solve(least_norm(x, {Rational(1), Rational(2), parse("3.0000000000000000000001")}));
    BOOST_REQUIRE(t.status == Status::infeasible);
    must_be_accepted(t);
}

BOOST_AUTO_TEST_CASE(inseparable_data_give_a_farkas_vector) {
    const Solution s = solve(l2_margin(rational_matrix({{"1", "1"}, {"-1", "2"}, {"1", "-5"}})));
    BOOST_REQUIRE(s.status == Status::infeasible);
    Rational sum = 0;
    for (std::size_t i = 0; i < 3; ++i) sum += s.certificate.multipliers[i];
    BOOST_TEST(sum == 1);
    must_be_accepted(s);
    const Solution zero_row = solve(l2_margin(rational_matrix({{"1", "1"}, {"0", "0"}})));
    BOOST_TEST((zero_row.status == Status::infeasible));
    must_be_accepted(zero_row);
}

BOOST_AUTO_TEST_CASE(a_margin_far_below_double_precision_is_decided) {
    // Separable or not by a hair: w1 >= 1, w2 <= -1 and t w2 >= 1 + w1.
    for (const auto& [text, status] : {std::pair{"1e-40", Status::infeasible}, std::pair{"-1e-40", Status::optimal}, std::pair{"0", Status::infeasible}}) {
        const Solution s = solve(l2_margin(rational_matrix({{"1", "0"}, {"-1", text}, {"0", "-1"}})));
        BOOST_TEST((s.status == status), text);
        must_be_accepted(s);
    }
}

BOOST_AUTO_TEST_CASE(huge_and_tiny_entries) {
    const Solution s = solve(l2_margin(rational_matrix({{"1e300", "1e-300"}, {"1e-300", "1e300"}, {"1e600", "-1e500"}})));
    BOOST_REQUIRE(s.status == Status::optimal);
    must_be_accepted(s);
}

BOOST_AUTO_TEST_CASE(real_data) {
    const Solution iris = solve(l2_margin(labelled_file("iris_setosa_versicolor.csv")));
    BOOST_REQUIRE(iris.status == Status::optimal);
    must_be_accepted(iris);
    BOOST_TEST(iris.certificate.support.size() >= 2u);
}

BOOST_AUTO_TEST_CASE(nonnegative_least_squares_against_all_subsets) {
    generator random(11);
    for (int trial = 0; trial < 60; ++trial) {
        const std::size_t m = 1 + random.below(4), k = 1 + random.below(5);
        const Matrix<Rational> a = random.matrix(m, k, 3);
        std::vector<Rational> b;
        for (std::size_t i = 0; i < m; ++i) b.emplace_back(random.between(-4, 4));
        const Solution s = solve(nonnegative_least_squares(a, b));
        BOOST_REQUIRE(s.status == Status::optimal);
        must_be_accepted(s);
        // The residual is b - A v with v >= 0 and no column improves it.
        for (std::size_t i = 0; i < m; ++i) {
            Rational residual = b[i];
            for (std::size_t j = 0; j < k; ++j) residual -= a(i, j) * s.certificate.multipliers[j];
            BOOST_TEST(residual == s.certificate.point[i]);
        }
    }
}

BOOST_AUTO_TEST_CASE(random_margins_against_enumeration) {
    generator random(5);
    for (int trial = 0; trial < 150; ++trial) {
        const std::size_t n = 1 + random.below(6), d = 1 + random.below(4);
        const Matrix<Rational> z = random.matrix(n, d, trial % 3 == 0 ? 1 : 4);
        const auto expected = quadratic_by_enumeration(l2_margin(z));
        const Solution s = solve(l2_margin(z));
        BOOST_TEST_CONTEXT("trial " << trial) {
            BOOST_REQUIRE((s.status == Status::optimal) == expected.has_value());
            must_be_accepted(s);
            if (expected)
                for (std::size_t j = 0; j < d; ++j) BOOST_TEST(s.certificate.point[j] == (*expected)[j]);
        }
    }
}

BOOST_AUTO_TEST_CASE(damaged_certificates_are_refused) {
    const Solution s = solve(l2_margin(rational_matrix({{"1", "1/2", "0"}, {"1/2", "1", "3/10"}, {"1", "1", "-1/2"}})));
    const std::vector<std::function<void(Certificate&)>> damages = {
        [](Certificate& c) { c.point.numerators[0] += 1; },
        [](Certificate& c) { c.point.denominator += 1; },
        [](Certificate& c) { c.point.denominator = -c.point.denominator; },
        [](Certificate& c) { c.multipliers.numerators[0] += 1; },
        [](Certificate& c) { c.multipliers.numerators[2] = 1; },
        [](Certificate& c) { c.multipliers.numerators[0] = -c.multipliers.numerators[0]; },
        [](Certificate& c) { c.multipliers.denominator *= 2; },
        [](Certificate& c) { c.support = {0, 2}; },
        [](Certificate& c) { c.support = {0}; },
        [](Certificate& c) { c.weakly_active = {2}; },
        [](Certificate& c) { c.claim = Claim::infeasible; },
        [](Certificate& c) { c.claim = Claim::stationary; },
        [](Certificate& c) { c.program.right[0] += Rational(1, 1000000); },
        [](Certificate& c) {
            Matrix<Rational> other = c.program.matrix;
            other(1, 2) = Rational(3000001, 10000000);
            c.program.matrix = std::move(other);
        },
        [](Certificate& c) { std::get<Quadratic>(c.program.objective).weights[1] = 2; },
        [](Certificate& c) { c.exact = false; },
        [](Certificate& c) { c.point.numerators.pop_back(); },
        [](Certificate& c) { c.multipliers.numerators.clear(); },
        [](Certificate& c) { c.face_dimension = 1; },
    };
    for (std::size_t k = 0; k < damages.size(); ++k) {
        Certificate damaged = s.certificate;
        damages[k](damaged);
        BOOST_TEST(!check(damaged).accepted, "damage " << k);
    }
    Certificate farkas = solve(l2_margin(rational_matrix({{"1", "1"}, {"-1", "2"}, {"1", "-5"}}))).certificate;
    farkas.multipliers.numerators[0] += 1;
    BOOST_TEST(!check(farkas).accepted);
}

BOOST_AUTO_TEST_CASE(malformed_programs_are_refused) {
    BOOST_CHECK_THROW((void)solve(l2_margin(Matrix<Rational>{})), invalid_input);
    BOOST_CHECK_THROW((void)solve(least_norm(rational_matrix({{"1", "1"}}), {})), invalid_input);
    BOOST_CHECK_THROW((void)solve(l2_margin(rational_matrix({{"1", "1"}}), {Rational(1), Rational(0)})), invalid_input);
}

BOOST_AUTO_TEST_SUITE_END()
