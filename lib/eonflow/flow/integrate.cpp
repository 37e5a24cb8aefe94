#include <eonflow/flow/integrate.hpp>

#include <eonflow/flow/descent.hpp>
#include <eonflow/flow/events.hpp>
#include <eonflow/flow/horizon_trajectory.hpp>
#include <eonflow/flow/margins.hpp>
#include <eonflow/flow/observe.hpp>
#include <eonflow/flow/path.hpp>
#include <eonflow/flow/small_start.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>
#include <cmath>

namespace eonflow::flow {

using number::Real;
using number::Vector;

template <class Archive>
void transfer(Archive& archive, Counters& c) {
    archive(c.steps, c.rejected, c.evaluations, c.order);
}
template <class Archive>
void transfer(Archive& archive, Path::outcome& o) {
    archive(o.status, o.switches, o.counters, o.start_clock, o.end_clock);
}

namespace {

constexpr std::int64_t guard_digits = 5;       // lost to rounding and to accumulation over the steps; what is lost beyond is measured and added
constexpr std::int64_t confirming_digits = 8;  // by which the confirming run is finer
constexpr int most_tries = 4;
constexpr std::int64_t default_samples = 16;
constexpr std::int64_t scout_digits = 18;
constexpr std::int64_t double_settled_limit = 2;

struct run_setting {
    std::int64_t digits = 0;  // of the local tolerance
    bool confirming = false;  // another order
};

/// A sample as plain numbers: time, log10 time, parameters, then all observables one after the other.
struct raw_sample {
    Real time, log10_time;
    Vector parameters;
    std::vector<Vector> observed;
};

struct raw_run {
    std::vector<raw_sample> samples;
    Path::outcome outcome;
    std::int64_t bits = 0;
};

template <class Archive>
void transfer(Archive& archive, raw_sample& s) {
    archive(s.time, s.log10_time, s.parameters, s.observed);
}
template <class Archive>
void transfer(Archive& archive, raw_run& r) {
    archive(r.samples, r.outcome, r.bits);
}

/// A run that is under way.
struct raw_state {
    number::Record path;
    std::vector<raw_sample> samples;
};
template <class Archive>
void transfer(Archive& archive, raw_state& s) {
    archive(s.path, s.samples);
}

/// Times up to this many e-foldings of 1/loss are reached step by step in the loss clock; beyond, the horizon clock is the faster one.
constexpr int longest_loss_clock = 300;

bool is_homogeneous(const Problem& problem) {
    try {
        (void)homogeneous_margins(problem);
        return true;
    } catch (const invalid_input&) {
        return false;
    }
}

Clock resolve_clock(const Problem& problem) {
    if (problem.clock != Clock::automatic) return problem.clock;
    if (problem.descent_step) return Clock::time;
    const auto& stop = problem.stop;
    // Time itself is the cheaper variable until its logarithm takes over.
    const bool near = stop.time && abs(*stop.time) <= 1000 && !stop.direction_digits && !stop.log10_log10_time;
    if (!problem.loss.is_classification() || stop.settled_digits || near) return Clock::time;
    const number::precision_scope scope(64);
    const auto beyond = [](const std::optional<Rational>& x) { return x && *x > 0 && log(number::to_real(*x)) > longest_loss_clock; };
    const bool far = stop.direction_digits || stop.log10_log10_time || (stop.log10_time && *stop.log10_time > longest_loss_clock) || beyond(stop.time) ||
                     (stop.loss && beyond(Rational(1 / *stop.loss)));
    return far && problem.times.empty() && has_horizon_stop(stop) && is_homogeneous(problem) ? Clock::horizon : Clock::loss;
}

bool follows_small_start(const Problem& problem, const IntegrateOptions& options) {
    return problem.clock == Clock::automatic && options.method == "taylor" && options.clock_values.empty() && has_small_start(problem);
}

raw_sample observe(const Problem& problem, Observer& observer, const Path::point& at) {
    raw_sample sample{at.time, at.time > 0 ? Real(log10(at.time)) : Real(at.time == 0 ? -std::numeric_limits<double>::infinity() : std::nan("")), at.parameters, {}};
    if (!problem.observe.empty()) sample.observed = observer(at.parameters, at.slopes);
    return sample;
}

/// The result of a stage from the journal, if there is one.
template <class Work>
auto stage(const IntegrateOptions& options, const std::string& name, Work work) {
    Journal none;
    return (options.journal != nullptr ? *options.journal : none).stage(name, work);
}

/// A run that takes seconds: after an interruption it begins anew.
template <class Follow>
raw_run unkept(const Problem& problem, Observer& observer, const IntegrateOptions& options, const std::string& phase, Journal::Entry& entry, Follow follow) {
    raw_run result;
    result.outcome = follow([&](const Path::point& at) { result.samples.push_back(observe(problem, observer, at)); },
                            [&](double fraction, const std::string& detail) {
                                if (options.progress) options.progress({phase, fraction, detail});
                                const bool stop = options.interrupted && options.interrupted();
                                if (stop) entry.interrupt({});
                                return stop;
                            });
    result.bits = number::working_bits();
    return result;
}

raw_run run(const Problem& problem, const System& system, Clock clock, const std::vector<Target>& targets, const run_setting& setting,
            const IntegrateOptions& options, const std::string& phase) {
    const bool from_small_start = follows_small_start(problem, options);
    const number::precision_scope scope(number::bits_for_digits(setting.digits + guard_digits) + (from_small_start ? 64 : 32));
    return stage(options, phase + ", " + std::to_string(setting.digits) + " digits", [&](Journal::Entry& entry) {
        Observer observer(problem, system);
        if (problem.descent_step)
            return unkept(problem, observer, options, phase, entry, [&](const auto& visit, const auto& watch) { return descend(problem, observer, targets, options.most_steps, visit, watch); });
        const PathOptions chosen{options.method, setting.digits, setting.confirming, options.most_steps, problem.at_ambiguity};
        if (from_small_start)
            return unkept(problem, observer, options, phase, entry, [&](const auto& visit, const auto& watch) { return follow_small_start(problem, system, chosen, targets, visit, watch); });
        Path path(problem, system, clock, chosen);
        raw_state state;
        if (entry.left() != nullptr) {
            number::RecordReader reader(*entry.left());
            reader(state);
            if (state.path.empty())
                state.samples.clear();
            else
                path.restore(state.path);
        }
        const auto record = [&] {
            state.path = path.save();
            number::RecordWriter writer;
            writer(state);
            return writer.take();
        };
        const std::vector<Target> ahead(targets.begin() + static_cast<std::ptrdiff_t>(state.samples.size()), targets.end());
        raw_run result;
        result.outcome = path.follow(
            ahead, [&](const Path::point& at) { state.samples.push_back(observe(problem, observer, at)); },
            [&](double fraction, const std::string& detail) {
                if (options.progress) options.progress({phase, fraction, detail});
                const bool stop = options.interrupted && options.interrupted();
                if (stop)
                    entry.interrupt(record());
                else if (entry.due())
                    entry.keep(record());
                return stop;
            });
        result.samples = std::move(state.samples);
        result.bits = scope.bits();
        return result;
    });
}

/// The end of the integration as a target, once for both runs.
Target end_target(const Problem& problem, const System& system, Clock clock, const IntegrateOptions& options) {
    const StopRule& stop = problem.stop;
    if (!problem.times.empty() && (stop.direction_digits || stop.log10_log10_time))
        throw invalid_input("sample times do not go with the stop rules \"direction_digits\" and \"log10_log10_time\", whose samples lie on the way", "/times");
    std::vector<Target> ends;
    if (stop.time) ends.push_back({Target::what::time, *stop.time});
    if (stop.log10_time) ends.push_back({Target::what::log10_time, *stop.log10_time});
    if (stop.loss) ends.push_back({Target::what::loss, *stop.loss});
    if (stop.clock) ends.push_back({Target::what::clock, *stop.clock});
    if ((ends.empty() && (problem.descent_step || !stop.settled_digits)) || stop.direction_digits || stop.log10_log10_time)
        throw invalid_input((problem.descent_step ? "gradient descent" : "the clock \"" + std::string(name_of(clock)) + "\"") +
                                " cannot meet this stop rule, accepted are \"time\", \"log10_time\"" + (problem.descent_step ? " and \"loss\"" : ", \"loss\" and \"settled_digits\""),
                            "/stop");
    if (stop.settled_digits && !problem.descent_step) {
        const auto digits = static_cast<std::int64_t>(stop.settled_digits->convert_to<double>()) + double_settled_limit;
        const std::string phase = "where the flow settles";
        const double settled = stage(options, phase, [&](Journal::Entry& entry) {
            const auto interrupted = [&] {
                if (options.progress) options.progress({phase, -1, ""});
                return options.interrupted && options.interrupted();
            };
            // With a finer tolerance where the errors of the steps keep the speed up.
            for (std::int64_t tolerance = digits;; tolerance += guard_digits) {
                const number::precision_scope scope(number::bits_for_digits(tolerance + guard_digits) + 32);
                Path path(problem, system, clock, {options.method, tolerance, false, options.most_steps, problem.at_ambiguity});
                const std::optional<double> at = path.settled_at(digits, interrupted);
                if (!at && tolerance < digits + most_tries * guard_digits) continue;
                if (!at) throw numerical_error("the flow stands still before it has settled to " + std::to_string(digits) + " digits");
                if (options.interrupted && options.interrupted()) entry.interrupt({});
                return *at;
            }
        });
        if (!std::isfinite(settled))
            throw invalid_input("the flow does not settle (on separable data a classification loss has no limit that is reached), accepted are the other stop rules", "/stop/settled_digits");
        ends.push_back({Target::what::clock, number::to_rational(settled)});
    }
    if (ends.size() == 1) return ends[0];
    // Several rules: a rough run to each tells which comes first.
    std::size_t first = 0;
    Real earliest;
    for (std::size_t k = 0; k < ends.size(); ++k) {
        const raw_run scout = run(problem, system, clock, {ends[k]}, {scout_digits, false}, options, "finding the stop (" + std::to_string(k + 1) + ")");
        const number::precision_scope scope(number::bits_for_digits(scout_digits) + 32);
        const Real reached = scout.samples.empty() ? Real(std::numeric_limits<double>::infinity()) : abs(scout.samples.back().time);
        if (k == 0 || reached < earliest) first = k, earliest = reached;
    }
    return ends[first];
}

/// x rounded to 24 bits, whatever its size.
Rational short_dyadic(double x) {
    int exponent = 0;
    const double mantissa = std::frexp(x, &exponent);
    return number::to_rational(std::ldexp(static_cast<double>(static_cast<float>(mantissa)), exponent));
}

/// Evenly spaced values of the clock up to the end: a time, or where a rough run ends, as exact dyadic numbers.
std::vector<Target> spaced_targets(const Problem& problem, const System& system, Clock clock, const Target& end, const IntegrateOptions& options) {
    const raw_run scout = run(problem, system, clock, {end}, {scout_digits, false}, options, "scouting");
    const double start = scout.outcome.start_clock, finish = scout.outcome.end_clock;
    std::vector<Target> targets;
    if (clock == Clock::time && end.kind == Target::what::time && scout.outcome.status == "reached_stop") {
        for (std::int64_t k = 0; k < default_samples; ++k) targets.push_back({Target::what::time, end.value * k / default_samples});
        return targets;
    }
    for (std::int64_t k = 0; k < default_samples; ++k) {
        const double at = start + (finish - start) * static_cast<double>(k) / static_cast<double>(default_samples);
        if (k == 0)
            targets.push_back({Target::what::start, 0});
        else if (std::isfinite(at))
            targets.push_back({Target::what::clock, short_dyadic(at)});
    }
    return targets;
}

/// Sample times lie between the start and the stop, as far as that is a time.
void check_times(const Problem& problem) {
    const StopRule& stop = problem.stop;
    const bool backward = stop.time && *stop.time < 0;
    const number::precision_scope scope(128);
    for (std::size_t k = 0; k < problem.times.size(); ++k) {
        const Rational& t = problem.times[k];
        const std::string found = "the sample time " + number::to_text(t), place = "/times/" + std::to_string(k);
        if (backward ? t > 0 : t < 0) throw invalid_input(found + " lies before the start, away from the stop", place);
        const bool behind = (stop.time && abs(t) > abs(*stop.time)) || (stop.log10_time && number::to_real(t) > pow(Real(10), number::to_real(*stop.log10_time)));
        if (behind) throw invalid_input(found + " lies behind the stop", place);
    }
}

Sample verify_sample(const Problem& problem, const raw_sample& fine, const raw_sample& other) {
    const std::int64_t most = problem.digits;
    Sample sample;
    sample.time = compare(fine.time, other.time, most);
    sample.log10_time = compare(fine.log10_time, other.log10_time, most);
    sample.verified_digits = most;
    for (std::size_t i = 0; i < fine.parameters.size(); ++i) {
        sample.parameters.push_back(compare(fine.parameters[i], other.parameters[i], most));
        sample.verified_digits = std::min(sample.verified_digits, sample.parameters.back().digits);
    }
    for (std::size_t k = 0; k < fine.observed.size(); ++k) {
        observation& values = sample.observed[problem.observe[k]];
        for (std::size_t i = 0; i < fine.observed[k].size(); ++i) values.push_back(compare(fine.observed[k][i], other.observed[k][i], most));
    }
    return sample;
}

std::int64_t fewest_digits(const Sample& sample) {
    std::int64_t fewest = std::min(sample.verified_digits, isfinite(sample.log10_time.value) ? sample.log10_time.digits : sample.verified_digits);
    for (const auto& [name, values] : sample.observed)
        for (const verified& value : values) fewest = std::min(fewest, value.digits);
    return fewest;
}

}  // namespace

const std::vector<observable_entry>& methods() {
    static const std::vector<observable_entry> entries = {
        {"taylor", "Taylor series of the flow; order and step follow the precision"},
        {"fehlberg78", "Boost.Odeint's controlled runge_kutta_fehlberg78: an independent witness to about 30 digits"},
        {"bulirsch_stoer", "Boost.Odeint's bulirsch_stoer: an independent witness to about 30 digits"},
    };
    return entries;
}

Trajectory integrate(const Problem& problem, const IntegrateOptions& options) {
    problem.validate();
    if (problem.stop.empty()) throw invalid_input("there is no stop rule, accepted are \"time\", \"log10_time\", \"loss\", \"settled_digits\", \"direction_digits\", \"log10_log10_time\" and \"clock\"", "/stop");
    if (problem.stop.loss)
        if (const Rational least = least_loss(problem); *problem.stop.loss < least)
            throw invalid_input("the loss to stop at is " + number::to_text(*problem.stop.loss) + ", but equal samples have different labels: the loss of any predictor is at least " + number::to_text(least), "/stop/loss");
    check_times(problem);
    const System system = build_system(problem);
    const Clock clock = resolve_clock(problem);
    {
        const number::precision_scope scope(128);
        (void)Observer(problem, system);  // refuses unknown observables before any work
    }
    if (clock == Clock::horizon) return integrate_to_horizon(problem, system, options);
    const Target end = end_target(problem, system, clock, options);
    std::vector<Target> targets;
    for (const Rational& value : options.clock_values) targets.push_back({Target::what::clock, value});
    if (targets.empty())
        for (const Rational& time : problem.times) targets.push_back({Target::what::time, time});
    if (targets.empty()) targets = spaced_targets(problem, system, clock, end, options);
    targets.push_back(end);

    std::int64_t digits = problem.digits + guard_digits;
    Trajectory best;
    for (int attempt = 1;; ++attempt) {
        const raw_run fine = run(problem, system, clock, targets, {digits + confirming_digits, true}, options, "integrating");
        const number::precision_scope scope(fine.bits);
        const raw_run other = options.confirm && fine.outcome.status != "interrupted" ? run(problem, system, clock, targets, {digits, false}, options, "confirming") : raw_run{};
        Trajectory trajectory;
        trajectory.method = problem.descent_step ? "descent" : follows_small_start(problem, options) ? "radau in the logarithms of the parameters" : options.method;
        trajectory.clock = clock;
        trajectory.precision_bits = fine.bits;
        trajectory.counters = fine.outcome.counters;
        trajectory.status = other.outcome.status == "interrupted" ? other.outcome.status : fine.outcome.status;
        trajectory.confirmation = !options.confirm       ? "none"
                                  : problem.descent_step ? "two runs of different precision"
                                                         : "two runs, local tolerances 1e-" + std::to_string(digits + confirming_digits) + " and 1e-" + std::to_string(digits) +
                                                               ", different orders and precisions";
        std::int64_t fewest = problem.digits;
        for (std::size_t k = 0; k < fine.samples.size(); ++k) {
            const bool confirmed = k < other.samples.size();
            trajectory.samples.push_back(verify_sample(problem, fine.samples[k], confirmed ? other.samples[k] : fine.samples[k]));
            Sample& sample = trajectory.samples.back();
            if (!confirmed) {
                // Unconfirmed: printed to the wanted digits, counted as none.
                sample.verified_digits = 0;
            } else {
                fewest = std::min(fewest, fewest_digits(sample));
            }
        }
        trajectory.events = events_of(problem, system, fine.outcome.switches);
        // Unconfirmed ones are printed to the wanted digits like the samples.
        confirm_events(trajectory, events_of(problem, system, options.confirm ? other.outcome.switches : fine.outcome.switches), problem.digits);
        // A contact is a double zero: half the digits are all there are.
        for (const Event& e : trajectory.events)
            if (options.confirm && e.time.value != 0 && e.kind != "contact") fewest = std::min(fewest, e.time.digits);
        best = std::move(trajectory);
        if (!options.confirm || fewest >= problem.digits || attempt == most_tries || best.status == "interrupted") return best;
        digits += problem.digits - fewest + guard_digits;
    }
}

}  // namespace eonflow::flow
