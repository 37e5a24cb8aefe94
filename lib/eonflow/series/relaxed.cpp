// The engine for very long series: fixed-point integers of any size, products by relaxed multiplication (van der Hoeven 2002): coefficients are multiplied
// in blocks that double, each as soon as its factors are known, with FLINT's fast multiplication.
#include <eonflow/series/engine.hpp>

#include <eonflow/number/error.hpp>

#include <flint/fmpz.h>
#include <flint/fmpz_poly.h>
#include <flint/fmpz_vec.h>

#include <algorithm>
#include <array>
#include <utility>

namespace eonflow::series {

using number::Real;
using number::Vector;

namespace {

constexpr int block = 32;           ///< orders multiplied one by one at both ends of a convolution
constexpr int guard = 64;           ///< bits, and one in 16 of the wanted ones, for what rounding becomes inside an expansion
constexpr int scout_order = 20;

/// An array of FLINT integers.
class integers {
public:
    explicit integers(slong length = 0) : data_(length > 0 ? _fmpz_vec_init(length) : nullptr), length_(length) {}
    integers(integers&& other) noexcept : data_(std::exchange(other.data_, nullptr)), length_(std::exchange(other.length_, 0)) {}
    integers& operator=(integers&& other) noexcept {
        std::swap(data_, other.data_);
        std::swap(length_, other.length_);
        return *this;
    }
    integers(const integers&) = delete;
    integers& operator=(const integers&) = delete;
    ~integers() {
        if (data_ != nullptr) _fmpz_vec_clear(data_, length_);
    }
    [[nodiscard]] fmpz* at(slong k) const noexcept { return data_ + k; }
    [[nodiscard]] slong size() const noexcept { return length_; }

private:
    fmpz* data_;
    slong length_;
};

void shift(fmpz* x, std::int64_t bits) {
    if (bits >= 0)
        fmpz_mul_2exp(x, x, static_cast<ulong>(bits));
    else
        fmpz_fdiv_q_2exp(x, x, static_cast<ulong>(-bits));
}

struct term {
    Rational coefficient;
    slot left = nothing;
    slot right = nothing;
};

class relaxed final : public engine {
public:
    relaxed(const program& p, std::int64_t bits, std::int64_t value_bits)
        : program_(p), bits_(bits + guard + bits / 16), wanted_bits_(bits), value_bits_(value_bits), derived_(p.variables.size(), nothing), scratch_(2) {
        const auto needed = needs_derivative(p);
        std::size_t count = p.variables.size();
        for (std::size_t i = 0; i < needed.size(); ++i)
            if (needed[i]) derived_[i] = static_cast<slot>(count++);
        series_.resize(count);
        for (std::size_t i = 0; i < p.variables.size(); ++i) {
            const variable& v = p.variables[i];
            const auto self = static_cast<slot>(i);
            std::vector<term> terms;
            if (v.how == rule::reciprocal) terms = {{-1, v.argument, self}};
            if (v.how == rule::power) terms = {{v.value, derived_[v.argument], self}, {-1, v.argument, derived_[i]}};
            if (v.how == rule::function) terms = {{v.value, derived_[v.argument], v.slope}};
            for (const product& t : v.terms) terms.push_back({t.coefficient, t.left, t.right});
            terms_.push_back(std::move(terms));
        }
    }

    outcome expand(std::span<const Real> state, std::span<const Real> parameters, const Real& length, int order) override {
        const number::precision_scope scope(std::max(value_bits_, bits_ + guard));
        auto start = start_values(program_, state, parameters);
        if (!start) return outcome::undefined;
        start_ = std::move(*start);
        order_ = order;
        const auto sizes = scout_sizes(program_, state, parameters, length, std::min(order, scout_order));
        if (!sizes) return outcome::out_of_range;
        place(*sizes, size_of(length.backend().data()));
        run(length);
        sizes_.assign(program_.states, {});
        noise_.clear();
        for (std::size_t i = 0; i < program_.states; ++i) {
            for (int k = 0; k <= order_; ++k) sizes_[i].push_back(size_at(i, k));
            noise_.push_back(size_unit * (exponents_[i] - wanted_bits_ - guard / 2));
        }
        return outcome::done;
    }

    Real coefficient(std::size_t i, int k) const override {
        const number::precision_scope scope(value_bits_);
        return k == 0 ? Real(start_[i] + 0) : to_real(series_[i].at(k), exponents_[i]);
    }
    std::span<const log_size> sizes(std::size_t i) const override { return sizes_[i]; }
    log_size noise(std::size_t i) const override { return noise_[i]; }

