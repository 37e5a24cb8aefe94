#pragma once
/// Exact linear algebra over the rationals (FLINT): what ranks, kernels and spans are decided by.

#include <eonflow/number/matrix.hpp>
#include <eonflow/number/rational.hpp>

namespace eonflow::number {

/// The rank, decided exactly.
[[nodiscard]] std::size_t rank(const Matrix<Rational>& matrix);

/// A basis of {v : matrix v = 0}, one integer vector a row (columns(matrix) entries each), primitive (entries without common factor).
[[nodiscard]] Matrix<Rational> kernel(const Matrix<Rational>& matrix);

}  // namespace eonflow::number
