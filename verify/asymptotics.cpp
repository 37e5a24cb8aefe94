#include <verify/asymptotics.hpp>

#include <algorithm>

namespace eonflow::verify {

using number::Real;
using number::Vector;

Extrapolated extrapolate_to_zero(const Vector& x, const Vector& values) {
    // row[j] after k points: the polynomial through points k-j..k, at 0. A value counts for what both its neighbours of lower order say.
    Vector row;
    Extrapolated best{values.back(), abs(values.back() - values[values.size() - 2])};
    for (std::size_t k = 0; k < values.size(); ++k) {
        Vector next{values[k]};
        for (std::size_t j = 1; j <= k; ++j) {
            next.push_back((x[k - j] * next[j - 1] - x[k] * row[j - 1]) / (x[k - j] - x[k]));
            const Real change = std::max(Real(abs(next[j] - next[j - 1])), Real(abs(next[j] - row[j - 1])));
            if (k + 1 == values.size() && change < best.error) best = {next[j], change};
        }
        row = std::move(next);
    }
    return best;
}

Extrapolated extrapolated_exponent(const Vector& scale, const Vector& values, const Vector& small) {
    Vector slopes, between;
    for (std::size_t k = 0; k + 1 < scale.size(); ++k) {
        slopes.push_back(log(abs(values[k + 1] / values[k])) / log(scale[k + 1] / scale[k]));
        between.push_back(small[k + 1]);
    }
    return extrapolate_to_zero(between, slopes);
}

}  // namespace eonflow::verify
