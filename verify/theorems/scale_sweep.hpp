#pragma once
/// Sweeps of the scale of the start for regression with diagonal networks.

#include <verify/theorem.hpp>

namespace eonflow::verify {

/// The claims that such a sweep judges.
struct ScaleClaims {
    Statement limit;  ///< the limit is the minimizer, at each scale
    Statement small;  ///< the order in which the coordinates outside the weighted l1 interpolator vanish as alpha -> 0
    Statement large;  ///< the order in which the limit tends to the weighted l2 interpolator as alpha -> infinity
};

/// `alpha` multiplies the start of a `diagonal` network (v_1 = ... = v_{L-1} in size, v_L = 0) or of u^D - v^D (u = v > 0) in regression.
[[nodiscard]] Sweep sweep_of_scale(const ScaleClaims& claims, const std::string& instance);

}  // namespace eonflow::verify
