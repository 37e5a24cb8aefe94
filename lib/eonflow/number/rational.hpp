#pragma once
/// Exact numbers: integers and rationals (GMP), and the exact dense linear algebra that decisions rest on.

#include <eonflow/number/real.hpp>

namespace eonflow::number {

using Integer = boost::multiprecision::number<boost::multiprecision::gmp_int, boost::multiprecision::et_off>;
using Rational = boost::multiprecision::number<boost::multiprecision::gmp_rational, boost::multiprecision::et_off>;

/// `x` rounded to nearest in the working precision.
[[nodiscard]] Real to_real(const Rational& x);

/// The exact value of `x`; throws invalid_input for NaN and infinities.
[[nodiscard]] Rational to_rational(const Real& x);
[[nodiscard]] Rational to_rational(double x);

/// The rational with the smallest denominator within |x| * 2^(-bits) of `x`, if that denominator has fewer than bits/2 bits; otherwise `x` itself exactly.
[[nodiscard]] Rational simplest_rational(const Real& x, std::int64_t bits);

}  // namespace eonflow::number
