#include <verify/cli/command.hpp>
#include <verify/cli/input.hpp>
#include <verify/report/report.hpp>
#include <verify/verdict_file.hpp>

#include <eonflow/io/problem_file.hpp>
#include <eonflow/io/trajectory_file.hpp>

#include <filesystem>

namespace eonflow::verify::cli {

namespace {

std::optional<limit::Prediction> predicted(const flow::Problem& problem) {
    try {
        limit::Prediction prediction = limit::predict(problem, problem.digits);
        if (prediction.solution.status == convex::Status::optimal) return prediction;
    } catch (const invalid_input&) {
        // No theorem says where this flow ends.
    }
    return std::nullopt;
}

int run(const std::string& folder, const std::string& destination) {
    const std::filesystem::path verdict = std::filesystem::path(folder) / "verdict.json", trajectory = std::filesystem::path(folder) / "trajectory.json";
    Output page(destination);
    if (std::filesystem::exists(verdict)) {
        page.write(in_file(verdict.string(), [&] { return report::page_of(parse_verdicts(io::parse_json(io::read_file(verdict)))); }));
    } else if (std::filesystem::exists(trajectory)) {
        const std::string file = (std::filesystem::path(folder) / "problem.json").string();
        const flow::Problem problem = in_file(file, [&] { return io::read_problem(file); });
        const flow::Trajectory followed = in_file(trajectory.string(), [&] { return io::read_trajectory(trajectory, problem); });
        page.write(report::page_of(problem, followed, predicted(problem)));
    } else {
        throw invalid_input("\"" + folder + "\" has neither verdict.json nor trajectory.json, accepted is the folder of a run that is complete (--out of verify or integrate)", "RUN");
    }
    return 0;
}

}  // namespace

Command report_command() {
    struct Arguments {
        std::string folder, page;
    };
    auto arguments = std::make_shared<Arguments>();
    return {"report",
            "Make a page of a run: verdicts, plots, certificates",
            {{"run", &arguments->folder, "Folder given to --out of integrate or verify", "RUN", true},
             {"-o,--output", &arguments->page, "Write the page to this file (- for standard output)", "FILE", true}},
            [arguments] { return run(arguments->folder, arguments->page); }};
}

}  // namespace eonflow::verify::cli
