// Separable data at the edge of what theorems assume: support vectors with small or vanishing multipliers, and ones that come late.
#include "horizon_fixture.hpp"

#include <functional>

using namespace horizon_fixture;

namespace {

/// The root of an increasing function.
Real root_of(const std::function<Real(const Real&)>& f, Real low, Real high) {
    const Real close = number::power_of_two(-600);
    while (high - low > abs(high) * close) {
        const Real middle = (low + high) / 2;
        (f(middle) < 0 ? low : high) = middle;
    }
    return high;
}

Real log_length(const Vector& w) { return log(flow::norm(w)); }

/// Samples at the given log |w| against a curve of exact points, which `at` gives for log |w|.
void check_directions(const flow::Problem& p, const std::vector<int>& radii, const std::function<Vector(const Real&)>& at) {
    std::vector<HorizonTarget> targets;
    for (const int r : radii) targets.push_back({target::log_radius, r});
    const auto result = follow(p, targets);
    const number::precision_scope scope(result.precision_bits + 800);
    for (const auto& s : result.samples) {
        const Vector direction = flow::normalized(at(Real(s.log_radius.value)));
        for (std::size_t j = 0; j < direction.size(); ++j)
            check_claim(s.direction[j], direction[j], Real(1), 30, "w[" + std::to_string(j) + "] at log|w| = " + number::to_decimal(s.log_radius.value, 4));
    }
}

/// Two independent support vectors with positive multipliers l_i of the max margin: <z_i, w> = T - log l_i with one T, up to exponentially small terms.
std::function<Vector(const Real&)> two_support_vectors(const number::Matrix<Rational>& z, const std::vector<Rational>& multipliers) {
    return [=](const Real& r) {
        const auto point = [&](const Real& T) {
            const Real a = number::to_real(z(0, 0)), b = number::to_real(z(0, 1)), c = number::to_real(z(1, 0)), d = number::to_real(z(1, 1));
            const Real first = T - log(number::to_real(multipliers[0])), second = T - log(number::to_real(multipliers[1])), det = a * d - b * c;
            return Vector{(first * d - b * second) / det, (a * second - c * first) / det};
        };
        return point(root_of([&](const Real& T) { return Real(log_length(point(T)) - r); }, exp(r) / 100, exp(r) * 100));
    };
}

number::Matrix<Rational> two_rows(const Rational& a, const Rational& b, const Rational& c, const Rational& d) {
    number::Matrix<Rational> z(2, 2);
    z(0, 0) = a, z(0, 1) = b, z(1, 0) = c, z(1, 1) = d;
    return z;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(degenerate)

// z = (1,0,0), (1,1,0), (1,1,1) from w = 0: multipliers (1, 0, 0), and 0 again for the last one among those left. With s = e^{w3} the path is
// w2 = s + log s - 1, w1 = w2 + (s - 1) e^{s-1}: w1 ~ log t, w2 ~ log log t, w3 ~ log log log t.
BOOST_AUTO_TEST_CASE(a_chain_of_vanishing_multipliers) {
    const auto point = [](const Real& s) {
        const Real w3 = log(s), w2 = s + w3 - 1;
        return Vector{w2 + (s - 1) * exp(s - 1), w2, w3};
    };
    check_directions(problem({{"1", "0", "0"}, {"1", "1", "0"}, {"1", "1", "1"}}, model::linear(3), zeros), {1, 3, 5, 8, 20, 50, 70}, [&](const Real& r) {
        return point(root_of([&](const Real& s) { return Real(log_length(point(s)) - r); }, 1 + number::power_of_two(-300), Real(1000)));
    });
}

// z = (1, 0), (1 - a, 1) has the max margin (1, a) and the multipliers 1 - a (1 - a), a: the second support vector counts from log t about 1/a on.
BOOST_AUTO_TEST_CASE(multipliers_of_a_millionth_and_less) {
    for (const auto& [small, radii] : {std::pair("1e-6", std::vector{22, 30, 70}), std::pair("1e-12", std::vector{36, 45, 100})}) {
        const Rational a = number::parse_rational(small), c = 1 - a;
        check_directions(problem({{"1", "0"}, {number::to_text(c), "1"}}, model::linear(2), {"0", "0"}), radii, two_support_vectors(two_rows(1, 0, c, 1), {1 - a * c, a}));
    }
}

// From w = (0, 1000) the second sample has the weight e^-1000, and becomes a support vector when w1 is 2000.
BOOST_AUTO_TEST_CASE(a_support_vector_that_comes_late) {
    check_directions(problem({{"1", "0"}, {"1/2", "1"}}, model::linear(2), {"0", "1000"}), {9, 10, 20, 70},
                     two_support_vectors(two_rows(1, 0, Rational(1, 2), 1), {Rational(3, 4), Rational(1, 2)}));
}

// z = (1, 1), (1, -1/2) would share the margin (1, 0), if a third sample did not undercut it by 10^-12: at log t about 10^12 both leave. With one support vector z
// left, w goes on along z; its other component stays where it was.
BOOST_AUTO_TEST_CASE(support_vectors_that_are_exchanged_late) {
    const std::string third = number::to_text(1 - number::parse_rational("1e-12"));
    const auto p = problem({{"1", "1"}, {"1", "-1/2"}, {third, "1/7"}}, model::linear(2), {"0", "1"});
    const auto result = follow(p, {{target::log_radius, 20}, {target::log_radius, 34}, {target::log_radius, 40}, {target::log_radius, 70}});
    const number::precision_scope scope(result.precision_bits);
    // Support vectors of the true max margin, from the exact solution of the program.
    const Real x = number::to_real(number::parse_rational(third)), y = number::to_real(Rational(1, 7));
    // Nearest point to 0 in the hull of the third and the second: the margin is shared by these two.
    const Real dx = 1 - x, dy = Real(-1) / 2 - y, share = -(x * dx + y * dy) / (dx * dx + dy * dy);
    const Vector limit = flow::normalized({x + share * dx, y + share * dy});
    BOOST_TEST(share > 0);
    BOOST_TEST(share < 1);
    Real last = 1;
    for (std::size_t k = 1; k < result.samples.size(); ++k) {
        const Real distance = length(values(result.samples[k].direction), limit);
        BOOST_TEST(distance < last);
        // Past the exchange the distance falls like 1/|w|.
        if (k > 1) BOOST_TEST(abs(log(last / distance) - (result.samples[k].log_radius.value - result.samples[k - 1].log_radius.value)) < Real(1) / 1000);
        last = distance;
    }
    BOOST_TEST(isfinite(result.samples[0].log_weights[0].value));
    BOOST_TEST(!isfinite(result.samples[3].log_weights[0].value));
}

BOOST_AUTO_TEST_SUITE_END()
