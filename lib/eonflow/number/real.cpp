#include <eonflow/number/error.hpp>
#include <eonflow/number/real.hpp>

#include <string>

namespace eonflow::number {

namespace mp = boost::multiprecision;

namespace {

unsigned digits_granting(std::int64_t bits) {
    auto digits = static_cast<unsigned>(bits * 301 / 1000);
    while (digits > 1 && static_cast<std::int64_t>(mp::detail::digits10_2_2(digits - 1)) >= bits) --digits;
    while (static_cast<std::int64_t>(mp::detail::digits10_2_2(digits)) < bits) ++digits;
    return digits;
}

}  // namespace

std::int64_t working_bits() noexcept { return static_cast<std::int64_t>(mp::detail::digits10_2_2(Real::thread_default_precision())); }

std::int64_t precision_scope::max_bits() noexcept { return std::int64_t{1} << 30; }

std::int64_t granted_bits(std::int64_t bits) {
    if (bits < 2 || bits > precision_scope::max_bits())
        throw precision_error("a working precision of " + std::to_string(bits) + " bits is outside 2 to " +
                              std::to_string(precision_scope::max_bits()) + " bits");
    return static_cast<std::int64_t>(mp::detail::digits10_2_2(digits_granting(bits)));
}

precision_scope::precision_scope(std::int64_t bits)
    : previous_digits_(Real::thread_default_precision()),
      previous_options_(Real::thread_default_variable_precision_options()),
      bits_(granted_bits(bits)) {
    Real::thread_default_precision(digits_granting(bits));
    Real::thread_default_variable_precision_options(mp::variable_precision_options::assume_uniform_precision);
}

precision_scope::~precision_scope() {
    Real::thread_default_precision(previous_digits_);
    Real::thread_default_variable_precision_options(previous_options_);
}

Real epsilon(std::int64_t bits) { return power_of_two(1 - bits); }

Real power_of_two(std::int64_t exponent) {
    Real x(1);
    mpfr_mul_2si(x.backend().data(), x.backend().data(), static_cast<long>(exponent), MPFR_RNDN);
    return x;
}

std::int64_t exponent_of(const Real& x) noexcept {
    const auto& raw = x.backend().data()[0];
    return mpfr_regular_p(&raw) != 0 ? static_cast<std::int64_t>(mpfr_get_exp(&raw)) : std::int64_t{-1} << 62;
}

std::int64_t precision_of(const Real& x) noexcept { return static_cast<std::int64_t>(mpfr_get_prec(x.backend().data())); }

std::int64_t bits_for_digits(std::int64_t digits) noexcept { return digits * 33219281 / 10000000 + 1; }

std::int64_t round_trip_digits(std::int64_t bits) noexcept {
    return static_cast<std::int64_t>(mpfr_get_str_ndigits(10, static_cast<mpfr_prec_t>(bits)));
}

std::int64_t agreeing_digits(const Real& a, const Real& b, const Real& scale, std::int64_t most) {
    const Real difference = abs(a - b);
    if (difference == 0) return most;
    if (!isfinite(difference) || scale == 0) return 0;
    const Real digits = floor(-log10(difference / abs(scale)));
    if (digits >= most) return most;
    return digits <= 0 ? 0 : digits.convert_to<std::int64_t>();
}

std::int64_t agreeing_digits(const Real& a, const Real& b, std::int64_t most) {
    return agreeing_digits(a, b, abs(a) > abs(b) ? a : b, most);
}

}  // namespace eonflow::number
