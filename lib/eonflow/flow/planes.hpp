#pragma once
/// Kinks along hyperplanes: those of the first layer, whose arguments are linear in the weights of one unit.

#include <eonflow/flow/problem.hpp>
#include <eonflow/number/real.hpp>

#include <optional>
#include <utility>

namespace eonflow::flow {

/// u = sum of coefficient * theta[parameter] with rational coefficients.
struct Plane {
    std::size_t group = 0;
    std::vector<std::size_t> parameters;  ///< ascending
    std::vector<Rational> coefficients;
    number::Vector reals;                 ///< the coefficients in the working precision
    std::vector<double> doubles;          ///< and rounded
    number::Real square;                  ///< |coefficients|^2

    [[nodiscard]] number::Real at(std::span<const number::Real> theta) const;
};

/// The subspace of one unit's weights on which some kinks are 0.
class Surface {
public:
    /// `parameters`: of the group, ascending. Kinks whose planes depend on those before them are not in `basis`.
    Surface(const std::vector<const Plane*>& planes, const std::vector<std::size_t>& parameters);

    /// Positions, in the list given, of planes that are independent and span all.
    [[nodiscard]] const std::vector<std::size_t>& basis() const noexcept { return basis_; }
    /// Orthonormal normals, one for each of the basis, over the group's parameters.
    [[nodiscard]] const std::vector<number::Vector>& normals() const noexcept { return normals_; }
    /// The coefficients delta of the planes of the basis for which D + sum_l delta_l grad u_l is along the surface, from tau_r = <normal r, D>.
    [[nodiscard]] number::Vector balance(std::span<const number::Real> tau) const;
    /// Takes from theta its part off the surface.
    void project(std::span<number::Real> theta) const;

private:
    std::vector<std::size_t> parameters_, basis_;
    std::vector<number::Vector> normals_;
    std::vector<number::Vector> orthogonal_;    // the normals, unless these span all: then `normals_` are the unit vectors, which leave nothing behind
    std::vector<number::Vector> gram_schmidt_;  // plane l of the basis = sum_r gram_schmidt_[l][r] orthogonal_[r]
};

/// All planes of a network, in groups (units) that share no parameter.
class Planes {
public:
    struct group {
        std::vector<std::size_t> parameters, kinks;  ///< ascending
    };

    /// Of a graph whose first inputs are `parameters` many, theta.
    Planes(const graph::Graph& graph, const std::vector<model::kink>& kinks, std::size_t parameters);

    /// The plane of kink k, or nullptr where its argument is not linear in theta.
    [[nodiscard]] const Plane* find(std::size_t k) const noexcept { return planes_[k] ? &*planes_[k] : nullptr; }
    [[nodiscard]] const std::vector<group>& groups() const noexcept { return groups_; }
    /// Of the kinks `sliding` of one group.
    [[nodiscard]] Surface surface(std::size_t unit, const std::vector<std::size_t>& sliding) const;

private:
    std::vector<std::optional<Plane>> planes_;  // one a kink
    std::vector<group> groups_;
};

}  // namespace eonflow::flow
