#pragma once
/// The late part of a classification flow, where limits and rates are read.

#include <eonflow/flow/problem.hpp>
#include <verify/asymptotics.hpp>
#include <verify/theorem.hpp>

namespace eonflow::verify {

/// Points of the trajectory at growing log(1/loss), all numbers in the working precision `bits`.
struct Tail {
    struct Point {
        number::Vector theta;
        number::Real size;        ///< |theta|
        number::Real log_loss;    ///< log of the loss as the problem defines it
        number::Real log_time;    ///< natural logarithm of t
        number::Vector gradient;  ///< of the loss
    };
    std::vector<Point> points;
    std::int64_t bits = 0;
    std::int64_t verified_digits = 0;  ///< the least over all parameters of all points
    std::string status;

    /// 1/|theta| at the points, the small variable of the expansions.
    [[nodiscard]] number::Vector small() const;
};

/// Follows the flow in the loss clock and keeps points at log(1/loss) = 16 (3/2)^k up to `furthest`.
/// The tail's numbers are meant to be read inside a precision_scope(tail.bits).
[[nodiscard]] Tail follow_tail(const flow::Problem& problem, int furthest, const CheckOptions& options);

}  // namespace eonflow::verify
