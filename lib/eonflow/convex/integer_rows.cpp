#include <eonflow/convex/integer_rows.hpp>

#include <bit>

namespace eonflow::convex {

using number::Integer;
using number::Matrix;
using number::Rational;

namespace {

// Inspects limbs: data are scanned entry by entry, and calls would dominate.
bool is_one(mpz_srcptr x) { return mpz_size(x) == 1 && mpz_limbs_read(x)[0] == 1; }

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
    Integer product;
    auto narrow = [&](const Rational& x, const Integer& scale, int most, std::int64_t& target) {
        // Data that are integers already, the common case, skip the multiplication.
        mpz_srcptr value = mpq_numref(x.backend().data());
        if (!is_one(scale.backend().data())) {
            scaled(product, x, scale);
            value = product.backend().data();
        }
        if (mpz_size(value) > 1) return false;
        const mp_limb_t size = mpz_size(value) == 0 ? 0 : mpz_limbs_read(value)[0];
        if (static_cast<int>(std::bit_width(size)) > most) return false;
        target = mpz_sgn(value) < 0 ? -static_cast<std::int64_t>(size) : static_cast<std::int64_t>(size);
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
