#pragma once
/// Exact convolution sums of numbers cut into short signed limbs, the inner loop of the fixed-point engine.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace eonflow::series::kernels {

/// Limbs are integers of at most 2^(limb_bits - 1) in magnitude, held in doubles: products and short sums of them are exact, in any order, fused or not.
/// So every kernel below gives the same integers on every machine.
inline constexpr int limb_bits = 23;
/// Numbers are laid out by limb: limb p of the numbers j, j+1, ... stands in row p, and one step of a kernel takes this many numbers.
inline constexpr int lanes = 8;

/// One step: numbers a_0..a_7, and b_7, b_6, ..., b_0 (ascending in memory), of which a_i meets b_i. Both point into their leading row.
struct step {
    const double* a;
    const double* b;
};

/// columns[c] += sum over steps and lanes i of the sum over p + q = c of limb p of a_i times limb q of b_i, for c in [0, depth].
/// Rows 0..depth are read from both. Exact if the results stay below 2^63.
struct task {
    std::span<const step> steps;
    int depth = 0;
    std::int64_t* columns = nullptr;
};

/// All tasks, block of limbs by block of limbs, so that tasks on the same numbers share what the caches hold. Rows are `stride` doubles apart.
using convolve_function = void (*)(std::span<const task> tasks, std::ptrdiff_t stride);

/// columns[c] += sum over p + q = c of x[p] * y[q] for c in [0, depth], p in [0, depth]; y has depth + 1 limbs, x may be read from -(lanes) to depth + lanes, zeros there.
/// Exact if the results stay below 2^63.
using multiply_function = void (*)(const double* x, const double* y, int depth, std::int64_t* columns);

// ---- Fourier transforms, in floating point: roundings differ between sets, what they are rounded to does not (fourier.hpp) ----

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

struct set {
    std::string_view name;
    convolve_function convolve;
    multiply_function multiply;
    transform_function transform;
    transform_back_function transform_back;
    add_products_function add_products;
};

/// All kernels that this processor can run, the plain one first and the fastest last.
[[nodiscard]] std::span<const set> available();
[[nodiscard]] const set& fastest();

}  // namespace eonflow::series::kernels
