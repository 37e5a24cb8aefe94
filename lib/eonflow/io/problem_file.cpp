#include <eonflow/io/problem_file.hpp>

#include <eonflow/flow/start.hpp>
#include <eonflow/io/cursor.hpp>
#include <eonflow/io/data_file.hpp>
#include <eonflow/io/exact.hpp>
#include <eonflow/io/file.hpp>
#include <eonflow/io/objective.hpp>
#include <eonflow/io/sha256.hpp>
#include <eonflow/model/reparametrization.hpp>
#include <eonflow/number/error.hpp>

#include <algorithm>
#include <array>

namespace eonflow::io {

using flow::Problem;
using number::Rational;

namespace {

constexpr std::string_view format = "eonflow/problem/1";
constexpr std::int64_t most_digits = 100'000;
constexpr std::int64_t most_parameters = 1'000'000;
constexpr std::int64_t most_power = 10'000;  // of what a graph takes

template <class Entries>
std::vector<std::string> names_of(const Entries& entries) {
    std::vector<std::string> names;
    for (const auto& entry : entries) names.push_back(entry.name);
    return names;
}

template <class Enumeration, class... Values>
std::vector<std::string> names_of_values(Values... values) {
    return {std::string(name_of(static_cast<Enumeration>(values)))...};
}

// ---- reading

/// Bounds how many parameters a model may have before any is made.
void count_parameters(const Cursor& at, std::int64_t rows, std::int64_t columns, std::int64_t& total) {
    total += rows * columns;
    if (total > most_parameters) at.refuse("a model with at most " + std::to_string(most_parameters) + " parameters");
}

/// Lengths of vectors, whose entries count as parameters.
std::vector<std::size_t> read_lengths(const Cursor& at, const std::string& accepted, std::int64_t most) {
    std::vector<std::size_t> lengths;
    std::int64_t total = 0;
    for (const Cursor& item : at.items(accepted)) {
        lengths.push_back(static_cast<std::size_t>(item.integer(1, most)));
        count_parameters(at, 1, static_cast<std::int64_t>(lengths.back()), total);
    }
    return lengths;
}

/// The nonzero entries of a data tensor: {"at": one index a layer, "x": feature, "value": coefficient}, indices from 1.
std::vector<model::tensor_entry> read_entries(const Cursor& at, const std::vector<std::size_t>& shape, std::int64_t features) {
    std::vector<model::tensor_entry> entries;
    const std::string accepted = "an array of objects with \"at\" (" + std::to_string(shape.size()) + " indices from 1), \"x\" (a feature from 1) and \"value\"";
    for (const Cursor& item : at.items(accepted)) {
        item.only({"at", "x", "value"});
        model::tensor_entry entry;
        const Cursor indices = item.at("at", accepted);
        for (const Cursor& index : indices.items(accepted)) {
            if (entry.at.size() == shape.size()) indices.refuse(std::to_string(shape.size()) + " indices, one a layer");
            entry.at.push_back(static_cast<std::size_t>(index.integer(1, static_cast<std::int64_t>(shape[entry.at.size()])) - 1));
        }
        entry.feature = static_cast<std::size_t>(item.at("x", accepted).integer(1, features) - 1);
        const auto value = item.find("value");
        entry.coefficient = value ? value->rational() : Rational(1);
        entries.push_back(std::move(entry));
    }
    return entries;
}

model::Model read_reparametrized(const Cursor& at, std::size_t features) {
    at.only({"family", "rho", "exponent", "formula", "origin"});
    if (const auto formula = at.find("formula")) {
        at.only({"family", "formula"});
        return model::reparametrized_by_formula(features, formula->text("a formula in z"));
    }
    const std::vector<std::string> names = names_of(model::reparametrizations());
    const Cursor rho = at.at("rho", "one of " + quoted_list(names) + ", or a \"formula\" in z");
    const auto exponent = at.find("exponent");
    const auto origin = at.find("origin");
    return model::reparametrized(features, names[rho.one_of(names)], exponent ? std::optional(exponent->rational()) : std::nullopt,
                                 origin ? origin->rationals("an array of " + std::to_string(features) + " numbers") : std::vector<Rational>{});
}

model::Model read_model(const Cursor& at, std::size_t features) {
    const std::vector<std::string> families = names_of(model::families());
    const Cursor family = at.at("family", "one of " + quoted_list(families));
    const std::string& name = families[family.one_of(families)];
    const auto d = static_cast<std::int64_t>(features);
    std::int64_t total = 0;
    if (name == "linear") {
        at.only({"family"});
        return model::linear(features);
    }
    if (name == "diagonal") {
        at.only({"family", "depth"});
        const Cursor depth = at.at("depth", "the number of layers, a positive integer");
        const std::int64_t layers = depth.integer(1, most_parameters);
        count_parameters(depth, layers, d, total);
        return model::diagonal(features, static_cast<std::size_t>(layers));
    }
    if (name == "difference") {
        at.only({"family", "depth"});
        count_parameters(at, 2, d, total);
        return model::difference(features, static_cast<std::size_t>(at.at("depth", "the power of u and v, a positive integer").integer(1, most_power)));
    }
    if (name == "convolution") {
        at.only({"family", "filters"});
        const std::string accepted = "an array of filter lengths, one a layer";
        return model::convolution(features, read_lengths(at.at("filters", accepted), accepted, d));
    }
    if (name == "tensor") {
        at.only({"family", "shape", "entries"});
        const std::string accepted = "an array of lengths, one a layer";
        const std::vector<std::size_t> shape = read_lengths(at.at("shape", accepted), accepted, most_parameters);
        return model::tensor(features, shape, read_entries(at.at("entries", "the nonzero entries of the data tensor"), shape, d));
    }
    if (name == "reparametrized") return read_reparametrized(at, features);
    if (name == "dense") {
        at.only({"family", "widths"});
        const Cursor widths = at.at("widths", "an array of layer widths from the number of features to 1");
        std::vector<std::size_t> values;
        for (const Cursor& width : widths.items("an array of layer widths from the number of features to 1")) {
            const std::int64_t value = width.integer(1, most_parameters);
            if (!values.empty()) count_parameters(widths, value, static_cast<std::int64_t>(values.back()), total);
            values.push_back(static_cast<std::size_t>(value));
        }
        if (values.empty() || values.front() != features) widths.refuse("an array that starts with " + std::to_string(features) + ", the number of features");
        return model::dense(values);
    }
    if (name == "leaky_relu" || name == "smooth_leaky_relu") {
        at.only({"family", "output", "slope", "normalised"});
        const std::string accepted = "an array of output weights, one a unit";
        std::vector<Rational> output = at.at("output", accepted).rationals(accepted);
        count_parameters(at, static_cast<std::int64_t>(output.size()), d, total);
        const Rational slope = at.at("slope", "a number 0 <= slope < 1").rational();
        const auto normalised = at.find("normalised");
        const bool by_width = normalised && normalised->boolean();
        return name == "leaky_relu" ? model::leaky_relu(features, std::move(output), slope, by_width) : model::smooth_leaky_relu(features, std::move(output), slope, by_width);
    }
    if (name == "relu_network") {
        at.only({"family", "widths", "linear_layers", "slope", "skips"});
        const std::string accepted = "an array of layer widths from the number of features to 1";
        const Cursor widths = at.at("widths", accepted);
        const std::vector<std::size_t> values = read_lengths(widths, accepted, most_parameters);
        if (values.empty() || values.front() != features) widths.refuse("an array that starts with " + std::to_string(features) + ", the number of features");
        for (std::size_t l = 1; l < values.size(); ++l) {
            count_parameters(widths, static_cast<std::int64_t>(values[l]), static_cast<std::int64_t>(values[l - 1]), total);
            if (l > 1) count_parameters(widths, static_cast<std::int64_t>(values[l]), static_cast<std::int64_t>(values[l - 2]), total);
        }
        const auto head = at.find("linear_layers"), slope = at.find("slope"), skips = at.find("skips");
        return model::relu_network(values, head ? static_cast<std::size_t>(head->integer(1, most_parameters)) : 1, slope ? slope->rational() : Rational(0),
                                   skips ? skips->text("a kind of skips") : "none");
    }
    at.only({"family", "parameters", "prediction"});
    std::vector<std::string> parameters;
    for (const Cursor& parameter : at.at("parameters", "an array of names").items("an array of names")) parameters.push_back(parameter.text("a name"));
    const std::string accepted = "a formula in the parameters and x1 to x" + std::to_string(features);
    return model::expression(features, std::move(parameters), at.at("prediction", accepted).text(accepted));
}

model::Loss read_loss(const Cursor& at) {
    using model::loss_kind;
    const auto kinds = names_of_values<loss_kind>(loss_kind::squared, loss_kind::exponential, loss_kind::logistic, loss_kind::expression);
    model::Loss loss;
    loss.kind = static_cast<loss_kind>(at.at("kind", "one of " + quoted_list(kinds)).one_of(kinds));
    const bool has_formula = loss.kind == loss_kind::expression;
    at.only(has_formula ? std::vector<std::string>{"kind", "reduction", "formula"} : std::vector<std::string>{"kind", "reduction"});
    if (const auto reduction = at.find("reduction")) loss.reduce = static_cast<model::reduction>(reduction->one_of({"sum", "mean"}));
    if (has_formula) {
        loss.formula = at.at("formula", "a formula in f and y").text("a formula in f and y");
        graph::Graph scratch;  // so that a wrong formula is found here
        (void)loss.sample(scratch, scratch.input("f"), 1);
    }
    return loss;
}

/// One weight matrix by rows; a layer of one row may also be given as that row.
void append_weights(const Cursor& at, const model::layer& layer, std::vector<Rational>& theta) {
    const std::string shape = std::to_string(layer.rows) + " x " + std::to_string(layer.columns);
    const std::string accepted = "the " + shape + " matrix " + layer.name + " as an array of rows" + (layer.rows == 1 ? ", or its row" : "");
    std::vector<Cursor> rows = at.items(accepted);
    if (layer.rows == 1 && !rows.empty() && rows[0].value().array() == nullptr) rows = {at};
    if (rows.size() != layer.rows) at.refuse(accepted);
    for (const Cursor& row : rows) {
        const std::vector<Rational> entries = row.rationals("an array of " + std::to_string(layer.columns) + " numbers, a row of the " + shape + " matrix " + layer.name);
        if (entries.size() != layer.columns) row.refuse("an array of " + std::to_string(layer.columns) + " numbers, a row of the " + shape + " matrix " + layer.name);
        theta.insert(theta.end(), entries.begin(), entries.end());
    }
}

/// Explicit parameters: the flat vector, as it is or as "theta", or "weights" layer by layer.
std::vector<Rational> read_point(const Cursor& at, const model::Model& model) {
    if (const auto weights = at.find("weights")) {
        at.only({"weights"});
        const std::string accepted = "an array of " + std::to_string(model.layers.size()) + " weight matrices, one for each layer";
        if (model.layers.empty()) throw invalid_input("the model \"" + model.family + "\" has no layers, accepted is \"theta\"", weights->place());
        const std::vector<Cursor> layers = weights->items(accepted);
        if (layers.size() != model.layers.size()) weights->refuse(accepted);
        std::vector<Rational> theta;
        for (std::size_t k = 0; k < layers.size(); ++k) append_weights(layers[k], model.layers[k], theta);
        return theta;
    }
    const auto theta = at.find("theta");
    if (theta) at.only({"theta"});
    const Cursor& values = theta ? *theta : at;
    const std::string accepted = "an array of " + std::to_string(model.parameters()) + " numbers, one for each parameter" + (theta ? "" : ", or an object with \"weights\" or \"theta\"");
    std::vector<Rational> result = values.rationals(accepted);
    if (result.size() != model.parameters()) values.refuse(accepted);
    return result;
}

std::vector<Rational> read_initial(const Cursor& at, const model::Model& model) {
    if (at.find("seed")) {
        at.only({"seed", "distribution", "scale"});
        if (const auto distribution = at.find("distribution")) (void)distribution->one_of({"uniform"});
        const auto seed = static_cast<std::uint64_t>(at.at("seed", "an integer").integer(0, std::int64_t{1} << 53));
        const Rational scale = at.at("scale", "a number: the values are drawn between -scale and scale").rational();
        for (std::size_t i = 0; i < model.parameters(); ++i) at.budget().spend(scale);
        return flow::uniform_start(seed, model.parameters(), scale);
    }
    if (const auto direction = at.find("direction")) {
        at.only({"direction", "scale"});
        std::vector<Rational> theta = read_point(*direction, model);
        const Rational scale = at.at("scale", "a number").rational();
        for (Rational& value : theta) at.budget().spend(value *= scale);
        return theta;
    }
    if (at.value().object() != nullptr && !at.find("weights") && !at.find("theta")) at.only({"weights", "theta", "direction", "scale", "seed", "distribution"});
    return read_point(at, model);
}

constexpr std::array stop_rules = {&flow::StopRule::time, &flow::StopRule::log10_time,       &flow::StopRule::log10_log10_time,
                                   &flow::StopRule::loss, &flow::StopRule::direction_digits, &flow::StopRule::settled_digits,
                                   &flow::StopRule::clock};  // in the order of stop_keys()

// ---- writing

Json to_json(const model::Model& model) {
    Json result = Json::Object{{"family", model.family}};
    if (model.family == "diagonal") result.add("depth", model.layers.size());
    if (model.family == "dense") {
        Json::Array widths{model.inputs};
        for (const model::layer& layer : model.layers) widths.emplace_back(layer.rows);
        result.add("widths", std::move(widths));
    }
    if (model.family == "difference") result.add("depth", model.depth);
    if (model.family == "convolution" || model.family == "tensor")
        result.add(model.family == "tensor" ? "shape" : "filters", json_array(model.layers, [](const model::layer& v) { return Json(v.columns); }));
    if (model.family == "tensor")
        result.add("entries", json_array(model.entries, [](const model::tensor_entry& e) {
                       return Json::Object{{"at", json_array(e.at, [](std::size_t index) { return Json(index + 1); })}, {"x", e.feature + 1}, {"value", exact(e.coefficient)}};
                   }));
    if (model.family == "reparametrized") {
        if (model.rho.empty())
            result.add("formula", model.formula);
        else
            result.add("rho", model.rho);
        if (model.exponent) result.add("exponent", exact(*model.exponent));
        if (!model.origin.empty()) result.add("origin", exact(model.origin));
    }
    if (model.family == "leaky_relu" || model.family == "smooth_leaky_relu") {
        result.add("output", exact(model.output));
        result.add("slope", exact(model.slope));
        result.add("normalised", model.normalised);
    }
    if (model.family == "relu_network") {
        Json::Array widths{model.inputs};
        for (const model::layer& layer : model.layers)
            if (layer.name[0] == 'W') widths.emplace_back(layer.rows);
        result.add("widths", std::move(widths));
        result.add("linear_layers", model.linear_layers);
        result.add("slope", exact(model.slope));
        result.add("skips", model.skips);
    }
    if (model.family == "expression") {
        result.add("parameters", json_array(model.parameter_names, [](const std::string& name) { return Json(name); }));
        result.add("prediction", model.formula);
    }
    return result;
}

Json to_json(const model::Loss& loss) {
    Json result = Json::Object{{"kind", name_of(loss.kind)}, {"reduction", loss.reduce == model::reduction::sum ? "sum" : "mean"}};
    if (loss.kind == model::loss_kind::expression) result.add("formula", loss.formula);
    return result;
}

}  // namespace

std::vector<Rational> read_times(const Cursor& at) {
    const std::string accepted = "an array of times, all >= 0 and ascending, or all <= 0 and descending";
    std::vector<Rational> times;
    for (const Cursor& item : at.items(accepted)) {
        times.push_back(item.rational());
        if (times.size() == 1) continue;
        const Rational step = times.back() - times[times.size() - 2];
        const bool forward = times.back() > 0 || times[0] > 0;
        if (forward ? step <= 0 || times[0] < 0 : step >= 0) item.refuse(accepted);
    }
    return times;
}

const std::vector<std::string>& stop_keys() {
    static const std::vector<std::string> keys = {"time", "log10_time", "log10_log10_time", "loss", "direction_digits", "settled_digits", "clock"};
    return keys;
}

void read_stop_rule(const std::string& key, const Cursor& at, flow::StopRule& stop) {
    const auto position = std::find(stop_keys().begin(), stop_keys().end(), key) - stop_keys().begin();
    const Rational value = at.rational();
    if (key == "loss" && value <= 0) at.refuse("a positive number");
    if (key.ends_with("_digits") && value <= 0) at.refuse("a positive number of digits");
    stop.*stop_rules[static_cast<std::size_t>(position)] = value;
}

Problem parse_problem(std::string_view text, const std::filesystem::path& folder) {
    const Json document = parse_json(text);
    const Cursor root(document);
    root.only({"format", "name", "data", "objective", "model", "loss", "initial", "dynamics", "clock", "stop", "digits", "times", "observe"});
    (void)root.at("format", "\"" + std::string(format) + "\"").one_of({std::string(format)});

    Problem problem;
    if (const auto name = root.find("name")) problem.name = name->text("a text");
    problem.data = read_data(root.at("data", "an object with \"x\" and \"y\", or \"csv\""), folder);
    if (const auto objective = root.find("objective")) {
        problem.objective = read_objective(*objective, problem.data.features());
    }
    if (const auto digits = root.find("digits")) problem.digits = digits->integer(1, most_digits);

    const auto model = root.find("model");
    if (!problem.objective || model) {
        problem.model = read_model(root.at("model", "an object with \"family\""), problem.data.features());
        problem.loss = read_loss(root.at("loss", "an object with \"kind\""));
        problem.initial = read_initial(root.at("initial", "an array of numbers, or an object with \"weights\", \"theta\", \"direction\" or \"seed\""), problem.model);
    } else {
        for (const char* key : {"loss", "initial"})
            if (const auto unused = root.find(key)) unused->refuse("this key only together with \"model\"");
    }
    if (const auto dynamics = root.find("dynamics")) {
        dynamics->only({"kind", "step", "at_ambiguity"});
        const bool descent = dynamics->at("kind", "\"flow\" or \"descent\"").one_of({"flow", "descent"}) == 1;
        if (descent) problem.descent_step = dynamics->at("step", "a positive number").rational();
        if (const auto step = dynamics->find("step"); step && !descent) step->refuse("this key only together with the kind \"descent\"");
        if (const auto choice = dynamics->find("at_ambiguity")) {
            if (descent) choice->refuse("this key only together with the kind \"flow\"");
            using flow::ambiguity;
            problem.at_ambiguity = static_cast<ambiguity>(choice->one_of(names_of_values<ambiguity>(ambiguity::stop, ambiguity::lowest, ambiguity::highest)));
        }
    }
    if (const auto clock = root.find("clock")) {
        using flow::Clock;
        problem.clock = static_cast<Clock>(clock->one_of(names_of_values<Clock>(Clock::automatic, Clock::time, Clock::loss, Clock::horizon)));
    }
    if (const auto stop = root.find("stop")) {
        stop->only(stop_keys());
        for (const std::string& key : stop_keys())
            if (const auto rule = stop->find(key)) read_stop_rule(key, *rule, problem.stop);
    }
    if (const auto times = root.find("times")) problem.times = read_times(*times);
    if (const auto observe = root.find("observe"))
        for (const Cursor& item : observe->items("an array of names of observables")) problem.observe.push_back(item.text("the name of an observable"));
    problem.validate();
    return problem;
}

Problem read_problem(const std::filesystem::path& file) { return parse_problem(read_file(file), file.parent_path()); }

Json to_json(const Problem& problem) {
    Json result = Json::Object{{"format", format}};
    if (!problem.name.empty()) result.add("name", problem.name);
    result.add("data", Json::Object{{"x", exact(problem.data.X)}, {"y", exact(problem.data.y)}});
    if (problem.objective) {
        result.add("objective", to_json(*problem.objective));
    }
    if (problem.model.inputs > 0) {
        result.add("model", to_json(problem.model));
        result.add("loss", to_json(problem.loss));
        result.add("initial", Json::Object{{"theta", exact(problem.initial)}});
        if (problem.descent_step)
            result.add("dynamics", Json::Object{{"kind", "descent"}, {"step", exact(*problem.descent_step)}});
        else if (problem.at_ambiguity != flow::ambiguity::stop)
            result.add("dynamics", Json::Object{{"kind", "flow"}, {"at_ambiguity", name_of(problem.at_ambiguity)}});
        else
            result.add("dynamics", Json::Object{{"kind", "flow"}});
        result.add("clock", name_of(problem.clock));
    }
    Json stop = Json::Object{};
    for (std::size_t k = 0; k < stop_rules.size(); ++k)
        if (const auto& rule = problem.stop.*stop_rules[k]) stop.add(stop_keys()[k], exact(*rule));
    if (!problem.stop.empty()) result.add("stop", std::move(stop));
    result.add("digits", problem.digits);
    if (!problem.times.empty()) result.add("times", exact(problem.times));
    if (!problem.observe.empty()) result.add("observe", json_array(problem.observe, [](const std::string& name) { return Json(name); }));
    return result;
}

std::string problem_sha256(const Problem& problem) { return sha256(to_canonical_line(to_json(problem))); }

}  // namespace eonflow::io
