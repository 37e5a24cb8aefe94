#include <eonflow/series/batches.hpp>

#include <algorithm>
#include <cmath>
#include <tuple>

namespace eonflow::series::fixed_point {

namespace {

class builder {
public:
    builder(std::span<const recipe> recipes, std::span<const int> exponents, std::span<const int> sum_exponents, std::span<const int> extra, int limbs,
            std::size_t states, int width, bool whole, stream_map old)
        : recipes_(recipes), exponents_(exponents), sum_exponents_(sum_exponents), extra_(extra), limbs_(limbs), states_(states), width_(width), whole_(whole), old_(std::move(old.all)) {
        result_.streams.memory = std::move(old.memory);
    }

    batches build() {
        // Variables of one kind and about as many products stand together.
        std::vector<slot> order;
        for (std::size_t i = 0; i < recipes_.size(); ++i)
            if (recipes_[i].how != rule::parameter) order.push_back(static_cast<slot>(i));
        const auto kind = [&](slot i) {
            const recipe& r = recipes_[i];
            return std::tuple(i < states_, r.level, r.how, r.derivative_of != nothing, r.degree != unbounded);
        };
        std::stable_sort(order.begin(), order.end(), [&](slot a, slot b) {
            return std::tuple(kind(a), recipes_[b].products.size()) < std::tuple(kind(b), recipes_[a].products.size());
        });
        for (std::size_t begin = 0, end; begin < order.size(); begin = end) {
            end = begin + 1;
            while (end < order.size() && end - begin < static_cast<std::size_t>(width_) && kind(order[end]) == kind(order[begin])) ++end;
            if (order[begin] < states_ && (begin == 0 || order[begin - 1] >= states_)) result_.states = result_.all.size();
            add(std::span(order).subspan(begin, end - begin));
        }
        if (order.empty() || order.back() >= states_) result_.states = result_.all.size();
        for (std::size_t i = 0; i < states_; i += static_cast<std::size_t>(width_)) {
            stream::layout layout;
            layout.lanes.resize(static_cast<std::size_t>(width_));
            for (std::size_t lane = 0; lane < layout.lanes.size() && i + lane < states_; ++lane) layout.lanes[lane].of = static_cast<slot>(i + lane);
            result_.of_states.push_back(stream_for(layout, limbs_ + 2));
        }
        add_groups();
        return std::move(result_);
    }

private:
    void add(std::span<const slot> variables) {
        batch b;
        b.variables.assign(variables.begin(), variables.end());
        const recipe& first = recipes_[variables[0]];
        b.how = first.how;
        b.is_derivative = first.derivative_of != nothing;
        b.degree = 0;
        b.last = limbs_ + extra_[variables[0]];
        b.times.fill(1);
        std::size_t most = 0;
        for (std::size_t i = 0; i < variables.size(); ++i) {
            const recipe& r = recipes_[variables[i]];
            b.degree = std::max(b.degree, r.degree);
            most = std::max(most, r.products.size());
            // A sign goes with the factors.
            b.times[i] = static_cast<double>(std::abs(r.times));
            b.has_times = b.has_times || b.times[i] != 1;
            b.exponents[i] = sum_exponents_[variables[i]];
            for (const convolution& c : r.products) b.shift = std::max(b.shift, shift_of(variables[i], c));
            for (const auto& [added, factor] : r.summands) {
                const slot of = added;
                const int shift = exponents_[of] - sum_exponents_[variables[i]];
                b.shift = std::max(b.shift, shift);
                auto same = std::find_if(b.summands.begin(), b.summands.end(), [&](const batch::summand& s) { return s.of == of && s.shift == shift; });
                if (same == b.summands.end()) same = b.summands.insert(same, {of, shift, {}});
                same->factors[i] += static_cast<double>(factor);
            }
        }
        // Few sums are distributed over the lanes: different products first, then the orders of one.
        while (2 * b.parts * static_cast<int>(variables.size()) <= width_ && (!whole_ || 2 * b.parts <= static_cast<int>(most))) b.parts *= 2;
        int different = b.parts;
        while (different > 1 && static_cast<std::size_t>(different) > most) different /= 2;
        b.split = b.parts / different;
        for (std::size_t n = 0; n < most; n += static_cast<std::size_t>(different)) add_products(b, n);
        result_.deepest = std::max(result_.deepest, b.top() + b.last + 1);
        result_.all.push_back(std::move(b));
    }

