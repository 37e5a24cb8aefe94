#pragma once
/// Where a regression flow comes to rest, from starts of any scale.

#include <eonflow/flow/trajectory.hpp>

#include <functional>

namespace eonflow::flow {

struct Rest {
    /// After a step of the finer run; no digits verified.
    struct Point {
        number::Real clock;
        number::Vector coefficients;
    };
    std::vector<verified> coefficients;  ///< beta at rest; where the model is not linear in x, the predictions
    std::vector<Point> path;
    std::int64_t steps = 0;              ///< of the first run
    std::int64_t precision_bits = 0;
};

/// Follows the flow until all samples are fitted to 10^-(digits + 5) of the largest label, in coordinates that are of the size of log(1/scale) whatever the scale of the start:
///   `diagonal` with v_1 = ... = v_{L-1} in size and v_L smaller: v_l = ±c cosh w, v_L = c sinh w with the conserved c^2 = v_1^2 - v_L^2, so that
///              w' = ∓(c cosh w)^(L-2) dloss/dbeta;
///   `difference` from u, v > 0: log u and log v;
///   any other: log|theta_i| where the graph shows that theta_i keeps its sign (the gradient vanishes with theta_i), theta_i itself elsewhere.
/// The clock k is the time of the last kind, and otherwise dk = sum of the factors (c cosh w)^(L-2), or u^(D-2) and v^(D-2), times dt: a plateau then lasts as long as a
/// logarithm. What stays stiff (a coordinate at rest while another waits) is left to implicit steps, whose number grows like log(1/scale) at most. Two runs of different order
/// and precision give the digits; no bound claimed. Throws invalid_input for diagonal models with other starts, numerical_error where the flow does not come to rest.
[[nodiscard]] Rest follow_to_rest(const Problem& problem, std::int64_t digits, const std::function<void(const std::string&)>& progress = {});

}  // namespace eonflow::flow
