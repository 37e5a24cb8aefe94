#include <eonflow/flow/switching.hpp>

#include <eonflow/flow/pattern.hpp>
#include <eonflow/flow/sliding.hpp>
#include <eonflow/graph/derivative.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>
#include <eonflow/ode/roots.hpp>
#include <eonflow/ode/taylor.hpp>
#include <eonflow/series/engine.hpp>

#include <boost/math/tools/toms748_solve.hpp>

#include <algorithm>
#include <map>

namespace eonflow::flow {

using number::Real;
using number::Vector;
using series::log_size;

namespace {

constexpr std::size_t most_meeting = 10;  ///< kinks whose sides are tried in all combinations
constexpr int probe_order = 8;
constexpr std::int64_t indistinct_digits = 3;  ///< by which a coefficient must exceed the local error to have a sign

/// The field of one set of sliding kinks, ready to integrate.
struct mode {
    mode(const PiecewiseField& piecewise, const std::vector<std::size_t>& sliding, const ode::taylor::options& o)
        : source(sliding_field(piecewise, sliding)),
          watches(source.field.graph, source.watched),
          program(series::compile(source.field)),
          probe(series::floating_engine(program, o.bits)),
          integrator(source.field, o) {}

    SlidingField source;
    graph::evaluator<Real> watches;
    series::program program;
    std::unique_ptr<series::engine> probe;
    ode::taylor integrator;
};

/// A polynomial that must not change its sign: of an argument, or of the distance of a sliding slope from an end of its range.
struct watch {
    std::size_t kink = 0;
    bool sliding = false;
    side leaves_to = side::below;  ///< where the kink goes when the sign changes
    Vector coefficients;
    int zeros = 0;  ///< coefficients that vanish at the start of the step and were divided out
};

struct event {
    std::size_t kink = 0;
    side leaves_to = side::below;
    bool sliding = false, contact = false;
    Real at, uncertainty;  ///< in s
};

/// One way on from a switch.
struct way {
    std::vector<side> pattern;
    std::vector<bool> stays;    ///< of each kink that meets here whether its argument stays 0
    std::vector<Vector> start;  ///< first coefficients of the field's own states
};

}  // namespace

struct Switching::body {
    body(PiecewiseField the_field, const SwitchingOptions& wanted) : piecewise(std::move(the_field)), chosen(wanted), signs(piecewise.field.graph, piecewise.kinks) {
        tolerance = pow(Real(10), -chosen.digits);
        for (const model::kink& k : piecewise.kinks) {
            below.push_back(number::to_real(k.below));
            above.push_back(number::to_real(k.above));
        }
    }

    [[nodiscard]] std::size_t states() const { return piecewise.field.states(); }
    [[nodiscard]] std::size_t kinks() const { return piecewise.kinks.size(); }
    [[nodiscard]] static std::vector<std::size_t> sliding_in(const std::vector<side>& p) {
        std::vector<std::size_t> found;
        for (std::size_t k = 0; k < p.size(); ++k)
            if (p[k] == side::sliding) found.push_back(k);
        return found;
    }
    [[nodiscard]] mode& mode_of(const std::vector<side>& p) {
        auto& slot = modes[sliding_in(p)];
        if (!slot) slot = std::make_unique<mode>(piecewise, sliding_in(p), ode::taylor::options{.bits = chosen.bits, .digits = chosen.digits, .order = chosen.order});
        return *slot;
    }
    [[nodiscard]] Vector parameters_of(const std::vector<side>& p) const {
        Vector values;
        for (std::size_t k = 0; k < p.size(); ++k) values.push_back(p[k] == side::above ? above[k] : below[k]);
        return values;
    }
    /// What the local error, summed over some steps, may hide: relative to the size of an argument, and of slopes to the ends of their range.
    [[nodiscard]] Real edge() const { return tolerance * 1000; }
    [[nodiscard]] Vector extended(const Vector& base) const {
        Vector all = base;
        all.resize(states() + kinks(), Real(0));
        return all;
    }
    /// The arguments (slopes of sliding kinks) at a state.
    [[nodiscard]] Vector watched(mode& m, const Vector& base) {
        Vector all = extended(base);
        const Vector slopes = parameters_of(pattern);
        all.insert(all.end(), slopes.begin(), slopes.end());
        return m.watches(all);
    }

