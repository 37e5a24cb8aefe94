#include <verify/data/score.hpp>
#include <verify/data/stored.hpp>

#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <functional>

namespace eonflow::verify::data {

using io::Cursor;
using io::Json;
using number::Rational;

namespace {

/// Named columns over named rows, as texts; "" where there is nothing.
struct Grid {
    std::vector<std::string> names, rows;
    std::vector<std::vector<std::string>> entries;  // by row
};

std::string text_of(const Json& value) {
    if (const auto* text = value.text()) return *text;
    if (const auto* number = value.number()) return number->text;
    return "";
}

std::vector<std::string> fields_of(std::string_view line) {
    std::vector<std::string> fields(1);
    bool quoted = false;
    for (const char c : line) {
        if (c == '"')
            quoted = !quoted;
        else if (c == ',' && !quoted)
            fields.emplace_back();
        else if (c != '\r' && (c != ' ' || quoted))
            fields.back() += c;
    }
    return fields;
}

Grid grid_of_csv(std::string_view text) {
    Grid grid;
    std::size_t time = 0;
    bool has_time = false;
    for (std::size_t start = 0, number = 1; start < text.size(); ++number) {
        const std::size_t end = std::min(text.find('\n', start), text.size());
        const std::string_view line = text.substr(start, end - start);
        start = end + 1;
        if (line.empty() || line[0] == '#') continue;
        std::vector<std::string> fields = fields_of(line);
        if (grid.names.empty()) {
            grid.names = std::move(fields);
            const auto found = std::find(grid.names.begin(), grid.names.end(), "time");
            has_time = found != grid.names.end();
            time = static_cast<std::size_t>(found - grid.names.begin());
            continue;
        }
        if (fields.size() != grid.names.size())
            throw invalid_input("line " + std::to_string(number) + " has " + std::to_string(fields.size()) + " fields, accepted are " + std::to_string(grid.names.size()) + " as in the line of names");
        grid.rows.push_back(has_time ? fields[time] : std::to_string(grid.rows.size() + 1));
        grid.entries.push_back(std::move(fields));
    }
    return grid;
}

/// A trajectory (parameters by name) or a limit (one column "minimizer", the coordinates as rows); `names` stand in where the file has none.
Grid grid_of_json(const Json& document, const std::vector<std::string>& names) {
    Grid grid;
    if (const Json* minimizer = document.find("minimizer"); minimizer != nullptr && minimizer->array() != nullptr) {
        grid.names = {"minimizer"};
        for (const Json& entry : *minimizer->array()) {
            grid.rows.push_back(std::to_string(grid.rows.size() + 1));
            grid.entries.push_back({text_of(entry)});
        }
        return grid;
    }
    const Cursor at(document);
    if (const Json* given = document.find("parameter_names"); given != nullptr && given->array() != nullptr)
        for (const Json& name : *given->array()) grid.names.push_back(text_of(name));
    else
        grid.names = names;
    for (const Cursor& sample : at.at("samples", "an array of samples, or \"minimizer\"").items("an array of samples")) {
        grid.rows.push_back(text_of(sample.at("time", "a time").value()));
        std::vector<std::string> entries;
        for (const Cursor& entry : sample.at("parameters", "an array of numbers").items("an array of numbers")) entries.push_back(text_of(entry.value()));
        if (entries.size() != grid.names.size()) sample.refuse(std::to_string(grid.names.size()) + " parameters");
        grid.entries.push_back(std::move(entries));
    }
    return grid;
}

std::optional<Rational> number_of(const std::string& text) {
    try {
        return number::parse_rational(text);
    } catch (const invalid_input&) {
        char* end = nullptr;
        const double x = std::strtod(text.c_str(), &end);
        if (*end == '\0' && (text.empty() || !std::isfinite(x))) return std::nullopt;  // nan, inf, nothing
        throw;
    }
}

/// log10 of x > 0 whatever its size.
double log10_of(const Rational& x) {
    long high = 0, low = 0;
    const double numerator = mpz_get_d_2exp(&high, mpq_numref(x.backend().data())), denominator = mpz_get_d_2exp(&low, mpq_denref(x.backend().data()));
    return std::log10(numerator / denominator) + static_cast<double>(high - low) * std::log10(2.0);
}

/// Digits that the unit of a printed number leaves; exact numbers count as one of a million digits.
std::int64_t digits_of(const Printed& number) {
    constexpr std::int64_t exact = 1'000'000;
    if (number.unit == 0 || number.value == 0) return exact;
    return std::max<std::int64_t>(0, std::llround(std::ceil(log10_of(abs(number.value)) - log10_of(number.unit))));
}

double right_digits(const Printed& reference, const std::optional<Rational>& candidate) {
    if (!candidate) return 0;
    const auto available = static_cast<double>(digits_of(reference));
    const Rational error = abs(*candidate - reference.value);
    if (error == 0) return available;
    const double digits = -log10_of(error) + (reference.value == 0 ? 0 : log10_of(abs(reference.value)));
    return std::clamp(digits, 0.0, available);
}

double as_double(const std::string& text) {
    const auto fraction = text.find('/') == std::string::npos ? std::nullopt : number_of(text);
    return fraction ? fraction->convert_to<double>() : std::strtod(text.c_str(), nullptr);
}

}  // namespace

std::vector<Score> score(std::string_view reference_text, std::string_view candidate_text) {
    const Json reference_document = io::parse_json(reference_text);
    const Grid reference = grid_of_json(reference_document, {});
    const std::size_t first = candidate_text.find_first_not_of(" \t\r\n");
    const bool json = first != std::string_view::npos && candidate_text[first] == '{';
    const Grid candidate = json ? grid_of_json(io::parse_json(candidate_text), reference.names) : grid_of_csv(candidate_text);

    std::vector<Score> scores;
    for (std::size_t column = 0; column < reference.names.size(); ++column) {
        const auto found = std::find(candidate.names.begin(), candidate.names.end(), reference.names[column]);
        if (found == candidate.names.end()) continue;
        const auto other = static_cast<std::size_t>(found - candidate.names.begin());
        Score score;
        score.quantity = reference.names[column];
        for (std::size_t row = 0; row < reference.rows.size(); ++row) {
            const auto known = read_printed(reference.entries[row][column].empty() ? "inf" : reference.entries[row][column]);
            if (!known) continue;
            const double time = as_double(reference.rows[row]);
            const auto match = std::find_if(candidate.rows.begin(), candidate.rows.end(), [&](const std::string& at) { return as_double(at) == time; });
            if (match == candidate.rows.end()) continue;
            const double digits = right_digits(*known, number_of(candidate.entries[static_cast<std::size_t>(match - candidate.rows.begin())][other]));
            if (score.compared++ == 0 || digits < score.least) {
                score.least = digits;
                score.worst = reference.rows[row];
                score.available = digits_of(*known);
            }
            score.last = digits;
        }
        if (score.compared > 0) scores.push_back(std::move(score));
    }
    if (scores.empty()) throw invalid_input("nothing to compare was found, accepted are columns \"time\" and parameter names (or \"minimizer\") at times of the reference");
    return scores;
}

std::string digits_text(double digits) {
    std::array<char, 32> buffer{};
    return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), digits, std::chars_format::fixed, 1).ptr};
}

Json to_json(const std::vector<Score>& scores, const std::string& reference, const std::string& candidate) {
    return Json::Object{{"format", "eonflow/score/1"},
                        {"reference", reference},
                        {"candidate", candidate},
                        {"quantities", io::json_array(scores, [](const Score& s) -> Json {
                             return Json::Object{{"quantity", s.quantity},
                                                 {"compared", s.compared},
                                                 {"available_digits", s.available},
                                                 {"least_digits", digits_text(s.least)},
                                                 {"worst_at", s.worst},
                                                 {"last_digits", digits_text(s.last)}};
                         })}};
}

}  // namespace eonflow::verify::data
