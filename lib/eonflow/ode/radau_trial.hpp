#pragma once
/// One attempt at a step of the implicit integrator, and how its numbers are scaled; for radau's own files.

#include <eonflow/ode/radau.hpp>

#include <algorithm>
#include <cmath>

namespace eonflow::ode {

namespace scaling {

constexpr double log2_of_10 = 3.321928094887362;
constexpr double nothing = -1e18;  // log2 of 0
constexpr std::int64_t wide_bits = 64, multiprecision_bits = 192;

inline double log2_of(const number::Real& x) {
    if (x == 0) return nothing;
    long exponent = 0;
    const double mantissa = mpfr_get_d_2exp(&exponent, x.backend().data(), MPFR_RNDN);
    return std::log2(std::abs(mantissa)) + static_cast<double>(exponent);
}
inline double log2_of(double x) { return x == 0 ? nothing : std::log2(std::abs(x)); }

inline number::Real scaled(const number::Real& x, std::int64_t exponent) {
    number::Real result(0);
    mpfr_mul_2si(result.backend().data(), x.backend().data(), static_cast<long>(exponent), MPFR_RNDN);
    return result;
}
inline double scaled(double x, std::int64_t exponent) { return std::ldexp(x, static_cast<int>(std::clamp<std::int64_t>(exponent, -5000, 5000))); }

inline bool is_finite(const number::Real& x) { return mpfr_number_p(x.backend().data()) != 0; }
inline bool is_finite(double x) { return std::isfinite(x); }

}  // namespace scaling

/// One attempt at a step.
struct radau::trial {
    number::Real h;
    double log2_h = 0;
    number::Matrix<number::Real> x, w;               // stage values
    number::Matrix<number::Real> f, slope;           // x' at the stages and its Legendre coefficients
    number::Matrix<number::Real> rx, rw;             // residuals, then corrections
    number::Matrix<number::Real> shape_x, shape_w;   // Legendre coefficients of the accepted stages
    std::vector<std::int64_t> scale; // of x: 2^scale
    double change = 0;               // log2 of the largest change of a state over the step, in scales
    double wanted = 0;               // log2 of the local error allowed, in scales
    number::Matrix<std::int64_t> columns, rows;  // of w and of the constraints, at each stage: unknown w 2^columns, equation 2^-rows
    std::vector<std::int64_t> stiffness;  // of rows of x' too stiff for the range of doubles: equation 2^-stiffness, else 0
    std::vector<double> reach;       // log2 of the relative effect of w on h f
    std::optional<stage_solver<double>> solver;
    std::optional<stage_solver<number::Real>> wide_solver;
    bool finite = true;
    int arithmetic = 0;              // of the matrix: 0 double, 1 double from a wider range, 2 multiprecision
};

}  // namespace eonflow::ode
