#pragma once

#include <eonflow/convex/certificate.hpp>
#include <eonflow/number/ball.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace eonflow::convex {

enum class Status { optimal, infeasible, undecided };

/// `certificate` holds the answer and its proof; where `status` is undecided it holds nothing to rely on (but bounds, where its claim is `bounded`) and `message` says what could
/// not be decided, and at how many bits.
struct Solution {
    Status status = Status::undecided;
    std::string message;
    Certificate certificate;

    /// The minimizer and the multipliers (Farkas vector) as balls with at least `digits` right digits where the certificate is exact, and as the boxes
    /// that were proved otherwise.
    [[nodiscard]] std::vector<number::Ball> point(std::int64_t digits) const;
    [[nodiscard]] std::vector<number::Ball> multipliers(std::int64_t digits) const;
};

/// Solves any program. Rational classes (Quadratic, Absolute) are solved exactly whatever `digits`; the others to `digits` right digits of every coordinate.
/// Throws invalid_input for malformed programs.
[[nodiscard]] Solution solve(Program program, std::int64_t digits = 50);

}  // namespace eonflow::convex
