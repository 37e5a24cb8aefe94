#pragma once
/// Exact products of matrices of machine integers with vectors of long integers, through floating-point matrix products whose every step is exact.

#include <eonflow/number/matrix.hpp>
#include <eonflow/number/rational.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace eonflow::convex {

/// sum_k digits[k] 2^(shifts[0] + ... + shifts[k-1]), from the lowest digit up; shifts <= 64.
[[nodiscard]] number::Integer assemble(std::span<const std::int64_t> digits, std::span<const int> shifts);

/// matrix x. Long integers are cut into digits so short that dot products of doubles stay below 2^53, hence exact.
[[nodiscard]] std::vector<number::Integer> multiply(const number::Matrix<std::int64_t>& matrix, const std::vector<number::Integer>& x);
[[nodiscard]] std::vector<number::Integer> multiply(const number::Matrix<number::Integer>& matrix, const std::vector<number::Integer>& x);

/// matrix^T x, at the cost of the rows where x is not 0.
[[nodiscard]] std::vector<number::Integer> multiply_transposed(const number::Matrix<std::int64_t>& matrix, const std::vector<number::Integer>& x);
[[nodiscard]] std::vector<number::Integer> multiply_transposed(const number::Matrix<number::Integer>& matrix, const std::vector<number::Integer>& x);

/// rows diag(gain) rows^T; for machine integers all partial sums must stay below 2^53.
[[nodiscard]] number::Matrix<std::int64_t> gram(const number::Matrix<std::int64_t>& rows, const std::vector<std::int64_t>& gain);
[[nodiscard]] number::Matrix<number::Integer> gram(const number::Matrix<number::Integer>& rows, const std::vector<number::Integer>& gain);

}  // namespace eonflow::convex
