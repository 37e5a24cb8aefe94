#pragma once
/// Which convex program a theorem puts at the end of a flow, and its solution.

#include <eonflow/flow/problem.hpp>

namespace eonflow::limit {

/// The predicted limit (regression) or limit direction (classification).
struct Prediction {
    std::string objective;  ///< "l2_margin", ...
    std::string space;      ///< "predictor" or "parameters"
    std::string theorem;    ///< which theorem says so, and under which hypotheses; empty if none does
    bool feasible = true;   ///< false: the data cannot be separated or interpolated; the certificate holds an exact Farkas vector
    bool exact = false;     ///< minimizer and multipliers are rational
    bool unique = false;
    std::vector<number::Rational> minimizer, multipliers;  ///< when exact
    number::Rational value;                                ///< of the objective, when exact
    std::vector<std::size_t> support;              ///< samples with margin exactly 1
    std::vector<std::size_t> weakly_active;        ///< support vectors whose multiplier is 0
};

}  // namespace eonflow::limit
