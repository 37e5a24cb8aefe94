#pragma once
/// Exact convolution sums of numbers cut into short signed limbs, the inner loop of the fixed-point engine.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

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
using multiply_function = void (*)(const double* x, const double* y, int depth, std::int64_t* columns);

struct set {
    std::string_view name;
    convolve_function convolve;
    multiply_function multiply;
};

/// All kernels that this processor can run, the plain one first and the fastest last.
[[nodiscard]] std::span<const set> available();
[[nodiscard]] const set& fastest();

}  // namespace eonflow::series::kernels
