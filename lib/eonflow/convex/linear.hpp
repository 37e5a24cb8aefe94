#pragma once
/// Exact solution of integer linear systems.

#include <eonflow/convex/exact_vector.hpp>
#include <eonflow/number/matrix.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace eonflow::convex {

/// The x with matrix x = right, verified in integers; nothing if the square matrix is singular. The overload on machine integers is much faster where
/// the matrix is not too ill-conditioned (numeric-symbolic lifting); both give the same answer.
[[nodiscard]] std::optional<Exact_vector> solve_exactly(const number::Matrix<std::int64_t>& matrix, const std::vector<std::int64_t>& right);
[[nodiscard]] std::optional<Exact_vector> solve_exactly(const number::Matrix<number::Integer>& matrix, const std::vector<number::Integer>& right);

/// The first rows of `matrix` that form a basis of its row space, in increasing order.
[[nodiscard]] std::vector<std::size_t> independent_rows(const number::Matrix<number::Integer>& matrix);
[[nodiscard]] std::vector<std::size_t> independent_rows(const number::Matrix<std::int64_t>& matrix);

/// sum += a * b without temporaries.
inline void add_product(number::Integer& sum, const number::Integer& a, const number::Integer& b) {
    mpz_addmul(sum.backend().data(), a.backend().data(), b.backend().data());
}
inline void add_product(number::Integer& sum, std::int64_t a, const number::Integer& b) {
    static_assert(sizeof(long) == sizeof(std::int64_t));
    if (a < 0)
        mpz_submul_ui(sum.backend().data(), b.backend().data(), 0 - static_cast<unsigned long>(a));
    else
        mpz_addmul_ui(sum.backend().data(), b.backend().data(), static_cast<unsigned long>(a));
}

}  // namespace eonflow::convex