    void start(Real when, Vector base, std::vector<std::size_t> touching);
    ode::status step(const Real& limit);
    [[nodiscard]] std::vector<watch> watches(mode& m);
    void scan();
    [[nodiscard]] std::optional<event> locate(const watch& w, const ode::root& found);
    [[nodiscard]] std::optional<way> try_way(std::vector<side> p, bool forward);
    [[nodiscard]] std::vector<way> ways(bool forward);
    [[nodiscard]] bool settle(bool forward);
    void restart(const std::vector<side>& p);
    void separate();
    void settle_exact_zeros();

    PiecewiseField piecewise;
    SwitchingOptions chosen;
    Pattern<Real> signs;
    Real tolerance;
    Vector below, above;
    std::map<std::vector<std::size_t>, std::unique_ptr<mode>> modes;
    std::vector<side> pattern;
    mode* present = nullptr;

    Real time;
    Vector state;
    std::vector<Switch> happened;
    ode::counters total, shown;  ///< without, and with, those of the integrator in use

    // At a switch: which kinks meet there, how many of their first coefficients are 0 (exits from sliding: 2), and those at rest on theirs.
    bool pending = false, very_start = false;
    std::map<std::size_t, int> meeting;
    std::map<std::size_t, side> leaving;  // of sliding kinks whose slope reached an end of its range
    std::vector<bool> resting;            // arguments that are 0 because all that feeds them is
    bool tied = false;                    // some of these only from here on, where a kink that feeds them is at 0
    std::map<std::size_t, std::unique_ptr<graph::evaluator<Real>>> gradients;  // of arguments of upper layers
    std::map<std::size_t, int> deflate;   // of the next polynomial

