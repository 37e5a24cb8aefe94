#include <eonflow/io/exact.hpp>

#include <eonflow/number/text.hpp>

#include <algorithm>

namespace eonflow::io {

using number::Matrix;
using number::Rational;

Json exact(const Rational& value) { return number::to_text(value); }

Json::Array exact(std::span<const Rational> values) {
    return json_array(values, [](const Rational& value) { return exact(value); });
}

Json::Array exact(const Matrix<Rational>& matrix) {
    Json::Array rows;
    for (std::size_t i = 0; i < matrix.rows(); ++i) rows.emplace_back(exact(matrix.row(i)));
    return rows;
}

Matrix<Rational> read_matrix(const Cursor& at, const std::string& accepted) {
    const std::vector<Cursor> items = at.items(accepted);
    Matrix<Rational> matrix;
    for (std::size_t i = 0; i < items.size(); ++i) {
        const std::vector<Rational> row = items[i].rationals("an array of numbers");
        if (i == 0) matrix = Matrix<Rational>(items.size(), row.size());
        if (row.size() != matrix.columns()) items[i].refuse("an array of " + std::to_string(matrix.columns()) + " numbers, as many as the first has");
        std::copy(row.begin(), row.end(), matrix.row(i).begin());
    }
    if (matrix.entries().empty()) at.refuse(accepted + ", at least one of at least one number");
    return matrix;
}

}  // namespace eonflow::io
