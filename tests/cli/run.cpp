#include <cli/run.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

#include <sys/wait.h>

namespace eonflow::tests {

namespace {

std::string content_of(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

void Workplace::write(const std::string& name, const std::string& content) const { std::ofstream(folder_.path() / name, std::ios::binary) << content; }

std::string Workplace::read(const std::string& name) const { return content_of(folder_.path() / name); }

std::vector<std::string> Workplace::files() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path())) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

Outcome Workplace::call(const std::string& command) const {
    const std::filesystem::path out = streams_.path() / "out", err = streams_.path() / "err";
    const int raw = std::system(("cd '" + folder_.path().string() + "' && { " + command + "; } >'" + out.string() + "' 2>'" + err.string() + "'").c_str());
    return {WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw), content_of(out), content_of(err)};
}

std::string Workplace::program() { return EONFLOW_PROGRAM; }

Outcome Workplace::eonflow(const std::string& arguments) const { return call("'" EONFLOW_PROGRAM "' " + arguments); }

Outcome Workplace::validate(const std::string& names) const {
    return call("'" EONFLOW_PYTHON "' '" EONFLOW_SOURCE_DIR "/tests/cli/validate.py' '" EONFLOW_SOURCE_DIR "/proofs-data/schema' " + names);
}

std::string two_points(const std::string& stop) {
    return R"({"format": "eonflow/problem/1", "name": "two points",
  "data": {"x": [["1", "1/2"], ["1/2", "1"]], "y": ["1", "1"]},
  "model": {"family": "linear"}, "loss": {"kind": "exponential"}, "initial": ["0", "1/3"],
  "stop": )" + stop + R"(, "digits": 20, "observe": ["margin", "direction"]})";
}

std::string with(std::string text, const std::string& part, const std::string& other) {
    const std::size_t at = text.find(part);
    if (at == std::string::npos) throw std::logic_error("the test looks for a part that is not there: " + part);
    return text.replace(at, part.size(), other);
}

}  // namespace eonflow::tests
