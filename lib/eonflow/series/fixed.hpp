#pragma once
/// The fixed-point engine, private to fixed.cpp, orders.cpp and values.cpp.

// In scaled time the coefficients of a variable shrink like its contributions, so all of them share one exponent, and coefficient k keeps only the limbs that
// still matter: everything is exact integer arithmetic on short limbs (kernels.hpp), cut off at one place. Variables stand side by side in lanes (batches.hpp).
#include <eonflow/series/batches.hpp>
#include <eonflow/series/engine.hpp>
#include <eonflow/series/fourier.hpp>
#include <eonflow/series/limbs.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

namespace eonflow::series {

using kernels::limb_bits;
using number::Real;
using number::Vector;

namespace fixed_point {

constexpr std::int64_t unmeasured = -1;
constexpr int many_limbs = 40;           ///< from here on limbs for the loss are granted, not measured
constexpr std::int64_t loss_per_strain = 4;  ///< taken until the loss is measured: rounding passes through few variables that change at once
constexpr std::int64_t spare_bits = 4;   ///< guard bits that may be missing when magnitudes turn out smaller than planned for
constexpr int most_attempts = 12;        ///< to find exponents that hold all coefficients
constexpr int most_passes = 50;          ///< over the exponents, until sums are near their summands
constexpr int scout_order = 12;
constexpr int long_order = 500;          ///< from here on products of known coefficients are summed through spectra, for so many orders at once
constexpr int long_block = 8;
constexpr int short_block = 8;           ///< below, for so many if the coefficients do not fit the cache,
constexpr int short_window = 32;         ///< and at multiples of this for so many
constexpr std::size_t cache_doubles = 200'000;
constexpr int few_entries = 24, many_entries = 48;  ///< entries of two streams of which the first cache holds the rows that are multiplied at once: all, or parts of many
constexpr int values_at_once = 16;       ///< orders of a value summed to the same depth
constexpr int factor_limbs_more = 2;     ///< limbs that a factor has more than a coefficient

class fixed final : public engine {
public:
    fixed(const program& p, std::int64_t bits, std::int64_t value_bits, const kernels::set& with);

    outcome expand(std::span<const Real> state, std::span<const Real> parameters, const Real& length, int order) override;
    Real coefficient(std::size_t i, int k) const override;
    std::span<const log_size> sizes(std::size_t i) const override { return sizes_[i]; }
    log_size noise(std::size_t i) const override { return noise_[i]; }
    std::vector<std::int64_t> memory() const override;
    void recall(std::vector<std::int64_t> all) override;
    void values(const Real& s, Vector& result) const override;

private:
    void write_recipe(slot i);
    void set_levels();

    // ---- exponents ----

    bool scout(std::span<const Real> state, std::span<const Real> parameters, const Real& length);
    void plan();
    void place();
    [[nodiscard]] bool arrange();
    static std::int64_t bits_of(log_size size) { return size / size_unit + (size > 0 ? 2 : 1); }
    static std::int64_t floor_limbs(std::int64_t bits) { return bits / limb_bits - (bits % limb_bits < 0 ? 1 : 0); }
    /// The wanted bits, and what limbs waste at both ends.
    [[nodiscard]] int base_limbs() const { return static_cast<int>((bits_ + limb_bits + 2 + limb_bits - 1) / limb_bits); }
    [[nodiscard]] std::int64_t noise_of_summands(std::size_t i) const;
    [[nodiscard]] std::int64_t own_noise(std::size_t i) const { return limb_bits * (std::int64_t{exponents_[i]} - limbs_); }

    // ---- what rounding becomes ----
    // Inside an expansion rounding errors are amplified, by cancelling summands and by the recurrences themselves, the more the more the variables
    // change along the step. How much is measured, by a second expansion with two more limbs, and measured again before it can matter.

    struct first_run {
        int limbs = 0;
        std::vector<double> coefficients;  ///< of the states, limb by limb
        std::vector<int> exponents;
        std::vector<std::int64_t> noise_bits;
    };
    [[nodiscard]] first_run keep_run() const;
    void grant();
    [[nodiscard]] std::int64_t measure_loss(const first_run& first) const;
    [[nodiscard]] std::int64_t strain() const;
    [[nodiscard]] std::int64_t most_loss() const { return limb_bits * std::int64_t{std::max(2, base_limbs() / 2)}; }
    [[nodiscard]] std::int64_t shortage(std::int64_t loss) const;

    // ---- the orders (orders.cpp) ----

