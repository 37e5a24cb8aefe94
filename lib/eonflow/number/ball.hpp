#pragma once
/// Ball, a number with a rigorous error bound (Arb).

#include <eonflow/number/rational.hpp>

#if __has_include(<flint/arb.h>)
#include <flint/arb.h>
#else
#include <arb.h>
#endif

#include <string>

namespace eonflow::number {

/// A midpoint and a radius; every operation returns a ball that contains all exact results for all points of its operands.
/// Operations round at working_bits(). Undefined operations (division by a ball that contains 0, log of a ball that meets (-inf, 0])
/// give a ball that is not finite.
class Ball {
public:
    Ball() noexcept { arb_init(raw_); }
    Ball(int value) noexcept : Ball() { arb_set_si(raw_, value); }
    explicit Ball(const Rational& value);
    /// The exact value of `value`, radius 0.
    explicit Ball(const Real& value);
    Ball(const Real& midpoint, const Real& radius);
    Ball(const Ball& other) noexcept : Ball() { arb_set(raw_, other.raw_); }
    Ball(Ball&& other) noexcept : Ball() { arb_swap(raw_, other.raw_); }
    Ball& operator=(const Ball& other) noexcept {
        arb_set(raw_, other.raw_);
        return *this;
    }
    Ball& operator=(Ball&& other) noexcept {
        arb_swap(raw_, other.raw_);
        return *this;
    }
    ~Ball() { arb_clear(raw_); }

    Ball& operator+=(const Ball& other);
    Ball& operator-=(const Ball& other);
    Ball& operator*=(const Ball& other);
    Ball& operator/=(const Ball& other);
    friend Ball operator+(Ball a, const Ball& b) { return a += b; }
    friend Ball operator-(Ball a, const Ball& b) { return a -= b; }
    friend Ball operator*(Ball a, const Ball& b) { return a *= b; }
    friend Ball operator/(Ball a, const Ball& b) { return a /= b; }
    friend Ball operator-(Ball a) {
        arb_neg(a.raw_, a.raw_);
        return a;
    }

    [[nodiscard]] bool is_finite() const noexcept { return arb_is_finite(raw_) != 0; }
    /// Whether every point of the ball is > 0, < 0, not 0.
    [[nodiscard]] bool is_positive() const noexcept { return arb_is_positive(raw_) != 0; }
    [[nodiscard]] bool is_negative() const noexcept { return arb_is_negative(raw_) != 0; }
    [[nodiscard]] bool is_nonzero() const noexcept { return arb_is_nonzero(raw_) != 0; }
    [[nodiscard]] bool contains_zero() const noexcept { return arb_contains_zero(raw_) != 0; }
    [[nodiscard]] bool contains(const Rational& x) const;
    [[nodiscard]] bool contains(const Ball& other) const noexcept { return arb_contains(raw_, other.raw_) != 0; }
    [[nodiscard]] bool overlaps(const Ball& other) const noexcept { return arb_overlaps(raw_, other.raw_) != 0; }

    /// The midpoint rounded to the working precision; an upper bound of the radius.
    [[nodiscard]] Real midpoint() const;
    [[nodiscard]] Real radius() const;
    /// Decimal digits that every point of the ball shares relative to its size (0 if it contains 0).
    [[nodiscard]] std::int64_t accurate_digits() const noexcept;
    /// "[midpoint +/- radius]" with at most `digits` digits, all of them right.
    [[nodiscard]] std::string text(std::int64_t digits) const;

    [[nodiscard]] arb_ptr raw() noexcept { return raw_; }
    [[nodiscard]] arb_srcptr raw() const noexcept { return raw_; }

private:
    arb_t raw_;
};

Ball sqrt(const Ball& x);
Ball exp(const Ball& x);
Ball log(const Ball& x);
Ball sin(const Ball& x);
Ball cos(const Ball& x);
Ball tan(const Ball& x);
Ball sinh(const Ball& x);
Ball cosh(const Ball& x);
Ball tanh(const Ball& x);
Ball asin(const Ball& x);
Ball acos(const Ball& x);
Ball atan(const Ball& x);
Ball asinh(const Ball& x);
Ball acosh(const Ball& x);
Ball atanh(const Ball& x);
Ball log1p(const Ball& x);
Ball expm1(const Ball& x);
Ball abs(const Ball& x);
/// x^exponent for rational exponents: real roots of x > 0, and of any x with the usual sign rules when the exponent is an integer.
Ball pow(const Ball& x, const Rational& exponent);

}  // namespace eonflow::number
