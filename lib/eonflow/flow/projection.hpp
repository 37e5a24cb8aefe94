#pragma once
/// Directions with given margins.

#include <eonflow/flow/margins.hpp>
#include <eonflow/graph/jacobian.hpp>

namespace eonflow::flow {

/// Newton's method for z_i(phi) = lambda - offset_i, |phi| = 1, with the least change of phi and lambda in every iteration: the residual in the working
/// precision, the derivatives in double, so that an iteration gains up to 14 digits.
class MarginProjection {
public:
    explicit MarginProjection(const Margins& margins);

    /// Moves phi and lambda from nearby, until the margins of `samples` are right to the working precision but for a few bits. Leaves both as they were and returns false
    /// where the iteration does not get there.
    bool move(number::Vector& phi, number::Real& lambda, const std::vector<std::size_t>& samples, const number::Vector& offsets);

private:
    std::size_t parameters_;
    graph::Graph graph_;
    graph::evaluator<number::Real> margins_;
    graph::jacobian_evaluator<double> slopes_;
};

}  // namespace eonflow::flow
