#pragma once
/// The linear systems of an implicit Runge-Kutta step for a differential-algebraic system.

#include <eonflow/number/matrix.hpp>
#include <eonflow/number/real.hpp>

#include <memory>
#include <vector>

namespace eonflow::ode {

/// The derivatives of x' = f(x, w), 0 = g(x, w) at one stage, in scaled unknowns: all entries of g at most about 1.
template <class T>
struct stage_jacobian {
    number::Matrix<T> f;  ///< d rows, d + a columns
    number::Matrix<T> g;  ///< a rows, d + a columns
};

/// Solves, for all stages i at once,  E dx_i - h sum_j A_ij (f_x dx_j + f_w dw_j) = r_i,  g_x dx_i + g_w dw_i = q_i, E diagonal: rows so stiff that they
/// leave the range of T are scaled down as a whole, and their entry of E, otherwise 1, with them.
/// Algebraic unknowns that the equations of every stage determine well are eliminated stage by stage (partial pivoting with the threshold 1/100);
/// the rest, of index 2 in the limit, stay in one dense LU factorization of all stages, or, for larger systems in double, in an iteration that is
/// preconditioned by factorizations of the width of one stage (condensed.hpp).
/// T is double (Eigen) or Real (Arb's floating-point LU, in the working precision). No bound claimed: Newton's contraction is the check.
template <class T>
class stage_solver {
public:
    /// `scaled_butcher` is h A. Throws numerical_error if the matrix is singular in the arithmetic of T.
    stage_solver(number::Matrix<T> scaled_butcher, std::vector<stage_jacobian<T>> stages, std::vector<T> identity);
    ~stage_solver();
    stage_solver(stage_solver&&) noexcept;
    stage_solver& operator=(stage_solver&&) noexcept;

    /// In: r_i and q_i as rows of `x` (s x d) and `w` (s x a). Out: dx_i and dw_i.
    void solve(number::Matrix<T>& x, number::Matrix<T>& w) const;

    /// Row j: h sum_i A_ij (the sensitivity of <u, dx_s> to r_i), which is h b_j times the adjoint solution at stage j. u is `weights` seen through one
    /// implicit Euler step at the last stage, transposed: it damps the stiff directions, where the boundary layer of the adjoint meets a defect that
    /// vanishes at the last stage.
    [[nodiscard]] number::Matrix<T> adjoint(const std::vector<T>& weights) const;

    /// Products that the factorization costs, about.
    [[nodiscard]] double price() const noexcept;

private:
    struct factors;
    std::unique_ptr<factors> factors_;
};

extern template class stage_solver<double>;
extern template class stage_solver<number::Real>;

}  // namespace eonflow::ode
