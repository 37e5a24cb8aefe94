#pragma once

#include <support/temporary_folder.hpp>

#include <string>
#include <vector>

namespace eonflow::tests {

/// What one call of a program gave.
struct Outcome {
    int status = -1;  ///< exit status; 128 + signal if it was killed
    std::string out, err;
};

/// A folder in which the program runs.
class Workplace {
public:
    void write(const std::string& name, const std::string& content) const;
    [[nodiscard]] std::string read(const std::string& name) const;
    /// Names of the files there are, sorted.
    [[nodiscard]] std::vector<std::string> files() const;

    /// `eonflow arguments`; a shell reads the arguments.
    [[nodiscard]] Outcome eonflow(const std::string& arguments) const;
    /// What a shell makes of `command`.
    [[nodiscard]] Outcome run(const std::string& command) const { return call(command); }
    [[nodiscard]] static std::string program();
    /// Whether each of the named files matches the JSON Schema of its format; `err` says where not.
    [[nodiscard]] Outcome validate(const std::string& names) const;

private:
    [[nodiscard]] Outcome call(const std::string& command) const;
    temporary_folder folder_, streams_;
};

/// A problem file: two separable points, a linear predictor, the given stop rule.
[[nodiscard]] std::string two_points(const std::string& stop = R"({"time": "2"})");

/// `text` with `part`, which must be there, replaced by `other`.
[[nodiscard]] std::string with(std::string text, const std::string& part, const std::string& other);

}  // namespace eonflow::tests
