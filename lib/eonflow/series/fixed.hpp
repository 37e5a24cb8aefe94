#pragma once
/// The fixed-point engine, private to fixed.cpp.

// The fixed-point engine. In scaled time the coefficients of a variable shrink like its contributions, so all of them share one exponent, and
// coefficient k keeps only the limbs that still matter: everything is exact integer arithmetic on short limbs (kernels.hpp), cut off at one place.
#include <eonflow/series/engine.hpp>
#include <eonflow/series/fourier.hpp>
#include <eonflow/series/limbs.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>
#include <new>

namespace eonflow::series {

using kernels::lanes;
using kernels::limb_bits;
using number::Real;
using number::Vector;

namespace fixed_point {

constexpr int guard = 3;                 ///< limbs before the first one, to see what overflows
constexpr int most_limbs = 1 << 13;
constexpr std::int64_t unmeasured = -1;
constexpr int many_limbs = 40;           ///< from here on limbs for the loss are granted, not measured
constexpr std::int64_t loss_per_strain = 4;  ///< taken until the loss is measured: rounding passes through few variables that change at once
constexpr std::int64_t spare_bits = 4;   ///< guard bits that may be missing when magnitudes turn out smaller than planned for
constexpr int most_attempts = 12;        ///< to find exponents that hold all coefficients
constexpr int scout_order = 20;
constexpr int block_orders = 16;         ///< a multiple of the lanes
constexpr int long_order = 500;          ///< from here on orders are summed in blocks
constexpr int empty = 1 << 20;           ///< the leading limb of 0
constexpr std::int64_t most_load = std::int64_t{1} << 18;     ///< products of 2^44 per column: sums stay below 2^62
constexpr std::int64_t small_factor = std::int64_t{1} << 20;  ///< integers up to here multiply sums of limbs directly

using integers = std::vector<std::int64_t>;

/// The coefficients of one variable, by limb (see kernels.hpp).
struct coefficients {
    struct release {
        void operator()(double* p) const noexcept { std::free(p); }
    };
    std::unique_ptr<double, release> memory;
    std::size_t bytes = 0;
    double* first = nullptr;          ///< limb 0 of coefficient 0; zeros stand before and behind every row
    int exponent = 0;
    std::vector<int> leading;         ///< of each aligned group of `lanes` coefficients its first limb that is not 0
    std::vector<int> window_leading;  ///< the same for the coefficients k - lanes + 1 .. k
    integers newest;                  ///< limbs of the coefficient written last
    int newest_leading = empty;
    std::int64_t magnitude = 0;       ///< all coefficients written are below 2^magnitude
};

/// A constant: an integer, or limbs (first one not 0) at an exponent.
struct factor {
    std::int64_t integer = 0;  ///< used if there are no limbs
    std::vector<double> limbs;
    int exponent = 0;
};

/// A sum under way: limbs 0 .. count (one more than will be kept) at an exponent, after `guard` limbs for what grows past them.
struct frame {
    void reset(int kept, int at) {
        limbs.assign(static_cast<std::size_t>(kept + guard + 1), 0);
        count = kept, exponent = at, load = 0, top = kept + guard + 1;
    }
    /// Limbs before `top` are 0. A carry reaches three limbs further: sums of products are below 2^62.
    void settle() {
        top = std::max(0, top - 3);
        carry(std::span(limbs).subspan(static_cast<std::size_t>(top)));
        load = 0;
    }
    integers limbs;
    int count = 0;
    int exponent = 0;
    int top = 0;
    std::int64_t load = 0;  ///< at most this many products of limbs since the last carry
};

struct block_sum {
    bool present = false;
    integers limbs;  ///< the last one is column `lowest` of the group
};

/// Convolutions that share a factor and a place in the sum.
struct group {
    Rational coefficient;
    factor times;
    int shift = 0;
    std::vector<std::pair<slot, slot>> pairs;
    std::vector<block_sum> ahead;  ///< for each order of the block under way: the products of coefficients of orders before it
};

/// coefficient * variable (* a variable that is constant in time)
struct summand {
    Rational coefficient;
    slot of = nothing;
    slot constant = nothing;
    factor times;
};

/// What is done for one variable at each order: (convolutions + summands + constant at order 0) * factor of the order.
struct recipe {
    std::vector<group> groups;  ///< as planned for the current exponents
    std::vector<product> convolutions;
    std::vector<summand> summands;
    integers constant;              ///< limbs in the sum's frame
    std::vector<factor> own;        ///< factors of this variable alone: one, or one per order
    int exponent = 0;               ///< of the sum's frame
};

class fixed final : public engine {
public:
    fixed(const program& p, std::int64_t bits, std::int64_t value_bits)
        : program_(p), bits_(bits), value_bits_(value_bits), derived_(p.variables.size(), nothing), kernels_(kernels::fastest()), fourier_(kernels_) {
        const auto needed = needs_derivative(p);
        std::size_t count = p.variables.size();
        for (std::size_t i = 0; i < needed.size(); ++i)
            if (needed[i]) derived_[i] = static_cast<slot>(count++);
        powers_ = static_cast<slot>(count++);
        series_.resize(count);
        for (std::size_t i = 0; i < p.variables.size(); ++i) write_recipe(static_cast<slot>(i));
    }

