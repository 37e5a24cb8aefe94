#pragma once

namespace eonflow::verify::cli {

/// Runs the subcommand that the arguments name. Returns the exit status: 0 every claim asked for holds, 1 a claim is violated, 2 inconclusive, 3 bad input,
/// 4 internal error. Throws nothing; an error is one line on standard error.
int run(int count, char** arguments) noexcept;

}  // namespace eonflow::verify::cli
