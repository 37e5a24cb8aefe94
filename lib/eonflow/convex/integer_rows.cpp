#include <eonflow/convex/integer_rows.hpp>

namespace eonflow::convex {

using number::Integer;
using number::Matrix;
using number::Rational;

namespace {

bool is_integer(const Rational& x) { return mpz_cmp_ui(mpq_denref(x.backend().data()), 1) == 0; }

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
    Integer product;
    auto narrow = [&](const Rational& x, const Integer& scale, int most, std::int64_t& target) {
        // Data that are integers already, the common case, skip the multiplication.
        mpz_srcptr value = mpq_numref(x.backend().data());
        if (!(is_integer(x) && scale == 1)) {
            scaled(product, x, scale);
            value = product.backend().data();
        }
        if (static_cast<int>(mpz_sizeinbase(value, 2)) > most) return false;
        target = mpz_get_si(value);
        return true;
    };
    for (std::size_t i = 0; i < n; ++i) {
        row_scale(rows.scale[i], matrix.row(i), right[i]);
        for (std::size_t j = 0; j < d; ++j)
            if (!narrow(matrix(i, j), rows.scale[i], bits, rows.matrix(i, j))) return std::nullopt;
        if (!narrow(right[i], rows.scale[i], right_bits, rows.right[i])) return std::nullopt;
    }
    return rows;
}

}  // namespace eonflow::convex
