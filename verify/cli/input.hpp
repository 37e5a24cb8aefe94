#pragma once
/// What the subcommands have in common: problems from files, values from options, results to files.

#include <eonflow/flow/integrate.hpp>
#include <eonflow/io/file.hpp>
#include <eonflow/number/error.hpp>

#include <verify/cli/command.hpp>

#include <memory>

namespace eonflow::verify::cli {

/// Runs `work`; what it refuses is refused in the name of `file`.
template <class Work>
auto in_file(const std::string& file, Work&& work) {
    try {
        return work();
    } catch (const invalid_input& problem) {
        throw problem.within(file + ": ");
    }
}

/// A result that goes to a file, to standard output ("-"), or nowhere (""). The file is opened at once, so that a wrong place is known before long work.
class Output {
public:
    explicit Output(std::string destination);
    [[nodiscard]] bool is_wanted() const noexcept { return !destination_.empty(); }
    [[nodiscard]] bool is_standard() const noexcept { return destination_ == "-"; }
    void write(const std::string& content);

private:
    std::string destination_;
    std::unique_ptr<io::OutputFile> file_;
};

/// Writes to standard output; throws io_error if that fails.
void print(const std::string& text);

/// The value of an option; `flag` names it in the refusal.
[[nodiscard]] std::int64_t integer_option(const std::string& text, const std::string& flag, std::int64_t least, std::int64_t most);

/// Options that change how a problem is integrated.
class IntegrationArguments {
public:
    IntegrationArguments();
    /// Their targets are members of this object.
    [[nodiscard]] std::vector<Option> options();
    void apply(flow::Problem& problem, flow::IntegrateOptions& integration) const;

private:
    std::string digits_, clock_, method_, times_, confirm_, at_ambiguity_;
    std::vector<std::string> stops_;  ///< one per io::stop_keys()
};

/// Integrates with a progress line and with Ctrl-C as a wish to stop, and measures the drift of the known invariants.
[[nodiscard]] flow::Trajectory follow(const flow::Problem& problem, flow::IntegrateOptions options);

inline constexpr std::int64_t most_digits = 100'000;

}  // namespace eonflow::verify::cli
