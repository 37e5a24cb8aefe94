#include <verify/tail.hpp>

#include <eonflow/flow/integrate.hpp>
#include <eonflow/flow/observe.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>
#include <cmath>

namespace eonflow::verify {

using number::Rational;
using number::Real;
using number::Vector;

namespace {

constexpr double first_value = 16;  // earlier the flow is still far from its expansion
constexpr std::int64_t tail_digits = 30;

}  // namespace

Vector Tail::small() const {
    Vector x;
    for (const Point& p : points) x.push_back(1 / p.size);
    return x;
}

Tail follow_tail(const flow::Problem& original, double furthest, const CheckOptions& options) {
    flow::Problem problem = original;
    problem.clock = flow::Clock::loss;
    problem.times.clear();
    problem.observe.clear();
    problem.digits = std::max(tail_digits, options.digits);

    flow::IntegrateOptions run;
    if (options.progress) run.progress = [&](const flow::Progress& p) { options.progress(p.phase + ", " + p.detail); };
    for (int k = 0;; ++k) {
        const double at = std::round(first_value * std::exp2(0.5 * k));
        run.clock_values.emplace_back(number::to_rational(at));
        if (at >= furthest) break;
    }
    // e^-value as a rational slightly above the true loss would stop early; the last clock value itself is the stop.
    problem.stop = {};
    problem.stop.clock = run.clock_values.back();
    run.clock_values.pop_back();

    const flow::Trajectory trajectory = flow::integrate(problem, run);
    const flow::System system = flow::build_system(problem);
    Tail tail;
    tail.bits = trajectory.precision_bits;
    tail.status = trajectory.status;
    tail.verified_digits = problem.digits;
    const number::precision_scope scope(tail.bits);
    problem.observe.clear();
    flow::Observer observer(problem, system);
    const Real ten = log(Real(10));
    for (const flow::Sample& sample : trajectory.samples) {
        Tail::Point point;
        for (const flow::verified& p : sample.parameters) point.theta.push_back(p.value);
        point.size = flow::norm(point.theta);
        point.log_loss = log(observer.loss(point.theta));
        point.log_time = sample.log10_time.value * ten;
        point.gradient = observer.gradient(point.theta);
        tail.points.push_back(std::move(point));
        tail.verified_digits = std::min(tail.verified_digits, sample.verified_digits);
    }
    return tail;
}

}  // namespace eonflow::verify
