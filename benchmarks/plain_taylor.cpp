#include "plain_taylor.hpp"

#include <algorithm>
#include <cmath>

namespace eonflow::benchmarks {

using series::product;
using series::rule;

plain_taylor::plain_taylor(const series::program& p, std::int64_t bits, std::int64_t digits, int order)
    : program_(p), values_(p.variables.size() * static_cast<std::size_t>(order + 1)), constants_(p.variables.size()), digits_(digits), order_(order) {
    const auto precision = static_cast<mpfr_prec_t>(bits);
    for (auto& v : values_) mpfr_init2(&v, precision), mpfr_set_zero(&v, 1);
    for (std::size_t i = 0; i < constants_.size(); ++i) {
        mpfr_init2(&constants_[i], precision);
        mpfr_set_q(&constants_[i], p.variables[i].value.backend().data(), MPFR_RNDN);
        coefficients_.emplace_back(p.variables[i].terms.size());
        for (std::size_t t = 0; t < coefficients_[i].size(); ++t) {
            mpfr_init2(&coefficients_[i][t], precision);
            mpfr_set_q(&coefficients_[i][t], p.variables[i].terms[t].coefficient.backend().data(), MPFR_RNDN);
        }
    }
    for (mpfr_ptr x : {static_cast<mpfr_ptr>(sum_), static_cast<mpfr_ptr>(product_), static_cast<mpfr_ptr>(part_)}) mpfr_init2(x, precision);
}

plain_taylor::~plain_taylor() {
    for (auto& v : values_) mpfr_clear(&v);
    for (auto& c : constants_) mpfr_clear(&c);
    for (auto& list : coefficients_)
        for (auto& c : list) mpfr_clear(&c);
    mpfr_clears(sum_, product_, part_, static_cast<mpfr_ptr>(nullptr));
}

void plain_taylor::start(const std::vector<number::Rational>& state) {
    for (std::size_t i = 0; i < state.size(); ++i) mpfr_set_q(at(i, 0), state[i].backend().data(), MPFR_RNDN);
}

/// sum_ = order k of the terms of variable i
void plain_taylor::right_side(std::size_t i, int k) {
    const series::variable& v = program_.variables[i];
    if (k == 0)
        mpfr_set(sum_, &constants_[i], MPFR_RNDN);
    else
        mpfr_set_zero(sum_, 1);
    for (std::size_t n = 0; n < v.terms.size(); ++n) {
        const product& t = v.terms[n];
        mpfr_srcptr part = at(t.left, k);
        if (t.right != series::nothing) {
            mpfr_mul(part_, at(t.left, 0), at(t.right, k), MPFR_RNDN);
            for (int j = 1; j <= k; ++j) {
                mpfr_mul(product_, at(t.left, j), at(t.right, k - j), MPFR_RNDN);
                mpfr_add(part_, part_, product_, MPFR_RNDN);
            }
            part = part_;
        }
        if (t.coefficient == 1) {
            mpfr_add(sum_, sum_, part, MPFR_RNDN);
        } else if (t.coefficient == -1) {
            mpfr_sub(sum_, sum_, part, MPFR_RNDN);
        } else {
            mpfr_mul(product_, part, &coefficients_[i][n], MPFR_RNDN);
            mpfr_add(sum_, sum_, product_, MPFR_RNDN);
        }
    }
}

/// Order k of a variable that is no state; of the functions only exp, which is what the benchmark problems have.
void plain_taylor::coefficient(std::size_t i, int k) {
    const series::variable& v = program_.variables[i];
    if (v.how == rule::sum) {
        right_side(i, k);
        mpfr_set(at(i, k), sum_, MPFR_RNDN);
    } else if (k == 0) {
        mpfr_exp(at(i, 0), at(v.argument, 0), MPFR_RNDN);
    } else {
        mpfr_set_zero(sum_, 1);
        for (int j = 1; j <= k; ++j) {
            mpfr_mul(product_, at(v.argument, j), at(i, k - j), MPFR_RNDN);
            mpfr_mul_ui(product_, product_, static_cast<unsigned long>(j), MPFR_RNDN);
            mpfr_add(sum_, sum_, product_, MPFR_RNDN);
        }
        mpfr_div_ui(at(i, k), sum_, static_cast<unsigned long>(k), MPFR_RNDN);
    }
}

void plain_taylor::expand() {
    for (int k = 0; k < order_; ++k) {
        for (std::size_t i = program_.states; i < program_.variables.size(); ++i) coefficient(i, k);
        for (std::size_t i = 0; i < program_.states; ++i) {
            right_side(i, k);
            mpfr_div_ui(at(i, k + 1), sum_, static_cast<unsigned long>(k + 1), MPFR_RNDN);
        }
    }
}

void plain_taylor::advance(const number::Rational& end) {
    mpfr_t time, step, last;
    mpfr_inits2(mpfr_get_prec(sum_), time, step, last, static_cast<mpfr_ptr>(nullptr));
    mpfr_set_zero(time, 1);
    mpfr_set_q(last, end.backend().data(), MPFR_RNDN);
    const auto log_size = [](mpfr_srcptr x) {
        long exponent = 0;
        const double mantissa = std::abs(mpfr_get_d_2exp(&exponent, x, MPFR_RNDN));
        return std::log2(mantissa) + static_cast<double>(exponent);
    };
    while (mpfr_less_p(time, last) != 0) {
        expand();
        double log_step = 1e300;
        for (std::size_t i = 0; i < program_.states; ++i) {
            const double scale = std::max(log_size(at(i, 0)), log_size(at(i, 1)) - 3);
            for (const int k : {order_ - 1, order_})
                if (mpfr_zero_p(at(i, k)) == 0) log_step = std::min(log_step, (scale - log_size(at(i, k))) / k);
        }
        log_step -= static_cast<double>(digits_) * std::log2(10.0) / (order_ + 1);
        mpfr_set_d(step, std::exp2(log_step - std::floor(log_step)), MPFR_RNDN);
        mpfr_mul_2si(step, step, static_cast<long>(std::floor(log_step)), MPFR_RNDN);
        mpfr_add(product_, time, step, MPFR_RNDN);
        if (mpfr_greater_p(product_, last) != 0) mpfr_sub(step, last, time, MPFR_RNDN), mpfr_set(product_, last, MPFR_RNDN);
        mpfr_set(time, product_, MPFR_RNDN);
        for (std::size_t i = 0; i < program_.states; ++i) {
            mpfr_set(sum_, at(i, order_), MPFR_RNDN);
            for (int k = order_ - 1; k >= 0; --k) {
                mpfr_mul(sum_, sum_, step, MPFR_RNDN);
                mpfr_add(sum_, sum_, at(i, k), MPFR_RNDN);
            }
            mpfr_set(at(i, 0), sum_, MPFR_RNDN);
        }
        ++steps_;
    }
    mpfr_clears(time, step, last, static_cast<mpfr_ptr>(nullptr));
}

}  // namespace eonflow::benchmarks
