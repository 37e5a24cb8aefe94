#pragma once
/// Quantities computed from a point of a trajectory.

#include <eonflow/flow/integrate.hpp>

#include <eonflow/flow/pattern.hpp>

namespace eonflow::flow {

/// Evaluates the observables of a problem at parameters theta in the working precision. Names: see observables().
class Observer {
public:
    /// Throws invalid_input ("/observe/k") for an unknown name or one that the model does not have.
    Observer(const Problem& problem, const System& system);

    /// One vector of entries per name of problem.observe, in that order. `slopes`: those of the kinks; empty: from the signs of their arguments.
    [[nodiscard]] std::vector<number::Vector> operator()(const number::Vector& theta, const number::Vector& slopes = {});

    /// The loss, -log loss and the gradient at theta.
    [[nodiscard]] number::Real loss(const number::Vector& theta);
    [[nodiscard]] number::Vector gradient(const number::Vector& theta, const number::Vector& slopes = {});

private:
    [[nodiscard]] number::Vector inputs(const number::Vector& theta, const number::Vector& slopes = {});

    const Problem& problem_;
    Pattern<number::Real> pattern_;
    graph::evaluator<number::Real> loss_, gradient_, margins_, coefficients_;
    bool has_coefficients_;
};

/// The weight matrix of a layer at theta.
[[nodiscard]] number::Matrix<number::Real> weights(const model::layer& layer, const number::Vector& theta);

/// x / |x|; x itself if it is 0.
[[nodiscard]] number::Vector normalized(number::Vector x);
[[nodiscard]] number::Real norm(const number::Vector& x);
[[nodiscard]] number::Real dot(const number::Vector& a, const number::Vector& b);

/// W_{k+1}^T W_{k+1} - W_k W_k^T at theta, conserved by the flow of a deep linear network.
[[nodiscard]] number::Matrix<number::Real> balance(const model::layer& lower, const model::layer& upper, const number::Vector& theta);

}  // namespace eonflow::flow
