#include <fuzz/target.hpp>

#include <eonflow/io/certificate_file.hpp>

using namespace eonflow;

/// Any text as a certificate, alone or within a limit file. What is accepted and written out again is the same certificate.
int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    return tests::try_text(bytes, size, [](std::string_view text) {
        const std::string written = io::to_text(io::to_json(io::parse_certificate(text)));
        tests::promise(io::to_text(io::to_json(io::parse_certificate(written))) == written, "a certificate that is written and read is the same");
    });
}
