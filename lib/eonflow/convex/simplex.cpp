#include <eonflow/convex/simplex.hpp>

namespace eonflow::convex {

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
// The same operations in the same order whatever the vector width: the result does not depend on the machine.
__attribute__((target_clones("avx2", "default"), optimize("O3")))
#endif
void eliminate(double* a, const double* b, double factor, double* norms, std::size_t size) {
    for (std::size_t j = 0; j < size; ++j) {
        a[j] += factor * b[j];
        norms[j] += a[j] * a[j];
    }
}

}  // namespace eonflow::convex
