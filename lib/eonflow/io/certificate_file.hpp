#pragma once
/// Certificates of convex programs as files, format eonflow/certificate/1.

#include <eonflow/convex/certificate.hpp>
#include <eonflow/io/json.hpp>

#include <filesystem>

namespace eonflow::io {

[[nodiscard]] Json to_json(const convex::Certificate& certificate);

/// The certificate in the text of a certificate file, or of a limit file (eonflow/limit/1), which holds one. Nothing in it is believed: that is convex::check's
/// work. Throws invalid_input whose place is a JSON pointer.
[[nodiscard]] convex::Certificate parse_certificate(std::string_view text);

/// The same from a file; throws io_error if it cannot be read.
[[nodiscard]] convex::Certificate read_certificate(const std::filesystem::path& file);

}  // namespace eonflow::io