    outcome expand(std::span<const Real> state, std::span<const Real> parameters, const Real& length, int order) override {
        const number::precision_scope scope(std::max(value_bits_, bits_ + 64));
        auto start = start_values(program_, state, parameters);
        if (!start) return outcome::undefined;
        start_ = std::move(*start);
        order_ = order;
        powers_of_ = 2;
        length_size_ = size_of(length.backend().data());
        if (magnitudes_.empty() && !scout(state, parameters, length)) return outcome::out_of_range;
        extra_limbs_ = 0;
        if (measured_strain_ == unmeasured && base_limbs() >= many_limbs) grant();
        std::optional<first_run> first;
        for (int attempt = 0; attempt < most_attempts; ++attempt) {
            plan();
            if (limbs_ > most_limbs) break;
            if (*std::max_element(magnitudes_.begin(), magnitudes_.end()) >= limb_bits * std::int64_t{most_exponent}) break;
            prepare(length);
            overflowed_ = nothing;
            spilled_ = false;
            run();
            if (overflowed_ != nothing) {
                    magnitudes_[overflowed_] = limb_bits * std::int64_t{series_[overflowed_].exponent};
                continue;
            }
            for (std::size_t i = 0; i < magnitudes_.size(); ++i) magnitudes_[i] = series_[i].magnitude;
            const std::int64_t strained = strain();
            if (first) {
                loss_ = measure_loss(*first);
                measured_strain_ = strained;
            }
            const std::int64_t expected = measured_strain_ == unmeasured ? 0 : loss_ + loss_per_strain * std::max<std::int64_t>(0, strained - measured_strain_);
            const std::int64_t short_of = shortage(expected);
            if (short_of > most_loss() || expected > most_loss()) {
                measured_strain_ = unmeasured;
                return outcome::too_long;
            }
            if (measured_strain_ != unmeasured && (short_of <= spare_bits || first)) {
                if (short_of > spare_bits) {  // the loss is known now: once more with as many limbs as it takes
                    extra_limbs_ = 0;
                    first.reset();
                    continue;
                }
                noise_.clear();
                for (std::size_t i = 0; i < program_.states; ++i) noise_.push_back(size_unit * (noise_bits_[i] + expected + 1));
                return outcome::done;
            }
            first = keep_run();
            extra_limbs_ = 2;
        }
        magnitudes_.clear();
        measured_strain_ = unmeasured;
        return outcome::out_of_range;
    }

