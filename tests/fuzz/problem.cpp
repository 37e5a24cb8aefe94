#include <fuzz/target.hpp>

#include <eonflow/io/problem_file.hpp>

using namespace eonflow;

/// Any text as a problem file. What is accepted and written out again states the same problem.
int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    return tests::try_text(bytes, size, [](std::string_view text) {
        const flow::Problem problem = io::parse_problem(text, "no such folder");
        const std::string written = io::to_text(io::to_json(problem));
        tests::promise(io::to_text(io::to_json(io::parse_problem(written))) == written, "a problem that is written and read is the same");
    });
}
