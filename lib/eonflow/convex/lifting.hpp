#pragma once

#include <eonflow/convex/exact_vector.hpp>
#include <eonflow/number/matrix.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace eonflow::convex {

/// Numeric-symbolic lifting (Wan 2006): the x with matrix x = right for a square matrix of machine integers, from an approximate inverse in double and exact
/// residuals in machine words, 30 to 40 bits a step, then rational reconstruction. What is returned has been verified in integers; nothing is returned
/// where the method cannot work (singular, ill-conditioned, large entries).
[[nodiscard]] std::optional<Exact_vector> lift(const number::Matrix<std::int64_t>& matrix, const std::vector<std::int64_t>& right);

}  // namespace eonflow::convex
