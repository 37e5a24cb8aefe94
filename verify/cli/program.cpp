#include <verify/cli/program.hpp>

#include <verify/cli/command.hpp>
#include <verify/cli/limits.hpp>
#include <verify/cli/terminal.hpp>

#include <eonflow/number/error.hpp>
#include <eonflow/number/versions.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <new>

namespace eonflow::verify::cli {

namespace {

enum status { inconclusive = 2, bad_input = 3, failure = 4 };

std::string version_text() {
    std::string text = "eonflow " EONFLOW_VERSION;
    for (const auto& [name, version] : number::library_versions()) text += "\n" + name + " " + version;
    return text;
}

int report(const std::string& message, status code, const char* kind = "error: ") {
    std::cerr << "eonflow: " << kind << printable(message) << '\n';
    return code;
}

void declare(CLI::App& app, const Option& option) {
    CLI::Option* declared = std::visit(
        [&](auto* target) -> CLI::Option* {
            if constexpr (std::is_same_v<decltype(target), bool*>)
                return app.add_flag(option.flag, *target, option.meaning);
            else
                return app.add_option(option.flag, *target, option.meaning)->type_name(option.value_name);
        },
        option.target);
    if (option.required) declared->required();
}

int dispatch(int count, char** arguments) {
    CLI::App app("Checks theorems on the implicit bias of gradient flow numerically, in arbitrary precision.", "eonflow");
    app.set_version_flag("--version", version_text(), "Show the versions of the program and of its arithmetic libraries");
    app.require_subcommand(1);
    app.get_formatter()->column_width(32);
    Limits limits;
    app.add_option("--max-memory", limits.memory, "Give up where more than this many MiB are needed")->type_name("MIB");
    app.add_option("--max-seconds", limits.seconds, "Interrupt the work after this time")->type_name("S");
    const std::vector<Command> known = commands();
    const Command* chosen = nullptr;
    for (const Command& command : known) {
        CLI::App* sub = app.add_subcommand(command.name, command.summary)->fallthrough();
        for (const Option& option : command.options) declare(*sub, option);
        sub->callback([&chosen, &command] { chosen = &command; });
    }
    try {
        app.parse(count, arguments);
    } catch (const CLI::ParseError& problem) {
        // Help and version are no errors.
        if (problem.get_exit_code() == 0) {
            (void)app.exit(problem);
            return std::cout.flush() ? 0 : report("standard output cannot be written", bad_input);
        }
        const std::string first = count > 1 ? arguments[1] : "";
        const bool is_command = std::any_of(known.begin(), known.end(), [&](const Command& command) { return command.name == first; });
        return report((first.empty() || first.starts_with('-') || is_command ? std::string(problem.what()) : "\"" + first + "\" is no command") + " (see eonflow " + (is_command ? first + " " : "") + "--help)", bad_input);
    }
    set_limits(limits);
    return chosen->run();
}

}  // namespace

std::vector<Command> commands() {
    return {verify_command(), list_command(), explain_command(), integrate_command(), limit_command(), check_command(), invariants_command(), resume_command(), report_command(), data_command(), score_command(), reference_command()};
}

int run(int count, char** arguments) noexcept {
    try {
        return dispatch(count, arguments);
    } catch (const invalid_input& problem) {
        return report(problem.what(), bad_input);
    } catch (const io_error& problem) {
        return report(problem.what(), bad_input);
    } catch (const std::filesystem::filesystem_error& problem) {
        return report(problem.what(), bad_input);
    } catch (const precision_error& problem) {
        return report(problem.what(), inconclusive);
    } catch (const std::bad_alloc&) {
        return report("out of memory", failure);
    } catch (const numerical_error& problem) {
        return report(problem.what(), failure, "not computed: ");
    } catch (const std::exception& problem) {
        return report(problem.what(), failure, "internal error: ");
    }
}

}  // namespace eonflow::verify::cli
