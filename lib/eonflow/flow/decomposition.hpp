#pragma once
/// The data tensor of a model that is linear in x and in each of its layers, and its orthogonal decomposition.

#include <eonflow/flow/problem.hpp>

namespace eonflow::flow {

/// f(x) = sum over (i_1, ..., i_L; k) of entry * v_1[i_1] ... v_L[i_L] x[k]; a layer that is a matrix counts as the vector of its entries.
struct DataTensor {
    std::vector<std::size_t> shape;  ///< lengths of the layers
    std::size_t features = 0;
    std::vector<Rational> entries;   ///< (i_1, ..., i_L; k) by rows, k last

    [[nodiscard]] std::size_t positions() const noexcept { return entries.size() / features; }
    /// sum_k x[k] M_k, entries by rows.
    [[nodiscard]] std::vector<Rational> at(std::span<const Rational> x) const;
};

/// Throws invalid_input where the model is not linear in x, has no layers, or has more than 100 000 entries.
[[nodiscard]] DataTensor data_tensor(const model::Model& model);

struct Complex {
    number::Real re, im;

    friend Complex operator+(const Complex& a, const Complex& b) { return {a.re + b.re, a.im + b.im}; }
    friend Complex operator-(const Complex& a, const Complex& b) { return {a.re - b.re, a.im - b.im}; }
    friend Complex operator*(const Complex& a, const Complex& b) { return {a.re * b.re - a.im * b.im, a.re * b.im + a.im * b.re}; }
};

[[nodiscard]] inline Complex conjugate(const Complex& a) { return {a.re, -a.im}; }
[[nodiscard]] inline number::Real square_modulus(const Complex& a) { return a.re * a.re + a.im * a.im; }

/// M(x) = sum_j (S x)_j u_1j (x) ... (x) u_Lj, where the columns u_l1, u_l2, ... of each U_l are orthonormal and S has full row rank.
struct Decomposition {
    enum class outcome : std::uint8_t { real, complex, none, undecided };
    outcome found = outcome::undecided;
    std::string evidence;                      ///< what decides, for people
    std::vector<number::Matrix<Complex>> U;    ///< k_l x m, to the working precision (no bound claimed; `evidence` has the digits to which they give M back)
    number::Matrix<Complex> S;                 ///< m x d
    std::vector<number::Matrix<Rational>> exact_U;  ///< the same exactly, where everything is rational; else empty
    number::Matrix<Rational> exact_S;

    [[nodiscard]] bool exists() const noexcept { return found == outcome::real || found == outcome::complex; }
    [[nodiscard]] bool is_rational() const noexcept { return !exact_U.empty(); }
    [[nodiscard]] std::size_t components() const noexcept { return S.rows(); }
    /// (U_l^T v)_j for the layer l, in the precision of the caller's scope.
    [[nodiscard]] std::vector<Complex> along(std::size_t l, std::span<const number::Real> v) const;
};

/// Whether there is a decomposition, and which. That there is none is decided exactly: slices of M that share two of its directions are A = U_l D U_p^T with diagonal D, so
/// that all products A B^T, and all A^T B, commute (are symmetric, for real U) — for two layers this is sufficient as well. Where they do, U_l is read
/// off the eigenvectors of M M^H at a generic complex x, unfolded along l, and M is put together again.
/// The networks `diagonal` and full-length `convolution` have U_l = I and U_l = F^H without search. Needs at least 2 layers.
[[nodiscard]] Decomposition decompose(const model::Model& model);

}  // namespace eonflow::flow
