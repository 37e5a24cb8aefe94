#pragma once
/// Which convex program a theorem puts at the end of a flow, and its solution.

#include <eonflow/convex/solve.hpp>
#include <eonflow/flow/problem.hpp>

namespace eonflow::limit {

/// The predicted limit (regression) or limit direction (classification).
struct Prediction {
    std::string objective;  ///< "l2_margin", ...
    std::string space;      ///< "predictor" or "parameters"
    std::string theorem;    ///< which theorem says so, and under which hypotheses
    convex::Solution solution;
};

/// The program that belongs to the problem's model, loss and start, solved with its certificate.
/// Throws invalid_input where no theorem known here names one.
[[nodiscard]] Prediction predict(const flow::Problem& problem, std::int64_t digits);

/// Objectives that a problem file can state directly, with one line each and the fields of flow::Objective that they take (keys of the file).
struct objective_entry {
    std::string name, meaning;
    std::vector<std::string> needed, optional;
};
[[nodiscard]] const std::vector<objective_entry>& objectives();

/// The program of a stated objective over rows X (labels y). Throws invalid_input for unknown names and wrong sizes.
[[nodiscard]] convex::Program stated_program(const flow::Objective& objective, const flow::Data& data);

}  // namespace eonflow::limit
