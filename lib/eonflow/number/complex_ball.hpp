#pragma once
/// Complex_ball, a complex number with rigorous error bounds (Arb).

#include <eonflow/number/ball.hpp>

#if __has_include(<flint/acb.h>)
#include <flint/acb.h>
#else
#include <acb.h>
#endif

namespace eonflow::number {

/// A rectangle of the complex plane; every operation returns one that contains all exact results for all points of its operands. Operations round at working_bits().
/// Functions are the principal branches. A result is not finite unless the function is holomorphic on all of the operand: where it has a pole, and on branch cuts,
/// which on the real line are where the real function ends.
class Complex_ball {
public:
    Complex_ball() noexcept { acb_init(raw_); }
    Complex_ball(int value) noexcept : Complex_ball() { acb_set_si(raw_, value); }
    explicit Complex_ball(const Rational& value) : Complex_ball(Ball(value)) {}
    explicit Complex_ball(const Ball& value) : Complex_ball() { acb_set_arb(raw_, value.raw()); }
    Complex_ball(const Complex_ball& other) noexcept : Complex_ball() { acb_set(raw_, other.raw_); }
    Complex_ball(Complex_ball&& other) noexcept : Complex_ball() { acb_swap(raw_, other.raw_); }
    Complex_ball& operator=(const Complex_ball& other) noexcept {
        acb_set(raw_, other.raw_);
        return *this;
    }
    Complex_ball& operator=(Complex_ball&& other) noexcept {
        acb_swap(raw_, other.raw_);
        return *this;
    }
    ~Complex_ball() { acb_clear(raw_); }

    Complex_ball& operator+=(const Complex_ball& other);
    Complex_ball& operator-=(const Complex_ball& other);
    Complex_ball& operator*=(const Complex_ball& other);
    Complex_ball& operator/=(const Complex_ball& other);
    friend Complex_ball operator*(Complex_ball a, const Complex_ball& b) { return a *= b; }
    friend Complex_ball operator/(Complex_ball a, const Complex_ball& b) { return a /= b; }

    /// All points within `radius` of `center`, at least.
    [[nodiscard]] static Complex_ball disc(const Ball& center, const Ball& radius);
    [[nodiscard]] bool is_finite() const noexcept { return acb_is_finite(raw_) != 0; }
    [[nodiscard]] Ball real() const;
    /// Contains |z| for all points.
    [[nodiscard]] Ball modulus() const;

    [[nodiscard]] acb_ptr raw() noexcept { return raw_; }
    [[nodiscard]] acb_srcptr raw() const noexcept { return raw_; }

private:
    acb_t raw_;
};

Complex_ball exp(const Complex_ball& x);
Complex_ball log(const Complex_ball& x);
Complex_ball sin(const Complex_ball& x);
Complex_ball cos(const Complex_ball& x);
Complex_ball tan(const Complex_ball& x);
Complex_ball sinh(const Complex_ball& x);
Complex_ball cosh(const Complex_ball& x);
Complex_ball tanh(const Complex_ball& x);
Complex_ball asin(const Complex_ball& x);
Complex_ball acos(const Complex_ball& x);
Complex_ball atan(const Complex_ball& x);
Complex_ball asinh(const Complex_ball& x);
Complex_ball acosh(const Complex_ball& x);
Complex_ball atanh(const Complex_ball& x);
Complex_ball log1p(const Complex_ball& x);
Complex_ball expm1(const Complex_ball& x);
/// The principal branch; integer exponents have no cut.
Complex_ball pow(const Complex_ball& x, const Rational& exponent);

}  // namespace eonflow::number
