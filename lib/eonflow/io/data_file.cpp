#include <eonflow/io/data_file.hpp>

#include <eonflow/io/exact.hpp>
#include <eonflow/io/file.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>

namespace eonflow::io {

using number::Rational;

namespace {

std::string_view trim(std::string_view text) {
    constexpr std::string_view blank = " \t\r";
    const std::size_t first = text.find_first_not_of(blank);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

bool is_number(std::string_view field) {
    try {
        (void)number::parse_rational(field);
        return true;
    } catch (const invalid_input&) {
        return false;
    }
}

flow::Data read_inline(const Cursor& at) {
    const std::string accepted = "an array with one array of numbers for each sample";
    flow::Data data{read_matrix(at.at("x", accepted), accepted), {}};
    const Cursor y = at.at("y", "an array with one label for each sample");
    data.y = y.rationals("an array with one label for each sample");
    if (data.y.size() != data.samples()) y.refuse("an array of " + std::to_string(data.samples()) + " labels, one for each sample");
    return data;
}

}  // namespace

flow::Data parse_csv(std::string_view text, const std::string& name) {
    std::vector<Rational> entries, labels;
    std::size_t columns = 0;  // features and label
    Budget budget;
    std::size_t line_number = 0;
    bool first = true;
    for (const std::string_view raw : split(text, '\n')) {
        ++line_number;
        const std::string_view line = trim(raw);
        if (line.empty() || line.front() == '#') continue;
        std::vector<std::string_view> fields = split(line, ',');
        std::transform(fields.begin(), fields.end(), fields.begin(), trim);
        if (std::exchange(first, false) && std::none_of(fields.begin(), fields.end(), is_number)) continue;

        const std::string place = name + " line " + std::to_string(line_number);
        if (fields.size() < 2) throw invalid_input("there is one column, accepted are the features and the label", place);
        if (columns == 0) columns = fields.size();
        if (fields.size() != columns)
            throw invalid_input("there are " + std::to_string(fields.size()) + " columns, accepted are " + std::to_string(columns) + " as in the first sample", place);
        for (std::size_t j = 0; j < columns; ++j) {
            try {
                std::vector<Rational>& values = j + 1 < columns ? entries : labels;
                values.push_back(number::parse_rational(fields[j]));
                budget.spend(values.back());
            } catch (const invalid_input& problem) {
                throw problem.within(place + " column " + std::to_string(j + 1));
            }
        }
    }
    if (labels.empty()) throw invalid_input("there is no sample, accepted is at least one", name);
    flow::Data data{number::Matrix<Rational>(labels.size(), columns - 1), std::move(labels)};
    data.X.entries() = std::move(entries);
    return data;
}

flow::Data read_data(const Cursor& at, const std::filesystem::path& folder) {
    flow::Data data;
    if (const auto csv = at.find("csv")) {
        at.only({"csv", "centred"});
        const std::filesystem::path file = csv->text("the name of a CSV file, relative to the problem file");
        try {
            data = parse_csv(read_file(folder / file), file.string());
        } catch (const invalid_input& problem) {
            throw problem.within(csv->place() + ": ");
        }
    } else {
        at.only({"x", "y", "csv", "centred"});
        data = read_inline(at);
    }
    const auto centred = at.find("centred");
    return centred && centred->boolean() ? data.centred() : data;
}

}  // namespace eonflow::io
