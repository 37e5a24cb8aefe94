#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace eonflow::number {

/// A dense matrix stored by rows; the container in which exact data, weights and results travel.
template <class T>
class Matrix {
public:
    Matrix() = default;
    Matrix(std::size_t rows, std::size_t columns) : rows_(rows), columns_(columns), entries_(rows * columns) {}

    [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
    [[nodiscard]] std::size_t columns() const noexcept { return columns_; }
    [[nodiscard]] T& operator()(std::size_t i, std::size_t j) { return entries_[i * columns_ + j]; }
    [[nodiscard]] const T& operator()(std::size_t i, std::size_t j) const { return entries_[i * columns_ + j]; }
    [[nodiscard]] std::span<T> row(std::size_t i) { return {entries_.data() + i * columns_, columns_}; }
    [[nodiscard]] std::span<const T> row(std::size_t i) const { return {entries_.data() + i * columns_, columns_}; }
    [[nodiscard]] const std::vector<T>& entries() const noexcept { return entries_; }
    [[nodiscard]] std::vector<T>& entries() noexcept { return entries_; }
    [[nodiscard]] bool operator==(const Matrix&) const = default;

private:
    std::size_t rows_ = 0;
    std::size_t columns_ = 0;
    std::vector<T> entries_;
};

template <class T>
[[nodiscard]] Matrix<T> transposed(const Matrix<T>& a) {
    Matrix<T> t(a.columns(), a.rows());
    for (std::size_t i = 0; i < a.rows(); ++i)
        for (std::size_t j = 0; j < a.columns(); ++j) t(j, i) = a(i, j);
    return t;
}

}  // namespace eonflow::number
