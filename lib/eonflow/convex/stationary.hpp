#pragma once
/// Programs that are not convex: min sum_j |w_j|^(2/L), L >= 3, and the directions of homogeneous networks.

#include <eonflow/convex/solve.hpp>

namespace eonflow::convex {

/// What an enumeration found; `undecided` counts candidates at which a sign could not be told.
struct Stationary_points {
    std::vector<Solution> points;
    std::size_t undecided = 0;
};

/// All local minimizers of a program with a Concave_power objective and inequality rows. The objective is strictly concave in every orthant, and a coordinate at 0
/// has an infinite slope on both sides, so a local minimizer solves matrix(R, J) w_J = right_R for its nonzero coordinates J and a nonsingular block, and it
/// is one, strictly, if the multipliers mu = matrix(R, J)^{-T} (sign(w_j) |w_j|^(2/L-1))_J are all positive. Points are exact, multipliers balls with `digits` digits.
/// Throws invalid_input beyond 200 000 blocks.
[[nodiscard]] Stationary_points local_minimizers(const Program& program, std::int64_t digits);

/// All other stationary points of the same programs: feasible w with multipliers lambda >= 0, 0 on slack rows, and (matrix^T lambda)_j = sign(w_j) |w_j|^(2/L-1) wherever
/// w_j is not 0. With fewer supporting rows than nonzero coordinates they are no local minimizers. Each is the critical point of a convex function of
/// lambda (saddle.cpp); which of these exist is decided over the rationals, the rest in balls. Coordinates and multipliers come in boxes with `digits` digits.
/// Throws invalid_input where 2^rows 3^columns > 200 000.
[[nodiscard]] Stationary_points saddle_points(const Program& program, std::int64_t digits);

/// The local minimizer with the least objective; undecided where the enumeration is, or balls cannot tell the best two apart.
[[nodiscard]] Solution solve_concave_power(Program program, std::int64_t digits);

/// How far a direction is from the first-order conditions of min 1/2 |theta|^2 subject to q_i(theta) >= 1 for margins q_i homogeneous of degree L.
struct Kkt_residual {
    number::Vector multipliers;     ///< lambda >= 0
    number::Real stationarity;      ///< |theta~ - sum_i lambda_i grad q_i(theta~)| / |theta~|
    number::Real complementarity;   ///< max_i lambda_i (q_i(theta~) - 1)
};

/// theta~ = theta / min_i q_i^(1/L) has least margin 1; the multipliers minimize |theta~ - sum lambda_i grad q_i|^2 + sum (lambda_i (q_i - 1))^2 exactly, for the
/// given (rounded) margins q_i(theta) > 0 and gradients (one row each) at theta. Throws invalid_input if a margin is not positive.
[[nodiscard]] Kkt_residual kkt_residual(const number::Vector& theta, const number::Vector& margins, const number::Matrix<number::Real>& gradients, unsigned degree);

}  // namespace eonflow::convex
