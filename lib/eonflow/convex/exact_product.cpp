#include <eonflow/convex/exact_product.hpp>
#include <eonflow/convex/linear.hpp>

#include <Eigen/Dense>

#include <algorithm>
#include <bit>

namespace eonflow::convex {

using number::Integer;
using number::Matrix;

__extension__ typedef __int128 wide;

namespace {

using Dense = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Dense dense(const Matrix<std::int64_t>& matrix) {
    Dense result(static_cast<Eigen::Index>(matrix.rows()), static_cast<Eigen::Index>(matrix.columns()));
    std::transform(matrix.entries().begin(), matrix.entries().end(), result.data(), [](std::int64_t x) { return static_cast<double>(x); });
    return result;
}

int largest_bits(const Matrix<std::int64_t>& matrix) {
    std::uint64_t all = 0;
    for (const std::int64_t x : matrix.entries()) all |= static_cast<std::uint64_t>(x < 0 ? -x : x);
    return static_cast<int>(std::bit_width(all));
}

/// `length` bits of |x| from bit `offset` on, length < 64.
double digit(const Integer& x, std::size_t offset, int length) {
    const mpz_srcptr raw = x.backend().data();
    const std::size_t words = mpz_size(raw), word = offset / 64;
    if (word >= words) return 0;
    const auto shift = static_cast<int>(offset % 64);
    mp_limb_t value = mpz_limbs_read(raw)[word] >> shift;
    if (shift + length > 64 && word + 1 < words) value |= mpz_limbs_read(raw)[word + 1] << (64 - shift);
    value &= (mp_limb_t{1} << length) - 1;
    return x.sign() < 0 ? -static_cast<double>(value) : static_cast<double>(value);
}

template <class Entry>
std::vector<Integer> plain_product(const Matrix<Entry>& matrix, const std::vector<Integer>& x) {
    std::vector<Integer> result(matrix.rows());
    for (std::size_t i = 0; i < matrix.rows(); ++i)
        for (std::size_t j = 0; j < x.size(); ++j)
            if (x[j].sign() != 0) add_product(result[i], matrix(i, j), x[j]);
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
    const int length = 52 - largest_bits(matrix) - static_cast<int>(std::bit_width(x.size()));
    if (length < 6) return plain_product(matrix, x);
    std::size_t longest = 1;
    for (const Integer& value : x) longest = std::max(longest, mpz_sizeinbase(value.backend().data(), 2));
    const std::size_t count = longest / static_cast<std::size_t>(length) + 1;
    Dense digits(static_cast<Eigen::Index>(x.size()), static_cast<Eigen::Index>(count));
    for (std::size_t j = 0; j < x.size(); ++j)
        for (std::size_t k = 0; k < count; ++k)
            digits(static_cast<Eigen::Index>(j), static_cast<Eigen::Index>(k)) = digit(x[j], k * static_cast<std::size_t>(length), length);
    const Dense product = dense(matrix) * digits;
    std::vector<Integer> result;
    result.reserve(matrix.rows());
    std::vector<std::int64_t> row(count);
    const std::vector<int> shifts(count, length);
    for (Eigen::Index i = 0; i < product.rows(); ++i) {
        for (std::size_t k = 0; k < count; ++k) row[k] = static_cast<std::int64_t>(product(i, static_cast<Eigen::Index>(k)));
        result.push_back(assemble(row, shifts));
    }
    return result;
}

std::vector<Integer> multiply(const Matrix<Integer>& matrix, const std::vector<Integer>& x) { return plain_product(matrix, x); }

Matrix<std::int64_t> gram(const Matrix<std::int64_t>& rows, const std::vector<std::int64_t>& gain) {
    const Dense z = dense(rows);
    Dense product = Dense::Zero(z.rows(), z.rows());
    if (std::all_of(gain.begin(), gain.end(), [](std::int64_t x) { return x == 1; })) {
        product.selfadjointView<Eigen::Lower>().rankUpdate(z);
        product = product.selfadjointView<Eigen::Lower>();
    } else {
        Dense weighted = z;
        for (std::size_t j = 0; j < gain.size(); ++j) weighted.col(static_cast<Eigen::Index>(j)) *= static_cast<double>(gain[j]);
        product = weighted * z.transpose();
    }
    Matrix<std::int64_t> result(rows.rows(), rows.rows());
    std::transform(product.data(), product.data() + product.size(), result.entries().begin(), [](double x) { return static_cast<std::int64_t>(x); });
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
