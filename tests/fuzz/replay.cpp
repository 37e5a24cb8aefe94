/// Gives the files in the folders named on the command line to the fuzz target, where there is no libFuzzer to do it.

#include <fuzz/target.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

int main(int count, char** arguments) {
    int files = 0;
    for (int k = 1; k < count; ++k)
        for (const auto& entry : std::filesystem::recursive_directory_iterator(arguments[k])) {
            if (!entry.is_regular_file()) continue;
            std::ifstream in(entry.path(), std::ios::binary);
            const std::string bytes{std::istreambuf_iterator<char>(in), {}};
            std::printf("%s\n", entry.path().filename().string().c_str());
            std::fflush(stdout);  // so that the last line names the file that ends the process
            LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
            ++files;
        }
    std::printf("%d files\n", files);
    return files > 0 ? 0 : 1;
}
