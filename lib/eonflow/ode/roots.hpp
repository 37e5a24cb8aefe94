#pragma once
/// The first zero of a polynomial on an interval, none missed: what events along a Taylor step are found by.

#include <eonflow/number/real.hpp>

#include <optional>
#include <span>

namespace eonflow::ode {

/// Where a polynomial first changes its sign, or cannot be told from touching zero.
struct root {
    number::Real low, high;  ///< in [0, end]; between them a single sign change, or nothing that the precision could resolve
    bool contact = false;    ///< the sign before and after is the same as far as can be told
};

/// The first root of p(s) = sum over k of c_k s^k on (0, end], end <= 1, for coefficients with errors of at most `noise` in sum, and p of the sign of its
/// first coefficient that is not 0 just after s = 0. On every piece [m - h, m + h] of [0, end] the shifted coefficients q_k of p(m + h x) give
/// |q_0| > sum_{k>0} |q_k| (no zero there) or |q_1| > sum_{k>1} k |q_k| (at most one, seen at the ends), or the piece is halved: in double with its rounding
/// bounded, below that resolution in the working precision. Nothing where there is no root.
[[nodiscard]] std::optional<root> first_root(std::span<const number::Real> coefficients, const number::Real& noise, const number::Real& end);

/// Whether sum over k of c_k s^k surely has no zero on [0, end], end <= 1, for coefficients with errors of at most `noise` in sum; false says nothing.
[[nodiscard]] bool surely_no_root(std::span<const double> coefficients, double noise, double end);

}  // namespace eonflow::ode
