#pragma once
/// Exact data with denominators cleared row by row, in machine integers where they fit.

#include <eonflow/convex/program.hpp>

#include <cstdint>
#include <optional>
#include <vector>

namespace eonflow::convex {

/// Row i of the rational data times scale[i] > 0: integer entries `matrix` and right-hand side `right`.
template <class Entry>
struct Integer_rows {
    number::Matrix<Entry> matrix;
    std::vector<Entry> right;
    std::vector<number::Integer> scale;
};

/// Clears denominators.
[[nodiscard]] Integer_rows<number::Integer> integer_rows(const number::Matrix<number::Rational>& matrix, const std::vector<number::Rational>& right);

/// The same where every entry has at most `bits` and every right-hand side at most `right_bits` bits, <= 62; nothing otherwise.
[[nodiscard]] std::optional<Integer_rows<std::int64_t>> machine_rows(const number::Matrix<number::Rational>& matrix,
                                                                   const std::vector<number::Rational>& right, int bits,
                                                                   int right_bits);

}  // namespace eonflow::convex
