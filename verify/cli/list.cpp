#include <verify/cli/command.hpp>
#include <verify/cli/input.hpp>
#include <verify/cli/terminal.hpp>
#include <verify/theorem.hpp>

#include <eonflow/io/cursor.hpp>
#include <eonflow/limit/prediction.hpp>

#include <algorithm>

namespace eonflow::verify::cli {

namespace {

struct Topic {
    std::string name;
    std::function<std::string()> text;
};

template <class Entries>
std::string names_and_meanings(const Entries& entries) {
    Table table({"name", "meaning"});
    for (const auto& entry : entries) table.add({entry.name, entry.meaning});
    return table.text(2);
}

std::string theorem_list() {
    Table table({"id", "claims", "title"});
    for (const Theorem& theorem : theorems()) {
        std::string claims;
        // Parts of a claim (Y2.1) are left to eonflow explain.
        for (const Statement& claim : theorem.claims)
            if (claim.id.find('.') == std::string::npos) claims += (claims.empty() ? "" : " ") + claim.id;
        table.add({theorem.id, claims, theorem.title});
    }
    return table.text(2);
}

std::string model_list() {
    Table table({"family", "keys", "prediction"});
    for (const model::family_entry& entry : model::families()) table.add({entry.name, entry.keys, entry.summary});
    return table.text(2);
}

struct named {
    std::string name, meaning;
};

const std::vector<Topic>& topics() {
    static const std::vector<Topic> all = {
        {"theorems", theorem_list},
        {"models", model_list},
        {"losses",
         [] {
             return names_and_meanings(std::vector<named>{{"squared", "(f - y)^2 / 2"}, {"exponential", "exp(-y f)"}, {"logistic", "log(1 + exp(-y f))"}, {"expression", "a formula in f and y"}});
         }},
        {"clocks",
         [] {
             return names_and_meanings(std::vector<named>{{"auto", "chosen from model, loss and stop rule"}, {"time", "t"}, {"loss", "log(1/loss)"}, {"horizon", "log|theta| late on, for homogeneous models on separable data: to any horizon"}});
         }},
        {"methods", [] { return names_and_meanings(flow::methods()); }},
        {"observables", [] { return names_and_meanings(flow::observables()); }},
        {"objectives", [] { return names_and_meanings(limit::objectives()); }},
    };
    return all;
}

int run(const std::string& wanted) {
    std::vector<std::string> names;
    for (const Topic& topic : topics()) names.push_back(topic.name);
    if (!wanted.empty() && std::find(names.begin(), names.end(), wanted) == names.end())
        throw invalid_input("\"" + wanted + "\" was found, accepted are " + io::quoted_list(names), "TOPIC");
    std::string out;
    for (const Topic& topic : topics())
        if (wanted.empty() || topic.name == wanted) out += (out.empty() ? "" : "\n") + coloured(topic.name, Colour::heading) + "\n" + topic.text();
    print(out);
    return 0;
}

}  // namespace

Command list_command() {
    auto topic = std::make_shared<std::string>();
    return {"list", "Show what there is: theorems, models, losses, clocks ...", {{"topic", topic.get(), "theorems, models, losses, clocks, methods, observables, objectives", "TOPIC"}}, [topic] { return run(*topic); }};
}

}  // namespace eonflow::verify::cli
