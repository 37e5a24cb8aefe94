#include <eonflow/flow/horizon_trajectory.hpp>

#include <eonflow/flow/events.hpp>
#include <eonflow/flow/horizon.hpp>
#include <eonflow/flow/observe.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace eonflow::flow {

using number::Real;
using number::Vector;

namespace {

constexpr int samples_on_the_way = 12;
constexpr std::int64_t digits_on_the_way = 30;
constexpr std::int64_t scout_digits = 6;

std::vector<HorizonTarget> rules_of(const StopRule& stop) {
    using what = HorizonTarget::what;
    std::vector<HorizonTarget> rules;
    for (const auto& [kind, value] : {std::pair(what::direction_digits, &stop.direction_digits), {what::log10_log10_time, &stop.log10_log10_time}, {what::log10_time, &stop.log10_time},
                                      {what::time, &stop.time}, {what::loss, &stop.loss}})
        if (*value) rules.push_back({kind, **value});
    return rules;
}

/// log10 t of a time, log(1/loss) of a loss, as far as doubles tell it: places on the way to them.
HorizonTarget on_a_logarithmic_scale(const HorizonTarget& rule) {
    using what = HorizonTarget::what;
    const number::precision_scope scope(64);
    if (rule.kind == what::time) return {what::log10_time, number::to_rational(Real(log10(number::to_real(rule.value))))};
    if (rule.kind == what::loss) return {what::minus_log_loss, number::to_rational(Real(-log(number::to_real(rule.value))))};
    return rule;
}

std::vector<HorizonTarget> targets_of(const HorizonTarget& rule) {
    const HorizonTarget scale = rule.value > 0 ? on_a_logarithmic_scale(rule) : rule;
    if (scale.value <= 0) throw invalid_input("the stop rule asks for " + number::to_text(rule.value) + ", accepted is a positive number, a time above 1, a loss below 1", "/stop");
    std::vector<HorizonTarget> targets;
    for (int k = 1; k < samples_on_the_way; ++k) targets.push_back({scale.kind, scale.value * k / samples_on_the_way});
    targets.push_back(rule);
    return targets;
}

std::int64_t decimal_exponent(const Real& x) { return x == 0 ? 0 : static_cast<std::int64_t>(std::floor(static_cast<double>(number::exponent_of(x)) * std::log10(2))); }

/// The digits left of a number x whose absolute error is 10^-places.
verified with_places(const Real& x, std::int64_t places, std::int64_t most) { return {x, std::clamp<std::int64_t>(places + (x == 0 ? 0 : decimal_exponent(x)), 0, most)}; }

/// e^x for a verified x: its absolute error becomes relative.
verified exponential(const verified& x, std::int64_t most) {
    const Real value = exp(x.value);
    if (!isfinite(value)) return {value, 0};
    return {value, std::clamp<std::int64_t>(x.digits - std::max<std::int64_t>(0, decimal_exponent(x.value)) - 1, 0, most)};
}

/// What no second pass confirms is printed to the wanted digits; that none of them is verified says the count of the sample.
HorizonSample as_if_confirmed(HorizonSample s, std::int64_t digits) {
    for (verified* number : {&s.log_radius, &s.log_time, &s.log10_log10_time}) number->digits = isfinite(number->value) ? digits : 0;
    for (std::vector<verified>* numbers : {&s.direction, &s.predictor})
        for (verified& number : *numbers) number.digits = digits;
    return s;
}

Sample convert(const HorizonSample& found, const Problem& problem, std::int64_t wanted_digits, Observer& observer) {
    const HorizonSample s = found.confirmed ? found : as_if_confirmed(found, wanted_digits);
    const std::int64_t most = problem.digits;
    Sample sample;
    const Real ten = log(Real(10));
    sample.time = exponential(s.log_time, most);
    sample.log10_time = {s.log_time.value / ten, std::min(s.log_time.digits, most)};
    const verified size = exponential(s.log_radius, std::numeric_limits<int>::max());
    sample.verified_digits = s.confirmed ? most : 0;
    Vector theta, moved;
    for (std::size_t i = 0; i < s.direction.size(); ++i) {
        const verified& d = s.direction[i];
        const verified entry = with_places(d.value, d.digits, most);
        theta.push_back(size.value * d.value);
        sample.parameters.push_back({theta.back(), std::min(entry.digits, size.digits)});
        if (s.confirmed) sample.verified_digits = std::min(sample.verified_digits, sample.parameters.back().digits);
        const Real uncertainty = theta.back() * pow(Real(10), -sample.parameters.back().digits);
        moved.push_back(theta.back() + (i % 2 == 0 ? uncertainty : Real(-uncertainty)));
    }
    if (!problem.observe.empty()) {
        mpfr_clear_underflow();
        const auto here = observer(theta), there = observer(moved);
        const bool underflow = mpfr_underflow_p() != 0;  // a zero then stands for a number too small to be held, such as the loss
        for (std::size_t k = 0; k < here.size(); ++k)
            for (std::size_t i = 0; i < here[k].size(); ++i)
                if (underflow && here[k][i] == 0)
                    sample.observed[problem.observe[k]].push_back({Real(std::nan("")), 0});
                else
                    sample.observed[problem.observe[k]].push_back({here[k][i], isfinite(here[k][i]) ? std::max<std::int64_t>(0, number::agreeing_digits(here[k][i], there[k][i], most + 1) - 1) : 0});
    }
    if (!s.predictor.empty()) {
        observation direction;
        for (const verified& v : s.predictor) direction.push_back(with_places(v.value, v.digits, most));
        sample.observed["direction"] = std::move(direction);
    }
    sample.observed["log10_log10_time"] = {{s.log10_log10_time.value, std::min(s.log10_log10_time.digits, most)}};
    sample.observed["log_radius"] = {{s.log_radius.value, std::min(s.log_radius.digits, most)}};
    return sample;
}

}  // namespace

