#include <eonflow/flow/selection.hpp>
#include <eonflow/flow/switching_parts.hpp>
#include <eonflow/number/error.hpp>

#include <algorithm>
#include <bit>

namespace eonflow::flow {

using number::Real;
using number::Vector;
using series::log_size;

namespace {

constexpr std::size_t most_tried = 10;  ///< kinks whose sides are tried in all combinations
constexpr int probe_order = 8;
constexpr std::int64_t indistinct_digits = 3;  ///< by which a coefficient must exceed the local error to have a sign

/// The first coefficients of the solution with some sides.
class Probe {
public:
    Probe(Network& network, Mode& mode, const Sides& sides, const Situation& at) : network_(network), mode_(mode), sides_(sides), engine_(network.probe(mode)), length_(at.length) {
        indistinct_ = series::size_unit * (number::granted_bits(network.options().bits) - number::bits_for_digits(network.options().digits - indistinct_digits));
        done_ = engine_.expand(network.extended(mode, at.state), network.parameters(mode, sides), length_, probe_order) == series::outcome::done;
    }
    [[nodiscard]] bool done() const { return done_; }

    /// Coefficient j of state i, 0 where it has no sign.
    [[nodiscard]] Real state(std::size_t i, int j) const { return significant(engine_.coefficient(i, j), engine_.noise(i)); }

    /// The sign of what the argument of k, or the slope of a sliding upper kink, does from its coefficient `from` on.
    [[nodiscard]] int sign(std::size_t k, int from) const {
        const Plane* plane = network_.planes().find(k);
        const std::size_t extension = network_.states() + position(k);
        for (int j = from; j < probe_order; ++j) {
            Real c = 0;
            if (plane != nullptr) {
                log_size noise = series::vanishing;
                for (std::size_t i = 0; i < plane->parameters.size(); ++i) {
                    c += plane->reals[i] * engine_.coefficient(plane->parameters[i], j);
                    noise = std::max(noise, engine_.noise(plane->parameters[i]) + series::size_of(plane->coefficients[i]));
                }
                c = significant(c, noise);
            } else {
                c = significant(engine_.coefficient(extension, j + 1), engine_.noise(extension));
            }
            if (c != 0) return (c > 0) == (length_ > 0 || plane != nullptr) ? 1 : -1;
        }
        return 0;
    }

    /// Whether the slopes of all that slides are in their range and stay there.
    [[nodiscard]] bool slopes_fit() const {
        for (std::size_t k = 0; k < network_.kinks(); ++k) {
            if (sides_.of[k] != side::sliding || network_.planes().find(k) != nullptr) continue;
            const Real slope = engine_.coefficient(network_.states() + position(k), 1) / length_, low = slope - network_.below(k), high = network_.above(k) - slope;
            const Real& least = network_.edge();
            if (low < -least || high < -least) return false;
            if (low < least && sign(k, 1) < 0) return false;
            if (high < least && sign(k, 1) > 0) return false;
        }
        for (std::size_t group = 0; group < network_.planes().groups().size(); ++group)
            if (!planes_fit(group)) return false;
        return true;
    }

private:
    [[nodiscard]] Real significant(const Real& c, log_size noise) const {
        const log_size size = series::size_of(c.backend().data());
        return size != series::vanishing && size > noise + indistinct_ ? c : Real(0);
    }
    [[nodiscard]] std::size_t position(std::size_t k) const {
        const auto& upper = mode_.source.upper;
        return static_cast<std::size_t>(std::lower_bound(upper.begin(), upper.end(), k) - upper.begin());
    }
    /// Coefficient j of the derivative of extension e.
    [[nodiscard]] Real watched(std::size_t e, int j) const { return engine_.coefficient(network_.states() + e, j + 1) * (j + 1) / length_; }

