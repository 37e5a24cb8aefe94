#include <eonflow/io/file.hpp>

#include <eonflow/number/error.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace eonflow::io {

namespace {

[[noreturn]] void fail(const std::filesystem::path& file, const std::string& what, int reason) {
    throw io_error(file.string() + ": " + what + ": " + std::strerror(reason));
}

/// Closes on every way out.
struct descriptor {
    int number;
    ~descriptor() {
        if (number >= 0) ::close(number);
    }
};

}  // namespace

std::string read_file(const std::filesystem::path& file) {
    const descriptor input{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
    if (input.number < 0) fail(file, "cannot be opened", errno);
    std::string content;
    std::array<char, 1 << 16> block;
    for (;;) {
        const ssize_t got = ::read(input.number, block.data(), block.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) fail(file, "cannot be read", errno);
        if (got == 0) return content;
        content.append(block.data(), static_cast<std::size_t>(got));
        if (content.size() > largest_file) throw io_error(file.string() + ": is larger than accepted, which is " + std::to_string(largest_file >> 20) + " MiB");
    }
}

OutputFile::OutputFile(std::filesystem::path file) : file_(std::move(file)) {
    // A link stays a link: what it points to is replaced.
    std::error_code ignored;
    if (std::filesystem::is_symlink(file_, ignored)) file_ = std::filesystem::weakly_canonical(file_);
    if (std::filesystem::is_directory(file_, ignored)) fail(file_, "cannot be written", EISDIR);
    if (std::filesystem::exists(file_, ignored) && !std::filesystem::is_regular_file(file_, ignored)) {
        descriptor_ = ::open(file_.c_str(), O_WRONLY | O_CLOEXEC);
        if (descriptor_ < 0) fail(file_, "cannot be written", errno);
        return;
    }
    std::string name = file_.string() + ".XXXXXX";
    descriptor_ = ::mkostemp(name.data(), O_CLOEXEC);
    if (descriptor_ < 0) fail(file_, "cannot be written", errno);
    temporary_ = name;
    // mkostemp gives the owner alone access; a new file should have what the umask says, a replaced one what it had.
    const mode_t mask = ::umask(0);
    ::umask(mask);
    struct stat old {};
    const mode_t mode = ::stat(file_.c_str(), &old) == 0 ? old.st_mode & 07777 : 0666 & ~mask;
    if (::fchmod(descriptor_, mode) != 0) {
        const int reason = errno;
        discard();
        fail(file_, "cannot be written", reason);
    }
}

OutputFile::~OutputFile() { discard(); }

void OutputFile::discard() noexcept {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    temporary_.clear();
}

void OutputFile::commit(std::string_view content) {
    const auto check = [this](bool good) {
        if (good) return;
        const int reason = errno;
        discard();
        fail(file_, "cannot be written", reason);
    };
    while (!content.empty()) {
        const ssize_t put = ::write(descriptor_, content.data(), content.size());
        if (put < 0 && errno == EINTR) continue;
        check(put >= 0);
        content.remove_prefix(static_cast<std::size_t>(put));
    }
    if (!temporary_.empty()) {
        check(::fsync(descriptor_) == 0);
        check(::rename(temporary_.c_str(), file_.c_str()) == 0);
        temporary_.clear();
        // The new name is on disk only when the folder is.
        const std::filesystem::path folder = file_.has_parent_path() ? file_.parent_path() : std::filesystem::path(".");
        const descriptor parent{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
        if (parent.number >= 0) ::fsync(parent.number);
    }
    check(::close(std::exchange(descriptor_, -1)) == 0);
}

}  // namespace eonflow::io