    Real coefficient(std::size_t i, int k) const override {
        const number::precision_scope scope(value_bits_);
        return k == 0 ? Real(start_[i] + 0) : from_limbs(read(series_[i], k), series_[i].exponent);
    }

    std::span<const log_size> sizes(std::size_t i) const override { return sizes_[i]; }

    log_size noise(std::size_t i) const override { return noise_[i]; }

    std::vector<std::int64_t> memory() const override {
        std::vector<std::int64_t> all = magnitudes_;
        all.push_back(loss_);
        all.push_back(measured_strain_);
        return all;
    }

    void recall(std::vector<std::int64_t> all) override {
        if (all.size() != 2 && all.size() != series_.size() + 1) return;
        measured_strain_ = all.back(), all.pop_back();
        loss_ = all.back(), all.pop_back();
        magnitudes_ = std::move(all);
    }

    Real value(std::size_t i, const Real& s) const override {
        const number::precision_scope scope(value_bits_);
        const coefficients& c = series_[i];
        if (s == 1) {
            integers sum(static_cast<std::size_t>(limbs_));
            for (int p = 0; p < limbs_; ++p) {
                double row = 0;
                for (int k = 1; k <= order_; ++k) row += c.first[p * stride_ + k];
                sum[static_cast<std::size_t>(p)] = static_cast<std::int64_t>(row);
            }
            return start_[i] + from_limbs(sum, c.exponent);
        }
        raise_powers(s);
        // The sum over k >= 1 of c_k s^k is order `order` of the product with the reversed powers.
        frame& sum = outer_;
        sum.reset(limbs_, c.exponent);
        convolve({1, one_, series_[powers_].exponent, {{static_cast<slot>(i), powers_}}, {}}, order_, part::all, sum);
        return start_[i] + from_limbs(sum.limbs, sum.exponent + guard);
    }

private:
    // ---- the program, rewritten once ----

    void write_recipe(slot i) {
        const variable& v = program_.variables[i];
        recipe r;
        const auto convolve_with = [&](const Rational& coefficient, slot left, slot right) { r.convolutions.push_back({coefficient, left, right}); };
        switch (v.how) {
            case rule::parameter: break;
            case rule::state:
            case rule::sum:
                for (const product& t : v.terms) {
                    const bool left_still = program_.variables[t.left].degree == 0;
                    if (t.right == nothing)
                        r.summands.push_back({t.coefficient, t.left, nothing, {}});
                    else if (left_still || program_.variables[t.right].degree == 0)
                        r.summands.push_back({t.coefficient, left_still ? t.right : t.left, left_still ? t.left : t.right, {}});
                    else
                        convolve_with(t.coefficient, t.left, t.right);
                }
                break;
            case rule::reciprocal: convolve_with(-1, v.argument, i); break;
            case rule::power:
                convolve_with(v.value, derived_[v.argument], i);
                convolve_with(-1, v.argument, derived_[i]);
                break;
            case rule::function: convolve_with(v.value, derived_[v.argument], v.slope); break;
        }
        recipes_.push_back(std::move(r));
    }

    // ---- exponents ----

    /// Magnitudes of all variables, from a short expansion at low precision.
    bool scout(std::span<const Real> state, std::span<const Real> parameters, const Real& length) {
        const auto sizes = scout_sizes(program_, state, parameters, length, std::min(order_, scout_order));
        if (!sizes) return false;
        magnitudes_.assign(series_.size() - 1, 0);
        for (std::size_t i = 0; i < sizes->size(); ++i) {
            magnitudes_[i] = bits_of((*sizes)[i]);
            if (derived_[i] != nothing) magnitudes_[derived_[i]] = magnitudes_[i] + 3;
        }
        return true;
    }

    static std::int64_t bits_of(log_size size) { return size / size_unit + (size > 0 ? 2 : 1); }