    /// Columns by which a product reaches before its sum.
    [[nodiscard]] int shift_of(slot i, const convolution& c) const { return exponents_[c.left] + exponents_[c.right] - 1 - sum_exponents_[i]; }

    /// The products n, n + 1, ... of every variable, as many as lanes are given to it.
    void add_products(batch& b, std::size_t n) {
        stream::layout left{true, b.split, 0, {}}, right{false, b.split, 0, {}};
        left.lanes.resize(static_cast<std::size_t>(width_)), right.lanes.resize(static_cast<std::size_t>(width_));
        batch::product p{nullptr, nullptr, b.split, unbounded, 0, 0};
        for (std::size_t i = 0; i < b.variables.size(); ++i) {
            const recipe& r = recipes_[b.variables[i]];
            for (int part = 0; part < b.parts; ++part) {
                const std::size_t which = n + static_cast<std::size_t>(part / b.split), lane = i * static_cast<std::size_t>(b.parts) + static_cast<std::size_t>(part);
                if (which >= r.products.size()) continue;
                const convolution& c = r.products[which];
                left.lanes[lane] = {c.left, r.times < 0 ? -c.sign : c.sign, b.shift - shift_of(b.variables[i], c), part % b.split};
                right.lanes[lane] = {c.right, 1, 0, part % b.split};
                p.from = std::min(p.from, c.from);
                left.from = std::max(left.from, c.from);
                p.left_degree = std::max(p.left_degree, recipes_[c.left].degree);
                p.right_degree = std::max(p.right_degree, recipes_[c.right].degree);
            }
        }
        const int rows = b.last + b.shift + 1;
        p.left = stream_for(left, rows);
        p.right = stream_for(right, rows);
        b.products.push_back(p);
    }

    void add_groups() {
        std::vector<std::vector<slot>> members;
        for (const batch& b : result_.all) members.push_back(b.variables);
        for (std::size_t i = states_; i < recipes_.size(); ++i) {
            if (recipes_[i].how != rule::parameter) continue;
            if (members.size() == result_.all.size() || members.back().size() == static_cast<std::size_t>(width_)) members.emplace_back();
            members.back().push_back(static_cast<slot>(i));
        }
        result_.places.resize(recipes_.size());
        result_.groups.resize(members.size());
        for (std::size_t g = 0; g < members.size(); ++g) {
            result_.groups[g].variables = members[g];
            if (g < result_.all.size()) result_.groups[g].top = result_.all[g].top();
            for (std::size_t lane = 0; lane < members[g].size(); ++lane) result_.places[members[g][lane]] = {static_cast<std::uint32_t>(g), static_cast<std::uint32_t>(lane)};
        }
        for (stream* s : result_.needed) place(*s);
    }

    /// Lanes of a stream that take one row of one group are written together.
    void place(stream& s) {
        std::map<std::tuple<std::uint32_t, int, int>, std::vector<std::size_t>> parts;
        for (std::size_t lane = 0; lane < s.what.lanes.size(); ++lane)
            if (const stream::lane& l = s.what.lanes[lane]; l.of != nothing) parts[{result_.places[l.of].first, l.offset, l.residue}].push_back(lane);
        for (const auto& [part, lanes] : parts) {
            const auto& [g, offset, residue] = part;
            // Right factors have order n - residue in entry n.
            group::place p{&s, 0, offset, s.what.left ? s.what.from : 0, s.what.left ? residue : -residue, s.what.left ? s.what.split : 1, 0, false, parts.size() == 1};
            const auto from = [&](std::size_t lane) { return result_.places[s.what.lanes[lane].of].second; };
            for (const std::size_t lane : lanes) p.lanes |= 1U << from(lane);
            p.all = p.lanes == (1U << result_.groups[g].variables.size()) - 1;
            if (lanes.size() == 1 && !p.alone) {
                p.lane = static_cast<int>(lanes[0]), p.from_lane = static_cast<int>(from(lanes[0])), p.sign = s.what.lanes[lanes[0]].sign;
                result_.groups[g].places.push_back(p);
                continue;
            }
            kernels::placement how{};
            how.keeps = !p.alone;
            if (how.keeps)
                for (std::size_t lane = 0; lane < s.what.lanes.size(); ++lane) how.keep[lane] = s.what.lanes[lane].of == nothing ? 0 : 1;
            for (const std::size_t lane : lanes) how.from[lane] = from(lane), how.sign[lane] = s.what.lanes[lane].sign, how.keep[lane] = 0;
            // Many are alike: shared, they stay in the first cache.
            const auto same = std::find(result_.placements.begin(), result_.placements.end(), how);
            p.how = static_cast<std::size_t>(same - result_.placements.begin());
            if (same == result_.placements.end()) result_.placements.push_back(how);
            result_.groups[g].places.push_back(p);
        }
    }

