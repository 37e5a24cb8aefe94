// The local error of one step.
#include <eonflow/ode/radau_trial.hpp>

namespace eonflow::ode {

using number::Matrix;
using number::precision_scope;
using number::Real;
using namespace scaling;

/// log2 of the estimated local error, relative to the scales.
double radau::estimate(trial& t) const {
    const std::size_t s = rule_->nodes.size();
    t.shape_x = Matrix<Real>(s, d_);
    t.shape_w = Matrix<Real>(s, a_);
    // Differences from the start: the mean matters to nobody, and few bits of what changes are enough for estimates and predictions.
    Matrix<Real> moved_x(s, d_), moved_w(s, a_);
    for (std::size_t j = 0; j < s; ++j) {
        for (std::size_t i = 0; i < d_; ++i) moved_x(j, i) = t.x(j, i) - now_.x[i];
        for (std::size_t i = 0; i < a_; ++i) moved_w(j, i) = t.w(j, i) - now_.w[i];
    }
    const auto kept = std::clamp(static_cast<std::int64_t>(t.change - t.wanted) + 2 * wide_bits, std::min(options_.bits, multiprecision_bits), options_.bits);
    rule_->fast_to_legendre.multiply(moved_x, t.shape_x, kept);
    rule_->fast_to_legendre.multiply(moved_w, t.shape_w, kept);
    double tail = nothing, coupling = nothing;
    for (std::size_t k = s > 4 ? s - 2 : s - 1; k < s; ++k) {
        for (const std::size_t i : live_) tail = std::max(tail, log2_of(t.shape_x(k, i)) - static_cast<double>(t.scale[i]));
        for (std::size_t i = 0; i < a_; ++i) coupling = std::max(coupling, log2_of(t.shape_w(k, i)) + t.reach[i]);
    }
    const double defect = std::max(tail, coupling - std::log2(2.0 * static_cast<double>(s)));
    // A fixed direction with all watched states in it.
    std::vector<double> weights(live_.size());
    std::uint32_t bits = 12345;
    for (double& weight : weights) {
        bits = bits * 1664525 + 1013904223;
        weight = ((bits >> 31) != 0 ? 1.0 : -1.0) * (0.5 + 0.5 * static_cast<double>(bits & 0xffff) / 65536);
    }
    Matrix<double> adjoint(s, live_.size());
    if (t.solver) {
        adjoint = t.solver->adjoint(weights);
    } else {
        const precision_scope scope(multiprecision_bits);
        const Matrix<Real> wide = t.wide_solver->adjoint({weights.begin(), weights.end()});
        for (std::size_t j = 0; j < s; ++j)
            for (std::size_t i = 0; i < live_.size(); ++i) adjoint(j, i) = wide(j, i).convert_to<double>();
    }
    std::vector<double> size(s, nothing);
    double largest = nothing;
    const double log2_h = t.log2_h;
    for (std::size_t k = 0; k < s; ++k) {
        for (std::size_t i = 0; i < live_.size(); ++i) {
            double sum = 0;
            for (std::size_t j = 0; j < s; ++j) sum += rule_->to_legendre_double(k, j) * adjoint(j, i) / rule_->weights[j];
            size[k] = std::max(size[k], log2_of(sum) - log2_h);
        }
        largest = std::max(largest, size[k]);
    }
    // The last coefficient above double's noise, and from there on a geometric sequence, which entire functions fall below.
    const double noise = largest - 36;
    std::size_t last = s - 1;
    while (last > 1 && size[last] < noise) --last;
    const double rate = (largest - std::max(size[last], noise)) / static_cast<double>(last);
    const double adjoint_tail = last + 2 >= s ? std::max(size[s - 1], size[s - 2]) : largest - rate * static_cast<double>(s);
    const double product = 1 + defect + std::max({adjoint_tail, tail, coupling});
    return options_.uniform ? std::max(product, defect) : product;
}

}  // namespace eonflow::ode
