#pragma once
/// `eonflow verify ID --sweep`: one theorem over a range of a parameter.

#include <verify/theorem.hpp>

namespace eonflow::verify::cli {

struct SweepArguments {
    std::string range, problem, instance, json, plot;
    std::int64_t jobs = 1;
};

/// Returns the exit status.
int sweep(const std::vector<const Theorem*>& theorems, const SweepArguments& arguments, const CheckOptions& options);

}  // namespace eonflow::verify::cli