    /// Of each plane of a basis that slides: the distances of its slope from the ends of its range, times |force|, as series.
    [[nodiscard]] bool planes_fit(std::size_t group) const {
        const std::vector<std::size_t> slide = network_.sliding(sides_, group);
        if (slide.empty()) return true;
        const Surface& surface = network_.surface(sides_, group);
        std::vector<Vector> delta;
        for (int j = 0; j < probe_order; ++j) {
            Vector tau;
            for (std::size_t r = 0; r < surface.basis().size(); ++r) tau.push_back(watched(mode_.source.tau_at(group, r), j));
            delta.push_back(surface.balance(tau));
        }
        for (std::size_t l = 0; l < surface.basis().size(); ++l) {
            const std::size_t k = slide[surface.basis()[l]];
            const auto& [extension, factor] = mode_.source.force_of[k];
            const Real width = (network_.above(k) - network_.below(k)) * number::to_real(factor);
            const Real first = watched(mode_.source.force_at(extension), 0) * width;
            Real least = abs(first);
            for (const Real& d : delta.front()) least += abs(d);
            least *= network_.edge();
            for (const bool upper_end : {false, true}) {
                int decided = 0;
                for (int j = 0; j < probe_order && decided == 0; ++j) {
                    Real away = delta[static_cast<std::size_t>(j)][l];
                    if (upper_end) away = watched(mode_.source.force_at(extension), j) * width - away;
                    if (first < 0) away = -away;
                    if (abs(away) > least) decided = away > 0 ? 1 : -1;
                }
                if (decided < 0) return false;
            }
        }
        return true;
    }

    Network& network_;
    Mode& mode_;
    const Sides& sides_;
    series::engine& engine_;
    Real length_;
    log_size indistinct_ = 0;
    bool done_ = false;
};

class Chooser {
public:
    Chooser(Network& network, Situation at) : network_(network), at_(std::move(at)) {}

    std::vector<Way> all() {
        bool only_planes = !at_.tied;
        for (std::size_t k = 0; k < network_.kinks(); ++k)
            if (network_.planes().find(k) == nullptr && (at_.meeting.contains(k) || at_.before.of[k] == side::sliding)) only_planes = false;
        if (only_planes) by_planes();
        if (found_.empty()) by_trial();
        return std::move(found_);
    }

private:
    /// Whether the solution with these sides moves into them. Kinks at rest take the side they move to.
    [[nodiscard]] std::optional<Way> tried(Sides p) {
        for (std::size_t round = 0; round <= network_.kinks(); ++round) {
            if (!hold_dependent(p)) return std::nullopt;
            Mode* m = nullptr;
            try {
                m = &network_.mode(p);
            } catch (const numerical_error&) {
                return std::nullopt;  // no common slopes
            }
            const Probe probe(network_, *m, p, at_);
            if (!probe.done()) return std::nullopt;
            bool changed = false;
            for (std::size_t k = 0; k < network_.kinks() && !changed; ++k) {
                if (!at_.resting[k] || p.of[k] == side::sliding) continue;
                const int moves = probe.sign(k, 1);
                if (moves != 0 && moves != static_cast<int>(p.of[k])) p.of[k] = static_cast<side>(moves), changed = true;
            }
            if (changed) continue;
            if (!probe.slopes_fit()) return std::nullopt;
            Way way{p, {}, std::vector<bool>(network_.kinks(), false), {}};
            for (std::size_t k = 0; k < network_.kinks(); ++k) {
                const auto met = at_.meeting.find(k);
                if (p.of[k] == side::sliding || (met == at_.meeting.end() && at_.before.of[k] != side::sliding)) continue;
                const int order = met == at_.meeting.end() ? 1 : met->second, moves = probe.sign(k, order);
                if (moves != 0 && moves != static_cast<int>(p.of[k])) return std::nullopt;
                way.stays[k] = moves == 0;
                way.order[k] = order;
            }
            for (std::size_t i = 0; i < network_.states(); ++i) {
                Vector& c = way.start.emplace_back();
                for (int j = 0; j <= probe_order; ++j) c.push_back(probe.state(i, j));
            }
            return way;
        }
        return std::nullopt;
    }

    void add(const Sides& p) {
        auto way = tried(p);
        if (!way) return;
        const auto same = [&](const Way& other) {
            const std::int64_t digits = network_.options().digits;
            if (other.start.empty()) return false;
            for (std::size_t i = 0; i < way->start.size(); ++i)
                for (std::size_t k = 0; k < way->start[i].size(); ++k)
                    if (number::agreeing_digits(way->start[i][k], other.start[i][k], digits) < digits / 2) return false;
            return true;
        };
        if (std::none_of(found_.begin(), found_.end(), same)) found_.push_back(std::move(*way));
    }

