#include <eonflow/series/fixed.hpp>

// What is read of an expansion.
namespace eonflow::series::fixed_point {

Real fixed::coefficient(std::size_t i, int k) const {
    const number::precision_scope scope(value_bits_);
    if (k == 0) return start_[i] + 0;
    std::vector<std::int64_t> limbs;
    const double* row = state_rows(i, k);
    for (int p = 0; p < limbs_; ++p) limbs.push_back(static_cast<std::int64_t>(row[static_cast<std::size_t>(p) * width_]));
    Real value;
    from_limbs(limbs, exponents_[i], value.backend().data());
    return value;
}

/// Entry m of powers_ is s^(order - m) in all lanes, except that the last is 0.
void fixed::raise_powers(const Real& s) const {
    if (powers_of_ == s) return;
    powers_of_ = s;
    const int width = static_cast<int>(width_), rows = limbs_ + 2;
    const auto entry = static_cast<std::size_t>(rows) * width_;
    power_rows_ = rows;
    powers_.resize(entry * static_cast<std::size_t>(order_ + 1));
    power_leads_.assign(static_cast<std::size_t>(order_) + 1, empty);
    if (state_leads_.empty())
        for (int k = 0; k <= order_; ++k) {
            int least = limbs_;
            for (const stream* c : batches_.of_states) least = std::min<int>(least, c->lead(k));
            state_leads_.push_back(least);
        }
    // Lane l of row block n holds s^(width n + l + 1): from one block to the next all are multiplied by s^width.
    const std::size_t room = entry + 8 * width_;
    power_steps_.resize(3 * room);
    double *const block = power_steps_.data(), *const step = block + room, *const next = step + room;
    std::fill_n(block, 3 * room, 0.0);
    std::vector<double> limbs(static_cast<std::size_t>(rows - 1));
    Real power = s;
    for (int lane = 0; lane < width; ++lane, power = power * s) {
        (void)to_limbs(power.backend().data(), 1, limbs);
        for (std::size_t p = 0; p < limbs.size(); ++p) block[p * width_ + static_cast<std::size_t>(lane)] = limbs[p];
    }
    for (std::size_t p = 0; p < limbs.size(); ++p)
        for (std::size_t lane = 0; lane < width_; ++lane) step[p * width_ + lane] = limbs[p];
    std::fill_n(powers_.data() + entry * static_cast<std::size_t>(order_), entry, 0.0);
    for (int k = 1; k <= order_; k += width) {
        for (int lane = 0; lane < width && k + lane <= order_; ++lane) {
            const auto at = static_cast<std::size_t>(order_ - k - lane);
            double* to = powers_.data() + at * entry;
            // Later rows meet nothing but 0.
            const int count = rows - state_leads_[static_cast<std::size_t>(k + lane)];
            const double* const limb = block + lane;
            int lead = 0;
            while (lead < count && limb[lead * width] == 0) ++lead;
            power_leads_[at] = lead < count ? static_cast<std::int16_t>(lead) : empty;
            for (int p = 0; p < count; ++p)
                for (int i = 0; i < width; ++i) to[p * width + i] = limb[p * width];
        }
        const std::int16_t lead = 0;
        const kernels::run one{block, step, &lead, 0, 0, 1};
        std::fill_n(next, room, 0.0);
        convolve_one(one, 0, rows - 1, next + width);
        kernels_.carry(next + width, rows);
        std::copy_n(next + width, static_cast<std::size_t>(rows - 1) * width_, block);
    }
}

/// The sum over k >= 1 of c_k s^k is order `order` of the product with the reversed powers.
void fixed::values(const Real& s, Vector& result) const {
    const number::precision_scope scope(value_bits_);
    const bool whole = s == 1;
    if (!whole) raise_powers(s);
    const int width = static_cast<int>(width_), rows = guard + limbs_ + 1;
    power_sum_.resize(static_cast<std::size_t>(rows) * width_);
    std::vector<std::int64_t> limbs(static_cast<std::size_t>(rows));
    make_room(result, program_.states);
    Real part;
    for (std::size_t group = 0; group < batches_.of_states.size(); ++group) {
        const stream& c = *batches_.of_states[group];
        std::fill_n(power_sum_.data(), static_cast<std::size_t>(rows) * width_, 0.0);
        double* const columns = power_sum_.data() + static_cast<std::ptrdiff_t>(guard) * width;
        if (whole) {
            for (int k = 1; k <= order_; ++k) {
                const int lead = std::min<int>(limbs_, c.lead(k));
                const double* const row = c.row(k, lead, width);
                double* const to = columns + lead * width;
                for (int n = 0; n < (limbs_ - lead) * width; ++n) to[n] += row[n];
            }
        } else {
            // Leads of a right factor stand from the last entry to the first.
            const std::int16_t* const leads = c.leads + (c.entries - 1 - order_);
            const auto step = static_cast<std::ptrdiff_t>(power_rows_) * width;
            // A few at a time: the higher the order, the fewer limbs matter.
            for (int m = 0; m < order_; m += values_at_once) {
                const int count = std::min(values_at_once, order_ - m);
                const std::int16_t* const power_leads = power_leads_.data() + m;
                const int first = least_sum(leads + m, power_leads, count, 2 * empty), depth = limbs_ - first;
                const kernels::run some{powers_.data() + m * step, c.row(order_ - m, 0, width), power_leads, step, static_cast<std::ptrdiff_t>(c.rows) * width, count};
                if (depth >= 0) convolve_one(some, first, depth, columns + static_cast<std::ptrdiff_t>(first) * width);
            }
        }
        for (std::size_t lane = 0; lane < width_ && group * width_ + lane < program_.states; ++lane) {
            const std::size_t i = group * width_ + lane;
            for (std::size_t p = 0; p < limbs.size(); ++p) limbs[p] = static_cast<std::int64_t>(power_sum_.data()[p * width_ + lane]);
            from_limbs(limbs, exponents_[i] + guard, part.backend().data());
            mpfr_add(result[i].backend().data(), start_[i].backend().data(), part.backend().data(), MPFR_RNDN);
        }
    }
}

}  // namespace eonflow::series::fixed_point
