#pragma once
/// Which sides the kinks take that meet at a point, to first order: the element of Clarke's subdifferential that the flow follows.

#include <eonflow/flow/switching.hpp>
#include <eonflow/number/matrix.hpp>

namespace eonflow::flow {

/// Kinks u_k = 0 of one group of planes at a point. The direction of the group's parameters is drift + sum_k s_k pull_k normal_k with slopes s_k between below_k and above_k.
struct Meeting {
    number::Matrix<Rational> normals;  ///< normal_k = grad u_k, one a row
    number::Vector drift, pull;
    std::vector<Rational> below, above;
    number::Vector uncertainty;  ///< of u_k' over |normal_k|: below it a rate has no sign
};

/// A solution of: u_k' > 0 and s_k = above_k, or u_k' < 0 and s_k = below_k, or u_k' = 0 and s_k between them.
struct Choice {
    std::vector<side> sides;
    std::vector<bool> open;    ///< u_k' is 0 within the uncertainty and s_k at an end of its range: higher orders decide between that side and sliding
    number::Vector slopes;
};

/// All solutions. Kinks with pull < 0 attract: the sum of their parts is convex, and among the directions they allow the one of least norm is the only solution. It is the point of least norm
/// of the convex hull of the corners (all slopes at their ends), found exactly for these data by the margin program of the convex solver over as many corners as it takes: the corner that
/// most violates the margin is one sign each. Kinks with pull > 0 repel: their sides are tried, as far as bounds of u_k' over all slopes leave them open.
/// Throws numerical_error where that leaves more than 2^12 cases.
[[nodiscard]] std::vector<Choice> choices(const Meeting& meeting);

}  // namespace eonflow::flow
