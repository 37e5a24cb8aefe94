#pragma once
/// The Radau IIA collocation rule with any number of stages, in Legendre form.

#include <eonflow/number/matrix.hpp>
#include <eonflow/number/real.hpp>

#include <eonflow/number/rational.hpp>

#include <memory>

namespace eonflow::ode {

/// A matrix of fixed-point numbers, for products whose sums are all that counts: entries times 2^bits, rounded.
class fixed_matrix {
public:
    fixed_matrix() = default;
    fixed_matrix(const number::Matrix<number::Real>& entries, std::int64_t bits);

    /// target(i, m) = sum over k of this(i, k) columns(k, m), with an error below rows * 2^(2 - bits) times the largest entry in size of the column m
    /// and of this matrix (at least 1), apart from the rounding of the result. NaN and infinities give NaN.
    void multiply(const number::Matrix<number::Real>& columns, number::Matrix<number::Real>& target) const { multiply(columns, target, bits_); }
    /// The same with entries of only about `bits` bits.
    void multiply(const number::Matrix<number::Real>& columns, number::Matrix<number::Real>& target, std::int64_t bits) const;

private:
    number::Matrix<number::Integer> entries_;
    std::int64_t bits_ = 0;
};

/// Collocation at the s roots c_1 < ... < c_s = 1 of P_s - P_{s-1}, P_k the Legendre polynomials shifted to [0, 1].
/// The Butcher matrix is never formed in high precision: A = integrals * to_legendre, and both factors cost O(s^2) to make.
/// Order 2s - 1 at c_s = 1. Entries carry the precision of the scope they were made in, up to a loss of about 2 log2(s) bits.
struct radau_rule {
    int stages = 0;
    number::Vector nodes;
    number::Matrix<number::Real> to_legendre;  ///< (k, j) = (2k+1) b_j P_k(c_j): values at the nodes -> Legendre coefficients
    number::Matrix<number::Real> integrals;    ///< (i, k) = integral of P_k over [0, c_i]
    fixed_matrix fast_to_legendre, fast_integrals;  ///< the same, for speed
    // The same rounded to double, for the Newton matrix and the error estimate.
    std::vector<double> weights;
    number::Matrix<double> butcher;
    number::Matrix<double> to_legendre_double;
};

/// The rule with `stages` >= 2 stages in the working precision; made once for each pair of the two.
/// Source: E. Hairer, G. Wanner, Solving Ordinary Differential Equations II, section IV.5; Christoffel numbers for the weights.
[[nodiscard]] std::shared_ptr<const radau_rule> make_radau_rule(int stages);

/// P_0(x) ... P_count-1(x), and their integrals over [0, x]; shifted Legendre polynomials, any real x.
[[nodiscard]] number::Vector legendre(const number::Real& x, int count);
[[nodiscard]] number::Vector legendre_integrals(const number::Real& x, int count);

/// target(i, m) = sum over k of a(i, k) b(k, m), each sum rounded term by term.
void multiply(const number::Matrix<number::Real>& a, const number::Matrix<number::Real>& b, number::Matrix<number::Real>& target);

}  // namespace eonflow::ode
