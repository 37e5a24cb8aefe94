#include <eonflow/number/ball.hpp>

#if __has_include(<flint/arb.h>)
#include <flint/arf.h>
#else
#include <arf.h>
#endif
#include <flint/flint.h>
#include <flint/fmpq.h>

#include <algorithm>
#include <memory>

namespace eonflow::number {

namespace {

slong bits() noexcept { return static_cast<slong>(working_bits()); }

struct fmpq_value {
    explicit fmpq_value(const Rational& x) {
        fmpq_init(raw);
        fmpq_set_mpq(raw, x.backend().data());
    }
    ~fmpq_value() { fmpq_clear(raw); }
    fmpq_value(const fmpq_value&) = delete;
    fmpq_value& operator=(const fmpq_value&) = delete;
    fmpq_t raw;
};

template <class Function>
Ball apply(Function function, const Ball& x) {
    Ball result;
    function(result.raw(), x.raw(), bits());
    return result;
}

}  // namespace

Ball::Ball(const Rational& value) : Ball() { arb_set_fmpq(raw_, fmpq_value(value).raw, bits()); }

Ball::Ball(const Real& value) : Ball() { arf_set_mpfr(arb_midref(raw_), value.backend().data()); }

Ball::Ball(const Real& midpoint, const Real& radius) : Ball(midpoint) {
    arf_t bound;
    arf_init(bound);
    arf_set_mpfr(bound, radius.backend().data());
    arf_get_mag(arb_radref(raw_), bound);
    arf_clear(bound);
}

Ball& Ball::operator+=(const Ball& other) {
    arb_add(raw_, raw_, other.raw_, bits());
    return *this;
}
Ball& Ball::operator-=(const Ball& other) {
    arb_sub(raw_, raw_, other.raw_, bits());
    return *this;
}
Ball& Ball::operator*=(const Ball& other) {
    arb_mul(raw_, raw_, other.raw_, bits());
    return *this;
}
Ball& Ball::operator/=(const Ball& other) {
    arb_div(raw_, raw_, other.raw_, bits());
    return *this;
}

bool Ball::contains(const Rational& x) const { return arb_contains_fmpq(raw_, fmpq_value(x).raw) != 0; }

Real Ball::midpoint() const {
    Real value;
    arf_get_mpfr(value.backend().data(), arb_midref(raw_), MPFR_RNDN);
    return value;
}

Real Ball::radius() const {
    arf_t bound;
    arf_init_set_mag_shallow(bound, arb_radref(raw_));
    Real value;
    arf_get_mpfr(value.backend().data(), bound, MPFR_RNDU);
    return value;
}

std::int64_t Ball::accurate_digits() const noexcept {
    // An exact ball has the greatest integer of bits.
    return std::clamp<std::int64_t>(arb_rel_accuracy_bits(raw_), 0, std::int64_t{1} << 36) * 30102999 / 100000000;
}

std::string Ball::text(std::int64_t digits) const {
    const std::unique_ptr<char, void (*)(void*)> owned(arb_get_str(raw_, static_cast<slong>(digits), 0), [](void* p) { flint_free(p); });
    return owned.get();
}

Ball sqrt(const Ball& x) { return apply(arb_sqrt, x); }
Ball exp(const Ball& x) { return apply(arb_exp, x); }
Ball log(const Ball& x) { return apply(arb_log, x); }
Ball sin(const Ball& x) { return apply(arb_sin, x); }
Ball cos(const Ball& x) { return apply(arb_cos, x); }
Ball tan(const Ball& x) { return apply(arb_tan, x); }
Ball sinh(const Ball& x) { return apply(arb_sinh, x); }
Ball cosh(const Ball& x) { return apply(arb_cosh, x); }
Ball tanh(const Ball& x) { return apply(arb_tanh, x); }
Ball asin(const Ball& x) { return apply(arb_asin, x); }
Ball acos(const Ball& x) { return apply(arb_acos, x); }
Ball atan(const Ball& x) { return apply(arb_atan, x); }
Ball asinh(const Ball& x) { return apply(arb_asinh, x); }
Ball acosh(const Ball& x) { return apply(arb_acosh, x); }
Ball atanh(const Ball& x) { return apply(arb_atanh, x); }
Ball log1p(const Ball& x) { return apply(arb_log1p, x); }
Ball expm1(const Ball& x) { return apply(arb_expm1, x); }

Ball abs(const Ball& x) {
    Ball result;
    arb_abs(result.raw(), x.raw());
    return result;
}

Ball pow(const Ball& x, const Rational& exponent) {
    Ball result;
    arb_pow_fmpq(result.raw(), x.raw(), fmpq_value(exponent).raw, bits());
    return result;
}

}  // namespace eonflow::number
