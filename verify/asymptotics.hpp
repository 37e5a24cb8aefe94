#pragma once
/// Limits and exponents read off a sequence, with an estimate of their error.

#include <eonflow/number/real.hpp>

namespace eonflow::verify {

/// A value extrapolated to the limit, and an estimate of its error (no bound claimed): the larger of the changes made by the last two orders of extrapolation.
struct Extrapolated {
    number::Real value, error;
};

/// The limit for x -> 0 of values[k] at the points x[k] (decreasing, positive), assuming an expansion in integer powers of x (Neville's scheme).
/// Of all orders the one with the smallest estimate is taken. Needs at least 2 points.
[[nodiscard]] Extrapolated extrapolate_to_zero(const number::Vector& x, const number::Vector& values);

/// The exponent c of values[k] ~ C scale[k]^c: slopes of log |values| against log scale between consecutive points, extrapolated to small[k] -> 0
/// as above. Needs at least 3 values, none of them zero.
[[nodiscard]] Extrapolated extrapolated_exponent(const number::Vector& scale, const number::Vector& values, const number::Vector& small);

}  // namespace eonflow::verify
