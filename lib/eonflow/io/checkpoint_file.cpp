#include <eonflow/io/checkpoint_file.hpp>

#include <eonflow/io/cursor.hpp>
#include <eonflow/io/file.hpp>
#include <eonflow/io/sha256.hpp>

namespace eonflow::io {

namespace {

constexpr const char* format = "eonflow/checkpoint/1";
constexpr std::size_t most_stages = 10'000;  // each is sought by name among all

Json::Object object(const Cursor& at) {
    if (at.value().object() == nullptr) at.refuse("an object");
    return *at.value().object();
}

Json without_checksum(const Checkpoint& checkpoint) {
    Json stages = Json::Object{};
    for (const auto& [name, stage] : checkpoint.stages)
        stages.add(name, Json::Object{{"complete", stage.complete}, {"record", json_array(stage.record, [](const std::string& text) { return Json(text); })}});
    return Json::Object{{"format", format},
                        {"versions", checkpoint.identity.versions},
                        {"command", checkpoint.identity.command},
                        {"problem_sha256", checkpoint.identity.problem_sha256},
                        {"settings", checkpoint.identity.settings},
                        {"stages", std::move(stages)}};
}

}  // namespace

Json to_json(const Checkpoint& checkpoint) {
    Json result = without_checksum(checkpoint);
    result.add("sha256", sha256(to_canonical_line(result)));
    return result;
}

Checkpoint parse_checkpoint(std::string_view text) {
    const Json document = parse_json(text);
    const Cursor at(document);
    at.only({"format", "versions", "command", "problem_sha256", "settings", "stages", "sha256"});
    (void)at.at("format", "\"" + std::string(format) + "\"").one_of({format});
    Checkpoint result;
    result.identity.command = at.at("command", "a command").text("a command");
    result.identity.problem_sha256 = at.at("problem_sha256", "a checksum").text("a checksum");
    result.identity.versions = object(at.at("versions", "the versions of the program and its libraries"));
    result.identity.settings = object(at.at("settings", "the settings of the run"));
    const Cursor stages = at.at("stages", "the stages of the run");
    if (object(stages).size() > most_stages) stages.refuse("at most " + std::to_string(most_stages) + " stages");
    for (const auto& [name, value] : object(stages)) {
        const Cursor stage = stages.at(name, "a stage");
        stage.only({"complete", "record"});
        flow::Journal::Stage& read = result.stages[name];
        read.complete = stage.at("complete", "true or false").boolean();
        for (const Cursor& line : stage.at("record", "a list of texts").items("a list of texts")) read.record.push_back(line.text("a text"));
    }
    const Cursor checksum = at.at("sha256", "a checksum");
    const std::string expected = sha256(to_canonical_line(without_checksum(result)));
    if (checksum.text("a checksum") != expected) checksum.refuse("the checksum of the content, " + expected + ": the file was changed or damaged");
    return result;
}

Checkpoint read_checkpoint(const std::filesystem::path& file) { return parse_checkpoint(read_file(file)); }

}  // namespace eonflow::io
