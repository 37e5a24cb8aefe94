#pragma once
/// Data for the tests of this floor, and independent exact methods to compare with.

#include <eonflow/convex/program.hpp>
#include <eonflow/number/matrix.hpp>
#include <eonflow/number/text.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace eonflow::convex::testing {

inline number::Rational parse(const std::string& text) { return number::parse_rational(text); }

number::Matrix<number::Rational> rational_matrix(const std::vector<std::vector<std::string>>& rows);

/// Rows y_i x_i of a stored data file.
number::Matrix<number::Rational> labelled_file(const std::string& name);

/// Small integers, the same on every machine.
class generator {
public:
    explicit generator(std::uint64_t seed) : state_(seed) {}
    std::uint64_t next();
    std::size_t below(std::size_t bound) { return static_cast<std::size_t>(next() % bound); }
    int between(int low, int high) { return low + static_cast<int>(below(static_cast<std::size_t>(high - low + 1))); }
    /// Entries in [-size, size].
    number::Matrix<number::Rational> matrix(std::size_t rows, std::size_t columns, int size);

private:
    std::uint64_t state_;
};

/// The solution of a square system by Gauss-Jordan elimination over the rationals; nothing if singular.
std::optional<std::vector<number::Rational>> gauss(number::Matrix<number::Rational> a, std::vector<number::Rational> b);

/// The minimizer of a program with a Quadratic objective by trying all sets of independent rows as equations; nothing if no point meets the rows.
std::optional<std::vector<number::Rational>> quadratic_by_enumeration(const Program& program);

/// Basis pursuit over all bases. Without full row rank nothing else is filled in.
struct Enumeration {
    bool full_rank = false;
    number::Rational value;
    std::size_t optimal_vertices = 0;
};
Enumeration basis_pursuit_by_enumeration(const number::Matrix<number::Rational>& x, const std::vector<number::Rational>& y,
                                         const std::vector<number::Rational>& up, const std::vector<number::Rational>& down);

}  // namespace eonflow::convex::testing