    /// Limb count and exponents such that each state is known to 2^-bits of its magnitude, for the loss last measured.
    void plan() {
        for (std::size_t i = 0; i < start_.size(); ++i) {
            magnitudes_[i] = std::max(magnitudes_[i], bits_of(size_of(start_[i].backend().data())));
            if (derived_[i] != nothing) magnitudes_[derived_[i]] = std::max(magnitudes_[derived_[i]], magnitudes_[i]);
        }
        limbs_ = base_limbs() + extra_limbs_;
        place();
        const std::int64_t short_of = shortage(measured_strain_ == unmeasured ? 0 : loss_);
        if (short_of > 0 && short_of <= most_loss()) {
            limbs_ += static_cast<int>((short_of + limb_bits - 1) / limb_bits);
            place();
        }
        for (recipe& r : recipes_) arrange(r, static_cast<std::size_t>(&r - recipes_.data()));
    }

    /// The wanted bits, and what limbs waste at both ends.
    [[nodiscard]] int base_limbs() const { return static_cast<int>((bits_ + limb_bits + 2 + limb_bits - 1) / limb_bits); }

    /// Exponents for the magnitudes, and the rounding noise that enters each state. A variable of cancelling summands gets an exponent that does
    /// not resolve their noise.
    void place() {
        for (std::size_t i = 0; i < magnitudes_.size(); ++i) series_[i].exponent = exponent_for(magnitudes_[i]);
        for (std::size_t i = program_.states + program_.parameters; i < program_.variables.size(); ++i)
            if (program_.variables[i].how == rule::sum) series_[i].exponent = std::max(series_[i].exponent, static_cast<int>(floor_limbs(noise_of_summands(i))) + limbs_);
        noise_bits_.clear();
        for (std::size_t i = 0; i < program_.states; ++i) noise_bits_.push_back(std::max(own_noise(i), bits_of(length_size_) + noise_of_summands(i)));
    }

    [[nodiscard]] std::int64_t noise_of_summands(std::size_t i) const {
        std::int64_t noise = vanishing;
        for (const product& t : program_.variables[i].terms) {
            const std::int64_t coefficient = bits_of(size_of(t.coefficient)) - 1;
            noise = std::max(noise, coefficient + (t.right == nothing ? own_noise(t.left)
                                                                      : std::max(own_noise(t.left) + magnitudes_[t.right], own_noise(t.right) + magnitudes_[t.left])));
        }
        return noise;
    }

    // ---- what rounding becomes ----
    // Inside an expansion rounding errors are amplified, by cancelling summands and by the recurrences themselves, the more the more the variables
    // change along the step. How much is measured, by a second expansion with two more limbs, and measured again before it can matter.

    struct first_run {
        int limbs = 0;
        std::vector<double> rows;
        std::vector<std::int64_t> noise_bits;
    };

    [[nodiscard]] first_run keep_run() const {
        first_run kept_run{limbs_, {}, noise_bits_};
        for (std::size_t i = 0; i < program_.states; ++i)
            for (int p = 0; p < limbs_; ++p) kept_run.rows.insert(kept_run.rows.end(), series_[i].first + p * stride_, series_[i].first + p * stride_ + order_ + 1);
        return kept_run;
    }

    /// Among many limbs a few for the loss are cheaper than measuring it, unless variables change very much along the step.
    void grant() {
        const std::int64_t expected_strain = std::max<std::int64_t>(5, strain()), granted = 2 * limb_bits + loss_per_strain * (expected_strain - 5);
        if (granted <= bits_ / 8) loss_ = granted, measured_strain_ = expected_strain;
    }

    /// log2 of the largest ratio of the noise found in the first run to the noise that had entered.
    [[nodiscard]] std::int64_t measure_loss(const first_run& first) const;

    /// How much variables change along the step: the most bits by which a coefficient of one exceeds its start.
    [[nodiscard]] std::int64_t strain() const {
        std::int64_t most = 0;
        for (std::size_t i = program_.states; i < start_.size(); ++i)
            if (start_[i] != 0) most = std::max(most, magnitudes_[i] - bits_of(size_of(start_[i].backend().data())));
        return most;
    }

