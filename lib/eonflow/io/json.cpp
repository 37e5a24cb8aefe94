#include <eonflow/io/json.hpp>

#include <eonflow/io/cursor.hpp>
#include <eonflow/number/error.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace eonflow::io {

namespace {

constexpr std::size_t deepest_nesting = 64;
constexpr std::size_t line_width = 100;

/// Builds a Json from the events of nlohmann's parser, which does not recurse.
class builder final : public nlohmann::json_sax<nlohmann::json> {
public:
    bool null() override { return put({}); }
    bool boolean(bool value) override { return put(value); }
    bool number_integer(std::int64_t value) override { return put(value); }
    bool number_unsigned(std::uint64_t value) override { return put(Json::Number{std::to_string(value)}); }
    bool number_float(double, const std::string& written) override { return put(Json::Number{written}); }
    bool string(std::string& value) override { return put(std::move(value)); }
    bool binary(nlohmann::json::binary_t&) override { return false; }
    bool start_object(std::size_t) override { return open(Json::Object{}); }
    bool end_object() override { return close(); }
    bool start_array(std::size_t) override { return open(Json::Array{}); }
    bool end_array() override { return close(); }
    bool key(std::string& name) override {
        level& here = open_.back();
        here.key = std::move(name);
        if (!here.seen.insert(here.key).second) throw invalid_input("the key \"" + abbreviate(here.key) + "\" is given twice, accepted is once", place());
        return true;
    }
    bool parse_error(std::size_t, const std::string& token, const nlohmann::json::exception& problem) override {
        constexpr int number_overflow = 406;
        if (problem.id == number_overflow)
            throw invalid_input("the number " + abbreviate(token) + " is too large, accepted are numbers below 1.7e308; where any size is, write it as text", place());
        std::string message = problem.what();
        if (const std::size_t end = message.find("] "); end != std::string::npos) message.erase(0, end + 2);
        throw invalid_input("not JSON: " + abbreviate(message, 240), place());
    }

    Json root;

private:
    struct level {
        Json value;
        std::string key;
        std::set<std::string> seen;
    };

    bool put(Json value) {
        if (open_.empty())
            root = std::move(value);
        else if (Json::Array* items = open_.back().value.array())
            items->push_back(std::move(value));
        else
            open_.back().value.add(std::exchange(open_.back().key, {}), std::move(value));
        return true;
    }
    bool open(Json value) {
        if (open_.size() == deepest_nesting)
            throw invalid_input("values are nested deeper than accepted, which is " + std::to_string(deepest_nesting) + " levels");
        open_.push_back({std::move(value), {}, {}});
        return true;
    }
    bool close() {
        Json finished = std::move(open_.back().value);
        open_.pop_back();
        return put(std::move(finished));
    }
    [[nodiscard]] std::string place() const {
        std::string result;
        for (const level& outer : open_) {
            if (const Json::Array* items = outer.value.array())
                result += "/" + std::to_string(items->size());
            else if (!outer.key.empty())
                result += "/" + escape_pointer(outer.key);
        }
        return result;
    }

    std::vector<level> open_;
};

void write_text(std::string& out, std::string_view text) {
    constexpr std::string_view hex = "0123456789abcdef";
    out += '"';
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (c == '\n')
            out += "\\n";
        else if (byte < 0x20)
            ((out += "\\u00") += hex[byte >> 4]) += hex[byte & 15];
        else
            out += c;
    }
    out += '"';
}

/// `indent` < 0: all in one line. Otherwise a container goes in one line where it fits into the width.
void write(std::string& out, const Json& value, int indent, bool sorted, std::string_view blank) {
    if (value.is_null()) out += "null";
    if (const bool* b = value.boolean()) out += *b ? "true" : "false";
    if (const Json::Number* n = value.number()) out += n->text;
    if (const std::string* s = value.text()) write_text(out, *s);
    const Json::Array* items = value.array();
    const Json::Object* members = value.object();
    if (items == nullptr && members == nullptr) return;

    if (indent >= 0) {
        std::string line;
        write(line, value, -1, sorted, " ");
        if (line.size() + static_cast<std::size_t>(indent) <= line_width) {
            out += line;
            return;
        }
    }
    const int inner = indent < 0 ? -1 : indent + 2;
    bool first = true;
    const auto next = [&] {
        if (!first) out += ',';
        if (inner >= 0)
            (out += '\n').append(static_cast<std::size_t>(inner), ' ');
        else if (!first)
            out += blank;
        first = false;
    };
    out += items != nullptr ? '[' : '{';
    if (items != nullptr) {
        for (const Json& item : *items) {
            next();
            write(out, item, inner, sorted, blank);
        }
    } else {
        std::vector<const Json::Member*> order;
        for (const Json::Member& member : *members) order.push_back(&member);
        if (sorted) std::sort(order.begin(), order.end(), [](const auto* a, const auto* b) { return a->key < b->key; });
        for (const Json::Member* member : order) {
            next();
            write_text(out, member->key);
            (out += ':') += blank;
            write(out, member->value, inner, sorted, blank);
        }
    }
    if (inner >= 0) (out += '\n').append(static_cast<std::size_t>(indent), ' ');
    out += items != nullptr ? ']' : '}';
}

}  // namespace

const Json* Json::find(std::string_view key) const noexcept {
    if (const Object* members = object())
        for (const Member& member : *members)
            if (member.key == key) return &member.value;
    return nullptr;
}

Json& Json::add(std::string key, Json value) {
    std::get<Object>(value_).push_back({std::move(key), std::move(value)});
    return *this;
}

Json parse_json(std::string_view text) {
    builder result;
    nlohmann::json::sax_parse(text.begin(), text.end(), &result);
    return std::move(result.root);
}

std::string to_text(const Json& value) {
    std::string out;
    write(out, value, 0, false, " ");
    return out + "\n";
}

std::string to_line(const Json& value) {
    std::string out;
    write(out, value, -1, false, "");
    return out;
}

std::string to_canonical_line(const Json& value) {
    std::string out;
    write(out, value, -1, true, "");
    return out;
}

}  // namespace eonflow::io
