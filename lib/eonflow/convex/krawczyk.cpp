#include <eonflow/convex/krawczyk.hpp>

#include <flint/fmpq.h>

#include <algorithm>

namespace eonflow::convex {

using number::Ball;

namespace {

slong bits() { return static_cast<slong>(number::working_bits()); }

bool is_finite(const Ball_matrix& matrix) {
    for (std::size_t i = 0; i < matrix.rows(); ++i)
        for (slong j = 0; j < arb_mat_ncols(matrix.raw()); ++j)
            if (arb_is_finite(matrix.at(i, static_cast<std::size_t>(j))) == 0) return false;
    return true;
}

constexpr std::int64_t least_exponent = std::int64_t{-1} << 60;

/// The e with |x| <= 2^e for all points of the ball, about.
std::int64_t exponent_of_bound(const Ball& x) {
    mag_t bound;
    mag_init(bound);
    arb_get_mag(bound, x.raw());
    const std::int64_t e = mag_is_special(bound) != 0 ? least_exponent : fmpz_get_si(MAG_EXPREF(bound));
    mag_clear(bound);
    return e;
}

}  // namespace

std::int64_t exponent_of_midpoint(const Ball& x) {
    const arf_srcptr raw = arb_midref(x.raw());
    if (arf_is_special(raw) != 0) return least_exponent;
    return COEFF_IS_MPZ(*ARF_EXPREF(raw)) ? fmpz_get_si(ARF_EXPREF(raw)) : static_cast<std::int64_t>(*ARF_EXPREF(raw));
}

std::vector<Ball> times(const Ball_matrix& matrix, const std::vector<Ball>& v) {
    std::vector<Ball> result(matrix.rows());
    for (std::size_t i = 0; i < result.size(); ++i) arb_dot(result[i].raw(), nullptr, 0, matrix.at(i, 0), 1, v[0].raw(), 1, static_cast<slong>(v.size()), bits());
    return result;
}

Ball middle(Ball x) {
    mag_zero(arb_radref(x.raw()));
    return x;
}

Interval interval_of(const Ball& x) {
    Interval result;
    fmpq_t value;
    fmpq_init(value);
    arf_get_fmpq(value, arb_midref(x.raw()));
    fmpq_get_mpq(result.midpoint.backend().data(), value);
    arf_t radius;
    arf_init_set_mag_shallow(radius, arb_radref(x.raw()));
    arf_get_fmpq(value, radius);
    fmpq_get_mpq(result.radius.backend().data(), value);
    fmpq_clear(value);
    return result;
}

Lu_solver::Lu_solver(const Ball_matrix& matrix) : lu_(matrix.rows(), matrix.rows()), permutation_(matrix.rows()), bits_(bits()) {
    usable_ = is_finite(matrix) && arb_mat_approx_lu(permutation_.data(), lu_.raw(), matrix.raw(), bits_) != 0;
}

std::vector<Ball> Lu_solver::solve(const std::vector<Ball>& right) const {
    const std::size_t n = right.size();
    Ball_matrix b(n, 1), x(n, 1);
    for (std::size_t i = 0; i < n; ++i) arb_set(b.at(i, 0), right[i].raw());
    arb_mat_approx_solve_lu_precomp(x.raw(), permutation_.data(), lu_.raw(), b.raw(), bits_);
    std::vector<Ball> result(n);
    for (std::size_t i = 0; i < n; ++i) arb_set(result[i].raw(), x.at(i, 0));
    return result;
}

bool refine(Equations& equations, std::vector<Ball>& x, std::int64_t target, std::int64_t first_bits) {
    constexpr std::int64_t far = std::int64_t{1} << 50;
    std::int64_t previous = far;
    for (std::int64_t precision = first_bits, iteration = 0; iteration < 60; ++iteration) {
        const number::precision_scope scope(precision);
        equations.refresh();
        const Lu_solver solver(equations.jacobian(x));
        if (!solver.usable()) return false;
        const std::vector<Ball> step = solver.solve(equations.at(x));
        std::int64_t largest = -far, change = -far;
        for (std::size_t i = 0; i < x.size(); ++i) {
            change = std::max(change, number::exponent_of(step[i].midpoint()));
            x[i] = middle(x[i] - step[i]);
            if (!x[i].is_finite()) return false;
            largest = std::max(largest, number::exponent_of(x[i].midpoint()));
        }
        change -= largest;
        if (iteration > 12 && change >= previous) return false;
        previous = change;
        if (-2 * change > target + 32 && precision >= target + 32) return true;
        if (-2 * change + 64 > precision) precision = std::min(2 * precision, target + 64);
    }
    return false;
}

std::optional<Enclosure> krawczyk(const std::vector<Ball>& center, const std::vector<Ball>& defect, const Ball_matrix& inverse,
                                  const std::function<Ball_matrix(const std::vector<Ball>&)>& jacobian) {
    const std::size_t n = center.size();
    const std::vector<Ball> step = times(inverse, defect);
    // Coordinates whose step vanishes still need a box with an interior.
    std::int64_t floor = least_exponent;
    for (const Ball& x : step) floor = std::max(floor, exponent_of_bound(x));
    if (floor == least_exponent)
        for (const Ball& x : center) floor = std::max(floor, exponent_of_bound(x) - 4 * bits());
    if (floor == least_exponent) floor = -4 * bits();
    for (int widening = 2; widening <= 12; widening += 2) {
        Enclosure result{center, {}};
        std::vector<Ball> spread(n);
        for (std::size_t i = 0; i < n; ++i) {
            Ball radius = step[i];
            arb_mul_2exp_si(radius.raw(), radius.raw(), widening);
            arb_add_error_2exp_si(spread[i].raw(), floor - 30);
            arb_add_error(spread[i].raw(), radius.raw());
            arb_add_error(result.box[i].raw(), spread[i].raw());
        }
        const Ball_matrix j = jacobian(result.box);
        if (j.rows() != n || !is_finite(j)) return std::nullopt;
        Ball_matrix product(n, n);
        arb_mat_mul(product.raw(), inverse.raw(), j.raw(), bits());
        for (std::size_t i = 0; i < n; ++i) arb_sub_ui(product.at(i, i), product.at(i, i), 1, bits());
        const std::vector<Ball> rest = times(product, spread);
        bool inside = true;
        for (std::size_t i = 0; i < n; ++i) {
            const Ball shift = -step[i] - rest[i];
            inside = inside && shift.is_finite() && arb_contains_interior(spread[i].raw(), shift.raw()) != 0;
            // The center has more bits than this computation; a shift below all reason is rounded.
            constexpr slong most_bits = slong{1} << 24;
            const std::int64_t span = exponent_of_midpoint(center[i]) - exponent_of_midpoint(shift);
            arb_add(result.image.emplace_back().raw(), center[i].raw(), shift.raw(), span < most_bits ? ARF_PREC_EXACT : most_bits);
        }
        if (inside) return result;
    }
    return std::nullopt;
}

std::optional<Ball_matrix> approximate_inverse(const Ball_matrix& matrix) {
    Ball_matrix result(matrix.rows(), matrix.rows());
    if (!is_finite(matrix) || arb_mat_approx_inv(result.raw(), matrix.raw(), bits()) == 0) return std::nullopt;
    for (std::size_t i = 0; i < matrix.rows(); ++i)
        for (std::size_t j = 0; j < matrix.rows(); ++j) mag_zero(arb_radref(result.at(i, j)));
    if (!is_finite(result)) return std::nullopt;
    return result;
}

}  // namespace eonflow::convex
