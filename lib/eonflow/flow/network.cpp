#include <eonflow/flow/switching_parts.hpp>

#include <algorithm>
#include <bit>

namespace eonflow::flow {

using number::Real;
using number::Vector;

Network::Network(PiecewiseField field, const SwitchingOptions& options)
    : piecewise_(std::move(field)), options_(options), planes_(piecewise_.graph, piecewise_.kinks, piecewise_.parameters()), edge_(pow(Real(10), 3 - options.digits)) {
    for (const model::kink& k : piecewise_.kinks) {
        below_.push_back(number::to_real(k.below));
        above_.push_back(number::to_real(k.above));
    }
}

std::vector<std::size_t> Network::sliding(const Sides& sides, std::size_t group) const {
    std::vector<std::size_t> found;
    for (const std::size_t k : planes_.groups()[group].kinks)
        if (sides.of[k] == side::sliding) found.push_back(k);
    return found;
}

const Surface& Network::surface(const Sides& sides, std::size_t group) {
    std::pair key{group, sliding(sides, group)};
    auto found = surfaces_.find(key);
    if (found == surfaces_.end()) found = surfaces_.emplace(key, planes_.surface(group, key.second)).first;
    return found->second;
}

Mode& Network::mode(const Sides& sides) {
    std::vector<std::size_t> upper;
    for (std::size_t k = 0; k < kinks(); ++k)
        if (sides.of[k] == side::sliding && planes_.find(k) == nullptr) upper.push_back(k);
    std::size_t needed = 0;
    for (std::size_t group = 0; group < planes_.groups().size(); ++group) needed = std::max(needed, surface(sides, group).basis().size());
    // Room grows by doubling: every size is a graph of its own.
    if (needed > capacity_) capacity_ = std::bit_ceil(needed);
    auto& slot = modes_[{capacity_, upper}];
    if (!slot) slot = std::make_unique<Mode>(piecewise_, planes_, upper, capacity_);
    return *slot;
}

void Network::forget(const Mode& kept) {
    std::erase_if(modes_, [&](const auto& entry) { return entry.first.first != capacity_ && entry.second.get() != &kept; });
}

series::engine& Network::probe(Mode& m) {
    if (!m.probe) {
        m.program = series::compile(m.source.field);
        m.probe = series::floating_engine(*m.program, options_.bits);
    }
    return *m.probe;
}

Segment& Network::segment(Mode& m) {
    if (!m.segment) {
        m.segment = options_.method == "taylor" ? Segment::by_series(m.source.field, {.bits = options_.bits, .digits = options_.digits, .order = options_.order})
                                                : Segment::by_witness(options_.method, m.source.field, states(), options_.bits, options_.digits);
    }
    return *m.segment;
}

std::vector<Network::saved_mode> Network::save() const {
    std::vector<saved_mode> all;
    for (const auto& [key, mode] : modes_)
        if (mode->segment) all.push_back({key.first, key.second, mode->segment->save()});
    return all;
}

void Network::restore(const std::vector<saved_mode>& modes) {
    modes_.clear();
    capacity_ = 0;
    for (const saved_mode& m : modes) {
        auto& slot = modes_[{m.capacity, m.upper}];
        slot = std::make_unique<Mode>(piecewise_, planes_, m.upper, m.capacity);
        segment(*slot).restore(m.integrator);
        capacity_ = std::max(capacity_, m.capacity);
    }
}

Vector Network::parameters(const Mode& m, const Sides& sides) {
    Vector values;
    for (std::size_t k = 0; k < kinks(); ++k) {
        const auto held = sides.held.find(k);
        values.push_back(held != sides.held.end() ? held->second : sides.of[k] == side::above ? above_[k] : below_[k]);
    }
    for (std::size_t group = 0; group < planes_.groups().size() && m.source.capacity > 0; ++group) {
        const auto& normals = surface(sides, group).normals();
        const std::size_t size = planes_.groups()[group].parameters.size();
        for (std::size_t r = 0; r < m.source.capacity; ++r)
            for (std::size_t i = 0; i < size; ++i) values.push_back(r < normals.size() ? normals[r][i] : Real(0));
    }
    return values;
}

Vector Network::extended(const Mode& m, Vector state) const {
    state.resize(states() + m.source.extensions(), Real(0));
    return state;
}

Look Network::look(Mode& m, const Sides& sides, const Vector& state) {
    const SlidingField& f = m.source;
    if (!m.look) {
        std::vector<graph::node_id> outputs = f.watched;
        outputs.insert(outputs.end(), f.force.begin(), f.force.end());
        outputs.insert(outputs.end(), f.descent.begin(), f.descent.end());
        m.look.emplace(f.field.graph, std::move(outputs));
    }
    Vector all = extended(m, state);
    const Vector given = parameters(m, sides);
    all.insert(all.end(), given.begin(), given.end());
    const Vector values = (*m.look)(all);
    const auto part = [&](std::size_t from, std::size_t count) {
        return Vector(values.begin() + static_cast<std::ptrdiff_t>(from), values.begin() + static_cast<std::ptrdiff_t>(from + count));
    };
    Look result{part(0, f.watched.size()), {}, part(f.watched.size() + f.force.size(), f.descent.size())};
    for (std::size_t k = 0; k < kinks(); ++k) {
        const auto& [at, factor] = f.force_of[k];
        result.force.push_back(planes_.find(k) == nullptr ? Real(0) : Real(values[f.watched.size() + at] * number::to_real(factor)));
    }
    return result;
}

Vector Network::balance(const Sides& sides, std::size_t group, const Vector& descent) {
    const Surface& s = surface(sides, group);
    const auto& parameters = planes_.groups()[group].parameters;
    Vector tau;
    for (const Vector& n : s.normals()) {
        Real sum = 0;
        for (std::size_t i = 0; i < n.size(); ++i) sum += n[i] * descent[parameters[i]];
        tau.push_back(sum);
    }
    return s.balance(tau);
}

void Network::project(const Sides& sides, Vector& state) {
    for (std::size_t group = 0; group < planes_.groups().size(); ++group) surface(sides, group).project(state);
}

Vector Network::slopes(const Sides& sides, const Vector& state) {
    Mode& m = mode(sides);
    Vector values = parameters(m, sides);
    values.resize(kinks());
    if (std::find(sides.of.begin(), sides.of.end(), side::sliding) == sides.of.end()) return values;
    const Look seen = look(m, sides, state);
    for (std::size_t u = 0; u < m.source.upper.size(); ++u)
        if (sides.of[m.source.upper[u]] == side::sliding) values[m.source.upper[u]] = seen.watched[u];
    for (std::size_t group = 0; group < planes_.groups().size(); ++group) {
        const std::vector<std::size_t> slide = sliding(sides, group);
        if (slide.empty()) continue;
        const Vector delta = balance(sides, group, seen.descent);
        const auto& basis = surface(sides, group).basis();
        for (std::size_t l = 0; l < basis.size(); ++l) values[slide[basis[l]]] += delta[l] / seen.force[slide[basis[l]]];
    }
    return values;
}

}  // namespace eonflow::flow
