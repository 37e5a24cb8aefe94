#include "instances.hpp"

#include <eonflow/convex/check.hpp>
#include <eonflow/convex/potential.hpp>
#include <eonflow/convex/separable.hpp>
#include <eonflow/convex/solve.hpp>
#include <eonflow/number/error.hpp>

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

std::vector<Potential> all(std::size_t d, const std::string& family, const std::vector<std::string>& parameters) {
    Potential p{family, {}};
    for (const std::string& text : parameters) p.parameters.push_back(parse(text));
    return std::vector<Potential>(d, p);
}

void must_be_accepted(const Solution& solution) {
    const Check result = check(solution.certificate);
    BOOST_TEST(result.accepted, result.statement);
}

bool holds(const Interval& box, const Rational& x) { return abs(x - box.midpoint) <= box.radius; }

/// The limit of one equation with coefficients (1, 2) is known exactly.
void must_be(const Solution& solution, const Rational& first, const Rational& second, std::int64_t digits) {
    BOOST_REQUIRE((solution.status == Status::optimal));
    BOOST_TEST(holds(solution.certificate.point_box[0], first));
    BOOST_TEST(holds(solution.certificate.point_box[1], second));
    for (const Ball& x : solution.point(digits)) BOOST_TEST(x.accurate_digits() >= digits);
    must_be_accepted(solution);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(separable)

BOOST_AUTO_TEST_CASE(exact_limits_of_one_equation) {
    const Matrix<Rational> x = rational_matrix({{"1", "2"}});
    const auto run = [&](const std::string& y, std::vector<Potential> terms, std::vector<Rational> start = {}, std::int64_t digits = 60) {
        return solve(bregman(x, {parse(y)}, std::move(terms), std::move(start)), digits);
    };
    must_be(run("1", all(2, "yun", {"2", "2/3"})), Rational(1, 6), Rational(5, 12), 60);
    must_be(run("1735/216", all(2, "yun", {"3", "1"})), Rational(5, 8), Rational(100, 27), 60);
    must_be(run("1", all(2, "power", {"2"}), {Rational(1, 10), Rational(1, 10)}), Rational(1, 5), Rational(2, 5), 60);
    must_be(run("4/3", all(2, "exp", {}), {Rational(1, 4), Rational(1, 4)}), Rational(1, 3), Rational(1, 2), 60);
    must_be(run("19/6", all(2, "sinh", {})), Rational(1, 2), Rational(4, 3), 60);
    must_be(run("9", all(2, "signed_power", {"3/2"})), Rational(1), Rational(4), 60);
    must_be(run("5", all(2, "identity", {}), {}, 1000), Rational(1), Rational(2), 1000);
    // yun, L = 4: h = tau / (1 - tau^2)^2 at tau = 1/4, 1/2
    must_be(run("464/225", all(2, "yun", {"4", "1"}), {}, 200), Rational(64, 225), Rational(8, 9), 200);
}

BOOST_AUTO_TEST_CASE(few_digits_are_proved_too) {
    const Matrix<Rational> x = rational_matrix({{"1", "2", "1/3"}, {"3/2", "-1/2", "1"}});
    for (std::int64_t digits = 1; digits <= 8; ++digits)
        for (const char* scale : {"1/10", "100"}) {
            const Solution solution = solve(bregman(x, {parse("1"), parse("2/3")}, all(3, "yun", {"3", scale})), digits);
            BOOST_REQUIRE((solution.status == Status::optimal));
            must_be_accepted(solution);
        }
}

BOOST_AUTO_TEST_CASE(responses_invert_derivatives) {
    const std::vector<Potential> catalogue = {{"yun", {2, parse("1/3")}}, {"yun", {3, parse("1/3")}}, {"yun", {4, 2}}, {"yun", {5, parse("1/3")}},
                                              {"yun", {6, 1}}, {"yun", {9, parse("1e-5")}}, {"woodworth", {2, parse("1/3")}}, {"woodworth", {3, parse("1/3")}},
                                              {"woodworth", {4, 2}}, {"woodworth", {7, parse("1e-4")}}, {"hyperbolic", {2, parse("1e-100")}}, {"identity", {}},
                                              {"power", {2}}, {"power", {3}}, {"power", {parse("5/2")}}, {"signed_power", {parse("5/4")}}, {"exp", {}}, {"sinh", {}},
                                              {"tan", {}}, {"tanh", {}}, {"sin", {}}, {"cosh", {}}, {"log", {}}, {"arsinh", {}}};
    for (const std::int64_t bits : {64, 300, 2000}) {
        const precision_scope scope(bits);
        for (const Potential& p : catalogue) {
            const auto h = make_potential(p);
            for (const char* text : {"-3", "-1/7", "1e-9", "1/3", "9/10", "7/4", "50"}) {
                const Rational w = parse(text);
                const bool positive = p.family == "power" || p.family == "exp", inside = p.family == "tanh" || p.family == "sin";
                if ((positive && w <= 0) || (inside && abs(w) >= 1) || (p.family == "cosh" && w <= 1)) continue;
                BOOST_TEST_CONTEXT(p.family << " at " << text << ", " << bits << " bits") {
                    const Ball u = h->derivative(Ball(w));
                    if (bits < 300 && !u.is_finite()) continue;  // near a blow-up few bits are not enough
                    BOOST_REQUIRE(u.is_finite());
                    const Response r = h->respond(u);
                    if (p.family == "yun" && p.parameters[1] < Rational(1, 100) && bits < 300) continue;  // near its blow-up this needs more bits
                    BOOST_REQUIRE(r.value.is_finite());
                    BOOST_TEST(r.value.contains(w));
                    // dw/du against a difference quotient whose interval must contain it
                    Ball around = Ball(w);
                    arb_add_error_2exp_si(around.raw(), -bits / 3);
                    const Ball low = Ball(w) - Ball(number::power_of_two(-bits / 3)), high = Ball(w) + Ball(number::power_of_two(-bits / 3));
                    const Ball quotient = (h->derivative(high) - h->derivative(low)) / (high - low);
                    if (quotient.is_finite() && bits > 64) BOOST_TEST(abs(quotient * r.slope - Ball(1)).midpoint().convert_to<double>() < 1e-6);
                }
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(unknown_potentials_and_parameters_are_refused) {
    BOOST_CHECK_THROW((void)make_potential({"cubic", {}}), invalid_input);
    BOOST_CHECK_THROW((void)make_potential({"yun", {1, 1}}), invalid_input);
    BOOST_CHECK_THROW((void)make_potential({"yun", {3}}), invalid_input);
    BOOST_CHECK_THROW((void)make_potential({"signed_power", {2}}), invalid_input);
    BOOST_CHECK_THROW((void)solve(bregman(rational_matrix({{"1", "2"}}), {Rational(1)}, all(2, "power", {"2"}), {Rational(1), Rational(-1)})), invalid_input);
}

BOOST_AUTO_TEST_CASE(a_tiny_scale_selects_the_l1_minimizer) {
    generator random(21);
    for (int trial = 0; trial < 4; ++trial) {
        const Matrix<Rational> x = random.matrix(3, 7, 9);
        const std::vector<Rational> y = {Rational(random.between(1, 9)), Rational(random.between(-9, -1)), Rational(random.between(1, 9))};
        const Solution vertex = solve(basis_pursuit(x, y));
        BOOST_REQUIRE(vertex.certificate.unique);
        for (const char* depth : {"2", "3", "5"}) {
            const Solution s = solve(bregman(x, y, all(7, "yun", {depth, "1e-100"})), 30);
            BOOST_TEST_CONTEXT("trial " << trial << ", L = " << depth) {
                BOOST_REQUIRE((s.status == Status::optimal));
                for (std::size_t j = 0; j < 7; ++j)
                    BOOST_TEST(abs(s.certificate.point_box[j].midpoint - vertex.certificate.point[j]) < parse("1e-3"));
                must_be_accepted(s);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(a_huge_scale_selects_the_weighted_l2_minimizer) {
    generator random(22);
    const Matrix<Rational> x = random.matrix(3, 6, 9);
    const std::vector<Rational> y = {1, -2, 3};
    for (const int depth : {2, 3, 4}) {
        std::vector<Potential> terms;
        std::vector<Rational> weights;
        for (int j = 0; j < 6; ++j) {
            const Rational eta(j + 1, 2);
            terms.push_back({"yun", {depth, eta * pow(number::Integer(10), 40)}});
            Rational w = 1;
            for (int k = 0; k < 2 * depth - 2; ++k) w /= eta;
            weights.push_back(w);
        }
        const Solution s = solve(bregman(x, y, terms), 30), quadratic = solve(least_norm(x, y, weights));
        BOOST_REQUIRE((s.status == Status::optimal));
        for (std::size_t j = 0; j < 6; ++j) BOOST_TEST(abs(s.certificate.point_box[j].midpoint - quadratic.certificate.point[j]) < parse("1e-30"));
        must_be_accepted(s);
    }
}

BOOST_AUTO_TEST_CASE(boxes_contain_the_result_of_twice_the_digits) {
    generator random(23);
    const Matrix<Rational> x = random.matrix(4, 9, 9);
    const std::vector<Rational> y = {1, 2, 3, -4};
    for (const auto& terms : {all(9, "hyperbolic", {"1", "1/100"}), all(9, "woodworth", {"3", "1/7"}), all(9, "tan", {}), all(9, "arsinh", {})}) {
        const Solution rough = solve(bregman(x, y, terms), 30), fine = solve(bregman(x, y, terms), 60);
        BOOST_REQUIRE((rough.status == Status::optimal && fine.status == Status::optimal));
        for (std::size_t j = 0; j < 9; ++j) BOOST_TEST(holds(rough.certificate.point_box[j], fine.certificate.point_box[j].midpoint));
        must_be_accepted(rough);
        must_be_accepted(fine);
    }
}

BOOST_AUTO_TEST_CASE(dependent_and_contradicting_equations) {
    const Matrix<Rational> x = rational_matrix({{"1", "2", "0"}, {"0", "1", "1"}, {"1", "3", "1"}});
    const Solution s = solve(bregman(x, {Rational(1), Rational(2), Rational(3)}, all(3, "hyperbolic", {"1", "1"})), 40);
    BOOST_REQUIRE((s.status == Status::optimal));
    BOOST_TEST(!s.certificate.multipliers_unique);
    must_be_accepted(s);
    const Solution t = solve(bregman(x, {Rational(1), Rational(2), Rational(4)}, all(3, "hyperbolic", {"1", "1"})), 40);
    BOOST_REQUIRE((t.status == Status::infeasible));
    must_be_accepted(t);
}

BOOST_AUTO_TEST_CASE(damaged_boxes_are_refused) {
    const Matrix<Rational> x = rational_matrix({{"1", "2", "-1"}, {"0", "1", "3"}});
    const Certificate good = solve(bregman(x, {Rational(1), Rational(2)}, all(3, "yun", {"3", "1/2"})), 30).certificate;
    BOOST_TEST(check(good).accepted);
    const std::vector<std::function<void(Certificate&)>> damages = {
        [](Certificate& c) { c.point_box[0].midpoint += parse("1e-20"); },
        [](Certificate& c) { c.point_box[2].radius /= 1000; },
        [](Certificate& c) { c.multiplier_box[0].midpoint += parse("1e-20"); },
        [](Certificate& c) { c.multiplier_box[1].radius = 0; },
        [](Certificate& c) { c.multiplier_box[1].radius = -1; },
        [](Certificate& c) { c.multiplier_box[0].radius = 1000; },
        [](Certificate& c) { c.program.right[0] += parse("1e-25"); },
        [](Certificate& c) { std::get<Separable>(c.program.objective).terms[1].parameters[1] += parse("1e-25"); },
        [](Certificate& c) { std::get<Separable>(c.program.objective).terms[1].parameters[0] = 4; },
        [](Certificate& c) { std::get<Separable>(c.program.objective).terms[0].family = "custom"; },
        [](Certificate& c) { std::get<Separable>(c.program.objective).start.assign(3, parse("1e-20")); },
        [](Certificate& c) { c.support = {0}; },
        [](Certificate& c) { c.support.clear(); },
        [](Certificate& c) { c.point_box.pop_back(); },
        [](Certificate& c) { c.claim = Claim::infeasible; },
        [](Certificate& c) { c.exact = true; },
        [](Certificate& c) { c.face_dimension = 1; },
    };
    for (std::size_t k = 0; k < damages.size(); ++k) {
        Certificate damaged = good;
        damages[k](damaged);
        BOOST_TEST(!check(damaged).accepted, "damage " << k);
    }
}

BOOST_AUTO_TEST_CASE(equations_that_no_point_of_the_domain_meets) {
    const Potential inverse{"derivative", {}, "-1/w", Rational(0)};
    struct {
        std::vector<Potential> terms;
        const char* right;
    } const cases[] = {{all(2, "power", {"2"}), "-1"}, {all(2, "exp", {}), "0"},         {all(2, "sin", {}), "2"},     {all(2, "tanh", {}), "-5/2"},
                       {all(2, "cosh", {}), "2"},      {{inverse, inverse}, "-1e-30"}, {all(2, "layers", {"1/2", "0"}), "-1"}};
    for (const auto& c : cases) {
        const Solution s = solve(bregman(rational_matrix({{"1", "1"}}), {parse(c.right)}, c.terms), 20);
        BOOST_TEST_CONTEXT(c.terms[0].family << " with sum " << c.right) {
            BOOST_REQUIRE((s.status == Status::infeasible));
            must_be_accepted(s);
            Certificate damaged = s.certificate;
            damaged.multipliers.numerators[0] *= -1;
            BOOST_TEST(!check(damaged).accepted);
            damaged = s.certificate;
            for (Rational& y : damaged.program.right) y += Rational(s.certificate.multipliers[0] > 0 ? -3 : 3);
            BOOST_TEST(!check(damaged).accepted);
        }
    }
    // A little further inside there is one.
    must_be_accepted(solve(bregman(rational_matrix({{"1", "1"}}), {2 - parse("1e-30")}, all(2, "sin", {})), 20));
    must_be_accepted(solve(bregman(rational_matrix({{"1", "1"}}), {parse("1e-30")}, all(2, "power", {"2"})), 20));
}

BOOST_AUTO_TEST_CASE(a_formula_that_is_undefined_where_it_begins_is_refused) {
    // log w without the end of its interval begins at 0.
    BOOST_CHECK_THROW((void)solve(bregman(rational_matrix({{"1", "1"}}), {Rational(-1)}, std::vector<Potential>(2, {"derivative", {}, "log(w)"})), 20), invalid_input);
}

BOOST_AUTO_TEST_SUITE_END()
