#include <eonflow/series/engine.hpp>

#include <eonflow/graph/evaluate.hpp>

#include <algorithm>
#include <cmath>

namespace eonflow::series {

using number::Real;
using number::Vector;

log_size size_of(mpfr_srcptr x) noexcept {
    if (mpfr_regular_p(x) == 0) return vanishing;
    long exponent = 0;
    const double mantissa = std::abs(mpfr_get_d_2exp(&exponent, x, MPFR_RNDZ));  // in [1/2, 1)
    return size_unit * (exponent - 1) + static_cast<log_size>(static_cast<double>(size_unit) * (2 * mantissa - 1));
}

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

Real start_value(const program& p, const variable& v, const Vector& values) {
    switch (v.how) {
        case rule::reciprocal: return 1 / values[v.argument];
        case rule::power: {
            const Real& base = values[v.argument];
            // A root has no series at 0, but is defined there: what does not move needs none.
            if (base == 0 && p.variables[v.argument].degree > 0) return std::numeric_limits<double>::quiet_NaN();
            return v.value == Rational(1, 2) ? Real(sqrt(base)) : Real(pow(base, number::to_real(v.value)));
        }
        case rule::function: return graph::apply(v.name, values[v.argument]);
        case rule::sum: {
            Real total = number::to_real(v.value), part;
            for (const product& t : v.terms) {
                const mpfr_srcptr left = values[t.left].backend().data();
                const auto& q = t.coefficient.backend().data();
                mpfr_ptr sum = total.backend().data(), x = part.backend().data();
                mpfr_srcptr plain = left;
                if (t.right != nothing) mpfr_mul(x, left, values[t.right].backend().data(), MPFR_RNDN), plain = x;
                if (mpz_cmp_ui(mpq_denref(q), 1) == 0 && mpz_fits_slong_p(mpq_numref(q)) != 0) {
                    if (const long c = mpz_get_si(mpq_numref(q)); c != 1) mpfr_mul_si(x, plain, c, MPFR_RNDN), plain = x;
                } else {
                    mpfr_mul(x, plain, number::to_real(t.coefficient).backend().data(), MPFR_RNDN), plain = x;
                }
                mpfr_add(sum, sum, plain, MPFR_RNDN);
            }
            return total;
        }
        default: return 0;
    }
}

}  // namespace

std::optional<Vector> start_values(const program& p, std::span<const Real> state, std::span<const Real> parameters) {
    Vector values;
    values.reserve(p.variables.size());
    for (const Real& y : state) values.push_back(y + 0);
    for (const Real& y : parameters) values.push_back(y + 0);
    while (values.size() < p.variables.size()) {
        values.push_back(start_value(p, p.variables[values.size()], values));
        if (!isfinite(values.back())) return std::nullopt;
    }
    return values;
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
