#pragma once
/// Memory for rows of limbs, and where the first row that is not 0 is.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <vector>

namespace eonflow::series::fixed_point {

inline constexpr std::int16_t empty = 16000;  ///< the leading limb of 0; two of them can be added
inline constexpr int leads_at_once = 8;  ///< leads that are compared at once may be read behind the last

struct release_rows {
    void operator()(double* p) const noexcept { std::free(p); }
};
using row_pointer = std::unique_ptr<double, release_rows>;
/// On a cache line; what is large on large pages, where the system has them, so that numbers far apart are found without a walk through its tables.
/// Throws std::bad_alloc.
[[nodiscard]] row_pointer allocate_rows(std::size_t doubles);

/// Doubles that are zero at first.
class row_memory {
public:
    void resize(std::size_t doubles) {
        if (doubles <= size_) return;
        memory_ = allocate_rows(doubles);
        std::fill_n(memory_.get(), doubles, 0.0);
        size_ = doubles;
    }
    [[nodiscard]] double* data() const noexcept { return memory_.get(); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    row_pointer memory_;
    std::size_t size_ = 0;
};

/// Memory for numbers that are needed together, each on a cache line.
class row_arena {
public:
    /// Room for so many more.
    void reserve(std::size_t doubles);
    /// Zero at first.
    [[nodiscard]] double* take(std::size_t doubles);
    /// Everything is taken back; room for so many.
    void restart(std::size_t doubles);
    [[nodiscard]] std::size_t taken() const noexcept { return taken_; }
    [[nodiscard]] static std::size_t rounded(std::size_t doubles) noexcept { return (doubles + 7) / 8 * 8; }

private:
    std::vector<row_pointer> pieces_;
    double* next_ = nullptr;
    std::size_t newest_ = 0, left_ = 0, taken_ = 0;  ///< doubles of the newest piece, left in it, taken from all
};

/// The least of `first` and the sums a[n] + b[n], n in [0, count).
[[nodiscard]] int least_sum(const std::int16_t* a, const std::int16_t* b, int count, int first);

}  // namespace eonflow::series::fixed_point
