#include <verify/cli/run_folder.hpp>

#include <eonflow/number/error.hpp>
#include <eonflow/number/versions.hpp>

#include <cstdlib>

namespace eonflow::verify::cli {

namespace {

constexpr const char* checkpoint_name = "checkpoint.json";

io::Json::Object versions() {
    io::Json::Object result = {{"eonflow", EONFLOW_VERSION}};
    for (const auto& [name, version] : number::library_versions()) result.push_back({name, version});
    return result;
}

void put(const std::filesystem::path& file, const std::string& content) { io::OutputFile(file).commit(content); }

/// Between two checkpoints; EONFLOW_CHECKPOINT_MILLISECONDS, if it is set, for tests.
std::chrono::milliseconds interval() {
    const char* text = std::getenv("EONFLOW_CHECKPOINT_MILLISECONDS");
    return std::chrono::milliseconds(text == nullptr ? 2000 : std::strtol(text, nullptr, 10));
}

}  // namespace

RunFolder::RunFolder(std::filesystem::path folder, io::Checkpoint checkpoint)
    : path_(std::move(folder)), identity_(std::make_shared<io::RunIdentity>(std::move(checkpoint.identity))) {
    const auto keep = [file = path_ / checkpoint_name, identity = identity_](const flow::Journal::Stages& stages) {
        put(file, io::to_text(io::to_json({*identity, stages})));
    };
    if (checkpoint.stages.empty()) keep({});
    journal_ = std::make_unique<flow::Journal>(std::move(checkpoint.stages), keep, interval());
}

RunFolder RunFolder::create(const std::filesystem::path& folder, const std::string& command, const std::string& problem_sha256, io::Json::Object settings,
                            const std::vector<std::pair<std::string, std::string>>& files) {
    std::filesystem::create_directories(folder);
    if (std::filesystem::exists(folder / checkpoint_name))
        throw invalid_input("\"" + folder.string() + "\" has the checkpoint of a run that is not complete, accepted is a folder without one (or: eonflow resume " + folder.string() + ")", "--out");
    for (const auto& [name, content] : files) put(folder / name, content);
    return {folder, {{command, problem_sha256, versions(), std::move(settings)}, {}}};
}

RunFolder RunFolder::open(const std::filesystem::path& folder) {
    const std::filesystem::path file = folder / checkpoint_name;
    if (!std::filesystem::exists(file))
        throw invalid_input("\"" + folder.string() + "\" has no " + checkpoint_name + ", accepted is the folder of an interrupted run (one that is complete has none)", "RUN");
    io::Checkpoint checkpoint;
    try {
        checkpoint = io::read_checkpoint(file);
    } catch (const invalid_input& problem) {
        throw problem.within(file.string() + ": ");
    }
    if (io::Json(checkpoint.identity.versions) != io::Json(versions()))
        throw invalid_input("the run was made with " + io::to_line(checkpoint.identity.versions) + ", accepted are checkpoints made with " + io::to_line(versions()) +
                                ": other versions may give other bits", file.string());
    return {folder, std::move(checkpoint)};
}

void RunFolder::require_problem(const std::string& sha256) const {
    if (sha256 != identity_->problem_sha256)
        throw invalid_input("the problem is not the one that the run began with (" + identity_->problem_sha256.substr(0, 12) + "... was found in the checkpoint, accepted is " +
                                sha256.substr(0, 12) + "...)", (path_ / "problem.json").string());
}

void RunFolder::write(const std::string& name, const std::string& content) const { put(path_ / name, content); }

void RunFolder::finish() const {
    for (const auto& entry : std::filesystem::directory_iterator(path_))
        // With what a killed process may have left of a checkpoint half-written.
        if (entry.path().filename().string().starts_with(checkpoint_name)) std::filesystem::remove(entry.path());
}

}  // namespace eonflow::verify::cli
