#include <eonflow/flow/switching.hpp>

#include <eonflow/flow/switching_body.hpp>
#include <eonflow/graph/derivative.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>
#include <eonflow/ode/record.hpp>

#include <algorithm>

namespace eonflow::flow {

using number::Real;
using number::Vector;

template <class Archive>
void transfer(Archive& archive, Switch& s) {
    archive(s.clock, s.state, s.kink, s.what, s.to);
}
template <class Archive>
void transfer(Archive& archive, Network::saved_mode& m) {
    archive(m.capacity, m.upper, m.integrator);
}

namespace {

/// A map as lists.
struct flat {
    std::vector<std::size_t> keys;
    std::vector<std::int64_t> values;
    Vector reals;
};
template <class Archive>
void transfer(Archive& archive, flat& f) {
    archive(f.keys, f.values, f.reals);
}

template <class Value>
flat flattened(const std::map<std::size_t, Value>& map) {
    flat result;
    for (const auto& [key, value] : map) result.keys.push_back(key), result.values.push_back(static_cast<std::int64_t>(value));
    return result;
}
template <class Value>
void inflate(const flat& lists, std::map<std::size_t, Value>& map) {
    map.clear();
    for (std::size_t i = 0; i < lists.keys.size(); ++i) map[lists.keys[i]] = static_cast<Value>(lists.values.at(i));
}
std::vector<int> numbers(const std::vector<bool>& flags) { return {flags.begin(), flags.end()}; }

}  // namespace

void Switching::body::start(Real when, Vector base, std::vector<std::size_t> touching) {
    time = std::move(when);
    state = std::move(base);
    sides = {std::vector<side>(kinks(), side::below), {}};
    (void)signs.inputs(std::span<const Real>(state).first(network.piecewise().parameters()));
    for (std::size_t k = 0; k < kinks(); ++k) sides.of[k] = signs.arguments[k] > 0 ? side::above : side::below;
    for (const std::size_t k : touching) sides.of[k] = side::below;
    idle.assign(kinks(), false);
    meeting.clear(), leaving.clear();
    pending = true, very_start = true;
    for (const std::size_t k : touching) meeting[k] = 1;
    scanned.reset();
}

/// Arguments of upper layers at 0 whose gradient vanishes with those that feed them are no kinks of their own: they follow.
void Switching::body::separate(Situation& at) {
    const PiecewiseField& f = network.piecewise();
    Vector all = at.state;
    for (std::size_t k = 0; k < kinks(); ++k) all.push_back(at.meeting.contains(k) ? Real(0) : sides.of[k] == side::above ? network.above(k) : network.below(k));
    all.resize(f.graph.inputs().size(), Real(0));
    for (auto met = at.meeting.begin(); met != at.meeting.end();) {
        const std::size_t k = met->first;
        bool follows = false;
        if (network.planes().find(k) == nullptr) {
            auto& gradient = gradients[k];
            if (!gradient) {
                graph::Graph g = f.graph;
                const std::vector<graph::node_id> theta(g.inputs().begin(), g.inputs().begin() + static_cast<std::ptrdiff_t>(f.parameters()));
                const auto entries = graph::gradient(g, f.kinks[k].argument, theta);
                gradient = std::make_unique<graph::evaluator<Real>>(g, entries);
            }
            const Vector entries = (*gradient)(all);
            follows = std::all_of(entries.begin(), entries.end(), [](const Real& x) { return x == 0; });
        }
        if (follows) at.resting[k] = at.tied = true;
        met = follows ? at.meeting.erase(met) : std::next(met);
    }
}

Situation Switching::body::situation(bool forward) {
    Situation at{state, sides, meeting, leaving, idle, false, last_length == 0 ? Real(1) : Real(abs(last_length))};
    if (!forward) at.length = -at.length;
    for (const auto& [k, order] : meeting) at.resting[k] = false;
    separate(at);
    // Where a plane is met the others of its unit that hold it at 0 are asked again.
    for (const Planes::group& group : network.planes().groups())
        if (std::any_of(group.kinks.begin(), group.kinks.end(), [&](std::size_t k) { return at.meeting.contains(k); }))
            for (const std::size_t k : group.kinks)
                if (at.resting[k]) at.resting[k] = false, at.meeting[k] = 1;
    // What an argument that is 0 has of rounding; an argument that is a multiple of one parameter is 0 with it, exactly.
    for (const auto& [k, order] : at.meeting)
        if (const Plane* plane = network.planes().find(k)) network.planes().surface(plane->group, {k}).project(at.state);
    return at;
}

void Switching::body::restart(const Sides& p) {
    sides = p;
    Mode& next = network.mode(sides);
    if (present != nullptr) total += segment().counted();
    present = &next;
    network.forget(next);
    total -= segment().counted();
    network.project(sides, state);
    segment().start(time, segment().series() != nullptr ? network.extended(next, state) : state, network.parameters(next, sides), last_length);
    fresh = true;
    chosen_at = time;
    scanned.reset();
}

/// Where switches come long before a series of full order ends, a series that reaches some gaps ahead is cheaper: the length of one of order p is radius 10^(-digits/p).
void Switching::body::choose_order() {
    if (segment().series() == nullptr) return;
    if (full_order == 0) full_order = segment().counted().order;
    constexpr int least_order = 8;
    int order = full_order;
    if (gap) {
        const series::log_size room = radius - *gap - 2 * series::size_unit;
        const series::log_size bits = series::size_unit * number::bits_for_digits(chosen.digits);
        if (room > 0) order = static_cast<int>(std::clamp<series::log_size>(bits / room + (chosen.order > 0 ? 4 : 2), least_order, full_order));
    }
    segment().set_order(order);
}

void Switching::body::note_gap(const Real& until) {
    const series::log_size size = series::size_of(Real(until - chosen_at).backend().data());
    gap = gap && size < *gap ? (*gap + size) / 2 : size;
}

/// Chooses the pattern ahead of a switch. False where the solution is not unique.
bool Switching::body::settle(bool forward) {
    const Sides before = sides;
    Situation at = situation(forward);
    if (at.meeting.empty() && !very_start && !at.tied && std::none_of(at.resting.begin(), at.resting.end(), [](bool r) { return r; })) {
        restart(sides);
        pending = false;
        return true;
    }
    state = at.state;
    std::vector<Way> found = ways_on(network, at);
    if (found.empty())
        throw numerical_error(std::string(at.tied ? "a kink that is all that feeds another would have to slide" : "no pattern of slopes continues the flow") + " at the clock's value " +
                              number::to_decimal(time, 15));
    if (found.size() > 1 && chosen.at_ambiguity == ambiguity::stop) {
        for (const auto& [k, order] : at.meeting) happened.push_back({time, state, k, happening::not_unique, before.of[k]});
        return false;
    }
    const auto height = [](const Way& w) {
        int sum = 0;
        for (const side s : w.sides.of) sum += static_cast<int>(s);
        return sum;
    };
    const auto by_height = [&](const Way& a, const Way& b) { return height(a) < height(b); };
    const Way& next = chosen.at_ambiguity == ambiguity::highest ? *std::max_element(found.begin(), found.end(), by_height) : *std::min_element(found.begin(), found.end(), by_height);
    std::vector<Switch> now;
    deflate.clear();
    for (std::size_t k = 0; k < kinks(); ++k) {
        const bool met = at.meeting.contains(k), was_sliding = before.of[k] == side::sliding && !very_start;
        const side to = next.sides.of[k];
        if (to != side::sliding && (met || was_sliding || at.resting[k])) {
            const auto order = next.order.find(k);
            deflate[k] = order == next.order.end() ? 1 : order->second;
        }
        if (to == before.of[k] && (!met || (was_sliding && to == side::sliding))) continue;
        if ((was_sliding || (idle[k] && !very_start)) && (to == side::sliding || next.stays[k])) continue;  // it stays 0
        const auto what = to == side::sliding             ? (was_sliding ? happening::contact : happening::sliding_start)
                          : was_sliding                   ? happening::sliding_end
                          : next.stays[k]                 ? happening::rest
                          : very_start || at.resting[k] || idle[k] ? happening::departure
                          : to == before.of[k]            ? happening::contact
                                                          : happening::crossing;
        now.push_back({time, state, k, what, to});
    }
    const auto& all = network.piecewise().kinks;
    std::sort(now.begin(), now.end(), [&](const Switch& a, const Switch& b) {
        return std::tie(all[a.kink].layer, all[a.kink].unit, all[a.kink].sample) < std::tie(all[b.kink].layer, all[b.kink].unit, all[b.kink].sample);
    });
    happened.insert(happened.end(), now.begin(), now.end());
    restart(next.sides);
    pending = very_start = false;
    return true;
}

ode::status Switching::body::step(const Real& limit) {
    if (limit == time) return ode::status::reached;
    const bool forward = limit > time;
    if (pending && !settle(forward)) return ode::status::not_unique;
    choose_order();
    const ode::status result = segment().step(limit);
    if (result != ode::status::ok && result != ode::status::reached) return result;
    if (!scanned || *scanned != segment().origin()) {
        if (scanned) {
            deflate.clear(), fresh = false;
            note_gap(segment().origin());  // no switch for that long
        }
        scan();
        scanned = segment().origin();
        if (const ode::taylor* s = segment().series())
            radius = series::size_of(Real(s->length() * s->reach()).backend().data()) + series::size_unit * number::bits_for_digits(chosen.digits) / s->counted().order;
    }
    const Real& now = segment().time();
    if (!events.empty() && (forward ? event_time <= now : event_time >= now)) {
        time = event_time;
        note_gap(time);
        state = segment().dense(time);
        state.resize(states());
        pending = true;
        meeting.clear(), leaving.clear();
            for (const Crossing& e : events) {
            meeting[e.kink] = e.sliding || e.contact ? 2 : 1;
            if (e.sliding) leaving[e.kink] = e.leaves_to;
        }
        return time == limit ? ode::status::reached : ode::status::ok;
    }
    time = now;
    state.assign(segment().state().begin(), segment().state().begin() + static_cast<std::ptrdiff_t>(states()));
    network.project(sides, state);
    return result;
}

number::Record Switching::body::save() {
    if (present != nullptr && segment().series() == nullptr) return {};
    number::RecordWriter writer;
    const flat met = flattened(meeting), ahead = flattened(deflate), left = flattened(leaving);
    flat held;
    for (const auto& [k, slope] : sides.held) held.keys.push_back(k), held.reals.push_back(slope);
    writer(time, state, happened, total, pending, very_start, met, ahead, left, held, sides.of, numbers(idle), fresh, scanned.has_value(), last_length, present != nullptr, full_order, chosen_at, gap, radius, network.save());
    return writer.take();
}

void Switching::body::restore(const number::Record& saved) {
    flat met, ahead, left, held;
    std::vector<int> resting;
    std::vector<Network::saved_mode> modes;
    bool was_scanned = false, under_way = false;
    number::RecordReader reader(saved);
    reader(time, state, happened, total, pending, very_start, met, ahead, left, held, sides.of, resting, fresh, was_scanned, last_length, under_way, full_order, chosen_at, gap, radius, modes);
    if (state.size() != states() || sides.of.size() != kinks()) throw invalid_input("the checkpoint belongs to another vector field");
    inflate(met, meeting), inflate(ahead, deflate), inflate(left, leaving);
    sides.held.clear();
    for (std::size_t i = 0; i < held.keys.size(); ++i) sides.held[held.keys[i]] = held.reals[i];
    idle.assign(resting.begin(), resting.end());
    network.restore(modes);
    present = under_way ? &network.mode(sides) : nullptr;
    scanned.reset();
    // The search of the present step again: it has the same result.
    if (!under_way || !was_scanned) return;
    const std::vector<bool> known = idle;
    const Real length = last_length;
    scan();
    idle = known, last_length = length;
    scanned = segment().origin();
}

Switching::Switching(PiecewiseField field, const SwitchingOptions& options) : body_(std::make_unique<body>(std::move(field), options)) {}
Switching::~Switching() = default;

void Switching::start(Real time, Vector state, std::vector<std::size_t> touching) { body_->start(std::move(time), std::move(state), std::move(touching)); }
void Switching::resume(Vector state) {
    body_->state = std::move(state);
    body_->deflate.clear();
    body_->events.clear();
    body_->restart(body_->sides);
    body_->pending = false;
}
void Switching::restore(const number::Record& saved) { body_->restore(saved); }
number::Record Switching::save() const { return body_->save(); }
bool Switching::at_switch() const { return body_->pending; }
ode::status Switching::step(const Real& limit) { return body_->step(limit); }
const Real& Switching::time() const { return body_->time; }
const Vector& Switching::state() const { return body_->state; }

Vector Switching::dense(const Real& at) {
    if (at == body_->time) return body_->state;
    Vector base = body_->segment().dense(at);
    base.resize(body_->states());
    body_->network.project(body_->sides, base);
    return base;
}

Vector Switching::velocity() const {
    body& b = *body_;
    Vector rates(b.states());
    if (b.present == nullptr || b.polynomial.empty()) return rates;
    const Real s = (b.time - b.segment().origin()) / b.segment().length();
    for (std::size_t i = 0; i < rates.size(); ++i) {
        const Vector& c = b.polynomial[i];
        for (std::size_t k = c.size(); k-- > 1;) rates[i] = rates[i] * s + c[k] * static_cast<unsigned>(k);
        rates[i] /= b.segment().length();
    }
    return rates;
}

const ode::counters& Switching::counted() const {
    body& b = *body_;
    b.shown = b.total;
    if (b.present != nullptr) b.shown += b.segment().counted();
    return b.shown;
}

const Real& Switching::origin() const { return body_->present == nullptr ? body_->time : body_->segment().origin(); }
const Real& Switching::length() const { return body_->present == nullptr ? body_->time : body_->segment().length(); }
const std::vector<Switch>& Switching::switches() const { return body_->happened; }
const std::vector<side>& Switching::pattern() const { return body_->sides.of; }
Vector Switching::slopes(const Vector& base) { return body_->network.slopes(body_->sides, base); }

}  // namespace eonflow::flow