    /// Each group of planes by itself, to first order; what that leaves open by trial.
    void by_planes() {
        Mode& m = network_.mode(at_.before);
        const Look seen = network_.look(m, at_.before, at_.state);
        std::vector<std::vector<std::size_t>> members;
        std::vector<std::vector<Choice>> options;
        std::size_t combinations = 1;
        for (std::size_t group = 0; group < network_.planes().groups().size(); ++group) {
            std::vector<std::size_t> here;
            bool meets = false;
            for (const std::size_t k : network_.planes().groups()[group].kinks) {
                if (!at_.meeting.contains(k) && at_.before.of[k] != side::sliding) continue;
                here.push_back(k);
                meets = meets || at_.meeting.contains(k);
            }
            if (!meets) continue;
            options.push_back(choices(meeting_of(group, here, at_.before, seen)));
            members.push_back(std::move(here));
            combinations *= options.back().size();
            if (combinations > 64) throw numerical_error("units at whose kinks the flow can go on in several ways meet them at once, in more than 64 combinations");
        }
        for (std::size_t code = 0; code < combinations; ++code) {
            Sides p = at_.before;
            std::vector<std::size_t> open;
            std::map<std::size_t, int> order;
            std::size_t rest = code;
            for (std::size_t g = 0; g < options.size(); ++g) {
                const Choice& choice = options[g][rest % options[g].size()];
                rest /= options[g].size();
                take(choice, members[g], p, open);
                for (std::size_t i = 0; i < members[g].size(); ++i)
                    if (choice.sides[i] != side::sliding && !choice.open[i]) order[members[g][i]] = 1;
            }
            if (open.empty())
                found_.push_back({std::move(p), std::move(order), std::vector<bool>(network_.kinks(), false), {}});
            else
                try_open(p, open, order);
        }
    }

    [[nodiscard]] Meeting meeting_of(std::size_t group, const std::vector<std::size_t>& here, const Sides& sides, const Look& seen) {
        const auto& parameters = network_.planes().groups()[group].parameters;
        const bool forward = at_.length > 0;
        Meeting meeting;
        meeting.normals = number::Matrix<Rational>(here.size(), parameters.size());
        for (const std::size_t i : parameters) meeting.drift.push_back(forward ? seen.descent[i] : Real(-seen.descent[i]));
        // The size of what cancels in the direction.
        Real size = 0;
        for (const Real& x : meeting.drift) size += x * x;
        size = sqrt(size);
        for (const std::size_t k : network_.planes().groups()[group].kinks) size += abs(seen.force[k]) * sqrt(network_.planes().find(k)->square);
        const Vector given = network_.parameters(network_.mode(sides), sides);
        for (std::size_t l = 0; l < here.size(); ++l) {
            const std::size_t k = here[l];
            const Plane& plane = *network_.planes().find(k);
            meeting.pull.push_back(forward ? seen.force[k] : Real(-seen.force[k]));
            meeting.below.push_back(network_.piecewise().kinks[k].below);
            meeting.above.push_back(network_.piecewise().kinks[k].above);
            meeting.uncertainty.push_back(size * network_.edge());
            const Real weight = given[k] * meeting.pull.back();
            for (std::size_t j = 0; j < plane.parameters.size(); ++j) {
                const auto column = static_cast<std::size_t>(std::lower_bound(parameters.begin(), parameters.end(), plane.parameters[j]) - parameters.begin());
                meeting.normals(l, column) = plane.coefficients[j];
                meeting.drift[column] -= weight * plane.reals[j];
            }
        }
        return meeting;
    }

    /// Puts a group's choice into the sides. Of planes that slide and depend on others the slopes are held.
    void take(const Choice& choice, const std::vector<std::size_t>& here, Sides& p, std::vector<std::size_t>& open) {
        for (std::size_t i = 0; i < here.size(); ++i) {
            p.of[here[i]] = choice.sides[i];
            p.held.erase(here[i]);
            if (choice.open[i]) open.push_back(here[i]);
        }
        hold(p, here, choice.slopes);
    }
    void hold(Sides& p, const std::vector<std::size_t>& here, const Vector& slopes) {
        const std::size_t group = network_.planes().find(here.front())->group;
        const std::vector<std::size_t> slide = network_.sliding(p, group);
        const auto& basis = network_.surface(p, group).basis();
        for (std::size_t l = 0; l < slide.size(); ++l)
            if (std::find(basis.begin(), basis.end(), l) == basis.end())
                p.held[slide[l]] = slopes[static_cast<std::size_t>(std::find(here.begin(), here.end(), slide[l]) - here.begin())];
    }

