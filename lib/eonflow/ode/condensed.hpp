#pragma once
/// What is left of the linear systems of an implicit step once algebraic unknowns are eliminated stage by stage; private to stage_solver.

#include <eonflow/number/matrix.hpp>
#include <eonflow/number/real.hpp>

#include <memory>
#include <vector>

namespace eonflow::ode {

/// E x_i - sum_j A_ij (F_j x_j + H_j w_j) = r_i,  G_i x_i + K_i w_i = q_i,  for the stages i, j; d unknowns x_i and k unknowns w_i.
/// Vectors hold stage after stage, x_i then w_i, and r_i then q_i.
template <class T>
struct condensed_system {
    number::Matrix<T> butcher;          ///< A
    std::vector<T> identity;            ///< the diagonal of E
    std::vector<number::Matrix<T>> f;   ///< F_j beside H_j, d rows
    std::vector<number::Matrix<T>> g;   ///< G_j beside K_j, k rows

    [[nodiscard]] std::size_t stages() const noexcept { return f.size(); }
    [[nodiscard]] std::size_t states() const noexcept { return identity.size(); }
    [[nodiscard]] std::size_t width() const noexcept { return f.front().columns(); }  ///< d + k
};

/// Solves such a system, or the transposed one, in place. No bound claimed.
template <class T>
class condensed_solver {
public:
    virtual ~condensed_solver() = default;
    virtual void solve(std::vector<T>& v) const = 0;
    virtual void solve_transposed(std::vector<T>& v) const = 0;
};

/// By one LU factorization of all stages together. Throws numerical_error if the matrix is singular in the arithmetic of T.
template <class T>
[[nodiscard]] std::unique_ptr<condensed_solver<T>> direct_solver(const condensed_system<T>& system);
extern template std::unique_ptr<condensed_solver<double>> direct_solver(const condensed_system<double>&);
extern template std::unique_ptr<condensed_solver<number::Real>> direct_solver(const condensed_system<number::Real>&);

/// By GMRES to a relative residual of about 10^-13, preconditioned with the mean of the matrices F_j, H_j, G_j, K_j over the stages: these systems split, by
/// the real Schur form of A, into half as many complex ones of the width of a single stage as there are stages. Costs about s^2/4 times less than the
/// direct way. Throws numerical_error if a mean matrix is singular, and where GMRES does not converge.
[[nodiscard]] std::unique_ptr<condensed_solver<double>> split_solver(condensed_system<double> system);

}  // namespace eonflow::ode
