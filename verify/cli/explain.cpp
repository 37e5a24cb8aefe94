#include <verify/cli/command.hpp>
#include <verify/cli/input.hpp>
#include <verify/cli/terminal.hpp>
#include <verify/theorem.hpp>

#include <eonflow/io/cursor.hpp>

namespace eonflow::verify::cli {

namespace {

std::string section(const std::string& heading, const std::string& text) {
    return text.empty() ? "" : "\n" + coloured(heading, Colour::heading) + "\n  " + wrapped(text, 2) + "\n";
}

std::string section(const std::string& heading, const std::vector<Statement>& statements) {
    std::string out = "\n" + coloured(heading, Colour::heading) + "\n";
    for (const Statement& statement : statements) out += "  " + statement.id + std::string(8 - std::min<std::size_t>(7, length(statement.id)), ' ') + wrapped(statement.text, 10) + "\n";
    return out;
}

std::string explained(const Theorem& theorem) {
    std::string out = coloured(theorem.id, Colour::heading) + "  " + wrapped(theorem.title, 2) + "\n";
    out += section("Statement", theorem.statement) + section("Notation", theorem.notation) + section("Hypotheses", theorem.hypotheses) + section("Claims", theorem.claims);
    out += section("Source", theorem.source) + section("What is checked, and how", theorem.checked) + section("What is not checked", theorem.not_checked);
    out += section("Boundary cases", theorem.boundary_cases);
    Table table({"instance", "stated verdict", ""});
    for (const Instance& instance : theorem.instances) table.add({instance.name, std::string(name_of(instance.stated)), instance.description + (instance.quick ? "" : " (with --all)")});
    return out + "\n" + coloured("Instances", Colour::heading) + "\n" + table.text(2);
}

int run(const std::string& id) {
    if (const Theorem* theorem = find_theorem(id)) {
        print(explained(*theorem));
        return 0;
    }
    std::vector<std::string> names;
    for (const Theorem& theorem : theorems()) names.push_back(theorem.id);
    throw invalid_input("\"" + id + "\" is no theorem, accepted are " + io::quoted_list(names), "ID");
}

}  // namespace

Command explain_command() {
    auto id = std::make_shared<std::string>();
    return {"explain", "Show statement, hypotheses, claims and source of a theorem", {{"id", id.get(), "Theorem", "ID", true}}, [id] { return run(*id); }};
}

}  // namespace eonflow::verify::cli
