#include <eonflow/flow/horizon.hpp>

#include <eonflow/flow/frozen.hpp>
#include <eonflow/flow/observe.hpp>
#include <eonflow/flow/pattern.hpp>
#include <eonflow/flow/standstill.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/record.hpp>
#include <eonflow/number/text.hpp>
#include <eonflow/ode/record.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace eonflow::flow {

using number::precision_scope;
using number::Real;
using number::Vector;

namespace {

struct raw_sample {
    Real log_radius, log_time, minus_log_loss, log_time_loss, kappa;
    Vector direction, predictor, log_weights;
    bool late = false;
};

template <class Archive>
void transfer(Archive& archive, raw_sample& s) {
    archive(s.log_radius, s.log_time, s.minus_log_loss, s.log_time_loss, s.kappa, s.direction, s.predictor, s.log_weights, s.late);
}

/// What one integration found.
struct pass_result {
    std::vector<raw_sample> samples;
    ode::status ended = ode::status::ok;
    ode::counters early, late;
    int stages = 0;
    std::vector<PathSwitch> switches;
};
template <class Archive>
void transfer(Archive& archive, pass_result& r) {
    archive(r.samples, r.ended, r.early, r.late, r.stages, r.switches);
}

struct pass_options {
    std::int64_t bits = 0, digits = 0, digits_of_change = 0;
    int stages = 0, order = 0;
    std::int64_t most_steps = 0;
    std::vector<std::size_t> touching;  // kinks at 0 at the start
    ambiguity at_ambiguity = ambiguity::stop;
};

constexpr std::int64_t digits_of_distance = 12;  // to which the distance from the limit is known where only the limit is wanted to all digits
constexpr int beyond_target = 1;  // how far a step may overshoot in log|theta|
constexpr int turning_halvings = 12;   // by which a late step is cut to end shortly before a switch
constexpr int latest_switch = 10'000;  // log(1/loss) up to which the early phase follows a switch

/// One integration of the flow, in the caller's precision scope.
class Pass {
public:
    /// (phase, log|theta|) -> true to interrupt
    using monitor = std::function<bool(const std::string&, double)>;

    Pass(std::shared_ptr<const Margins> margins, const std::vector<Rational>& start, const pass_options& chosen)
        : margins_(std::move(margins)),
          chosen_(chosen),
          signs_(margins_->graph, margins_->kinks),
          values_(margins_->graph, margins_->margins),
          coefficients_(margins_->graph, margins_->coefficients),
          early_(margins_, start, chosen.touching, {chosen.bits, std::max(chosen.digits, chosen.digits_of_change) + 2, chosen.order, chosen.at_ambiguity}),
          standstill_(chosen.digits) {
        begin_ = end_ = at_early(early_.kappa());
    }

    /// Appends to `samples` those of `targets`; returns how it ended.
    ode::status follow(std::span<const HorizonTarget> targets, std::vector<raw_sample>& samples, const monitor& watch) {
        for (const HorizonTarget& target : targets) {
            while (!met(target, end_)) {
                if (watch(late_ ? "late" : "early", end_.log_radius.convert_to<double>())) return ode::status::interrupted;
                if (steps_++ >= chosen_.most_steps) return ode::status::step_limit;
                const auto ended = advance(target);
                if (ended != ode::status::ok && ended != ode::status::reached) return ended;
                if (!late_ && standstill_.reached(early_.theta(), early_.kappa())) return ode::status::at_rest;
            }
            // The target is met inside the last step, or was met before.
            if (target.kind == HorizonTarget::what::direction_digits)
                begin_ = end_;
            else if (!met(target, begin_))
                begin_ = locate(target);
            samples.push_back(begin_);
        }
        return ode::status::reached;
    }

    [[nodiscard]] const ode::counters& early() const { return early_.counted(); }
    [[nodiscard]] ode::counters late() const {
        ode::counters all = late_before_;
        if (late_) all += late_->counted();
        return all;
    }
    [[nodiscard]] int stages() const { return stages_; }
    [[nodiscard]] std::vector<PathSwitch> switches() { return early_.switches(); }

