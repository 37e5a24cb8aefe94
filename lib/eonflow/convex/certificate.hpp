#pragma once
/// What a solver hands over so that somebody who does not trust it can check its answer.

#include <eonflow/convex/exact_vector.hpp>
#include <eonflow/convex/program.hpp>

#include <string>
#include <vector>

namespace eonflow::convex {

/// All numbers x with |x - midpoint| <= radius.
struct Interval {
    number::Rational midpoint;
    number::Rational radius;
};

enum class Claim {
    optimal,     ///< `point` minimizes the objective and `multipliers` prove it
    infeasible,  ///< no point meets the rows: `multipliers` is a Farkas vector
    stationary,  ///< of a problem that is not convex: `point` (exact) with the multipliers in `multiplier_box` is a strict local minimizer; or the boxes (not exact) hold
                 ///< exactly one stationary point with these nonzero coordinates and supporting rows, and it is no local minimizer
    bounded,     ///< nuclear norm: `point` meets the rows and the operator norm of matrix^T multipliers is below 1, so that the least objective lies between their values
};

/// The evidence is exact (`point`, `multipliers`) or, for programs without rational solutions, boxes that contain exactly one solution.
///
/// Multipliers: one number per row, >= 0 where the row is an inequality, with matrix^T multipliers in the subdifferential of the objective at the
/// point and 0 on rows that hold strictly. Farkas vector: the same signs, right . multipliers = 1 and matrix^T multipliers = 0, except that a coordinate whose
/// negative values the objective forbids may have an entry <= 0 there, and one whose positive values it forbids an entry >= 0.
struct Certificate {
    Claim claim = Claim::optimal;
    Program program;
    bool exact = true;
    Exact_vector point;
    Exact_vector multipliers;
    std::vector<Interval> point_box;
    std::vector<Interval> multiplier_box;
    std::vector<Interval> factor_box;        ///< nuclear norm only: P (rows x r), then Q (columns x r), by rows, where the point is P Q^T; near P Q^T for `bounded`, with radii 0
    std::vector<std::size_t> support;        ///< rows with a nonzero multiplier
    std::vector<std::size_t> weakly_active;  ///< inequality rows that hold with equality although their multiplier is 0
    bool unique = false;                     ///< the point is the only minimizer
    bool multipliers_unique = false;         ///< the multipliers are the only ones
    std::size_t face_dimension = 0;          ///< dimension of the set of all minimizers, 0 if unique
};

}  // namespace eonflow::convex
