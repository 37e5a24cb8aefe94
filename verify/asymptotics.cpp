#include <verify/asymptotics.hpp>

#include <algorithm>

namespace eonflow::verify {

using number::Real;
using number::Vector;

Extrapolated extrapolate_to_zero(const Vector& x, const Vector& values) {
    // row[j] after k points: the polynomial through points k-j..k, at 0.
    Vector row;
    for (std::size_t k = 0; k + 1 < values.size(); ++k) {
        Vector next{values[k]};
        for (std::size_t j = 1; j <= k; ++j) next.push_back((x[k - j] * next[j - 1] - x[k] * row[j - 1]) / (x[k - j] - x[k]));
        row = std::move(next);
    }
    // The last row, each entry beside the two of lower order that it is made of. The entry before an accidental agreement shows no such agreement,
    // so the larger of two consecutive changes is the estimate.
    const std::size_t last = values.size() - 1;
    Real entry = values[last], before = abs(values[last] - row[0]);
    Extrapolated best{entry, before};
    for (std::size_t j = 1; j <= last; ++j) {
        const Real next = (x[last - j] * entry - x[last] * row[j - 1]) / (x[last - j] - x[last]);
        const Real change = std::max(Real(abs(next - entry)), Real(abs(next - row[j - 1])));
        const Real estimate = std::max(change, before);
        if (estimate < best.error) best = {next, estimate};
        entry = next;
        before = change;
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
