#pragma once
/// The flow of a separable classification problem out to its horizon, where limits and rates are read.

#include <eonflow/flow/problem.hpp>
#include <verify/theorem.hpp>

namespace eonflow::verify {

/// Points of the trajectory at growing r = log|theta|, theta = e^r direction. All numbers have `bits` bits; read them inside a precision_scope of as many.
struct Tail {
    struct Point {
        number::Real r;
        number::Vector direction;        ///< theta/|theta|
        number::Vector predictor;        ///< beta/|beta| where the model is linear in x
        number::Real log_inverse_loss;   ///< log(1/sum of the losses); for a mean it differs by log n only
        number::Real log_time;           ///< natural logarithm of t
        number::Real log_time_loss;      ///< log(t loss)
        number::Vector log_weights;      ///< log of the share of each sample in X^T r
    };
    std::vector<Point> points;
    number::Rational degree;           ///< of homogeneity
    std::int64_t bits = 0;
    std::int64_t loss_digits = 0;      ///< of log(1/loss), relative, likewise
    std::int64_t verified_digits = 0;  ///< of the directions, on which two computations agree at every point
    std::string status;

    /// The points with r <= furthest.
    [[nodiscard]] Tail until(const number::Real& furthest) const;
    /// 1/|theta| and log(1/loss) at the points.
    [[nodiscard]] number::Vector small() const;
    [[nodiscard]] number::Vector log_inverse_loss() const;
};

/// Follows the flow until |theta| is about 10^decades (0: options.digits + 3), with 15 digits more than asked for in the directions: distances of the size 1/|theta| then
/// show all digits, and steeper ones some decades of their rate. Throws invalid_input where the model is not homogeneous.
[[nodiscard]] Tail follow_tail(const flow::Problem& problem, const CheckOptions& options, std::int64_t decades = 0);

/// The same, followed as much further (up to 40 digits for each one asked for) as `residual`, which falls like a power of |theta| at the points, needs to come below 10^-digits.
[[nodiscard]] Tail follow_tail_until(const flow::Problem& problem, const CheckOptions& options, const std::function<number::Real(const Tail::Point&)>& residual);

}  // namespace eonflow::verify
