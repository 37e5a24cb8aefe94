#include <eonflow/io/trajectory_file.hpp>

#include <eonflow/flow/observe.hpp>
#include <eonflow/io/cursor.hpp>
#include <eonflow/io/file.hpp>
#include <eonflow/io/invariants_file.hpp>
#include <eonflow/io/problem_file.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>
#include <limits>

namespace eonflow::io {

using flow::verified;

namespace {

Json to_json(const verified& number) {
    const std::string text = to_text(number);
    return text.empty() ? Json() : Json(text);
}

Json to_json(const flow::observation& values) {
    if (values.size() == 1) return to_json(values[0]);
    return json_array(values, [](const verified& value) { return to_json(value); });
}

Json to_json(const flow::Sample& sample) {
    Json observed = Json::Object{};
    for (const auto& [name, values] : sample.observed) observed.add(name, to_json(values));
    return Json::Object{{"time", to_json(sample.time)},
                        {"log10_time", to_json(sample.log10_time)},
                        {"parameters", json_array(sample.parameters, [](const verified& value) { return to_json(value); })},
                        {"verified_digits", sample.verified_digits},
                        {"observed", std::move(observed)}};
}

constexpr const char* format = "eonflow/trajectory/1";
constexpr std::int64_t most_count = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t most_precision = std::int64_t{1} << 22, most_bits = std::int64_t{1} << 28;  // of one number, of all of a file

/// A decimal with the digits that it shows; null has none.
verified read_number(const Cursor& at) {
    if (at.value().is_null()) return {number::Real(std::numeric_limits<double>::quiet_NaN()), 0};
    const std::string& text = at.text("a decimal as text, or null");
    verified result;
    // MPFR takes other spellings too, in which digits are counted otherwise.
    const bool spelt = text.find_first_not_of("+-.0123456789e") == std::string::npos || text == "inf" || text == "-inf";
    if (!spelt || mpfr_set_str(result.value.backend().data(), text.c_str(), 10, MPFR_RNDN) != 0) at.refuse("a decimal as text, or null");
    const std::string mantissa = text.substr(0, text.find('e'));
    const auto first = std::find_if(mantissa.begin(), mantissa.end(), [](char c) { return c >= '1' && c <= '9'; });
    result.digits = std::count_if(first, mantissa.end(), [](char c) { return c >= '0' && c <= '9'; });
    return result;
}

flow::Sample read_sample(const Cursor& at, std::size_t parameters) {
    flow::Sample sample;
    sample.time = read_number(at.at("time", "a number"));
    sample.log10_time = read_number(at.at("log10_time", "a number"));
    const Cursor values = at.at("parameters", "a list of numbers");
    for (const Cursor& value : values.items("a list of numbers")) sample.parameters.push_back(read_number(value));
    if (sample.parameters.size() != parameters) values.refuse(std::to_string(parameters) + " numbers");
    sample.verified_digits = at.at("verified_digits", "a count").integer(0, most_count);
    if (const auto observed = at.find("observed"))
        for (const auto& [name, meaning] : flow::observables())
            if (const auto found = observed->find(name)) {
                flow::observation& numbers = sample.observed[name];
                if (found->value().array() == nullptr)
                    numbers.push_back(read_number(*found));
                else
                    for (const Cursor& value : found->items("a list of numbers")) numbers.push_back(read_number(value));
            }
    return sample;
}

flow::Event read_event(const Cursor& at) {
    flow::Event event;
    event.time = read_number(at.at("time", "a number"));
    event.log10_time = read_number(at.at("log10_time", "a number"));
    event.kind = at.at("kind", "a text").text("a text");
    event.description = at.at("description", "a text").text("a text");
    event.layer = at.at("layer", "a text").text("a text");
    event.unit = static_cast<std::size_t>(at.at("unit", "a position").integer(0, most_count));
    const Cursor sample = at.at("sample", "a position or null");
    if (!sample.value().is_null()) event.sample = static_cast<std::size_t>(sample.integer(0, most_count));
    return event;
}

std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\n\r") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

}  // namespace

std::string to_text(const verified& number) {
    // Infinities are exact: t = 0 has log10 t = -inf.
    if (number.value == 0 || isinf(number.value)) return number::to_decimal(number.value, 1);
    if (number.digits < 1 || !isfinite(number.value)) return "";
    return number::to_decimal(number.value, number.digits);
}

Json to_json(const flow::Problem& problem, const flow::Trajectory& trajectory) {
    const flow::Counters& counters = trajectory.counters;
    return Json::Object{
        {"format", format},
        {"problem_sha256", problem_sha256(problem)},
        {"name", problem.name},
        {"method", trajectory.method},
        {"clock", name_of(trajectory.clock)},
        {"digits", problem.digits},
        {"precision_bits", trajectory.precision_bits},
        {"confirmation", trajectory.confirmation},
        {"status", trajectory.status},
        {"parameter_names", json_array(problem.model.parameter_names, [](const std::string& name) { return Json(name); })},
        {"samples", json_array(trajectory.samples, [](const flow::Sample& sample) { return to_json(sample); })},
        {"events", json_array(trajectory.events,
                              [](const flow::Event& event) -> Json {
                                  return Json::Object{{"time", to_json(event.time)}, {"log10_time", to_json(event.log10_time)}, {"kind", event.kind}, {"layer", event.layer},
                                                      {"unit", event.unit}, {"sample", event.sample ? Json(*event.sample) : Json()}, {"description", event.description}};
                              })},
        {"invariants", to_json(problem, trajectory.invariants)},
        {"counters", Json::Object{{"steps", counters.steps}, {"rejected", counters.rejected}, {"evaluations", counters.evaluations}, {"order", counters.order}}}};
}

flow::Trajectory parse_trajectory(std::string_view text, const flow::Problem& problem) {
    const Json document = parse_json(text);
    const Cursor at(document);
    (void)at.at("format", "\"" + std::string(format) + "\"").one_of({format});
    const Cursor of = at.at("problem_sha256", "a checksum");
    if (of.text("a checksum") != problem_sha256(problem)) of.refuse("the checksum of the problem, " + problem_sha256(problem));
    flow::Trajectory trajectory;
    trajectory.method = at.at("method", "a method").text("a method");
    const Cursor clock = at.at("clock", "a clock");
    if (!flow::find_clock(clock.text("a clock"), trajectory.clock)) clock.refuse("a clock");
    const Cursor precision = at.at("precision_bits", "a count");
    trajectory.precision_bits = precision.integer(2, most_precision);
    trajectory.confirmation = at.at("confirmation", "a text").text("a text");
    trajectory.status = at.at("status", "a text").text("a text");
    const std::vector<Cursor> samples = at.at("samples", "a list").items("a list"), events = at.at("events", "a list").items("a list"),
                              invariants = at.at("invariants", "a list").items("a list");
    const std::size_t numbers = samples.size() * (problem.model.parameters() + 2) + 2 * events.size() + 2 * invariants.size();
    if (numbers > static_cast<std::size_t>(most_bits / trajectory.precision_bits)) precision.refuse("a precision at which the numbers of the file take at most 2^28 bits");
    const number::precision_scope scope(trajectory.precision_bits);
    for (const Cursor& sample : samples) trajectory.samples.push_back(read_sample(sample, problem.model.parameters()));
    for (const Cursor& event : events) trajectory.events.push_back(read_event(event));
    for (const Cursor& drift : invariants)
        trajectory.invariants.push_back({drift.at("name", "a text").text("a text"), read_number(drift.at("initial", "a number")).value, read_number(drift.at("drift", "a number")).value});
    const Cursor counters = at.at("counters", "an object");
    const auto count = [&](const char* key) { return counters.at(key, "a count").integer(0, most_count); };
    trajectory.counters = {count("steps"), count("rejected"), count("evaluations"), static_cast<int>(count("order"))};
    return trajectory;
}

flow::Trajectory read_trajectory(const std::filesystem::path& file, const flow::Problem& problem) { return parse_trajectory(read_file(file), problem); }

std::string to_csv(const flow::Problem& problem, const flow::Trajectory& trajectory) {
    std::string out = "time,log10_time,verified_digits";
    for (const std::string& name : problem.model.parameter_names) out += "," + csv_field(name);
    if (!trajectory.samples.empty())
        for (const auto& [name, values] : trajectory.samples[0].observed)
            for (std::size_t k = 0; k < values.size(); ++k) out += "," + csv_field(values.size() == 1 ? name : name + "[" + std::to_string(k + 1) + "]");
    out += '\n';
    for (const flow::Sample& sample : trajectory.samples) {
        out += to_text(sample.time) + "," + to_text(sample.log10_time) + "," + std::to_string(sample.verified_digits);
        for (const verified& value : sample.parameters) out += "," + to_text(value);
        for (const auto& [name, values] : sample.observed)
            for (const verified& value : values) out += "," + to_text(value);
        out += '\n';
    }
    return out;
}

}  // namespace eonflow::io
