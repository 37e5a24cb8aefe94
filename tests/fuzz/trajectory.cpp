#include <fuzz/target.hpp>

#include <eonflow/io/problem_file.hpp>
#include <eonflow/io/trajectory_file.hpp>

using namespace eonflow;

namespace {

const flow::Problem& problem() {
    static const flow::Problem stated = io::parse_problem(R"({"format": "eonflow/problem/1", "data": {"x": [["1", "1/2"]], "y": ["1"]}, "model": {"family": "linear"},
        "loss": {"kind": "exponential"}, "initial": ["0", "1/3"], "stop": {"time": "2"}, "digits": 20})");
    return stated;
}

}  // namespace

/// Any text as a trajectory of one problem, whose checksum is written "=" for short.
int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    return tests::try_text(bytes, size, [](std::string_view text) {
        std::string full(text);
        if (const std::size_t at = full.find("\"=\""); at != std::string::npos) full.replace(at + 1, 1, io::problem_sha256(problem()));
        const flow::Trajectory trajectory = io::parse_trajectory(full, problem());
        tests::promise(!io::to_text(io::to_json(problem(), trajectory)).empty(), "a trajectory that was read can be written");
        tests::promise(!io::to_csv(problem(), trajectory).empty(), "a trajectory that was read can be written as a table");
    });
}