    void prepare(const Real& length);
    void run();
    void compute(std::size_t which, int k);
    [[nodiscard]] int add_products(const batch& b, std::size_t which, int k, int summands);
    [[nodiscard]] kernels::run run_of(const batch::product& p, int k, int n, int count) const;
    [[nodiscard]] int least_lead(const batch::product& p, int k, int n, int count, int first) const;
    /// The least order of a left factor that is summed ahead for order k, with all from there to `known`, the first that is not.
    [[nodiscard]] int first_ahead(int split, int k, int known) const {
        return order_ >= long_order ? fourier::first_partner(k, known) : (k - known + split) / split * split;
    }
    [[nodiscard]] int multiply(int start, int top, int last, const double* by);
    void set_steps();
    void spread_factors(int k);
    void convolve_one(const kernels::run& what, int first, int depth, double* columns) const {
        const kernels::task one{{&what, 1}, first, depth, columns};
        kernels_.convolve({&one, 1});
    }
    [[nodiscard]] bool set_start(group& g);
    void keep(const batch& b, group& g, int start, int k);
    void set_zero(group& g);
    void store(group& g, int k);
    void find_sizes();
    void start_ahead();
    void sum_ahead(int from);
    void open_window(int from);
    void sum_ahead_directly(const batch& b, std::size_t which);
    void sum_ahead_by_spectra(const batch& b, std::size_t which);
    [[nodiscard]] double* ahead_rows(std::size_t which, int k) const {
        return ahead_.data() + (static_cast<std::ptrdiff_t>(which) * span_ + k - window_) * (batches_.deepest + 1) * static_cast<std::ptrdiff_t>(width_);
    }
    [[nodiscard]] int& ahead_start(std::size_t which, int k) { return ahead_starts_[which * static_cast<std::size_t>(span_) + static_cast<std::size_t>(k - window_)]; }
    [[nodiscard]] std::int64_t magnitude(std::size_t i) const;
    [[nodiscard]] const double* state_rows(std::size_t i, int k) const {
        return batches_.of_states[i / width_]->row(k, 0, static_cast<int>(width_)) + i % width_;
    }
    void raise_powers(const Real& s) const;

    program program_;
    std::int64_t bits_;
    std::int64_t value_bits_;
    const kernels::set& kernels_;
    std::size_t width_;
    std::vector<recipe> recipes_;   ///< of the program's variables, then of the derivatives k u_k that recurrences need
    std::vector<std::vector<std::int64_t>> coefficient_bits_;  ///< of the terms of each variable
    std::vector<slot> derived_;     ///< where k u_k stands
    bool has_inverses_ = false;

    std::vector<std::int64_t> magnitudes_;  ///< log2 bounds of all coefficients of each variable, of the last expansion or guessed
    std::vector<std::int64_t> noise_bits_;  ///< log2 of the rounding noise that enters each state
    std::int64_t loss_ = 0;                 ///< bits by which noise grew when last measured
    std::int64_t measured_strain_ = unmeasured;
    int extra_limbs_ = 0;
    std::vector<log_size> noise_;
    int limbs_ = 0;
    int order_ = 0;
    log_size length_size_ = 0;
    Vector start_;
    std::vector<std::vector<log_size>> sizes_;
    slot overflowed_ = nothing;

    std::vector<int> exponents_;            ///< of the coefficients of each variable
    std::vector<int> sum_exponents_;        ///< of the sums they are made from
    int length_exponent_ = 0;
    batches batches_;
    std::vector<int> arranged_for_;         ///< what batches_ were made for,
    std::vector<int> arranged_exponents_;   ///< and the exponents that came out
    std::vector<row_memory> own_factors_;   ///< 1/v_0 of powers and reciprocals, by batch
    std::vector<double> inverses_, steps_;  ///< 1/k and length/k by k and limb
    int inverse_limbs_ = 0;
    row_memory length_, inverse_, step_;    ///< the same number in all lanes
    row_memory sum_, product_;
    std::vector<kernels::run> runs_;
    std::vector<kernels::multiple> multiples_;
    int known_ = 0;                         ///< start of the block of orders under way
    int block_ = 0;                         ///< orders in a block, 0 if orders are done one by one
    int window_ = 0, span_ = 0;             ///< orders whose sums are under way: a block, or several that begin with the coefficients known before them
    row_memory ahead_;                      ///< of each batch and order of the window, products of coefficients known by now
    std::vector<int> ahead_starts_;         ///< their first rows that are not 0
    std::vector<std::int64_t> spectrum_limbs_;
    std::vector<kernels::task> tasks_;
    std::vector<std::size_t> first_sum_;    ///< of each batch, its sums through spectra
    fourier fourier_;
    mutable Real powers_of_;
    mutable int power_rows_ = 0;
    mutable row_memory powers_, power_steps_, power_sum_;
    mutable std::vector<std::int16_t> power_leads_;
    mutable std::vector<int> state_leads_;  ///< of each order, the least of all states
};

}  // namespace fixed_point

}  // namespace eonflow::series
