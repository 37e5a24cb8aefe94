#include <fuzz/target.hpp>

#include <eonflow/io/checkpoint_file.hpp>
#include <eonflow/io/cursor.hpp>
#include <eonflow/io/sha256.hpp>

using namespace eonflow;

namespace {

/// The text with the checksum that its content has, so that the fuzzer gets past it.
std::string with_checksum(std::string_view text) {
    const io::Json document = io::parse_json(text);
    if (document.object() == nullptr) return std::string(text);
    io::Json result = io::Json::Object{};
    for (const io::Json::Member& member : *document.object())
        if (member.key != "sha256") result.add(member.key, member.value);
    result.add("sha256", io::sha256(io::to_canonical_line(result)));
    return io::to_line(result);
}

}  // namespace

/// Any text as a checkpoint, as it is and with its checksum put right. What is accepted and written out again is the same checkpoint.
int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    (void)tests::try_text(bytes, size, [](std::string_view text) { (void)io::parse_checkpoint(text); });
    return tests::try_text(bytes, size, [](std::string_view text) {
        const std::string written = io::to_text(io::to_json(io::parse_checkpoint(with_checksum(text))));
        tests::promise(io::to_text(io::to_json(io::parse_checkpoint(written))) == written, "a checkpoint that is written and read is the same");
    });
}
