#include <eonflow/io/trajectory_file.hpp>

#include <eonflow/io/invariants_file.hpp>
#include <eonflow/io/problem_file.hpp>
#include <eonflow/number/text.hpp>

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
        {"format", "eonflow/trajectory/1"},
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
