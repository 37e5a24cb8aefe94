#pragma once
/// The inner loops that run on the widest vectors the machine has. Each performs the same operations in the same order, or only exact ones, whatever the
/// width: results do not depend on the machine.

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define EONFLOW_VECTOR_CLONES __attribute__((target_clones("arch=skylake-avx512", "arch=haswell", "default"), optimize("O3", "fp-contract=off")))
#else
#define EONFLOW_VECTOR_CLONES
#endif

namespace eonflow::convex {

/// a += factor b, and norms += a^2.
void eliminate(double* a, const double* b, double factor, double* norms, std::size_t size);

/// result = matrix x modulo 2^64 for a rows x columns matrix.
void multiply_words(const std::uint64_t* matrix, const std::uint64_t* x, std::uint64_t* result, std::size_t rows, std::size_t columns);

/// c += a b for row-major a (rows x inner) and the first `columns` columns of b and c, whose rows lie `stride` apart; all products and sums must be exact.
void multiply_exact(const double* a, const double* b, double* c, std::size_t rows, std::size_t inner, std::size_t columns, std::size_t stride);

}  // namespace eonflow::convex
