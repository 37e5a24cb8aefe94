#include <eonflow/convex/exact_product.hpp>
#include <eonflow/convex/kernels.hpp>
#include <eonflow/convex/lifting.hpp>
#include <eonflow/convex/linear.hpp>

#include <flint/flint.h>
#include <flint/fmpq.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace eonflow::convex {

using number::Integer;
using number::Matrix;

namespace {

/// sum_k digits[k][i] 2^(-shift_0 - ... - shift_k), grown step by step.
class lifting {
public:
    lifting(const Matrix<std::int64_t>& matrix, const std::vector<std::int64_t>& right)
        : size_(right.size()), stride_(padded(size_)), columns_(size_ * stride_), residual_(right), digit_(size_), next_(size_), halves_(2 * stride_),
          products_(2 * stride_), small_(size_), image_(stride_) {
        std::uint64_t all = 0;
        for (const std::int64_t entry : matrix.entries()) all |= static_cast<std::uint64_t>(entry < 0 ? -entry : entry);
        // The transpose by rows, a cache line of it at a time: its inverse by rows is the inverse by columns.
        for (std::size_t first = 0; first < size_; first += vector_lanes)
            for (std::size_t j = 0; j < size_; ++j)
                for (std::size_t i = first; i < std::min(first + vector_lanes, size_); ++i) columns_[j * stride_ + i] = static_cast<double>(matrix(i, j));
        inverse_ = columns_;
        // A digit's halves have up to 25 bits.
        if (std::bit_width(all) + std::bit_width(size_) + 25 > 53) {
            words_.resize(size_ * stride_);
            digit_words_.resize(size_);
            word_products_.resize(stride_);
            for (std::size_t i = 0; i < size_; ++i)
                for (std::size_t j = 0; j < size_; ++j) words_[j * stride_ + i] = static_cast<std::uint64_t>(matrix(i, j));
        }
    }

    /// Whether the matrix is safely invertible in double.
    bool prepare() {
        double largest = 0;
        for (const double x : inverse_) largest = std::max(largest, std::abs(x));
        for (const std::int64_t b : residual_) largest = std::max(largest, std::abs(static_cast<double>(b)));
        if (largest > 0x1p40) return false;
        std::vector<std::size_t> order(size_);
        std::vector<double> pivots(size_);
        invert(inverse_.data(), order.data(), pivots.data(), size_, stride_);
        double least = std::abs(pivots[0]), most = 0;
        for (const double x : pivots) {
            least = std::min(least, std::abs(x));
            most = std::max(most, std::abs(x));
            determinant_bits_ += std::log2(std::abs(x));
        }
        return least > most * 1e-13 && std::all_of(inverse_.begin(), inverse_.end(), [](double x) { return std::isfinite(x); });
    }

    /// log2 |determinant|, as far as double knows it.
    [[nodiscard]] double determinant_bits() const { return determinant_bits_; }
    [[nodiscard]] std::int64_t bits() const { return bits_; }

    /// Adds a digit to every coordinate; false if the conditioning leaves no progress.
    bool step() {
        approximate();
        // The first digit is not scaled; later ones are shifted as far as the residual stays small.
        int shift = digits_.empty() ? 0 : shift_;
        for (;;) {
            if (take(shift)) break;
            if (digits_.empty() || shift <= 12) return false;
            shift_ = shift -= 6;
        }
        digits_.push_back(digit_);
        shifts_.push_back(shift);
        bits_ += shift;
        residual_.swap(next_);
        return true;
    }

    /// x_i 2^bits() up to the last digit's rounding, built from all digits.
    [[nodiscard]] Integer value(std::size_t i) const {
        std::vector<std::int64_t> digits(digits_.size());
        for (std::size_t k = 0; k < digits.size(); ++k) digits[k] = digits_[digits.size() - 1 - k][i];
        return assemble(digits, std::vector<int>(shifts_.rbegin(), shifts_.rend()));
    }

private:
    /// digit_ = round(2^shift image_), next_ = 2^shift residual - matrix digit_ modulo 2^64; false if it has grown too far.
    bool take(int shift) {
        const double scale = std::ldexp(1.0, shift);
        for (std::size_t i = 0; i < size_; ++i) {
            const double scaled = image_[i] * scale;
            if (!(std::abs(scaled) < 0x1p50)) return false;
            // Rounds to the nearest integer.
            digit_[i] = static_cast<std::int64_t>((scaled + 0x1.8p52) - 0x1.8p52);
        }
        multiply_digit();
        for (std::size_t i = 0; i < size_; ++i) {
            const auto rest = static_cast<std::int64_t>((static_cast<std::uint64_t>(residual_[i]) << shift) - image(i));
            if (rest > residual_bound || rest < -residual_bound) return false;
            next_[i] = rest;
        }
        return true;
    }