    stream* stream_for(const stream::layout& layout, int rows) {
        auto& known = result_.streams.all[layout];
        if (known == nullptr) {
            if (const auto old = old_.find(layout); old != old_.end())
                known = std::move(old->second);
            else
                known = std::make_unique<stream>();
            known->what = layout;
            known->wanted_rows = 0;
            result_.needed.push_back(known.get());
        }
        known->wanted_rows = std::max(known->wanted_rows, rows);
        return known.get();
    }

    std::span<const recipe> recipes_;
    std::span<const int> exponents_, sum_exponents_, extra_;
    int limbs_;
    std::size_t states_;
    int width_;
    bool whole_;
    std::map<stream::layout, std::unique_ptr<stream>> old_;
    batches result_;
};

}  // namespace

void batches::reserve(int order, int limbs, int width) {
    std::size_t wanted = 0, missing = 0, lead_count = 0;
    std::vector<stream*> fresh;
    for (stream* s : needed) {
        const int entries = s->what.left ? order / s->what.split + 2 : order + s->what.split + 1;
        // What no coefficient is written to stays 0.
        if (s->memory == nullptr || s->rows != s->wanted_rows || s->limbs != limbs || s->entries != entries) {
            s->rows = s->wanted_rows, s->limbs = limbs, s->entries = entries;
            fresh.push_back(s);
            missing += s->size(width);
        }
        wanted += s->size(width);
        lead_count += static_cast<std::size_t>(s->entries + leads_at_once);
    }
    // What streams had before is lost, until half of all is, or all.
    if (missing == wanted || streams.memory.taken() + missing > 2 * wanted) {
        fresh = needed;
        for (stream* s : fresh) s->memory = nullptr;
        streams.memory.restart(wanted);
    } else {
        for (stream* s : fresh) s->memory = nullptr;
        streams.memory.reserve(missing);
    }
    for (stream* s : fresh) s->memory = streams.memory.take(s->size(width));
    leads.resize(lead_count);
    std::int16_t* at = leads.data();
    for (stream* s : needed) s->leads = at, at += s->entries + leads_at_once;
    for (batch& b : all)
        for (batch::product& p : b.products) {
            p.left_rows = p.left->row(0, 0, width), p.right_rows = p.right->row(0, 0, width);
            p.left_leads = p.left->leads, p.right_leads = p.right->leads + p.right->entries - 1;
            p.left_step = std::ptrdiff_t{p.left->rows} * width, p.right_step = std::ptrdiff_t{p.right->rows} * width;
        }
    for (group& g : groups)
        for (group::place& p : g.places) {
            p.rows = p.to->row(0, p.offset, width);
            p.step = std::ptrdiff_t{p.to->rows} * width;
            p.leads = p.to->leads + (p.to->what.left ? 0 : p.to->entries - 1);
            p.lead_step = p.to->what.left ? 1 : -1;
            p.count = std::min(limbs, p.to->rows - p.offset);
        }
}

batches make_batches(std::span<const recipe> recipes, std::span<const int> exponents, std::span<const int> sum_exponents, std::span<const int> extra, int limbs, std::size_t states,
                     int width, bool whole, stream_map old) {
    return builder(recipes, exponents, sum_exponents, extra, limbs, states, width, whole, std::move(old)).build();
}

}  // namespace eonflow::series::fixed_point
