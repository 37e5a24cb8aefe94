#include <eonflow/flow/switching_body.hpp>

#include <boost/math/tools/toms748_solve.hpp>

#include <algorithm>
#include <cfloat>

namespace eonflow::flow {

using number::Real;
using number::Vector;

namespace {

constexpr int newton_steps = 3;  ///< from half the digits to all

Real value_at(const Vector& c, const Real& s) {
    Real sum = 0;
    for (std::size_t k = c.size(); k-- > 0;) sum = sum * s + c[k];
    return sum;
}

}  // namespace

Vector Switching::body::argument(std::size_t k) const {
    const Plane& plane = *network.planes().find(k);
    Vector c(polynomial.front().size());
    for (std::size_t j = 0; j < plane.parameters.size(); ++j) {
        const Vector& of_state = polynomial[plane.parameters[j]];
        for (std::size_t n = 0; n < c.size(); ++n) c[n] += plane.reals[j] * of_state[n];
    }
    return c;
}

/// The polynomial of the derivative of an extension.
Vector Switching::body::watched(std::size_t extension) {
    const Vector integral = segment().series()->coefficients(states() + extension);
    Vector c;
    for (std::size_t j = 1; j < integral.size(); ++j) c.push_back(integral[j] * static_cast<unsigned>(j) / segment().length());
    return c;
}

/// Without the first coefficients, which are 0 where the kink was left or met at the start of the step.
Vector Switching::body::deflated(Vector c, std::size_t k, int& zeros) const {
    const auto known = deflate.find(k);
    if (known == deflate.end()) return c;
    zeros = known->second;
    Real scale = 0;
    for (const Real& x : c) scale += abs(x);
    while (static_cast<std::size_t>(zeros) + 1 < c.size() && zeros < known->second + 1 && abs(c[static_cast<std::size_t>(zeros)]) <= edge() * scale) ++zeros;
    c.erase(c.begin(), c.begin() + zeros);
    return c;
}

/// Arguments of the first layer: in double, with all its rounding, most of them are seen to keep away from 0 up to where the first one surely changes its sign; those left are
/// looked at in the working precision. `horizon` moves to a place behind the first zero.
void Switching::body::watch_planes(std::vector<Watch>& all, Real& horizon) {
    if (network.planes().groups().empty()) return;
    const std::size_t orders = polynomial.front().size();
    std::vector<std::vector<double>> rounded(network.piecewise().parameters());
    for (std::size_t i = 0; i < rounded.size(); ++i)
        for (const Real& c : polynomial[i]) rounded[i].push_back(c.convert_to<double>());
    struct candidate {
        std::size_t kink = 0;
        std::vector<double> c;
        double size = 0, noise = 0;  // of the summands
        bool known = false;
    };
    std::vector<candidate> candidates;
    const double end = std::min(std::nextafter(horizon.convert_to<double>(), 2.0), 1.0), edge_size = edge().convert_to<double>();
    double soon = end;
    std::vector<double> sizes(orders);
    for (const Planes::group& group : network.planes().groups())
        for (const std::size_t k : group.kinks) {
            idle[k] = false;
            if (sides.of[k] == side::sliding) continue;
            const Plane& plane = *network.planes().find(k);
            std::vector<double> c(orders);
            std::fill(sizes.begin(), sizes.end(), 0.0);
            for (std::size_t j = 0; j < plane.parameters.size(); ++j) {
                const std::vector<double>& of_state = rounded[plane.parameters[j]];
                const double factor = plane.doubles[j];
                for (std::size_t n = 0; n < orders; ++n) {
                    const double part = factor * of_state[n];
                    c[n] += part, sizes[n] += std::abs(part);
                }
            }
            double size = 0;
            for (const double of_order : sizes) size += of_order;
            // Each summand: two roundings to double, a product, and the additions after it.
            const double noise = size * (static_cast<double>(plane.parameters.size() + orders + 4) * DBL_EPSILON + edge_size);
            const bool known = size > DBL_MIN * 0x1p100 && !deflate.contains(k);
            if (known && orders > 1 && c[0] * c[1] < 0) soon = std::min(soon, -2 * c[0] / c[1]);
            candidates.push_back({k, std::move(c), size, noise, known});
        }
    for (double part = std::max(soon, end * 0x1p-20);; part = std::min(4 * part, end)) {
        std::vector<Watch> found;
        bool any = false;
        for (const candidate& x : candidates) {
            if (x.known && ode::surely_no_root(x.c, x.noise, part)) continue;
            Vector exact = argument(x.kink);
            Real scale = 0;
            for (const Real& y : exact) scale += abs(y);
            // 0 over the whole step, as far as can be told against what it is the sum of.
            if (scale <= x.size * edge()) {
                idle[x.kink] = true;
                continue;
            }
            int zeros = 0;
            exact = deflated(std::move(exact), x.kink, zeros);
            scale = 0;
            for (const Real& y : exact) scale += abs(y);
            any = any || ode::first_root(exact, scale * edge(), std::min(Real(part), horizon));
            found.push_back({x.kink, false, sides.of[x.kink] == side::above ? side::below : side::above, std::move(exact), zeros});
        }
        if (!any && part < end) continue;
        horizon = std::min(Real(part), horizon);
        all.insert(all.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
        return;
    }
}

/// Arguments of upper layers, and the slopes of all that slides.
void Switching::body::watch_others(std::vector<Watch>& all) {
    const SlidingField& f = present->source;
    const auto push_slope = [&](std::size_t k, side end, Vector c, const Real& least) {
        Watch w{k, true, end, std::move(c), 0};
        // A slope that starts from an end of its range moves inwards.
        if (fresh && abs(w.coefficients[0]) < least) w.coefficients.erase(w.coefficients.begin()), w.zeros = 1;
        all.push_back(std::move(w));
    };
    for (std::size_t u = 0; u < f.upper.size(); ++u) {
        const std::size_t k = f.upper[u];
        Vector c = watched(u);
        idle[k] = sides.of[k] != side::sliding && std::all_of(c.begin(), c.end(), [](const Real& x) { return x == 0; });
        if (idle[k]) continue;
        if (sides.of[k] != side::sliding) {
            int zeros = 0;
            c = deflated(std::move(c), k, zeros);
            all.push_back({k, false, sides.of[k] == side::above ? side::below : side::above, std::move(c), zeros});
            continue;
        }
        Vector low = c, high = c;
        low[0] -= network.below(k);
        for (Real& x : high) x = -x;
        high[0] += network.above(k);
        push_slope(k, side::below, std::move(low), edge());
        push_slope(k, side::above, std::move(high), edge());
    }
    for (std::size_t group = 0; group < network.planes().groups().size(); ++group) {
        const std::vector<std::size_t> slide = network.sliding(sides, group);
        if (slide.empty()) continue;
        const Surface& surface = network.surface(sides, group);
        std::vector<Vector> tau, delta(surface.basis().size());
        for (std::size_t r = 0; r < surface.basis().size(); ++r) tau.push_back(watched(f.tau_at(group, r)));
        for (std::size_t n = 0; n < tau.front().size(); ++n) {
            Vector at_order;
            for (const Vector& t : tau) at_order.push_back(t[n]);
            const Vector balanced = surface.balance(at_order);
            for (std::size_t l = 0; l < delta.size(); ++l) delta[l].push_back(balanced[l]);
        }
        for (std::size_t l = 0; l < delta.size(); ++l) {
            const std::size_t k = slide[surface.basis()[l]];
            const auto& [extension, factor] = f.force_of[k];
            Vector width = watched(f.force_at(extension));
            const Real scale = (network.above(k) - network.below(k)) * number::to_real(factor);
            for (Real& x : width) x *= scale;
            // Distances from the ends of the range times |force|: the force keeps its sign as long as both are positive.
            const bool negative = width[0] < 0;
            Vector low, high;
            for (std::size_t n = 0; n < width.size(); ++n) {
                low.push_back(negative ? Real(-delta[l][n]) : delta[l][n]);
                high.push_back(negative ? Real(delta[l][n] - width[n]) : Real(width[n] - delta[l][n]));
            }
            const Real least = edge() * abs(width[0]);
            push_slope(k, side::below, std::move(low), least);
            push_slope(k, side::above, std::move(high), least);
        }
    }
}

/// The switch in `found` to the precision of the step. What follows from extensions is evaluated at the states of the step instead of on polynomials, which carry the sum of all former steps.
Crossing Switching::body::locate(const Watch& w, const ode::root& found) {
    const bool plane = network.planes().find(w.kink) != nullptr;
    const auto value = [&](const Real& s) {
        if (s == 0 || (plane && !w.sliding)) return value_at(w.coefficients, s);
        Vector base;
        for (const Vector& c : polynomial) base.push_back(value_at(c, s));
        const Real x = measured(w, base);
        return w.zeros == 0 ? x : Real(x / pow(s, w.zeros));
    };
    Crossing e{w.kink, w.leaves_to, w.sliding, found.contact, found.low, Real(0)};
    Real scale = 0, slope = 0, bend = 0;
    for (const Real& c : w.coefficients) scale += abs(c);
    const auto derive = [&] {
        slope = bend = 0;
        for (std::size_t k = w.coefficients.size(); k-- > 1;) slope = slope * e.at + w.coefficients[k] * static_cast<unsigned>(k);
        for (std::size_t k = w.coefficients.size(); k-- > 2;) bend = bend * e.at + w.coefficients[k] * static_cast<unsigned>(k * (k - 1));
    };
    if (found.contact) {
        e.at = (found.low + found.high) / 2;
    } else {
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
    }
    derive();
    // p turns back at a depth of slope^2/(2 |bend|): within the error that is a contact, at the zero of p'.
    if (!w.sliding && bend != 0 && slope * slope <= 8 * edge() * scale * abs(bend)) {
        e.contact = true;
        for (int k = 0; k < newton_steps; ++k) {
            e.at -= slope / bend;
            derive();
        }
        e.uncertainty = edge() * scale / abs(bend);
        return e;
    }
    e.uncertainty = slope == 0 ? Real(1) : Real(edge() * scale / abs(slope));
    return e;
}

/// What a watch is at a state, positive as long as it is not violated.
Real Switching::body::measured(const Watch& w, const Vector& base) {
    if (w.sliding) {
        const Real slope = network.slopes(sides, base)[w.kink];
        return w.leaves_to == side::below ? Real(slope - network.below(w.kink)) : Real(network.above(w.kink) - slope);
    }
    Real x;
    if (const Plane* plane = network.planes().find(w.kink)) {
        x = plane->at(base);
    } else {
        const auto& upper = present->source.upper;
        x = network.look(*present, sides, base).watched[static_cast<std::size_t>(std::lower_bound(upper.begin(), upper.end(), w.kink) - upper.begin())];
    }
    return w.coefficients.empty() && w.leaves_to == side::above ? Real(-x) : x;
}

/// Finds the first switches on the polynomials of the present step.
void Switching::body::scan_series() {
    polynomial.clear();
    for (std::size_t i = 0; i < states(); ++i) polynomial.push_back(segment().series()->coefficients(i));
    Real horizon = segment().series()->reach();
    std::vector<Watch> all;
    watch_planes(all, horizon);
    watch_others(all);
    std::vector<std::pair<std::size_t, ode::root>> found;
    for (std::size_t w = 0; w < all.size(); ++w) {
        Real scale = 0;
        for (const Real& c : all[w].coefficients) scale += abs(c);
        const auto root = ode::first_root(all[w].coefficients, scale * edge(), horizon);
        if (!root || root->low > horizon) continue;
        horizon = std::min(horizon, root->high);
        found.emplace_back(w, *root);
    }
    for (const auto& [w, root] : found)
        if (root.low <= horizon) events.push_back(locate(all[w], root));
}

/// Where a pattern does not hold at a state.
std::vector<Watch> Switching::body::violated(const Vector& base) {
    std::vector<Watch> found;
    const auto check = [&](std::size_t k, const Real& argument) {
        idle[k] = argument == 0 && sides.of[k] != side::sliding;
        if (sides.of[k] == side::above ? argument < 0 : sides.of[k] == side::below && argument > 0) found.push_back({k, false, sides.of[k] == side::above ? side::below : side::above, {}, 0});
    };
    const auto& upper = present->source.upper;
    for (std::size_t k = 0; k < kinks(); ++k)
        if (const Plane* plane = network.planes().find(k)) check(k, plane->at(base));
    if (!upper.empty()) {
        const Vector watched = network.look(*present, sides, base).watched;
        for (std::size_t u = 0; u < upper.size(); ++u) check(upper[u], watched[u]);
    }
    const Vector slopes = network.slopes(sides, base);
    for (std::size_t k = 0; k < kinks(); ++k) {
        if (sides.of[k] != side::sliding) continue;
        if (slopes[k] < network.below(k)) found.push_back({k, true, side::below, {}, 0});
        if (slopes[k] > network.above(k)) found.push_back({k, true, side::above, {}, 0});
    }
    return found;
}

/// The same for a step of a witness, by the signs at its middle and its end.
void Switching::body::scan_samples() {
    const Real &origin = segment().origin(), &length = segment().length();
    const auto base_at = [&](const Real& s) { return segment().dense(s == 1 ? segment().time() : Real(origin + s * length)); };
    for (Real low = 0; low < 1; low = low + Real(1) / 2) {
        const Real high = low + Real(1) / 2;
        for (const Watch& w : violated(base_at(high))) {
            Real from = low;
            // What starts at 0 there has its sign a little later.
            for (int halvings = 40; from == 0 && deflate.contains(w.kink) && halvings > 0; --halvings)
                if (const Real s = ldexp(high, -halvings); measured(w, base_at(s)) > 0) from = s;
            const auto value = [&](const Real& s) { return measured(w, base_at(s)); };
            const Real at_from = value(from), at_high = value(high);
            Crossing e{w.kink, w.leaves_to, w.sliding, false, from, edge()};
            if (at_from > 0) {
                std::uintmax_t iterations = 400;
                const Real resolution = edge() / 1000;
                const auto close = [&](const Real& a, const Real& b) { return abs(b - a) <= resolution; };
                const auto bracket = boost::math::tools::toms748_solve(value, from, high, at_from, at_high, close, iterations);
                e.at = (bracket.first + bracket.second) / 2;
            }
            events.push_back(std::move(e));
        }
        if (!events.empty()) return;
    }
}

void Switching::body::scan() {
    events.clear();
    segment().series() != nullptr ? scan_series() : scan_samples();
    last_length = segment().length();
    if (events.empty()) return;
    const Crossing first = *std::min_element(events.begin(), events.end(), [](const Crossing& a, const Crossing& b) { return a.at < b.at; });
    std::erase_if(events, [&](const Crossing& e) { return e.at - first.at > e.uncertainty + first.uncertainty; });
    event_time = segment().origin() + segment().length() * first.at;
}

}  // namespace eonflow::flow
