#include <eonflow/convex/check_parts.hpp>

#include <algorithm>
#include <cstdint>

namespace eonflow::convex::checking {

using number::Integer;
using number::Matrix;

__extension__ typedef unsigned __int128 wide;

// Modulo a prime when that is already full, by fraction-free elimination otherwise.
std::size_t rank_of(Matrix<Integer> a) {
    const std::size_t n = a.rows(), d = a.columns();
    constexpr std::uint64_t prime = (std::uint64_t{1} << 61) - 1;
    auto residue = [&](const Integer& x) { return static_cast<std::uint64_t>(mpz_fdiv_ui(x.backend().data(), prime)); };
    auto multiply = [&](std::uint64_t x, std::uint64_t y) { return static_cast<std::uint64_t>(static_cast<wide>(x) * y % prime); };
    auto inverse = [&](std::uint64_t x) {
        std::uint64_t result = 1;
        for (std::uint64_t e = prime - 2; e != 0; e >>= 1, x = multiply(x, x))
            if ((e & 1) != 0) result = multiply(result, x);
        return result;
    };
    Matrix<std::uint64_t> m(n, d);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < d; ++j) m(i, j) = residue(a(i, j));
    std::size_t rank = 0;
    for (std::size_t j = 0; j < d && rank < n; ++j) {
        std::size_t pivot = rank;
        while (pivot < n && m(pivot, j) == 0) ++pivot;
        if (pivot == n) continue;
        std::swap_ranges(m.row(pivot).begin(), m.row(pivot).end(), m.row(rank).begin());
        const std::uint64_t over = inverse(m(rank, j));
        for (std::size_t i = rank + 1; i < n; ++i) {
            if (m(i, j) == 0) continue;
            const std::uint64_t factor = prime - multiply(m(i, j), over);
            for (std::size_t k = j; k < d; ++k) m(i, k) = (m(i, k) + multiply(factor, m(rank, k))) % prime;
        }
        ++rank;
    }
    if (rank == std::min(n, d)) return rank;

    rank = 0;
    Integer previous = 1;
    for (std::size_t j = 0; j < d && rank < n; ++j) {
        std::size_t pivot = rank;
        while (pivot < n && a(pivot, j) == 0) ++pivot;
        if (pivot == n) continue;
        std::swap_ranges(a.row(pivot).begin(), a.row(pivot).end(), a.row(rank).begin());
        for (std::size_t i = rank + 1; i < n; ++i)
            for (std::size_t k = d; k-- > j;) a(i, k) = (a(i, k) * a(rank, j) - a(i, j) * a(rank, k)) / previous;
        previous = a(rank, j);
        ++rank;
    }
    return rank;
}

}  // namespace eonflow::convex::checking
