#include <eonflow/convex/check_parts.hpp>

#include <algorithm>

namespace eonflow::convex::checking {

using number::Ball;
using number::Matrix;
using number::Rational;
using number::Real;

namespace {

/// The approximate inverse of a matrix of midpoints by Gauss-Jordan elimination with row scaling; nothing trusts it.
Matrix<Real> inverse_of(Matrix<Real> a) {
    const std::size_t n = a.rows();
    Matrix<Real> inverse(n, n);
    for (std::size_t i = 0; i < n; ++i) {
        Real largest = 0;
        for (const Real& x : a.row(i)) largest = std::max(largest, Real(abs(x)));
        require(largest > 0, "the Jacobian has a zero row");
        for (Real& x : a.row(i)) x /= largest;
        for (std::size_t j = 0; j < n; ++j) inverse(i, j) = i == j ? Real(1 / largest) : Real(0);
    }
    for (std::size_t k = 0; k < n; ++k) {
        std::size_t pivot = k;
        for (std::size_t i = k; i < n; ++i)
            if (abs(a(i, k)) > abs(a(pivot, k))) pivot = i;
        require(a(pivot, k) != 0, "the Jacobian is singular");
        std::swap_ranges(a.row(pivot).begin(), a.row(pivot).end(), a.row(k).begin());
        std::swap_ranges(inverse.row(pivot).begin(), inverse.row(pivot).end(), inverse.row(k).begin());
        const Real over = 1 / a(k, k);
        for (Real& x : a.row(k)) x *= over;
        for (Real& x : inverse.row(k)) x *= over;
        for (std::size_t i = 0; i < n; ++i) {
            if (i == k || a(i, k) == 0) continue;
            const Real factor = a(i, k);
            for (std::size_t j = 0; j < n; ++j) {
                a(i, j) -= factor * a(k, j);
                inverse(i, j) -= factor * inverse(k, j);
            }
        }
    }
    return inverse;
}

}  // namespace

std::vector<Ball> krawczyk_image(const std::vector<Ball>& center, const std::vector<Rational>& radius, const std::vector<Ball>& defect,
                                 const Matrix<Ball>& jacobian) {
    const std::size_t m = center.size();
    Matrix<Real> middle(m, m);
    for (std::size_t a = 0; a < m; ++a)
        for (std::size_t b = 0; b < m; ++b) {
            require(jacobian(a, b).is_finite(), "the Jacobian cannot be enclosed");
            middle(a, b) = jacobian(a, b).midpoint();
        }
    const Matrix<Real> y = inverse_of(middle);
    const auto spread = [&](std::size_t i) {
        Ball result;
        const Ball size(radius[i]);
        arb_add_error(result.raw(), size.raw());
        return result;
    };
    std::vector<Ball> image;
    for (std::size_t a = 0; a < m; ++a) {
        Ball shift;
        for (std::size_t b = 0; b < m; ++b) {
            shift -= Ball(y(a, b)) * defect[b];
            Ball entry(a == b ? 1 : 0);
            for (std::size_t c = 0; c < m; ++c) entry -= Ball(y(a, c)) * jacobian(c, b);
            shift += entry * spread(b);
        }
        require(shift.is_finite() && arb_contains_interior(spread(a).raw(), shift.raw()) != 0, "Krawczyk's test fails for unknown " + std::to_string(a));
        arb_add(image.emplace_back().raw(), center[a].raw(), shift.raw(), ARF_PREC_EXACT);
    }
    return image;
}

}  // namespace eonflow::convex::checking
