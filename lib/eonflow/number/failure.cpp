#include <eonflow/number/failure.hpp>

#include <flint/flint.h>
#include <gmp.h>

#include <cstdlib>

namespace eonflow::number {

namespace {

void (*without_memory)() = std::abort;
void (*without_hope)() = std::abort;

void* checked(void* block) {
    if (block == nullptr) without_memory();
    return block;
}

void* allocate(std::size_t size) { return checked(std::malloc(size)); }
void* allocate_zeros(std::size_t count, std::size_t size) { return checked(std::calloc(count, size)); }
void* reallocate(void* old, std::size_t size) { return checked(std::realloc(old, size)); }
void* reallocate_known(void* old, std::size_t /*old_size*/, std::size_t size) { return reallocate(old, size); }
void release(void* block) { std::free(block); }
void release_known(void* block, std::size_t /*size*/) { release(block); }

// The attribute of GNU is a part of the type, which FLINT's parameter has.
[[gnu::noreturn]] void abort_flint() {
    without_hope();
    std::abort();
}

}  // namespace

void set_failure_handlers(void (*out_of_memory)(), void (*gave_up)()) {
    without_memory = out_of_memory;
    without_hope = gave_up;
    ::mp_set_memory_functions(allocate, reallocate_known, release_known);
    ::__flint_set_memory_functions(allocate, allocate_zeros, reallocate, release);
    ::flint_set_abort(abort_flint);
}

}  // namespace eonflow::number
