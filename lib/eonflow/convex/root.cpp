#include <eonflow/convex/root.hpp>

#include <algorithm>

namespace eonflow::convex {

using number::Ball;
using number::precision_scope;
using number::Rational;

namespace {

Ball exactly_middle(Ball x) {
    mag_zero(arb_radref(x.raw()));
    return x;
}

Ball nowhere() {
    Ball x;
    arb_indeterminate(x.raw());
    return x;
}

Ball scaled(Ball x, std::int64_t exponent) {
    arb_mul_2exp_si(x.raw(), x.raw(), exponent);
    return x;
}

std::int64_t exponent(const Ball& x) { return number::exponent_of(x.midpoint()); }

/// Of f(x) against the target, by midpoints: -1 below, 1 above; 2 where f is not finite.
int compare(const Monotone& f, const Ball& target, const Ball& x) {
    const Ball value = f.value(x);
    if (!value.is_finite()) return 2;
    const int sign = arf_cmp(arb_midref(value.raw()), arb_midref(target.raw()));
    return f.rising ? sign : -sign;
}

/// The bracket of a root on one side of a point: f is on the near side of its target at `near`, and on the far side, or not finite, at `far`.
struct Bracket {
    Ball near, far;
    bool far_finite = false;
};

constexpr std::int64_t farthest = std::int64_t{1} << 20;  // of distances as powers of two

std::optional<Bracket> bracket_of(const Monotone& f, const Ball& target) {
    const Ball anchor(f.anchor);
    const int here = compare(f, target, anchor);
    if (here == 2) return std::nullopt;
    if (here == 0) return Bracket{anchor, anchor, true};
    const int direction = here < 0 ? 1 : -1;
    const auto& end = direction > 0 ? f.high : f.low;
    // Distances from the anchor grow without bound; those from a finite end fall to 0.
    const auto at = [&](std::int64_t e) {
        if (!end) return anchor + scaled(Ball(direction), e);
        const Ball gap = Ball(*end) - anchor;
        return exactly_middle(Ball(*end) - scaled(gap, -e - 1));
    };
    const auto passed = [&](const Ball& x) {
        const int side = compare(f, target, x);
        return side == 2 || side * direction >= 0 ? (side == 2 ? 2 : 1) : 0;
    };
    Bracket bracket{anchor, anchor, false};
    for (std::int64_t e = 0; e <= farthest; e = e == 0 ? 1 : 2 * e) {
        const Ball x = exactly_middle(at(e));
        const int side = passed(x);
        if (side != 0) {
            bracket.far = x;
            bracket.far_finite = side == 1;
            break;
        }
        bracket.near = x;
        if (2 * e > farthest) return std::nullopt;
    }
    // From an anchor at 0 the root may be many orders nearer.
    if (bracket.near.contains_zero() && f.anchor == 0)
        for (std::int64_t e = 1; e <= farthest; e *= 2) {
            const Ball x = scaled(bracket.far, -e);
            const int side = passed(x);
            if (side == 0) {
                bracket.near = x;
                break;
            }
            bracket.far = x;
            bracket.far_finite = side == 1;
        }
    return bracket;
}

/// Between two points: geometric where their sizes, or their distances from a finite end, are far apart.
Ball between(const Monotone& f, const Ball& a, const Ball& b) {
    const auto far_apart = [](const Ball& x, const Ball& y) { return x.is_nonzero() && y.is_nonzero() && x.is_positive() == y.is_positive() && std::abs(exponent(x) - exponent(y)) > 2; };
    for (const auto* end : {&f.low, &f.high}) {
        if (!*end) continue;
        const Ball x = exactly_middle(a - Ball(**end)), y = exactly_middle(b - Ball(**end));
        if (far_apart(x, y)) return exactly_middle(Ball(**end) + (x.is_positive() ? sqrt(x * y) : -sqrt(x * y)));
    }
    if (far_apart(a, b)) return exactly_middle(a.is_positive() ? sqrt(a * b) : -sqrt(a * b));
    return exactly_middle(scaled(a + b, -1));
}

/// A root to about a quarter of the working precision; nothing if there is none, or it cannot be told.
std::optional<Ball> approximate_root(const Monotone& f, const Ball& target) {
    auto bracket = bracket_of(f, target);
    if (!bracket) return std::nullopt;
    const auto bits = number::working_bits();
    Ball x = bracket->near;
    if (arf_equal(arb_midref(bracket->near.raw()), arb_midref(bracket->far.raw())) != 0) return x;
    for (int iteration = 0; iteration < 4000; ++iteration) {
        const Ball low = arf_cmp(arb_midref(bracket->near.raw()), arb_midref(bracket->far.raw())) < 0 ? bracket->near : bracket->far;
        const Ball high = arf_cmp(arb_midref(bracket->near.raw()), arb_midref(bracket->far.raw())) < 0 ? bracket->far : bracket->near;
        // Newton's step from the last point where f is finite, if it stays inside.
        const Ball value = f.value(x), slope = f.slope(x);
        Ball next = nowhere();
        if (value.is_finite() && slope.is_finite()) next = exactly_middle(x - (value - target) / exactly_middle(slope));
        const bool inside = next.is_finite() && (next - low).is_positive() && (high - next).is_positive();
        if (inside && exponent(next - x) < exponent(next) - bits / 4) return next;
        if (!inside) next = between(f, bracket->near, bracket->far);
        if (!(next - low).is_positive() || !(high - next).is_positive()) return x;  // neighbours at this precision
        const int side = compare(f, target, next);
        const int direction = arf_cmp(arb_midref(bracket->near.raw()), arb_midref(bracket->far.raw())) < 0 ? 1 : -1;
        if (side == 0) return next;
        if (side != 2 && side * direction < 0) {
            bracket->near = next;
        } else {
            bracket->far = next;
            bracket->far_finite = side != 2;
        }
        x = side == 2 ? bracket->near : next;
    }
    return std::nullopt;
}

/// The same by Newton's method from the hint.
std::optional<Ball> root_near(const Monotone& f, const Ball& target) {
    constexpr int most_steps = 12;
    if (!f.hint) return std::nullopt;
    const auto bits = number::working_bits();
    Ball x = exactly_middle(*f.hint);
    for (int k = 0; k < most_steps; ++k) {
        const Ball next = exactly_middle(x - (f.value(x) - target) / f.slope(x));
        if (!next.is_finite()) return std::nullopt;
        if (exponent(next - x) < exponent(next) - bits / 4) return next;
        x = next;
    }
    return std::nullopt;
}

}  // namespace

Ball enclosed_root(const Ball_function& f, const Ball_function& df, const Ball& target, const Ball& z) {
    const std::int64_t bits = number::working_bits();
    const Ball slope = df(z), gap = f(z) - target, defect = gap / slope;
    if (!defect.is_finite()) return nowhere();
    for (int inflation = 1; inflation <= 3; ++inflation) {
        Ball box = z;
        const Ball spread = scaled(defect, inflation);
        arb_add_error(box.raw(), spread.raw());
        // The subtraction below rounds as well.
        if (!z.contains_zero()) arb_add_error_2exp_si(box.raw(), exponent(z) - bits + 2 * inflation);
        const Ball image = z - gap / df(box);
        if (image.is_finite() && box.contains(image)) return image;
    }
    return nowhere();
}

Ball increasing_root(const Ball_function& f, const Ball_function& df, const Ball& target, const Ball& start) {
    const std::int64_t bits = number::working_bits();
    const Ball wanted = exactly_middle(abs(target));
    Ball z = exactly_middle(start);
    if (!z.is_finite() || !target.is_finite()) return nowhere();
    std::int64_t previous = std::int64_t{1} << 60;
    for (int iteration = 0; iteration < 400; ++iteration) {
        const Ball step = exactly_middle((f(z) - wanted) / df(z));
        if (!step.is_finite()) return nowhere();
        z = exactly_middle(z - step);
        if (z.is_negative()) z = exactly_middle(scaled(z + step, -1));
        if (arf_is_zero(arb_midref(step.raw()))) break;
        const std::int64_t size = exponent(step) - exponent(z);
        // At the rounding floor the steps stop shrinking.
        if (size < 2 - bits || (size < -bits / 2 && size >= previous)) break;
        previous = size;
    }
    if (arf_sgn(arb_midref(target.raw())) < 0) z = -z;
    return enclosed_root(f, df, target, z);
}

Ball monotone_root(const Monotone& f, const Ball& target) {
    constexpr std::int64_t few_bits = 96;
    const std::int64_t bits = number::working_bits();
    if (!target.is_finite()) return nowhere();
    std::optional<Ball> z;
    std::int64_t known = 0;
    for (std::int64_t coarse = few_bits; !z; coarse *= 2) {
        const precision_scope scope(std::min(coarse, bits));
        z = root_near(f, exactly_middle(target));
        if (!z) z = approximate_root(f, exactly_middle(target));
        known = scope.bits() / 4;
        if (coarse >= bits) break;
    }
    if (!z) return nowhere();
    for (; 2 * known < bits; known *= 2) {
        const precision_scope scope(std::min(bits, 2 * known + 32));
        const Ball step = exactly_middle((f.value(*z) - target) / f.slope(*z));
        if (!step.is_finite()) return nowhere();
        z = exactly_middle(*z - step);
    }
    // The proof subtracts one step more, so that half of the bits do before it.
    return enclosed_root(f.value, f.slope, target, *z);
}

}  // namespace eonflow::convex
