#include <eonflow/number/error.hpp>
#include <eonflow/number/rational.hpp>

namespace eonflow::number {

Real to_real(const Rational& x) {
    Real value;
    mpfr_set_q(value.backend().data(), x.backend().data(), MPFR_RNDN);
    return value;
}

Rational to_rational(const Real& x) {
    if (!isfinite(x)) throw invalid_input("a number that is not finite has no exact value");
    Rational value;
    mpfr_get_q(value.backend().data(), x.backend().data());
    return value;
}

Rational to_rational(double x) {
    if (!std::isfinite(x)) throw invalid_input("a number that is not finite has no exact value");
    Rational value;
    mpq_set_d(value.backend().data(), x);
    return value;
}

Rational simplest_rational(const Real& x, std::int64_t bits) {
    const Rational exact = to_rational(x);
    Integer bound = Integer(1) << static_cast<unsigned>(bits);
    // Continued fraction of `exact`; the convergents p/q satisfy |x - p/q| < 1/q^2.
    Integer a = numerator(exact), b = denominator(exact);
    Integer p0 = 0, p1 = 1, q0 = 1, q1 = 0;
    while (b != 0) {
        Integer quotient, rest;
        mpz_fdiv_qr(quotient.backend().data(), rest.backend().data(), a.backend().data(), b.backend().data());
        const Integer p2 = quotient * p1 + p0, q2 = quotient * q1 + q0;
        if (static_cast<std::int64_t>(msb(q2)) >= bits / 2) break;
        p0 = p1, p1 = p2, q0 = q1, q1 = q2;
        const Rational convergent(p1, q1);
        if (abs(convergent - exact) * bound <= abs(exact)) return convergent;
        a = b, b = rest;
    }
    return exact;
}

}  // namespace eonflow::number
