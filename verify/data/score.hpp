#pragma once
/// How many digits of somebody else's numbers are right.

#include <eonflow/io/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace eonflow::verify::data {

struct Score {
    std::string quantity;
    std::size_t compared = 0;
    std::int64_t available = 0;  ///< digits of the reference, the most that can be awarded
    double least = 0;            ///< the fewest right digits, -log10 of the relative error (of the absolute one where the reference is 0), at most `available`, at least 0
    std::string worst;           ///< the time (or coordinate) where that is
    double last = 0;             ///< at the last time compared
};

/// `reference` is a trajectory or limit file. `candidate` is a file of the same kind (of which only "samples" with "time" and "parameters", or "minimizer", are needed;
/// numbers may be JSON numbers), or CSV: a line of names ("time" and parameter names, or "minimizer"), then one line a sample; lines that begin with # are skipped. Samples
/// belong together where their times round to the same double. Throws invalid_input if nothing can be compared.
[[nodiscard]] std::vector<Score> score(std::string_view reference, std::string_view candidate);

/// As eonflow/score/1.
[[nodiscard]] io::Json to_json(const std::vector<Score>& scores, const std::string& reference, const std::string& candidate);

/// "12.3"
[[nodiscard]] std::string digits_text(double digits);

}  // namespace eonflow::verify::data
