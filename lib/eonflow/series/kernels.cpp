#include <eonflow/series/kernels.hpp>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Sanitizers make unrolled loops so long that compiling them takes minutes.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define EONFLOW_UNROLL(count)
#endif
#endif
#if !defined(EONFLOW_UNROLL)
#define EONFLOW_PRAGMA(text) _Pragma(#text)
#define EONFLOW_UNROLL(count) EONFLOW_PRAGMA(GCC unroll count)
#endif

namespace eonflow::series::kernels {

/// Added to a double below 2^51 it rounds to the nearest integer, which is what is left when it is taken away again.
constexpr double to_integer = 0x1.8p52;

#define EONFLOW_TARGET
namespace plain {
constexpr int width = 4, registers = 16;
#include <eonflow/series/kernels_plain.ipp>

#include <eonflow/series/kernels_body.ipp>

#include <eonflow/series/fourier_body.ipp>
}  // namespace plain

/// With the lanes of AVX-512, so that they can be tested everywhere.
namespace plain_wide {
constexpr int width = 8, registers = 32;
#include <eonflow/series/kernels_plain.ipp>

#include <eonflow/series/kernels_body.ipp>

#include <eonflow/series/fourier_body.ipp>
}  // namespace plain_wide
#undef EONFLOW_TARGET

#if defined(__x86_64__)

/// Number l of sequence i and number i of sequence l change places.
__attribute__((target("avx2"))) inline void transpose(const double* from, std::ptrdiff_t from_stride, double* to, std::ptrdiff_t to_stride) {
    for (int i = 0; i < lanes; i += 4)
        for (int l = 0; l < lanes; l += 4) {
            const double* const at = from + l * from_stride + i;
            const __m256d a = _mm256_loadu_pd(at), b = _mm256_loadu_pd(at + from_stride), c = _mm256_loadu_pd(at + 2 * from_stride), d = _mm256_loadu_pd(at + 3 * from_stride);
            const __m256d ab_even = _mm256_unpacklo_pd(a, b), ab_odd = _mm256_unpackhi_pd(a, b), cd_even = _mm256_unpacklo_pd(c, d), cd_odd = _mm256_unpackhi_pd(c, d);
            double* const put = to + i * to_stride + l;
            _mm256_storeu_pd(put, _mm256_permute2f128_pd(ab_even, cd_even, 0x20));
            _mm256_storeu_pd(put + to_stride, _mm256_permute2f128_pd(ab_odd, cd_odd, 0x20));
            _mm256_storeu_pd(put + 2 * to_stride, _mm256_permute2f128_pd(ab_even, cd_even, 0x31));
            _mm256_storeu_pd(put + 3 * to_stride, _mm256_permute2f128_pd(ab_odd, cd_odd, 0x31));
        }
}

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
EONFLOW_TARGET inline vector multiply_add(const vector& a, const vector& b, const vector& c) {
    return {_mm256_fmadd_pd(a.low, b.low, c.low), _mm256_fmadd_pd(a.high, b.high, c.high)};
}
EONFLOW_TARGET inline vector subtract_product(const vector& a, const vector& b, const vector& c) {
    return {_mm256_fnmadd_pd(a.low, b.low, c.low), _mm256_fnmadd_pd(a.high, b.high, c.high)};
}
EONFLOW_TARGET inline vector add(const vector& a, const vector& b) { return {_mm256_add_pd(a.low, b.low), _mm256_add_pd(a.high, b.high)}; }
constexpr int width = 4, registers = 16;
using row = __m256d;
EONFLOW_TARGET inline row row_of(double x) { return _mm256_set1_pd(x); }
EONFLOW_TARGET inline row load_row(const double* from) { return _mm256_loadu_pd(from); }
EONFLOW_TARGET inline void store(double* to, row r) { _mm256_storeu_pd(to, r); }
EONFLOW_TARGET inline row multiply_add(row a, row b, row c) { return _mm256_fmadd_pd(a, b, c); }
EONFLOW_TARGET inline row subtract_product(row a, row b, row c) { return _mm256_fnmadd_pd(a, b, c); }
EONFLOW_TARGET inline row add(row a, row b) { return _mm256_add_pd(a, b); }
/// From here on r is in a register.
EONFLOW_TARGET inline void hold(row& r) { asm volatile("" : "+x"(r)); }
/// What is loaded behind it is not taken from before.
EONFLOW_TARGET inline void fresh() { asm volatile("" ::: "memory"); }
using order = __m256i;
/// Lanes as pairs of halves, which is what can be permuted.
EONFLOW_TARGET inline order load_order(const std::int64_t* from) {
    const __m256i low = _mm256_slli_epi64(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(from)), 1);
    return _mm256_or_si256(low, _mm256_slli_epi64(_mm256_add_epi64(low, _mm256_set1_epi64x(1)), 32));
}
EONFLOW_TARGET inline row ordered(row r, order from) { return _mm256_castps_pd(_mm256_permutevar8x32_ps(_mm256_castpd_ps(r), from)); }
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
EONFLOW_TARGET inline vector multiply_add(vector a, vector b, vector c) { return _mm512_fmadd_pd(a, b, c); }
EONFLOW_TARGET inline vector subtract_product(vector a, vector b, vector c) { return _mm512_fnmadd_pd(a, b, c); }
EONFLOW_TARGET inline vector add(vector a, vector b) { return _mm512_add_pd(a, b); }
constexpr int width = 8, registers = 32;
using row = vector;
EONFLOW_TARGET inline row row_of(double x) { return broadcast(x); }
EONFLOW_TARGET inline void hold(row& r) { asm volatile("" : "+v"(r)); }
EONFLOW_TARGET inline void fresh() { asm volatile("" ::: "memory"); }
EONFLOW_TARGET inline row load_row(const double* from) { return load(from); }
using order = __m512i;
EONFLOW_TARGET inline order load_order(const std::int64_t* from) { return _mm512_loadu_si512(from); }
EONFLOW_TARGET inline row ordered(row r, order from) { return _mm512_maskz_permutexvar_pd(0xff, from, r); }
#include <eonflow/series/kernels_body.ipp>
#include <eonflow/series/fourier_body.ipp>
#undef EONFLOW_TARGET

}  // namespace avx512

#endif

std::span<const set> available() {
    static const std::vector<set> sets = [] {
        std::vector<set> found{{"plain", plain::width, plain::convolve, plain::carry, plain::add_multiples, plain::place, plain::transform, plain::transform_back, plain::add_products, plain::split, plain::join, plain::add_pointwise},
                               {"plain of 8 lanes", plain_wide::width, plain_wide::convolve, plain_wide::carry, plain_wide::add_multiples, plain_wide::place, plain_wide::transform, plain_wide::transform_back, plain_wide::add_products, plain_wide::split, plain_wide::join, plain_wide::add_pointwise}};
#if defined(__x86_64__)
        if (__builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0)
            found.push_back({"avx2", avx2::width, avx2::convolve, avx2::carry, avx2::add_multiples, avx2::place, avx2::transform, avx2::transform_back, avx2::add_products, avx2::split, avx2::join, avx2::add_pointwise});
        if (__builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512dq") != 0 && __builtin_cpu_supports("fma") != 0)
            found.push_back({"avx512", avx512::width, avx512::convolve, avx512::carry, avx512::add_multiples, avx512::place, avx512::transform, avx512::transform_back, avx512::add_products, avx512::split, avx512::join, avx512::add_pointwise});
#endif
        return found;
    }();
    return sets;
}

const set& fastest() { return available().back(); }

}  // namespace eonflow::series::kernels
