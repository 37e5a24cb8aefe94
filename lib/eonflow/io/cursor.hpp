#pragma once
/// Reading values out of a JSON document, with the place in every complaint.

#include <eonflow/io/json.hpp>
#include <eonflow/number/rational.hpp>

#include <memory>
#include <optional>

namespace eonflow::io {

/// `text` cut to `longest` bytes, with "..." where it was cut.
[[nodiscard]] std::string abbreviate(std::string_view text, std::size_t longest = 40);

/// `key` as a part of a JSON pointer.
[[nodiscard]] std::string escape_pointer(std::string_view key);

/// "a", "b" and "c" in one phrase.
[[nodiscard]] std::string quoted_list(const std::vector<std::string>& names);

/// Bounds the memory that exact numbers of one document take: "1e1000000" is short to write and long to hold.
class Budget {
public:
    /// Throws invalid_input once the numbers spent take more than 2^28 bits.
    void spend(const number::Rational& value);

private:
    std::int64_t bits_ = 0;
};

/// A value of a document and its JSON pointer. Every reading function throws invalid_input, naming the place, the value and what is accepted.
class Cursor {
public:
    /// The whole document.
    explicit Cursor(const Json& value) : Cursor(value, {}, std::make_shared<Budget>()) {}

    [[nodiscard]] const Json& value() const noexcept { return *value_; }
    [[nodiscard]] const std::string& place() const noexcept { return place_; }
    [[nodiscard]] Budget& budget() const noexcept { return *budget_; }

    /// Refuses the value: "<value> was found, accepted is <accepted>".
    [[noreturn]] void refuse(const std::string& accepted) const;

    /// Refuses anything but an object with no other keys than `keys`.
    void only(const std::vector<std::string>& keys) const;
    [[nodiscard]] std::optional<Cursor> find(std::string_view key) const;
    /// `accepted` says what belongs there if the key is missing.
    [[nodiscard]] Cursor at(std::string_view key, const std::string& accepted) const;
    /// The elements of an array.
    [[nodiscard]] std::vector<Cursor> items(const std::string& accepted) const;

    [[nodiscard]] const std::string& text(const std::string& accepted) const;
    /// The position of a text among `names`.
    [[nodiscard]] std::size_t one_of(const std::vector<std::string>& names) const;
    [[nodiscard]] bool boolean() const;
    [[nodiscard]] std::int64_t integer(std::int64_t least, std::int64_t most) const;
    /// An exact number: a JSON number, or a text that number::parse_rational takes.
    [[nodiscard]] number::Rational rational() const;
    [[nodiscard]] std::vector<number::Rational> rationals(const std::string& accepted) const;

private:
    Cursor(const Json& value, std::string place, std::shared_ptr<Budget> budget) : value_(&value), place_(std::move(place)), budget_(std::move(budget)) {}
    [[nodiscard]] Cursor inner(const Json& value, std::string_view step) const;

    const Json* value_;
    std::string place_;
    std::shared_ptr<Budget> budget_;
};

}  // namespace eonflow::io