    /// Slopes for planes that slide because others do, where none are held yet; false where there are none in their range.
    [[nodiscard]] bool hold_dependent(Sides& p) {
        for (std::size_t group = 0; group < network_.planes().groups().size(); ++group) {
            const std::vector<std::size_t> slide = network_.sliding(p, group);
            const std::size_t held = static_cast<std::size_t>(std::count_if(slide.begin(), slide.end(), [&](std::size_t k) { return p.held.contains(k); }));
            if (network_.surface(p, group).basis().size() + held == slide.size()) continue;
            for (const std::size_t k : slide) p.held.erase(k);
            bool found = false;
            for (const Choice& choice : choices(meeting_of(group, slide, p, network_.look(network_.mode(p), p, at_.state)))) {
                if (std::find_if(choice.sides.begin(), choice.sides.end(), [](side s) { return s != side::sliding; }) != choice.sides.end()) continue;
                hold(p, slide, choice.slopes);
                found = true;
                break;
            }
            if (!found) return false;
        }
        return true;
    }

    /// Kinks whose rate is 0 and whose slope is at the end of its range: they take that side, or slide.
    void try_open(const Sides& p, const std::vector<std::size_t>& open, const std::map<std::size_t, int>& strict) {
        if (open.size() > most_tried) {
            // All on their side, or none: what does not move at all, such as a dead unit, has no use for trials.
            add(p);
            if (!found_.empty()) return;
            throw numerical_error(std::to_string(open.size()) + " kinks meet at one point that do not move to first order, accepted are at most " + std::to_string(most_tried));
        }
        for (std::size_t slide = 0; slide <= open.size(); ++slide) {
            for (std::size_t code = 0; code < std::size_t{1} << open.size(); ++code) {
                if (static_cast<std::size_t>(std::popcount(code)) != slide) continue;
                Sides q = p;
                for (std::size_t i = 0; i < open.size(); ++i)
                    if ((code >> i & 1) != 0) q.of[open[i]] = side::sliding;
                    else if (const auto left = at_.leaving.find(open[i]); left != at_.leaving.end()) q.of[open[i]] = left->second;
                add(q);
            }
            for (Way& way : found_)
                for (const auto& [k, order] : strict) way.order[k] = order;
            if (!found_.empty()) return;
        }
    }

    /// The sides of all kinks that meet; then with sliding ones among them; then all that slide are asked again as well.
    void by_trial() {
        std::vector<std::size_t> free;
        for (const auto& [k, order] : at_.meeting) free.push_back(k);
        for (const bool wide : {false, true}) {
            if (wide)
                for (std::size_t k = 0; k < network_.kinks(); ++k)
                    if (at_.before.of[k] == side::sliding && !at_.meeting.contains(k)) free.push_back(k), at_.meeting[k] = 1;
            if (free.size() > most_tried)
                throw numerical_error(std::to_string(free.size()) + " kinks meet at one point, among them such of upper layers; accepted are at most " + std::to_string(most_tried));
            std::size_t combinations = 1;
            for (std::size_t i = 0; i < free.size(); ++i) combinations *= 3;
            for (std::size_t slide = 0; slide <= (at_.tied ? 0 : free.size()); ++slide) {
                for (std::size_t code = 0; code < combinations; ++code) {
                    Sides p = at_.before;
                    std::size_t rest = code, sliding = 0;
                    bool allowed = true;
                    for (const std::size_t k : free) {
                        constexpr side sides[] = {side::below, side::above, side::sliding};
                        p.of[k] = sides[rest % 3];
                        p.held.erase(k);
                        rest /= 3;
                        if (p.of[k] == side::sliding) ++sliding;
                        // A slope that reached the end of its range leaves there, if it can.
                        const auto left = at_.leaving.find(k);
                        if (!wide && left != at_.leaving.end() && p.of[k] != left->second) allowed = false;
                    }
                    if (allowed && sliding == slide) add(p);
                }
                if (!found_.empty()) return;
            }
            at_.leaving.clear();
            for (auto& [k, order] : at_.meeting) order = std::min(order, 1);
        }
    }

    Network& network_;
    Situation at_;
    std::vector<Way> found_;
};

}  // namespace

std::vector<Way> ways_on(Network& network, Situation at) { return Chooser(network, std::move(at)).all(); }

}  // namespace eonflow::flow