    std::optional<Real> scanned;  // origin of the polynomial that was searched
    std::vector<event> events;    // the first on it
    Real event_time;
};

void Switching::body::start(Real when, Vector base, std::vector<std::size_t> touching) {
    time = std::move(when);
    state = std::move(base);
    pattern.assign(kinks(), side::below);
    (void)signs.inputs(state);
    for (std::size_t k = 0; k < kinks(); ++k) pattern[k] = signs.arguments[k] > 0 ? side::above : side::below;
    for (const std::size_t k : touching) pattern[k] = side::below;
    resting.assign(kinks(), false);
    meeting.clear(), leaving.clear();
    pending = true, very_start = true;
    for (const std::size_t k : touching) meeting[k] = 1;
    separate();
    scanned.reset();
}

/// Arguments of upper layers at 0 whose gradient vanishes with those that feed them are no kinks of their own: they follow.
void Switching::body::separate() {
    Vector all = state;
    const Vector slopes = parameters_of(pattern);
    all.insert(all.end(), slopes.begin(), slopes.end());
    for (const auto& [k, order] : meeting) all[states() + k] = 0;
    tied = false;
    for (auto met = meeting.begin(); met != meeting.end();) {
        const std::size_t k = met->first;
        bool follows = false;
        if (piecewise.kinks[k].layer > 0) {
            auto& gradient = gradients[k];
            if (!gradient) {
                graph::Graph g = piecewise.field.graph;
                const std::vector<graph::node_id> theta(g.inputs().begin(), g.inputs().begin() + static_cast<std::ptrdiff_t>(piecewise.descent.size()));
                const auto entries = graph::gradient(g, piecewise.kinks[k].argument, theta);
                gradient = std::make_unique<graph::evaluator<Real>>(g, entries);
            }
            const Vector entries = (*gradient)(all);
            follows = std::all_of(entries.begin(), entries.end(), [](const Real& x) { return x == 0; });
        }
        if (follows) resting[k] = tied = true;
        met = follows ? meeting.erase(met) : std::next(met);
    }
}

/// An argument that is a multiple of one parameter is 0 with it, exactly.
void Switching::body::settle_exact_zeros() {
    for (const auto& [k, order] : meeting)
        if (const auto position = single_input(piecewise.field.graph, piecewise.kinks[k].argument); position && *position < states()) state[*position] = 0;
}

/// The polynomials of the present step that must keep their signs.
std::vector<watch> Switching::body::watches(mode& m) {
    std::vector<watch> result;
    const Real& length = m.integrator.length();
    for (std::size_t k = 0; k < kinks(); ++k) {
        const Vector integral = m.integrator.coefficients(states() + k);
        Vector c;
        for (std::size_t j = 1; j < integral.size(); ++j) c.push_back(integral[j] * static_cast<unsigned>(j) / length);
        if (std::all_of(c.begin(), c.end(), [](const Real& x) { return x == 0; })) continue;  // at rest
        if (pattern[k] != side::sliding) {
            const auto known = deflate.find(k);
            const auto first = known == deflate.end() ? 0 : static_cast<std::ptrdiff_t>(known->second);
            result.push_back({k, false, pattern[k] == side::above ? side::below : side::above, Vector(c.begin() + first, c.end()), static_cast<int>(first)});
        } else {
            watch low{k, true, side::below, c, 0}, high{k, true, side::above, c, 0};
            low.coefficients[0] -= below[k];
            for (Real& x : high.coefficients) x = -x;
            high.coefficients[0] += above[k];
            // A slope that starts from an end of its range moves inwards.
            for (watch* w : {&low, &high})
                if (!scanned && abs(w->coefficients[0]) < edge()) w->coefficients.erase(w->coefficients.begin()), w->zeros = 1;
            result.push_back(std::move(low));
            result.push_back(std::move(high));
        }
    }
    return result;
}

/// The switch in `found` to the precision of the step, on the arguments at the states of the step instead of on their polynomials, which carry the sum of all
/// former steps.
std::optional<event> Switching::body::locate(const watch& w, const ode::root& found) {
    mode& m = *present;
    const Real &origin = m.integrator.origin(), &length = m.integrator.length();
    const auto value = [&](const Real& s) {
        if (s == 0) return w.coefficients[0];
        Vector base = m.integrator.dense(origin + length * s);
        base.resize(states());
        const Real x = watched(m, base)[w.kink];
        const Real away = w.sliding ? (w.leaves_to == side::below ? Real(x - below[w.kink]) : Real(above[w.kink] - x)) : x;
        return w.zeros == 0 ? away : Real(away / pow(s, w.zeros));
    };
    event e{w.kink, w.leaves_to, w.sliding, found.contact, found.low, Real(0)};
    Real scale = 0, slope = 0, power = 1;
    for (const Real& c : w.coefficients) scale += abs(c);
    if (found.contact) {
        e.at = (found.low + found.high) / 2;
        e.uncertainty = sqrt(edge());  // half the digits: p is of second order there
        return e;
    }
    const Real at_low = value(found.low), at_high = value(found.high);
    if (at_low == 0 || at_high == 0 || (at_low > 0) == (at_high > 0)) {
        e.at = abs(at_low) < abs(at_high) ? found.low : found.high;
    } else {
        std::uintmax_t iterations = 400;
        const Real resolution = number::epsilon(number::working_bits());
        const auto close = [&](const Real& a, const Real& b) { return abs(b - a) <= resolution * abs(b); };
        const auto bracket = boost::math::tools::toms748_solve(value, found.low, found.high, at_low, at_high, close, iterations);
        e.at = (bracket.first + bracket.second) / 2;
    }
    for (std::size_t k = 1; k < w.coefficients.size(); ++k) slope += w.coefficients[k] * static_cast<unsigned>(k) * power, power *= e.at;
    e.uncertainty = slope == 0 ? Real(1) : Real(edge() * scale / abs(slope));
    return e;
}

/// Finds the first switches on the polynomial of the present step.
void Switching::body::scan() {
    events.clear();
    mode& m = *present;
    const Real& reach = m.integrator.reach();
    const std::vector<watch> all = watches(m);
    std::vector<std::pair<std::size_t, ode::root>> found;
    Real horizon = reach;
    for (std::size_t w = 0; w < all.size(); ++w) {
        Real scale = 0;
        for (const Real& c : all[w].coefficients) scale += abs(c);
        const auto root = ode::first_root(all[w].coefficients, scale * edge(), reach);
        if (!root || root->low > horizon) continue;
        horizon = std::min(horizon, root->high);
        found.emplace_back(w, *root);
    }
    for (const auto& [w, root] : found)
        if (root.low <= horizon)
            if (const auto e = locate(all[w], root)) events.push_back(*e);
    deflate.clear();
    if (events.empty()) return;
    const event first = *std::min_element(events.begin(), events.end(), [](const event& a, const event& b) { return a.at < b.at; });
    std::erase_if(events, [&](const event& e) { return e.at - first.at > e.uncertainty + first.uncertainty; });
    event_time = m.integrator.origin() + m.integrator.length() * first.at;
}

/// Whether the solution with the pattern p moves into it. Kinks at rest take the side they move to.
std::optional<way> Switching::body::try_way(std::vector<side> p, bool forward) {
    Real length = present != nullptr ? Real(abs(present->integrator.length())) : Real(1);
    if (length == 0) length = 1;
    if (!forward) length = -length;
    const log_size indistinct = series::size_unit * (number::granted_bits(chosen.bits) - number::bits_for_digits(chosen.digits - indistinct_digits));
    for (std::size_t round = 0; round <= kinks(); ++round) {
        mode* m = nullptr;
        try {
            m = &mode_of(p);
        } catch (const numerical_error&) {
            if (sliding_in(p).size() > 1) return std::nullopt;  // no common slopes; other ways may exist
            throw;
        }
        series::engine& probe = *m->probe;
        if (probe.expand(extended(state), parameters_of(p), length, probe_order) != series::outcome::done) return std::nullopt;
        const auto has_sign = [&](std::size_t i, int k) {
            const log_size size = probe.sizes(i)[static_cast<std::size_t>(k)];
            return size != series::vanishing && size > probe.noise(i) + indistinct;
        };
        // The sign of what state i does from its order `from` on.
        const auto sign = [&](std::size_t i, int from) {
            for (int k = from; k < probe_order; ++k)
                if (has_sign(i, k)) return probe.coefficient(i, k) * length > 0 ? 1 : -1;
            return 0;
        };
        bool changed = false;
        for (std::size_t k = 0; k < kinks() && !changed; ++k) {
            if (!resting[k] || p[k] == side::sliding) continue;
            const int moves = sign(states() + k, 2);
            if (moves != 0 && moves != static_cast<int>(p[k])) p[k] = static_cast<side>(moves), changed = true;
        }
        if (changed) continue;
        for (std::size_t k = 0; k < kinks(); ++k) {
            const auto met = meeting.find(k);
            if (p[k] == side::sliding) {
                const Real slope = probe.coefficient(states() + k, 1) / length;
                const Real low = slope - below[k], high = above[k] - slope, least = edge();
                if (low < -least || high < -least) return std::nullopt;
                if (low < least && sign(states() + k, 2) < 0) return std::nullopt;
                if (high < least && sign(states() + k, 2) > 0) return std::nullopt;
            } else if (met != meeting.end()) {
                const int moves = sign(states() + k, met->second + 1);
                if (moves != 0 && moves != static_cast<int>(p[k])) return std::nullopt;
            }
        }
        way result{p, std::vector<bool>(kinks(), false), {}};
        for (const auto& [k, order] : meeting) result.stays[k] = p[k] != side::sliding && sign(states() + k, order + 1) == 0;
        for (std::size_t i = 0; i < states(); ++i) {
            Vector& c = result.start.emplace_back();
            for (int k = 0; k <= probe_order; ++k) c.push_back(has_sign(i, k) ? probe.coefficient(i, k) : Real(0));
        }
        return result;
    }
    return std::nullopt;
}

/// All different ways on with the fewest sliding kinks.
std::vector<way> Switching::body::ways(bool forward) {
    std::vector<way> found;
    const auto add = [&](const std::vector<side>& p) {
        auto w = try_way(p, forward);
        if (!w) return;
        const auto same = [&](const way& other) {
            for (std::size_t i = 0; i < states(); ++i)
                for (std::size_t k = 0; k < w->start[i].size(); ++k)
                    if (number::agreeing_digits(w->start[i][k], other.start[i][k], chosen.digits) < chosen.digits / 2) return false;
            return true;
        };
        if (std::none_of(found.begin(), found.end(), same)) found.push_back(std::move(*w));
    };
    std::vector<std::size_t> free;
    for (const auto& [k, order] : meeting) free.push_back(k);
    // All others as they are: the sides of those that meet here; then with sliding ones among them; then all that slide are asked again as well.
    for (const bool wide : {false, true}) {
        if (wide)
            for (const std::size_t k : sliding_in(pattern))
                if (!meeting.contains(k)) free.push_back(k), meeting[k] = 1;
        if (free.size() > most_meeting)
            throw numerical_error(std::to_string(free.size()) + " kinks meet at one point, accepted are at most " + std::to_string(most_meeting));
        std::size_t combinations = 1;
        for (std::size_t i = 0; i < free.size(); ++i) combinations *= 3;
        for (std::size_t slide = 0; slide <= (tied ? 0 : free.size()); ++slide) {
            for (std::size_t code = 0; code < combinations; ++code) {
                std::vector<side> p = pattern;
                std::size_t rest = code, sliding = 0;
                bool allowed = true;
                for (const std::size_t k : free) {
                    constexpr side sides[] = {side::below, side::above, side::sliding};
                    p[k] = sides[rest % 3];
                    rest /= 3;
                    if (p[k] == side::sliding) ++sliding;
                    // A slope that reached the end of its range leaves there, if it can.
                    const auto left = leaving.find(k);
                    if (!wide && left != leaving.end() && p[k] != left->second) allowed = false;
                }
                if (allowed && sliding == slide) add(p);
            }
            if (!found.empty()) return found;
        }
        leaving.clear();
        for (auto& [k, order] : meeting) order = std::min(order, 1);
    }
    return found;
}

void Switching::body::restart(const std::vector<side>& p) {
    pattern = p;
    if (present != nullptr) total += present->integrator.counted();
    present = &mode_of(pattern);
    total -= present->integrator.counted();
    present->integrator.set_parameters(parameters_of(pattern));
    present->integrator.start(time, extended(state));
    scanned.reset();
}

/// Chooses the pattern ahead of a switch. False where the solution is not unique.
bool Switching::body::settle(bool forward) {
    if (kinks() == 0) {
        restart(pattern);
        pending = false;
        return true;
    }
    const std::vector<side> before = pattern;
    settle_exact_zeros();
    const std::map<std::size_t, int> met = meeting;
    std::vector<way> found = ways(forward);
    if (found.empty())
        throw numerical_error(std::string(tied ? "a kink that is all that feeds another would have to slide" : "no pattern of slopes continues the flow") +
                              " at the clock's value " + number::to_decimal(time, 15));
    if (found.size() > 1 && chosen.at_ambiguity == ambiguity::stop) {
        for (const auto& [k, order] : met) happened.push_back({time, state, k, happening::not_unique, before[k]});
        return false;
    }
    const auto height = [](const way& w) {
        int sum = 0;
        for (const side s : w.pattern) sum += static_cast<int>(s);
        return sum;
    };
    const auto by_height = [&](const way& a, const way& b) { return height(a) < height(b); };
    const way& next = chosen.at_ambiguity == ambiguity::highest ? *std::max_element(found.begin(), found.end(), by_height)
                                                                : *std::min_element(found.begin(), found.end(), by_height);
    std::vector<Switch> now;
    deflate.clear();
    for (std::size_t k = 0; k < kinks(); ++k) {
        const auto m = met.find(k);
        if (next.pattern[k] != side::sliding && m != met.end()) deflate[k] = m->second;
        if (next.pattern[k] != side::sliding && resting[k]) deflate[k] = 1;
        const side to = next.pattern[k];
        if (to == before[k] && m == met.end()) continue;
        const bool was_sliding = before[k] == side::sliding && !very_start;
        const auto what = to == side::sliding             ? (was_sliding ? happening::contact : happening::sliding_start)
                          : was_sliding                   ? happening::sliding_end
                          : next.stays[k]                 ? happening::rest
                          : very_start || resting[k]      ? happening::departure
                          : to == before[k]               ? happening::contact
                                                          : happening::crossing;
        now.push_back({time, state, k, what, to});
    }
    std::sort(now.begin(), now.end(), [&](const Switch& a, const Switch& b) {
        const model::kink &x = piecewise.kinks[a.kink], &y = piecewise.kinks[b.kink];
        return std::tie(x.layer, x.unit, x.sample) < std::tie(y.layer, y.unit, y.sample);
    });
    happened.insert(happened.end(), now.begin(), now.end());
    restart(next.pattern);
    pending = very_start = false;
    return true;
}

ode::status Switching::body::step(const Real& limit) {
    if (limit == time) return ode::status::reached;
    const bool forward = limit > time;
    if (pending && !settle(forward)) return ode::status::not_unique;
    mode& m = *present;
    const ode::status result = m.integrator.step(limit);
    if (result != ode::status::ok && result != ode::status::reached) return result;
    if (!scanned || *scanned != m.integrator.origin()) {
        scan();
        scanned = m.integrator.origin();
    }
    const Real& now = m.integrator.time();
    if (!events.empty() && (forward ? event_time <= now : event_time >= now)) {
        time = event_time;
        state = m.integrator.dense(time);
        state.resize(states());
        pending = true;
        meeting.clear(), leaving.clear();
        for (const event& e : events) {
            meeting[e.kink] = e.sliding || e.contact ? 2 : 1;
            if (e.sliding) leaving[e.kink] = e.leaves_to;
        }
        for (std::size_t k = 0; k < kinks(); ++k) {
            const Vector c = m.integrator.coefficients(states() + k);
            resting[k] = pattern[k] != side::sliding && !meeting.contains(k) && std::all_of(c.begin() + 1, c.end(), [](const Real& x) { return x == 0; });
        }
        separate();
        return time == limit ? ode::status::reached : ode::status::ok;
    }
    time = now;
    state.assign(m.integrator.state().begin(), m.integrator.state().begin() + static_cast<std::ptrdiff_t>(states()));
    return result;
}

Switching::Switching(PiecewiseField field, const SwitchingOptions& options) : body_(std::make_unique<body>(std::move(field), options)) {}
Switching::~Switching() = default;

void Switching::start(Real time, Vector state, std::vector<std::size_t> touching) { body_->start(std::move(time), std::move(state), std::move(touching)); }
void Switching::resume(Vector state) {
    body_->state = std::move(state);
    body_->deflate.clear();
    body_->events.clear();
    body_->restart(body_->pattern);
    body_->pending = false;
}
void Switching::restore(const number::Record& /*saved*/) { throw invalid_input("the states between switches are not kept"); }
bool Switching::at_switch() const { return body_->pending; }
ode::status Switching::step(const Real& limit) { return body_->step(limit); }
const Real& Switching::time() const { return body_->time; }
const Vector& Switching::state() const { return body_->state; }

Vector Switching::dense(const Real& at) {
    if (at == body_->time) return body_->state;
    Vector base = body_->present->integrator.dense(at);
    base.resize(body_->states());
    return base;
}

const ode::counters& Switching::counted() const {
    body& b = *body_;
    b.shown = b.total;
    if (b.present != nullptr) b.shown += b.present->integrator.counted();
    return b.shown;
}

const Real& Switching::origin() const { return body_->present == nullptr ? body_->time : body_->present->integrator.origin(); }
const Real& Switching::length() const { return body_->present == nullptr ? body_->time : body_->present->integrator.length(); }
const std::vector<Switch>& Switching::switches() const { return body_->happened; }
const std::vector<side>& Switching::pattern() const { return body_->pattern; }

Vector Switching::slopes(const Vector& base) {
    Vector values = body_->parameters_of(body_->pattern);
    if (body_->present == nullptr) return values;
    const Vector watched = body_->watched(*body_->present, base);
    for (std::size_t k = 0; k < values.size(); ++k)
        if (body_->pattern[k] == side::sliding) values[k] = watched[k];
    return values;
}

}  // namespace eonflow::flow
