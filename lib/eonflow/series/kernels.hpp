#pragma once
/// Exact sums of products of numbers cut into short signed limbs, the inner loops of the fixed-point engine.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace eonflow::series::kernels {

/// Limbs are integers of at most 2^(limb_bits - 1) in magnitude, held in doubles: products and short sums of them are exact, in any order, fused or not.
/// So every kernel below gives the same integers on every machine.
inline constexpr int limb_bits = 23;
inline constexpr double base = std::int64_t{1} << limb_bits;

// Numbers stand side by side, one in each lane: a row is the same limb of all of them, `set::width` doubles.

/// Factors that meet in one sum: for t in [0, count) the numbers at a + t a_step and at b - t b_step. Rows of a before leads[t] are 0.
struct run {
    const double* a;
    const double* b;
    const std::int16_t* leads;
    std::ptrdiff_t a_step;
    std::ptrdiff_t b_step;
    int count;
};

/// columns[c] += the sum over runs, t and p + q = first + c of row p of a times row q of b, c in [0, depth], lane by lane, where pairs with p + q < first are 0,
/// that is row q of b is 0 for q < first - min(leads[t], first). Column -1 takes carries: what is written there and in [0, depth] is the sum in short, of at most
/// 2^31 a column for every 2^5 pairs of a run. Rows 0 .. first + depth are read.
struct task {
    std::span<const run> runs;
    int first, depth;
    double* columns;
};

/// All tasks, block of rows by block of rows, so that tasks on the same numbers share what the first cache holds.
using convolve_function = void (*)(std::span<const task> tasks);

/// Carries from row count - 1 to row 0, lane by lane: rows become integers in [-2^(limb_bits - 1), 2^(limb_bits - 1)), except that the first keeps all that is
/// left. Rows are integers below 2^50 in magnitude.
using carry_function = void (*)(double* rows, int count);

/// Limbs, `width` doubles apart, the first one that is not 0, how far they are shifted up, and by what they enter in each lane.
struct multiple {
    const double* limbs;
    const double* factors;
    int lead, count, shift;
};
/// rows[p - shift] += limb p times its factors, up to row `last`.
using add_multiples_function = void (*)(std::span<const multiple> terms, int last, double* rows);

/// to[p] = the lanes `from` of rows[p], times `sign`, plus `keep` times what was there.
struct placement {
    std::array<std::int64_t, 8> from;
    std::array<double, 8> sign, keep;
    bool keeps = false;  ///< whether any `keep` is not 0
    bool operator==(const placement&) const = default;
};
using place_function = void (*)(const double* rows, int count, const placement& how, double* to);

// ---- Fourier transforms, in floating point: roundings differ between sets, what they are rounded to does not (fourier.hpp) ----

inline constexpr int lanes = 8;              ///< sequences transformed at once
inline constexpr int most_radix = 7;
inline constexpr int tile = 4;               ///< orders summed at once
inline constexpr int products_at_once = 32;  ///< products summed in registers, a multiple of the tile

/// How z^m - i splits into linear factors, pass by pass: z^(r h) - w^r = product over k of (z^h - w e^(2 pi i k/r)).
struct roots {
    int length = 0;            ///< m, a multiple of the lanes
    std::vector<int> radices;  ///< r of each pass
    std::vector<double> values;  ///< for each pass, each block and each k: the powers 0 .. r - 1 of the root, correctly rounded
};

/// `data`: 8 sequences of m complex numbers, number n of all as 8 real and 8 imaginary parts; overwritten. Their spectra are written as follows: values 8 c
/// to 8 c + 7 of sequence i stand at spectra + c stride + 16 i, 8 real and 8 imaginary parts.
using transform_function = void (*)(const roots& r, double* data, double* spectra, std::ptrdiff_t stride);
/// The inverse, of complex numbers whose parts are integers below 2^50 but for roundings: exactly these.
using transform_back_function = void (*)(const roots& r, const double* spectra, std::ptrdiff_t stride, double* data);
/// sums[t] += sum over n in [0, count) of a[n] b[t - n], t in [0, tile), for 8 complex numbers each, 16 doubles apart; count is a multiple of the tile.
/// b[-count] may be read.
using add_products_function = void (*)(const double* a, const double* b, int count, double* sums);
/// The passes alone, there and back, on m numbers as in `data` above; back they are not rounded, but divided by m.
using split_function = void (*)(const roots& r, double* data);
using join_function = void (*)(const roots& r, double* data);
/// sums[n] += a[n] b[n], n in [0, count), for 8 complex numbers each.
using add_pointwise_function = void (*)(const double* a, const double* b, int count, double* sums);

struct set {
    std::string_view name;
    int width;  ///< lanes of a row
    convolve_function convolve;
    carry_function carry;
    add_multiples_function add_multiples;
    place_function place;
    transform_function transform;
    transform_back_function transform_back;
    add_products_function add_products;
    split_function split;
    join_function join;
    add_pointwise_function add_pointwise;
};

/// All kernels that this processor can run, the plain one first and the fastest last.
[[nodiscard]] std::span<const set> available();
[[nodiscard]] const set& fastest();

}  // namespace eonflow::series::kernels
