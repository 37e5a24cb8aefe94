#include <eonflow/number/linear.hpp>

#include <flint/flint.h>
#include <flint/fmpq.h>
#include <flint/fmpq_mat.h>
#include <flint/fmpz_mat.h>

namespace eonflow::number {

namespace {

class integer_matrix {
public:
    integer_matrix(std::size_t rows, std::size_t columns) { fmpz_mat_init(raw_, static_cast<slong>(rows), static_cast<slong>(columns)); }
    ~integer_matrix() { fmpz_mat_clear(raw_); }
    integer_matrix(const integer_matrix&) = delete;
    integer_matrix& operator=(const integer_matrix&) = delete;
    [[nodiscard]] fmpz_mat_struct* raw() noexcept { return raw_; }
    [[nodiscard]] fmpz* entry(std::size_t i, std::size_t j) noexcept { return fmpz_mat_entry(raw_, static_cast<slong>(i), static_cast<slong>(j)); }

private:
    fmpz_mat_t raw_;
};

/// Rows multiplied by their common denominators: the same row space.
void set_primitive(integer_matrix& target, const Matrix<Rational>& matrix) {
    for (std::size_t i = 0; i < matrix.rows(); ++i) {
        Integer common = 1;
        for (const Rational& entry : matrix.row(i)) common = lcm(common, Integer(denominator(entry)));
        for (std::size_t j = 0; j < matrix.columns(); ++j) {
            const Integer cleared = numerator(matrix(i, j)) * (common / denominator(matrix(i, j)));
            fmpz_set_mpz(target.entry(i, j), cleared.backend().data());
        }
    }
}

}  // namespace

std::size_t rank(const Matrix<Rational>& matrix) {
    integer_matrix integers(matrix.rows(), matrix.columns());
    set_primitive(integers, matrix);
    return static_cast<std::size_t>(fmpz_mat_rank(integers.raw()));
}

Matrix<Rational> kernel(const Matrix<Rational>& matrix) {
    integer_matrix integers(matrix.rows(), matrix.columns());
    set_primitive(integers, matrix);
    integer_matrix basis(matrix.columns(), matrix.columns());
    const auto nullity = static_cast<std::size_t>(fmpz_mat_nullspace(basis.raw(), integers.raw()));
    Matrix<Rational> result(nullity, matrix.columns());
    for (std::size_t k = 0; k < nullity; ++k) {
        Integer content = 0;
        std::vector<Integer> entries(matrix.columns());
        for (std::size_t j = 0; j < matrix.columns(); ++j) {
            fmpz_get_mpz(entries[j].backend().data(), basis.entry(j, k));
            content = gcd(content, entries[j]);
        }
        for (std::size_t j = 0; j < matrix.columns(); ++j) result(k, j) = Rational(entries[j] / content);
    }
    return result;
}

}  // namespace eonflow::number
