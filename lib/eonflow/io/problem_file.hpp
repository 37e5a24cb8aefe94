#pragma once
/// Problem files, format eonflow/problem/1 (docs/data-format.md).

#include <eonflow/flow/problem.hpp>
#include <eonflow/io/cursor.hpp>

#include <filesystem>

namespace eonflow::io {

/// The problem that the text of a problem file states; data files it names are sought in `folder`. Throws invalid_input whose place is a JSON pointer, and
/// io_error for data files that cannot be read. Hostile input costs bounded memory: at most 64 MiB of text, 2^28 bits of numbers, 10^6 parameters.
[[nodiscard]] flow::Problem parse_problem(std::string_view text, const std::filesystem::path& folder = {});

/// The same from a file; throws io_error if it cannot be read.
[[nodiscard]] flow::Problem read_problem(const std::filesystem::path& file);

/// An array of sample times, all of one sign and away from 0.
[[nodiscard]] std::vector<number::Rational> read_times(const Cursor& at);

/// The keys of "stop", and what the value `at` of one of them means.
[[nodiscard]] const std::vector<std::string>& stop_keys();
void read_stop_rule(const std::string& key, const Cursor& at, flow::StopRule& stop);

/// The problem as a problem file with data and start written out as lowest-term rationals: parse_problem of its text is the same problem. Fit for problems of
/// the families in model::families().
[[nodiscard]] Json to_json(const flow::Problem& problem);

/// SHA-256 of the canonical line of to_json: the same for problem files that state the same problem, however they are laid out.
[[nodiscard]] std::string problem_sha256(const flow::Problem& problem);

}  // namespace eonflow::io
