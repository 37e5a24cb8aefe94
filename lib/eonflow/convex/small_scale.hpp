#pragma once

#include <eonflow/convex/solve.hpp>

namespace eonflow::convex {

/// The limit, as the scale alpha of the start goes to 0, of the minimizers of the potential of a diagonal network of some depth (potential.hpp: yun [depth, alpha eta_j])
/// under X w = y. To leading order the potential is a weighted l1 norm; the next order picks one point of its face of minimizers.
struct Small_scale_limit {
    Solution face;                       ///< the l1 program: exact, with the dimension of its face
    Solution choice;                     ///< the program of the next order in x_k = |w_columns[k]| > 0; of no use where the face is a point
    std::vector<std::size_t> columns;    ///< the coordinates that are not 0 on all of the face
    std::vector<int> signs;              ///< their signs

    [[nodiscard]] Status status() const { return face.certificate.unique || face.status != Status::optimal ? face.status : choice.status; }
    /// The selected point as balls, with `digits` right digits where it is exact.
    [[nodiscard]] std::vector<number::Ball> point(std::int64_t digits) const;
};

/// Depth 2: min |w|_1, then min sum |w_j| (log(|w_j| / eta_j^2) - 1). Depth L >= 3: min sum eta_j^(2-L) |w_j|, then max sum |w_j|^(2/L), whatever eta.
/// Both are strict in the relative interior of the face and have infinite slopes at its boundary, so that the choice is unique and inside, on the columns that the
/// strictly complementary point of `face` names. The certificates of `face` and `choice` prove it together. eta: one positive number per column, or none for all 1.
/// Throws invalid_input for other sizes, signs, or depths below 2.
[[nodiscard]] Small_scale_limit small_scale_limit(number::Matrix<number::Rational> x, std::vector<number::Rational> y, std::size_t depth, std::int64_t digits,
                                                 const std::vector<number::Rational>& eta = {});

}  // namespace eonflow::convex
