#include <verify/tail.hpp>

#include <eonflow/flow/horizon.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>
#include <cmath>

namespace eonflow::verify {

using number::Rational;
using number::Real;
using number::Vector;

namespace {

constexpr std::int64_t spare_digits = 15;
constexpr std::int64_t decades_beyond = 3;
constexpr int most_tries = 3;
constexpr std::int64_t farthest = 40;  // digits of |theta| for each digit asked for
constexpr int first_radius = 3;  // r from which on the expansions in 1/|theta| are of use

}  // namespace

Tail Tail::until(const Real& furthest) const {
    Tail part = *this;
    std::erase_if(part.points, [&](const Point& p) { return p.r > furthest; });
    return part;
}

Vector Tail::small() const {
    Vector x;
    for (const Point& p : points) x.push_back(exp(-p.r));
    return x;
}

Vector Tail::log_inverse_loss() const {
    Vector sigma;
    for (const Point& p : points) sigma.push_back(p.log_inverse_loss);
    return sigma;
}

Tail follow_tail(const flow::Problem& problem, const CheckOptions& options, std::int64_t decades) {
    const double furthest = static_cast<double>(decades > 0 ? decades : options.digits + decades_beyond) * std::log(10);
    std::vector<flow::HorizonTarget> targets;
    // Half-integer steps first, where exponents of steep quantities are read, then growing by a quarter.
    for (Rational r = first_radius; r < furthest; r += r < 10 ? Rational(1, 2) : Rational(r / 4)) targets.push_back({flow::HorizonTarget::what::log_radius, r});
    targets.push_back({flow::HorizonTarget::what::log_radius, Rational(static_cast<std::int64_t>(std::ceil(furthest)))});

    flow::HorizonOptions wanted;
    wanted.digits = options.digits + spare_digits;
    wanted.at_ambiguity = problem.at_ambiguity;
    if (options.progress)
        wanted.watch = [&](const std::string& phase, double r) {
            options.progress(phase + ", log|theta| = " + std::to_string(r).substr(0, 5) + " of " + std::to_string(furthest).substr(0, 5));
            return false;
        };
    const flow::HorizonResult result = flow::follow_to_horizon(problem, targets, wanted);

    Tail tail;
    tail.bits = result.precision_bits;
    tail.degree = flow::homogeneous_margins(problem).degree;
    tail.status = result.status;
    tail.verified_digits = tail.loss_digits = wanted.digits;
    const number::precision_scope scope(tail.bits);
    const auto values = [&](const std::vector<flow::verified>& numbers) {
        Vector v;
        for (const flow::verified& n : numbers) {
            v.push_back(n.value);
            tail.verified_digits = std::min(tail.verified_digits, n.digits);
        }
        return v;
    };
    for (const flow::HorizonSample& s : result.samples) {
        // Targets that lay behind the start are visited there all together.
        if (!tail.points.empty() && s.log_radius.value <= tail.points.back().r + Real(1) / 4) continue;
        tail.points.push_back({s.log_radius.value, values(s.direction), values(s.predictor), s.minus_log_loss.value, s.log_time.value, s.log_time_loss.value, {}});
        tail.loss_digits = std::min(tail.loss_digits, s.minus_log_loss.digits);
        for (const flow::verified& w : s.log_weights) tail.points.back().log_weights.push_back(w.value);
    }
    return tail;
}

Tail follow_tail_until(const flow::Problem& problem, const CheckOptions& options, const std::function<Real(const Tail::Point&)>& residual) {
    std::int64_t decades = 0;
    for (int attempt = 1;; ++attempt) {
        Tail tail = follow_tail(problem, options, decades);
        const number::precision_scope scope(tail.bits);
        const Tail::Point& last = tail.points.back();
        const std::int64_t reached = number::agreeing_digits(Real(1), 1 + residual(last), tail.verified_digits);
        if (reached >= options.digits || attempt == most_tries || reached == 0) return tail;
        const double gone = last.r.convert_to<double>() / std::log(10);
        decades = std::min(farthest * options.digits, static_cast<std::int64_t>(gone * static_cast<double>(options.digits + 2) / static_cast<double>(reached)) + 5);
    }
}

}  // namespace eonflow::verify
