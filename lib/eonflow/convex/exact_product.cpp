#include <eonflow/convex/exact_product.hpp>
#include <eonflow/convex/kernels.hpp>
#include <eonflow/convex/linear.hpp>

#include <algorithm>
#include <bit>
#include <memory>

namespace eonflow::convex {

using number::Integer;
using number::Matrix;

__extension__ typedef __int128 wide;

namespace {

int largest_bits(const Matrix<std::int64_t>& matrix) {
    std::uint64_t all = 0;
    for (const std::int64_t x : matrix.entries()) all |= static_cast<std::uint64_t>(x < 0 ? -x : x);
    return static_cast<int>(std::bit_width(all));
}

/// The first `count` pieces of `length` < 64 bits of |x|, lowest first, with the sign of x.
void cut(const Integer& x, int length, double* digits, std::size_t count) {
    const mpz_srcptr raw = x.backend().data();
    const std::size_t words = mpz_size(raw);
    const mp_limb_t* const limbs = mpz_limbs_read(raw);
    const mp_limb_t mask = (mp_limb_t{1} << length) - 1;
    const double sign = x.sign() < 0 ? -1 : 1;
    std::size_t word = 0;
    int shift = 0;
    for (std::size_t k = 0; k < count && word < words; ++k) {
        mp_limb_t value = limbs[word] >> shift;
        if (shift + length > 64 && word + 1 < words) value |= limbs[word + 1] << (64 - shift);
        digits[k] = sign * static_cast<double>(static_cast<std::int64_t>(value & mask));
        shift += length;
        if (shift >= 64) {
            shift -= 64;
            ++word;
        }
    }
}

/// Doubles that are written before they are read.
std::unique_ptr<double[]> buffer(std::size_t size) { return std::make_unique_for_overwrite<double[]>(size); }

/// The product of a factor with entries of at most `bits` bits with the numbers x.
struct long_product {
    long_product(std::size_t rows_, int bits, std::span<const Integer* const> x_) : rows(rows_), x(x_), length(52 - bits - static_cast<int>(std::bit_width(x_.size()))) {}

    /// Whether x may be cut into digits of a useful length.
    [[nodiscard]] bool worthwhile() const { return length >= 6; }

    /// factor(i, k) stands at factor[i * row_step + k * inner_step].
    [[nodiscard]] std::vector<Integer> operator()(const double* factor, std::size_t row_step, std::size_t inner_step) const {
        std::size_t longest = 1;
        for (const Integer* value : x) longest = std::max(longest, mpz_sizeinbase(value->backend().data(), 2));
        const std::size_t count = longest / static_cast<std::size_t>(length) + 1, stride = padded(count);
        std::vector<double> digits(x.size() * stride);
        for (std::size_t j = 0; j < x.size(); ++j) cut(*x[j], length, digits.data() + j * stride, count);
        const auto product = buffer(rows * stride);
        multiply_exact(factor, row_step, inner_step, digits.data(), product.get(), rows, x.size(), stride, stride);
        std::vector<Integer> result;
        result.reserve(rows);
        std::vector<std::int64_t> row(count);
        const std::vector<int> shifts(count, length);
        for (std::size_t i = 0; i < rows; ++i) {
            for (std::size_t k = 0; k < count; ++k) row[k] = static_cast<std::int64_t>(product[i * stride + k]);
            result.push_back(assemble(row, shifts));
        }
        return result;
    }

