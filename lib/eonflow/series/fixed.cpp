// The fixed-point engine. In scaled time the coefficients of a variable shrink like its contributions, so all of them share one exponent, and
// coefficient k keeps only the limbs that still matter: everything is exact integer arithmetic on short limbs (kernels.hpp), cut off at one place.
#include <eonflow/series/engine.hpp>
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

namespace {

constexpr int guard = 3;                 ///< limbs before the first one, to see what overflows
constexpr int most_limbs = 480;          ///< kernels::multiply sums at most 512 products
constexpr int most_extra_limbs = 6;      ///< granted to programs that amplify rounding; beyond, floating point is the better arithmetic
constexpr int most_attempts = 12;        ///< to find exponents that hold all coefficients
constexpr int scout_order = 20;
constexpr int empty = 1 << 20;           ///< the leading limb of 0
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

/// Convolutions that share a factor and a place in the sum.
struct group {
    Rational coefficient;
    factor times;
    int shift = 0;
    std::vector<std::pair<slot, slot>> pairs;
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
        : program_(p), bits_(bits), value_bits_(value_bits), derived_(p.variables.size(), nothing), kernels_(kernels::fastest()) {
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
        for (int attempt = 0; attempt < most_attempts && plan(); ++attempt) {
            prepare(length);
            overflowed_ = nothing;
            run();
            if (overflowed_ == nothing) {
                for (std::size_t i = 0; i < magnitudes_.size(); ++i) magnitudes_[i] = series_[i].magnitude;
                return outcome::done;
            }
            magnitudes_[overflowed_] = limb_bits * std::int64_t{series_[overflowed_].exponent};
        }
        magnitudes_.clear();
        return outcome::out_of_range;
    }

    Real coefficient(std::size_t i, int k) const override {
        const number::precision_scope scope(value_bits_);
        return k == 0 ? Real(start_[i] + 0) : from_limbs(read(series_[i], k), series_[i].exponent);
    }

    log_size size(std::size_t i, int k) const override { return sizes_[i][static_cast<std::size_t>(k)]; }

    log_size noise(std::size_t i) const override { return noise_[i]; }

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
        frame sum(limbs_, c.exponent);
        convolve({1, one_, series_[powers_].exponent, {{static_cast<slot>(i), powers_}}}, order_, sum);
        carry(sum.limbs);
        return start_[i] + from_limbs(sum.limbs, sum.exponent + guard);
    }

private:
    /// A sum under way: limbs 0 .. count (one more than will be kept) at an exponent, after `guard` limbs for what grows past them.
    struct frame {
        frame(int kept, int at) : limbs(static_cast<std::size_t>(kept + guard + 1), 0), count(kept), exponent(at) {}
        integers limbs;
        int count;
        int exponent;
        std::int64_t load = 0;  ///< at most this many products of limbs since the last carry
    };

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

    /// Limb count and exponents such that each state is known to 2^-bits of its magnitude if the program lets it; false if that takes too much.
    bool plan() {
        for (std::size_t i = 0; i < start_.size(); ++i) {
            magnitudes_[i] = std::max(magnitudes_[i], bits_of(size_of(start_[i].backend().data())));
            if (derived_[i] != nothing) magnitudes_[derived_[i]] = std::max(magnitudes_[derived_[i]], magnitudes_[i]);
        }
        int extra = 0;
        for (int pass = 0; pass < 2; ++pass) {
            // bits, and what limbs waste at both ends
            limbs_ = static_cast<int>((bits_ + limb_bits + 2 + limb_bits - 1) / limb_bits) + extra;
            if (limbs_ > most_limbs) return false;
            for (std::size_t i = 0; i < magnitudes_.size(); ++i) series_[i].exponent = exponent_for(magnitudes_[i]);
            propagate_noise();
            int wanted = 0;
            for (std::size_t i = 0; i < program_.states; ++i) {
                const std::int64_t lost = noise_bits_[i] - (magnitudes_[i] - bits_);
                const auto more = static_cast<int>((lost + limb_bits - 1) / limb_bits);
                if (lost > 0 && extra + more <= most_extra_limbs) wanted = std::max(wanted, more);
            }
            if (wanted == 0) break;
            extra += wanted;
        }
        noise_.clear();
        for (std::size_t i = 0; i < program_.states; ++i) noise_.push_back(size_unit * (noise_bits_[i] + 2));
        for (recipe& r : recipes_) arrange(r, static_cast<std::size_t>(&r - recipes_.data()));
        return true;
    }

