#include <verify/cli/command.hpp>
#include <verify/cli/input.hpp>
#include <verify/cli/terminal.hpp>

#include <eonflow/convex/check.hpp>
#include <eonflow/io/certificate_file.hpp>

namespace eonflow::verify::cli {

namespace {

int run(const std::string& file) {
    return in_file(file, [&] {
        const convex::Check result = convex::check(io::read_certificate(file));
        // A refusal says itself that it is one.
        print(coloured(wrapped((result.accepted ? "accepted: " : "") + result.statement, 2), result.accepted ? Colour::good : Colour::bad) + "\n");
        return result.accepted ? 0 : 1;
    });
}

}  // namespace

Command check_command() {
    auto file = std::make_shared<std::string>();
    return {"check", "Re-check a certificate, independently of the solver", {{"certificate", file.get(), "Certificate file, or a limit file that holds one", "FILE", true}}, [file] { return run(*file); }};
}

}  // namespace eonflow::verify::cli
