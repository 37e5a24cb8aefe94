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

// Vectors of one register each: wider ones would live in memory. As members, since a template argument would lose their attributes.
#define EONFLOW_VECTORS(name, lanes)                                                 \
    struct name {                                                                    \
        typedef double vector __attribute__((vector_size(lanes * 8)));               \
        struct __attribute__((packed, may_alias)) unaligned {                        \
            vector value;                                                            \
        };                                                                           \
        static constexpr std::size_t width = lanes;                                  \
    }
EONFLOW_VECTORS(two_lanes, 2);
EONFLOW_VECTORS(four_lanes, 4);
EONFLOW_VECTORS(eight_lanes, 8);
#undef EONFLOW_VECTORS

/// The vector that starts at an address, by reference: passed by value it would be bound to an instruction set.
template <class Lanes>
[[gnu::always_inline]] inline const typename Lanes::unaligned& at(const double* from) {
    return *reinterpret_cast<const typename Lanes::unaligned*>(from);
}
template <class Lanes>
[[gnu::always_inline]] inline typename Lanes::unaligned& at(double* to) {
    return *reinterpret_cast<typename Lanes::unaligned*>(to);
}

template <class Lanes>
[[gnu::always_inline]] inline void reals_body(const double* columns, const double* x, double* result, std::size_t size, std::size_t stride) {
    for (std::size_t i = 0; i < stride; i += Lanes::width) {
        const double* column = columns + i;
        typename Lanes::vector sum0 = {}, sum1 = {}, sum2 = {}, sum3 = {};
        std::size_t j = 0;
        for (; j + 4 <= size; j += 4, column += 4 * stride) {
            sum0 += at<Lanes>(column).value * x[j];
            sum1 += at<Lanes>(column + stride).value * x[j + 1];
            sum2 += at<Lanes>(column + 2 * stride).value * x[j + 2];
            sum3 += at<Lanes>(column + 3 * stride).value * x[j + 3];
        }
        for (; j < size; ++j, column += stride) sum0 += at<Lanes>(column).value * x[j];
        at<Lanes>(result + i).value = (sum0 + sum1) + (sum2 + sum3);
    }
}

template <class Lanes>
[[gnu::always_inline]] inline void pair_body(const double* columns, const double* x, double* result, std::size_t size, std::size_t stride) {
    for (std::size_t i = 0; i < stride; i += Lanes::width) {
        const double* column = columns + i;
        typename Lanes::vector low0 = {}, low1 = {}, high0 = {}, high1 = {};
        std::size_t j = 0;
        for (; j + 2 <= size; j += 2, column += 2 * stride) {
            const typename Lanes::vector first = at<Lanes>(column).value, second = at<Lanes>(column + stride).value;
            low0 += first * x[j];
            high0 += first * x[stride + j];
            low1 += second * x[j + 1];
            high1 += second * x[stride + j + 1];
        }
        if (j < size) {
            const typename Lanes::vector last = at<Lanes>(column).value;
            low0 += last * x[j];
            high0 += last * x[stride + j];
        }
        at<Lanes>(result + i).value = low0 + low1;
        at<Lanes>(result + stride + i).value = high0 + high1;
    }
}

/// Height rows and Count vectors of c at a time stay in registers; the last rows are done twice where their number asks for it.
template <class Lanes, std::size_t Height, std::size_t Count>
[[gnu::always_inline]] inline void exact_body(const double* a, std::size_t row_step, std::size_t inner_step, const double* b, double* c, std::size_t rows, std::size_t inner,
                                              std::size_t columns, std::size_t stride) {
    for (std::size_t i = 0; i < rows; i += Height) {
        const double* from[Height];
        double* to[Height];
        for (std::size_t r = 0; r < Height; ++r) {
            const std::size_t row = std::min(i + r, rows - 1);
            from[r] = a + row * row_step;
            to[r] = c + row * stride;
        }
        for (std::size_t j = 0; j < columns; j += Count * Lanes::width) {
            typename Lanes::vector sum[Height][Count] = {};
            const double* b_row = b + j;
            for (std::size_t k = 0; k < inner * inner_step; k += inner_step, b_row += stride) {
                typename Lanes::vector y[Count];
#pragma GCC unroll 8
                for (std::size_t v = 0; v < Count; ++v) y[v] = at<Lanes>(b_row + v * Lanes::width).value;
#pragma GCC unroll 8
                for (std::size_t r = 0; r < Height; ++r)
#pragma GCC unroll 8
                    for (std::size_t v = 0; v < Count; ++v) sum[r][v] += from[r][k] * y[v];
            }
#pragma GCC unroll 8
            for (std::size_t r = 0; r < Height; ++r)
#pragma GCC unroll 8
                for (std::size_t v = 0; v < Count; ++v) at<Lanes>(to[r] + j + v * Lanes::width).value = sum[r][v];
        }
    }
}

