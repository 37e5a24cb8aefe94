#include <verify/asymptotics.hpp>

namespace eonflow::verify {

using number::Real;
using number::Vector;

Extrapolated extrapolate_to_zero(const Vector& x, const Vector& values) {
    // row[j] after k rows: the polynomial through points k-j..k, at 0.
    Vector row;
    Extrapolated best{values.back(), abs(values.back() - values[values.size() - 2])};
    for (std::size_t k = 0; k < values.size(); ++k) {
        Vector next{values[k]};
        for (std::size_t j = 1; j <= k; ++j) next.push_back((x[k - j] * next[j - 1] - x[k] * row[j - 1]) / (x[k - j] - x[k]));
        row = std::move(next);
    }
    for (std::size_t j = 1; j < row.size(); ++j) {
        const Real change = abs(row[j] - row[j - 1]);
        if (change < best.error) best = {row[j], change};
    }
    return best;
}

Extrapolated extrapolated_exponent(const Vector& x, const Vector& values) {
    Vector slopes, between;
    for (std::size_t k = 0; k + 1 < x.size(); ++k) {
        slopes.push_back(log(values[k + 1] / values[k]) / log(x[k + 1] / x[k]));
        between.push_back(x[k + 1]);
    }
    return extrapolate_to_zero(between, slopes);
}

}  // namespace eonflow::verify
