#include <eonflow/convex/kernels.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

// By instruction sets: a name like "haswell" would pick that one model of processor and leave its successors with the plain code.
#if defined(__x86_64__) && defined(__GNUC__) && __GNUC__ >= 12 && !defined(__clang__)
#define EONFLOW_VECTOR_CLONES(contraction) \
    __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"), optimize("O3", "fp-contract=" contraction)))
#else
#define EONFLOW_VECTOR_CLONES(contraction)
#endif

namespace eonflow::convex {

namespace {

// Eight lanes, which narrower machines take in pieces.
typedef double real_lanes __attribute__((vector_size(64), aligned(8), may_alias));
typedef std::uint64_t word_lanes __attribute__((vector_size(64), aligned(8), may_alias));

}  // namespace

EONFLOW_VECTOR_CLONES("off") void eliminate(double* __restrict a, const double* __restrict b, double factor, double* __restrict norms, std::size_t size) {
    for (std::size_t j = 0; j < size; ++j) {
        a[j] += factor * b[j];
        norms[j] += a[j] * a[j];
    }
}

EONFLOW_VECTOR_CLONES("off") void multiply_words(const std::uint64_t* __restrict columns, const std::uint64_t* __restrict x, std::uint64_t* __restrict result, std::size_t size,
                                                 std::size_t stride) {
    for (std::size_t i = 0; i < stride; i += vector_lanes) {
        const std::uint64_t* column = columns + i;
        word_lanes sum0 = {}, sum1 = {}, sum2 = {}, sum3 = {};
        std::size_t j = 0;
        for (; j + 4 <= size; j += 4, column += 4 * stride) {
            sum0 += *reinterpret_cast<const word_lanes*>(column) * x[j];
            sum1 += *reinterpret_cast<const word_lanes*>(column + stride) * x[j + 1];
            sum2 += *reinterpret_cast<const word_lanes*>(column + 2 * stride) * x[j + 2];
            sum3 += *reinterpret_cast<const word_lanes*>(column + 3 * stride) * x[j + 3];
        }
        for (; j < size; ++j, column += stride) sum0 += *reinterpret_cast<const word_lanes*>(column) * x[j];
        *reinterpret_cast<word_lanes*>(result + i) = (sum0 + sum1) + (sum2 + sum3);
    }
}

EONFLOW_VECTOR_CLONES("off") void multiply_reals(const double* __restrict columns, const double* __restrict x, double* __restrict result, std::size_t size, std::size_t stride) {
    for (std::size_t i = 0; i < stride; i += vector_lanes) {
        const double* column = columns + i;
        real_lanes sum0 = {}, sum1 = {}, sum2 = {}, sum3 = {};
        std::size_t j = 0;
        for (; j + 4 <= size; j += 4, column += 4 * stride) {
            sum0 += *reinterpret_cast<const real_lanes*>(column) * x[j];
            sum1 += *reinterpret_cast<const real_lanes*>(column + stride) * x[j + 1];
            sum2 += *reinterpret_cast<const real_lanes*>(column + 2 * stride) * x[j + 2];
            sum3 += *reinterpret_cast<const real_lanes*>(column + 3 * stride) * x[j + 3];
        }
        for (; j < size; ++j, column += stride) sum0 += *reinterpret_cast<const real_lanes*>(column) * x[j];
        *reinterpret_cast<real_lanes*>(result + i) = (sum0 + sum1) + (sum2 + sum3);
    }
}

EONFLOW_VECTOR_CLONES("fast") void multiply_exact(const double* __restrict a, std::size_t row_step, std::size_t inner_step, const double* __restrict b, double* __restrict c,
                                                  std::size_t rows, std::size_t inner, std::size_t columns, std::size_t stride) {
    // Six rows and eight columns of c at a time stay in registers; the last rows are done twice where their number asks for it.
    constexpr std::size_t height = 6;
    for (std::size_t i = 0; i < rows; i += height) {
        const double* from[height];
        double* to[height];
        for (std::size_t r = 0; r < height; ++r) {
            const std::size_t row = std::min(i + r, rows - 1);
            from[r] = a + row * row_step;
            to[r] = c + row * stride;
        }
        for (std::size_t j = 0; j < columns; j += vector_lanes) {
            real_lanes sum0 = {}, sum1 = {}, sum2 = {}, sum3 = {}, sum4 = {}, sum5 = {};
            const double* b_row = b + j;
            for (std::size_t k = 0; k < inner * inner_step; k += inner_step, b_row += stride) {
                const real_lanes y = *reinterpret_cast<const real_lanes*>(b_row);
                sum0 += from[0][k] * y;
                sum1 += from[1][k] * y;
                sum2 += from[2][k] * y;
                sum3 += from[3][k] * y;
                sum4 += from[4][k] * y;
                sum5 += from[5][k] * y;
            }
            *reinterpret_cast<real_lanes*>(to[0] + j) = sum0;
            *reinterpret_cast<real_lanes*>(to[1] + j) = sum1;
            *reinterpret_cast<real_lanes*>(to[2] + j) = sum2;
            *reinterpret_cast<real_lanes*>(to[3] + j) = sum3;
            *reinterpret_cast<real_lanes*>(to[4] + j) = sum4;
            *reinterpret_cast<real_lanes*>(to[5] + j) = sum5;
        }
    }
}

EONFLOW_VECTOR_CLONES("off") void invert(double* __restrict a, std::size_t* __restrict order, double* __restrict pivots, std::size_t size, std::size_t stride) {
    for (std::size_t k = 0; k < size; ++k) {
        std::size_t best = k;
        for (std::size_t i = k + 1; i < size; ++i)
            if (std::abs(a[i * stride + k]) > std::abs(a[best * stride + k])) best = i;
        order[k] = best;
        double* __restrict pivot_row = a + k * stride;
        if (best != k) std::swap_ranges(pivot_row, pivot_row + stride, a + best * stride);
        pivots[k] = pivot_row[k];
        if (pivots[k] == 0) return;
        const double over = 1 / pivots[k];
        pivot_row[k] = 1;
        for (std::size_t j = 0; j < stride; ++j) pivot_row[j] *= over;
        for (std::size_t i = 0; i < size; ++i) {
            if (i == k) continue;
            double* __restrict row = a + i * stride;
            const double factor = row[k];
            row[k] = 0;
            for (std::size_t j = 0; j < stride; ++j) row[j] -= factor * pivot_row[j];
        }
    }
    // The rows that changed places are columns of the inverse.
    for (std::size_t k = size; k-- > 0;)
        if (order[k] != k)
            for (std::size_t i = 0; i < size; ++i) std::swap(a[i * stride + k], a[i * stride + order[k]]);
}

EONFLOW_VECTOR_CLONES("off") bool factor(double* __restrict a, std::size_t size, std::size_t stride) {
    for (std::size_t k = 0; k < size; ++k) {
        double* __restrict pivot_row = a + k * stride;
        if (!(pivot_row[k] > 0)) return false;
        const double over = 1 / std::sqrt(pivot_row[k]);
        // From a multiple of the lanes on: what is left of the diagonal is not used any more.
        for (std::size_t j = k / vector_lanes * vector_lanes; j < stride; ++j) pivot_row[j] *= over;
        for (std::size_t i = k + 1; i < size; ++i) {
            double* __restrict row = a + i * stride;
            const double multiple = pivot_row[i];
            for (std::size_t j = i / vector_lanes * vector_lanes; j < stride; ++j) row[j] -= multiple * pivot_row[j];
        }
    }
    return true;
}

}  // namespace eonflow::convex