    std::size_t rows;
    std::span<const Integer* const> x;
    int length;
};

template <class Entry>
std::vector<Integer> plain_product(const Matrix<Entry>& matrix, const std::vector<Integer>& x) {
    std::vector<Integer> result(matrix.rows());
    for (std::size_t i = 0; i < matrix.rows(); ++i)
        for (std::size_t j = 0; j < x.size(); ++j)
            if (x[j].sign() != 0) add_product(result[i], matrix(i, j), x[j]);
    return result;
}

template <class Entry>
std::vector<Integer> plain_transposed_product(const Matrix<Entry>& matrix, const std::vector<Integer>& x) {
    std::vector<Integer> result(matrix.columns());
    for (std::size_t i = 0; i < matrix.rows(); ++i)
        if (x[i].sign() != 0)
            for (std::size_t j = 0; j < matrix.columns(); ++j) add_product(result[j], matrix(i, j), x[i]);
    return result;
}

}  // namespace

Integer assemble(std::span<const std::int64_t> digits, std::span<const int> shifts) {
    // `carry` holds what has not been written yet, its lowest bit at weight 2^(64 words.size()).
    std::vector<mp_limb_t> words;
    words.reserve(digits.size() + 3);
    wide carry = 0;
    int offset = 0;
    for (std::size_t k = 0; k < digits.size(); ++k) {
        carry += static_cast<wide>(digits[k]) << offset;
        if (k < shifts.size()) offset += shifts[k];
        while (offset >= 64) {
            words.push_back(static_cast<mp_limb_t>(carry));
            carry >>= 64;
            offset -= 64;
        }
    }
    words.push_back(static_cast<mp_limb_t>(carry));
    carry >>= 64;
    words.push_back(static_cast<mp_limb_t>(carry));
    // Two's complement to sign and magnitude.
    const bool negative = carry < 0;
    if (negative) mpn_neg(words.data(), words.data(), static_cast<mp_size_t>(words.size()));
    Integer result;
    mpz_import(result.backend().data(), words.size(), -1, sizeof(mp_limb_t), 0, 0, words.data());
    if (negative) mpz_neg(result.backend().data(), result.backend().data());
    return result;
}

std::vector<Integer> multiply(const Matrix<std::int64_t>& matrix, const std::vector<Integer>& x) {
    std::vector<const Integer*> numbers(x.size());
    std::transform(x.begin(), x.end(), numbers.begin(), [](const Integer& value) { return &value; });
    const long_product product(matrix.rows(), largest_bits(matrix), numbers);
    if (!product.worthwhile()) return plain_product(matrix, x);
    const auto factor = buffer(matrix.entries().size());
    std::transform(matrix.entries().begin(), matrix.entries().end(), factor.get(), [](std::int64_t entry) { return static_cast<double>(entry); });
    return product(factor.get(), matrix.columns(), 1);
}

std::vector<Integer> multiply_transposed(const Matrix<std::int64_t>& matrix, const std::vector<Integer>& x) {
    std::vector<const Integer*> numbers;
    std::vector<std::size_t> rows;
    for (std::size_t i = 0; i < x.size(); ++i)
        if (x[i].sign() != 0) {
            numbers.push_back(&x[i]);
            rows.push_back(i);
        }
    const long_product product(matrix.columns(), largest_bits(matrix), numbers);
    if (!product.worthwhile()) return plain_transposed_product(matrix, x);
    const auto factor = buffer(rows.size() * matrix.columns());
    for (std::size_t k = 0; k < rows.size(); ++k)
        std::transform(matrix.row(rows[k]).begin(), matrix.row(rows[k]).end(), factor.get() + k * matrix.columns(), [](std::int64_t entry) { return static_cast<double>(entry); });
    return product(factor.get(), 1, matrix.columns());
}

std::vector<Integer> multiply(const Matrix<Integer>& matrix, const std::vector<Integer>& x) { return plain_product(matrix, x); }

std::vector<Integer> multiply_transposed(const Matrix<Integer>& matrix, const std::vector<Integer>& x) { return plain_transposed_product(matrix, x); }

Matrix<std::int64_t> gram(const Matrix<std::int64_t>& rows, const std::vector<std::int64_t>& gain) {
    const std::size_t n = rows.rows(), d = rows.columns(), stride = padded(n);
    const auto transpose = buffer(d * stride), product = buffer(n * stride);
    // A cache line of the target at a time.
    for (std::size_t first = 0; first < stride; first += vector_lanes)
        for (std::size_t j = 0; j < d; ++j)
            for (std::size_t i = first; i < first + vector_lanes; ++i) transpose[j * stride + i] = i < n ? static_cast<double>(rows(i, j)) : 0;
    std::unique_ptr<double[]> scaled;
    if (std::any_of(gain.begin(), gain.end(), [](std::int64_t x) { return x != 1; })) {
        scaled = buffer(d * stride);
        for (std::size_t j = 0; j < d; ++j)
            for (std::size_t i = 0; i < stride; ++i) scaled[j * stride + i] = transpose[j * stride + i] * static_cast<double>(gain[j]);
    }
    const double* const weighted = scaled ? scaled.get() : transpose.get();
    // Panels of rows up to the diagonal, then the other half by symmetry.
    constexpr std::size_t height = 24;
    for (std::size_t first = 0; first < n; first += height) {
        const std::size_t last = std::min(n, first + height);
        multiply_exact(weighted + first, 1, stride, transpose.get(), product.get() + first * stride, last - first, d, padded(last), stride);
    }
    Matrix<std::int64_t> result(n, n);
    for (std::size_t a = 0; a < n; ++a)
        for (std::size_t b = 0; b <= a; ++b) result(a, b) = static_cast<std::int64_t>(product[a * stride + b]);
    for (std::size_t first = 0; first < n; first += vector_lanes)
        for (std::size_t b = 0; b < n; ++b)
            for (std::size_t a = std::max(first, b + 1); a < std::min(first + vector_lanes, n); ++a) result(b, a) = result(a, b);
    return result;
}

Matrix<Integer> gram(const Matrix<Integer>& rows, const std::vector<Integer>& gain) {
    Matrix<Integer> result(rows.rows(), rows.rows());
    for (std::size_t a = 0; a < rows.rows(); ++a)
        for (std::size_t b = 0; b <= a; ++b) {
            for (std::size_t j = 0; j < gain.size(); ++j) add_product(result(a, b), Integer(rows(a, j) * gain[j]), rows(b, j));
            result(b, a) = result(a, b);
        }
    return result;
}

}  // namespace eonflow::convex