    Real value(std::size_t i, const Real& s) const override {
        const number::precision_scope scope(std::max(value_bits_, bits_));
        integers point(2);
        fmpz *const factor = point.at(0), *const sum = point.at(1);
        to_integer(factor, s, 0);
        for (int k = order_; k > 0; --k) {
            fmpz_add(sum, sum, series_[i].at(k));
            fmpz_mul(sum, sum, factor);
            shift(sum, -bits_);
        }
        return start_[i] + to_real(sum, exponents_[i]);
    }

private:
    [[nodiscard]] Real to_real(const fmpz* x, std::int64_t exponent) const {
        number::Integer whole;
        fmpz_get_mpz(whole.backend().data(), x);
        Real value;
        mpfr_set_z_2exp(value.backend().data(), whole.backend().data(), static_cast<mpfr_exp_t>(exponent - bits_), MPFR_RNDN);
        return value;
    }

    void to_integer(fmpz* target, const Real& x, std::int64_t exponent) const {
        Real scaled = x;
        mpfr_mul_2si(scaled.backend().data(), scaled.backend().data(), static_cast<long>(bits_ - exponent), MPFR_RNDN);
        number::Integer whole;
        mpfr_get_z(whole.backend().data(), scaled.backend().data(), MPFR_RNDN);
        fmpz_set_mpz(target, whole.backend().data());
    }

    [[nodiscard]] log_size size_at(std::size_t i, int k) const {
        if (fmpz_is_zero(series_[i].at(k)) != 0) return vanishing;
        slong exponent = 0;
        const double mantissa = std::abs(fmpz_get_d_2exp(&exponent, series_[i].at(k)));
        return size_unit * (exponent - 1 + exponents_[i] - bits_) + static_cast<log_size>(static_cast<double>(size_unit) * (2 * mantissa - 1));
    }

    /// One exponent per variable, from its magnitude; sums of terms get that of the largest term. Integers have no bound, so nothing can overflow.
    void place(std::span<const log_size> sizes, log_size length) {
        const auto bits = [](log_size size) { return std::max<std::int64_t>(size, -(std::int64_t{1} << 40)) / size_unit + 1; };
        exponents_.clear();
        for (const log_size size : sizes) exponents_.push_back(bits(size));
        exponents_.resize(series_.size());
        for (std::size_t i = 0; i < derived_.size(); ++i)
            if (derived_[i] != nothing) exponents_[derived_[i]] = exponents_[i];
        const auto of_terms = [&](std::size_t i) {
            std::int64_t most = -(std::int64_t{1} << 40);
            for (const term& t : terms_[i]) most = std::max(most, bits(size_of(t.coefficient)) + exponents_[t.left] + (t.right == nothing ? 0 : exponents_[t.right]));
            return program_.variables[i].how == rule::state && program_.variables[i].value != 0 ? std::max(most, bits(size_of(program_.variables[i].value))) : most;
        };
        frames_.clear();
        for (std::size_t i = 0; i < terms_.size(); ++i) frames_.push_back(of_terms(i));
        // What cancels is noise below its terms.
        for (std::size_t i = 0; i < program_.states; ++i) exponents_[i] = std::max(exponents_[i], frames_[i] + bits(length) - bits_ / 2);
    }

    [[nodiscard]] int degree(slot i) const { return i < program_.variables.size() ? program_.variables[i].degree : unbounded; }

    void run(const Real& length) {
        for (integers& c : series_) c = integers(order_ + 2);
        sums_.clear();
        for (std::size_t i = 0; i < terms_.size(); ++i) sums_.emplace_back(terms_[i].empty() ? 0 : 2 * (order_ + 2 * block));
        integers constants(2);
        step_ = integers(1);
        std::int64_t length_bits = size_of(length.backend().data()) / size_unit + 1;
        to_integer(step_.at(0), length, length_bits);
        step_exponent_ = length_bits;
        inverses_.clear();
        inverse_exponents_.assign(terms_.size(), 0);
        for (std::size_t i = 0; i < terms_.size(); ++i) {
            inverses_.emplace_back(1);
            const variable& v = program_.variables[i];
            if (v.how != rule::reciprocal && v.how != rule::power) continue;
            const Real inverse = 1 / start_[v.argument];
            inverse_exponents_[i] = size_of(inverse.backend().data()) / size_unit + 1;
            to_integer(inverses_[i].at(0), inverse, inverse_exponents_[i]);
        }
        for (std::size_t i = 0; i < terms_.size(); ++i) {
            to_integer(series_[i].at(0), start_[i], exponents_[i]);
        }
        for (int k = 0; k < order_; ++k) {
            if (k > 0 && k % block == 0) multiply_blocks(k / block - 1);
            if (k > 0)
                for (std::size_t i = program_.states + program_.parameters; i < terms_.size(); ++i)
                    if (program_.variables[i].degree >= k) evaluate(i, k, k);
            for (std::size_t i = 0; i < program_.states; ++i) evaluate(i, k, k + 1);
            for (std::size_t i = 0; i < program_.states; ++i) derive(i, k + 1);
        }
    }

