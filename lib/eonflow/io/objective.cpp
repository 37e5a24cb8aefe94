#include <eonflow/io/objective.hpp>

#include <eonflow/convex/potential.hpp>
#include <eonflow/io/exact.hpp>
#include <eonflow/limit/prediction.hpp>
#include <eonflow/number/error.hpp>


namespace eonflow::io {

namespace {

constexpr std::int64_t most_entries = 1'000'000, most_depth = 1000;

Json sizes(const std::vector<std::size_t>& values) {
    return json_array(values, [](std::size_t value) { return Json(value); });
}

std::vector<std::size_t> read_sizes(const Cursor& at) {
    std::vector<std::size_t> result;
    for (const Cursor& item : at.items("an array of positive integers")) result.push_back(static_cast<std::size_t>(item.integer(1, most_entries)));
    return result;
}

/// One potential for all features, or one for each.
std::vector<convex::Potential> read_terms(const Cursor& at, std::size_t features) {
    const auto made = [](const Cursor& item) {
        convex::Potential potential = read_potential(item);
        try {
            (void)convex::make_potential(potential);
        } catch (const invalid_input& problem) {
            throw problem.within(item.place() + ": ");
        }
        return potential;
    };
    if (at.value().object() != nullptr) return std::vector<convex::Potential>(features, made(at));
    std::vector<convex::Potential> terms;
    for (const Cursor& item : at.items("a potential, or an array of potentials, one for each feature")) terms.push_back(made(item));
    return terms;
}

}  // namespace

Json to_json(const convex::Potential& potential) {
    Json out = Json::Object{{"family", potential.family}, {"parameters", exact(potential.parameters)}};
    if (!potential.formula.empty()) out.add("formula", potential.formula);
    if (potential.low) out.add("low", exact(*potential.low));
    if (potential.high) out.add("high", exact(*potential.high));
    if (potential.weight != 1) out.add("weight", exact(potential.weight));
    return out;
}

convex::Potential read_potential(const Cursor& at) {
    at.only({"family", "parameters", "formula", "low", "high", "weight"});
    convex::Potential potential;
    potential.family = at.at("family", "the name of a potential").text("the name of a potential");
    if (const auto parameters = at.find("parameters")) potential.parameters = parameters->rationals("an array of numbers");
    if (const auto formula = at.find("formula")) potential.formula = formula->text("a formula");
    if (const auto low = at.find("low")) potential.low = low->rational();
    if (const auto high = at.find("high")) potential.high = high->rational();
    if (const auto weight = at.find("weight")) potential.weight = weight->rational();
    return potential;
}

Json to_json(const flow::Objective& objective) {
    Json out = Json::Object{{"kind", objective.kind}};
    if (!objective.weights.empty()) out.add("weights", exact(objective.weights));
    if (!objective.negative_weights.empty()) out.add("negative_weights", exact(objective.negative_weights));
    if (!objective.sizes.empty()) out.add("sizes", sizes(objective.sizes));
    if (!objective.shape.empty()) out.add("shape", sizes(objective.shape));
    if (objective.depth != 0) out.add("depth", objective.depth);
    if (!objective.terms.empty()) out.add("terms", json_array(objective.terms, [](const convex::Potential& term) { return to_json(term); }));
    if (!objective.start.empty()) out.add("start", exact(objective.start));
    return out;
}

flow::Objective read_objective(const Cursor& at, std::size_t features) {
    const std::vector<limit::objective_entry>& entries = limit::objectives();
    std::vector<std::string> kinds, keys = {"kind"};
    for (const limit::objective_entry& entry : entries) kinds.push_back(entry.name);
    const limit::objective_entry& entry = entries[at.at("kind", "one of " + quoted_list(kinds)).one_of(kinds)];
    for (const auto* list : {&entry.needed, &entry.optional}) keys.insert(keys.end(), list->begin(), list->end());
    at.only(keys);
    for (const std::string& key : entry.needed) (void)at.at(key, "what the objective \"" + entry.name + "\" is made of");

    flow::Objective objective;
    objective.kind = entry.name;
    if (const auto weights = at.find("weights")) objective.weights = weights->rationals("an array of positive numbers, one for each feature");
    if (const auto weights = at.find("negative_weights")) objective.negative_weights = weights->rationals("an array of positive numbers, one for each feature");
    if (const auto groups = at.find("sizes")) objective.sizes = read_sizes(*groups);
    if (const auto shape = at.find("shape")) {
        objective.shape = read_sizes(*shape);
        if (objective.shape.size() != 2) shape->refuse("two numbers, of rows and of columns");
    }
    if (const auto depth = at.find("depth")) objective.depth = static_cast<std::size_t>(depth->integer(3, most_depth));
    if (const auto terms = at.find("terms")) objective.terms = read_terms(*terms, features);
    if (const auto start = at.find("start")) objective.start = start->rationals("an array of numbers, one for each feature");
    return objective;
}

}  // namespace eonflow::io
