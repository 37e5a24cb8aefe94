#include <eonflow/io/cursor.hpp>

#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>

namespace eonflow::io {

std::string abbreviate(std::string_view text, std::size_t longest) {
    if (text.size() <= longest) return std::string(text);
    // Never inside a UTF-8 sequence.
    while (longest > 0 && (static_cast<unsigned char>(text[longest]) & 0xC0) == 0x80) --longest;
    return std::string(text.substr(0, longest)) + "...";
}

std::string escape_pointer(std::string_view key) {
    std::string result;
    for (const char c : abbreviate(key)) {
        if (c == '~')
            result += "~0";
        else if (c == '/')
            result += "~1";
        else
            result += c;
    }
    return result;
}

std::string quoted_list(const std::vector<std::string>& names) {
    std::string result;
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i > 0) result += i + 1 == names.size() ? " and " : ", ";
        result += "\"" + names[i] + "\"";
    }
    return result;
}

namespace {

/// What stands there, short enough for a message.
std::string shown(const Json& value) {
    if (value.array() != nullptr && value.array()->size() > 3) return "an array of " + std::to_string(value.array()->size()) + " elements";
    if (value.object() != nullptr) return "an object";
    return abbreviate(to_line(value));
}

}  // namespace

void Budget::spend(const number::Rational& value) {
    constexpr std::int64_t most_bits = std::int64_t{1} << 28;
    bits_ += static_cast<std::int64_t>(mpz_sizeinbase(mpq_numref(value.backend().data()), 2) + mpz_sizeinbase(mpq_denref(value.backend().data()), 2));
    if (bits_ > most_bits) throw invalid_input("the numbers up to here take more than the accepted 2^28 bits");
}

Cursor Cursor::inner(const Json& value, std::string_view step) const { return {value, place_ + "/" + std::string(step), budget_}; }

void Cursor::refuse(const std::string& accepted) const { throw invalid_input(shown(*value_) + " was found, accepted is " + accepted, place_); }

void Cursor::only(const std::vector<std::string>& keys) const {
    const Json::Object* members = value_->object();
    if (members == nullptr) refuse("an object with the keys " + quoted_list(keys));
    for (const Json::Member& member : *members)
        if (std::find(keys.begin(), keys.end(), member.key) == keys.end())
            throw invalid_input("the key \"" + abbreviate(member.key) + "\" is unknown, accepted are " + quoted_list(keys), place_ + "/" + escape_pointer(member.key));
}

std::optional<Cursor> Cursor::find(std::string_view key) const {
    const Json* found = value_->find(key);
    if (found == nullptr) return std::nullopt;
    return inner(*found, escape_pointer(key));
}

Cursor Cursor::at(std::string_view key, const std::string& accepted) const {
    if (std::optional<Cursor> found = find(key)) return *found;
    throw invalid_input("the key \"" + std::string(key) + "\" is missing, accepted is " + accepted, place_);
}

std::vector<Cursor> Cursor::items(const std::string& accepted) const {
    const Json::Array* elements = value_->array();
    if (elements == nullptr) refuse(accepted);
    std::vector<Cursor> result;
    result.reserve(elements->size());
    for (std::size_t i = 0; i < elements->size(); ++i) result.push_back(inner((*elements)[i], std::to_string(i)));
    return result;
}

const std::string& Cursor::text(const std::string& accepted) const {
    if (value_->text() == nullptr) refuse(accepted);
    return *value_->text();
}

std::size_t Cursor::one_of(const std::vector<std::string>& names) const {
    const std::string accepted = (names.size() > 1 ? "one of " : "") + quoted_list(names);
    const auto found = std::find(names.begin(), names.end(), text(accepted));
    if (found == names.end()) refuse(accepted);
    return static_cast<std::size_t>(found - names.begin());
}

bool Cursor::boolean() const {
    if (value_->boolean() == nullptr) refuse("true or false");
    return *value_->boolean();
}

std::int64_t Cursor::integer(std::int64_t least, std::int64_t most) const {
    const std::string accepted = "an integer from " + std::to_string(least) + " to " + std::to_string(most);
    const std::string* written = value_->number() != nullptr ? &value_->number()->text : value_->text();
    // Only digits: nothing else within the bounds needs an exponent, and a large one costs memory.
    const std::size_t sign = written != nullptr && written->starts_with('-') ? 1 : 0;
    if (written == nullptr || written->size() == sign || written->size() > 18 || written->find_first_not_of("0123456789", sign) != std::string::npos) refuse(accepted);
    const std::int64_t result = std::stoll(*written);
    if (result < least || result > most) refuse(accepted);
    return result;
}

number::Rational Cursor::rational() const {
    const std::string* written = value_->number() != nullptr ? &value_->number()->text : value_->text();
    if (written == nullptr) refuse("a number, or a text such as \"1/3\", \"-0.25\" or \"1e-60\"");
    try {
        number::Rational result = number::parse_rational(*written);
        budget_->spend(result);
        return result;
    } catch (const invalid_input& problem) {
        throw problem.within(place_);
    }
}

std::vector<number::Rational> Cursor::rationals(const std::string& accepted) const {
    std::vector<number::Rational> result;
    for (const Cursor& item : items(accepted)) result.push_back(item.rational());
    return result;
}

}  // namespace eonflow::io
