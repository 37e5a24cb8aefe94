#pragma once

#include <eonflow/number/matrix.hpp>
#include <eonflow/number/rational.hpp>

#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace eonflow::convex {

/// A rational matrix that is read only and shared by its copies: a program and the certificates about it hold one set of data. Other data: assign another matrix.
class Shared_matrix {
public:
    using Data = number::Matrix<number::Rational>;

    Shared_matrix() : data_(std::make_shared<const Data>()) {}
    Shared_matrix(Data data) : data_(std::make_shared<const Data>(std::move(data))) {}

    operator const Data&() const noexcept { return *data_; }
    [[nodiscard]] std::size_t rows() const noexcept { return data_->rows(); }
    [[nodiscard]] std::size_t columns() const noexcept { return data_->columns(); }
    [[nodiscard]] const number::Rational& operator()(std::size_t i, std::size_t j) const { return (*data_)(i, j); }
    [[nodiscard]] std::span<const number::Rational> row(std::size_t i) const { return data_->row(i); }
    [[nodiscard]] const std::vector<number::Rational>& entries() const noexcept { return data_->entries(); }
    [[nodiscard]] bool operator==(const Shared_matrix& other) const { return data_ == other.data_ || *data_ == *other.data_; }

private:
    std::shared_ptr<const Data> data_;
};

}  // namespace eonflow::convex
