#include <eonflow/series/rows.hpp>

#include <cstring>
#include <new>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace eonflow::series::fixed_point {

namespace {

using some_leads = std::int16_t __attribute__((vector_size(2 * leads_at_once)));

some_leads load(const std::int16_t* from) {
    some_leads leads;
    std::memcpy(&leads, from, sizeof(leads));
    return leads;
}

}  // namespace

int least_sum(const std::int16_t* a, const std::int16_t* b, int count, int first) {
    some_leads least{};
    least += static_cast<std::int16_t>(first);
    int n = 0;
    for (; n + leads_at_once <= count; n += leads_at_once) {
        const some_leads sum = load(a + n) + load(b + n);
        least = sum < least ? sum : least;
    }
    for (int i = 0; i < leads_at_once; ++i) first = std::min<int>(first, least[i]);
    for (; n < count; ++n) first = std::min(first, a[n] + b[n]);
    return first;
}

row_pointer allocate_rows(std::size_t doubles) {
    constexpr std::size_t large_page = std::size_t{2} << 20;
    const std::size_t line = doubles * sizeof(double) < large_page ? 64 : large_page, bytes = (doubles * sizeof(double) + line - 1) / line * line;
    row_pointer memory(static_cast<double*>(std::aligned_alloc(line, bytes)));
    if (memory == nullptr) throw std::bad_alloc();
#if defined(__linux__)
    if (line == large_page) (void)madvise(memory.get(), bytes, MADV_HUGEPAGE);  // without, it is only slower
#endif
    return memory;
}

void row_arena::reserve(std::size_t doubles) {
    if (doubles <= left_) return;
    pieces_.push_back(allocate_rows(rounded(doubles)));
    next_ = pieces_.back().get();
    newest_ = left_ = rounded(doubles);
}

double* row_arena::take(std::size_t doubles) {
    const std::size_t size = rounded(doubles);
    reserve(size);
    double* const from = next_;
    std::fill_n(from, size, 0.0);
    next_ += size, left_ -= size, taken_ += size;
    return from;
}

void row_arena::restart(std::size_t doubles) {
    const bool kept = !pieces_.empty() && newest_ >= doubles;
    pieces_.erase(pieces_.begin(), pieces_.end() - (kept ? 1 : 0));
    next_ = kept ? pieces_.back().get() : nullptr;
    newest_ = left_ = kept ? newest_ : 0;
    taken_ = 0;
    reserve(doubles);
}

}  // namespace eonflow::series::fixed_point
