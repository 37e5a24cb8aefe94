#pragma once
/// A subcommand as a value: its name, its options, and what it does.

#include <functional>
#include <string>
#include <variant>
#include <vector>

namespace eonflow::verify::cli {

/// `flag` is "--name" or, for a positional argument, a plain name. Where the argument is not given its target stays as it is; a `bool` takes no value, a
/// vector takes any number of them. The targets outlive the parsing because Command::run owns them.
struct Option {
    std::string flag;
    std::variant<bool*, std::string*, std::vector<std::string>*> target;
    std::string meaning;
    std::string value_name = {};
    bool required = false;
};

struct Command {
    std::string name, summary;
    std::vector<Option> options;
    /// Returns the exit status.
    std::function<int()> run;
};

class RunFolder;

Command verify_command();
Command list_command();
Command explain_command();
Command integrate_command();
Command limit_command();
Command check_command();
Command invariants_command();
Command resume_command();
Command report_command();

/// The rest of an interrupted run, in the terms of its command.
int resume_integrate(RunFolder& folder);
int resume_verify(RunFolder& folder, const std::string& jobs);

}  // namespace eonflow::verify::cli