struct kernel_set {
    decltype(&eonflow::convex::multiply_reals) reals;
    decltype(&eonflow::convex::multiply_pair) pair;
    decltype(&eonflow::convex::multiply_exact) exact;
};

#if defined(__GNUC__) && !defined(__clang__)
#define EONFLOW_CONTRACTION(how) optimize("O3", "fp-contract=" how)
#else
#define EONFLOW_CONTRACTION(how)
#endif

// Rounded products and sums are not contracted; exact ones may be.
#define EONFLOW_KERNELS(name, Lanes, height, count, ...)                                                                                                                  \
    __attribute__((EONFLOW_CONTRACTION("off") __VA_OPT__(, ) __VA_ARGS__)) void reals_##name(const double* columns, const double* x, double* result, std::size_t size,  \
                                                                                             std::size_t stride) {                                                       \
        reals_body<Lanes>(columns, x, result, size, stride);                                                                                                              \
    }                                                                                                                                                                     \
    __attribute__((EONFLOW_CONTRACTION("fast") __VA_OPT__(, ) __VA_ARGS__)) void pair_##name(const double* columns, const double* x, double* result, std::size_t size,  \
                                                                                             std::size_t stride) {                                                       \
        pair_body<Lanes>(columns, x, result, size, stride);                                                                                                               \
    }                                                                                                                                                                     \
    __attribute__((EONFLOW_CONTRACTION("fast") __VA_OPT__(, ) __VA_ARGS__)) void exact_##name(const double* a, std::size_t row_step, std::size_t inner_step,            \
                                                                                              const double* b, double* c, std::size_t rows, std::size_t inner,          \
                                                                                              std::size_t columns, std::size_t stride) {                                 \
        exact_body<Lanes, height, count>(a, row_step, inner_step, b, c, rows, inner, columns, stride);                                                                    \
    }                                                                                                                                                                     \
    constexpr kernel_set name{reals_##name, pair_##name, exact_##name};

EONFLOW_KERNELS(plain, two_lanes, 3, 4)
#if defined(__x86_64__)
EONFLOW_KERNELS(avx2, four_lanes, 6, 2, target("avx2,fma"))
EONFLOW_KERNELS(avx512, eight_lanes, 8, 1, target("avx512f,avx512dq,avx2,fma"))
#endif

const kernel_set& fastest() {
    static const kernel_set chosen = [] {
#if defined(__x86_64__)
        if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("fma") != 0) return avx512;
        if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0) return avx2;
#endif
        return plain;
    }();
    return chosen;
}

}  // namespace

void multiply_reals(const double* columns, const double* x, double* result, std::size_t size, std::size_t stride) { fastest().reals(columns, x, result, size, stride); }

void multiply_pair(const double* columns, const double* x, double* result, std::size_t size, std::size_t stride) { fastest().pair(columns, x, result, size, stride); }

void multiply_exact(const double* a, std::size_t row_step, std::size_t inner_step, const double* b, double* c, std::size_t rows, std::size_t inner, std::size_t columns,
                    std::size_t stride) {
    fastest().exact(a, row_step, inner_step, b, c, rows, inner, columns, stride);
}

EONFLOW_VECTOR_CLONES("off") void eliminate(double* __restrict a, const double* __restrict b, double factor, double* __restrict norms, std::size_t size) {
    for (std::size_t j = 0; j < size; ++j) {
        a[j] += factor * b[j];
        norms[j] += a[j] * a[j];
    }
}

EONFLOW_VECTOR_CLONES("off") void multiply_words(const std::uint64_t* __restrict columns, const std::uint64_t* __restrict x, std::uint64_t* __restrict result, std::size_t size,
                                                 std::size_t stride) {
    for (std::size_t i = 0; i < stride; ++i) result[i] = 0;
    for (std::size_t j = 0; j < size; ++j, columns += stride)
        for (std::size_t i = 0; i < stride; ++i) result[i] += columns[i] * x[j];
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
