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

void from_limbs(std::span<const std::int64_t> limbs, int exponent, mpfr_ptr value) {
    // From below: carries, in two's complement words; one limb more holds what the first one is too large for.
    constexpr std::size_t few = 64;
    mp_limb_t small[few];
    std::vector<mp_limb_t> large;
    const std::size_t size = ((limbs.size() + 3) * limb_bits + 63) / 64 + 1;
    if (size > few) large.resize(size);
    mp_limb_t* const words = size > few ? large.data() : small;
    std::size_t at = 0, held = 0;
    std::uint64_t word = 0;
    std::int64_t up = 0;
    const auto put = [&](std::uint64_t digit) {  // the next limb_bits bits
        word |= digit << held;
        held += limb_bits;
        if (held < 64) return;
        words[at++] = word;
        held -= 64;
        word = digit >> (limb_bits - held);
    };
    for (std::size_t p = limbs.size(); p-- > 0;) {
        up += limbs[p];
        put(static_cast<std::uint64_t>(up & (limb_base - 1)));
        up >>= limb_bits;
    }
    for (int more = 0; more < 3; ++more, up >>= limb_bits) put(static_cast<std::uint64_t>(up & (limb_base - 1)));
    const bool negative = up < 0;
    words[at++] = negative && held < 64 ? word | (~std::uint64_t{0} << held) : word;
    if (negative) mpn_neg(words, words, static_cast<mp_size_t>(at));
    mpz_t whole;
    mpfr_set_z_2exp(value, mpz_roinit_n(whole, words, static_cast<mp_size_t>(at)),
                    limb_bits * (static_cast<mpfr_exp_t>(exponent) - static_cast<mpfr_exp_t>(limbs.size())), MPFR_RNDN);
    if (negative) mpfr_neg(value, value, MPFR_RNDN);
}

}  // namespace eonflow::series
