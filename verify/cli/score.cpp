#include <verify/cli/command.hpp>
#include <verify/cli/input.hpp>
#include <verify/cli/terminal.hpp>
#include <verify/data/score.hpp>

namespace eonflow::verify::cli {

namespace {

struct Arguments {
    std::string reference, candidate, json;
};

int run(const Arguments& arguments) {
    Output json(arguments.json);
    const std::string reference = io::read_file(arguments.reference), candidate = io::read_file(arguments.candidate);
    const std::vector<data::Score> scores = in_file(arguments.candidate, [&] { return data::score(reference, candidate); });
    if (json.is_wanted()) json.write(io::to_text(data::to_json(scores, arguments.reference, arguments.candidate)));
    if (json.is_standard()) return 0;
    Table table({"quantity", "compared", "of digits", "fewest right", "at", "at the end"});
    for (const data::Score& s : scores)
        table.add({s.quantity, std::to_string(s.compared), std::to_string(s.available), data::digits_text(s.least), shortened(s.worst, 20), data::digits_text(s.last)});
    print(table.text());
    return 0;
}

}  // namespace

Command score_command() {
    auto arguments = std::make_shared<Arguments>();
    return {"score",
            "Count the right digits of somebody else's trajectory or minimizer",
            {{"reference", &arguments->reference, "Trajectory or limit file to compare with", "FILE", true},
             {"candidate", &arguments->candidate, "CSV (time and parameter names in its first line) or JSON", "FILE", true},
             {"--json", &arguments->json, "Write the scores as JSON (- for standard output)", "FILE"}},
            [arguments] { return run(*arguments); }};
}

}  // namespace eonflow::verify::cli
