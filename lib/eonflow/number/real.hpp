#pragma once
/// Real, the public scalar, and the working precision that every new Real takes.

#include <boost/multiprecision/gmp.hpp>
#include <boost/multiprecision/mpfr.hpp>

#include <cstdint>
#include <vector>

namespace eonflow::number {

/// A binary floating-point number of the working precision, rounded to nearest (MPFR). Expression templates are off, so `auto` is safe.
using Real = boost::multiprecision::number<boost::multiprecision::mpfr_float_backend<0>, boost::multiprecision::et_off>;

/// One value per coordinate; the state type of every integrator.
using Vector = std::vector<Real>;

/// The working precision in bits of the calling thread.
[[nodiscard]] std::int64_t working_bits() noexcept;

/// Owns the working precision of the calling thread while it lives: every Real made, and every result computed, has
/// `bits()` bits; copying into an existing Real never changes its precision. A worker thread opens its own scope.
/// A Real that leaves the scope keeps its bits only if it is moved.
class precision_scope {
public:
    /// Boost counts in decimal digits, so the precision granted is the smallest it can express that is >= `bits`.
    /// Throws precision_error outside [2, max_bits()].
    explicit precision_scope(std::int64_t bits);
    ~precision_scope();
    precision_scope(const precision_scope&) = delete;
    precision_scope& operator=(const precision_scope&) = delete;

    [[nodiscard]] std::int64_t bits() const noexcept { return bits_; }
    [[nodiscard]] static std::int64_t max_bits() noexcept;

private:
    unsigned previous_digits_;
    boost::multiprecision::variable_precision_options previous_options_;
    std::int64_t bits_;
};

/// The precision in bits that a scope asked for `bits` grants.
[[nodiscard]] std::int64_t granted_bits(std::int64_t bits);

/// 2^(1 - bits), the distance from 1 to the next Real of that precision.
[[nodiscard]] Real epsilon(std::int64_t bits);

/// 2^exponent, exact.
[[nodiscard]] Real power_of_two(std::int64_t exponent);

/// The least e with |x| < 2^e; a very negative value for 0.
[[nodiscard]] std::int64_t exponent_of(const Real& x) noexcept;

/// The bits of `x` itself, whatever the scope.
[[nodiscard]] std::int64_t precision_of(const Real& x) noexcept;

/// Bits that carry at least `digits` decimal digits, and decimal digits that carry at least `bits` bits both ways (mpfr_get_str_ndigits).
[[nodiscard]] std::int64_t bits_for_digits(std::int64_t digits) noexcept;
[[nodiscard]] std::int64_t round_trip_digits(std::int64_t bits) noexcept;

/// Number of leading decimal digits on which `a` and `b` agree, relative to `scale` (default: the larger of the two): floor(-log10 |a-b|/scale),
/// at most `most` and at least 0. Exact agreement gives `most`.
[[nodiscard]] std::int64_t agreeing_digits(const Real& a, const Real& b, std::int64_t most);
[[nodiscard]] std::int64_t agreeing_digits(const Real& a, const Real& b, const Real& scale, std::int64_t most);

}  // namespace eonflow::number
