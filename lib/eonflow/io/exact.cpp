#include <eonflow/io/exact.hpp>

#include <eonflow/number/text.hpp>

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
    // Memory is taken row by row: how many rows and columns there are is only known once all were read.
    std::vector<Rational> entries;
    std::size_t columns = 0;
    for (const Cursor& item : items) {
        const std::vector<Rational> row = item.rationals("an array of numbers");
        if (entries.empty()) columns = row.size();
        if (columns == 0) break;
        if (row.size() != columns) item.refuse("an array of " + std::to_string(columns) + " numbers, as many as the first has");
        entries.insert(entries.end(), row.begin(), row.end());
    }
    if (entries.empty()) at.refuse(accepted + ", at least one of at least one number");
    Matrix<Rational> matrix(items.size(), columns);
    matrix.entries() = std::move(entries);
    return matrix;
}

}  // namespace eonflow::io
