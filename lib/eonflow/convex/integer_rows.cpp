#include <eonflow/convex/integer_rows.hpp>

#include <bit>

namespace eonflow::convex {

using number::Integer;
using number::Matrix;
using number::Rational;

namespace {

// Inlined calls only: data are scanned entry by entry.
bool is_one(mpz_srcptr x) { return mpz_size(x) == 1 && mpz_get_ui(x) == 1 && mpz_sgn(x) > 0; }

bool is_integer(const Rational& x) { return is_one(mpq_denref(x.backend().data())); }

/// Least scale > 0 that makes a row and its right-hand side integers.
void row_scale(Integer& scale, std::span<const Rational> row, const Rational& right) {
    scale = 1;
    auto absorb = [&](const Rational& x) {
        if (!is_integer(x)) mpz_lcm(scale.backend().data(), scale.backend().data(), mpq_denref(x.backend().data()));
    };
    for (const Rational& x : row) absorb(x);
    absorb(right);
}

void scaled(Integer& target, const Rational& x, const Integer& scale) {
    mpz_divexact(target.backend().data(), scale.backend().data(), mpq_denref(x.backend().data()));
    mpz_mul(target.backend().data(), target.backend().data(), mpq_numref(x.backend().data()));
}

}  // namespace

Integer_rows<Integer> integer_rows(const Matrix<Rational>& matrix, const std::vector<Rational>& right) {
    const std::size_t n = matrix.rows(), d = matrix.columns();
    Integer_rows<Integer> rows{Matrix<Integer>(n, d), std::vector<Integer>(n), std::vector<Integer>(n)};
    for (std::size_t i = 0; i < n; ++i) {
        row_scale(rows.scale[i], matrix.row(i), right[i]);
        for (std::size_t j = 0; j < d; ++j) scaled(rows.matrix(i, j), matrix(i, j), rows.scale[i]);
        scaled(rows.right[i], right[i], rows.scale[i]);
    }
    return rows;
}

std::optional<Integer_rows<std::int64_t>> machine_rows(const Matrix<Rational>& matrix, const std::vector<Rational>& right, int bits,
                                                      int right_bits) {
    const std::size_t n = matrix.rows(), d = matrix.columns();
    Integer_rows<std::int64_t> rows{Matrix<std::int64_t>(n, d), std::vector<std::int64_t>(n), std::vector<Integer>(n)};
    auto narrow = [](mpz_srcptr value, int most, std::int64_t& target) {
        if (mpz_size(value) > 1) return false;
        const unsigned long size = mpz_get_ui(value);
        if (static_cast<int>(std::bit_width(size)) > most) return false;
        target = mpz_sgn(value) < 0 ? -static_cast<std::int64_t>(size) : static_cast<std::int64_t>(size);
        return true;
    };
    Integer product;
    for (std::size_t i = 0; i < n; ++i) {
        // Data that are integers already, the common case, take one pass without products.
        const auto row = matrix.row(i);
        bool small = true;
        for (std::size_t j = 0; j < d && small; ++j) small = is_integer(row[j]) && narrow(mpq_numref(row[j].backend().data()), bits, rows.matrix(i, j));
        if (small && is_integer(right[i])) {
            rows.scale[i] = 1;
            if (!narrow(mpq_numref(right[i].backend().data()), right_bits, rows.right[i])) return std::nullopt;
            continue;
        }
        row_scale(rows.scale[i], row, right[i]);
        for (std::size_t j = 0; j < d; ++j) {
            scaled(product, row[j], rows.scale[i]);
            if (!narrow(product.backend().data(), bits, rows.matrix(i, j))) return std::nullopt;
        }
        scaled(product, right[i], rows.scale[i]);
        if (!narrow(product.backend().data(), right_bits, rows.right[i])) return std::nullopt;
    }
    return rows;
}

}  // namespace eonflow::convex
