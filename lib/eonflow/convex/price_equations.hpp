#pragma once
/// The optimality conditions of separable potentials under equations, in as many unknowns as there are equations.

#include <eonflow/convex/integer_rows.hpp>
#include <eonflow/convex/krawczyk.hpp>
#include <eonflow/convex/potential.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace eonflow::convex {

/// F(nu) = X response(X^T nu + tilt) - y, the gradient of the convex dual function, over integer rows. Works at the working precision.
class Price_equations {
public:
    using functions = std::vector<std::shared_ptr<const Potential_function>>;

    /// `terms` must outlive the equations.
    Price_equations(const Program& program, const functions& terms);

    struct Value {
        std::vector<number::Ball> point;   ///< the responses, one per column
        std::vector<number::Ball> slope;   ///< of the responses
        std::vector<number::Ball> defect;  ///< F, one per row
        [[nodiscard]] bool is_finite() const;
    };
    /// Throws invalid_input if the program's start is outside the domain of a potential.
    [[nodiscard]] Value at(const std::vector<number::Ball>& nu);

    /// The slopes of the responses over a box about a center at which they are known.
    [[nodiscard]] std::vector<number::Ball> slopes_around(const Value& value, const std::vector<number::Ball>& center, const std::vector<number::Ball>& box);

    /// X diag(slope) X^T.
    [[nodiscard]] Ball_matrix jacobian(const std::vector<number::Ball>& slope) const;
    /// X^T nu.
    [[nodiscard]] std::vector<number::Ball> prices_of(const std::vector<number::Ball>& nu) const;
    /// X v, to about the working precision of the largest terms.
    [[nodiscard]] std::vector<number::Ball> rows_times(const std::vector<number::Ball>& v) const;

    /// X diag(slope) X^T v, and X diag(slope) X^T, by midpoints of finite balls: no bound claimed.
    [[nodiscard]] std::vector<number::Ball> about_jacobian_times(const std::vector<number::Ball>& slope, const std::vector<number::Ball>& v) const;
    [[nodiscard]] Ball_matrix about_jacobian(const std::vector<number::Ball>& slope) const;

    [[nodiscard]] std::size_t rows() const { return n_; }
    [[nodiscard]] std::size_t columns() const { return d_; }
    [[nodiscard]] const Integer_rows<number::Integer>& data() const { return rows_; }
    [[nodiscard]] const std::vector<number::Ball>& tilts();

private:
    [[nodiscard]] std::vector<number::Ball> fixed_rows_times(const std::vector<number::Ball>& v) const;

    const functions& terms_;
    Integer_rows<number::Integer> rows_;
    std::size_t n_, d_;
    Ball_matrix x_, transpose_;                            // exact
    std::optional<number::Matrix<std::int64_t>> small_;  // X once more, where its entries are small
    std::vector<number::Rational> start_;
    std::vector<number::Ball> tilts_;
    std::int64_t tilt_bits_ = 0;
};

}  // namespace eonflow::convex
