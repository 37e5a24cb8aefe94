#pragma once
/// The yardstick: the Taylor integrator a careful user of MPFR would write, on preallocated mpfr_t arrays, one mpfr_mul and mpfr_add per product.

#include <eonflow/series/program.hpp>

#include <mpfr.h>

#include <vector>

namespace eonflow::benchmarks {

/// Integrates a program without parameters; order and step as in Jorba and Zou (2005), the step from the last two coefficients of each state.
class plain_taylor {
public:
    plain_taylor(const series::program& p, std::int64_t bits, std::int64_t digits, int order);
    ~plain_taylor();
    plain_taylor(const plain_taylor&) = delete;
    plain_taylor& operator=(const plain_taylor&) = delete;

    void start(const std::vector<number::Rational>& state);
    /// Steps from time 0 until `end` > 0.
    void advance(const number::Rational& end);
    [[nodiscard]] double state(std::size_t i) const { return mpfr_get_d(at(i, 0), MPFR_RNDN); }
    void state(std::size_t i, mpfr_ptr value) const { mpfr_set(value, at(i, 0), MPFR_RNDN); }
    [[nodiscard]] int steps() const noexcept { return steps_; }

private:
    [[nodiscard]] mpfr_ptr at(std::size_t i, int k) const { return const_cast<mpfr_ptr>(&values_[i * static_cast<std::size_t>(order_ + 1) + static_cast<std::size_t>(k)]); }
    void coefficient(std::size_t i, int k);
    void right_side(std::size_t i, int k);
    void expand();

    const series::program& program_;
    std::vector<__mpfr_struct> values_;
    std::vector<std::vector<__mpfr_struct>> coefficients_;
    std::vector<__mpfr_struct> constants_;
    mpfr_t sum_, product_, part_;
    std::int64_t digits_;
    int order_;
    int steps_ = 0;
};

}  // namespace eonflow::benchmarks
