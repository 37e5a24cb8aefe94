#pragma once
/// What the integrator asks of the arithmetic that runs a program.

#include <eonflow/series/program.hpp>

#include <memory>
#include <optional>

namespace eonflow::series {

namespace kernels {
struct set;
}

/// log2 of a magnitude in sixteenths (an integer, so that steps chosen from it are the same on every machine); `vanishing` for 0.
using log_size = std::int64_t;
inline constexpr log_size size_unit = 16;
inline constexpr log_size vanishing = std::int64_t{-1} << 50;

/// Of a number in [2^(exponent - 1), 2^exponent) whose leading 64 bits are given: four of them behind the first.
[[nodiscard]] constexpr log_size size_of(std::int64_t exponent, std::uint64_t leading) noexcept { return size_unit * (exponent - 1) + static_cast<log_size>(leading >> 59 & 15); }
/// The log_size of x, at most 0.09 of a bit (rounded up, 2 sixteenths) away.
[[nodiscard]] inline log_size size_of(mpfr_srcptr x) noexcept {
    return mpfr_regular_p(x) == 0 ? vanishing : size_of(mpfr_get_exp(x), x->_mpfr_d[(mpfr_get_prec(x) - 1) / 64]);
}
[[nodiscard]] log_size size_of(const Rational& x) noexcept;

enum class outcome : std::uint8_t {
    done,
    undefined,     ///< a function or power of the field has no value or no Taylor series at the start
    too_long,      ///< over this length the field amplifies rounding too much
    out_of_range,  ///< the coefficients grow past what this arithmetic holds
};

/// Taylor coefficients of the solution of y' = F(y; p) through a point, in scaled time: y(t0 + length s) = sum over k of c_k s^k.
class engine {
public:
    virtual ~engine() = default;

    /// Finds c_0 .. c_order. `state` and `parameters` may carry any precision. Afterwards, if done, the functions below answer for this expansion.
    [[nodiscard]] virtual outcome expand(std::span<const number::Real> state, std::span<const number::Real> parameters, const number::Real& length,
                                         int order) = 0;
    /// c_k of state i, to the working precision.
    [[nodiscard]] virtual number::Real coefficient(std::size_t i, int k) const = 0;
    /// log2 |c_k| of state i for k = 0 .. order.
    [[nodiscard]] virtual std::span<const log_size> sizes(std::size_t i) const = 0;
    /// log2 of the size below which the coefficients of state i are rounding noise (an estimate, no bound claimed).
    [[nodiscard]] virtual log_size noise(std::size_t i) const = 0;
    /// What expansions leave behind that influences the bits of later ones; `recall` puts it back.
    [[nodiscard]] virtual std::vector<std::int64_t> memory() const { return {}; }
    virtual void recall(std::vector<std::int64_t>) {}
    /// sum over k of c_k s^k for every state, for |s| <= 1, to the working precision relative to the largest coefficient: in the numbers that are there, if these
    /// have the precision.
    virtual void values(const number::Real& s, number::Vector& result) const = 0;
};

/// `values` becomes so many numbers of the working precision, whatever they are; those that are there stay where they fit.
void make_room(number::Vector& values, std::size_t count);

/// The value of every variable of `p` at a point, in the working precision (each operation rounded, no bound claimed), in `values`; false where one is
/// undefined, or has no Taylor series there, as a root at 0.
[[nodiscard]] bool start_values(const program& p, std::span<const number::Real> state, std::span<const number::Real> parameters, number::Vector& values);

/// For each variable the size of the largest summand that entered it at order 0, given the sizes of all values at order 0; for a state the largest
/// summand of `length` times its derivative, or its value.
[[nodiscard]] std::vector<log_size> largest_summands(const program& p, std::span<const log_size> values, log_size length);

/// Whether the recurrences of `p` need the coefficients k u_k of variable i.
[[nodiscard]] std::vector<bool> needs_derivative(const program& p);

/// The size of the largest of the coefficients 0..order of every variable, from an expansion at low precision; nothing where there is none.
[[nodiscard]] std::optional<std::vector<log_size>> scout_sizes(const program& p, std::span<const number::Real> state,
                                                               std::span<const number::Real> parameters, const number::Real& length, int order);

/// Floating-point coefficients (Arb's approximate dot products) of `bits` bits: any exponents, any program. `p` must outlive the engine.
[[nodiscard]] std::unique_ptr<engine> floating_engine(const program& p, std::int64_t bits);

/// Fixed-point coefficients with one exponent per variable, accurate to 2^-bits of the largest coefficient of each state, values to `value_bits`;
/// how depends on the program (fixed.cpp). The same bits on every machine and with all kernels (kernels.hpp), of which the fastest are used if none are given.
[[nodiscard]] std::unique_ptr<engine> fixed_engine(const program& p, std::int64_t bits, std::int64_t value_bits, const kernels::set* with = nullptr);

}  // namespace eonflow::series
