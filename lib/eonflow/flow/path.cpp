#include <eonflow/flow/path.hpp>

#include <eonflow/flow/observe.hpp>
#include <eonflow/flow/standstill.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>
#include <eonflow/ode/stepper.hpp>

#include <boost/math/tools/toms748_solve.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace eonflow::flow {

using number::Real;
using number::Vector;

namespace {

Real infinity() { return Real(std::numeric_limits<double>::infinity()); }

/// -infinity at 0, no number before.
Real log10_of(const Real& time) { return time > 0 ? Real(log10(time)) : Real(time == 0 ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::quiet_NaN()); }

/// A trajectory that came to its end says so in words of its own.
std::string status_text(ode::status status) { return status == ode::status::ok || status == ode::status::reached ? "reached_stop" : std::string(ode::name_of(status)); }

}  // namespace

struct Path::engine {
    engine(const Problem& problem, const System& system, Clock clock_in, const PathOptions& options)
        : clock(clock_in), parameters(problem.model.parameters()), most_steps(options.most_steps), observer(problem, system), standstill(options.digits) {
        for (const Rational& value : problem.initial) initial.push_back(number::to_real(value));
        check_start(problem);
        Vector state = initial;
        if (clock == Clock::loss) {
            state.emplace_back(0);
            start = -log(observer.loss(initial));
        }
        const ode::stepper_setting setting{number::working_bits(), options.digits, options.confirming};
        PiecewiseField field = flow_field(system, clock);
        if (field.kinks.empty()) {
            stepper = ode::make_stepper(options.method, assembled(field), setting);
            stepper->start(start, state);
            return;
        }
        auto switching = std::make_unique<Switching>(std::move(field), SwitchingOptions{setting.bits, setting.digits, ode::order_of(setting), options.at_ambiguity, options.method});
        switching->start(start, state, kinks_at(system.graph, system.kinks, problem.initial));
        switches = switching.get();
        stepper = std::move(switching);
    }

    void check_start(const Problem& problem) {
        const Real loss = observer.loss(initial);
        const Vector slope = observer.gradient(initial);
        const bool defined = isfinite(loss) && std::all_of(slope.begin(), slope.end(), [](const Real& s) { return isfinite(s); });
        if (!defined)
            throw invalid_input("the loss or its gradient is not defined at the start (a division by zero, the logarithm or root of a negative number, or a number too large, in the prediction or the loss)", "/initial");
        if (clock != Clock::loss) return;
        if (loss <= 0) throw invalid_input("the loss is not positive at the start, so log(1/loss) cannot be the clock", "/clock");
        if (std::all_of(slope.begin(), slope.end(), [](const Real& s) { return s == 0; }))
            throw invalid_input("the gradient is zero at the start, so the flow does not move and the loss cannot be the clock" + std::string(problem.model.layers.size() > 1 ? " (a saddle point?)" : ""), "/initial");
    }

    [[nodiscard]] Real time_of(const Real& clock_value, const Vector& state) const { return clock == Clock::time ? clock_value : Real(expm1(state.back())); }

    [[nodiscard]] point point_at(const Real& clock_value, Vector state) const {
        point at{clock_value, time_of(clock_value, state), {}, switches != nullptr ? switches->slopes(state) : Vector{}};
        state.resize(parameters);
        at.parameters = std::move(state);
        return at;
    }

    /// The clock value of a target that has one by itself.
    [[nodiscard]] std::optional<Real> direct(const Target& target) const {
        switch (target.kind) {
            case Target::what::start: return start;
            case Target::what::clock: return number::to_real(target.value);
            case Target::what::time: return clock == Clock::time ? std::optional<Real>(number::to_real(target.value)) : std::nullopt;
            case Target::what::log10_time: return clock == Clock::time ? std::optional<Real>(pow(Real(10), number::to_real(target.value))) : std::nullopt;
            case Target::what::loss: return clock == Clock::loss ? std::optional<Real>(-log(number::to_real(target.value))) : std::nullopt;
        }
        return std::nullopt;
    }

    /// Increases along the flow through zero at an indirect target.
    [[nodiscard]] Real overshoot(const Target& target, const Vector& state) {
        const Real value = number::to_real(target.value);
        switch (target.kind) {
            case Target::what::time: return state.back() - log1p(value);
            case Target::what::log10_time: return state.back() - log1p(pow(Real(10), value));
            default: return log(value) - log(observer.loss(Vector(state.begin(), state.begin() + static_cast<std::ptrdiff_t>(parameters))));
        }
    }

    [[nodiscard]] Real locate(const Target& target, const Real& from, const Real& to) {
        const auto f = [&](const Real& at) { return overshoot(target, stepper->dense(at)); };
        const Real f_from = f(from), f_to = overshoot(target, stepper->state());
        if (f_from >= 0) return from;
        if (f_to <= 0) return to;
        std::uintmax_t iterations = 200;
        const Real resolution = number::epsilon(number::working_bits() - 4);
        const auto close = [&](const Real& a, const Real& b) { return abs(b - a) <= resolution * std::max(Real(abs(a)), Real(abs(b))); };
        const auto bracket = boost::math::tools::toms748_solve(f, from, to, f_from, f_to, close, iterations);
        return (bracket.first + bracket.second) / 2;
    }

    ode::status step(const Real& limit) {
        try {
            return stepper->step(limit);
        } catch (const numerical_error& problem) {
            if (stepper->counted().steps > 0) throw;
            throw invalid_input("no flow begins here: " + std::string(problem.what()), "/initial");
        }
    }

    Clock clock;
    std::size_t parameters;
    std::int64_t most_steps;
    Observer observer;
    Standstill standstill;
    Vector initial;
    Real start = 0;
    std::unique_ptr<ode::stepper> stepper;
    Switching* switches = nullptr;  ///< the same where there are kinks
};

