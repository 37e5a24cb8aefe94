#include <eonflow/flow/horizon.hpp>

#include <eonflow/flow/horizon_pass.hpp>
#include <eonflow/ode/record.hpp>

#include <algorithm>
#include <cmath>

namespace eonflow::flow {

using number::precision_scope;
using number::Real;
using number::Vector;

namespace {

/// What one integration found.
struct PassResult {
    std::vector<PassSample> samples;
    ode::status ended = ode::status::ok;
    ode::counters early, late;
    int stages = 0;
    std::vector<PathSwitch> switches;
};
template <class Archive>
void transfer(Archive& archive, PassResult& r) {
    archive(r.samples, r.ended, r.early, r.late, r.stages, r.switches);
}

constexpr std::int64_t digits_of_distance = 12;  // to which the distance from the limit is known where only the limit is wanted to all digits

std::int64_t whole_digits(const HorizonTarget& target) { return static_cast<std::int64_t>(std::ceil(target.value.convert_to<double>())); }

std::string status_name(ode::status s) { return s == ode::status::reached || s == ode::status::ok ? "reached_stop" : std::string(ode::name_of(s)); }

/// One integration in the working precision of a scope, or what a former run kept of it.
PassResult run_pass(const std::shared_ptr<const Margins>& margins, const Problem& problem, const std::vector<HorizonTarget>& targets, const PassOptions& chosen, const HorizonOptions& options,
                     const std::string& name) {
    Journal none;
    return (options.journal != nullptr ? *options.journal : none).stage(options.stage + ", " + name, [&](Journal::Entry& entry) {
        Pass pass(margins, problem.initial, chosen);
        PassResult result;
        if (entry.left() != nullptr) {
            number::Record state;
            number::RecordReader reader(*entry.left());
            reader(state, result.samples);
            pass.restore(state);
        }
        const auto record = [&] {
            number::RecordWriter writer;
            writer(pass.save(), result.samples);
            return writer.take();
        };
        const auto watch = [&](const std::string& phase, double log_radius) {
            const bool stop = options.watch && options.watch(phase, log_radius);
            if (stop)
                entry.interrupt(record());
            else if (entry.due())
                entry.keep(record());
            return stop;
        };
        result.ended = pass.follow(std::span(targets).subspan(result.samples.size()), result.samples, watch);
        result.early = pass.early(), result.late = pass.late(), result.stages = pass.stages(), result.switches = pass.switches();
        return result;
    });
}

}  // namespace

HorizonResult follow_to_horizon(const Problem& problem, const std::vector<HorizonTarget>& targets, const HorizonOptions& options) {
    problem.validate();
    const auto margins = std::make_shared<const Margins>(homogeneous_margins(problem));
    HorizonResult result;
    const std::vector<std::size_t> touching = kinks_at(margins->graph, margins->kinks, problem.initial);
    // The digits promised at each target, and the most of them.
    std::vector<std::int64_t> promised;
    for (const HorizonTarget& target : targets)
        promised.push_back(target.kind == HorizonTarget::what::direction_digits ? std::max(options.digits, whole_digits(target) + 2) : options.digits);
    const std::int64_t furthest = promised.empty() ? options.digits : *std::max_element(promised.begin(), promised.end());
    std::int64_t extra = 5;
    for (int attempt = 0; attempt < 3; ++attempt, extra *= 3) {
        PassOptions chosen;
        chosen.digits = options.digits + extra;
        if (furthest > options.digits) chosen.digits_of_change = digits_of_distance + extra - 5;
        chosen.bits = number::bits_for_digits(furthest + chosen.digits_of_change + extra + 14);
        chosen.stages = options.stages;
        chosen.most_steps = options.most_steps;
        chosen.touching = touching;
        chosen.at_ambiguity = options.at_ambiguity;
        const precision_scope scope(chosen.bits);
        const std::string name = "attempt " + std::to_string(attempt + 1);
        const PassResult first = run_pass(margins, problem, targets, chosen, options, name);
        PassResult second;
        const std::vector<PassSample>&samples = first.samples, &others = second.samples;
        result.early = first.early, result.late = first.late, result.stages = first.stages;
        result.switches = first.switches;
        result.confirming.clear();
        result.precision_bits = chosen.bits;
        result.status = status_name(first.ended);
        if (options.confirm && !samples.empty() && first.ended != ode::status::interrupted) {
            // The same places again: where only digits were asked for, the radius that the first pass found.
            std::vector<HorizonTarget> again(targets.begin(), targets.begin() + static_cast<std::ptrdiff_t>(samples.size()));
            for (std::size_t k = 0; k < again.size(); ++k)
                if (again[k].kind == HorizonTarget::what::direction_digits) again[k] = {HorizonTarget::what::log_radius, number::to_rational(samples[k].log_radius)};
            PassOptions other = chosen;
            other.digits += 3;
            if (other.digits_of_change > 0) other.digits_of_change += 3;
            other.bits += 48;
            other.stages = (first.stages > 0 ? first.stages : 16) + 5;
            other.order = first.early.order + 6;
            const precision_scope wider(other.bits);
            second = run_pass(margins, problem, again, other, options, name + ", confirming");
            result.confirming = second.switches;
            if (second.ended != ode::status::reached) result.status = status_name(second.ended);
        }
        result.samples.clear();
        bool as_promised = true;
        const std::int64_t most = furthest + extra;
        for (std::size_t k = 0; k < samples.size(); ++k) {
            const PassSample& a = samples[k];
            const PassSample* b = k < others.size() ? &others[k] : nullptr;
            const auto agreed = [&](const Real& x, const Real& y, const Real& scale) {
                return b == nullptr ? std::int64_t{0} : std::max<std::int64_t>(0, number::agreeing_digits(x, y, scale, most) - 1);
            };
            const auto scalar = [&](const Real& x, const Real& y) { return verified{x, isfinite(x) ? agreed(x, y, abs(x)) : 0}; };
            const auto vector = [&](const Vector& x, const Vector& y, bool absolute) {
                std::vector<verified> entries;
                for (std::size_t i = 0; i < x.size(); ++i) {
                    const Real scale = absolute || !isfinite(x[i]) ? Real(1) : std::max(Real(1), Real(abs(x[i])));
                    entries.push_back({x[i], isfinite(x[i]) ? agreed(x[i], y.empty() ? x[i] : y[i], scale) : 0});
                }
                return entries;
            };
            const Vector none;
            HorizonSample s;
            s.late = a.late, s.confirmed = b != nullptr;
            s.log_radius = scalar(a.log_radius, b ? b->log_radius : a.log_radius);
            s.log_time = scalar(a.log_time, b ? b->log_time : a.log_time);
            s.minus_log_loss = scalar(a.minus_log_loss, b ? b->minus_log_loss : a.minus_log_loss);
            s.log_time_loss = {a.log_time_loss, isfinite(a.log_time_loss) ? agreed(a.log_time_loss, b ? b->log_time_loss : a.log_time_loss, Real(1)) : 0};
            const Real ten = log(Real(10));
            s.log10_log10_time = scalar(log10(a.log_time / ten), b ? Real(log10(b->log_time / ten)) : a.log_time);
            s.direction = vector(a.direction, b ? b->direction : none, true);
            s.predictor = vector(a.predictor, b ? b->predictor : none, true);
            s.log_weights = vector(a.log_weights, b ? b->log_weights : none, false);
            for (const verified& v : targets[k].kind == HorizonTarget::what::direction_digits && !s.predictor.empty() ? s.predictor : s.direction)
                as_promised = as_promised && v.digits >= promised[k];
            result.samples.push_back(std::move(s));
        }
        if (!options.confirm || as_promised || result.status == "interrupted") break;
    }
    return result;
}

}  // namespace eonflow::flow
