#pragma once
/// The inner loops that run on the widest vectors the machine has. Each performs the same operations in the same order, or only exact ones, whatever the
/// width: results do not depend on the machine.

#include <cstddef>
#include <cstdint>

namespace eonflow::convex {

/// Strides are multiples of this; what lies beyond the matrix is zero.
inline constexpr std::size_t vector_lanes = 8;
[[nodiscard]] constexpr std::size_t padded(std::size_t size) noexcept { return (size + vector_lanes - 1) / vector_lanes * vector_lanes; }

/// a += factor b, and norms += a^2.
void eliminate(double* a, const double* b, double factor, double* norms, std::size_t size);

/// result = matrix x for a square matrix whose columns lie `stride` apart; on words modulo 2^64. The result has `stride` entries.
void multiply_words(const std::uint64_t* columns, const std::uint64_t* x, std::uint64_t* result, std::size_t size, std::size_t stride);
void multiply_reals(const double* columns, const double* x, double* result, std::size_t size, std::size_t stride);

/// The same for two vectors at once, x[j] and x[stride + j]; all products and sums must be exact.
void multiply_pair(const double* columns, const double* x, double* result, std::size_t size, std::size_t stride);

/// c = a b, where a(i, k) stands at a[i * row_step + k * inner_step], for the first `columns` columns, a multiple of the lanes, of b (inner rows) and c, whose rows lie
/// `stride` apart; all products and sums must be exact.
void multiply_exact(const double* a, std::size_t row_step, std::size_t inner_step, const double* b, double* c, std::size_t rows, std::size_t inner, std::size_t columns,
                    std::size_t stride);

/// Replaces the square matrix a, whose rows lie `stride` apart, by its inverse (Gauss-Jordan, the largest entry of a column as pivot). `order` is scratch, `pivots` are those of
/// the elimination; ends early with a pivot 0 where the matrix is singular.
void invert(double* a, std::size_t* order, double* pivots, std::size_t size, std::size_t stride);

/// Replaces the upper triangle of the symmetric matrix a, whose rows lie `stride` apart, by U with U^T U = a; false if a pivot is not positive.
[[nodiscard]] bool factor(double* a, std::size_t size, std::size_t stride);

}  // namespace eonflow::convex