Path::Path(const Problem& problem, const System& system, Clock clock, const PathOptions& options)
    : engine_(std::make_unique<engine>(problem, system, clock, options)) {}
Path::~Path() = default;

number::Record Path::save() const {
    const number::Record of_stepper = engine_->stepper->save();
    if (of_stepper.empty()) return {};
    number::RecordWriter writer;
    writer(of_stepper, engine_->standstill);
    return writer.take();
}

void Path::restore(const number::Record& saved) {
    number::Record of_stepper;
    number::RecordReader reader(saved);
    reader(of_stepper, engine_->standstill);
    engine_->stepper->restore(of_stepper);
}

Path::outcome Path::follow(const std::vector<Target>& targets, const visitor& visit, const monitor& watch) {
    engine& e = *engine_;
    ode::stepper& stepper = *e.stepper;
    outcome result;
    result.status = "reached_stop";
    result.start_clock = e.start.convert_to<double>();

    std::vector<std::optional<Real>> goals;
    for (const Target& target : targets) goals.push_back(e.direct(target));
    const bool forward = !goals.back() || *goals.back() >= e.start;
    const Real limit = goals.back() ? *goals.back() : infinity();
    const auto passed = [&](const Real& goal, const Real& now) { return forward ? goal <= now : goal >= now; };

    std::size_t next = 0;
    const std::size_t last = targets.size() - 1;
    Real from = e.start;
    // Where a target is met, if that is not after the last step.
    const auto place = [&](std::size_t k) -> std::optional<Real> {
        const Real now = stepper.time();
        if (goals[k]) {
            if (!passed(*goals[k], now)) return std::nullopt;
            return passed(from, *goals[k]) ? *goals[k] : from;
        }
        if (e.overshoot(targets[k], stepper.state()) < 0) return std::nullopt;
        return now == e.start ? now : e.locate(targets[k], from, now);
    };
    const auto visit_passed = [&] {
        const std::optional<Real> end = place(last);
        for (; next < targets.size(); ++next) {
            std::optional<Real> at = next < last ? place(next) : end;
            if (end && (!at || !passed(*at, *end))) next = last, at = end;  // nothing is sampled behind the end
            if (!at) return;
            visit(e.point_at(*at, *at == stepper.time() ? stepper.state() : stepper.dense(*at)));
            result.end_clock = at->convert_to<double>();
        }
    };

    visit_passed();
    while (next < targets.size()) {
        const double fraction = goals.back() ? Real((stepper.time() - e.start) / (limit - e.start)).convert_to<double>() : -1;
        if (watch(fraction, std::string(flow::name_of(e.clock)) + " clock at " + number::to_decimal(stepper.time(), 6))) {
            result.status = "interrupted";
            break;
        }
        if (stepper.counted().steps >= e.most_steps) {
            result.status = "step_limit";
            break;
        }
        from = stepper.time();
        const ode::status status = e.step(limit);
        if (status != ode::status::ok && status != ode::status::reached) {
            result.status = status_text(status);
            break;
        }
        visit_passed();
        // The time of a flow at rest goes on, but its loss does not, and some times would take too many steps.
        const auto out_of_reach = [&] { return abs(limit - stepper.time()) > abs(stepper.time() - from) * (e.most_steps - stepper.counted().steps); };
        if (next < targets.size() && e.clock == Clock::time && e.standstill.reached(stepper.state(), stepper.time() - e.start) && out_of_reach()) {
            result.status = status_text(ode::status::at_rest);
            break;
        }
    }
    if (e.switches != nullptr)
        for (const Switch& s : e.switches->switches()) {
            const Real time = e.time_of(s.clock, s.state);
            result.switches.push_back({time, log10_of(time), s.kink, s.what, s.to});
        }
    if (next < targets.size()) result.end_clock = stepper.time().convert_to<double>();
    const ode::counters& counted = stepper.counted();
    result.counters = {counted.steps, counted.rejected, counted.evaluations, counted.order};
    return result;
}

std::optional<double> Path::settled_at(std::int64_t digits, const std::function<bool()>& interrupted) {
    engine& e = *engine_;
    ode::stepper& stepper = *e.stepper;
    const Real tolerance = pow(Real(10), -digits);
    const auto speed = [&](const Vector& state) {
        const point at = e.point_at(0, state);
        return norm(e.observer.gradient(at.parameters, at.slopes));
    };
    Real before = speed(stepper.state());
    if (before == 0) return 0;
    for (std::int64_t steps = 0; steps < e.most_steps; ++steps) {
        if (interrupted && interrupted()) return stepper.time().convert_to<double>();
        const Real from = stepper.time();
        const ode::status status = e.step(infinity());
        if (status != ode::status::ok && status != ode::status::reached) throw numerical_error("the flow ended with status " + status_text(status) + " before it settled");
        const Real now = speed(stepper.state());
        const Real rate = now == 0 ? Real(1) : Real(log(before / now) / (stepper.time() - from));
        if (now == 0 || (rate > 0 && now / rate <= tolerance * norm(stepper.state()))) {
            // Rounded up to a short dyadic number, the same end for every run.
            return std::nextafter(static_cast<double>(std::nextafter(stepper.time().convert_to<float>(), std::numeric_limits<float>::infinity())),
                                  std::numeric_limits<double>::infinity());
        }
        before = now;
        if (e.standstill.reached(stepper.state(), stepper.time() - e.start)) return std::nullopt;
    }
    throw numerical_error("the flow did not settle to " + std::to_string(digits) + " digits within " + std::to_string(e.most_steps) + " steps");
}

}  // namespace eonflow::flow
