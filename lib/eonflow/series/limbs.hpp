#pragma once
/// Fixed-point numbers as short signed limbs: 2^(B e) * sum over p of limb_p 2^(-B (p + 1)), with B = kernels::limb_bits, e the exponent.

#include <eonflow/number/real.hpp>
#include <eonflow/series/kernels.hpp>

#include <algorithm>
#include <span>

namespace eonflow::series {

inline constexpr std::int64_t limb_base = std::int64_t{1} << kernels::limb_bits;

/// No exponent is larger in magnitude, so that two of them can be added.
inline constexpr int most_exponent = 1 << 28;

/// The least exponent at which a number of magnitude below 2^log2_bound leaves its leading limb two bits of room.
[[nodiscard]] constexpr int exponent_for(std::int64_t log2_bound) noexcept {
    const std::int64_t bits = log2_bound + 2;
    return static_cast<int>(std::clamp<std::int64_t>(bits / kernels::limb_bits + (bits % kernels::limb_bits > 0 ? 1 : 0), -most_exponent, most_exponent));
}

/// Carries from the last limb to the first: limbs become at most 2^(B - 1) in magnitude, except that the first keeps all that is left.
void carry(std::span<std::int64_t> limbs) noexcept;

/// `x` to nearest in limbs.size() limbs at the given exponent, error at most half of the last limb's unit. False if it does not fit.
[[nodiscard]] bool to_limbs(mpfr_srcptr x, int exponent, std::span<double> limbs);

/// The exact value rounded to nearest in the precision of `value`.
void from_limbs(std::span<const std::int64_t> limbs, int exponent, mpfr_ptr value);

}  // namespace eonflow::series
