#include "instances.hpp"

#include <eonflow/convex/check.hpp>
#include <eonflow/convex/solve.hpp>
#include <eonflow/number/error.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using namespace eonflow::convex;
using namespace eonflow::convex::testing;
using number::Ball;
using number::Matrix;
using number::precision_scope;
using number::Rational;

BOOST_AUTO_TEST_SUITE(precision)

BOOST_AUTO_TEST_CASE(ten_thousand_digits_of_a_margin_are_those_of_the_fractions) {
    generator random(41);
    const Solution s = solve(l2_margin(random.matrix(12, 20, 9)));
    BOOST_REQUIRE((s.status == Status::optimal));
    BOOST_TEST(check(s.certificate).accepted);
    const precision_scope scope(number::bits_for_digits(10000) + 64);
    const std::vector<Ball> point = s.point(10000), multipliers = s.multipliers(10000);
    for (std::size_t j = 0; j < point.size(); ++j) {
        BOOST_TEST(point[j].contains(s.certificate.point[j]));
        if (s.certificate.point[j] != 0) BOOST_TEST(point[j].accurate_digits() >= 10000);
    }
    for (std::size_t i = 0; i < multipliers.size(); ++i) BOOST_TEST(multipliers[i].contains(s.certificate.multipliers[i]));
}

BOOST_AUTO_TEST_CASE(ten_thousand_certified_digits_of_the_hyperbolic_entropy) {
    // w1 + 2 w2 = y is solved by w_j = sinh(a_j u) / 10 for the u of which e^u = 3: asinh(10 w1) = log 3, w1 = 2/15, w2 = sinh(2 log 3) / 10 = 4/9.
    const Solution s = solve(bregman(rational_matrix({{"1", "2"}}), {Rational(46, 45)}, {2, Potential{"hyperbolic", {1, Rational(1, 10)}}}), 10000);
    BOOST_REQUIRE((s.status == Status::optimal));
    const precision_scope scope(number::bits_for_digits(10000) + 64);
    const std::vector<Ball> w = s.point(10000);
    BOOST_TEST(w[0].contains(Rational(2, 15)));
    BOOST_TEST(w[1].contains(Rational(4, 9)));
    for (const Ball& x : w) BOOST_TEST(x.accurate_digits() >= 10000);
    // log 3 to all digits
    BOOST_TEST(abs(s.multipliers(10000)[0] - log(Ball(3))).contains_zero());
    BOOST_TEST(s.multipliers(10000)[0].accurate_digits() >= 10000);
}

BOOST_AUTO_TEST_CASE(condition_1e12_does_not_matter) {
    // Rows that differ by 1e-12 of random rows: the Gram matrix has condition about 1e24.
    generator random(42);
    for (int trial = 0; trial < 5; ++trial) {
        Matrix<Rational> z = random.matrix(10, 12, 9);
        for (std::size_t i = 5; i < 10; ++i)
            for (std::size_t j = 0; j < 12; ++j) z(i, j) = z(i - 5, j) + parse("1e-12") * z(i, j);
        const Solution margin = solve(l2_margin(z)), sparse = solve(l1_margin(z));
        std::vector<Rational> y;
        for (std::size_t i = 0; i < 10; ++i) y.push_back(Rational(random.between(1, 9)));
        const Solution pursuit = solve(basis_pursuit(z, y)), nearest = solve(least_norm(z, y));
        for (const Solution* s : {&margin, &sparse, &pursuit, &nearest}) {
            const Check verdict = check(s->certificate);
            BOOST_TEST((s->status != Status::undecided));
            BOOST_TEST(verdict.accepted, verdict.statement);
        }
        BOOST_REQUIRE((nearest.status == Status::optimal));
        // The same in balls, at a condition the working precision must make up for.
        const Solution entropy = solve(bregman(z, y, std::vector<Potential>(12, {"hyperbolic", {1, parse("1e9")}})), 30);
        BOOST_REQUIRE((entropy.status == Status::optimal));
        const Check verdict = check(entropy.certificate);
        BOOST_TEST(verdict.accepted, verdict.statement);
    }
}

