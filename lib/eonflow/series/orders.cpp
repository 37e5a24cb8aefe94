#include <eonflow/series/fixed.hpp>

// One coefficient after the other, batch by batch.
namespace eonflow::series::fixed_point {

namespace {

/// `from` limbs in all lanes.
void spread(std::span<const double> from, int width, row_memory& to) {
    double* at = to.data();
    for (const double limb : from)
        for (int lane = 0; lane < width; ++lane) *at++ = limb;
}

bool is_zero_row(const double* row, std::size_t width) {
    double any = 0;
    for (std::size_t lane = 0; lane < width; ++lane) any += std::abs(row[lane]);
    return any == 0;
}

}  // namespace

/// Memory for the orders, and the factors of this expansion.
void fixed::prepare(const Real& length) {
    const int factor_limbs = limbs_ + factor_limbs_more, rows = std::max(batches_.deepest, factor_limbs) + 2;
    const number::precision_scope scope(limb_bits * (factor_limbs + 2));
    const auto doubles = static_cast<std::size_t>(rows) * width_;
    for (row_memory* m : {&length_, &inverse_, &step_}) {
        m->resize(doubles);
        std::fill_n(m->data(), doubles, 0.0);
    }
    for (row_memory* m : {&sum_, &product_}) m->resize(doubles + 2 * width_);
    std::vector<double> limbs(static_cast<std::size_t>(factor_limbs));
    (void)to_limbs(length.backend().data(), length_exponent_, limbs);
    spread(limbs, static_cast<int>(width_), length_);
    const auto count = static_cast<std::size_t>(order_) + 2;
    if (inverse_limbs_ != factor_limbs || inverses_.size() < count * limbs.size()) {
        inverse_limbs_ = factor_limbs;
        inverses_.assign(count * limbs.size(), 0.0);
        for (std::size_t k = 1; k < count; ++k)
            (void)to_limbs(Real(Real(1) / static_cast<unsigned>(k)).backend().data(), 1, std::span(inverses_).subspan(k * limbs.size(), limbs.size()));
    }
    own_factors_.resize(batches_.all.size());
    for (std::size_t which = 0; which < batches_.all.size(); ++which) {
        const batch& b = batches_.all[which];
        if (b.how != rule::power && b.how != rule::reciprocal) continue;
        row_memory& own = own_factors_[which];
        own.resize(doubles);
        std::fill_n(own.data(), doubles, 0.0);
        for (std::size_t lane = 0; lane < b.variables.size(); ++lane) {
            const slot i = b.variables[lane];
            const Real x = 1 / start_[program_.variables[i].argument];
            (void)to_limbs(x.backend().data(), exponents_[i] - sum_exponents_[i] + 1, limbs);
            for (std::size_t p = 0; p < limbs.size(); ++p) own.data()[p * width_ + lane] = limbs[p];
        }
    }
    for (std::size_t g = 0; g < batches_.groups.size(); ++g) {
        group& of = batches_.groups[g];
        of.memory.resize(doubles + 2 * width_);
        if (g >= batches_.states && g < batches_.all.size()) of.next.resize(doubles + 2 * width_);
        of.least.fill(empty);
    }
    std::fill(batches_.leads.begin(), batches_.leads.end(), empty);
    set_steps();
}

/// Order 0 of a group.
bool fixed::set_start(group& g) {
    set_zero(g);
    std::vector<double> limbs(static_cast<std::size_t>(limbs_));
    for (std::size_t lane = 0; lane < g.variables.size(); ++lane) {
        const slot i = g.variables[lane];
        if (i >= start_.size()) continue;  // a derivative
        if (!to_limbs(start_[i].backend().data(), exponents_[i], limbs)) {
            overflowed_ = i;
            return false;
        }
        for (std::size_t p = 0; p < limbs.size(); ++p) g.memory.data()[(static_cast<std::size_t>(g.top) + p) * width_ + lane] = limbs[p];
    }
    store(g, 0);
    return true;
}

void fixed::run() {
    for (group& g : batches_.groups)
        if (!set_start(g)) return;
    start_ahead();
    for (int k = 0; k < order_; ++k) {
        if (k > 0 && block_ > 0 && k % block_ == 0) sum_ahead(k);
        spread_factors(k);
        if (k > 0)
            for (std::size_t which = 0; which < batches_.states; ++which) compute(which, k);
        if (overflowed_ != nothing) return;
        // Until the last is known the states keep their order k, which others of them may need.
        for (std::size_t which = batches_.states; which < batches_.all.size(); ++which) compute(which, k);
        if (overflowed_ != nothing) return;
        for (std::size_t which = batches_.states; which < batches_.all.size(); ++which) {
            group& g = batches_.groups[which];
            std::swap(g.memory, g.next);
            store(g, k + 1);
        }
        if (k == 0)
            for (std::size_t g = batches_.all.size(); g < batches_.groups.size(); ++g) set_zero(batches_.groups[g]);
    }
    find_sizes();
}

/// The entries n, n + 1, ... of the left factor and their partners at order k.
kernels::run fixed::run_of(const batch::product& p, int k, int n, int count) const {
    const int split = p.split;
    return {p.left_rows + n * p.left_step, p.right_rows + (k - n * split) * p.right_step, p.left_leads + n, p.left_step, p.right_step * split, count};
}

/// The least of `first` and the first columns of their products.
int fixed::least_lead(const batch::product& p, int k, int n, int count, int first) const {
    const int split = p.split;
    const std::int16_t* left = p.left_leads + n;
    const std::int16_t* right = p.right_leads - (k - n * split);
    if (split == 1) return least_sum(left, right, count, first);
    for (int i = 0; i < count; ++i) first = std::min(first, left[i] + right[i * split]);
    return first;
}

/// length/k for k from 1 on, as many at once as there are lanes.
void fixed::set_steps() {
    const auto limbs = static_cast<std::size_t>(inverse_limbs_);
    steps_.resize(static_cast<std::size_t>(order_ + 1) * limbs);
    const std::int16_t lead = 0;
    const kernels::run one{length_.data(), inverse_.data(), &lead, 0, 0, 1};
    for (std::size_t first = 1; first <= static_cast<std::size_t>(order_); first += width_) {
        const std::size_t count = std::min(width_, static_cast<std::size_t>(order_) + 1 - first);
        for (std::size_t p = 0; p < limbs; ++p)
            for (std::size_t lane = 0; lane < count; ++lane) inverse_.data()[p * width_ + lane] = inverses_[(first + lane) * limbs + p];
        std::fill_n(product_.data(), (limbs + 2) * width_, 0.0);
        convolve_one(one, 0, inverse_limbs_ - 1, product_.data() + width_);
        kernels_.carry(product_.data() + width_, inverse_limbs_);
        for (std::size_t lane = 0; lane < count; ++lane)
            for (std::size_t p = 0; p < limbs; ++p) steps_[(first + lane) * limbs + p] = product_.data()[(p + 1) * width_ + lane];
    }
}

/// The factors of order k in all lanes: 1/k and length/(k + 1).
void fixed::spread_factors(int k) {
    const auto limbs = static_cast<std::size_t>(inverse_limbs_), at = static_cast<std::size_t>(k) * limbs;
    const int width = static_cast<int>(width_);
    spread(std::span(steps_).subspan(at + limbs, limbs), width, step_);
    if (k > 0 && has_inverses_) spread(std::span(inverses_).subspan(at, limbs), width, inverse_);
}

/// Order k of the products of batch b, in sum_; the first row that is not 0, or one past the last. Rows before it, and before that of summands, are 0 as far as carries
/// will reach.
int fixed::add_products(const batch& b, std::size_t which, int k, int summands) {
    const int rows = b.top() + b.last + 1;
    const auto row = static_cast<std::ptrdiff_t>(width_);
    int start = rows;
    const bool ahead = known_ > 0 && !b.products.empty();
    if (ahead) start = ahead_start(which, k);
    runs_.clear();
    int first = 2 * empty;
    for (const batch::product& p : b.products) {
        const int split = p.split;
        const auto add = [&](int low, int high) {  // orders of the left factor, in whole entries
            low = std::max({low, p.from, p.right_degree >= k ? 0 : k - p.right_degree}) / split, high = std::min({high, k, p.left_degree}) / split;
            if (low > high) return;
            first = least_lead(p, k, low, high - low + 1, first);
            runs_.push_back(run_of(p, k, low, high - low + 1));
        };
        if (const int between = first_ahead(split, k, known_); known_ > 0 && between < known_)
            add(0, between - 1), add(known_, k);
        else
            add(0, k);
    }
    const int depth = b.last + b.shift - first;
    if (depth >= 0) start = std::min(start, guard + first - 1);
    const auto from = k == 0 ? 0 : std::max(0, std::min(start, summands) - guard) * row;
    if (ahead)
        std::copy(ahead_rows(which, k) + from, ahead_rows(which, k) + rows * row, sum_.data() + from);
    else
        std::fill(sum_.data() + from, sum_.data() + rows * row, 0.0);
    if (depth >= 0) {
        const kernels::task one{runs_, first, depth, sum_.data() + (guard + first) * row};
        kernels_.convolve({&one, 1});
    }
    if (b.parts > 1)
        for (int c = start; c < rows; ++c) {
            double* const at = sum_.data() + c * row;
            for (std::size_t i = 0; i < b.variables.size(); ++i) {
                double total = 0;
                for (std::size_t part = 0; part < static_cast<std::size_t>(b.parts); ++part) total += at[i * static_cast<std::size_t>(b.parts) + part];
                at[i] = total;
            }
        }
    return start;
}

/// The rows of sum_ from `start` on times a factor, carried, in product_ and then in sum_; the first row that is not 0.
int fixed::multiply(int start, int top, int last, const double* by) {
    const int rows = top + last + 1;
    while (start < rows && is_zero_row(sum_.data() + static_cast<std::size_t>(start) * width_, width_)) ++start;
    const int from = std::max(1, start - 3);
    std::fill_n(product_.data() + static_cast<std::size_t>(from) * width_, static_cast<std::size_t>(rows - from) * width_, 0.0);
    if (start >= rows) return rows;
    const auto lead = static_cast<std::int16_t>(start);
    const kernels::run one{sum_.data(), by, &lead, 0, 0, 1};
    convolve_one(one, start, rows - 1 - start, product_.data() + static_cast<std::size_t>(start) * width_);
    kernels_.carry(product_.data() + static_cast<std::size_t>(from) * width_, rows - from);
    std::swap(sum_, product_);
    return from;
}

/// Order k of a batch of variables, or k + 1 of states.
void fixed::compute(std::size_t which, int k) {
    const batch& b = batches_.all[which];
    group& g = batches_.groups[which];
    const bool of_states = b.how == rule::state;
    const int order = of_states ? k + 1 : k;
    if (order > b.degree) {
        if (of_states) std::fill_n(g.next.data(), static_cast<std::size_t>(g.top + limbs_) * width_, 0.0);
        else if (order == b.degree + 1) set_zero(g);
        return;
    }
    const int top = b.top();
    int last = b.last, rows = top + last + 1;
    multiples_.clear();
    int summands = rows;
    for (const batch::summand& s : b.summands) {
        const auto& [of, lane] = batches_.places[s.of];
        const group& from = batches_.groups[of];
        const int lead = from.leads[lane];
        if (lead == empty) continue;
        multiples_.push_back({from.rows(width_) + lane, s.factors.data(), lead, limbs_, s.shift});
        summands = std::min(summands, top + lead - s.shift);
    }
    int start = add_products(b, which, k, summands);
    const auto settle = [&] {
        const int from = std::max(1, start - 2);
        kernels_.carry(sum_.data() + static_cast<std::size_t>(from) * width_, rows - from);
        start = from;
    };
    const auto scale = [&](const double* by) {
        for (int row = start; row < rows; ++row)
            for (std::size_t lane = 0; lane < width_; ++lane) sum_.data()[static_cast<std::size_t>(row) * width_ + lane] *= by[lane];
    };
    if (b.has_times) settle(), scale(b.times.data());
    start = std::min(start, summands);
    kernels_.add_multiples(multiples_, last, sum_.data() + static_cast<std::size_t>(top) * width_);
    if (b.is_derivative) {
        std::array<double, 8> by{};
        by.fill(static_cast<double>(k));
        scale(by.data());
    }
    if (of_states && k == 0)
        for (std::size_t lane = 0; lane < b.variables.size(); ++lane) {
            const Rational& value = program_.variables[b.variables[lane]].value;
            if (value == 0) continue;
            // The rows before column 0 hold what is larger than the sum's exponent.
            std::vector<double> limbs(static_cast<std::size_t>(rows - guard));
            if (!to_limbs(number::to_real(value).backend().data(), b.exponents[lane] + b.shift, limbs)) {
                overflowed_ = b.variables[lane];
                return;
            }
            for (std::size_t p = 0; p < limbs.size(); ++p) sum_.data()[(static_cast<std::size_t>(guard) + p) * width_ + lane] += limbs[p];
            start = std::min(start, guard);
        }
    settle();
    const auto times = [&](const double* by) {
        start = multiply(start, top, --last, by);
        rows = top + last + 1;
    };
    if (b.how == rule::reciprocal || b.how == rule::power) times(own_factors_[which].data());
    if (b.how == rule::function || b.how == rule::power) times(inverse_.data());
    if (of_states) times(step_.data());
    keep(b, g, start, order);
}

/// The sums are the newest coefficients, but for the row behind the last limb.
void fixed::keep(const batch& b, group& g, int start, int k) {
    double* const rows = sum_.data();
    for (int row = start; row < g.top; ++row)
        for (std::size_t lane = 0; lane < g.variables.size(); ++lane)
            if (rows[static_cast<std::size_t>(row) * width_ + lane] != 0 && overflowed_ == nothing && recipes_[g.variables[lane]].degree >= k) overflowed_ = g.variables[lane];
    const auto end = static_cast<std::size_t>(g.top + limbs_);
    for (std::size_t row = static_cast<std::size_t>(g.top); row < std::min(end, static_cast<std::size_t>(start)); ++row) std::fill_n(rows + row * width_, width_, 0.0);
    if (b.degree != unbounded)
        for (std::size_t lane = 0; lane < g.variables.size(); ++lane)
            if (recipes_[g.variables[lane]].degree < k)
                for (std::size_t row = static_cast<std::size_t>(g.top); row < end; ++row) rows[row * width_ + lane] = 0;
    g.first = std::max(0, start - g.top);
    std::swap(sum_, b.how == rule::state ? g.next : g.memory);
    if (b.how != rule::state) store(g, k);
}

void fixed::set_zero(group& g) {
    std::fill_n(g.memory.data(), static_cast<std::size_t>(g.top + limbs_) * width_, 0.0);
    g.leads.fill(empty);
    g.first = 0;
}

/// Puts the newest coefficients of a group, of order k, where they are needed.
void fixed::store(group& g, int k) {
    g.lead = empty;
    const double* const rows = g.rows(width_);
    for (std::size_t lane = 0; lane < g.variables.size(); ++lane) {
        int lead = g.first;
        const double* limb = rows + static_cast<std::size_t>(lead) * width_ + lane;
        while (lead < limbs_ && *limb == 0) ++lead, limb += width_;
        g.leads[lane] = lead < limbs_ ? lead : empty;
        g.lead = std::min(g.lead, g.leads[lane]);
        if (lead > g.least[lane] || lead >= limbs_) continue;
        const double size = std::abs(*limb);
        if (lead < g.least[lane] || size > g.largest[lane]) g.largest[lane] = size;
        g.least[lane] = lead;
    }
    for (const group::place& p : g.places) {
        if (k < p.from) continue;
        int entry = k - p.residue;
        if (p.every > 1) {
            if (entry % p.every != 0) continue;
            entry /= p.every;
        }
        int lead = g.lead;
        if (!p.all) {
            lead = empty;
            for (std::uint32_t lanes = p.lanes; lanes != 0; lanes &= lanes - 1) lead = std::min(lead, g.leads[static_cast<std::size_t>(std::countr_zero(lanes))]);
        }
        lead = std::min<int>(empty, lead + p.offset);
        std::int16_t& known = p.leads[entry * p.lead_step];
        known = static_cast<std::int16_t>(p.alone ? lead : std::min<int>(known, lead));
        double* const to = p.rows + entry * p.step;
        if (p.lane < 0) {
            kernels_.place(rows, p.count, batches_.placements[p.how], to);
            continue;
        }
        // Without what stands beside it, which may be far from every cache.
        for (std::ptrdiff_t row = 0; row < p.count * static_cast<std::ptrdiff_t>(width_); row += static_cast<std::ptrdiff_t>(width_)) to[row + p.lane] = p.sign * rows[row + p.from_lane];
    }
}

/// log2 of all coefficients of the states.
void fixed::find_sizes() {
    sizes_.resize(program_.states);
    for (auto& s : sizes_) s.assign(static_cast<std::size_t>(order_) + 1, vanishing);
    for (std::size_t n = 0; n < batches_.of_states.size(); ++n) {
        stream& s = *batches_.of_states[n];
        const std::size_t first = n * width_, count = std::min(width_, program_.states - first);
        for (int k = 0; k <= order_; ++k) {
            const int lead = std::min<int>(limbs_, s.lead(k));
            const double* const rows = s.row(k, 0, static_cast<int>(width_));
            for (std::size_t lane = 0; lane < count; ++lane) {
                int p = lead;
                const double* limb = rows + static_cast<std::size_t>(p) * width_ + lane;
                while (p < limbs_ && *limb == 0) ++p, limb += width_;
                if (p >= limbs_) continue;
                // Three limbs; two rows behind the last one are 0.
                const double x = (limb[0] * kernels::base + limb[width_]) * kernels::base + limb[2 * width_];
                const auto bits = std::bit_cast<std::uint64_t>(std::abs(x));
                const auto exponent = static_cast<std::int64_t>(bits >> 52) - 1023;
                sizes_[first + lane][static_cast<std::size_t>(k)] =
                    size_unit * (exponent + limb_bits * (std::int64_t{exponents_[first + lane]} - p - 3)) + static_cast<log_size>(bits >> 48 & 15);
            }
        }
    }
}

std::int64_t fixed::magnitude(std::size_t i) const {
    const auto& [of, lane] = batches_.places[i];
    const group& g = batches_.groups[of];
    if (g.least[lane] == empty) return limb_bits * (std::int64_t{exponents_[i]} - limbs_);
    return limb_bits * (std::int64_t{exponents_[i]} - g.least[lane] - 1) + std::bit_width(static_cast<std::uint64_t>(g.largest[lane]));
}

// ---- orders in blocks ----
// A long expansion does not fit the caches. At the start of each block of orders the products of coefficients known by then are summed for the whole block at
// once; what is left for each order are the products with the few coefficients of the block itself.

void fixed::start_ahead() {
    known_ = 0;
    std::size_t doubles = 0;
    for (const stream* s : batches_.needed) doubles += s->size(static_cast<int>(width_));
    block_ = order_ >= long_order ? long_block : doubles > cache_doubles ? short_block : 0;
    span_ = order_ >= long_order ? long_block : block_ > 0 ? short_window : 0;
    ahead_starts_.resize(batches_.all.size() * static_cast<std::size_t>(span_));
    ahead_.resize(ahead_starts_.size() * static_cast<std::size_t>(batches_.deepest + 1) * width_);
    if (span_ > 0) open_window(0);
    if (order_ < long_order) return;
    std::vector<fourier::series> series;
    // The same numbers stand in several streams, but are transformed once.
    std::map<std::pair<stream::lane, int>, std::size_t> known;
    const auto channel = [&](const stream& s, std::size_t lane) {
        const stream::lane& what = s.what.lanes[lane];
        const auto [found, added] = known.try_emplace({what, s.what.from}, series.size());
        if (added) {
            const auto width = static_cast<std::ptrdiff_t>(width_);
            series.push_back({s.memory + lane, s.rows * width, width, std::min(s.rows, limbs_ + what.offset)});
        }
        return found->second;
    };
    std::vector<fourier::sum> sums;
    first_sum_.assign(batches_.all.size(), 0);
    for (std::size_t which = 0; which < batches_.all.size(); ++which) {
        const batch& b = batches_.all[which];
        first_sum_[which] = sums.size();
        if (b.products.empty()) continue;
        for (std::size_t i = 0; i < b.variables.size(); ++i) {
            sums.push_back({{}, b.last + b.shift});
            for (const batch::product& p : b.products)
                for (std::size_t lane = i * static_cast<std::size_t>(b.parts); lane < (i + 1) * static_cast<std::size_t>(b.parts); ++lane)
                    if (p.left->what.lanes[lane].of != nothing) sums.back().pairs.emplace_back(channel(*p.left, lane), channel(*p.right, lane));
        }
    }
    fourier_.start(std::move(series), std::move(sums), order_, block_);
}

void fixed::open_window(int from) {
    window_ = from;
    for (std::size_t which = 0; which < batches_.all.size(); ++which) {
        const batch& b = batches_.all[which];
        if (b.products.empty()) continue;
        std::fill(ahead_rows(which, from), ahead_rows(which, from + span_), 0.0);
        std::fill_n(&ahead_start(which, from), span_, b.top() + b.last + 1);
    }
}

void fixed::sum_ahead(int from) {
    known_ = from;
    if (from % span_ == 0) open_window(from);
    if (order_ >= long_order) fourier_.advance(from);
    for (std::size_t which = 0; which < batches_.all.size(); ++which) {
        const batch& b = batches_.all[which];
        if (b.products.empty()) continue;
        if (order_ >= long_order)
            sum_ahead_by_spectra(b, which);
        else
            sum_ahead_directly(b, which);
    }
}

void fixed::sum_ahead_by_spectra(const batch& b, std::size_t which) {
    for (int k = known_; k < std::min(known_ + block_, order_ + 1); ++k) {
        int start = b.top() + b.last + 1;
        for (std::size_t i = 0; i < b.variables.size(); ++i) {
            if (!fourier_.read(first_sum_[which] + i, k, spectrum_limbs_)) continue;
            carry(spectrum_limbs_);
            int row = b.top() + b.last + 1;
            for (std::size_t n = spectrum_limbs_.size(); n-- > 0 && row > 1;)
                ahead_rows(which, k)[static_cast<std::size_t>(--row) * width_ + i * static_cast<std::size_t>(b.parts)] = static_cast<double>(spectrum_limbs_[n]);
            start = std::min(start, row);
        }
        ahead_start(which, k) = start;
    }
}

/// Few entries at a time, for all orders of the window where it begins, and for those of the block what has become known since.
void fixed::sum_ahead_directly(const batch& b, std::size_t which) {
    const bool opens = known_ == window_;
    const int last = std::min(known_ + (opens ? span_ : block_), order_ + 1);
    std::array<kernels::run, short_window> runs;
    const int entries_at_once = limbs_ < 16 ? few_entries : many_entries;
    for (const batch::product& p : b.products) {
        const int split = p.split, end = std::min(known_ - 1, p.left_degree) / split + 1;
        // Left factors from where all partners are known; later those whose partners were not, and those that were not themselves.
        const auto sum = [&](auto&& from, auto&& to) {
            for (int begin = 0; begin < end; begin += entries_at_once) {
                tasks_.clear();
                for (int k = known_; k < last; ++k) {
                    const int low = std::max({begin * split, from(k), p.from, p.right_degree >= k ? 0 : k - p.right_degree}) / split;
                    const int count = std::min({end, begin + entries_at_once, to(k) / split}) - low;
                    if (count <= 0) continue;
                    const int first = least_lead(p, k, low, count, 2 * empty), depth = b.last + b.shift - first;
                    if (depth < 0) continue;
                    const auto n = static_cast<std::size_t>(k - known_);
                    runs[n] = run_of(p, k, low, count);
                    ahead_start(which, k) = std::min(ahead_start(which, k), guard + first - 1);
                    tasks_.push_back({{&runs[n], 1}, first, depth, ahead_rows(which, k) + static_cast<std::ptrdiff_t>(guard + first) * static_cast<std::ptrdiff_t>(width_)});
                }
                kernels_.convolve(tasks_);
            }
        };
        const auto first_known = [&](int k) { return first_ahead(split, k, known_); };
        if (opens) {
            sum(first_known, [&](int) { return known_ + split - 1; });
        } else {
            sum(first_known, [&](int k) { return std::min(first_ahead(split, k, window_), window_); });
            sum([&](int k) { return std::max(window_, first_known(k)); }, [&](int) { return known_ + split - 1; });
        }
    }
}

}  // namespace eonflow::series::fixed_point
