#include <eonflow/convex/absolute.hpp>
#include <eonflow/convex/group_norm.hpp>
#include <eonflow/convex/nuclear_norm.hpp>
#include <eonflow/convex/quadratic.hpp>
#include <eonflow/convex/separable.hpp>
#include <eonflow/convex/stationary.hpp>
#include <eonflow/convex/solve.hpp>
#include <eonflow/number/error.hpp>

namespace eonflow::convex {

using number::Ball;
using number::Rational;

namespace {

std::vector<Ball> balls(bool exact, const Exact_vector& values, const std::vector<Interval>& boxes, std::int64_t digits) {
    std::vector<Ball> result;
    const number::precision_scope scope(number::bits_for_digits(digits) + 8);
    if (exact) {
        // Not through rationals in lowest terms: a common divisor costs far more than the quotient's leading digits.
        fmpz_t numerator, denominator;
        fmpz_init(numerator);
        fmpz_init(denominator);
        fmpz_set_mpz(denominator, values.denominator.backend().data());
        for (const number::Integer& x : values.numerators) {
            fmpz_set_mpz(numerator, x.backend().data());
            arb_fmpz_div_fmpz(result.emplace_back().raw(), numerator, denominator, static_cast<slong>(number::working_bits()));
        }
        fmpz_clear(numerator);
        fmpz_clear(denominator);
    } else {
        for (const Interval& box : boxes) {
            Ball ball(box.midpoint);
            const Ball radius(box.radius);
            arb_add_error(ball.raw(), radius.raw());
            result.push_back(std::move(ball));
        }
    }
    return result;
}

struct dispatch {
    Program& program;
    std::int64_t digits;

    Solution operator()(const Quadratic&) const { return solve_quadratic(std::move(program)); }
    Solution operator()(const Absolute&) const { return solve_absolute(std::move(program)); }
    Solution operator()(const Separable&) const { return solve_separable(std::move(program), digits); }
    Solution operator()(const Group_norm&) const { return solve_group_norm(std::move(program), digits); }
    Solution operator()(const Fourier_norm&) const { return solve_group_norm(std::move(program), digits); }
    Solution operator()(const Concave_power&) const { return solve_concave_power(std::move(program), digits); }
    Solution operator()(const Nuclear_norm&) const { return solve_nuclear_norm(std::move(program), digits); }
};

}  // namespace

std::vector<Ball> Solution::point(std::int64_t digits) const { return balls(certificate.exact, certificate.point, certificate.point_box, digits); }

std::vector<Ball> Solution::multipliers(std::int64_t digits) const {
    // A stationary point may be exact where its multipliers are not.
    return balls(certificate.multiplier_box.empty(), certificate.multipliers, certificate.multiplier_box, digits);
}

Solution solve(Program program, std::int64_t digits) {
    validate(program);
    if (digits < 1) throw invalid_input(std::to_string(digits) + " digits are not accepted: it must be >= 1");
    return std::visit(dispatch{program, digits}, program.objective);
}

}  // namespace eonflow::convex