BOOST_AUTO_TEST_CASE(ten_thousand_digits_of_the_other_classes_with_boxes) {
    const auto must_hold = [](const char* what, const Solution& s, const std::vector<Rational>& known) {
        BOOST_TEST_CONTEXT(what) {
            BOOST_REQUIRE_MESSAGE((s.status == Status::optimal), s.message);
            const precision_scope scope(number::bits_for_digits(10000) + 64);
            const std::vector<Ball> w = s.point(10000);
            for (std::size_t j = 0; j < known.size(); ++j) {
                BOOST_TEST(w[j].contains(known[j]));
                BOOST_TEST((known[j] == 0 || w[j].accurate_digits() >= 10000));
            }
            const Check verdict = check(s.certificate);
            BOOST_TEST(verdict.accepted, verdict.statement);
        }
    };
    must_hold("groups", solve(group_margin(rational_matrix({{"3", "4", "1", "1"}}), {2, 2}), 10000), {Rational(3, 25), Rational(4, 25), 0, 0});
    // Of the frequencies 0, {1, 3}, 2 of (3, 1, 1, 1) the first carries most, 6 against 2 at each: w is constant.
    must_hold("Fourier coefficients", solve(fourier_margin(rational_matrix({{"3", "1", "1", "1"}})), 10000), std::vector<Rational>(4, Rational(1, 6)));
    must_hold("nuclear norm", solve(nuclear_norm({rational_matrix({{"1", "0"}, {"0", "0"}}), rational_matrix({{"0", "1"}, {"0", "0"}}), rational_matrix({{"0", "0"}, {"1", "0"}})}, {2, 1, 1}), 10000),
              {2, 1, 1, Rational(1, 2)});
    // e^u = 3 once more: w_j = tan(a_j atan(3/4)) with tan 2t = 24/7.
    must_hold("a formula", solve(bregman(rational_matrix({{"1", "2"}}), {Rational(3, 4) + Rational(48, 7)}, std::vector<Potential>(2, {"derivative", {}, "atan(w)"})), 10000), {Rational(3, 4), Rational(24, 7)});
    const Solution best = solve(concave_margin(rational_matrix({{"1", "2"}}), 3), 10000);
    must_hold("concave powers", best, {0, Rational(1, 2)});
    // 2 mu = (1/2)^(-1/3): mu^3 = 1/4.
    const Interval mu = best.certificate.multiplier_box[0];
    const auto cube = [](const Rational& x) { return Rational(x * x * x); };
    BOOST_TEST((cube(mu.midpoint - mu.radius) < Rational(1, 4) && cube(mu.midpoint + mu.radius) > Rational(1, 4)));
    BOOST_TEST((mu.radius < parse("1e-10000")));
}

BOOST_AUTO_TEST_CASE(condition_1e12_does_not_matter_with_boxes) {
    // The last rows are the first ones and a small multiple of others: the Gram matrix has the condition of the multiple's inverse square.
    for (const char* distance : {"1e-12", "1e-20"}) {
        generator random(43);
        for (int trial = 0; trial < 3; ++trial) {
            Matrix<Rational> z = random.matrix(4, 8, 9);
            for (std::size_t i = 2; i < 4; ++i)
                for (std::size_t j = 0; j < 8; ++j) z(i, j) = z(i - 2, j) + parse(distance) * z(i, j);
            std::vector<Matrix<Rational>> measurements;
            std::vector<Rational> y;
            for (std::size_t i = 0; i < 4; ++i) {
                measurements.emplace_back(2, 4);
                for (std::size_t e = 0; e < 8; ++e) measurements.back().entries()[e] = z(i, e);
                y.push_back(Rational(random.between(1, 9)));
            }
            std::size_t which = 0;
            for (const Program& program : {group_margin(z, {2, 3, 3}), fourier_margin(z), nuclear_norm(measurements, y), bregman(z, y, std::vector<Potential>(8, {"yun", {3, 1}})),
                                           bregman(z, y, std::vector<Potential>(8, {"derivative", {}, "atan(w) + w"})), concave_margin(z, 3)}) {
                BOOST_TEST_CONTEXT(distance << ", trial " << trial << ", class " << which++) {
                    const Solution s = solve(program, 30);
                    BOOST_REQUIRE_MESSAGE((s.status == Status::optimal), s.message);
                    const Check verdict = check(s.certificate);
                    BOOST_TEST(verdict.accepted, verdict.statement);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(margins_of_exactly_one_are_told_from_margins_near_one) {
    // At w = (1, 0) the second row has margin 1 and no multiplier, the third 1 + e.
    for (const char* e : {"0", "1e-30", "-1e-30", "1e-300", "-1e-300"}) {
        Matrix<Rational> z = rational_matrix({{"1", "0"}, {"1", "1"}, {"1", "0"}});
        z(2, 0) += parse(e);
        const Solution s = solve(l2_margin(z));
        BOOST_TEST_CONTEXT("e = " << e) {
            BOOST_TEST(check(s.certificate).accepted);
            const bool above = parse(e) > 0, below = parse(e) < 0;
            // Of the first and the third row the shorter one supports.
            BOOST_TEST(s.certificate.point[0] == (below ? Rational(1 / (1 + parse(e))) : Rational(1)));
            const std::vector<std::size_t> weak = s.certificate.weakly_active;
            BOOST_TEST((std::find(weak.begin(), weak.end(), 1u) != weak.end()) == !below);
            BOOST_TEST((above ? s.certificate.support == std::vector<std::size_t>{0} : true));
            BOOST_TEST(s.certificate.multipliers_unique == (parse(e) != 0));
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
