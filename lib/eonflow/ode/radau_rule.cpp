#include <eonflow/ode/radau_rule.hpp>

#include <eonflow/number/error.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <numbers>

namespace eonflow::ode {

using number::Matrix;
using number::Real;
using number::Vector;

Vector legendre(const Real& x, int count) {
    const Real z = 2 * x - 1;
    Vector p(static_cast<std::size_t>(count));
    for (int k = 0; k < count; ++k) {
        const auto at = static_cast<std::size_t>(k);
        if (k == 0)
            p[at] = 1;
        else if (k == 1)
            p[at] = z;
        else
            p[at] = ((2 * k - 1) * z * p[at - 1] - (k - 1) * p[at - 2]) / k;
    }
    return p;
}

Vector legendre_integrals(const Real& x, int count) {
    const Vector p = legendre(x, count + 1);
    Vector integrals(static_cast<std::size_t>(count));
    for (int k = 0; k < count; ++k) {
        const auto at = static_cast<std::size_t>(k);
        integrals[at] = k == 0 ? x : (p[at + 1] - p[at - 1]) / (2 * (2 * k + 1));
    }
    return integrals;
}

void multiply(const Matrix<Real>& a, const Matrix<Real>& b, Matrix<Real>& target) {
    Real product(0);
    for (std::size_t i = 0; i < a.rows(); ++i)
        for (std::size_t m = 0; m < b.columns(); ++m) {
            Real& sum = target(i, m);
            sum = 0;
            for (std::size_t k = 0; k < a.columns(); ++k) {
                mpfr_mul(product.backend().data(), a(i, k).backend().data(), b(k, m).backend().data(), MPFR_RNDN);
                mpfr_add(sum.backend().data(), sum.backend().data(), product.backend().data(), MPFR_RNDN);
            }
        }
}

namespace {

/// x 2^shift, truncated.
void to_fixed(number::Integer& target, const Real& x, std::int64_t shift) {
    const auto exponent = static_cast<std::int64_t>(mpfr_zero_p(x.backend().data()) != 0 ? 0 : mpfr_get_z_2exp(target.backend().data(), x.backend().data())) + shift;
    if (mpfr_zero_p(x.backend().data()) != 0)
        target = 0;
    else if (exponent >= 0)
        mpz_mul_2exp(target.backend().data(), target.backend().data(), static_cast<mp_bitcnt_t>(exponent));
    else
        mpz_tdiv_q_2exp(target.backend().data(), target.backend().data(), static_cast<mp_bitcnt_t>(-exponent));
}

}  // namespace

fixed_matrix::fixed_matrix(const Matrix<Real>& entries, std::int64_t bits) : entries_(entries.rows(), entries.columns()), bits_(bits) {
    for (std::size_t i = 0; i < entries.rows(); ++i)
        for (std::size_t k = 0; k < entries.columns(); ++k) to_fixed(entries_(i, k), entries(i, k), bits);
}

void fixed_matrix::multiply(const Matrix<Real>& columns, Matrix<Real>& target, std::int64_t bits) const {
    bits = std::min(bits, bits_);
    const std::int64_t dropped = (bits_ - bits) / GMP_NUMB_BITS;  // whole limbs at the low end
    const std::int64_t kept_bits = bits_ - dropped * GMP_NUMB_BITS;
    const auto leading = [&](mpz_ptr view, mpz_srcptr entry) {
        const auto size = static_cast<std::int64_t>(mpz_size(entry));
        const auto kept = static_cast<mp_size_t>(std::max<std::int64_t>(size - dropped, 0));
        return mpz_roinit_n(view, mpz_limbs_read(entry) + (kept > 0 ? dropped : 0), mpz_sgn(entry) < 0 ? -kept : kept);
    };
    std::vector<number::Integer> column(columns.rows());
    number::Integer sum;
    for (std::size_t m = 0; m < columns.columns(); ++m) {
        std::int64_t largest = std::numeric_limits<std::int64_t>::min();
        bool finite = true;
        for (std::size_t k = 0; k < columns.rows(); ++k) {
            finite = finite && mpfr_number_p(columns(k, m).backend().data()) != 0;
            largest = std::max(largest, number::exponent_of(columns(k, m)));
        }
        const bool empty = largest < std::numeric_limits<std::int64_t>::min() / 4;
        if (finite && !empty)
            for (std::size_t k = 0; k < columns.rows(); ++k) to_fixed(column[k], columns(k, m), bits - largest);
        for (std::size_t i = 0; i < entries_.rows(); ++i) {
            mpfr_ptr result = target(i, m).backend().data();
            if (!finite) {
                mpfr_set_nan(result);
            } else if (empty) {
                mpfr_set_zero(result, 1);
            } else {
                sum = 0;
                for (std::size_t k = 0; k < columns.rows(); ++k) {
                    mpz_t view;
                    mpz_addmul(sum.backend().data(), leading(view, entries_(i, k).backend().data()), column[k].backend().data());
                }
                mpfr_set_z_2exp(result, sum.backend().data(), static_cast<mpfr_exp_t>(largest - bits - kept_bits), MPFR_RNDN);
            }
        }
    }
}

namespace {

/// The root of P_s - P_{s-1} next to `guess`, in the variable z = 2x - 1.
Real refine(const Real& guess, int s) {
    Real z = guess;
    const Real close = number::power_of_two(-number::working_bits() / 2 - 8);
    for (int iteration = 0; iteration < 100; ++iteration) {
        Real before = 1, last = z;  // P_{k-1}, P_k
        for (int k = 2; k <= s; ++k) {
            Real next = ((2 * k - 1) * z * last - (k - 1) * before) / k;
            before = std::move(last);
            last = std::move(next);
        }
        // (z^2 - 1) P_k' = k (z P_k - P_{k-1}), and P_{s-1}' = z P_s' - s P_s
        const Real slope_last = s * (z * last - before) / (z * z - 1);
        const Real slope_before = z * slope_last - s * last;
        const Real step = (last - before) / (slope_last - slope_before);
        z -= step;
        if (abs(step) < close) return z;
    }
    throw numerical_error("the nodes of the " + std::to_string(s) + "-stage Radau rule did not converge");
}

std::shared_ptr<const radau_rule> make(int s) {
    const auto size = static_cast<std::size_t>(s);
    auto rule = std::make_shared<radau_rule>();
    rule->stages = s;
    rule->to_legendre = Matrix<Real>(size, size);
    rule->integrals = Matrix<Real>(size, size);
    rule->weights.resize(size);
    for (int j = 0; j < s; ++j) {
        const auto at = static_cast<std::size_t>(j);
        // The zeros of the Jacobi polynomials (1, 0), to first order.
        const Real z = j + 1 == s ? Real(1) : refine(Real(std::cos((s - 1 - j + 0.25) * std::numbers::pi / s)), s);
        rule->nodes.push_back((z + 1) / 2);
        if (j > 0 && rule->nodes[at] <= rule->nodes[at - 1]) throw numerical_error("the nodes of a Radau rule coincide");
        const Vector p = legendre(rule->nodes[at], s);
        Real inverse_weight = 0;
        for (int k = 0; k < s; ++k) inverse_weight += (2 * k + 1) * p[static_cast<std::size_t>(k)] * p[static_cast<std::size_t>(k)];
        const Real weight = 1 / inverse_weight;
        rule->weights[at] = weight.convert_to<double>();
        const Vector integrals = legendre_integrals(rule->nodes[at], s);
        for (std::size_t k = 0; k < size; ++k) {
            rule->to_legendre(k, at) = (2 * static_cast<int>(k) + 1) * weight * p[k];
            rule->integrals(at, k) = integrals[k];
        }
    }
    rule->fast_to_legendre = fixed_matrix(rule->to_legendre, number::working_bits());
    rule->fast_integrals = fixed_matrix(rule->integrals, number::working_bits());
    rule->butcher = Matrix<double>(size, size);
    rule->to_legendre_double = Matrix<double>(size, size);
    Matrix<double> integrals(size, size);
    for (std::size_t i = 0; i < size; ++i)
        for (std::size_t k = 0; k < size; ++k) {
            rule->to_legendre_double(i, k) = rule->to_legendre(i, k).convert_to<double>();
            integrals(i, k) = rule->integrals(i, k).convert_to<double>();
        }
    for (std::size_t i = 0; i < size; ++i)
        for (std::size_t k = 0; k < size; ++k)
            for (std::size_t j = 0; j < size; ++j) rule->butcher(i, j) += integrals(i, k) * rule->to_legendre_double(k, j);
    return rule;
}

}  // namespace

std::shared_ptr<const radau_rule> make_radau_rule(int stages) {
    if (stages < 2) throw invalid_input("a Radau rule needs at least 2 stages, not " + std::to_string(stages));
    static std::mutex guard;
    static std::map<std::pair<int, std::int64_t>, std::shared_ptr<const radau_rule>> made;
    const std::lock_guard lock(guard);
    auto& entry = made[{stages, number::working_bits()}];
    if (!entry) entry = make(stages);
    return entry;
}

}  // namespace eonflow::ode