    /// (matrix digit_)_i modulo 2^64 as image(i): two exact products in double where the entries are small, else products of words, where signs do not matter.
    void multiply_digit() {
        if (!words_.empty()) {
            std::copy(digit_.begin(), digit_.end(), digit_words_.begin());
            multiply_words(words_.data(), digit_words_.data(), word_products_.data(), size_, stride_);
            return;
        }
        for (std::size_t i = 0; i < size_; ++i) {
            const std::int64_t high = digit_[i] >> 25;
            halves_[i] = static_cast<double>(digit_[i] - (high << 25));
            halves_[stride_ + i] = static_cast<double>(high);
        }
        multiply_pair(columns_.data(), halves_.data(), products_.data(), size_, stride_);
    }
    [[nodiscard]] std::uint64_t image(std::size_t i) const {
        if (!words_.empty()) return word_products_[i];
        return (static_cast<std::uint64_t>(static_cast<std::int64_t>(products_[stride_ + i])) << 25) + static_cast<std::uint64_t>(static_cast<std::int64_t>(products_[i]));
    }

    void approximate() {
        for (std::size_t i = 0; i < size_; ++i) small_[i] = static_cast<double>(residual_[i]);
        multiply_reals(inverse_.data(), small_.data(), image_.data(), size_, stride_);
    }

    static constexpr std::int64_t residual_bound = std::int64_t{1} << 44;

    std::size_t size_, stride_;
    std::vector<double> columns_, inverse_;
    std::vector<std::uint64_t> words_;  // the columns once more, where products in double would not be exact
    double determinant_bits_ = 0;
    std::vector<std::int64_t> residual_, digit_, next_;
    std::vector<double> halves_, products_;
    std::vector<std::uint64_t> digit_words_, word_products_;
    std::vector<double> small_, image_;
    std::vector<std::vector<std::int64_t>> digits_;
    std::vector<int> shifts_;
    int shift_ = 42;
    std::int64_t bits_ = 0;
};

/// The fraction of least denominator within 2^slack of value, all over 2^bits; false if that denominator is too large to be more than chance.
bool reconstruct(const Integer& value, std::int64_t bits, std::int64_t slack, Integer& numerator, Integer& denominator) {
    fmpz_t low, high, scale, p, q;
    for (fmpz* x : {low, high, scale, p, q}) fmpz_init(x);
    fmpz_set_mpz(low, value.backend().data());
    fmpz_one(scale);
    fmpz_mul_2exp(p, scale, static_cast<ulong>(slack));
    fmpz_add(high, low, p);
    fmpz_sub(low, low, p);
    fmpz_mul_2exp(scale, scale, static_cast<ulong>(bits));
    _fmpq_simplest_between(p, q, low, scale, high, scale);
    const bool found = static_cast<std::int64_t>(fmpz_bits(q)) * 2 + slack + 16 < bits;
    fmpz_get_mpz(numerator.backend().data(), p);
    fmpz_get_mpz(denominator.backend().data(), q);
    for (fmpz* x : {low, high, scale, p, q}) fmpz_clear(x);
    return found;
}

std::optional<Exact_vector> reconstruct(const lifting& digits, std::size_t size, std::int64_t slack) {
    const std::int64_t bits = digits.bits();
    Exact_vector x;
    x.numerators.resize(size);
    Integer distance, p, q;
    for (std::size_t i = 0; i < size; ++i) {
        // Over the denominator found so far most coordinates are integers up to the error.
        const Integer scaled = digits.value(i) * x.denominator;
        const auto denominator_bits = static_cast<std::int64_t>(mpz_sizeinbase(x.denominator.backend().data(), 2));
        Integer& numerator = x.numerators[i];
        numerator = scaled + (Integer(1) << static_cast<unsigned>(bits - 1));
        mpz_fdiv_q_2exp(numerator.backend().data(), numerator.backend().data(), static_cast<mp_bitcnt_t>(bits));
        distance = scaled - (numerator << static_cast<unsigned>(bits));
        if (static_cast<std::int64_t>(mpz_sizeinbase(distance.backend().data(), 2)) <= slack + denominator_bits) continue;
        if (!reconstruct(scaled, bits, slack + denominator_bits, p, q)) return std::nullopt;
        numerator = p;
        if (q == 1) continue;
        x.denominator *= q;
        for (std::size_t k = 0; k < i; ++k) x.numerators[k] *= q;
    }
    return x;
}

bool solves(const Exact_vector& x, const Matrix<std::int64_t>& matrix, const std::vector<std::int64_t>& right) {
    const std::vector<Integer> image = multiply(matrix, x.numerators);
    for (std::size_t i = 0; i < right.size(); ++i)
        if (image[i] != x.denominator * right[i]) return false;
    return true;
}

}  // namespace

std::optional<Exact_vector> lift(const Matrix<std::int64_t>& matrix, const std::vector<std::int64_t>& right) {
    const std::size_t m = right.size();
    if (m == 0) return Exact_vector{};
    lifting digits(matrix, right);
    if (!digits.prepare()) return std::nullopt;
    // By Cramer's rule twice the determinant's bits suffice; often far fewer do.
    constexpr std::int64_t slack = 24;
    const auto enough = static_cast<std::int64_t>(2 * std::max(0.0, digits.determinant_bits())) + 2 * slack + 64;
    std::int64_t attempts = 1;
    while ((enough >> (2 * attempts)) > 64) ++attempts;
    for (std::int64_t k = attempts; k-- > 0;) {
        while (digits.bits() < (enough >> (2 * k)))
            if (!digits.step()) return std::nullopt;
        auto x = reconstruct(digits, m, slack);
        if (x && solves(*x, matrix, right)) return x;
    }
    return std::nullopt;
}

}  // namespace eonflow::convex
