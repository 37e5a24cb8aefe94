#pragma once

#include <eonflow/number/rational.hpp>

#include <cstddef>
#include <vector>

namespace eonflow::convex {

/// Rationals numerators[i] / denominator over one denominator > 0 (not necessarily the least).
struct Exact_vector {
    std::vector<number::Integer> numerators;
    number::Integer denominator = 1;

    [[nodiscard]] std::size_t size() const noexcept { return numerators.size(); }
    [[nodiscard]] number::Rational operator[](std::size_t i) const { return number::Rational(numerators[i], denominator); }
    [[nodiscard]] std::vector<number::Rational> rationals() const;
};

/// `values` over their least common denominator.
[[nodiscard]] Exact_vector common_denominator(const std::vector<number::Rational>& values);

}  // namespace eonflow::convex
