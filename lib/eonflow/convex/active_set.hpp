#pragma once

#include <eonflow/number/matrix.hpp>

#include <vector>

namespace eonflow::convex {

/// A guess, in double, of the rows active at the minimizer of |w|^2 subject to rows(i) . w >= right[i], or = where equal[i]; sorted. Rows should have norms of about 1.
/// `gram`: the Gram matrix of the rows where the caller has it, empty otherwise.
/// Where the rows contradict each other, a set whose rows conflict with another row. No bound claimed: the caller proves or repairs it.
[[nodiscard]] std::vector<std::size_t> guess_active_set(const number::Matrix<double>& rows, const std::vector<double>& right, const std::vector<bool>& equal,
                                                        const number::Matrix<double>& gram = {});

}  // namespace eonflow::convex