    /// log2 of the rounding noise in each variable. A variable of cancelling summands gets an exponent that does not resolve their noise.
    void propagate_noise() {
        noise_bits_.assign(series_.size(), 0);
        for (std::size_t i = 0; i < series_.size(); ++i) noise_bits_[i] = own_noise(i);
        for (std::size_t n = 0; n < program_.variables.size(); ++n) {
            const std::size_t i = (n + program_.states) % program_.variables.size();  // states last
            const variable& v = program_.variables[i];
            std::int64_t noise = own_noise(i);
            const auto meet = [&](slot a, slot b, std::int64_t factor) {
                noise = std::max(noise, factor + std::max(noise_bits_[a] + magnitudes_[b], noise_bits_[b] + magnitudes_[a]));
            };
            const std::int64_t factor = v.how == rule::state ? bits_of(length_size_) : 0;
            switch (v.how) {
                case rule::parameter: break;
                case rule::state:
                case rule::sum:
                    for (const product& t : v.terms) {
                        const std::int64_t coefficient = factor + bits_of(size_of(t.coefficient)) - 1;
                        if (t.right == nothing)
                            noise = std::max(noise, coefficient + noise_bits_[t.left]);
                        else
                            meet(t.left, t.right, coefficient);
                    }
                    break;
                case rule::reciprocal:
                case rule::power: noise = std::max(noise, noise_bits_[v.argument] + magnitudes_[i] - bits_of(size_of(start_[v.argument].backend().data())) + 1); break;
                case rule::function: meet(derived_[v.argument], v.slope, 0); break;
            }
            noise_bits_[i] = noise;
            if (derived_[i] != nothing) noise_bits_[derived_[i]] = std::max(noise_bits_[derived_[i]], noise);
            if (v.how == rule::sum) series_[i].exponent = std::max(series_[i].exponent, static_cast<int>(floor_limbs(noise)) + limbs_);
        }
    }

    [[nodiscard]] std::int64_t own_noise(std::size_t i) const { return limb_bits * (std::int64_t{series_[i].exponent} - limbs_); }
    static std::int64_t floor_limbs(std::int64_t bits) { return bits / limb_bits - (bits % limb_bits < 0 ? 1 : 0); }

    [[nodiscard]] bool has_factor(std::size_t i) const {
        return program_.variables[i].how != rule::sum && program_.variables[i].how != rule::parameter;
    }

    /// Sorts the convolutions of variable i by factor and place, and chooses the frame of its sum.
    void arrange(recipe& r, std::size_t i) {
        r.groups.clear();
        r.exponent = series_[i].exponent;
        if (has_factor(i)) {
            r.exponent = -(1 << 30);
            for (const product& t : r.convolutions) r.exponent = std::max(r.exponent, series_[t.left].exponent + series_[t.right].exponent);
            for (const summand& s : r.summands)
                r.exponent = std::max(r.exponent, exponent_for(magnitudes_[s.of] + bits_of(size_of(s.coefficient)) +
                                                               (s.constant == nothing ? 0 : bits_of(size_of(start_[s.constant].backend().data())))));
            if (program_.variables[i].value != 0) r.exponent = std::max(r.exponent, exponent_for(bits_of(size_of(program_.variables[i].value))));
        }
        for (const product& t : r.convolutions) {
            const int shift = series_[t.left].exponent + series_[t.right].exponent - r.exponent;
            const auto same = std::find_if(r.groups.begin(), r.groups.end(),
                                           [&](const group& g) { return g.shift == shift && g.coefficient == t.coefficient; });
            if (same != r.groups.end())
                same->pairs.emplace_back(t.left, t.right);
            else
                r.groups.push_back({t.coefficient, {}, shift, {{t.left, t.right}}});
        }
    }

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

    [[nodiscard]] factor multiply(const factor& a, const factor& b) const {
        frame product(factor_limbs() - 1, a.exponent + b.exponent);
        add_multiple(integers(a.limbs.begin(), a.limbs.end()), 0, a.exponent, b, product);
        carry(product.limbs);
        factor f;
        std::size_t first = 0;
        while (first + 1 < product.limbs.size() && product.limbs[first] == 0) ++first;
        f.exponent = product.exponent + guard - static_cast<int>(first);
        f.limbs.assign(static_cast<std::size_t>(factor_limbs()), 0.0);
        for (std::size_t p = first; p < product.limbs.size() && p - first < f.limbs.size(); ++p) f.limbs[p - first] = static_cast<double>(product.limbs[p]);
        return f;
    }

