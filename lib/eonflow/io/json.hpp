#pragma once
/// JSON documents whose numbers keep their text, so that none passes through a double.

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace eonflow::io {

/// One JSON value. Objects keep the order of their members.
class Json {
public:
    struct Member;
    using Array = std::vector<Json>;
    using Object = std::vector<Member>;
    /// A number as it was written.
    struct Number {
        std::string text;
        bool operator==(const Number&) const = default;
    };

    Json() = default;
    Json(bool value);
    Json(int value);
    Json(std::int64_t value);
    Json(std::size_t value);
    Json(Number value);
    Json(std::string value);
    Json(std::string_view value);
    Json(const char* value);
    Json(Array value);
    Json(Object value);

    [[nodiscard]] bool is_null() const noexcept { return std::holds_alternative<std::monostate>(value_); }
    [[nodiscard]] const bool* boolean() const noexcept { return std::get_if<bool>(&value_); }
    [[nodiscard]] const Number* number() const noexcept { return std::get_if<Number>(&value_); }
    [[nodiscard]] const std::string* text() const noexcept { return std::get_if<std::string>(&value_); }
    [[nodiscard]] const Array* array() const noexcept { return std::get_if<Array>(&value_); }
    [[nodiscard]] const Object* object() const noexcept { return std::get_if<Object>(&value_); }
    [[nodiscard]] Array* array() noexcept { return std::get_if<Array>(&value_); }
    [[nodiscard]] Object* object() noexcept { return std::get_if<Object>(&value_); }

    /// The value of the member `key`, nullptr if there is none or this is no object.
    [[nodiscard]] const Json* find(std::string_view key) const noexcept;
    /// Appends a member to an object.
    Json& add(std::string key, Json value);

    bool operator==(const Json&) const;

private:
    std::variant<std::monostate, bool, Number, std::string, Array, Object> value_;
};

struct Json::Member {
    std::string key;
    Json value;
    bool operator==(const Member&) const = default;
};

// Here, because the variant can only be made where Member is complete.
inline Json::Json(bool value) : value_(value) {}
inline Json::Json(int value) : value_(Number{std::to_string(value)}) {}
inline Json::Json(std::int64_t value) : value_(Number{std::to_string(value)}) {}
inline Json::Json(std::size_t value) : value_(Number{std::to_string(value)}) {}
inline Json::Json(Number value) : value_(std::move(value)) {}
inline Json::Json(std::string value) : value_(std::move(value)) {}
inline Json::Json(std::string_view value) : value_(std::string(value)) {}
inline Json::Json(const char* value) : value_(std::string(value)) {}
inline Json::Json(Array value) : value_(std::move(value)) {}
inline Json::Json(Object value) : value_(std::move(value)) {}
inline bool Json::operator==(const Json& other) const { return value_ == other.value_; }

/// An array with the Json of each element of `values`.
template <class Range, class Convert>
[[nodiscard]] Json::Array json_array(const Range& values, Convert convert) {
    Json::Array result;
    for (const auto& value : values) result.emplace_back(convert(value));
    return result;
}

/// The document `text`. Throws invalid_input, with the JSON pointer of the innermost value and line and column, for anything that is not one JSON value of at
/// most 64 levels, for keys given twice, and for numbers past the range of a double that are not written as text.
[[nodiscard]] Json parse_json(std::string_view text);

/// `value` in lines of about 100 columns, members in their order, with a final newline.
[[nodiscard]] std::string to_text(const Json& value);

/// `value` in one line without blanks.
[[nodiscard]] std::string to_line(const Json& value);

/// The same with the members of each object sorted by key: equal for documents that differ in layout and order only.
[[nodiscard]] std::string to_canonical_line(const Json& value);

}  // namespace eonflow::io
