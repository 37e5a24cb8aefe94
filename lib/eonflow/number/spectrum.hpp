#pragma once

#include <eonflow/number/matrix.hpp>
#include <eonflow/number/rational.hpp>

namespace eonflow::number {

/// Singular values in descending order with left (columns of `left`, rows x k) and right (columns of `right`, columns x k) singular vectors, k = min(rows, columns).
struct Spectrum {
    Vector values;
    Matrix<Real> left, right;
};

/// The singular value decomposition of `matrix` in the working precision, by one-sided Jacobi rotations: small singular values come with high
/// relative accuracy where the columns are only badly scaled (Demmel and Veselic 1992). No bound claimed. Throws numerical_error if 60 sweeps do not suffice.
[[nodiscard]] Spectrum singular_value_decomposition(const Matrix<Real>& matrix);

/// How many eigenvalues of a symmetric matrix are > 0 and < 0: exact, by congruence (Sylvester's law of inertia).
struct Inertia {
    std::size_t positive = 0, negative = 0;
};
[[nodiscard]] Inertia inertia(Matrix<Rational> symmetric);

}  // namespace eonflow::number
