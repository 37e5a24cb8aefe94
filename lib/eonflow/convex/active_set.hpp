#pragma once

#include <eonflow/number/matrix.hpp>

#include <optional>
#include <vector>

namespace eonflow::convex {

/// A guess, in double, of the rows active at the minimizer of |w|^2 subject to rows(i) . w >= right[i], or = where equal[i]; sorted. Rows should have norms of about 1.
/// Where the rows contradict each other, a set whose rows conflict with another row. No bound claimed: the caller proves or repairs it.
[[nodiscard]] std::vector<std::size_t> guess_active_set(const number::Matrix<double>& rows, const std::vector<double>& right, const std::vector<bool>& equal);

/// The same from the Gram matrix of the rows alone (unit diagonal); nothing where it is too close to singular.
[[nodiscard]] std::optional<std::vector<std::size_t>> guess_from_products(const number::Matrix<double>& gram, const std::vector<double>& right,
                                                                         const std::vector<bool>& equal);

}  // namespace eonflow::convex
