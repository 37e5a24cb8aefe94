#include <eonflow/number/memory.hpp>

#include <flint/flint.h>
#include <gmp.h>

#include <cstdlib>

namespace eonflow::number {

namespace {

void (*failed)() = std::abort;

void* checked(void* block) {
    if (block == nullptr) failed();
    return block;
}

void* allocate(std::size_t size) { return checked(std::malloc(size)); }
void* reallocate(void* old, std::size_t /*old_size*/, std::size_t size) { return checked(std::realloc(old, size)); }
void release(void* block, std::size_t /*size*/) { std::free(block); }

}  // namespace

void on_failure(void (*handler)()) {
    failed = handler;
    ::mp_set_memory_functions(allocate, reallocate, release);
    ::flint_set_abort([] { failed(); });
}

}  // namespace eonflow::number
