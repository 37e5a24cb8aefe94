#pragma once
/// The margin problem of a leaky ReLU network with fixed output weights within one activation pattern, and whether its solution is a stationary point of the whole one.
/// Derivation: docs/numerics/leaky.md.

#include <eonflow/convex/solve.hpp>
#include <eonflow/flow/problem.hpp>

namespace eonflow::limit {

using number::Rational;

/// min 1/2 |W|_F^2 subject to y_i sum_j a_j s_ij <w_j, x_i> >= 1, and <w_j, x_i> = 0 where the sign of unit j on sample i is 0: s_ij is 1 for the sign 1, else the slope.
struct Cell_limit {
    convex::Solution solution;
    number::Matrix<Rational> W;         ///< one unit a row
    std::size_t support = 0;            ///< samples with a positive multiplier
    std::size_t other_signs = 0;        ///< pairs of unit and sample whose sign at W is opposite to the pattern's
    std::size_t slopes_out_of_range = 0;  ///< pairs with the sign 0 whose slope, which the multipliers give, is not between `slope` and 1
    std::size_t rank = 0;               ///< of W
    number::Matrix<int> corrected;      ///< the pattern with these pairs on the side where they want to be

    /// Whether W is a KKT point of min 1/2 |W|_F^2 subject to y_i f(x_i; W) >= 1 with Clarke's subdifferential. All of it is decided in rational numbers.
    [[nodiscard]] bool stationary() const { return solution.status == convex::Status::optimal && other_signs == 0 && slopes_out_of_range == 0; }
};

/// `signs`: -1, 0 or 1, one unit a row. `output`: a_j. Throws invalid_input where shapes do not fit.
[[nodiscard]] Cell_limit cell_limit(const flow::Data& data, const std::vector<Rational>& output, const Rational& slope, const number::Matrix<int>& signs);

}  // namespace eonflow::limit
