#include <verify/cli/command.hpp>
#include <verify/cli/input.hpp>
#include <verify/cli/terminal.hpp>

#include <eonflow/io/prediction_file.hpp>
#include <eonflow/io/problem_file.hpp>

namespace eonflow::verify::cli {

namespace {

struct Arguments {
    std::string problem, digits, json;
};

limit::Prediction predicted(const flow::Problem& problem) {
    if (!problem.objective) return limit::predict(problem, problem.digits);
    return {problem.objective->kind, "predictor", "", convex::solve(limit::stated_program(*problem.objective, problem.data), problem.digits)};
}

std::string rows(const std::vector<std::size_t>& support) {
    std::string text;
    for (const std::size_t i : support) text += (text.empty() ? "" : " ") + std::to_string(i);
    return text.empty() ? "none" : text;
}

std::string overview(const flow::Problem& problem, const limit::Prediction& prediction) {
    const convex::Certificate& certificate = prediction.solution.certificate;
    std::string out = wrapped(prediction.objective + " in " + prediction.space + " space" + (prediction.theorem.empty() ? "" : ": " + prediction.theorem), 2) + "\n";
    const std::vector<std::string> multipliers = io::multipliers_text(prediction.solution, problem.digits);
    if (prediction.solution.status == convex::Status::infeasible) {
        out += coloured("no point meets the constraints", Colour::doubtful) + ", by this combination of the samples (Farkas)\n\n";
        Table farkas({"sample", "weight"});
        for (const std::size_t i : certificate.support) farkas.add({std::to_string(i), multipliers[i]});
        return out + farkas.text();
    }
    const std::string value = io::value_text(prediction.solution);
    if (!value.empty()) out += wrapped("value " + value, 2) + "\n";
    out += wrapped(std::string(certificate.exact ? "exact" : "proved digits") + (certificate.claim == convex::Claim::stationary ? ", a local minimizer" : certificate.unique ? ", the only minimizer" : ", one of several minimizers"), 2) + "\n";
    Table minimizer({"coordinate", "minimizer"});
    const std::vector<std::string> entries = io::minimizer_text(prediction.solution, problem.digits);
    for (std::size_t j = 0; j < entries.size(); ++j) minimizer.add({std::to_string(j + 1), entries[j]});
    Table support({"support", "multiplier"});
    for (const std::size_t i : certificate.support) support.add({std::to_string(i), multipliers[i]});
    out += "\n" + minimizer.text() + "\n" + support.text();
    if (!certificate.weakly_active.empty()) out += wrapped("active with multiplier 0: " + rows(certificate.weakly_active), 2) + "\n";
    return out;
}

std::string refusal(const limit::Prediction& prediction) {
    const bool margin = prediction.objective.ends_with("_margin");
    return std::string(margin ? "the data cannot be separated" : "no predictor meets all labels") + " (Farkas combination of the samples " + rows(prediction.solution.certificate.support) +
           "), accepted is data that " + (margin ? "a hyperplane through 0 separates" : "can be interpolated");
}

int run(const Arguments& arguments) {
    flow::Problem problem = in_file(arguments.problem, [&] { return io::read_problem(arguments.problem); });
    if (!arguments.digits.empty()) problem.digits = integer_option(arguments.digits, "--digits", 1, most_digits);
    Output json(arguments.json);
    return in_file(arguments.problem, [&] {
        const limit::Prediction prediction = predicted(problem);
        if (prediction.solution.status == convex::Status::undecided) throw precision_error(prediction.solution.message);
        if (json.is_wanted()) json.write(io::to_text(io::to_json(problem, prediction)));
        if (!json.is_standard()) print(overview(problem, prediction));
        // The proof that there is no limit is given like a limit; the data is no good input all the same.
        if (prediction.solution.status == convex::Status::infeasible) throw invalid_input(refusal(prediction), "/data");
        return 0;
    });
}

}  // namespace

Command limit_command() {
    auto arguments = std::make_shared<Arguments>();
    return {"limit",
            "Solve the convex program at the end of the flow, with a certificate",
            {{"problem", &arguments->problem, "Problem file", "FILE", true},
             {"--digits", &arguments->digits, "Wanted digits where the limit is not rational", "D"},
             {"--json", &arguments->json, "Write limit and certificate as JSON (- for standard output)", "FILE"}},
            [arguments] { return run(*arguments); }};
}

}  // namespace eonflow::verify::cli
