#pragma once
/// The limit direction of leaky ReLU networks with fixed output weights on nearly orthogonal data, all of it in rational numbers.
/// Source: Frei, Vardi, Bartlett, Srebro, Hu 2023; the certificate of global optimality is derived in docs/numerics/leaky.md.

#include <eonflow/convex/solve.hpp>
#include <eonflow/flow/problem.hpp>

namespace eonflow::limit {

using number::Rational;

/// f(x; w) = a sum_{j in positive} phi(<w_j, x>) - a sum_{j in negative} phi(<w_j, x>), phi(z) = max(z, slope z).
struct Leaky_network {
    std::size_t positive = 0, negative = 0;  ///< numbers of units
    Rational output = 1;                     ///< a > 0
    Rational slope;                          ///< in (0, 1)
};

/// Squares of the shortest and the longest sample, and the largest |<x_i, x_k>|, i != k (0 for one sample).
struct Geometry {
    Rational shortest, longest, overlap;

    [[nodiscard]] Rational ratio() const { return longest / shortest; }  ///< R^2 = R_max^2/R_min^2
};

/// Throws invalid_input for a sample that is 0.
[[nodiscard]] Geometry geometry_of(const number::Matrix<Rational>& X);

/// The solution of min m_1 |v|^2 + m_2 |u|^2 subject to a m_1 <v, x_i> - slope a m_2 <u, x_i> >= 1 on the positive samples and
/// a m_2 <u, x_i> - slope a m_1 <v, x_i> >= 1 on the negative ones. All positive units equal v in the limit, all negative ones u.
struct Leaky_limit {
    Leaky_network network;
    convex::Solution solution;       ///< over (v, u); infeasible where it is
    std::vector<Rational> v, u;
    std::vector<Rational> z;         ///< a (m_1 v - m_2 u): sign f(x) = sign <z, x>
    std::vector<Rational> multipliers;  ///< one a sample: v = a (sum_+ l_i x_i - slope sum_- l_i x_i), u with the signs exchanged

    /// y_i f(x_i) of the network itself, kinks included.
    [[nodiscard]] std::vector<Rational> margins(const flow::Data& data) const;
    /// Whether <v, x_i> > 0 > <u, x_i> for the positive samples, and the reverse for the negative ones.
    [[nodiscard]] bool signs_as_claimed(const flow::Data& data) const;
    /// Whether the multipliers prove that no network of these signs has a smaller |W|_F with all margins >= 1 (zero duality gap in parameter space).
    /// False means not proved.
    [[nodiscard]] bool proves_global_optimality(const flow::Data& data) const;
};

/// Throws invalid_input unless both signs have units, a > 0 and 0 < slope < 1.
[[nodiscard]] Leaky_limit leaky_limit(const flow::Data& data, const Leaky_network& network);

}  // namespace eonflow::limit