    [[nodiscard]] std::int64_t most_loss() const { return limb_bits * std::int64_t{std::max(2, base_limbs() / 2)}; }

    /// Bits that are missing for the wanted ones at a loss. Small states that cannot be had (0 but for rounding) do not count.
    [[nodiscard]] std::int64_t shortage(std::int64_t loss) const {
        std::int64_t largest = vanishing;
        for (std::size_t i = 0; i < program_.states; ++i) largest = std::max(largest, magnitudes_[i]);
        std::int64_t most = -limb_bits * std::int64_t{most_limbs};
        for (std::size_t i = 0; i < program_.states; ++i) {
            const std::int64_t missing = noise_bits_[i] + loss - (magnitudes_[i] - bits_);
            if (missing <= most_loss() || magnitudes_[i] > largest - bits_ / 2) most = std::max(most, missing);
        }
        return most;
    }

    [[nodiscard]] std::int64_t own_noise(std::size_t i) const { return limb_bits * (std::int64_t{series_[i].exponent} - limbs_); }
    static std::int64_t floor_limbs(std::int64_t bits) { return bits / limb_bits - (bits % limb_bits < 0 ? 1 : 0); }

    [[nodiscard]] bool has_factor(std::size_t i) const {
        return program_.variables[i].how != rule::sum && program_.variables[i].how != rule::parameter;
    }

    /// Sorts the convolutions of variable i by factor and place, and chooses the frame of its sum.
    void arrange(recipe& r, std::size_t i);

    // ---- constants ----

    [[nodiscard]] int factor_limbs() const { return limbs_ + 2 * guard; }

    [[nodiscard]] factor to_factor(const Real& x) const {
        factor f;
        f.limbs.resize(static_cast<std::size_t>(factor_limbs()));
        const log_size size = size_of(x.backend().data());
        f.exponent = size == vanishing ? 0 : exponent_for(bits_of(size));
        (void)to_limbs(x.backend().data(), f.exponent, f.limbs);
        return f;
    }

    [[nodiscard]] factor to_factor(const Rational& x) const {
        if (denominator(x) == 1 && abs(x) <= small_factor) return {x.convert_to<std::int64_t>(), {}, 0};
        return to_factor(number::to_real(x));
    }

    void prepare(const Real& length);

    [[nodiscard]] const factor& factor_of(std::size_t i, int k) const {
        switch (program_.variables[i].how) {
            case rule::state: return steps_[static_cast<std::size_t>(k) + 1];
            case rule::reciprocal: return recipes_[i].own[0];
            case rule::power: return recipes_[i].own[static_cast<std::size_t>(k)];
            default: return inverses_[static_cast<std::size_t>(k)];
        }
    }

    // ---- coefficients ----

    void clear(coefficients& c) const {
        const auto doubles = static_cast<std::size_t>((limbs_ + 2 * guard) * stride_ + 2 * lanes);
        const std::size_t bytes = (doubles * sizeof(double) + 63) / 64 * 64;
        if (c.bytes < bytes) {
            c.memory.reset(static_cast<double*>(std::aligned_alloc(64, bytes)));
            if (c.memory == nullptr) throw std::bad_alloc();
            c.bytes = bytes;
        }
        std::fill_n(c.memory.get(), bytes / sizeof(double), 0.0);
        c.first = c.memory.get() + lanes;
        c.leading.assign(static_cast<std::size_t>(order_ / lanes + 1), empty);
        c.window_leading.assign(static_cast<std::size_t>(order_ + lanes), empty);
        c.newest.assign(static_cast<std::size_t>(limbs_), 0);
        c.newest_leading = empty;
        c.magnitude = limb_bits * (std::int64_t{c.exponent} - limbs_);
    }

