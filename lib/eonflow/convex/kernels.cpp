#include <eonflow/convex/kernels.hpp>

namespace eonflow::convex {

EONFLOW_VECTOR_CLONES void eliminate(double* __restrict a, const double* __restrict b, double factor, double* __restrict norms, std::size_t size) {
    for (std::size_t j = 0; j < size; ++j) {
        a[j] += factor * b[j];
        norms[j] += a[j] * a[j];
    }
}

EONFLOW_VECTOR_CLONES void multiply_words(const std::uint64_t* __restrict matrix, const std::uint64_t* __restrict x, std::uint64_t* __restrict result, std::size_t rows,
                                          std::size_t columns) {
    for (std::size_t i = 0; i < rows; ++i, matrix += columns) {
        std::uint64_t sum = 0;
        for (std::size_t j = 0; j < columns; ++j) sum += matrix[j] * x[j];
        result[i] = sum;
    }
}

EONFLOW_VECTOR_CLONES void multiply_exact(const double* __restrict a, const double* __restrict b, double* __restrict c, std::size_t rows, std::size_t inner,
                                          std::size_t columns, std::size_t stride) {
    // Four rows of b at a time, so that c is read and written less.
    for (std::size_t i = 0; i < rows; ++i, a += inner, c += stride) {
        std::size_t k = 0;
        for (; k + 4 <= inner; k += 4) {
            const double a0 = a[k], a1 = a[k + 1], a2 = a[k + 2], a3 = a[k + 3];
            const double *b0 = b + k * stride, *b1 = b0 + stride, *b2 = b1 + stride, *b3 = b2 + stride;
            for (std::size_t j = 0; j < columns; ++j) c[j] += (a0 * b0[j] + a1 * b1[j]) + (a2 * b2[j] + a3 * b3[j]);
        }
        for (; k < inner; ++k)
            for (std::size_t j = 0; j < columns; ++j) c[j] += a[k] * b[k * stride + j];
    }
}

}  // namespace eonflow::convex
