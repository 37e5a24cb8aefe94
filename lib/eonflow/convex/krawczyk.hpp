#pragma once
/// Proofs that a system of equations has exactly one zero in a box, and the small Arb wrappers they need.

#include <eonflow/convex/certificate.hpp>
#include <eonflow/number/ball.hpp>

#if __has_include(<flint/arb_mat.h>)
#include <flint/arb_mat.h>
#else
#include <arb_mat.h>
#endif

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace eonflow::convex {

/// The midpoint with radius 0.
[[nodiscard]] number::Ball middle(number::Ball x);

/// The same set as a rational interval.
[[nodiscard]] Interval interval_of(const number::Ball& x);

/// A dense matrix of balls (arb_mat).
class Ball_matrix {
public:
    Ball_matrix(std::size_t rows, std::size_t columns) { arb_mat_init(raw_, static_cast<slong>(rows), static_cast<slong>(columns)); }
    Ball_matrix(Ball_matrix&& other) noexcept {
        arb_mat_init(raw_, 0, 0);
        arb_mat_swap(raw_, other.raw_);
    }
    Ball_matrix(const Ball_matrix&) = delete;
    Ball_matrix& operator=(const Ball_matrix&) = delete;
    Ball_matrix& operator=(Ball_matrix&& other) noexcept {
        arb_mat_swap(raw_, other.raw_);
        return *this;
    }
    ~Ball_matrix() { arb_mat_clear(raw_); }

    [[nodiscard]] arb_ptr at(std::size_t i, std::size_t j) { return arb_mat_entry(raw_, static_cast<slong>(i), static_cast<slong>(j)); }
    [[nodiscard]] arb_srcptr at(std::size_t i, std::size_t j) const { return arb_mat_entry(raw_, static_cast<slong>(i), static_cast<slong>(j)); }
    [[nodiscard]] std::size_t rows() const { return static_cast<std::size_t>(arb_mat_nrows(raw_)); }
    [[nodiscard]] arb_mat_struct* raw() { return raw_; }
    [[nodiscard]] const arb_mat_struct* raw() const { return raw_; }

private:
    arb_mat_t raw_;
};

/// The least e with |midpoint| < 2^e; very negative for 0.
[[nodiscard]] std::int64_t exponent_of_midpoint(const number::Ball& x);

/// matrix v.
[[nodiscard]] std::vector<number::Ball> times(const Ball_matrix& matrix, const std::vector<number::Ball>& v);

/// Approximate solution of linear systems with one matrix, at the precision of its making. No bound claimed.
class Lu_solver {
public:
    explicit Lu_solver(const Ball_matrix& matrix);
    [[nodiscard]] bool usable() const { return usable_; }
    [[nodiscard]] std::vector<number::Ball> solve(const std::vector<number::Ball>& right) const;

private:
    Ball_matrix lu_;
    std::vector<slong> permutation_;
    slong bits_;
    bool usable_;
};

/// A square system of equations that evaluates itself at the working precision.
class Equations {
public:
    virtual ~Equations() = default;
    /// Recomputes data that depend on the working precision.
    virtual void refresh() {}
    [[nodiscard]] virtual std::vector<number::Ball> at(const std::vector<number::Ball>& x) const = 0;
    [[nodiscard]] virtual Ball_matrix jacobian(const std::vector<number::Ball>& x) const = 0;
};

/// Newton's method from a guess, with doubling precision from `first_bits` on, until the step is below 2^-target/2 of the largest unknown; false if it does not settle. No bound claimed.
[[nodiscard]] bool refine(Equations& equations, std::vector<number::Ball>& x, std::int64_t target, std::int64_t first_bits = 128);

/// A box in which F has exactly one zero, and a smaller one that contains it.
struct Enclosure {
    std::vector<number::Ball> box;
    std::vector<number::Ball> image;
};

/// Krawczyk's test. For F(center) in `defect`, a matrix Y (its midpoints count) and an enclosure J of the Jacobian over a box B about the center: if
/// center - Y F(center) + (I - Y J)(B - center) lies in the interior of B, then B contains exactly one zero of F, and that set contains it. B is
/// chosen from Y F(center) and widened a few times; nothing if the test never succeeds, or where `jacobian` gives a matrix of another size or that is not finite.
[[nodiscard]] std::optional<Enclosure> krawczyk(const std::vector<number::Ball>& center, const std::vector<number::Ball>& defect, const Ball_matrix& inverse,
                                               const std::function<Ball_matrix(const std::vector<number::Ball>&)>& jacobian);

/// An approximate inverse at the working precision; nothing if there is none. No bound claimed.
[[nodiscard]] std::optional<Ball_matrix> approximate_inverse(const Ball_matrix& matrix);

}  // namespace eonflow::convex
