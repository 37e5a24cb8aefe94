#pragma once
/// What the fuzz targets share. A target takes any bytes; the parser may refuse them, with the errors meant for that, and nothing else may happen.

#include <eonflow/number/error.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size);

namespace eonflow::tests {

/// Ends the process, as libFuzzer wants it, where a parser broke its promise.
inline void promise(bool kept, const char* what) {
    if (kept) return;
    std::fprintf(stderr, "broken promise: %s\n", what);
    std::abort();
}

/// Calls `parse` with the bytes as text. A refusal must say something.
template <class Parse>
int try_text(const std::uint8_t* bytes, std::size_t size, Parse parse) {
    try {
        parse(std::string_view(reinterpret_cast<const char*>(bytes), size));
    } catch (const invalid_input& refusal) {
        promise(refusal.what()[0] != '\0', "a refusal has a message");
    } catch (const io_error& refusal) {
        promise(refusal.what()[0] != '\0', "a refusal has a message");
    }
    return 0;
}

}  // namespace eonflow::tests
