#include <eonflow/series/fixed.hpp>

// Exponents, limbs and the loss by rounding; orders.cpp computes the coefficients.
namespace eonflow::series::fixed_point {

fixed::fixed(const program& p, std::int64_t bits, std::int64_t value_bits, const kernels::set& with)
    : program_(with_integer_factors(p)), bits_(bits), value_bits_(value_bits), kernels_(with), width_(static_cast<std::size_t>(kernels_.width)),
      recipes_(program_.variables.size()), coefficient_bits_(program_.variables.size()), derived_(program_.variables.size(), nothing), fourier_(kernels_) {
    for (std::size_t i = 0; i < program_.variables.size(); ++i) write_recipe(static_cast<slot>(i));
    set_levels();
}

void fixed::write_recipe(slot i) {
    const variable& v = program_.variables[i];
    const auto derivative = [&](slot of) {
        if (derived_[of] == nothing) {
            derived_[of] = static_cast<slot>(recipes_.size());
            recipe d;
            d.derivative_of = of;
            d.degree = program_.variables[of].degree;
            recipes_.push_back(std::move(d));
        }
        return derived_[of];
    };
    for (const product& t : v.terms) coefficient_bits_[i].push_back(bits_of(size_of(t.coefficient)) - 1);
    recipe r;
    r.how = v.how;
    r.degree = v.degree;
    switch (v.how) {
        case rule::parameter: break;
        case rule::state:
        case rule::sum:
            for (const product& t : v.terms) {
                const auto c = t.coefficient.convert_to<std::int64_t>();
                if (t.right == nothing) {
                    r.summands.emplace_back(t.left, c);
                    continue;
                }
                if (r.products.empty()) r.times = c;
                r.products.push_back({t.left, t.right, c == r.times ? 1 : -1, 0});
            }
            break;
        case rule::reciprocal:
            r.times = -1;
            r.products.push_back({v.argument, i, 1, 1});
            break;
        case rule::power:
            r.products.push_back({derivative(v.slope), i, 1, 1});
            r.products.push_back({v.argument, derivative(i), -1, 1});
            break;
        case rule::function:
            r.times = v.value.convert_to<std::int64_t>();
            r.products.push_back({derivative(v.argument), v.slope, 1, 1});
            break;
    }
    has_inverses_ = has_inverses_ || v.how == rule::power || v.how == rule::function;
    recipes_[i] = std::move(r);
}

/// A variable needs the newest order of its summands, of left factors, and of right ones that meet order 0.
void fixed::set_levels() {
    const std::size_t inputs = program_.states + program_.parameters;
    const auto set = [&](recipe& r) {
        for (const convolution& c : r.products) {
            r.level = std::max(r.level, recipes_[c.left].level + 1);
            if (c.from == 0) r.level = std::max(r.level, recipes_[c.right].level + 1);
        }
        for (const auto& [of, factor] : r.summands) r.level = std::max(r.level, recipes_[of].level + 1);
        if (r.derivative_of != nothing) r.level = recipes_[r.derivative_of].level + 1;
    };
    const auto set_derivative = [&](std::size_t i) {
        if (derived_[i] == nothing) return;
        recipes_[derived_[i]].summands = {{static_cast<slot>(i), 1}};
        set(recipes_[derived_[i]]);
    };
    for (std::size_t i = 0; i < inputs; ++i) set_derivative(i);
    for (std::size_t i = inputs; i < program_.variables.size(); ++i) set(recipes_[i]), set_derivative(i);
}

outcome fixed::expand(std::span<const Real> state, std::span<const Real> parameters, const Real& length, int order) {
    const number::precision_scope scope(std::max(value_bits_, bits_ + 64));
    if (!start_values(program_, state, parameters, start_)) return outcome::undefined;
    order_ = order;
    powers_of_ = 2;
    state_leads_.clear();
    length_size_ = size_of(length.backend().data());
    if (magnitudes_.empty() && !scout(state, parameters, length)) return outcome::out_of_range;
    extra_limbs_ = 0;
    if (measured_strain_ == unmeasured && base_limbs() >= many_limbs) grant();
    std::optional<first_run> first;
    for (int attempt = 0; attempt < most_attempts; ++attempt) {
        plan();
        if (limbs_ > most_limbs) break;
        if (*std::max_element(magnitudes_.begin(), magnitudes_.end()) >= limb_bits * std::int64_t{most_exponent}) break;
        overflowed_ = nothing;
        if (!arrange()) break;
        prepare(length);
        run();
        if (overflowed_ != nothing) {
            magnitudes_[overflowed_] = limb_bits * std::int64_t{exponents_[overflowed_]};
            continue;
        }
        for (std::size_t i = 0; i < magnitudes_.size(); ++i) magnitudes_[i] = magnitude(i);
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

std::vector<std::int64_t> fixed::memory() const {
    std::vector<std::int64_t> all = magnitudes_;
    all.push_back(loss_);
    all.push_back(measured_strain_);
    return all;
}

void fixed::recall(std::vector<std::int64_t> all) {
    if (all.size() != 2 && all.size() != recipes_.size() + 2) return;
    measured_strain_ = all.back(), all.pop_back();
    loss_ = all.back(), all.pop_back();
    magnitudes_ = std::move(all);
}

/// Magnitudes of all variables, from a short expansion at low precision.
bool fixed::scout(std::span<const Real> state, std::span<const Real> parameters, const Real& length) {
    const auto sizes = scout_sizes(program_, state, parameters, length, std::min(order_, scout_order));
    if (!sizes) return false;
    magnitudes_.assign(recipes_.size(), 0);
    for (std::size_t i = 0; i < sizes->size(); ++i) {
        magnitudes_[i] = bits_of((*sizes)[i]);
        if (derived_[i] != nothing) magnitudes_[derived_[i]] = magnitudes_[i] + 3;
    }
    return true;
}

/// Limb count and exponents such that each state is known to 2^-bits of its magnitude, for the loss last measured.
void fixed::plan() {
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
}

/// Exponents for the magnitudes, and the rounding noise that enters each state. A variable of cancelling summands gets an exponent that does
/// not resolve their noise.
void fixed::place() {
    exponents_.resize(magnitudes_.size());
    for (std::size_t i = 0; i < magnitudes_.size(); ++i) exponents_[i] = exponent_for(magnitudes_[i]);
    for (std::size_t i = program_.states + program_.parameters; i < program_.variables.size(); ++i)
        if (program_.variables[i].how == rule::sum)
            exponents_[i] = std::max(exponents_[i], static_cast<int>(std::max<std::int64_t>(-most_exponent, floor_limbs(noise_of_summands(i)) + limbs_)));
    noise_bits_.clear();
    for (std::size_t i = 0; i < program_.states; ++i) noise_bits_.push_back(std::max(own_noise(i), bits_of(length_size_) + noise_of_summands(i)));
}

std::int64_t fixed::noise_of_summands(std::size_t i) const {
    std::int64_t noise = vanishing;
    const std::int64_t* bits = coefficient_bits_[i].data();
    for (const product& t : program_.variables[i].terms) {
        const std::int64_t coefficient = *bits++;
        noise = std::max(noise, coefficient + (t.right == nothing ? own_noise(t.left)
                                                                  : std::max(own_noise(t.left) + magnitudes_[t.right], own_noise(t.right) + magnitudes_[t.left])));
    }
    return noise;
}

/// Sums stand where their multiples by the factors of their rule are in line with the coefficients: the product of numbers at exponents a and b stands at a + b - 1.
bool fixed::arrange() {
    const auto exponent_of = [](const Real& x) {
        const log_size size = size_of(x.backend().data());
        return size == vanishing ? 0 : exponent_for(bits_of(size));
    };
    length_exponent_ = length_size_ == vanishing ? 0 : exponent_for(bits_of(length_size_));
    std::vector<int> wanted = exponents_;
    for (const int x : {limbs_, order_, length_exponent_}) wanted.push_back(x);
    for (std::size_t i = 0; i < program_.variables.size(); ++i) {
        const variable& v = program_.variables[i];
        if (v.how == rule::reciprocal || v.how == rule::power) wanted.push_back(exponent_of(Real(1 / start_[v.argument])));
    }
    if (wanted == arranged_for_) {
        exponents_ = arranged_exponents_;
        return true;
    }
    arranged_for_.clear();
    sum_exponents_ = exponents_;
    std::vector<int> extra(recipes_.size(), 0);
    auto own = wanted.begin() + static_cast<std::ptrdiff_t>(exponents_.size()) + 3;
    for (std::size_t i = 0; i < program_.variables.size(); ++i) {
        const variable& v = program_.variables[i];
        switch (v.how) {
            case rule::state: sum_exponents_[i] -= length_exponent_ - 1, extra[i] = 1; break;
            case rule::function: extra[i] = 1; break;
            case rule::reciprocal: sum_exponents_[i] -= *own++ - 1, extra[i] = 1; break;
            case rule::power: sum_exponents_[i] -= *own++ - 1, extra[i] = 2; break;
            default: break;
        }
    }
    // A sum far below its summands, as 0 is, is nothing but their noise: it stands where it has one column left of them.
    int passes = 0;
    for (bool raised = true; raised;) {
        if (++passes > most_passes) return false;
        raised = false;
        for (std::size_t i = 0; i < recipes_.size(); ++i) {
            int shift = 0;
            for (const convolution& c : recipes_[i].products)
                if (c.left != i && c.right != i) shift = std::max(shift, exponents_[c.left] + exponents_[c.right] - 1 - sum_exponents_[i]);
            for (const auto& [of, factor] : recipes_[i].summands)
                if (of != i) shift = std::max(shift, exponents_[of] - sum_exponents_[i]);
            if (shift <= limbs_) continue;
            raised = true;
            exponents_[i] += shift - limbs_, sum_exponents_[i] += shift - limbs_;
        }
    }
    batches_ = make_batches(recipes_, exponents_, sum_exponents_, extra, limbs_, program_.states, static_cast<int>(width_), order_ >= long_order, std::move(batches_.streams));
    batches_.reserve(order_, limbs_, static_cast<int>(width_));
    arranged_for_ = std::move(wanted);
    arranged_exponents_ = exponents_;
    return true;
}

fixed::first_run fixed::keep_run() const {
    first_run kept{limbs_, {}, {}, noise_bits_};
    for (std::size_t i = 0; i < program_.states; ++i) {
        kept.exponents.push_back(exponents_[i]);
        for (int k = 0; k <= order_; ++k)
            for (int p = 0; p < limbs_; ++p) kept.coefficients.push_back(state_rows(i, k)[p * static_cast<std::ptrdiff_t>(width_)]);
    }
    return kept;
}

/// Among many limbs a few for the loss are cheaper than measuring it, unless variables change very much along the step.
void fixed::grant() {
    const std::int64_t expected_strain = std::max<std::int64_t>(5, strain()), granted = 2 * limb_bits + loss_per_strain * (expected_strain - 5);
    if (granted <= bits_ / 8) loss_ = granted, measured_strain_ = expected_strain;
}

/// log2 of the largest ratio of the noise found in the first run to the noise that had entered.
std::int64_t fixed::measure_loss(const first_run& first) const {
    std::int64_t loss = 0;
    const double* limbs = first.coefficients.data();
    for (std::size_t i = 0; i < program_.states; ++i) {
        const int shift = exponents_[i] - first.exponents[i];  // limb p of now is limb p - shift of then
        for (int k = 0; k <= order_; ++k, limbs += first.limbs) {
            if (k == 0) continue;
            // Differences of limbs are exact; the first ones that do not cancel decide.
            double difference = 0;
            int p = std::min(0, shift), digits = 0;
            for (; p < limbs_ && digits < 3; ++p) {
                const double then = p - shift >= 0 && p - shift < first.limbs ? limbs[p - shift] : 0.0;
                const double now = p >= 0 ? state_rows(i, k)[p * static_cast<std::ptrdiff_t>(width_)] : 0.0;
                difference = difference * kernels::base + then - now;
                if (difference != 0) ++digits;
            }
            if (difference == 0) continue;
            const std::int64_t bits = std::ilogb(difference) + 1 + limb_bits * (std::int64_t{exponents_[i]} - p);
            loss = std::max(loss, bits - first.noise_bits[i]);
        }
    }
    return loss;
}

/// How much variables change along the step: the most bits by which a coefficient of one exceeds its start.
std::int64_t fixed::strain() const {
    std::int64_t most = 0;
    for (std::size_t i = program_.states; i < start_.size(); ++i)
        if (start_[i] != 0) most = std::max(most, magnitudes_[i] - bits_of(size_of(start_[i].backend().data())));
    return most;
}

/// Bits that are missing for the wanted ones at a loss. Small states that cannot be had (0 but for rounding) do not count.
std::int64_t fixed::shortage(std::int64_t loss) const {
    std::int64_t largest = vanishing;
    for (std::size_t i = 0; i < program_.states; ++i) largest = std::max(largest, magnitudes_[i]);
    std::int64_t most = -limb_bits * std::int64_t{most_limbs};
    for (std::size_t i = 0; i < program_.states; ++i) {
        const std::int64_t missing = noise_bits_[i] + loss - (magnitudes_[i] - bits_);
        if (missing <= most_loss() || magnitudes_[i] > largest - bits_ / 2) most = std::max(most, missing);
    }
    return most;
}

}  // namespace eonflow::series::fixed_point

namespace eonflow::series {

std::unique_ptr<engine> fixed_engine(const program& p, std::int64_t bits, std::int64_t value_bits, const kernels::set* with) {
    return std::make_unique<fixed_point::fixed>(p, bits, value_bits, with != nullptr ? *with : kernels::fastest());
}

}  // namespace eonflow::series
