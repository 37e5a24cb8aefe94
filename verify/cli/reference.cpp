#include <verify/cli/command.hpp>
#include <verify/cli/input.hpp>

#include <eonflow/io/cursor.hpp>

#include <algorithm>

namespace eonflow::verify::cli {

namespace {

bool is_positional(const Option& option) { return option.flag.front() != '-'; }

bool takes_value(const Option& option) { return !std::holds_alternative<bool*>(option.target); }

/// "--digits D", "FILE"
std::string shown(const Option& option) {
    if (is_positional(option)) return option.value_name + (std::holds_alternative<std::vector<std::string>*>(option.target) ? "..." : "");
    std::string text = option.flag;
    std::replace(text.begin(), text.end(), ',', ' ');
    return takes_value(option) ? text + " " + option.value_name : text;
}

std::string usage(const Command& command) {
    std::string text = "eonflow " + command.name;
    for (const Option& option : command.options)
        if (is_positional(option)) text += option.required ? " " + shown(option) : " [" + shown(option) + "]";
    return text + " [OPTIONS]";
}

std::string markdown() {
    std::string text = "# Commands\n\nWhat `eonflow --help` and `eonflow COMMAND --help` say, on one page; `eonflow reference markdown` prints it. Exit status: 0 every claim asked for holds, or the work was done; 1 a claim\n"
                       "is violated, or a certificate refused; 2 inconclusive, interrupted, or hypotheses not met; 3 bad input; 4 what the program cannot compute, or an internal error.\n";
    for (const Command& command : commands()) {
        text += "\n## " + command.name + "\n\n" + command.summary + ".\n\n    " + usage(command) + "\n\n| argument | meaning |\n|---|---|\n";
        for (const Option& option : command.options) text += "| `" + shown(option) + "` | " + option.meaning + " |\n";
    }
    return text;
}

/// Text for roff: backslashes and leading dots have a meaning there, and a hyphen is no minus.
std::string roff(const std::string& text) {
    std::string result;
    for (const char c : text) result += c == '\\' ? std::string("\\e") : c == '-' ? std::string("\\-") : std::string(1, c);
    return (!result.empty() && (result[0] == '.' || result[0] == '\'') ? "\\&" : "") + result;
}

std::string manual() {
    std::string text = ".TH EONFLOW 1\n.SH NAME\neonflow \\- check theorems on the implicit bias of gradient flow in arbitrary precision\n.SH SYNOPSIS\n.B eonflow\n.I COMMAND\n[\\fIARGUMENTS\\fR]\n.SH COMMANDS\n";
    for (const Command& command : commands()) {
        text += ".SS " + roff(usage(command)) + "\n" + roff(command.summary) + ".\n";
        for (const Option& option : command.options) text += ".TP\n.B " + roff(shown(option)) + "\n" + roff(option.meaning) + "\n";
    }
    return text + ".SH EXIT STATUS\n0 every claim asked for holds, or the work was done; 1 a claim is violated, or a certificate refused; 2 inconclusive, interrupted, or hypotheses not met; 3 bad input; 4 what the program cannot compute, or an internal error.\n"
                  ".SH ENVIRONMENT\n.TP\n.B NO_COLOR\nno colours, if set\n";
}

std::string bash() {
    std::string names, cases;
    for (const Command& command : commands()) {
        names += (names.empty() ? "" : " ") + command.name;
        std::string flags;
        for (const Option& option : command.options)
            if (!is_positional(option)) flags += " " + option.flag;
        std::replace(flags.begin(), flags.end(), ',', ' ');
        cases += "        " + command.name + ") words='--help" + flags + "' ;;\n";
    }
    return "# bash completion for eonflow: source it, or put it into a folder of bash-completion under the name eonflow\n"
           "_eonflow() {\n    local words current=${COMP_WORDS[COMP_CWORD]}\n    case ${COMP_WORDS[1]} in\n" +
           cases + "        *) words='--help --version " + names +
           "' ;;\n    esac\n    if ((COMP_CWORD == 1)); then words='--help --version " + names +
           "'; fi\n    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$current\")\n}\ncomplete -o default -F _eonflow eonflow\n";
}

int run(const std::string& form) {
    const std::vector<std::string> forms = {"bash", "man", "markdown"};
    if (std::find(forms.begin(), forms.end(), form) == forms.end()) throw invalid_input("\"" + form + "\" was found, accepted are " + io::quoted_list(forms), "FORM");
    print(form == "bash" ? bash() : form == "man" ? manual() : markdown());
    return 0;
}

}  // namespace

Command reference_command() {
    auto form = std::make_shared<std::string>();
    return {"reference", "Print all commands: page, manual or shell completion", {{"form", form.get(), "bash, man or markdown", "FORM", true}}, [form] { return run(*form); }};
}

}  // namespace eonflow::verify::cli