    void derive(std::size_t i, int k) {
        if (derived_[i] != nothing) fmpz_mul_si(series_[derived_[i]].at(k), series_[i].at(k), k);
    }

    /// Order k of the sum of variable i, times what its rule wants, to its coefficient `target`.
    void evaluate(std::size_t i, int k, int target) {
        const variable& v = program_.variables[i];
        fmpz* const result = series_[i].at(target);
        fmpz_swap(result, sums_[i].at(k));
        fmpz* const part = scratch_.at(0);
        for (const term& t : terms_[i]) {
            if (t.right == nothing) {
                if (degree(t.left) < k) continue;
                fmpz_set(part, series_[t.left].at(k));
                add_term(result, part, t, exponents_[t.left] - frames_[i]);
                continue;
            }
            const integers &a = series_[t.left], &b = series_[t.right];
            fmpz_zero(part);
            const int known = k / block * block;
            const int low = std::max(0, k - degree(t.right)), high = std::min(k, degree(t.left));
            for (int j = low; j <= high; ++j) {
                if (known > 0 && j < known && k - j < known) {
                    j = std::max(j, std::min(high, known - 1));  // done with the blocks
                    continue;
                }
                fmpz_addmul(part, a.at(j), b.at(k - j));
            }
            add_term(result, part, t, exponents_[t.left] + exponents_[t.right] - frames_[i] - bits_);
        }
        std::int64_t exponent = frames_[i];
        if (v.how == rule::state) {
            if (k == 0 && v.value != 0) {
                to_integer(part, number::to_real(v.value), exponent);
                fmpz_add(result, result, part);
            }
            fmpz_mul(result, result, step_.at(0));
            fmpz_fdiv_q_ui(result, result, static_cast<ulong>(k + 1));
            exponent += step_exponent_ - bits_;
        } else if (v.how == rule::reciprocal || v.how == rule::power) {
            fmpz_mul(result, result, inverses_[i].at(0));
            if (v.how == rule::power) fmpz_fdiv_q_ui(result, result, static_cast<ulong>(k));
            exponent += inverse_exponents_[i] - bits_;
        } else if (v.how == rule::function) {
            fmpz_fdiv_q_ui(result, result, static_cast<ulong>(k));
        }
        shift(result, exponent - exponents_[i]);
        if (v.how != rule::state) derive(i, k);
    }

    /// sum += coefficient * part * 2^bits
    void add_term(fmpz* sum, fmpz* part, const term& t, std::int64_t bits) {
        if (t.coefficient != 1) {
            fmpz_set_mpz(scratch_.at(1), mpq_numref(t.coefficient.backend().data()));
            fmpz_mul(part, part, scratch_.at(1));
        }
        shift(part, bits);
        if (denominator(t.coefficient) != 1) {
            fmpz_set_mpz(scratch_.at(1), mpq_denref(t.coefficient.backend().data()));
            fmpz_fdiv_q(part, part, scratch_.at(1));
        }
        fmpz_add(sum, sum, part);
    }

    // ---- blocks ----

    /// Block t is known: all products it completes, for orders from that of block t + 1 on. With f = f_0 + x f', g = g_0 + x g' in blocks, f_0 g and g_0 f are
    /// taken block by block, f' g' in the doubling blocks of the relaxed product.
    void multiply_blocks(int t) {
        for (std::size_t i = 0; i < terms_.size(); ++i)
            for (const term& m : terms_[i]) {
                if (m.right == nothing || degree(m.left) < block || degree(m.right) < block) {
                    if (m.right != nothing) multiply_short(i, m, t);
                    continue;
                }
                add_product(i, m, 0, t, 1, t + 1);
                if (t == 0) continue;
                add_product(i, m, t, 0, 1, t + 1);
                for (int p = 1; (t + 1) % p == 0; p *= 2) {
                    add_product(i, m, p, t - p + 1, p, t + 1);
                    if (t + 1 == 2 * p) break;
                    add_product(i, m, t - p + 1, p, p, t + 1);
                }
            }
    }

