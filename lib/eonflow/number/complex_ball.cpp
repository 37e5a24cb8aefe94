#include <eonflow/number/complex_ball.hpp>

namespace eonflow::number {

namespace {

slong bits() noexcept { return static_cast<slong>(working_bits()); }

template <class Function>
Complex_ball apply(Function function, const Complex_ball& x, bool holomorphic = true) {
    Complex_ball result;
    if (holomorphic)
        function(result.raw(), x.raw(), bits());
    else
        acb_indeterminate(result.raw());
    return result;
}

/// Whether x may meet the real half-line beyond `from`; side 1: [from, inf), -1: (-inf, from].
bool meets_line(acb_srcptr x, int from, int side) {
    if (arb_contains_zero(acb_imagref(x)) == 0) return false;
    arb_t beyond;
    arb_init(beyond);
    arb_sub_si(beyond, acb_realref(x), from, bits());
    const bool apart = side > 0 ? arb_is_negative(beyond) != 0 : arb_is_positive(beyond) != 0;
    arb_clear(beyond);
    return !apart;
}

bool meets_both_lines(acb_srcptr x) { return meets_line(x, 1, 1) || meets_line(x, -1, -1); }

/// The same for the imaginary axis beyond i and -i.
bool meets_imaginary_lines(const Complex_ball& x) {
    Complex_ball turned;
    acb_mul_onei(turned.raw(), x.raw());
    return meets_both_lines(turned.raw());
}

}  // namespace

Complex_ball& Complex_ball::operator+=(const Complex_ball& other) {
    acb_add(raw_, raw_, other.raw_, bits());
    return *this;
}
Complex_ball& Complex_ball::operator-=(const Complex_ball& other) {
    acb_sub(raw_, raw_, other.raw_, bits());
    return *this;
}
Complex_ball& Complex_ball::operator*=(const Complex_ball& other) {
    acb_mul(raw_, raw_, other.raw_, bits());
    return *this;
}
Complex_ball& Complex_ball::operator/=(const Complex_ball& other) {
    acb_div(raw_, raw_, other.raw_, bits());
    return *this;
}

Complex_ball Complex_ball::disc(const Ball& center, const Ball& radius) {
    Complex_ball result(center);
    arb_add_error(acb_realref(result.raw_), radius.raw());
    arb_add_error(acb_imagref(result.raw_), radius.raw());
    return result;
}

Ball Complex_ball::real() const {
    Ball result;
    arb_set(result.raw(), acb_realref(raw_));
    return result;
}

Ball Complex_ball::modulus() const {
    Ball result;
    acb_abs(result.raw(), raw_, bits());
    return result;
}

Complex_ball exp(const Complex_ball& x) { return apply(acb_exp, x); }
Complex_ball log(const Complex_ball& x) { return apply(acb_log, x, !meets_line(x.raw(), 0, -1)); }
Complex_ball sin(const Complex_ball& x) { return apply(acb_sin, x); }
Complex_ball cos(const Complex_ball& x) { return apply(acb_cos, x); }
Complex_ball tan(const Complex_ball& x) { return apply(acb_tan, x); }
Complex_ball sinh(const Complex_ball& x) { return apply(acb_sinh, x); }
Complex_ball cosh(const Complex_ball& x) { return apply(acb_cosh, x); }
Complex_ball tanh(const Complex_ball& x) { return apply(acb_tanh, x); }
Complex_ball asin(const Complex_ball& x) { return apply(acb_asin, x, !meets_both_lines(x.raw())); }
Complex_ball acos(const Complex_ball& x) { return apply(acb_acos, x, !meets_both_lines(x.raw())); }
Complex_ball atan(const Complex_ball& x) { return apply(acb_atan, x, !meets_imaginary_lines(x)); }
Complex_ball asinh(const Complex_ball& x) { return apply(acb_asinh, x, !meets_imaginary_lines(x)); }
Complex_ball acosh(const Complex_ball& x) { return apply(acb_acosh, x, !meets_line(x.raw(), 1, -1)); }
Complex_ball atanh(const Complex_ball& x) { return apply(acb_atanh, x, !meets_both_lines(x.raw())); }
Complex_ball log1p(const Complex_ball& x) { return apply(acb_log1p, x, !meets_line(x.raw(), -1, -1)); }
Complex_ball expm1(const Complex_ball& x) { return apply(acb_expm1, x); }

Complex_ball pow(const Complex_ball& x, const Rational& exponent) {
    Complex_ball result;
    if (denominator(exponent) == 1 && abs(exponent) < 1'000'000) {
        acb_pow_si(result.raw(), x.raw(), exponent.convert_to<long>(), bits());
    } else if (meets_line(x.raw(), 0, -1)) {
        acb_indeterminate(result.raw());
    } else if (exponent == Rational(1, 2)) {
        acb_sqrt(result.raw(), x.raw(), bits());
    } else if (exponent == Rational(-1, 2)) {
        acb_rsqrt(result.raw(), x.raw(), bits());
    } else {
        acb_pow(result.raw(), x.raw(), Complex_ball(exponent).raw(), bits());
    }
    return result;
}

}  // namespace eonflow::number
