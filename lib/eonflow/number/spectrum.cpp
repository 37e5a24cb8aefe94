#include <eonflow/number/spectrum.hpp>

#include <eonflow/number/error.hpp>

#include <algorithm>
#include <numeric>

namespace eonflow::number {

namespace {

constexpr int most_sweeps = 60;

Real column_dot(const Matrix<Real>& a, std::size_t p, std::size_t q) {
    Real sum(0);
    for (std::size_t i = 0; i < a.rows(); ++i) sum += a(i, p) * a(i, q);
    return sum;
}

void rotate(Matrix<Real>& a, std::size_t p, std::size_t q, const Real& c, const Real& s) {
    for (std::size_t i = 0; i < a.rows(); ++i) {
        const Real x = a(i, p), y = a(i, q);
        a(i, p) = c * x - s * y;
        a(i, q) = s * x + c * y;
    }
}

}  // namespace

Spectrum singular_value_decomposition(const Matrix<Real>& matrix) {
    if (matrix.rows() < matrix.columns()) {
        Spectrum swapped = singular_value_decomposition(transposed(matrix));
        std::swap(swapped.left, swapped.right);
        return swapped;
    }
    const std::size_t n = matrix.columns();
    Matrix<Real> u = matrix, v(n, n);
    for (std::size_t j = 0; j < n; ++j) v(j, j) = 1;
    const Real threshold = number::epsilon(number::working_bits() - 4);

    bool rotated = true;
    for (int sweep = 0; rotated; ++sweep) {
        if (sweep == most_sweeps) throw numerical_error("the singular value decomposition did not converge in 60 sweeps");
        rotated = false;
        for (std::size_t p = 0; p + 1 < n; ++p)
            for (std::size_t q = p + 1; q < n; ++q) {
                const Real alpha = column_dot(u, p, p), beta = column_dot(u, q, q), gamma = column_dot(u, p, q);
                if (abs(gamma) <= threshold * sqrt(alpha * beta)) continue;
                rotated = true;
                const Real zeta = (beta - alpha) / (2 * gamma);
                const Real t = (zeta < 0 ? -1 : 1) / (abs(zeta) + sqrt(1 + zeta * zeta));
                const Real c = 1 / sqrt(1 + t * t), s = c * t;
                rotate(u, p, q, c, s);
                rotate(v, p, q, c, s);
            }
    }

    number::Vector lengths;
    for (std::size_t j = 0; j < n; ++j) lengths.push_back(sqrt(column_dot(u, j, j)));
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return lengths[a] > lengths[b]; });

    Spectrum result{{}, Matrix<Real>(u.rows(), n), Matrix<Real>(n, n)};
    for (std::size_t k = 0; k < n; ++k) {
        const std::size_t j = order[k];
        result.values.push_back(lengths[j]);
        for (std::size_t i = 0; i < u.rows(); ++i) result.left(i, k) = lengths[j] == 0 ? Real(0) : Real(u(i, j) / lengths[j]);
        for (std::size_t i = 0; i < n; ++i) result.right(i, k) = v(i, j);
    }
    return result;
}

Inertia inertia(Matrix<Rational> a) {
    Inertia result;
    std::vector<std::size_t> left(a.rows());
    std::iota(left.begin(), left.end(), std::size_t{0});
    while (!left.empty()) {
        auto pivot = std::find_if(left.begin(), left.end(), [&](std::size_t i) { return a(i, i) != 0; });
        if (pivot == left.end()) {
            // All diagonal entries are 0: adding row and column j to i makes one of them 2 a_ij.
            for (auto i = left.begin(); i != left.end() && pivot == left.end(); ++i) {
                const auto j = std::find_if(i, left.end(), [&](std::size_t other) { return a(*i, other) != 0; });
                if (j == left.end()) continue;
                for (const std::size_t c : left) a(*i, c) += a(*j, c);
                for (const std::size_t r : left) a(r, *i) += a(r, *j);
                pivot = i;
            }
            if (pivot == left.end()) break;
        }
        const std::size_t p = *pivot;
        ++(a(p, p) > 0 ? result.positive : result.negative);
        left.erase(pivot);
        for (const std::size_t i : left) {
            const Rational factor = a(i, p) / a(p, p);
            if (factor != 0)
                for (const std::size_t j : left) a(i, j) -= factor * a(p, j);
        }
    }
    return result;
}

}  // namespace eonflow::number