    /// What a Pass made alike goes on from, before a step, with the same bits.
    [[nodiscard]] number::Record save() const {
        number::RecordWriter writer;
        writer(early_.save(), late_ ? std::optional(late_->record()) : std::nullopt, late(), stages_, turning_, hold_, switches_before_, end_, settled_, last_change_, last_step_, last_digits_, last_rate_,
               steps_, standstill_);
        return writer.take();
    }
    void restore(const number::Record& saved) {
        number::Record early;
        std::optional<number::Record> late;
        number::RecordReader reader(saved);
        reader(early, late, late_before_, stages_, turning_, hold_, switches_before_, end_, settled_, last_change_, last_step_, last_digits_, last_rate_, steps_, standstill_);
        early_.restore(early);
        if (late) {
            begin_late();
            late_->restore(*late);
        }
    }

private:
    void begin_late() {
        if (!margins_->kinks.empty()) frozen_.emplace(*margins_, early_.pattern(), pow(Real(10), 3 - chosen_.digits));
        late_.emplace(frozen_ ? frozen_->margins() : margins_, early_.theta(), early_.log_time(), LatePhase::options{chosen_.bits, chosen_.digits, chosen_.digits_of_change, chosen_.stages});
    }

    raw_sample observed(const Vector& phi, const Real& r) {
        raw_sample s;
        s.direction = phi;
        s.log_radius = r;
        if (!margins_->coefficients.empty()) s.predictor = normalized(coefficients_(phi));
        return s;
    }

    /// log t and -log loss from Y = -log sum g, log(t e^-Y) and the weights: the loss of a sample is -log(1 - g) for the logistic loss, g for the exponential one.
    /// t and Y are those of the sum.
    void set_time_and_loss(raw_sample& s, const Real& Y, const Real& log_scaled_time, Vector log_weights) const {
        Real sum = 0;
        for (const Real& l : log_weights) {
            const Real g = exp(l - Y), p = exp(l);
            sum += margins_->logistic && g != 0 ? Real(-p * log1p(-g) / g) : p;
        }
        const Real excess = log(sum), averaged = log(Real(margins_->averaged));
        s.log_time = Y + log_scaled_time + averaged;
        s.minus_log_loss = Y - excess + averaged;
        s.log_time_loss = log_scaled_time + excess;
        s.log_weights = std::move(log_weights);
    }

    raw_sample at_early(const Real& kappa) {
        auto [theta, log_time] = kappa == early_.kappa() ? std::pair(early_.theta(), early_.log_time()) : early_.at(kappa);
        const Real size = norm(theta), r = log(size);
        Vector z = values_(signs_.inputs(theta)), log_g, phi;
        for (const Real& margin : z) log_g.push_back(margins_->logistic ? (margin > 0 ? Real(-margin - log1p(exp(-margin))) : Real(-log1p(exp(margin)))) : Real(-margin));
        const Real largest = *std::max_element(log_g.begin(), log_g.end());
        Real sum = 0;
        for (const Real& l : log_g) sum += exp(l - largest);
        const Real Y = -largest - log(sum);
        for (Real& l : log_g) l += Y;
        for (const Real& x : theta) phi.push_back(size == 0 ? x : x / size);
        raw_sample s = observed(phi, r);
        set_time_and_loss(s, Y, log_time - Y, std::move(log_g));
        s.kappa = kappa;
        return s;
    }

    raw_sample at_late() {
        const LatePoint p = late_->point();
        raw_sample s = observed(p.phi, p.r);
        set_time_and_loss(s, p.minus_log_loss_slope(margins_->degree), p.log_scaled_time, p.log_weights);
        s.late = true;
        return s;
    }

    /// The quantity of a target, for direction_digits the digits reached; in a form that is smooth late on.
    static Real quantity(HorizonTarget::what kind, const raw_sample& s) {
        const auto late_form = [&](const Real& x) { return s.late ? Real(x > 1 ? log(x) : x - 1) : x; };
        switch (kind) {
            case HorizonTarget::what::log_radius: return s.log_radius;
            case HorizonTarget::what::time:
            case HorizonTarget::what::log10_time:
            case HorizonTarget::what::log10_log10_time: return late_form(s.log_time);
            default: return late_form(s.minus_log_loss);
        }
    }
    static Real wanted(const HorizonTarget& target, bool late) {
        Real x = number::to_real(target.value);
        const Real ten = log(Real(10));
        switch (target.kind) {
            case HorizonTarget::what::log_radius: return x;
            case HorizonTarget::what::time: x = log(x); break;
            case HorizonTarget::what::loss: x = -log(x); break;
            case HorizonTarget::what::log10_time: x *= ten; break;
            case HorizonTarget::what::log10_log10_time: x = exp(x * ten) * ten; break;
            default: break;
        }
        return late ? Real(x > 1 ? log(x) : x - 1) : x;
    }

    bool met(const HorizonTarget& target, const raw_sample& s) {
        if (target.kind == HorizonTarget::what::direction_digits) return settled_ >= target.value;
        const Real goal = wanted(target, s.late);
        const Real tolerance = (abs(goal) + 1) * number::power_of_two(-chosen_.bits + 12);
        return quantity(target.kind, s) >= goal - tolerance;
    }

