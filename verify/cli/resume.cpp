#include <verify/cli/command.hpp>
#include <verify/cli/run_folder.hpp>

#include <eonflow/number/error.hpp>

namespace eonflow::verify::cli {

namespace {

int run(const std::string& folder, const std::string& jobs) {
    RunFolder run = RunFolder::open(folder);
    if (run.identity().command == "integrate") return resume_integrate(run);
    if (run.identity().command == "verify") return resume_verify(run, jobs);
    throw invalid_input("the command \"" + run.identity().command + "\" was found in the checkpoint, accepted are \"integrate\" and \"verify\"", folder);
}

}  // namespace

Command resume_command() {
    struct Arguments {
        std::string folder, jobs;
    };
    auto arguments = std::make_shared<Arguments>();
    return {"resume",
            "Go on with an interrupted run, to the same bits",
            {{"run", &arguments->folder, "Folder given to --out of integrate or verify", "RUN", true},
             {"--jobs", &arguments->jobs, "Theorems checked at the same time (one a core)", "N"}},
            [arguments] { return run(arguments->folder, arguments->jobs); }};
}

}  // namespace eonflow::verify::cli