    void prepare(const Real& length) {
        const number::precision_scope scope(limb_bits * (factor_limbs() + 1));
        stride_ = lanes + (order_ + 1 + lanes - 1) / lanes * lanes;
        if (stride_ % 512 == 0) stride_ += lanes;  // rows a multiple of the page apart would share cache sets
        for (coefficients& c : series_) clear(c);
        sizes_.assign(program_.states, std::vector<log_size>(static_cast<std::size_t>(order_) + 1, vanishing));
        if (static_cast<int>(inverses_.size()) <= order_ || static_cast<int>(inverses_[0].limbs.size()) != factor_limbs()) {
            inverses_.assign(1, to_factor(Real(1)));
            for (int k = 1; k <= order_; ++k) inverses_.push_back(to_factor(Real(1) / k));
        }
        const factor step = to_factor(length);
        steps_.clear();
        for (int k = 0; k < order_; ++k) steps_.push_back(multiply(step, inverses_[static_cast<std::size_t>(k) + 1]));
        for (std::size_t i = 0; i < recipes_.size(); ++i) {
            recipe& r = recipes_[i];
            const variable& v = program_.variables[i];
            for (group& g : r.groups) g.times = to_factor(g.coefficient);
            for (summand& s : r.summands)
                s.times = s.constant == nothing ? to_factor(s.coefficient) : to_factor(Real(number::to_real(s.coefficient) * start_[s.constant]));
            r.own.clear();
            if (v.how == rule::reciprocal) r.own.push_back(to_factor(start_[i]));
            if (v.how == rule::power) {
                const factor inverse = to_factor(Real(1 / start_[v.argument]));
                for (int k = 0; k <= order_; ++k) r.own.push_back(multiply(inverse, inverses_[static_cast<std::size_t>(k)]));
            }
            if (v.how == rule::state && v.value != 0) {
                std::vector<double> limbs(static_cast<std::size_t>(limbs_ + 2));
                (void)to_limbs(number::to_real(v.value).backend().data(), r.exponent, limbs);
                r.constant.assign(limbs.begin(), limbs.end());
            }
        }
    }

