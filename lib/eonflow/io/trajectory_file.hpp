#pragma once
/// Trajectories as files: JSON, format eonflow/trajectory/1, and CSV.

#include <eonflow/flow/trajectory.hpp>
#include <eonflow/io/json.hpp>

#include <filesystem>

namespace eonflow::io {

/// `number` with exactly its verified digits. A number without verified digits has nothing to print: null in JSON, "" here.
[[nodiscard]] std::string to_text(const flow::verified& number);

/// The trajectory of `problem`; the same bytes on every machine.
[[nodiscard]] Json to_json(const flow::Problem& problem, const flow::Trajectory& trajectory);

/// The trajectory of `problem` in the text of a file: numbers with the digits they were written with, no observables.
/// Throws invalid_input where the text is no trajectory of this problem, or its numbers at its precision take more than 2^32 bits.
[[nodiscard]] flow::Trajectory parse_trajectory(std::string_view text, const flow::Problem& problem);

/// The same from a file; throws io_error if it cannot be read.
[[nodiscard]] flow::Trajectory read_trajectory(const std::filesystem::path& file, const flow::Problem& problem);

/// One line a sample after a line of names; names are quoted where they hold a comma. Empty fields are numbers without verified digits.
[[nodiscard]] std::string to_csv(const flow::Problem& problem, const flow::Trajectory& trajectory);

}  // namespace eonflow::io