    /// A factor of low degree: only its products with the newest coefficients are missing.
    void multiply_short(std::size_t i, const term& m, int t) {
        const int from = (t + 1) * block;
        for (int k = from; k < std::min(from + block, order_); ++k)
            for (int j = std::max(0, k - degree(m.right)); j <= std::min(k, degree(m.left)); ++j) {
                if (j >= from || k - j >= from) continue;
                fmpz_mul(scratch_.at(0), series_[m.left].at(j), series_[m.right].at(k - j));
                add_term(sums_[i].at(k), scratch_.at(0), m, exponents_[m.left] + exponents_[m.right] - frames_[i] - bits_);
            }
    }

    /// Adds the product of the blocks [a, a + count) and [b, b + count) of the factors, as far as it concerns orders of block `from` on.
    void add_product(std::size_t i, const term& m, int a, int b, int count, int from) {
        const slong length = static_cast<slong>(count) * block;
        const slong a_length = std::min<slong>(length, order_ + 1 - static_cast<slong>(a) * block), b_length = std::min<slong>(length, order_ + 1 - static_cast<slong>(b) * block);
        if (a_length <= 0 || b_length <= 0) return;
        const fmpz *left = series_[m.left].at(static_cast<slong>(a) * block), *right = series_[m.right].at(static_cast<slong>(b) * block);
        const std::int64_t left_bits = std::abs(_fmpz_vec_max_bits(left, a_length)), right_bits = std::abs(_fmpz_vec_max_bits(right, b_length));
        if (left_bits == 0 || right_bits == 0) return;
        // Bits of one factor that meet no bit of the other within the precision are dropped.
        const std::int64_t extra = guard / 2;
        const std::int64_t left_drop = std::max<std::int64_t>(0, bits_ - right_bits - extra), right_drop = std::max<std::int64_t>(0, bits_ - left_bits - extra);
        if (left_drop >= left_bits || right_drop >= right_bits) return;
        integers x(a_length), y(b_length), product(a_length + b_length - 1);
        _fmpz_vec_scalar_fdiv_q_2exp(x.at(0), left, a_length, static_cast<ulong>(left_drop));
        _fmpz_vec_scalar_fdiv_q_2exp(y.at(0), right, b_length, static_cast<ulong>(right_drop));
        if (a_length >= b_length)
            _fmpz_poly_mul(product.at(0), x.at(0), a_length, y.at(0), b_length);
        else
            _fmpz_poly_mul(product.at(0), y.at(0), b_length, x.at(0), a_length);
        const slong first = static_cast<slong>(a + b) * block;
        const std::int64_t bits = exponents_[m.left] + exponents_[m.right] - frames_[i] - bits_ + left_drop + right_drop;
        for (slong n = std::max<slong>(0, static_cast<slong>(from) * block - first); n < product.size() && first + n < order_; ++n)
            add_term(sums_[i].at(first + n), product.at(n), m, bits);
    }

    const program& program_;
    std::int64_t bits_;  ///< of the integers: a coefficient is its integer times 2^(exponent - bits)
    std::int64_t wanted_bits_;
    std::int64_t value_bits_;
    std::vector<slot> derived_;
    std::vector<std::vector<term>> terms_;
    std::vector<std::int64_t> exponents_, frames_;
    std::vector<integers> series_;
    std::vector<integers> sums_;  ///< per variable and order: what blocks have contributed, in the variable's frame
    integers step_;
    std::int64_t step_exponent_ = 0;
    std::vector<integers> inverses_;
    std::vector<std::int64_t> inverse_exponents_;
    integers scratch_;
    Vector start_;
    std::vector<std::vector<log_size>> sizes_;
    std::vector<log_size> noise_;
    int order_ = 0;
};

}  // namespace

std::unique_ptr<engine> relaxed_engine(const program& p, std::int64_t bits, std::int64_t value_bits) {
    return std::make_unique<relaxed>(p, bits, value_bits);
}

}  // namespace eonflow::series
