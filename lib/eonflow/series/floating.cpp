#include <eonflow/series/engine.hpp>

#include <eonflow/number/ball.hpp>

#include <utility>

namespace eonflow::series {

using number::Ball;
using number::Real;

namespace {

/// A contiguous run of Arb numbers used as plain floating-point numbers: radii are never written.
class numbers {
public:
    explicit numbers(slong length) : data_(_arb_vec_init(length)), length_(length) {}
    numbers(numbers&& other) noexcept : data_(std::exchange(other.data_, nullptr)), length_(other.length_) {}
    numbers(const numbers&) = delete;
    numbers& operator=(const numbers&) = delete;
    numbers& operator=(numbers&&) = delete;
    ~numbers() {
        if (data_ != nullptr) _arb_vec_clear(data_, length_);
    }
    [[nodiscard]] arb_ptr operator[](int k) const noexcept { return data_ + k; }

private:
    arb_ptr data_;
    slong length_;
};

class floating final : public engine {
public:
    floating(const program& p, std::int64_t bits) : program_(p), bits_(bits) {
        const number::precision_scope scope(bits);
        for (const variable& v : p.variables) {
            coefficients_.emplace_back();
            for (const product& t : v.terms) coefficients_.back().emplace_back(t.coefficient);
            values_.emplace_back(v.value);
        }
    }

    outcome expand(std::span<const Real> state, std::span<const Real> parameters, const Real& length, int order) override {
        const number::precision_scope scope(bits_);
        if (!start_values(program_, state, parameters, start_)) return outcome::undefined;
        reserve(order);
        order_ = order;
        std::vector<log_size> sizes;
        for (std::size_t i = 0; i < start_.size(); ++i) {
            sizes.push_back(size_of(start_[i].backend().data()));
            arf_set_mpfr(arb_midref(series_[i][0]), start_[i].backend().data());
        }
        noise_ = largest_summands(program_, sizes, size_of(length.backend().data()));
        for (log_size& n : noise_) n -= size_unit * (bits_ - 4);
        const Ball step(length);
        for (int k = 0; k < order; ++k) {
            if (k > 0)
                for (std::size_t i = program_.states + program_.parameters; i < series_.size(); ++i) advance(i, k);
            for (std::size_t i = 0; i < program_.states; ++i) {
                arb_ptr next = series_[i][k + 1];
                sum_terms(i, k, next);
                if (k == 0) arb_add(next, next, values_[i].raw(), bits_);
                arb_mul(next, next, step.raw(), bits_);
                arb_div_si(next, next, k + 1, bits_);
                finish(i, k + 1);
            }
        }
        for (std::size_t i = 0; i < program_.states; ++i)
            if (arf_is_finite(arb_midref(series_[i][order])) == 0) return outcome::out_of_range;
        sizes_.resize(program_.states);
        for (std::size_t i = 0; i < program_.states; ++i) {
            sizes_[i].clear();
            for (int k = 0; k <= order; ++k) sizes_[i].push_back(size(i, k));
        }
        return outcome::done;
    }

    Real coefficient(std::size_t i, int k) const override {
        const number::precision_scope scope(bits_);
        Real value;
        arf_get_mpfr(value.backend().data(), arb_midref(series_[i][k]), MPFR_RNDN);
        return value;
    }

    std::span<const log_size> sizes(std::size_t i) const override { return sizes_[i]; }

    log_size noise(std::size_t i) const override { return noise_[i]; }

    void values(const Real& s, number::Vector& result) const override {
        const number::precision_scope scope(bits_);
        const Ball at(s);
        make_room(result, program_.states);
        for (std::size_t i = 0; i < program_.states; ++i) {
            Ball total;
            for (int k = order_; k >= 0; --k) {
                arf_mul(arb_midref(total.raw()), arb_midref(total.raw()), arb_midref(at.raw()), bits_, ARF_RND_NEAR);
                arf_add(arb_midref(total.raw()), arb_midref(total.raw()), arb_midref(series_[i][k]), bits_, ARF_RND_NEAR);
            }
            arf_get_mpfr(result[i].backend().data(), arb_midref(total.raw()), MPFR_RNDN);
        }
    }

    [[nodiscard]] std::vector<log_size> largest() const {
        const number::precision_scope scope(bits_);
        std::vector<log_size> sizes;
        for (std::size_t i = 0; i < series_.size(); ++i) {
            sizes.push_back(vanishing);
            for (int k = 0; k < order_; ++k) sizes.back() = std::max(sizes.back(), size(i, k));
        }
        return sizes;
    }

private:
    [[nodiscard]] log_size size(std::size_t i, int k) const {
        const arf_struct* const x = arb_midref(series_[i][k]);
        if (arf_is_special(x) != 0 || fmpz_bits(ARF_EXPREF(x)) > 48) return vanishing;
        mp_srcptr words = nullptr;
        mp_size_t count = 0;
        ARF_GET_MPN_READONLY(words, count, x);
        return size_of(fmpz_get_si(ARF_EXPREF(x)), words[count - 1]);
    }

