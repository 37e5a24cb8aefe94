#include <verify/data/stored.hpp>

#include <eonflow/number/text.hpp>

namespace eonflow::verify::data {

using io::Cursor;
using number::Rational;

namespace {

std::optional<Printed> read_number(const Cursor& at) {
    if (at.value().is_null()) return std::nullopt;
    return read_printed(at.text("a number as text, or null"));
}

std::vector<std::optional<Printed>> read_numbers(const Cursor& at) {
    if (at.value().array() == nullptr) return {read_number(at)};
    std::vector<std::optional<Printed>> result;
    for (const Cursor& item : at.items("an array of numbers")) result.push_back(read_number(item));
    return result;
}

}  // namespace

number::Ball Printed::ball() const {
    number::Ball result(value);
    const number::Ball spread(unit);
    arb_add_error(result.raw(), spread.raw());
    return result;
}

std::optional<Printed> read_printed(const std::string& text) {
    if (text == "inf" || text == "-inf") return std::nullopt;
    const std::size_t mantissa_end = std::min(text.find_first_of("eE"), text.size()), point = text.find('.');
    const bool exponent = mantissa_end < text.size();
    constexpr std::size_t longest_exponent = 6;  // digits
    if (exponent && text.size() - text.find_first_not_of("eE+-", mantissa_end) > longest_exponent) return std::nullopt;
    Printed result{text, number::parse_rational(text), 0};
    if (point == std::string::npos && !exponent) return result;
    // The unit of the last digit: 1 with as many places, and the same exponent.
    const std::size_t places = point == std::string::npos ? 0 : mantissa_end - point - 1;
    result.unit = number::parse_rational("1e-" + std::to_string(places)) * (exponent ? number::parse_rational("1" + text.substr(mantissa_end)) : Rational(1));
    return result;
}

StoredTrajectory parse_trajectory(std::string_view text) {
    const io::Json document = io::parse_json(text);
    const Cursor at(document);
    (void)at.at("format", "\"eonflow/trajectory/1\"").one_of({"eonflow/trajectory/1"});
    StoredTrajectory result;
    result.problem_sha256 = at.at("problem_sha256", "a digest").text("a digest");
    result.status = at.at("status", "a status").text("a status");
    result.clock = at.at("clock", "a clock").text("a clock");
    result.digits = at.at("digits", "a number of digits").integer(1, 1'000'000);
    for (const Cursor& name : at.at("parameter_names", "an array of names").items("an array of names")) result.parameter_names.push_back(name.text("a name"));
    for (const Cursor& item : at.at("samples", "an array of samples").items("an array of samples")) {
        StoredSample sample;
        sample.time = read_number(item.at("time", "a time"));
        sample.log10_time = read_number(item.at("log10_time", "a number"));
        sample.parameters = read_numbers(item.at("parameters", "an array of numbers"));
        if (sample.parameters.size() != result.parameter_names.size()) item.refuse("one parameter per name");
        const Cursor observed = item.at("observed", "an object");
        if (const auto* members = observed.value().object())
            for (const auto& member : *members) sample.observed[member.key] = read_numbers(observed.at(member.key, "numbers"));
        result.samples.push_back(std::move(sample));
    }
    constexpr std::int64_t most = 1'000'000'000;
    for (const Cursor& item : at.at("events", "an array of events").items("an array of events")) {
        StoredEvent event{read_number(item.at("time", "a time")), item.at("kind", "a kind").text("a kind"), item.at("layer", "a name").text("a name"),
                          item.at("unit", "a number from 0").integer(0, most), std::nullopt};
        if (const Cursor sample = item.at("sample", "a number from 0, or null"); !sample.value().is_null()) event.sample = sample.integer(0, most);
        result.events.push_back(std::move(event));
    }
    return result;
}

}  // namespace eonflow::verify::data
