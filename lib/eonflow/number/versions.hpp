#pragma once

#include <string>
#include <utility>
#include <vector>

namespace eonflow::number {

/// Names and versions of the arithmetic libraries in use.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> library_versions();

}  // namespace eonflow::number
