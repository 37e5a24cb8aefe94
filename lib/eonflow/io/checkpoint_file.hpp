#pragma once
/// Checkpoints of interrupted runs, format eonflow/checkpoint/1.

#include <eonflow/flow/journal.hpp>
#include <eonflow/io/json.hpp>

#include <filesystem>

namespace eonflow::io {

/// What a run is: a journal serves no other one.
struct RunIdentity {
    std::string command;         ///< "integrate" or "verify"
    std::string problem_sha256;  ///< empty where the command has problems of its own
    Json::Object versions;       ///< of everything that has a part in the bits of a result
    Json::Object settings;       ///< what else changes the result
};

struct Checkpoint {
    RunIdentity identity;
    flow::Journal::Stages stages;
};

/// With a checksum of all the rest.
[[nodiscard]] Json to_json(const Checkpoint& checkpoint);

/// Throws invalid_input where the text is no checkpoint, or is damaged.
[[nodiscard]] Checkpoint parse_checkpoint(std::string_view text);

/// The same from a file; throws io_error if it cannot be read.
[[nodiscard]] Checkpoint read_checkpoint(const std::filesystem::path& file);

}  // namespace eonflow::io
