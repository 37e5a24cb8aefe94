#include <verify/tail.hpp>

#include <eonflow/flow/integrate.hpp>
#include <eonflow/flow/observe.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>

namespace eonflow::verify {

using number::Rational;
using number::Real;
using number::Vector;

namespace {

constexpr int first_value = 16;  // earlier the flow is still far from its expansion
constexpr std::int64_t tail_digits = 24;

}  // namespace

Vector Tail::small() const {
    Vector x;
    for (const Point& p : points) x.push_back(1 / p.size);
    return x;
}

Tail follow_tail(const flow::Problem& original, int furthest, const CheckOptions& options) {
    flow::Problem problem = original;
    problem.clock = flow::Clock::loss;
    problem.times.clear();
    problem.observe.clear();
    problem.digits = std::max(tail_digits, options.digits);

    flow::IntegrateOptions run;
    if (options.progress) run.progress = [&](const flow::Progress& p) { options.progress(p.phase + ", " + p.detail); };
    // Exactly geometric, so that the expansion in the small variable is one in the index too.
    for (Rational at = first_value; at < furthest; at *= Rational(3, 2)) run.clock_values.push_back(at);
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
