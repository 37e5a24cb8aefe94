#include <eonflow/series/engine.hpp>

#include <eonflow/graph/evaluate.hpp>

#include <algorithm>
#include <cmath>

namespace eonflow::series {

using number::Real;
using number::Vector;

log_size size_of(const Rational& x) noexcept {
    if (x == 0) return vanishing;
    const auto& q = x.backend().data();
    long above = 0, below = 0;
    const double ratio = std::abs(mpz_get_d_2exp(&above, mpq_numref(q))) / mpz_get_d_2exp(&below, mpq_denref(q));
    int rest = 0;
    const double mantissa = std::frexp(ratio, &rest);
    return size_unit * (above - below + rest - 1) + static_cast<log_size>(static_cast<double>(size_unit) * (2 * mantissa - 1));
}

namespace {

/// The value of one variable, given those before it; `part` is used.
void start_value(const program& p, const variable& v, const Vector& values, Real& value, Real& part) {
    switch (v.how) {
        case rule::reciprocal: mpfr_ui_div(value.backend().data(), 1, values[v.argument].backend().data(), MPFR_RNDN); break;
        case rule::power: {
            const Real& base = values[v.argument];
            // A root has no series at 0, but is defined there: what does not move needs none.
            if (base == 0 && p.variables[v.argument].degree > 0) value = std::numeric_limits<double>::quiet_NaN();
            else if (v.value == Rational(1, 2)) value = sqrt(base);
            else value = pow(base, number::to_real(v.value));
            break;
        }
        case rule::function: value = graph::apply(v.name, values[v.argument]); break;
        case rule::sum: {
            mpfr_ptr sum = value.backend().data(), summand = part.backend().data();
            mpfr_set_zero(sum, 1);
            if (v.value != 0) mpfr_set_q(sum, v.value.backend().data(), MPFR_RNDN);
            for (const product& t : v.terms) {
                mpfr_srcptr plain = values[t.left].backend().data();
                if (t.right != nothing) mpfr_mul(summand, plain, values[t.right].backend().data(), MPFR_RNDN), plain = summand;
                mpq_srcptr coefficient = t.coefficient.backend().data();
                if (mpz_cmp_ui(mpq_denref(coefficient), 1) != 0 || mpz_fits_slong_p(mpq_numref(coefficient)) == 0)
                    mpfr_mul_q(summand, plain, coefficient, MPFR_RNDN), plain = summand;
                else if (const long c = mpz_get_si(mpq_numref(coefficient)); c != 1)
                    mpfr_mul_si(summand, plain, c, MPFR_RNDN), plain = summand;
                mpfr_add(sum, sum, plain, MPFR_RNDN);
            }
            break;
        }
        default: break;
    }
}

}  // namespace

void make_room(Vector& values, std::size_t count) {
    const auto bits = static_cast<mpfr_prec_t>(number::working_bits());
    if (values.size() != count || (count > 0 && mpfr_get_prec(values[0].backend().data()) != bits)) values.assign(count, Real(0));
}

bool start_values(const program& p, std::span<const Real> state, std::span<const Real> parameters, Vector& values) {
    make_room(values, p.variables.size());
    std::size_t i = 0;
    for (const std::span<const Real> inputs : {state, parameters})
        for (const Real& y : inputs) mpfr_set(values[i++].backend().data(), y.backend().data(), MPFR_RNDN);
    Real part;
    for (; i < values.size(); ++i) {
        start_value(p, p.variables[i], values, values[i], part);
        if (!isfinite(values[i])) return false;
    }
    return true;
}

std::vector<log_size> largest_summands(const program& p, std::span<const log_size> values, log_size length) {
    std::vector<log_size> largest(values.begin(), values.end());
    const auto visit = [&](std::size_t i, log_size factor) {
        const variable& v = p.variables[i];
        largest[i] = std::max(largest[i], factor + size_of(v.value));
        for (const product& t : v.terms)
            largest[i] = std::max(largest[i], factor + size_of(t.coefficient) + largest[t.left] + (t.right == nothing ? 0 : largest[t.right]));
        largest[i] = std::max(largest[i], vanishing);
    };
    for (std::size_t i = p.states; i < p.variables.size(); ++i)
        if (p.variables[i].how == rule::sum) visit(i, 0);
    for (std::size_t i = 0; i < p.states; ++i) visit(i, length);
    return largest;
}

std::vector<bool> needs_derivative(const program& p) {
    std::vector<bool> needed(p.variables.size(), false);
    for (std::size_t i = 0; i < p.variables.size(); ++i) {
        const variable& v = p.variables[i];
        if (v.how == rule::power) needed[i] = needed[v.argument] = true;
        if (v.how == rule::function) needed[v.argument] = true;
    }
    return needed;
}

}  // namespace eonflow::series
