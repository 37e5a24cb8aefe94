#include <verify/data/dataset.hpp>
#include <verify/data/stored.hpp>

#include <eonflow/flow/integrate.hpp>
#include <eonflow/invariant/invariant.hpp>
#include <eonflow/io/file.hpp>
#include <eonflow/io/prediction_file.hpp>
#include <eonflow/io/problem_file.hpp>
#include <eonflow/io/sha256.hpp>
#include <eonflow/io/trajectory_file.hpp>
#include <eonflow/number/error.hpp>

#include <algorithm>

namespace eonflow::verify::data {

namespace fs = std::filesystem;
using io::Json;

namespace {

std::vector<fs::path> folders_in(const fs::path& folder) {
    std::vector<fs::path> result;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder))
        if (entry.is_directory()) result.push_back(entry.path());
    std::sort(result.begin(), result.end());
    return result;
}

std::vector<std::string> files_in(const fs::path& folder) {
    std::vector<std::string> result;
    for (const fs::directory_entry& entry : fs::directory_iterator(folder))
        if (entry.is_regular_file()) result.push_back(entry.path().filename().string());
    std::sort(result.begin(), result.end());
    return result;
}

/// The predicted limit, or why there is none.
Json limit_of(const flow::Problem& problem, std::string& reason) {
    try {
        const limit::Prediction prediction = limit::predict(problem, problem.digits);
        if (prediction.solution.status != convex::Status::undecided) return io::to_json(problem, prediction);
        reason = prediction.solution.message;
    } catch (const invalid_input& none) {
        reason = none.what();
    }
    return {};
}

}  // namespace

std::vector<Dataset> datasets(const fs::path& root) {
    if (!fs::is_directory(root)) throw io_error(root.string() + " is no folder, accepted is the root of the reference datasets");
    std::vector<Dataset> result;
    for (const fs::path& family : folders_in(root))
        for (const fs::path& problem : folders_in(family))
            if (fs::exists(problem / "problem.json")) result.push_back({family.filename().string() + "/" + problem.filename().string(), problem});
    return result;
}

Files build(const Dataset& dataset) {
    const flow::Problem problem = io::read_problem(dataset.folder / "problem.json");
    flow::Trajectory trajectory = flow::integrate(problem, {});
    {
        const number::precision_scope scope(trajectory.precision_bits);
        trajectory.invariants = invariant::drifts(problem, trajectory);
    }
    if (trajectory.status != "reached_stop") throw precision_error(dataset.name + ": the integration ended with " + trajectory.status);
    for (const flow::Sample& sample : trajectory.samples)
        if (sample.verified_digits < problem.digits)
            throw precision_error(dataset.name + ": a sample has " + std::to_string(sample.verified_digits) + " verified digits, " + std::to_string(problem.digits) + " are asked for");
    Files files;
    files["trajectory.json"] = io::to_text(io::to_json(problem, trajectory));
    files["trajectory_double.csv"] = lossy_csv(files["trajectory.json"]);
    std::string reason;
    const Json limit = limit_of(problem, reason);
    if (!limit.is_null()) files["limit.json"] = io::to_text(limit);
    Json computed = Json::Array{};
    computed.array()->push_back(Json::Object{{"what", "trajectory"},
                                             {"method", trajectory.method},
                                             {"precision_bits", trajectory.precision_bits},
                                             {"second_computation", trajectory.confirmation},
                                             {"verified_digits", problem.digits}});
    if (limit.is_null())
        computed.array()->push_back(Json::Object{{"what", "limit"}, {"absent_because", reason}});
    else
        computed.array()->push_back(Json::Object{{"what", "limit"}, {"method", "certified convex solver"}, {"second_computation", "independent check of the certificate"}});
    Json digests = Json::Object{};
    for (const auto& [name, content] : files) digests.add(name, io::sha256(content));
    files["provenance.json"] = io::to_text(Json::Object{{"format", "eonflow/provenance/1"},
                                                        {"dataset", dataset.name},
                                                        {"data_version", data_version},
                                                        {"program_version", EONFLOW_VERSION},
                                                        {"problem_sha256", io::problem_sha256(problem)},
                                                        {"computed", std::move(computed)},
                                                        {"files", std::move(digests)}});
    return files;
}

Files summary(const fs::path& root) {
    Json entries = Json::Array{};
    std::string manifest;
    const auto list = [&](const std::string& name, const std::string& content) { manifest += io::sha256(content) + "  " + name + "\n"; };
    for (const Dataset& dataset : datasets(root)) {
        const flow::Problem problem = io::read_problem(dataset.folder / "problem.json");
        Json names = Json::Array{};
        for (const std::string& file : files_in(dataset.folder)) {
            names.array()->push_back(file);
            list(dataset.name + "/" + file, io::read_file(dataset.folder / file));
        }
        entries.array()->push_back(Json::Object{{"dataset", dataset.name},
                                                {"name", problem.name},
                                                {"model", problem.model.description},
                                                {"loss", model::name_of(problem.loss.kind)},
                                                {"samples", problem.data.samples()},
                                                {"features", problem.data.features()},
                                                {"parameters", problem.initial.size()},
                                                {"digits", problem.digits},
                                                {"problem_sha256", io::problem_sha256(problem)},
                                                {"files", std::move(names)}});
    }
    Files files;
    files["index.json"] = io::to_text(Json::Object{{"format", "eonflow/index/1"}, {"data_version", data_version}, {"datasets", std::move(entries)}});
    list("index.json", files["index.json"]);
    files["MANIFEST.sha256"] = std::move(manifest);
    return files;
}

}  // namespace eonflow::verify::data
