#pragma once
/// Exact numbers as JSON texts, and back.

#include <eonflow/io/cursor.hpp>
#include <eonflow/number/matrix.hpp>

#include <span>

namespace eonflow::io {

/// "p" or "p/q" in lowest terms; arrays of them; a matrix as an array of rows.
[[nodiscard]] Json exact(const number::Rational& value);
[[nodiscard]] Json::Array exact(std::span<const number::Rational> values);
[[nodiscard]] Json::Array exact(const number::Matrix<number::Rational>& matrix);

/// An array of rows of equal length; at least one row with at least one entry. `accepted` says what the array is to hold.
[[nodiscard]] number::Matrix<number::Rational> read_matrix(const Cursor& at, const std::string& accepted);

}  // namespace eonflow::io
