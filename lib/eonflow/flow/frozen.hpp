#pragma once
/// A piecewise linear network with its activation pattern held: smooth margins for the late phase, and the watch over the pattern.

#include <eonflow/flow/lifted.hpp>
#include <eonflow/flow/switching.hpp>

namespace eonflow::flow {

class FrozenPattern {
public:
    /// Slopes of sliding kinks may leave their range by `tolerance`, the error they have.
    /// Throws numerical_error for kinks that slide in layers above the first: the surfaces they slide along are not planes.
    FrozenPattern(const Margins& margins, std::vector<side> pattern, const number::Real& tolerance);
    ~FrozenPattern();
    FrozenPattern(FrozenPattern&&) noexcept;
    FrozenPattern& operator=(FrozenPattern&&) noexcept;

    /// The margins as functions of theta alone, slopes put in. Along sliding kinks they are z(P theta) with the orthogonal projection P onto the surface, where the
    /// flow stays: the gradient flow of these is the sliding flow.
    [[nodiscard]] std::shared_ptr<const Margins> margins() const;

    /// Whether the pattern holds on a step of the late phase: every argument, enclosed over the whole step in balls from the Legendre coefficients `shape` of the
    /// direction (one unknown a column), keeps away from 0; and the slopes of sliding kinks at the step's end, `at`, are inside their range.
    [[nodiscard]] bool holds(const number::Matrix<number::Real>& shape, const LatePoint& at);
    /// Whether the pattern holds at a point.
    [[nodiscard]] bool holds(const LatePoint& at);

private:
    struct body;
    std::unique_ptr<body> body_;
};

}  // namespace eonflow::flow
