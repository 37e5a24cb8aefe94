#pragma once
/// How far matrices are from rank one and from each other's singular vectors.

#include <eonflow/number/spectrum.hpp>

namespace eonflow::verify {

/// Sum of the squares of all singular values but the largest.
[[nodiscard]] number::Real tail_square(const number::Spectrum& spectrum);

/// |W/|W|_F - u v^T|_F from the singular values, without the cancellation of the matrices.
[[nodiscard]] number::Real rank_one_distance(const number::Spectrum& spectrum);

/// |<v, u>| of the leading right singular vector above and the leading left one below.
[[nodiscard]] number::Real alignment(const number::Spectrum& below, const number::Spectrum& above);

/// Column j of a matrix.
[[nodiscard]] number::Vector column(const number::Matrix<number::Real>& matrix, std::size_t j);

}  // namespace eonflow::verify
