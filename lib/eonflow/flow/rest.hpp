#pragma once
/// Where a regression flow comes to rest, from starts of any scale.

#include <eonflow/flow/trajectory.hpp>

#include <functional>

namespace eonflow::flow {

struct Rest {
    /// After a step of the finer run; no digits verified.
    struct Point {
        number::Real time;
        number::Vector coefficients;
    };
    std::vector<verified> coefficients;  ///< beta at rest; where the model is not linear in x, the predictions
    std::vector<Point> path;
    std::int64_t steps = 0;              ///< of the first run
    std::int64_t precision_bits = 0;
};

/// Follows the flow along its SaddlePath until all samples are fitted to 10^-(digits + 5) of the largest label. Two runs of different order and precision give the digits; no bound
/// claimed. Throws invalid_input where no predictor of the kind fits the data (require_reachable), numerical_error where the flow does not come to rest.
[[nodiscard]] Rest follow_to_rest(const Problem& problem, std::int64_t digits, const std::function<void(const std::string&)>& progress = {});

}  // namespace eonflow::flow
