#include <verify/cli/command.hpp>
#include <verify/cli/input.hpp>
#include <verify/cli/terminal.hpp>
#include <verify/theorem.hpp>

#include <eonflow/io/cursor.hpp>

#include <cctype>

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

/// `text` so that Markdown shows it as it is. An underscore between letters or digits means nothing there.
std::string literal(const std::string& text) {
    const auto is_word = [&](std::size_t i) { return i < text.size() && std::isalnum(static_cast<unsigned char>(text[i])) != 0; };
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool harmless = text[i] == '_' ? i > 0 && is_word(i - 1) && is_word(i + 1) : std::string_view("\\`*<[]|").find(text[i]) == std::string_view::npos;
        if (!harmless) out += '\\';
        out += text[i];
    }
    return out;
}

std::string markdown_section(const std::string& heading, const std::string& text) { return text.empty() ? "" : "\n**" + heading + ".** " + literal(text) + "\n"; }

std::string markdown_section(const std::string& heading, const std::vector<Statement>& statements) {
    std::string out = "\n**" + heading + ".**\n\n";
    for (const Statement& statement : statements) out += "- **" + statement.id + "** " + literal(statement.text) + "\n";
    return out;
}

std::string as_markdown(const Theorem& theorem) {
    std::string out = "## `" + theorem.id + "`: " + literal(theorem.title) + "\n";
    out += markdown_section("Statement", theorem.statement) + markdown_section("Notation", theorem.notation) + markdown_section("Hypotheses", theorem.hypotheses) +
           markdown_section("Claims", theorem.claims);
    out += markdown_section("Source", theorem.source) + markdown_section("What is checked, and how", theorem.checked) + markdown_section("What is not checked", theorem.not_checked);
    out += markdown_section("Boundary cases", theorem.boundary_cases) + "\n| instance | stated verdict | |\n|---|---|---|\n";
    for (const Instance& instance : theorem.instances)
        out += "| `" + instance.name + "` | " + literal(std::string(name_of(instance.stated))) + " | " + literal(instance.description) + (instance.quick ? "" : " (with `--all`)") + " |\n";
    return out;
}

struct Arguments {
    std::string id;
    bool markdown = false;
};

int run(const Arguments& arguments) {
    std::vector<std::string> names;
    std::string out;
    for (const Theorem& theorem : theorems()) {
        names.push_back(theorem.id);
        if (arguments.id.empty() || arguments.id == theorem.id) out += (out.empty() ? "" : "\n") + (arguments.markdown ? as_markdown(theorem) : explained(theorem));
    }
    if (out.empty()) throw invalid_input("\"" + arguments.id + "\" is no theorem, accepted are " + io::quoted_list(names), "ID");
    const bool is_document = arguments.markdown && arguments.id.empty();
    print((is_document ? "# Theorems\n\nWhat `eonflow verify` checks. This page is what `eonflow explain --markdown` prints.\n\n" : "") + out);
    return 0;
}

}  // namespace

Command explain_command() {
    auto arguments = std::make_shared<Arguments>();
    return {"explain",
            "Show statement, hypotheses, claims and source of a theorem",
            {{"id", &arguments->id, "Theorem (all, if none is given)", "ID"}, {"--markdown", &arguments->markdown, "Write Markdown, as in docs/theorems.md"}},
            [arguments] { return run(*arguments); }};
}

}  // namespace eonflow::verify::cli
