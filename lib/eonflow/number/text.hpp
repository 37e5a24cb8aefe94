#pragma once
/// Exact parsing of numbers, and printing with a stated number of digits.

#include <eonflow/number/rational.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace eonflow::number {

/// The rational that `text` denotes: an integer, a fraction "p/q", or a decimal with optional exponent ("0.1", "-2.5e-60"), each meant exactly.
/// Throws invalid_input for anything else, a zero denominator, a decimal exponent beyond 1 000 000, or a text beyond 2 million characters.
[[nodiscard]] Rational parse_rational(std::string_view text);

/// "p" or "p/q" in lowest terms.
[[nodiscard]] std::string to_text(const Rational& x);

/// `x` to `digits` significant decimal digits, rounded to nearest; plain notation near 1, otherwise with an exponent ("1.25e-60").
[[nodiscard]] std::string to_decimal(const Real& x, std::int64_t digits);

/// "1 sample", "2 samples".
[[nodiscard]] std::string counted(std::size_t count, const std::string& what);

/// All bits of `x` as a hexadecimal mantissa and binary exponent ("0x1.8p+3"); from_hex(to_hex(x)) is x bit for bit in a scope with at least its precision.
[[nodiscard]] std::string to_hex(const Real& x);
[[nodiscard]] Real from_hex(std::string_view text);

}  // namespace eonflow::number