    [[nodiscard]] const factor& factor_of(std::size_t i, int k) const {
        switch (program_.variables[i].how) {
            case rule::state: return steps_[static_cast<std::size_t>(k)];
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

    static void write(coefficients& c, int k, std::span<const std::int64_t> limbs, std::ptrdiff_t stride) {
        const auto count = static_cast<int>(limbs.size());
        std::copy(limbs.begin(), limbs.end(), c.newest.begin());
        int p = 0;
        while (p < count && limbs[static_cast<std::size_t>(p)] == 0) ++p;
        c.newest_leading = p < count ? p : empty;
        if (p == count) return;
        c.magnitude = std::max<std::int64_t>(
            c.magnitude, limb_bits * (std::int64_t{c.exponent} - p - 1) + static_cast<std::int64_t>(std::bit_width(static_cast<std::uint64_t>(std::abs(limbs[static_cast<std::size_t>(p)])))));
        int& leading = c.leading[static_cast<std::size_t>(k / lanes)];
        leading = std::min(leading, p);
        for (int w = k; w < k + lanes; ++w) {
            int& window = c.window_leading[static_cast<std::size_t>(w)];
            window = std::min(window, p);
        }
        for (; p < count; ++p) c.first[p * stride + k] = static_cast<double>(limbs[static_cast<std::size_t>(p)]);
    }

    [[nodiscard]] integers read(const coefficients& c, int k) const {
        integers limbs;
        for (int p = 0; p < limbs_; ++p) limbs.push_back(static_cast<std::int64_t>(c.first[p * stride_ + k]));
        return limbs;
    }

    void put(std::size_t i, int k, std::span<const std::int64_t> limbs) {
        write(series_[i], k, limbs, stride_);
        if (i < program_.states) sizes_[i][static_cast<std::size_t>(k)] = size_of_limbs(series_[i]);
        if (derived_[i] == nothing) return;
        coefficients& d = series_[derived_[i]];
        const int shift = d.exponent - series_[i].exponent;
        frame multiple(limbs_, d.exponent);
        for (int p = 0; p < limbs_; ++p) {
            const int place = guard + p + shift;
            if (place >= 0 && place < static_cast<int>(multiple.limbs.size())) multiple.limbs[static_cast<std::size_t>(place)] = k * limbs[static_cast<std::size_t>(p)];
        }
        if (settle(multiple, derived_[i])) write(d, k, kept(multiple), stride_);
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
    bool settle(frame& f, slot i) {
        carry(f.limbs);
        for (int p = 0; p < guard; ++p)
            if (f.limbs[static_cast<std::size_t>(p)] != 0) {
                if (overflowed_ == nothing) overflowed_ = i;
                return false;
            }
        return true;
    }

    [[nodiscard]] std::span<const std::int64_t> kept(const frame& f) const { return std::span(f.limbs).subspan(guard, static_cast<std::size_t>(limbs_)); }

    /// f += the products of the group at order k, down to limb f.count.
    void convolve(const group& g, int k, frame& f) const {
        const int lowest = f.count - 1 + g.shift;
        int first = lowest + 1;
        for (const auto& [left, right] : g.pairs) {
            const coefficients &a = series_[left], &b = series_[right];
            for (int j = 0; j <= k; j += lanes)
                first = std::min(first, a.leading[static_cast<std::size_t>(j / lanes)] + b.window_leading[static_cast<std::size_t>(k - j)]);
        }
        const int depth = lowest - first;
        if (depth < 0) return;
        work_.clear();
        for (const auto& [left, right] : g.pairs) {
            const coefficients &a = series_[left], &b = series_[right];
            for (int j = 0; j <= k; j += lanes) {
                const int a_leading = a.leading[static_cast<std::size_t>(j / lanes)];
                if (a_leading + b.window_leading[static_cast<std::size_t>(k - j)] > lowest) continue;
                const int p = std::min(a_leading, first);
                work_.push_back({a.first + p * stride_ + j, b.first + (first - p) * stride_ + (k - j - (lanes - 1))});
            }
        }
        // Column 0 is limb f.count - depth.
        const int place = guard + f.count - depth;
        if (place < 0) {
            overflowed_ = g.pairs[0].first;
            return;
        }
        const bool direct = g.times.limbs.empty() && g.times.integer == 1;
        if (!direct) columns_.assign(static_cast<std::size_t>(depth + 1 + guard), 0);
        constexpr std::int64_t most_load = std::int64_t{1} << 18;  // of products of 2^44: columns stay below 2^62
        const std::int64_t per_step = std::int64_t{lanes} * (depth + 1);
        const auto most_steps = static_cast<std::size_t>(std::max<std::int64_t>(1, most_load / per_step));
        for (std::size_t done = 0; done < work_.size(); done += most_steps) {
            const std::span<const kernels::step> part = std::span(work_).subspan(done, std::min(most_steps, work_.size() - done));
            const std::int64_t load = per_step * static_cast<std::int64_t>(part.size());
            if (direct) {
                if (f.load + load > most_load) carry(f.limbs), f.load = 0;
                f.load += load;
                kernels_.convolve(part, stride_, depth, f.limbs.data() + place);
            } else {
                if (done > 0) carry(columns_);
                kernels_.convolve(part, stride_, depth, columns_.data() + guard);
            }
        }
        if (direct) return;
        carry(columns_);
        const int exponent = f.exponent - f.count + depth + guard;  // of columns_ as a number
        add_multiple(columns_, 0, exponent, g.times, f);
    }

    /// f += x * factor, where x has an exponent and its limbs before `leading` are 0.
    void add_multiple(const integers& x, int leading, int exponent, const factor& times, frame& f) const {
        if (times.limbs.empty()) {
            const int shift = guard + f.exponent - exponent;
            for (int p = leading; p < static_cast<int>(x.size()); ++p) {
                const int place = p + shift;
                if (place >= 0 && place < static_cast<int>(f.limbs.size())) f.limbs[static_cast<std::size_t>(place)] += times.integer * x[static_cast<std::size_t>(p)];
            }
            f.load += times.integer == 1 || times.integer == -1 ? 1 : 64;
            return;
        }
        while (leading < static_cast<int>(x.size()) && x[static_cast<std::size_t>(leading)] == 0) ++leading;
        const int lowest = f.count - 1 + exponent + times.exponent - f.exponent;
        const int depth = std::min(lowest - leading, static_cast<int>(times.limbs.size()) - 1);
        if (depth < 0 || leading == static_cast<int>(x.size())) return;
        const int place = guard + f.count - (lowest - leading);
        if (place < 0) {
            overflowed_ = 0;
            return;
        }
        multiplicand_.assign(static_cast<std::size_t>(depth + 1 + 3 * lanes), 0.0);
        for (int p = leading; p < static_cast<int>(x.size()) && p - leading <= depth; ++p)
            multiplicand_[static_cast<std::size_t>(lanes + p - leading)] = static_cast<double>(x[static_cast<std::size_t>(p)]);
        if (f.load + depth + 1 > (std::int64_t{1} << 18)) carry(f.limbs), f.load = 0;
        f.load += depth + 1;
        kernels_.multiply(multiplicand_.data() + lanes, times.limbs.data(), depth, f.limbs.data() + place);
    }

    /// Order k of the right-hand side of variable i, for its order `target`.
    bool evaluate(std::size_t i, int k, frame& result) {
        const recipe& r = recipes_[i];
        const bool scaled = has_factor(i);
        frame inner(scaled ? limbs_ + 1 : 0, r.exponent);
        frame& sum = scaled ? inner : result;
        for (const group& g : r.groups) convolve(g, k, sum);
        for (const summand& s : r.summands)
            if (program_.variables[s.of].degree >= k) {
                const coefficients& c = series_[s.of];
                if (c.newest_leading != empty) add_multiple(c.newest, c.newest_leading, c.exponent, s.times, sum);
            }
        if (scaled) {
            if (k == 0 && !r.constant.empty())
                for (std::size_t p = 0; p < r.constant.size(); ++p) sum.limbs[guard + p] += r.constant[p];
            carry(sum.limbs);
            add_multiple(sum.limbs, 0, sum.exponent + guard, factor_of(i, k), result);
        }
        return settle(result, static_cast<slot>(i));
    }

    void run() {
        const std::size_t states = program_.states, variables = program_.variables.size();
        std::vector<double> limbs(static_cast<std::size_t>(limbs_));
        for (std::size_t i = 0; i < variables; ++i) {
            if (!to_limbs(start_[i].backend().data(), series_[i].exponent, limbs)) {
                overflowed_ = static_cast<slot>(i);
                return;
            }
            put(i, 0, integers(limbs.begin(), limbs.end()));
        }
        std::vector<frame> next;
        for (int k = 0; k < order_; ++k) {
            if (k > 0)
                for (std::size_t i = states + program_.parameters; i < variables; ++i) {
                    if (program_.variables[i].degree < k) continue;
                    frame sum(limbs_, series_[i].exponent);
                    if (!evaluate(i, k, sum)) return;
                    put(i, k, kept(sum));
                }
            next.clear();
            for (std::size_t i = 0; i < states; ++i) {
                next.emplace_back(limbs_, series_[i].exponent);
                if (!evaluate(i, k, next.back())) return;
            }
            for (std::size_t i = 0; i < states; ++i) put(i, k + 1, kept(next[i]));
        }
    }

    /// Fills the series whose coefficient m is s^(order - m), except that the last is 0.
    void raise_powers(const Real& s) const {
        if (powers_of_ == s) return;
        coefficients& c = series_[powers_];
        c.exponent = 1;
        clear(c);
        const factor by = to_factor(s);
        frame power(limbs_, c.exponent);
        power.limbs[guard] = 1;
        for (int k = 1; k <= order_; ++k) {
            frame next(limbs_, c.exponent);
            add_multiple(power.limbs, 0, power.exponent + guard, by, next);
            carry(next.limbs);
            write(c, order_ - k, kept(next), stride_);
            power = std::move(next);
        }
        powers_of_ = s;
    }

    const program& program_;
    std::int64_t bits_;
    std::int64_t value_bits_;
    std::vector<slot> derived_;  ///< where k u_k stands, for variables whose recurrences need it
    slot powers_ = nothing;
    const kernels::set& kernels_;
    std::vector<recipe> recipes_;

    std::vector<std::int64_t> magnitudes_;  ///< log2 bounds of all coefficients of each variable, of the last expansion or guessed
    std::vector<std::int64_t> noise_bits_;
    std::vector<log_size> noise_;
    int limbs_ = 0;
    int order_ = 0;
    std::ptrdiff_t stride_ = 0;
    log_size length_size_ = 0;
    Vector start_;
    std::vector<factor> inverses_;  ///< 1/k
    std::vector<factor> steps_;     ///< length/(k + 1)
    factor one_{1, {}, 0};
    std::vector<std::vector<log_size>> sizes_;
    mutable slot overflowed_ = nothing;
    mutable std::vector<coefficients> series_;
    mutable Real powers_of_;
    mutable std::vector<kernels::step> work_;
    mutable integers columns_;
    mutable std::vector<double> multiplicand_;
};

}  // namespace

std::unique_ptr<engine> fixed_engine(const program& p, std::int64_t bits, std::int64_t value_bits) {
    return std::make_unique<fixed>(p, bits, value_bits);
}

}  // namespace eonflow::series
