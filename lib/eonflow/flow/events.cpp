#include <eonflow/flow/events.hpp>

#include <eonflow/flow/pattern.hpp>

#include <algorithm>
#include <map>

namespace eonflow::flow {

using number::Real;

verified compare(const Real& fine, const Real& other, std::int64_t most) {
    if (!isfinite(fine)) return {fine, isinf(fine) && isinf(other) && fine == other ? most : 0};
    // One digit less than agree, since the last common digit may still be rounded either way.
    const std::int64_t agree = number::agreeing_digits(fine, other, most + 1);
    return {fine, std::max<std::int64_t>(0, std::min(agree - 1, most))};
}

namespace {

std::string_view name_of(happening what) {
    constexpr std::string_view names[] = {"crossing", "sliding_start", "sliding_end", "contact", "rest", "departure", "not_unique"};
    return names[static_cast<std::size_t>(what)];
}

std::string described(const PathSwitch& s) {
    const std::string sign = s.to == side::above ? "positive" : "negative";
    switch (s.what) {
        case happening::crossing: return "the pre-activation is now " + sign;
        case happening::sliding_start: return "the pre-activation reaches 0 and stays there, sliding along the kink";
        case happening::sliding_end: return "the pre-activation leaves its kink and is " + sign;
        case happening::contact: return s.to == side::sliding ? "the pre-activation goes on sliding" : "the pre-activation touches 0 and stays " + sign;
        case happening::rest: return "the pre-activation stays 0, whatever its slope";
        case happening::departure: return "the pre-activation leaves 0 and is " + sign;
        case happening::not_unique: return "the pre-activation is 0 and can go on in more than one way";
    }
    return "";
}

}  // namespace

std::vector<Event> events_of(const Problem& problem, const System& system, const std::vector<PathSwitch>& switches) {
    std::vector<Event> events;
    // Which side each kink is on, as far as the switches tell; and the units whose slopes are all 0.
    std::map<std::pair<std::size_t, std::size_t>, std::vector<std::size_t>> units;
    for (std::size_t k = 0; k < system.kinks.size(); ++k) units[{system.kinks[k].layer, system.kinks[k].unit}].push_back(k);
    std::vector<side> pattern(system.kinks.size(), side::below);
    {
        Pattern<Real> start(system.graph, system.kinks);
        number::Vector theta;
        for (const Rational& x : problem.initial) theta.push_back(number::to_real(x));
        (void)start.inputs(theta);
        for (std::size_t k = 0; k < pattern.size(); ++k) pattern[k] = start.arguments[k] > 0 ? side::above : side::below;
    }
    const auto dead = [&](std::size_t k) {
        const auto& all = units.at({system.kinks[k].layer, system.kinks[k].unit});
        return system.kinks[k].below == 0 && std::all_of(all.begin(), all.end(), [&](std::size_t other) {
                   const auto& shared = system.kinks[other].shared;
                   return pattern[other] == side::below && std::none_of(shared.begin(), shared.end(), [](const auto& s) { return s.factor < 0; });
               });
    };
    const auto append = [&](const PathSwitch& s, std::string_view kind, std::string description, std::optional<std::size_t> sample) {
        const model::kink& k = system.kinks[s.kink];
        events.push_back({{s.time, 0}, {s.log10_time, 0}, std::string(kind), std::move(description), problem.model.layers[k.layer].name, k.unit, sample});
    };
    for (const PathSwitch& s : switches) {
        const bool before = dead(s.kink);
        if (s.what != happening::not_unique) pattern[s.kink] = s.to;
        append(s, name_of(s.what), described(s), system.kinks[s.kink].sample);
        for (const auto& other : system.kinks[s.kink].shared) {
            PathSwitch of_other = s;
            if (other.factor < 0) of_other.to = static_cast<side>(-static_cast<int>(s.to));
            append(s, name_of(s.what), described(of_other), other.sample);
        }
        if (!before && dead(s.kink)) append(s, "death", "the unit is inactive on every sample", std::nullopt);
    }
    return events;
}

void confirm_events(Trajectory& trajectory, const std::vector<Event>& other, std::int64_t digits) {
    std::vector<Event>& events = trajectory.events;
    std::size_t same = 0;
    for (; same < std::min(events.size(), other.size()); ++same) {
        Event& e = events[same];
        const Event& o = other[same];
        if (e.kind != o.kind || e.layer != o.layer || e.unit != o.unit || e.sample != o.sample) break;
        e.time = compare(e.time.value, o.time.value, digits);
        e.log10_time = compare(e.log10_time.value, o.log10_time.value, digits);
    }
    if (same < std::max(events.size(), other.size()))
        trajectory.confirmation += "; the two saw different events from the one at " + std::to_string(same) + " on (" + std::to_string(events.size()) + " and " +
                                   std::to_string(other.size()) + " in all)";
}

}  // namespace eonflow::flow
