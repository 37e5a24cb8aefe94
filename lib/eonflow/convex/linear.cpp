#include <eonflow/convex/lifting.hpp>
#include <eonflow/convex/linear.hpp>

#include <flint/flint.h>
#include <flint/fmpz_mat.h>

#include <algorithm>

namespace eonflow::convex {

using number::Integer;
using number::Matrix;

namespace {

/// A FLINT integer matrix.
struct fmpz_matrix {
    fmpz_matrix(std::size_t rows, std::size_t columns) { fmpz_mat_init(raw, static_cast<slong>(rows), static_cast<slong>(columns)); }
    ~fmpz_matrix() { fmpz_mat_clear(raw); }
    fmpz_matrix(const fmpz_matrix&) = delete;
    fmpz_matrix& operator=(const fmpz_matrix&) = delete;
    fmpz* at(std::size_t i, std::size_t j) { return fmpz_mat_entry(raw, static_cast<slong>(i), static_cast<slong>(j)); }
    fmpz_mat_t raw;
};

struct fmpz_number {
    fmpz_number() { fmpz_init(raw); }
    ~fmpz_number() { fmpz_clear(raw); }
    fmpz_number(const fmpz_number&) = delete;
    fmpz_number& operator=(const fmpz_number&) = delete;
    fmpz_t raw;
};

void set(fmpz* target, const Integer& value) { fmpz_set_mpz(target, value.backend().data()); }

void set(fmpz* target, std::int64_t value) { fmpz_set_si(target, value); }

void get(Integer& target, const fmpz* value) { fmpz_get_mpz(target.backend().data(), value); }

Matrix<Integer> widened(const Matrix<std::int64_t>& matrix) {
    Matrix<Integer> result(matrix.rows(), matrix.columns());
    std::copy(matrix.entries().begin(), matrix.entries().end(), result.entries().begin());
    return result;
}

template <class Entry>
std::vector<std::size_t> pivots(const Matrix<Entry>& matrix) {
    // The pivot columns of the reduced row echelon form of the transpose.
    fmpz_matrix transpose(matrix.columns(), matrix.rows());
    for (std::size_t i = 0; i < matrix.rows(); ++i)
        for (std::size_t j = 0; j < matrix.columns(); ++j) set(transpose.at(j, i), matrix(i, j));
    fmpz_number denominator;
    const auto rank = static_cast<std::size_t>(fmpz_mat_rref(transpose.raw, denominator.raw, transpose.raw));
    std::vector<std::size_t> result;
    for (std::size_t i = 0, row = 0; row < rank; ++row) {
        while (fmpz_is_zero(transpose.at(row, i)) != 0) ++i;
        result.push_back(i);
    }
    return result;
}

}  // namespace

std::optional<Exact_vector> solve_exactly(const Matrix<Integer>& matrix, const std::vector<Integer>& right) {
    const std::size_t m = right.size();
    fmpz_matrix a(m, m), b(m, 1), x(m, 1);
    for (std::size_t i = 0; i < m; ++i) {
        for (std::size_t j = 0; j < m; ++j) set(a.at(i, j), matrix(i, j));
        set(b.at(i, 0), right[i]);
    }
    fmpz_number denominator;
    if (fmpz_mat_solve(x.raw, denominator.raw, a.raw, b.raw) == 0) return std::nullopt;
    Exact_vector result;
    result.numerators.resize(m);
    const bool flip = fmpz_sgn(denominator.raw) < 0;
    get(result.denominator, denominator.raw);
    if (flip) result.denominator = -result.denominator;
    for (std::size_t i = 0; i < m; ++i) {
        get(result.numerators[i], x.at(i, 0));
        if (flip) result.numerators[i] = -result.numerators[i];
    }
    return result;
}

std::optional<Exact_vector> solve_exactly(const Matrix<std::int64_t>& matrix, const std::vector<std::int64_t>& right) {
    if (auto lifted = lift(matrix, right)) return lifted;
    return solve_exactly(widened(matrix), std::vector<Integer>(right.begin(), right.end()));
}

std::vector<std::size_t> independent_rows(const Matrix<Integer>& matrix) { return pivots(matrix); }

std::vector<std::size_t> independent_rows(const Matrix<std::int64_t>& matrix) { return pivots(matrix); }

}  // namespace eonflow::convex
