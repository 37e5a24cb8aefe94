#pragma once
/// The central path of a convex program at the working precision: the starting points of proofs where double cannot tell what is active.

#include <eonflow/convex/krawczyk.hpp>

#include <functional>
#include <optional>
#include <vector>

namespace eonflow::convex {

/// A concave barrier at a point inside its domain: its gradient, and R with Hessian -R R^T.
struct Barrier_point {
    std::vector<number::Ball> gradient;
    Ball_matrix root;
};
/// Double tells slacks down to about 1e-8 of the largest; this many bits, down to the fourth root of 2^-path_bits.
inline constexpr std::int64_t path_bits = 512;

/// Nothing for a point that is not certainly inside.
using Barrier = std::function<std::optional<Barrier_point>(const std::vector<number::Ball>&)>;

/// Follows the maximizers of slope . x + mu barrier(x) as mu falls by factors of 16, by damped Newton steps at the working precision from `x` inside, and shows each of them to `visit` with its mu, until
/// `visit` says true, a system is singular or mu / |slope . x| comes below the fourth root of the working precision's epsilon. No bound claimed.
void follow_central_path(const std::vector<number::Ball>& slope, const Barrier& barrier, std::vector<number::Ball> x,
                         const std::function<bool(const std::vector<number::Ball>&, const number::Ball&)>& visit);

/// On the path two factors have the product mu, and as mu falls one of them comes to rest: at which the pair tells what is active.
class Complementary_pairs {
public:
    enum class Side { first, second, open };

    /// Takes pair k's values at the next point; the sides for which the last two points speak.
    [[nodiscard]] std::vector<Side> next(std::vector<number::Ball> first, std::vector<number::Ball> second);

private:
    std::vector<number::Ball> first_, second_;
};

}  // namespace eonflow::convex
