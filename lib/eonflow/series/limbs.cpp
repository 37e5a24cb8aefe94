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
    // The magnitude as a multiple of the last limb's unit, cut into digits from below, then balanced.
    number::Integer whole;
    mpz_ptr z = whole.backend().data();
    const std::int64_t shift = mpfr_get_z_2exp(z, x) - limb_bits * (std::int64_t{exponent} - count);
    const bool negative = mpz_sgn(z) < 0;
    mpz_abs(z, z);
    if (shift >= 0) {
        if (shift > limb_bits * count) return false;
        mpz_mul_2exp(z, z, static_cast<mp_bitcnt_t>(shift));
    } else {
        if (-shift > static_cast<std::int64_t>(mpz_sizeinbase(z, 2)) + 1) return true;
        number::Integer half = 1;
        mpz_mul_2exp(half.backend().data(), half.backend().data(), static_cast<mp_bitcnt_t>(-shift - 1));
        mpz_add(z, z, half.backend().data());
        mpz_fdiv_q_2exp(z, z, static_cast<mp_bitcnt_t>(-shift));
    }
    if (static_cast<std::int64_t>(mpz_sizeinbase(z, 2)) > limb_bits * count) return false;
    const mp_limb_t* const words = mpz_limbs_read(z);
    const std::size_t size = mpz_size(z);
    std::int64_t up = 0;
    std::size_t bit = 0;
    for (std::int64_t p = count; p-- > 0; bit += limb_bits) {
        const std::size_t word = bit / 64, place = bit % 64;
        mp_limb_t low = word < size ? words[word] >> place : 0;
        if (place != 0 && word + 1 < size) low |= words[word + 1] << (64 - place);
        std::int64_t digit = static_cast<std::int64_t>(low & (limb_base - 1)) + up;
        up = (digit + limb_base / 2) >> limb_bits;
        digit -= up << limb_bits;
        limbs[static_cast<std::size_t>(p)] = static_cast<double>(negative ? -digit : digit);
    }
    return up == 0;
}

number::Real from_limbs(std::span<const std::int64_t> limbs, int exponent) {
    number::Real value = 0;
    std::vector<std::int64_t> digits(limbs.begin(), limbs.end());
    digits.insert(digits.begin(), 0);
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
    return negative ? number::Real(-value) : value;
}

}  // namespace eonflow::series