    /// Coefficient k from c.newest, whose limbs before `from` are 0.
    void write(coefficients& c, int k, int from) const {
        int p = from;
        while (p < limbs_ && c.newest[static_cast<std::size_t>(p)] == 0) ++p;
        c.newest_leading = p < limbs_ ? p : empty;
        if (p == limbs_) return;
        const auto leading_limb = static_cast<std::uint64_t>(std::abs(c.newest[static_cast<std::size_t>(p)]));
        c.magnitude = std::max<std::int64_t>(c.magnitude, limb_bits * (std::int64_t{c.exponent} - p - 1) + std::bit_width(leading_limb));
        int& leading = c.leading[static_cast<std::size_t>(k / lanes)];
        leading = std::min(leading, p);
        int* const window = c.window_leading.data() + k;
        for (int w = 0; w < lanes; ++w) window[w] = std::min(window[w], p);
        for (double* to = c.first + p * stride_ + k; p < limbs_; ++p, to += stride_) *to = static_cast<double>(c.newest[static_cast<std::size_t>(p)]);
    }

    [[nodiscard]] integers read(const coefficients& c, int k) const {
        integers limbs;
        for (int p = 0; p < limbs_; ++p) limbs.push_back(static_cast<std::int64_t>(c.first[p * stride_ + k]));
        return limbs;
    }

    /// Writes order k of variable i from its newest limbs, and of k u_k if that is needed.
    void put(std::size_t i, int k, int from = 0) {
        coefficients& c = series_[i];
        write(c, k, from);
        if (i < program_.states) sizes_[i][static_cast<std::size_t>(k)] = size_of_limbs(c);
        if (derived_[i] == nothing) return;
        coefficients& d = series_[derived_[i]];
        outer_.reset(limbs_, d.exponent);
        if (c.newest_leading != empty) add_multiple(c.newest, c.newest_leading, c.exponent, {k, {}, 0}, outer_);
        if (settle(outer_, derived_[i])) keep(outer_, d), write(d, k, 0);
    }

    void keep(const frame& f, coefficients& c) const {
        std::copy_n(f.limbs.begin() + guard, limbs_, c.newest.begin());
    }

    [[nodiscard]] static log_size size_of_limbs(const coefficients& c) {
        if (c.newest_leading == empty) return vanishing;
        const auto p = static_cast<std::size_t>(c.newest_leading);
        double x = 0;
        for (std::size_t q = p; q < p + 3; ++q) x = x * static_cast<double>(limb_base) + (q < c.newest.size() ? static_cast<double>(c.newest[q]) : 0.0);
        int exponent = 0;
        const double mantissa = std::abs(std::frexp(x, &exponent));
        return size_unit * (exponent - 1 + limb_bits * (std::int64_t{c.exponent} - c.newest_leading - 3)) +
               static_cast<log_size>(static_cast<double>(size_unit) * (2 * mantissa - 1));
    }

    // ---- sums ----

    /// Carries, and notes an overflow of variable i: what does not fit its first limb.
    bool settle(frame& f, slot i);

    /// The part of a convolution that is wanted: groups of coefficients a_j whose partners and themselves are all of orders below `known`, or the others.
    enum class part : std::uint8_t { all, before, rest };

    /// Writes the steps of the group at order k to `steps`, and how deep they go, to have all limbs up to `lowest` of the product; 0 steps if there are none.
    struct layout {
        std::size_t count = 0;
        int depth = 0;
    };
    layout lay_out(const group& g, int k, part wanted, int lowest, kernels::step* const steps) const {
        int first = lowest + 1;
        kernels::step* step = steps;
        int* lead = leads_.data();
        for (const auto& [left, right] : g.pairs) {
            const coefficients &a = series_[left], &b = series_[right];
            const int* const window = b.window_leading.data() + k;
            const double* const reversed = b.first + (k - (lanes - 1));
            const int* a_leading = a.leading.data();
            for (int j = 0; j <= k; j += lanes, ++a_leading) {
                if (wanted != part::all && (j + lanes <= known_ && k - j < known_) != (wanted == part::before)) continue;
                const int both = *a_leading + window[-j];
                if (both > lowest) continue;
                first = std::min(first, both);
                *lead++ = *a_leading;
                *step++ = {a.first + j, reversed - j};
            }
        }
        const auto count = static_cast<std::size_t>(step - steps);
        for (std::size_t n = 0; n < count; ++n) {
            const int p = std::min(leads_[n], first);
            steps[n].a += p * stride_;
            steps[n].b += (first - p) * stride_;
        }
        return {count, lowest - first};
    }

