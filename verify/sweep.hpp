#pragma once
/// Runs of a theorem over a range of one parameter of its problems.

#include <eonflow/io/json.hpp>
#include <verify/theorem.hpp>

#include <eonflow/number/real.hpp>

namespace eonflow::verify {

/// "name=a:b:log" or "name=a:b:log:n": n values (15, unless said) from a to b, spaced evenly in log, each rounded to 6 digits and exact from there on, n = 2 to 1000. Where
/// they are more than a decade apart, the first and the last two decades join them: orders at the ends are read there.
struct SweepRange {
    std::string parameter;
    std::vector<number::Rational> values;  ///< ascending
};
/// Throws invalid_input for any other text, and for a, b that are not positive and different.
[[nodiscard]] SweepRange parse_sweep(const std::string& text);

struct SweepResult {
    std::string theorem, instance;
    const Sweep* sweep = nullptr;
    std::vector<Sweep::Row> rows;  ///< by ascending value
    std::vector<ClaimResult> claims;

    /// d log(number)/d log(parameter) between row k - 1 and row k, as text; empty for the first row and for counts.
    [[nodiscard]] std::string order(std::size_t k, std::size_t column) const;
};

/// Makes `at_once` rows at the same time; the result does not depend on it.
[[nodiscard]] SweepResult run_sweep(const Theorem& theorem, const Sweep& sweep, const flow::Problem& problem, const SweepRange& range, const CheckOptions& options, std::int64_t at_once = 1);

/// A local order in the parameter between two rows, and how much it changed from the pair of rows before.
struct Order {
    number::Real value, change;
};
/// Of `column` at the small (or large) end of the rows; needs at least 3 rows. To be called inside a precision_scope.
[[nodiscard]] Order order_at_end(const std::vector<Sweep::Row>& rows, std::size_t column, bool small_end);

/// The number rounded to `digits` significant digits, as text.
[[nodiscard]] std::string rounded(const number::Rational& x, std::int64_t digits);

/// Format eonflow/sweep/1.
[[nodiscard]] io::Json to_json(const SweepResult& result, std::int64_t digits);

}  // namespace eonflow::verify
