#pragma once
/// Verdicts as files, format eonflow/verdict/1.

#include <eonflow/io/json.hpp>
#include <verify/verdict.hpp>

namespace eonflow::verify {

/// All reports of a run that was asked for `digits`. Without times: the same results have the same bytes.
[[nodiscard]] io::Json to_json(const std::vector<Report>& reports, std::int64_t digits);

/// The reports of such a document. Throws invalid_input for anything else.
[[nodiscard]] std::vector<Report> parse_verdicts(const io::Json& document);

}  // namespace eonflow::verify
