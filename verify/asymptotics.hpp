#pragma once
/// Limits and exponents read off a sequence, with an estimate of their error.

#include <eonflow/number/real.hpp>

namespace eonflow::verify {

/// A value extrapolated to the limit, and an estimate of its error (no bound claimed): the change made by the last order of extrapolation.
struct Extrapolated {
    number::Real value, error;
};

/// The limit for x -> 0 of values[k] at the points x[k] (decreasing, positive), assuming an expansion in integer powers of x (Neville's scheme).
/// Of all orders the one with the smallest change is taken. Needs at least 2 points.
[[nodiscard]] Extrapolated extrapolate_to_zero(const number::Vector& x, const number::Vector& values);

/// The exponent c of values[k] ~ C x[k]^c: slopes between consecutive points of log values against log x, extrapolated to x -> 0. Needs at least 3 positive values.
[[nodiscard]] Extrapolated extrapolated_exponent(const number::Vector& x, const number::Vector& values);

}  // namespace eonflow::verify