    /// Where between begin_ and end_ `target` is met: the secant method through the last two places, kept inside by bisection.
    raw_sample locate(const HorizonTarget& target) {
        const bool late = end_.late;
        const auto position = [&](const raw_sample& s) { return late ? s.log_radius : s.kappa; };
        const auto at = [&](const Real& where) {
            if (!late) return at_early(where);
            late_->restore(state_);
            late_->advance(where);
            return at_late();
        };
        const Real goal = wanted(target, late), near = (abs(goal) + 1) * number::power_of_two(-chosen_.bits + 12);
        Real low = position(begin_), high = position(end_), at_low = quantity(target.kind, begin_), at_high = quantity(target.kind, end_);
        if (abs(at_high - goal) < near) return end_;
        if (!isfinite(at_low)) at_low = goal - 1;  // log t at t = 0
        raw_sample found = end_;
        const auto after = late ? late_->save() : nullptr;
        Real last = low, at_last = at_low, before = high, at_before = at_high;
        for (int k = 0; k < 400 && high - low > (abs(high) + 1) * number::power_of_two(-chosen_.bits + 4); ++k) {
            Real middle = last + (before - last) * (goal - at_last) / (at_before - at_last);
            if (!(middle > low && middle < high) || k % 8 == 7) middle = (low + high) / 2;
            found = at(middle);
            const Real value = quantity(target.kind, found);
            if (abs(value - goal) < near) break;
            (value < goal ? low : high) = middle;
            before = last, at_before = at_last;
            last = middle, at_last = value;
        }
        if (late) late_->restore(after);
        return found;
    }

    ode::status advance(const HorizonTarget& target) {
        if (turning_) turn_back();
        const bool behind = early_.switches_so_far() > switches_before_ || end_.log_radius > hold_;
        if (!late_ && behind && !early_.at_switch() && early_.finished()) {
            begin_late();
            stages_ = late_->stages();
            end_ = at_late();
        }
        begin_ = end_;
        if (!late_) {
            const auto ended = early_.step();
            end_ = at_early(early_.kappa());
            return ended;
        }
        state_ = late_->save();
        const auto ended = late_->step(aim(target));
        if (frozen_ && !frozen_->holds(late_->shape(), late_->point())) stop_before_switch();
        end_ = at_late();
        settle();
        return ended;
    }

    /// Cuts the last late step so that the pattern holds on it, and leaves the rest to the early phase.
    void stop_before_switch() {
        Real low = begin_.log_radius, high = late_->r();
        for (int k = 0; k < turning_halvings; ++k) {
            const Real middle = (low + high) / 2;
            late_->restore(state_);
            late_->advance(middle);
            (frozen_->holds(late_->shape(), late_->point()) ? low : high) = middle;
        }
        late_->restore(state_);
        if (low > begin_.log_radius) late_->advance(low);
        turning_ = high;
    }

    void turn_back() {
        const LatePoint p = late_->point();
        if (p.minus_log_loss_slope(margins_->degree) > latest_switch)
            throw numerical_error("a kink is met at log|theta| = " + number::to_decimal(p.r, 8) + ", where log(1/loss) is above " + std::to_string(latest_switch) +
                                  ": too late for the switch to be followed");
        Vector theta;
        for (const Real& x : p.phi) theta.push_back(x * exp(p.r));
        late_before_ = late();
        late_.reset();
        frozen_.reset();
        early_.resume(theta, p.minus_log_loss_slope(margins_->degree) + p.log_scaled_time);
        hold_ = *turning_;
        switches_before_ = early_.switches_so_far();
        turning_.reset();
        end_ = at_early(early_.kappa());
        last_change_ = 0, last_rate_ = 0;
    }

    /// How far a step may go: not much farther than where the target is expected. Times and losses grow like e^(L r) in their logarithms; digits of the direction at the present rate.
    Real aim(const HorizonTarget& target) const {
        if (target.kind != HorizonTarget::what::direction_digits) {
            const bool radius = target.kind == HorizonTarget::what::log_radius;
            const Real missing = wanted(target, true) - quantity(target.kind, end_);
            return end_.log_radius + std::max(Real(0), radius ? missing : Real(missing / number::to_real(margins_->degree))) + beyond_target;
        }
        const Real far = number::power_of_two(60);
        if (!(last_rate_ > 0) || !(last_digits_ > 0)) return far;
        const Real missing = number::to_real(target.value) - last_digits_;
        // Past it, a little farther, to confirm the estimate.
        return end_.log_radius + (std::max(Real(0), Real(missing * log(Real(10)))) + Real(1) / 4) / last_rate_;
    }

