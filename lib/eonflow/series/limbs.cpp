#include <eonflow/series/limbs.hpp>

#include <eonflow/number/rational.hpp>

#include <vector>

namespace eonflow::series {

using kernels::limb_bits;

void carry(std::span<std::int64_t> limbs) noexcept {
    for (std::size_t p = limbs.size(); p-- > 1;) {
        const std::int64_t up = (limbs[p] + limb_base / 2) >> limb_bits;
        limbs[p] -= up << limb_bits;
        limbs[p - 1] += up;
    }
}

bool to_limbs(mpfr_srcptr x, int exponent, std::span<double> limbs) {
    const auto count = static_cast<std::int64_t>(limbs.size());
    std::fill(limbs.begin(), limbs.end(), 0.0);
    if (mpfr_zero_p(x) != 0) return true;
    if (mpfr_regular_p(x) == 0) return false;
    // |x| is 2^(bits below its leading one) times what the words say: digits are cut from the words where limbs end, beginning with half a unit of the last.
    const auto words = static_cast<std::size_t>((mpfr_get_prec(x) + 63) / 64);
    const mp_limb_t* const word = x->_mpfr_d;
    const std::int64_t highest = mpfr_get_exp(x) - limb_bits * (std::int64_t{exponent} - count);  // bits of |x| above the last limb's unit
    if (highest > limb_bits * count) return false;
    if (highest < 0) return true;
    const std::int64_t total = 64 * static_cast<std::int64_t>(words);
    // Bit n of |x| / (last unit) is bit n + below of the words.
    const std::int64_t below = total - highest;
    const auto bits_at = [&](std::int64_t bit, int wanted) -> std::int64_t {
        std::uint64_t value = 0;
        if (bit < 0) {
            if (-bit >= wanted) return 0;
            value = word[0] << -bit;
        } else {
            const auto at = static_cast<std::size_t>(bit / 64);
            const auto place = static_cast<unsigned>(bit % 64);
            if (at < words) value = word[at] >> place;
            if (place != 0 && at + 1 < words) value |= word[at + 1] << (64 - place);
        }
        return static_cast<std::int64_t>(value & ((std::uint64_t{1} << wanted) - 1));
    };
    const double sign = mpfr_sgn(x) < 0 ? -1 : 1;
    std::int64_t up = below > 0 ? bits_at(below - 1, 1) : 0;
    std::int64_t bit = below;
    for (std::int64_t p = count; p-- > 0 && (bit < total || up != 0); bit += limb_bits) {
        std::int64_t digit = bits_at(bit, limb_bits) + up;
        up = (digit + limb_base / 2) >> limb_bits;
        digit -= up << limb_bits;
        limbs[static_cast<std::size_t>(p)] = sign * static_cast<double>(digit);
        if (p == 0 && up != 0) return false;
    }
    return bit >= total;
}

number::Real from_limbs(std::span<const std::int64_t> limbs, int exponent) {
    number::Real value = 0;
    std::vector<std::int64_t> digits(limbs.size() + 1, 0);
    std::copy(limbs.begin(), limbs.end(), digits.begin() + 1);
    carry(digits);
    std::size_t first = 0;
    while (first < digits.size() && digits[first] == 0) ++first;
    if (first == digits.size()) return value;
    const bool negative = digits[first] < 0;
    // Digits in [0, 2^B), packed into words from below.
    std::vector<mp_limb_t> words((digits.size() - first) * limb_bits / 64 + 2, 0);
    std::int64_t borrow = 0;
    std::size_t bit = 0;
    for (std::size_t p = digits.size(); p-- > first; bit += limb_bits) {
        std::int64_t digit = (negative ? -digits[p] : digits[p]) + borrow;
        borrow = 0;
        if (p > first && digit < 0) digit += limb_base, borrow = -1;
        words[bit / 64] |= static_cast<mp_limb_t>(digit) << (bit % 64);
        if (bit % 64 != 0) words[bit / 64 + 1] |= static_cast<mp_limb_t>(digit) >> (64 - bit % 64);
    }
    mpz_t whole;
    mpfr_set_z_2exp(value.backend().data(), mpz_roinit_n(whole, words.data(), static_cast<mp_size_t>(words.size())),
                    limb_bits * (static_cast<mpfr_exp_t>(exponent) - static_cast<mpfr_exp_t>(limbs.size())), MPFR_RNDN);
    if (negative) mpfr_neg(value.backend().data(), value.backend().data(), MPFR_RNDN);
    return value;
}

}  // namespace eonflow::series
