#pragma once
/// The folder of a run that can be interrupted: its problem, a checkpoint while it is under way, its results at the end.

#include <eonflow/io/checkpoint_file.hpp>
#include <eonflow/io/file.hpp>

#include <chrono>
#include <filesystem>
#include <memory>

namespace eonflow::verify::cli {

class RunFolder {
public:
    /// Makes the folder, if need be, with `files` and, when these are there, a first checkpoint. Throws invalid_input where a run is already under way in it, io_error where it cannot be written.
    static RunFolder create(const std::filesystem::path& folder, const std::string& command, const std::string& problem_sha256, io::Json::Object settings,
                            const std::vector<std::pair<std::string, std::string>>& files);
    /// Takes up an interrupted run. Throws invalid_input where there is none, or where it was made by another version of the program or its libraries.
    static RunFolder open(const std::filesystem::path& folder);

    [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
    [[nodiscard]] const io::RunIdentity& identity() const noexcept { return *identity_; }
    [[nodiscard]] flow::Journal& journal() noexcept { return *journal_; }
    /// Throws invalid_input unless the problem is the one that the run began with.
    void require_problem(const std::string& sha256) const;
    void write(const std::string& name, const std::string& content) const;
    /// Removes the checkpoint: the results are all written.
    void finish() const;

private:
    RunFolder(std::filesystem::path folder, io::Checkpoint checkpoint);

    std::filesystem::path path_;
    std::shared_ptr<const io::RunIdentity> identity_;
    std::unique_ptr<flow::Journal> journal_;
};

}  // namespace eonflow::verify::cli
