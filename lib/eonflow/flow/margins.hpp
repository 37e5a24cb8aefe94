#pragma once
/// What the clocks of a separable classification problem need to know of it.

#include <eonflow/flow/problem.hpp>

namespace eonflow::flow {

/// z_i(theta) = y_i f(x_i; theta), homogeneous of one degree L > 0, with an exponential-tailed loss: the flow is theta' = sum_i g(z_i) grad z_i,
/// g(z) = e^-z (exponential) or 1/(1 + e^z) (logistic), in the time t/averaged.
struct Margins {
    graph::Graph graph;  ///< its inputs are theta, then the slopes of the kinks
    std::vector<graph::node_id> theta;
    std::vector<model::kink> kinks;
    std::vector<graph::node_id> margins;
    std::vector<graph::node_id> coefficients;  ///< of a predictor that is linear in x, else empty
    Rational degree;
    bool logistic = false;
    std::size_t averaged = 1;  ///< n for the mean loss

    [[nodiscard]] std::size_t samples() const noexcept { return margins.size(); }
    [[nodiscard]] std::size_t parameters() const noexcept { return theta.size(); }
};

/// Throws invalid_input, saying what it is, where the loss has no exponential tail or the model shows no common degree of homogeneity.
[[nodiscard]] Margins homogeneous_margins(const Problem& problem);

/// A basis of the exact relations c with sum c_i = 0 and sum_i c_i z_i(theta) = 0 for all theta among `samples`, one a row (a row has an entry for each of
/// `samples`): where support vectors depend on each other, and duplicates. The last entry of a row that is not 0 is 0 in the other rows.
/// Rational margins are compared at random integer points (a false relation has a probability below 2^-60); of others only identical nodes are found.
[[nodiscard]] number::Matrix<Rational> affine_relations(const Margins& margins, const std::vector<std::size_t>& samples);

}  // namespace eonflow::flow
