#pragma once
/// The flow of regression with parameters that act one coordinate at a time, as an equation for as many unknowns as there are samples.

#include <eonflow/flow/problem.hpp>

#include <optional>

namespace eonflow::flow {

/// nu_i' = -dloss/df_i with beta_j = response_j((X^T nu)_j) and nu(0) = 0: the same flow as that of the parameters, of which it shares no equation.
struct DualFlow {
    graph::vector_field field;                 ///< its states are nu
    std::vector<graph::node_id> coefficients;  ///< beta

    /// beta at ascending times >= 0 in the working precision, with local errors of 10^-digits (no bound claimed). Throws numerical_error where the flow cannot be followed that far.
    [[nodiscard]] std::vector<number::Vector> at(const number::Vector& times, std::int64_t digits) const;
};

/// For the models whose response is elementary: rows of the table of reparametrizations that have one; `difference` from u, v > 0 (u = v for D >= 3); `diagonal` with 2 layers, and with
/// 3 or 4 of which the last starts at 0 and the others equal in size. Nothing for other models and starts.
[[nodiscard]] std::optional<DualFlow> dual_flow(const Problem& problem);

}  // namespace eonflow::flow