    /// Estimates the digits of the direction from the last two steps, as if its distance from the limit fell like e^(-rate r) over both. An estimate counts
    /// once the one before confirms it: with as many digits, or with a rate that makes little difference over a step.
    void settle() {
        const precision_scope rough(64);
        const bool linear = !margins_->coefficients.empty();
        const Vector &from = linear ? begin_.predictor : begin_.direction, &to = linear ? end_.predictor : end_.direction;
        Vector moved;
        {
            const precision_scope full(chosen_.bits);
            for (std::size_t i = 0; i < from.size(); ++i) moved.push_back(to[i] - from[i]);
        }
        const Real step = end_.log_radius - begin_.log_radius, change = norm(moved);
        if (change < number::power_of_two(8 - chosen_.bits)) {
            settled_ = std::numeric_limits<int>::max();
        } else if (last_change_ > 0) {
            const Real rate = decay_rate(last_change_, last_step_, change, step);
            const Real digits = rate > 0 ? Real(-log10(change / expm1(rate * step))) : Real(0);
            settled_ = 2 * abs(rate - last_rate_) * step < 1 ? digits : std::min(digits, last_digits_);
            last_digits_ = digits;
            last_rate_ = rate;
        }
        last_change_ = change;
        last_step_ = step;
    }

    /// k such that C e^(-k r) changes by `first` and `second` over steps of these lengths one after the other; 0 where it does not fall.
    static Real decay_rate(const Real& first, const Real& first_step, const Real& second, const Real& second_step) {
        const Real ratio = second / first;
        const auto excess = [&](const Real& k) { return ratio - exp(-k * first_step) * expm1(-k * second_step) / expm1(-k * first_step); };
        if (ratio >= second_step / first_step) return Real(0);
        Real low = 0, high = 1;
        while (excess(high) < 0) high *= 2;
        for (int k = 0; k < 60; ++k) {
            const Real middle = (low + high) / 2;
            (excess(middle) < 0 ? low : high) = middle;
        }
        return high;
    }

    std::shared_ptr<const Margins> margins_;
    pass_options chosen_;
    Pattern<Real> signs_;
    graph::evaluator<Real> values_, coefficients_;
    EarlyPhase early_;
    Standstill standstill_;
    std::optional<LatePhase> late_;
    std::optional<FrozenPattern> frozen_;  // its pattern, where there are kinks
    std::optional<Real> turning_;          // set once a late step met a kink: where at the latest
    Real hold_ = -std::numeric_limits<double>::infinity();  // the early phase goes on at least to there, or over a switch
    std::size_t switches_before_ = 0;
    ode::counters late_before_;  // of former late phases
    int stages_ = 0;
    raw_sample begin_, end_;  // of the last step; begin_ moves on to a sample inside it
    std::shared_ptr<const LatePhase::saved> state_;  // at the beginning of the last late step
    Real settled_ = -1, last_change_ = 0, last_step_ = 0, last_digits_ = -1, last_rate_ = 0;
    std::int64_t steps_ = 0;
};

std::int64_t whole_digits(const HorizonTarget& target) { return static_cast<std::int64_t>(std::ceil(target.value.convert_to<double>())); }

std::string status_name(ode::status s) { return s == ode::status::reached || s == ode::status::ok ? "reached_stop" : std::string(ode::name_of(s)); }

/// One integration in the working precision of a scope, or what a former run kept of it.
pass_result run_pass(const std::shared_ptr<const Margins>& margins, const Problem& problem, const std::vector<HorizonTarget>& targets, const pass_options& chosen, const HorizonOptions& options,
                     const std::string& name) {
    Journal none;
    return (options.journal != nullptr ? *options.journal : none).stage(options.stage + ", " + name, [&](Journal::Entry& entry) {
        Pass pass(margins, problem.initial, chosen);
        pass_result result;
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
        pass_options chosen;
        chosen.digits = options.digits + extra;
        if (furthest > options.digits) chosen.digits_of_change = digits_of_distance + extra - 5;
        chosen.bits = number::bits_for_digits(furthest + chosen.digits_of_change + extra + 14);
        chosen.stages = options.stages;
        chosen.most_steps = options.most_steps;
        chosen.touching = touching;
        chosen.at_ambiguity = options.at_ambiguity;
        const precision_scope scope(chosen.bits);
        const std::string name = "attempt " + std::to_string(attempt + 1);
        const pass_result first = run_pass(margins, problem, targets, chosen, options, name);
        pass_result second;
        const std::vector<raw_sample>&samples = first.samples, &others = second.samples;
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
            pass_options other = chosen;
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
            const raw_sample& a = samples[k];
            const raw_sample* b = k < others.size() ? &others[k] : nullptr;
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