    [[nodiscard]] static std::size_t room_for(const group& g, int k) { return g.pairs.size() * static_cast<std::size_t>(k / lanes + 1); }

    /// f += the wanted products of the group at order k, down to limb f.count.
    void convolve(const group& g, int k, part wanted, frame& f) const;

    /// f += columns * factor; the last of the depth + 1 columns is limb f.count, each a sum of at most `load` products of limbs.
    void add_columns(frame& columns, int depth, std::int64_t load, const factor& times, frame& f) const;

    // ---- orders in blocks ----
    // A long expansion does not fit the caches. At the start of each block of orders the products of coefficients known by then are summed for the whole
    // block at once; what is left for each order are the products with the few coefficients of the block itself.

    void start_ahead();
    void sum_ahead(int from);
    [[nodiscard]] int lowest(std::size_t i, const group& g) const { return limbs_ + (has_factor(i) ? 1 : 0) - 1 + g.shift; }

    /// f += x * factor, where x has an exponent and its limbs before `leading` are 0; limbs of x are at most 2^23 but for carries.
    void add_multiple(const integers& x, int leading, int exponent, const factor& times, frame& f) const;

    /// Order k of the right-hand side of variable i, into its newest limbs unless it is a state; those wait in `pending`.
    bool evaluate(std::size_t i, int k, integers& result);

    void run();

    /// Fills the series whose coefficient m is s^(order - m), except that the last is 0.
    void raise_powers(const Real& s) const;

    const program& program_;
    std::int64_t bits_;
    std::int64_t value_bits_;
    std::vector<slot> derived_;  ///< where k u_k stands, for variables whose recurrences need it
    slot powers_ = nothing;
    const kernels::set& kernels_;
    std::vector<recipe> recipes_;

    std::vector<std::int64_t> magnitudes_;  ///< log2 bounds of all coefficients of each variable, of the last expansion or guessed
    std::vector<std::int64_t> noise_bits_;  ///< log2 of the rounding noise that enters each state
    std::int64_t loss_ = 0;                 ///< bits by which noise grew when last measured
    std::int64_t measured_strain_ = unmeasured;
    int extra_limbs_ = 0;
    int known_ = 0;  ///< start of the block of orders under way, 0 if orders are done one by one
    std::vector<log_size> noise_;
    int limbs_ = 0;
    int factors_of_ = -1;  ///< the factor_limbs() that the factors of constant coefficients were made for
    int order_ = 0;
    std::ptrdiff_t stride_ = 0;
    log_size length_size_ = 0;
    Vector start_;
    std::vector<factor> inverses_;  ///< 1/k, where a function wants them
    std::vector<factor> steps_;     ///< length/k
    factor one_{1, {}, 0};
    std::vector<std::vector<log_size>> sizes_;
    slot overflowed_ = nothing;
    mutable bool spilled_ = false;          ///< a sum reached past its guard limbs
    mutable std::vector<coefficients> series_;
    mutable Real powers_of_;
    mutable std::vector<kernels::step> work_;
    mutable std::vector<int> leads_;
    mutable frame inner_, outer_, columns_;
    std::vector<integers> pending_;
    mutable std::vector<double> multiplicand_;
    fourier fourier_;
};

}  // namespace fixed_point

}  // namespace eonflow::series
