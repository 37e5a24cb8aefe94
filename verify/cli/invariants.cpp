#include <verify/cli/command.hpp>
#include <verify/cli/input.hpp>
#include <verify/cli/terminal.hpp>

#include <eonflow/invariant/invariant.hpp>
#include <eonflow/io/invariants_file.hpp>
#include <eonflow/io/problem_file.hpp>
#include <eonflow/io/trajectory_file.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>

namespace eonflow::verify::cli {

namespace {

constexpr std::int64_t shown_digits = 6;

bool is_finished(const flow::Trajectory& trajectory) { return trajectory.status == "reached_stop"; }

struct Arguments {
    std::string problem, json;
    IntegrationArguments integration;
};

std::string overview(const std::vector<invariant::LieTest>& tests, const flow::Trajectory* trajectory, const std::optional<std::int64_t>& dual_digits) {
    Table exact({"identity", "result", "relation"});
    std::vector<std::string> meanings;
    for (const invariant::LieTest& test : tests) {
        const std::string how = std::to_string(test.points) + (test.exact ? " exact points" : " points, in balls");
        exact.add({test.name, {(test.vanishes ? "zero at " : "fails at one of ") + how, test.vanishes ? Colour::good : Colour::bad}, test.relation});
        if (std::find(meanings.begin(), meanings.end(), test.meaning) == meanings.end()) meanings.push_back(test.meaning);
    }
    std::string out = exact.text();
    for (const std::string& meaning : meanings) out += wrapped(meaning, 0) + "\n";
    if (trajectory == nullptr) return out + "\nno stop rule: the drift along the flow is not measured (--stop-time)\n";
    Table drifts({"along the flow", "at the start", "largest relative change"});
    for (const flow::InvariantDrift& drift : trajectory->invariants) drifts.add({drift.name, number::to_decimal(drift.initial, 6), number::to_decimal(drift.drift, 2)});
    if (dual_digits) drifts.add({"dual flow", "", "agrees at all samples to " + std::to_string(*dual_digits) + " digits"});
    const std::string way = trajectory->samples.empty() ? "no sample was reached" : "followed to t = 10^" + number::to_decimal(trajectory->samples.back().log10_time.value, shown_digits);
    const bool any = !trajectory->invariants.empty() || dual_digits;
    return out + "\n" + (any ? drifts.text() : "") + way + (is_finished(*trajectory) ? "" : "; " + trajectory->status) + "\n";
}

int run(const Arguments& arguments) {
    flow::Problem problem = in_file(arguments.problem, [&] { return io::read_problem(arguments.problem); });
    flow::IntegrateOptions options;
    arguments.integration.apply(problem, options);
    return in_file(arguments.problem, [&] {
        Output json(arguments.json);
        const std::vector<invariant::LieTest> tests = invariant::lie_tests(problem);
        std::optional<flow::Trajectory> trajectory;
        if (!problem.stop.empty()) trajectory = follow(problem, options);
        std::optional<std::int64_t> dual_digits;
        if (trajectory) {
            const number::precision_scope scope(trajectory->precision_bits);
            dual_digits = invariant::dual_digits(problem, *trajectory);
        }
        const flow::Trajectory* const followed = trajectory ? &*trajectory : nullptr;
        if (json.is_wanted()) json.write(io::to_text(io::to_json(problem, tests, followed, dual_digits)));
        if (!json.is_standard()) print(overview(tests, followed, dual_digits));
        const bool conserved = std::all_of(tests.begin(), tests.end(), [](const invariant::LieTest& test) { return test.vanishes; });
        if (!conserved) return 1;
        return followed == nullptr || is_finished(*followed) ? 0 : 2;
    });
}

}  // namespace

Command invariants_command() {
    auto arguments = std::make_shared<Arguments>();
    Command command{"invariants", "Conserved quantities: exact tests, and drift along the flow", {{"problem", &arguments->problem, "Problem file", "FILE", true}}, [arguments] { return run(*arguments); }};
    for (Option& option : arguments->integration.options()) command.options.push_back(std::move(option));
    command.options.push_back({"--json", &arguments->json, "Write the result as JSON (- for standard output)", "FILE"});
    return command;
}

}  // namespace eonflow::verify::cli
