#pragma once
/// The flow of regression with parameters that act one coordinate at a time, as an equation for as many unknowns as there are samples.

#include <eonflow/flow/problem.hpp>

#include <functional>
#include <optional>

namespace eonflow::flow {

/// nu_i' = -dloss/df_i with beta_j = response_j((X^T nu)_j) and nu(0) = 0: the same flow as that of the parameters, of which it shares no equation.
/// A coordinate whose response is not elementary is given by a curve: beta_j = beta_j(s_j), where s_j is the root of int_(start)^(s_j) ds/speed(s) = (X^T nu)_j.
struct DualFlow {
    struct Curve {
        std::size_t j;                    ///< the coordinate
        number::Rational start;           ///< of s_j
        graph::node_id speed, slowness;   ///< ds_j/dpull_j and its reciprocal
    };
    /// A signed power, whose response |u|^(1/(p-1)) is not analytic where its mirror coordinate u passes 0. There the flow of the parameters, which is not unique, ends; this one goes on.
    struct Zero {
        std::size_t j;          ///< the coordinate
        graph::node_id mirror;  ///< u
        number::Rational p;
    };
    struct Passage {
        std::size_t j;
        number::Real time;
    };
    struct Course {
        std::vector<number::Vector> coefficients;  ///< beta at the times
        std::vector<Passage> passages;             ///< of mirror coordinates that come to 0 after the start
    };
    graph::vector_field field;                 ///< its states are nu, then the s of the curves in order, which move along within a step and are functions of nu after it
    std::vector<graph::node_id> coefficients;  ///< beta
    std::vector<Curve> curves;
    std::vector<Zero> zeros;
    std::function<graph::vector_field(const std::vector<bool>& still)> with_zeros;  ///< the field where beta_j = 0 for the coordinates that are `still`
    number::Matrix<number::Rational> X;

    /// The flow at ascending times >= 0 in the working precision, with local errors of 10^-digits (no bound claimed). While a signed power is below 10^-(digits + 2) it counts as 0.
    /// Throws numerical_error where the flow cannot be followed that far.
    [[nodiscard]] Course at(const number::Vector& times, std::int64_t digits) const;
};

/// For reparametrizations, of the table or the user's own; `difference` from u, v > 0; `diagonal` of any depth from starts with at most one layer at 0 in each coordinate.
/// Nothing for other models and starts.
[[nodiscard]] std::optional<DualFlow> dual_flow(const Problem& problem);

}  // namespace eonflow::flow
