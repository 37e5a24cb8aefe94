#include "instances.hpp"

#include <eonflow/convex/check.hpp>
#include <eonflow/convex/small_scale.hpp>
#include <eonflow/number/error.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using namespace eonflow::convex;
using namespace eonflow::convex::testing;
using number::Ball;
using number::Matrix;
using number::precision_scope;
using number::Rational;

BOOST_AUTO_TEST_SUITE(small_scale)

BOOST_AUTO_TEST_CASE(one_equation_with_equal_columns_has_a_closed_form) {
    // w1 + w2 + w3 = 1 with column 4 too small to be used: x_j in proportion to eta_j^2 at depth 2.
    const Matrix<Rational> x = rational_matrix({{"1", "1", "-1", "1/2"}});
    const std::vector<Rational> eta = {1, 2, 3, 50};
    const Small_scale_limit two = small_scale_limit(x, {Rational(1)}, 2, 50, eta);
    BOOST_REQUIRE((two.status() == Status::optimal));
    BOOST_TEST(two.face.certificate.face_dimension == 2u);
    BOOST_TEST(check(two.face.certificate).accepted);
    BOOST_TEST(check(two.choice.certificate).accepted);
    const precision_scope scope(300);
    const std::vector<Ball> w = two.point(50);
    const Rational expected[] = {Rational(1, 14), Rational(4, 14), Rational(-9, 14), Rational(0)};
    for (std::size_t j = 0; j < 4; ++j) BOOST_TEST(w[j].contains(expected[j]));
    for (std::size_t j = 0; j < 3; ++j) BOOST_TEST(w[j].accurate_digits() >= 50);
    // Depth 3 without eta: max sum |w_j|^(2/3), all equal.
    for (const Ball& entry : small_scale_limit(x, {Rational(1)}, 3, 50).choice.point(50)) BOOST_TEST(entry.contains(Rational(1, 3)));
}

BOOST_AUTO_TEST_CASE(minimizers_of_tiny_scales_come_to_the_selected_point) {
    // The price (1/2, 1/2) touches its bound on four columns.
    const Matrix<Rational> x = rational_matrix({{"2", "0", "1", "-1", "1"}, {"0", "2", "1", "-1", "-1"}});
    const std::vector<Rational> y = {2, 1};
    for (const unsigned depth : {2u, 3u, 4u}) {
        const std::vector<Rational> eta = depth == 2 ? std::vector<Rational>{1, Rational(1, 2), 3, 2, 1} : std::vector<Rational>{};
        const Small_scale_limit limit = small_scale_limit(x, y, depth, 40, eta);
        BOOST_TEST_CONTEXT("depth " << depth) {
            BOOST_REQUIRE((limit.status() == Status::optimal));
            BOOST_REQUIRE(limit.face.certificate.face_dimension == 2u);
            std::vector<Potential> terms;
            for (std::size_t j = 0; j < 5; ++j) terms.push_back({"yun", {depth, (eta.empty() ? Rational(1) : eta[j]) * parse("1e-40")}});
            const Solution tiny = solve(bregman(x, y, terms), 40);
            BOOST_REQUIRE((tiny.status == Status::optimal));
            const precision_scope scope(300);
            const std::vector<Ball> selected = limit.point(40), near = tiny.point(40);
            for (std::size_t j = 0; j < 5; ++j) BOOST_TEST((Ball(parse("1e-30")) - abs(selected[j] - near[j])).is_positive(), "coordinate " << j);
        }
    }
}

BOOST_AUTO_TEST_CASE(a_unique_minimizer_needs_no_choice) {
    const Small_scale_limit limit = small_scale_limit(rational_matrix({{"1", "2"}}), {Rational(1)}, 5, 20);
    BOOST_TEST(limit.face.certificate.unique);
    BOOST_TEST(limit.columns.empty());
    BOOST_TEST(limit.point(20)[1].contains(Rational(1, 2)));
    // eta^(2-L) as weights: at depth 5 the first column costs 1/125.
    BOOST_TEST(small_scale_limit(rational_matrix({{"1", "2"}}), {Rational(1)}, 5, 20, {Rational(5), Rational(1)}).point(20)[0].contains(Rational(1)));
    BOOST_TEST((small_scale_limit(rational_matrix({{"0", "0"}}), {Rational(1)}, 2, 20).status() == Status::infeasible));
    BOOST_CHECK_THROW((void)small_scale_limit(rational_matrix({{"1", "2"}}), {Rational(1)}, 1, 20), invalid_input);
    BOOST_CHECK_THROW((void)small_scale_limit(rational_matrix({{"1", "2"}}), {Rational(1)}, 2, 20, {Rational(1), Rational(0)}), invalid_input);
}

BOOST_AUTO_TEST_SUITE_END()
