#pragma once
/// Data sets: inline in a problem file, or in a CSV file.

#include <eonflow/flow/problem.hpp>
#include <eonflow/io/cursor.hpp>

#include <filesystem>

namespace eonflow::io {

/// The samples in the CSV text: one row a sample, label in the last column, entries exact numbers. Lines that start with '#' and empty lines are skipped, and so
/// is the first line if none of its fields is a number (column names). `name` stands for the file in messages. Throws invalid_input naming line and column.
[[nodiscard]] flow::Data parse_csv(std::string_view text, const std::string& name);

/// The value of `data`: {"x": rows, "y": labels} or {"csv": file}, each with an optional "centred"; files are sought in `folder`.
[[nodiscard]] flow::Data read_data(const Cursor& at, const std::filesystem::path& folder);

}  // namespace eonflow::io
