#pragma once

#include <string>
#include <string_view>

namespace eonflow::io {

/// SHA-256 of `bytes` as 64 lower-case hexadecimal digits.
[[nodiscard]] std::string sha256(std::string_view bytes);

}  // namespace eonflow::io
