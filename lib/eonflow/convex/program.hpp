#pragma once
/// Convex programs over exact data: an objective, and rows a_i . w >= b_i or a_i . w = b_i.

#include <eonflow/convex/shared_matrix.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace eonflow::convex {

/// 1/2 sum_j weights[j] (w_j - center[j])^2, every weight > 0.
struct Quadratic {
    std::vector<number::Rational> weights;
    std::vector<number::Rational> center;
};

/// sum_j up[j] max(w_j, 0) + down[j] max(-w_j, 0), every weight >= 0; an absent weight is infinite and forbids that sign.
struct Absolute {
    using Weight = std::optional<number::Rational>;
    std::vector<Weight> up;
    std::vector<Weight> down;
};

/// One potential h (potential.hpp): of the catalogue by its name there and its parameters, or of the caller's own by a formula. It counts `weight` > 0 times.
struct Potential {
    std::string family;
    std::vector<number::Rational> parameters = {};
    std::string formula = {};                     ///< of the families "derivative", "second_derivative" and "rho"
    std::optional<number::Rational> low = {}, high = {};  ///< the open interval of the formula's variable; absent: no end on that side
    number::Rational weight = 1;

    friend bool operator==(const Potential&, const Potential&) = default;
};

/// sum_j terms[j](w_j) - tilt_j w_j with strictly convex terms; tilt_j = 0, or terms[j]'(start[j]) where a start is given (Bregman projection of `start`).
/// Rows are equations only.
struct Separable {
    std::vector<Potential> terms;
    std::vector<number::Rational> start;
};

/// sum_g weights[g] |w_g|_2 over consecutive groups of the given sizes; group norms of real and imaginary parts are complex moduli.
struct Group_norm {
    std::vector<std::size_t> sizes;
    std::vector<number::Rational> weights;
};

/// sum_k |(F w)_k|, F the unitary discrete Fourier transform of length d: the limit of two-layer circular convolution.
struct Fourier_norm {};

/// Sum of the singular values of w read by rows as a rows x columns matrix. Rows of the program are equations only.
struct Nuclear_norm {
    std::size_t rows;
    std::size_t columns;
};

/// sum_j |w_j|^(2/depth), depth >= 3: not convex; its stationary points are what is asked for.
struct Concave_power {
    std::size_t depth;
};

using Objective = std::variant<Quadratic, Absolute, Separable, Group_norm, Fourier_norm, Nuclear_norm, Concave_power>;

enum class Relation { at_least, equal };

/// Minimize `objective` over w in R^d subject to matrix (n x d) row i . w  (relation[i])  right[i]. Cheap to copy.
struct Program {
    Objective objective;
    Shared_matrix matrix;
    std::vector<number::Rational> right;
    std::vector<Relation> relation;

    [[nodiscard]] std::size_t rows() const noexcept { return matrix.rows(); }
    [[nodiscard]] std::size_t columns() const noexcept { return matrix.columns(); }
};

/// Throws invalid_input if sizes do not fit together or a weight has the wrong sign.
void validate(const Program& program);

/// Rows y_i x_i.
[[nodiscard]] number::Matrix<number::Rational> signed_rows(number::Matrix<number::Rational> x, const std::vector<number::Rational>& y);

/// min 1/2 sum_j weights_j w_j^2 subject to Z w >= 1; no weights: all 1.
[[nodiscard]] Program l2_margin(number::Matrix<number::Rational> z, std::vector<number::Rational> weights = {});

/// min sum_j weights_j |w_j| subject to Z w >= 1; no weights: all 1.
[[nodiscard]] Program l1_margin(number::Matrix<number::Rational> z, std::vector<number::Rational> weights = {});

/// min sum_g weights_g |w_g|_2 subject to Z w >= 1 over consecutive groups of these sizes; no weights: all 1.
[[nodiscard]] Program group_margin(number::Matrix<number::Rational> z, std::vector<std::size_t> sizes, std::vector<number::Rational> weights = {});

/// min sum_k |(F w)_k| subject to Z w >= 1.
[[nodiscard]] Program fourier_margin(number::Matrix<number::Rational> z);

/// min sum_j |w_j|^(2/depth) subject to Z w >= 1, depth >= 3 (not convex).
[[nodiscard]] Program concave_margin(number::Matrix<number::Rational> z, std::size_t depth);

/// min sum_j up_j max(w_j, 0) + down_j max(-w_j, 0) subject to X w = y; no `down`: the same as `up`; no `up`: all 1.
[[nodiscard]] Program basis_pursuit(number::Matrix<number::Rational> x, std::vector<number::Rational> y, std::vector<number::Rational> up = {},
                                    std::vector<number::Rational> down = {});

/// min 1/2 sum_j weights_j (w_j - center_j)^2 subject to X w = y; no weights: all 1, no center: 0.
[[nodiscard]] Program least_norm(number::Matrix<number::Rational> x, std::vector<number::Rational> y, std::vector<number::Rational> weights = {},
                                 std::vector<number::Rational> center = {});

/// min 1/2 |A v - b|^2 over v >= 0, written as its dual: min 1/2 |w - b|^2 subject to -A^T w >= 0. The minimizer w is the residual b - A v,
/// and the multipliers are v.
[[nodiscard]] Program nonnegative_least_squares(const number::Matrix<number::Rational>& a, std::vector<number::Rational> b);

/// min |M|_* subject to <A_i, M> = y_i.
[[nodiscard]] Program nuclear_norm(const std::vector<number::Matrix<number::Rational>>& measurements, std::vector<number::Rational> y);

/// min sum_j terms_j(w_j) - terms_j'(start_j) w_j subject to X w = y; no start: no tilt.
[[nodiscard]] Program bregman(number::Matrix<number::Rational> x, std::vector<number::Rational> y, std::vector<Potential> terms,
                              std::vector<number::Rational> start = {});

}  // namespace eonflow::convex
