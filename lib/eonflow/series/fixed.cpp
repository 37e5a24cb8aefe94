#include <eonflow/series/fixed.hpp>

// How one coefficient after the other is computed; fixed.hpp has the plan of the numbers they are made of.
namespace eonflow::series::fixed_point {

void fixed::prepare(const Real& length) {
    const number::precision_scope scope(limb_bits * (factor_limbs() + 1));
    stride_ = lanes + (order_ + 1 + lanes - 1) / lanes * lanes;
    if (stride_ % 512 == 0) stride_ += lanes;  // rows a multiple of the page apart would share cache sets
    for (coefficients& c : series_) clear(c);
    sizes_.assign(program_.states, std::vector<log_size>(static_cast<std::size_t>(order_) + 1, vanishing));
    const auto quotients = [&](const Real& x) {  // x, x/1, x/2, ...
        std::vector<factor> all(1, to_factor(x));
        for (int k = 1; k <= order_; ++k) all.push_back(to_factor(Real(x / k)));
        return all;
    };
    const bool functions = std::ranges::any_of(program_.variables, [](const variable& v) { return v.how == rule::function; });
    if (functions && (static_cast<int>(inverses_.size()) <= order_ || static_cast<int>(inverses_[0].limbs.size()) != factor_limbs())) inverses_ = quotients(Real(1));
    steps_ = quotients(Real(length + 0));
    for (std::size_t i = 0; i < recipes_.size(); ++i) {
        recipe& r = recipes_[i];
        const variable& v = program_.variables[i];
        for (group& g : r.groups) g.times = to_factor(g.coefficient);
        for (summand& s : r.summands) {
            if (s.constant == nothing) {
                if (factors_of_ != factor_limbs()) s.times = to_factor(s.coefficient);
                continue;
            }
            // Parameters are often 0 or small integers: slopes of activations, say.
            const Real x = number::to_real(s.coefficient) * start_[s.constant];
            s.times = mpfr_integer_p(x.backend().data()) != 0 && abs(x) <= small_factor ? factor{x.convert_to<std::int64_t>(), {}, 0} : to_factor(x);
        }
        r.own.clear();
        if (v.how == rule::reciprocal) r.own.push_back(to_factor(start_[i]));
        if (v.how == rule::power) r.own = quotients(Real(1 / start_[v.argument]));
        if (v.how == rule::state && v.value != 0) {
            std::vector<double> limbs(static_cast<std::size_t>(limbs_ + 2));
            (void)to_limbs(number::to_real(v.value).backend().data(), r.exponent, limbs);
            r.constant.assign(limbs.begin(), limbs.end());
        }
    }
    factors_of_ = factor_limbs();
}

bool fixed::settle(frame& f, slot i) {
    f.settle();
    for (int p = f.top; p < guard; ++p) spilled_ = spilled_ || f.limbs[static_cast<std::size_t>(p)] != 0;
    if (spilled_ && overflowed_ == nothing) overflowed_ = i;
    return !spilled_;
}

void fixed::convolve(const group& g, int k, part wanted, frame& f) const {
    if (work_.size() < room_for(g, k)) work_.resize(room_for(g, k)), leads_.resize(room_for(g, k));
    const auto [count, depth] = lay_out(g, k, wanted, f.count - 1 + g.shift, work_.data());
    if (count == 0) return;
    const int place = guard + f.count - depth;  // of column 0
    if (place < 0) {
        spilled_ = true;
        return;
    }
    const std::int64_t per_step = std::int64_t{lanes} * (depth + 1);
    const std::size_t most_steps =
        per_step * static_cast<std::int64_t>(count) <= most_load ? count : static_cast<std::size_t>(std::max<std::int64_t>(1, most_load / per_step));
    for (std::size_t done = 0; done < count; done += most_steps) {
        const std::span<const kernels::step> now = std::span(work_).subspan(done, std::min(most_steps, count - done));
        const std::int64_t load = per_step * static_cast<std::int64_t>(now.size());
        f.top = std::min(f.top, place);
        if (g.times.integer == 1) {
            if (f.load + load > most_load) f.settle();
            f.load += load;
            const kernels::task task{now, depth, f.limbs.data() + place};
            kernels_.convolve({&task, 1}, stride_);
            continue;
        }
        columns_.reset(depth, 0);
        const kernels::task task{now, depth, columns_.limbs.data() + guard};
        kernels_.convolve({&task, 1}, stride_);
        columns_.top = guard;
        add_columns(columns_, depth, load, g.times, f);
    }
}

void fixed::add_columns(frame& columns, int depth, std::int64_t load, const factor& times, frame& f) const {
    const std::int64_t size = times.limbs.empty() ? load * std::abs(times.integer) : most_load;
    if (size < most_load) {
        const auto place = static_cast<std::size_t>(guard + f.count - depth);
        f.top = std::min(f.top, static_cast<int>(place));
        if (f.load + size > most_load) f.settle();
        f.load += size;
        for (std::size_t c = 0; c <= static_cast<std::size_t>(depth); ++c) f.limbs[place + c] += times.integer * columns.limbs[guard + c];
    } else {
        columns.settle();
        add_multiple(columns.limbs, columns.top, f.exponent - f.count + depth + guard, times, f);
    }
}

void fixed::start_ahead() {
    std::vector<const double*> channels;
    std::vector<std::size_t> channel_of(series_.size(), series_.size());
    const auto channel = [&](slot i) {
        if (channel_of[i] == series_.size()) channel_of[i] = channels.size(), channels.push_back(series_[i].first);
        return channel_of[i];
    };
    std::vector<fourier::sum> sums;
    for (std::size_t i = 0; i < recipes_.size(); ++i)
        for (group& g : recipes_[i].groups) {
            sums.push_back({{}, lowest(i, g)});
            for (const auto& [left, right] : g.pairs) sums.back().pairs.emplace_back(channel(left), channel(right));
            g.ahead.resize(block_orders);
        }
    fourier_.start(std::move(channels), std::move(sums), limbs_, stride_, order_, block_orders);
}

void fixed::sum_ahead(int from) {
    known_ = from;
    fourier_.advance(from);
    std::size_t n = 0;
    for (recipe& r : recipes_)
        for (group& g : r.groups) {
            for (int k = from; k < std::min(from + block_orders, order_ + 1); ++k) {
                block_sum& sum = g.ahead[static_cast<std::size_t>(k - from)];
                sum.present = fourier_.read(n, k, sum.limbs);
                if (sum.present) carry(sum.limbs);
            }
            ++n;
        }
}

void fixed::add_multiple(const integers& x, int leading, int exponent, const factor& times, frame& f) const {
    const int size = static_cast<int>(x.size());
    while (leading < size && x[static_cast<std::size_t>(leading)] == 0) ++leading;
    if (leading == size || (times.limbs.empty() && times.integer == 0)) return;  // 0 fits any frame
    if (times.limbs.empty()) {
        const int shift = guard + f.exponent - exponent;
        const int last = std::min(size, static_cast<int>(f.limbs.size()) - shift);
        if (leading + shift < 0) {
            spilled_ = true;
            return;
        }
        if (f.load + 1 > most_load) f.settle();
        f.load += 1;  // |integer| 2^23 <= 2^43
        if (leading < last) f.top = std::min(f.top, leading + shift);
        for (int p = leading; p < last; ++p) f.limbs[static_cast<std::size_t>(p + shift)] += times.integer * x[static_cast<std::size_t>(p)];
        return;
    }
    const int lowest = f.count - 1 + exponent + times.exponent - f.exponent;
    const int place = guard + f.count - (lowest - leading);
    const int depth = std::min(lowest - leading, static_cast<int>(times.limbs.size()) - 1);
    if (depth < 0) return;
    if (place < 0) {
        spilled_ = true;
        return;
    }
    multiplicand_.assign(static_cast<std::size_t>(depth + 1 + 3 * lanes), 0.0);
    for (int p = leading; p < size && p - leading <= depth; ++p)
        multiplicand_[static_cast<std::size_t>(lanes + p - leading)] = static_cast<double>(x[static_cast<std::size_t>(p)]);
    if (f.load + depth + 1 > most_load) f.settle();
    f.load += depth + 1;
    f.top = std::min(f.top, place);
    kernels_.multiply(multiplicand_.data() + lanes, times.limbs.data(), depth, f.limbs.data() + place);
}

bool fixed::evaluate(std::size_t i, int k, integers& result) {
    const recipe& r = recipes_[i];
    const bool scaled = has_factor(i);
    frame& sum = scaled ? inner_ : outer_;
    outer_.reset(limbs_, series_[i].exponent);
    if (scaled) inner_.reset(limbs_ + 1, r.exponent);
    for (group& g : recipes_[i].groups) {
        convolve(g, k, known_ > 0 ? part::rest : part::all, sum);
        if (known_ == 0) continue;
        const block_sum& ahead = g.ahead[static_cast<std::size_t>(k - known_)];
        if (ahead.present) add_multiple(ahead.limbs, 0, sum.exponent - sum.count - 1 + static_cast<int>(ahead.limbs.size()), g.times, sum);
    }
    for (const summand& s : r.summands)
        if (program_.variables[s.of].degree >= k) {
            const coefficients& c = series_[s.of];
            if (c.newest_leading != empty) add_multiple(c.newest, c.newest_leading, c.exponent, s.times, sum);
        }
    if (scaled) {
        if (k == 0 && !r.constant.empty()) {
            sum.top = std::min(sum.top, guard);
            for (std::size_t p = 0; p < r.constant.size(); ++p) sum.limbs[guard + p] += r.constant[p];
        }
        sum.settle();
        add_multiple(sum.limbs, sum.top, sum.exponent + guard, factor_of(i, k), outer_);
    }
    if (!settle(outer_, static_cast<slot>(i))) return false;
    std::copy_n(outer_.limbs.begin() + guard, limbs_, result.begin());
    return true;
}

void fixed::run() {
    const std::size_t states = program_.states, variables = program_.variables.size();
    std::vector<double> limbs(static_cast<std::size_t>(limbs_));
    for (std::size_t i = 0; i < variables; ++i) {
        if (!to_limbs(start_[i].backend().data(), series_[i].exponent, limbs)) {
            overflowed_ = static_cast<slot>(i);
            return;
        }
        std::copy(limbs.begin(), limbs.end(), series_[i].newest.begin());
        put(i, 0);
    }
    pending_.resize(states);
    for (integers& p : pending_) p.resize(static_cast<std::size_t>(limbs_));
    known_ = 0;
    if (order_ >= long_order) start_ahead();
    for (int k = 0; k < order_; ++k) {
        if (k > 0 && k % block_orders == 0 && order_ >= long_order) sum_ahead(k);
        if (k > 0)
            for (std::size_t i = states + program_.parameters; i < variables; ++i) {
                if (program_.variables[i].degree < k) continue;
                if (!evaluate(i, k, series_[i].newest)) return;
                put(i, k);
            }
        for (std::size_t i = 0; i < states; ++i)
            if (!evaluate(i, k, pending_[i])) return;
        for (std::size_t i = 0; i < states; ++i) {
            series_[i].newest.swap(pending_[i]);
            put(i, k + 1);
        }
        if (overflowed_ != nothing) return;
    }
}

std::int64_t fixed::measure_loss(const first_run& first) const {
    std::int64_t loss = 0;
    const double* row = first.rows.data();
    const auto width = static_cast<std::ptrdiff_t>(order_ + 1);
    for (std::size_t i = 0; i < program_.states; ++i, row += first.limbs * width)
        for (int k = 1; k <= order_; ++k) {
            // Differences of limbs are exact; the first ones that do not cancel decide.
            double difference = 0;
            int p = 0, digits = 0;
            for (; p < limbs_ && digits < 3; ++p) {
                difference = difference * static_cast<double>(limb_base) + (p < first.limbs ? row[p * width + k] : 0.0) - series_[i].first[p * stride_ + k];
                if (difference != 0) ++digits;
            }
            if (difference == 0) continue;
            const std::int64_t bits = std::ilogb(difference) + 1 + limb_bits * (std::int64_t{series_[i].exponent} - p);
            loss = std::max(loss, bits - first.noise_bits[i]);
        }
    return loss;
}

void fixed::raise_powers(const Real& s) const {
    if (powers_of_ == s) return;
    coefficients& c = series_[powers_];
    c.exponent = 1;
    clear(c);
    const factor by = to_factor(s);
    integers power(static_cast<std::size_t>(limbs_), 0);
    power[0] = 1;
    for (int k = 1; k <= order_; ++k) {
        outer_.reset(limbs_, c.exponent);
        add_multiple(power, 0, c.exponent, by, outer_);
        outer_.settle();
        keep(outer_, c);
        write(c, order_ - k, 0);
        power = c.newest;
    }
    powers_of_ = s;
}

void fixed::arrange(recipe& r, std::size_t i) {
    r.groups.clear();
    r.exponent = series_[i].exponent;
    if (has_factor(i)) {
        r.exponent = -(1 << 30);
        for (const product& t : r.convolutions) r.exponent = std::max(r.exponent, series_[t.left].exponent + series_[t.right].exponent);
        for (const summand& s : r.summands)
            r.exponent = std::max(r.exponent, exponent_for(magnitudes_[s.of] + bits_of(size_of(s.coefficient)) +
                                                           (s.constant == nothing ? 0 : bits_of(size_of(start_[s.constant].backend().data())))));
        if (program_.variables[i].how == rule::state && program_.variables[i].value != 0) r.exponent = std::max(r.exponent, exponent_for(bits_of(size_of(program_.variables[i].value))));
    }
    for (const product& t : r.convolutions) {
        const int shift = series_[t.left].exponent + series_[t.right].exponent - r.exponent;
        const auto same = std::find_if(r.groups.begin(), r.groups.end(),
                                       [&](const group& g) { return g.shift == shift && g.coefficient == t.coefficient; });
        if (same != r.groups.end())
            same->pairs.emplace_back(t.left, t.right);
        else
            r.groups.push_back({t.coefficient, {}, shift, {{t.left, t.right}}, {}});
    }
}

}  // namespace eonflow::series::fixed_point

namespace eonflow::series {

std::unique_ptr<engine> fixed_engine(const program& p, std::int64_t bits, std::int64_t value_bits) {
    return std::make_unique<fixed_point::fixed>(p, bits, value_bits);
}

}  // namespace eonflow::series