bool has_horizon_stop(const StopRule& stop) { return !rules_of(stop).empty() && !stop.settled_digits && !stop.clock; }

Trajectory integrate_to_horizon(const Problem& problem, const System& system, const IntegrateOptions& options) {
    if (!problem.loss.is_classification())
        throw invalid_input("the clock \"horizon\" is for losses that reach zero at infinity, accepted are the exponential and the logistic loss", "/clock");
    if (!has_horizon_stop(problem.stop))
        throw invalid_input("the clock \"horizon\" cannot meet this stop rule, accepted are \"direction_digits\", \"log10_log10_time\", \"log10_time\", \"time\" and \"loss\"", "/stop");
    if (!problem.times.empty()) throw invalid_input("sample times do not go with the clock \"horizon\", whose samples lie on the way to the stop rule", "/times");
    if (options.method != "taylor") throw invalid_input("the clock \"horizon\" has its own methods; the method \"" + options.method + "\" goes with \"time\" and \"loss\"", "/clock");

    require_reachable(problem, "the horizon is never reached; accepted are separable data, or a stop rule of the clocks \"time\" and \"loss\"");
    {
        const number::precision_scope scope(128);
        Vector start;
        for (const Rational& value : problem.initial) start.push_back(number::to_real(value));
        const Vector slope = Observer(problem, system).gradient(start);
        if (std::all_of(slope.begin(), slope.end(), [](const Real& s) { return s == 0; }))
            throw invalid_input("the gradient is zero at the start, so the flow does not move (a saddle point?)", "/initial");
    }
    HorizonOptions wanted;
    // Entries are smaller than the length 1 that the digits of a direction refer to. Where the direction is followed to at least as many digits as are
    // wanted of it, these are the digits of the end; on the way there fewer are, and cost far less.
    wanted.digits = problem.digits + 2;
    if (problem.stop.direction_digits && problem.digits <= *problem.stop.direction_digits) wanted.digits = std::min(wanted.digits, digits_on_the_way + 2);
    wanted.confirm = options.confirm;
    wanted.most_steps = options.most_steps;
    wanted.journal = options.journal;
    wanted.at_ambiguity = problem.at_ambiguity;
    bool interrupted = false;
    wanted.watch = [&](const std::string& phase, double r) {
        if (options.progress) options.progress({phase, -1, "log|theta| = " + std::to_string(r)});
        return interrupted = interrupted || (options.interrupted && options.interrupted());
    };
    std::vector<HorizonTarget> rules = rules_of(problem.stop);
    if (rules.size() > 1) {
        // A rough run to each tells which comes first.
        HorizonOptions rough = wanted;
        rough.digits = scout_digits;
        rough.confirm = false;
        const auto radius = [&](const HorizonTarget& rule) {
            rough.stage = "finding the stop (" + std::to_string(static_cast<int>(rule.kind)) + ")";
            const HorizonResult scout = follow_to_horizon(problem, {rule}, rough);
            return scout.samples.empty() ? std::numeric_limits<double>::infinity() : scout.samples[0].log_radius.value.convert_to<double>();
        };
        std::vector<std::pair<double, std::size_t>> reached;
        for (std::size_t k = 0; k < rules.size() && !interrupted; ++k) reached.emplace_back(radius(rules[k]), k);
        std::swap(rules[0], rules[std::min_element(reached.begin(), reached.end())->second]);
    }
    HorizonResult result;
    result.status = "interrupted";
    if (!interrupted) result = follow_to_horizon(problem, targets_of(rules[0]), wanted);

    Trajectory trajectory;
    trajectory.method = "taylor, then radau with " + std::to_string(result.stages) + " stages";
    trajectory.clock = Clock::horizon;
    trajectory.precision_bits = result.precision_bits;
    trajectory.status = result.status;
    trajectory.confirmation = options.confirm ? "two runs of different orders, stages and precisions" : "none";
    trajectory.counters = {result.early.steps + result.late.steps, result.early.rejected + result.late.rejected, result.early.evaluations + result.late.evaluations, result.early.order};
    if (result.samples.empty() && trajectory.status == "interrupted") return trajectory;
    const number::precision_scope scope(result.precision_bits);
    trajectory.events = events_of(problem, system, result.switches);
    confirm_events(trajectory, events_of(problem, system, options.confirm ? result.confirming : result.switches), problem.digits);
    Observer observer(problem, system);
    for (std::size_t k = 0; k < result.samples.size(); ++k) {
        const bool met_at_once = k + 1 < result.samples.size() && result.samples[k].log_radius.value == result.samples[k + 1].log_radius.value;  // several targets at one place
        if (!met_at_once) trajectory.samples.push_back(convert(result.samples[k], problem, wanted.digits, observer));
    }
    return trajectory;
}

}  // namespace eonflow::flow
