#pragma once
/// The reference datasets: folders family/problem with a problem file (the source) and what is computed from it.

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace eonflow::verify::data {

/// Changes whenever a stored digit does.
inline constexpr int data_version = 1;

struct Dataset {
    std::string name;  ///< "family/problem"
    std::filesystem::path folder;
};

/// The folders root/family/problem that hold a problem.json, sorted by name. Throws io_error if there is no such root.
[[nodiscard]] std::vector<Dataset> datasets(const std::filesystem::path& root);

/// File name -> content.
using Files = std::map<std::string, std::string>;

/// What is computed from a dataset's problem.json, the same bytes on every machine: trajectory.json, trajectory_double.csv (rounded, lossy), limit.json where a theorem names
/// a program, and provenance.json. Throws precision_error if a number of the trajectory does not reach the digits that the problem asks for.
[[nodiscard]] Files build(const Dataset& dataset);

/// The samples rounded to double, with a first line that says so.
[[nodiscard]] std::string lossy_csv(std::string_view trajectory);

/// The same as an uncompressed numpy archive: "times", "parameters" (samples x parameters) and one array for each observable; what has no digits is nan.
[[nodiscard]] std::string lossy_npz(std::string_view trajectory);

/// index.json over all datasets of a root and MANIFEST.sha256 (sha256sum -c format) over all their files and the index.
[[nodiscard]] Files summary(const std::filesystem::path& root);

/// One thing that was verified, or was found wrong.
struct Finding {
    bool passed = false;
    std::string subject, statement;
};

/// Verifies stored files without the integration that made them: digests, the certificate (by the independent checker), closed forms (closed_form.json: formulas in t for the
/// parameters) and conserved quantities in balls around the stored digits, the decrease of the loss, the signs of pre-activations against the events, and the digits of another
/// integration: by another method, or at few digits where kinks allow one method only.
[[nodiscard]] std::vector<Finding> check(const Dataset& dataset);

}  // namespace eonflow::verify::data
