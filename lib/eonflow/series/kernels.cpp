#include <eonflow/series/kernels.hpp>

#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace eonflow::series::kernels {

namespace plain {

#define EONFLOW_TARGET
struct vector {
    double lane[lanes];
};
inline vector load(const double* from) {
    vector v;
    for (int i = 0; i < lanes; ++i) v.lane[i] = from[i];
    return v;
}
inline void store(double* to, const vector& v) {
    for (int i = 0; i < lanes; ++i) to[i] = v.lane[i];
}
inline vector broadcast(double x) {
    vector v;
    for (double& lane : v.lane) lane = x;
    return v;
}
inline vector reversed(const vector& v) {
    vector r;
    for (int i = 0; i < lanes; ++i) r.lane[i] = v.lane[lanes - 1 - i];
    return r;
}
inline vector multiply_add(const vector& a, const vector& b, vector c) {
    for (int i = 0; i < lanes; ++i) c.lane[i] += a.lane[i] * b.lane[i];
    return c;
}
inline vector subtract_product(const vector& a, const vector& b, vector c) {
    for (int i = 0; i < lanes; ++i) c.lane[i] -= a.lane[i] * b.lane[i];
    return c;
}
inline vector add(const vector& a, const vector& b) { return multiply_add(a, broadcast(1), b); }
inline void totals(const vector* sums, std::int64_t* result) {
    for (int i = 0; i < lanes; ++i) {
        result[i] = 0;
        for (const double lane : sums[i].lane) result[i] += static_cast<std::int64_t>(lane);
    }
}
#include <eonflow/series/kernels_body.ipp>
#include <eonflow/series/fourier_body.ipp>
#undef EONFLOW_TARGET

}  // namespace plain

#if defined(__x86_64__)

namespace avx2 {

#define EONFLOW_TARGET __attribute__((target("avx2,fma")))
struct vector {
    __m256d low, high;
};
EONFLOW_TARGET inline vector load(const double* from) { return {_mm256_loadu_pd(from), _mm256_loadu_pd(from + 4)}; }
EONFLOW_TARGET inline void store(double* to, const vector& v) {
    _mm256_storeu_pd(to, v.low);
    _mm256_storeu_pd(to + 4, v.high);
}
EONFLOW_TARGET inline vector broadcast(double x) { return {_mm256_set1_pd(x), _mm256_set1_pd(x)}; }
EONFLOW_TARGET inline vector reversed(const vector& v) {
    return {_mm256_permute4x64_pd(v.high, 0x1b), _mm256_permute4x64_pd(v.low, 0x1b)};
}
EONFLOW_TARGET inline vector multiply_add(const vector& a, const vector& b, const vector& c) {
    return {_mm256_fmadd_pd(a.low, b.low, c.low), _mm256_fmadd_pd(a.high, b.high, c.high)};
}
EONFLOW_TARGET inline vector subtract_product(const vector& a, const vector& b, const vector& c) {
    return {_mm256_fnmadd_pd(a.low, b.low, c.low), _mm256_fnmadd_pd(a.high, b.high, c.high)};
}
EONFLOW_TARGET inline vector add(const vector& a, const vector& b) { return {_mm256_add_pd(a.low, b.low), _mm256_add_pd(a.high, b.high)}; }
EONFLOW_TARGET inline void totals(const vector* sums, std::int64_t* result) {
    for (int i = 0; i < lanes; ++i) {
        double lane[lanes];
        store(lane, sums[i]);
        result[i] = 0;
        for (const double x : lane) result[i] += static_cast<std::int64_t>(x);
    }
}
#include <eonflow/series/kernels_body.ipp>
#include <eonflow/series/fourier_body.ipp>
#undef EONFLOW_TARGET

}  // namespace avx2

namespace avx512 {

#define EONFLOW_TARGET __attribute__((target("avx512f,avx512dq,avx2,fma")))
using vector = __m512d;
EONFLOW_TARGET inline vector load(const double* from) { return _mm512_loadu_pd(from); }
EONFLOW_TARGET inline void store(double* to, vector v) { _mm512_storeu_pd(to, v); }
EONFLOW_TARGET inline vector broadcast(double x) { return _mm512_set1_pd(x); }
EONFLOW_TARGET inline vector reversed(vector v) { return __builtin_shufflevector(v, v, 7, 6, 5, 4, 3, 2, 1, 0); }
EONFLOW_TARGET inline vector multiply_add(vector a, vector b, vector c) { return _mm512_fmadd_pd(a, b, c); }
EONFLOW_TARGET inline vector subtract_product(vector a, vector b, vector c) { return _mm512_fnmadd_pd(a, b, c); }
EONFLOW_TARGET inline vector add(vector a, vector b) { return _mm512_add_pd(a, b); }
using whole = std::int64_t __attribute__((vector_size(64)));
/// The lane sums of 8 vectors, by three rounds of pairwise sums.
EONFLOW_TARGET inline void totals(const vector* sums, std::int64_t* result) {
    whole first[8], second[4], third[2];
#pragma GCC unroll 8
    for (int i = 0; i < 8; ++i) first[i] = __builtin_convertvector(sums[i], whole);
#pragma GCC unroll 4
    for (int i = 0; i < 4; ++i)
        second[i] = __builtin_shufflevector(first[2 * i], first[2 * i + 1], 0, 8, 2, 10, 4, 12, 6, 14) +
                    __builtin_shufflevector(first[2 * i], first[2 * i + 1], 1, 9, 3, 11, 5, 13, 7, 15);
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i)
        third[i] = __builtin_shufflevector(second[2 * i], second[2 * i + 1], 0, 1, 8, 9, 4, 5, 12, 13) +
                   __builtin_shufflevector(second[2 * i], second[2 * i + 1], 2, 3, 10, 11, 6, 7, 14, 15);
    const whole all = __builtin_shufflevector(third[0], third[1], 0, 1, 2, 3, 8, 9, 10, 11) + __builtin_shufflevector(third[0], third[1], 4, 5, 6, 7, 12, 13, 14, 15);
    _mm512_storeu_si512(result, __builtin_bit_cast(__m512i, all));
}
#include <eonflow/series/kernels_body.ipp>
#include <eonflow/series/fourier_body.ipp>
#undef EONFLOW_TARGET

}  // namespace avx512

#endif

std::span<const set> available() {
    static const std::vector<set> sets = [] {
        std::vector<set> found{{"plain", plain::convolve, plain::multiply, plain::transform, plain::transform_back, plain::add_products}};
#if defined(__x86_64__)
        if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0)
            found.push_back({"avx2", avx2::convolve, avx2::multiply, avx2::transform, avx2::transform_back, avx2::add_products});
        if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("fma") != 0)
            found.push_back({"avx512", avx512::convolve, avx512::multiply, avx512::transform, avx512::transform_back, avx512::add_products});
#endif
        return found;
    }();
    return sets;
}

const set& fastest() { return available().back(); }

}  // namespace eonflow::series::kernels