    void reserve(int order) {
        if (order <= capacity_) return;
        series_.clear();
        derivatives_.clear();
        has_derivative_ = needs_derivative(program_);
        for (std::size_t i = 0; i < program_.variables.size(); ++i) {
            series_.emplace_back(order + 1);
            derivatives_.emplace_back(has_derivative_[i] ? order + 1 : 0);
        }
        capacity_ = order;
    }

    /// result = sum over j of a_j b_{k-j}, j in [first, k], where a and b vanish above their degrees.
    void convolve(arb_ptr result, const numbers& a, const numbers& b, int first, int k, int a_degree = unbounded, int b_degree = unbounded) const {
        const int from = b_degree >= k ? first : std::max(first, k - b_degree);
        const int to = std::min(k, a_degree);
        arb_approx_dot(result, nullptr, 0, a[from], 1, b[k - from], -1, std::max(0, to - from + 1), bits_);
    }

    void sum_terms(std::size_t i, int k, arb_ptr result) {
        arb_zero(total_.raw());
        const variable& v = program_.variables[i];
        for (std::size_t t = 0; t < v.terms.size(); ++t) {
            const product& term = v.terms[t];
            arb_srcptr factor = series_[term.left][k];
            if (term.right != nothing) {
                convolve(part_.raw(), series_[term.left], series_[term.right], 0, k, program_.variables[term.left].degree,
                         program_.variables[term.right].degree);
                factor = part_.raw();
            } else if (program_.variables[term.left].degree < k) {
                continue;
            }
            arb_approx_dot(total_.raw(), total_.raw(), 0, factor, 1, coefficients_[i][t].raw(), 1, 1, bits_);
        }
        arb_swap(result, total_.raw());
    }

    /// Order k >= 1 of a variable that is no state.
    void advance(std::size_t i, int k) {
        const variable& v = program_.variables[i];
        arb_ptr u = series_[i][k];
        if (v.degree < k) {
            arb_zero(u);
        } else if (v.how == rule::sum) {
            sum_terms(i, k, u);
        } else if (v.how == rule::reciprocal) {
            convolve(u, series_[v.argument], series_[i], 1, k);
            arb_mul(u, u, series_[i][0], bits_);
            arb_neg(u, u);
        } else if (v.how == rule::power) {
            convolve(u, derivatives_[v.argument], series_[i], 1, k);
            arb_mul(u, u, values_[i].raw(), bits_);
            convolve(part_.raw(), series_[v.argument], derivatives_[i], 1, k);
            arb_sub(u, u, part_.raw(), bits_);
            arb_div(u, u, series_[v.argument][0], bits_);
            arb_div_si(u, u, k, bits_);
        } else {
            convolve(u, derivatives_[v.argument], series_[v.slope], 1, k);
            arb_mul(u, u, values_[i].raw(), bits_);
            arb_div_si(u, u, k, bits_);
        }
        finish(i, k);
    }

    /// Radii are no part of this arithmetic; and a recurrence may want k u_k.
    void finish(std::size_t i, int k) {
        mag_zero(arb_radref(series_[i][k]));
        if (!has_derivative_[i]) return;
        arb_mul_si(derivatives_[i][k], series_[i][k], k, bits_);
        mag_zero(arb_radref(derivatives_[i][k]));
    }

    const program& program_;
    std::int64_t bits_;
    std::vector<std::vector<Ball>> coefficients_;
    std::vector<Ball> values_;
    number::Vector start_;
    std::vector<numbers> series_;
    std::vector<numbers> derivatives_;
    std::vector<bool> has_derivative_;
    std::vector<log_size> noise_;
    std::vector<std::vector<log_size>> sizes_;
    int capacity_ = -1;
    int order_ = 0;
    Ball total_;
    Ball part_;
};

}  // namespace

std::optional<std::vector<log_size>> scout_sizes(const program& p, std::span<const Real> state, std::span<const Real> parameters, const Real& length,
                                                 int order) {
    floating scout(p, 64);
    if (scout.expand(state, parameters, length, order) != outcome::done) return std::nullopt;
    return scout.largest();
}

std::unique_ptr<engine> floating_engine(const program& p, std::int64_t bits) { return std::make_unique<floating>(p, bits); }

}  // namespace eonflow::series
