#include <eonflow/flow/small_start.hpp>

#include <eonflow/flow/observe.hpp>
#include <eonflow/flow/saddle.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <boost/math/tools/toms748_solve.hpp>

#include <algorithm>

namespace eonflow::flow {

using number::Real;
using number::Vector;

bool has_small_start(const Problem& problem) {
    const StopRule& stop = problem.stop;
    if (problem.descent_step || problem.model.is_piecewise()) return false;
    if (problem.loss.kind != model::loss_kind::squared || stop.settled_digits || stop.clock || (!stop.time && !stop.log10_time && !stop.loss)) return false;
    if (stop.time && *stop.time <= 0) return false;
    return std::any_of(problem.initial.begin(), problem.initial.end(), [](const Rational& x) { return x != 0 && abs(x) * 100'000'000 < 1; });
}

namespace {

class Run {
public:
    Run(const Problem& problem, const System& system, const PathOptions& options)
        : observer_(problem, system),
          // y is of the size of log|theta|, whose digits before the point are lost.
          path_(problem, system, {.bits = number::working_bits(), .digits = options.digits, .stages = options.confirming ? 7 * static_cast<int>(options.digits) / 10 + 7 : 0}) {
        first_loss_ = observer_.loss(path_.theta());
    }

    [[nodiscard]] Real clock() {
        const Real ratio = observer_.loss(path_.theta()) / first_loss_;
        return path_.log_time() - log(std::max(ratio, number::power_of_two(-32)));
    }
    [[nodiscard]] Path::point here() { return {clock(), path_.time(), path_.theta(), {}}; }

    /// Increases along the flow through zero at the target.
    [[nodiscard]] Real overshoot(const Target& target) {
        const Real value = number::to_real(target.value);
        switch (target.kind) {
            case Target::what::start: return Real(0);
            case Target::what::clock: return clock() - value;
            case Target::what::time: return path_.log_time() - log1p(path_.first_speed() * value);
            case Target::what::log10_time: return path_.log_time() - log1p(path_.first_speed() * pow(Real(10), value));
            case Target::what::loss: return log(value) - log(observer_.loss(path_.theta()));
        }
        return Real(0);
    }

    /// Goes to where the target is met inside the step from `before` to here.
    void locate(const Target& target, const SaddlePath::saved& before) {
        const Real from = before.state.time, to = path_.tau(), f_to = overshoot(target);
        path_.restore(before);
        const Real f_from = overshoot(target);
        if (f_from >= 0) return;
        const auto f = [&](const Real& tau) {
            path_.go_back(before, tau);
            return overshoot(target);
        };
        std::uintmax_t iterations = 100;
        const Real resolution = number::epsilon(number::working_bits() - 8);
        const auto close = [&](const Real& a, const Real& b) { return abs(b - a) <= resolution * std::max(Real(1), Real(abs(b))); };
        const auto bracket = boost::math::tools::toms748_solve(f, from, to, f_from, f_to, close, iterations);
        path_.go_back(before, (bracket.first + bracket.second) / 2);
    }

    [[nodiscard]] SaddlePath& path() noexcept { return path_; }

private:
    Observer observer_;
    SaddlePath path_;
    Real first_loss_;
};

}  // namespace

Path::outcome follow_small_start(const Problem& problem, const System& system, const PathOptions& options, const std::vector<Target>& targets, const Path::visitor& visit,
                                 const Path::monitor& watch) {
    Run run(problem, system, options);
    Path::outcome result;
    result.status = "reached_stop";
    result.start_clock = run.clock().convert_to<double>();
    std::size_t next = 0;
    auto before = run.path().save();
    std::int64_t steps = 0;
    for (;; ++steps) {
        for (; next < targets.size() && run.overshoot(targets[next]) >= 0; ++next) {
            const auto after = run.path().save();
            if (steps > 0) run.locate(targets[next], before);
            visit(run.here());
            result.end_clock = run.clock().convert_to<double>();
            run.path().restore(after);
        }
        if (next == targets.size()) break;
        if (watch(-1, "log10 t = " + number::to_decimal(log10(run.path().time()), 6)))
            result.status = "interrupted";
        else if (steps == options.most_steps)
            result.status = "step_limit";
        else {
            before = run.path().save();
            const ode::status status = run.path().step(number::power_of_two(60));
            if (status == ode::status::ok || status == ode::status::reached) continue;
            result.status = ode::name_of(status);
        }
        result.end_clock = run.clock().convert_to<double>();
        break;
    }
    const ode::counters& counted = run.path().counted();
    result.counters = {steps, counted.rejected, counted.evaluations, counted.order};  // without the steps taken again to meet targets
    return result;
}

}  // namespace eonflow::flow
