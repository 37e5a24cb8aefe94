#pragma once
/// Files: whole reads with a limit, and writes that are complete or did not happen.

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace eonflow::io {

/// No input file is larger.
inline constexpr std::size_t largest_file = 64u << 20;

/// The bytes of `file`; throws io_error if it cannot be read or has more than `largest_file` bytes.
[[nodiscard]] std::string read_file(const std::filesystem::path& file);

/// A file to be written later, all at once: its place is taken at once (so that a folder that cannot be written to is known before long work starts), and
/// its old content stays until `commit`. Without a commit nothing is left behind.
class OutputFile {
public:
    /// Throws io_error if the file cannot be written.
    explicit OutputFile(std::filesystem::path file);
    ~OutputFile();
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    /// Writes `content` to disk and puts it in the place of the file. Throws io_error; the old file is then as it was.
    void commit(std::string_view content);

private:
    void discard() noexcept;

    std::filesystem::path file_, temporary_;  ///< temporary_ is empty for pipes and devices, which are written to directly
    int descriptor_ = -1;
};

}  // namespace eonflow::io
