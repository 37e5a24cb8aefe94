#include <eonflow/flow/horizon_pass.hpp>

#include <eonflow/flow/observe.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>
#include <eonflow/ode/record.hpp>

#include <algorithm>
#include <cmath>

namespace eonflow::flow {

using number::precision_scope;
using number::Real;
using number::Vector;

namespace {

constexpr int beyond_target = 1;  // how far a step may overshoot in log|theta|
constexpr int turning_halvings = 12;   // by which a late step is cut at most to end before a switch,
constexpr int explicit_steps = 4;      // or until as many times 1/log(1/loss) of log|theta| are left, in which weights change by a factor of e or so: the order of the early phase's steps
constexpr int few_late_steps = 8, most_patience = 15;  // after late phases cut off after so few steps the early phase goes on for longer and longer
constexpr int latest_switch = 10'000;  // log(1/loss) up to which the early phase follows a switch

}  // namespace

Pass::Pass(std::shared_ptr<const Margins> margins, const std::vector<Rational>& start, const PassOptions& chosen)
    : margins_(std::move(margins)),
      chosen_(chosen),
      signs_(margins_->graph, margins_->kinks),
      values_(margins_->graph, margins_->margins),
      coefficients_(margins_->graph, margins_->coefficients),
      early_(margins_, start, chosen.touching, {chosen.bits, std::max(chosen.digits, chosen.digits_of_change) + 2, chosen.order, chosen.at_ambiguity}),
      standstill_(chosen.digits) {
    begin_ = end_ = at_early(early_.kappa());
}

ode::status Pass::follow(std::span<const HorizonTarget> targets, std::vector<PassSample>& samples, const monitor& watch) {
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

ode::counters Pass::late() const {
    ode::counters all = late_before_;
    if (late_) all += late_->counted();
    return all;
}

number::Record Pass::save() const {
    number::RecordWriter writer;
    writer(early_.save(), late_ ? std::optional(late_->record()) : std::nullopt, late(), stages_, turning_, hold_, switches_before_, end_, settled_, last_change_, last_step_, last_digits_, last_rate_,
           steps_, standstill_, patience_, patient_until_);
    return writer.take();
}

void Pass::restore(const number::Record& saved) {
    number::Record early;
    std::optional<number::Record> late;
    number::RecordReader reader(saved);
    reader(early, late, late_before_, stages_, turning_, hold_, switches_before_, end_, settled_, last_change_, last_step_, last_digits_, last_rate_, steps_, standstill_, patience_, patient_until_);
    early_.restore(early);
    if (late) {
        begin_late();
        late_->restore(*late);
    }
}

void Pass::begin_late() {
    if (!margins_->kinks.empty()) frozen_.emplace(*margins_, early_.pattern(), pow(Real(10), 3 - chosen_.digits));
    late_.emplace(frozen_ ? frozen_->margins() : margins_, early_.theta(), early_.log_time(), LatePhase::options{chosen_.bits, chosen_.digits, chosen_.digits_of_change, chosen_.stages});
}

PassSample Pass::observed(const Vector& phi, const Real& r) {
    PassSample s;
    s.direction = phi;
    s.log_radius = r;
    if (!margins_->coefficients.empty()) s.predictor = normalized(coefficients_(phi));
    return s;
}

void Pass::set_time_and_loss(PassSample& s, const Real& Y, const Real& log_scaled_time, Vector log_weights) const {
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

PassSample Pass::at_early(const Real& kappa) {
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
    PassSample s = observed(phi, r);
    set_time_and_loss(s, Y, log_time - Y, std::move(log_g));
    s.kappa = kappa;
    return s;
}

PassSample Pass::at_late() {
    const LatePoint p = late_->point();
    PassSample s = observed(p.phi, p.r);
    set_time_and_loss(s, p.minus_log_loss_slope(margins_->degree), p.log_scaled_time, p.log_weights);
    s.late = true;
    return s;
}

Real Pass::quantity(HorizonTarget::what kind, const PassSample& s) {
    const auto late_form = [&](const Real& x) { return s.late ? Real(x > 1 ? log(x) : x - 1) : x; };
    switch (kind) {
        case HorizonTarget::what::log_radius: return s.log_radius;
        case HorizonTarget::what::time:
        case HorizonTarget::what::log10_time:
        case HorizonTarget::what::log10_log10_time: return late_form(s.log_time);
        default: return late_form(s.minus_log_loss);
    }
}

Real Pass::wanted(const HorizonTarget& target, bool late) {
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

bool Pass::met(const HorizonTarget& target, const PassSample& s) {
    if (target.kind == HorizonTarget::what::direction_digits) return settled_ >= target.value;
    const Real goal = wanted(target, s.late);
    const Real tolerance = (abs(goal) + 1) * number::power_of_two(-chosen_.bits + 12);
    return quantity(target.kind, s) >= goal - tolerance;
}

PassSample Pass::locate(const HorizonTarget& target) {
    const bool late = end_.late;
    const auto position = [&](const PassSample& s) { return late ? s.log_radius : s.kappa; };
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
    PassSample found = end_;
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

ode::status Pass::advance(const HorizonTarget& target) {
    if (turning_) turn_back();
    const bool behind = early_.switches_so_far() > switches_before_ || end_.log_radius > hold_;
    if (!late_ && behind && end_.log_radius > patient_until_ && !early_.at_switch() && early_.finished()) {
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
    if (end_.log_radius > begin_.log_radius) settle();  // not where a switch is so near that nothing is left of the step
    return ended;
}

void Pass::stop_before_switch() {
    Real low = begin_.log_radius, high = late_->r();
    const Real enough = explicit_steps / std::max(Real(1), begin_.minus_log_loss);
    for (int k = 0; k < turning_halvings && high - low > enough; ++k) {
        const Real middle = (low + high) / 2;
        late_->restore(state_);
        late_->advance(middle);
        (frozen_->holds(late_->shape(), late_->point()) ? low : high) = middle;
    }
    late_->restore(state_);
    if (low > begin_.log_radius) late_->advance(low);
    turning_ = high;
}

void Pass::turn_back() {
    const LatePoint p = late_->point();
    if (p.minus_log_loss_slope(margins_->degree) > latest_switch)
        throw numerical_error("a kink is met at log|theta| = " + number::to_decimal(p.r, 8) + ", where log(1/loss) is above " + std::to_string(latest_switch) +
                              ": too late for the switch to be followed");
    Vector theta;
    for (const Real& x : p.phi) theta.push_back(x * exp(p.r));
    patience_ = late_->counted().steps < few_late_steps ? std::min(most_patience, 2 * patience_ + 1) : 0;
    late_before_ = late();
    late_.reset();
    frozen_.reset();
    early_.resume(theta, p.minus_log_loss_slope(margins_->degree) + p.log_scaled_time);
    hold_ = *turning_;
    patient_until_ = hold_ + patience_ * explicit_steps / std::max(Real(1), p.minus_log_loss_slope(margins_->degree));
    switches_before_ = early_.switches_so_far();
    turning_.reset();
    end_ = at_early(early_.kappa());
    last_change_ = 0, last_rate_ = 0;
}

Real Pass::aim(const HorizonTarget& target) const {
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

void Pass::settle() {
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

Real Pass::decay_rate(const Real& first, const Real& first_step, const Real& second, const Real& second_step) {
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

}  // namespace eonflow::flow
