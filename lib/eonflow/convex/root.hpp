#pragma once
/// Proved solutions of f(z) = target for monotone functions of one variable.

#include <eonflow/number/ball.hpp>

#include <functional>
#include <optional>

namespace eonflow::convex {

using Ball_function = std::function<number::Ball(const number::Ball&)>;

/// The solution of f(z) = target near z, to all bits of the working precision and with proof (interval Newton with the derivative df); contains the solution for every
/// target in the ball. Not finite if the proof fails.
[[nodiscard]] number::Ball enclosed_root(const Ball_function& f, const Ball_function& df, const number::Ball& target, const number::Ball& z);

/// The z >= 0 (to the sign of `target`: odd functions) with f(z) = target for an increasing f with derivative df > 0, proved. Newton's method from `start`; not finite if it does not settle.
[[nodiscard]] number::Ball increasing_root(const Ball_function& f, const Ball_function& df, const number::Ball& target, const number::Ball& start);

/// A strictly monotone function on an open interval.
struct Monotone {
    Ball_function value, slope;                ///< not finite outside the interval
    bool rising = true;
    std::optional<number::Rational> low, high;  ///< the ends; absent: infinite
    number::Rational anchor;                   ///< a point inside
    std::optional<number::Ball> hint = {};     ///< where the answer may be near
};

/// The z with f(z) = target, proved. Newton's method from the hint, or, where that does not lead there, a bracket: it is looked for by growing and shrinking distances from the anchor (or from a finite end), narrowed by safeguarded Newton steps in few
/// bits, and Newton's method goes on from there with doubling precision. Not finite where f does not take the value, or the working precision cannot prove it.
[[nodiscard]] number::Ball monotone_root(const Monotone& f, const number::Ball& target);

}  // namespace eonflow::convex
