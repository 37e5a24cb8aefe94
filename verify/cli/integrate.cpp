#include <verify/cli/command.hpp>
#include <verify/cli/input.hpp>
#include <verify/cli/run_folder.hpp>
#include <verify/cli/terminal.hpp>

#include <eonflow/io/cursor.hpp>
#include <eonflow/io/problem_file.hpp>
#include <eonflow/io/trajectory_file.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>
#include <iostream>

namespace eonflow::verify::cli {

namespace {

constexpr std::int64_t table_digits = 12;
constexpr std::size_t most_listed_parameters = 12, most_listed_events = 20;

struct Arguments {
    std::string problem, json, csv, out;
    IntegrationArguments integration;
};

std::string brief(const flow::verified& number) {
    const std::string text = io::to_text({number.value, std::min(number.digits, table_digits)});
    return text.empty() ? "-" : text;
}

std::string brief(const flow::observation& values) {
    std::string text;
    for (const flow::verified& value : values) text += (text.empty() ? "" : " ") + brief(value);
    return text;
}

std::string overview(const flow::Problem& problem, const flow::Trajectory& trajectory) {
    const bool confirmed = trajectory.confirmation != "none";
    std::string out = wrapped(printable((problem.name.empty() ? "" : problem.name + ": ") + problem.model.description) + ", " + std::string(model::name_of(problem.loss.kind)) + " loss", 2) + "\n";
    out += wrapped("method " + trajectory.method + ", clock " + std::string(name_of(trajectory.clock)) + ", " + std::to_string(trajectory.counters.steps) + " steps of order " +
                       std::to_string(trajectory.counters.order) + ", " + std::to_string(trajectory.precision_bits) + " bits; " + trajectory.status,
                   2) + "\n";
    const bool interrupted = trajectory.status == "interrupted";
    out += interrupted ? coloured("cut off: samples of 0 digits are unconfirmed", Colour::doubtful) + "\n" : confirmed ? wrapped("confirmed by " + trajectory.confirmation, 2) + "\n" : coloured("one pass: the digits are unconfirmed", Colour::doubtful) + "\n";

    // Vectors are long: their last values stand below the table.
    const auto scalar = [](const auto& entry) { return entry.second.size() == 1; };
    std::vector<std::string> columns;
    if (!trajectory.samples.empty())
        for (const auto& entry : trajectory.samples[0].observed)
            if (scalar(entry) && columns.size() < 3) columns.push_back(entry.first);
    const auto table = [&] {
        std::vector<std::string> headings = {"time", "log10 time", confirmed ? "digits" : "confirmed"};
        headings.insert(headings.end(), columns.begin(), columns.end());
        Table rows(headings);
        for (const flow::Sample& sample : trajectory.samples) {
            std::vector<Table::Cell> row = {brief(sample.time), brief(sample.log10_time), std::to_string(sample.verified_digits)};
            for (const std::string& name : columns) row.emplace_back(brief(sample.observed.at(name)));
            rows.add(std::move(row));
        }
        return rows;
    };
    // As many columns as fit; all values of the end stand below.
    while (!columns.empty() && table().width() > terminal_width) columns.pop_back();
    out += "\n" + table().text();
    if (!trajectory.events.empty()) {
        Table events({"event at time", "kind", "layer", "unit", "sample"});
        for (std::size_t e = 0; e < std::min(trajectory.events.size(), most_listed_events); ++e) {
            const flow::Event& event = trajectory.events[e];
            events.add({brief(event.time), event.kind, event.layer, std::to_string(event.unit), event.sample ? std::to_string(*event.sample) : ""});
        }
        if (trajectory.events.size() > most_listed_events) events.note("... " + std::to_string(trajectory.events.size()) + " events in all; --json gives them");
        out += "\n" + events.text();
    }
    if (trajectory.samples.empty()) return out;

    const flow::Sample& last = trajectory.samples.back();
    Table values({"at the end", ""});
    for (std::size_t i = 0; i < std::min(last.parameters.size(), most_listed_parameters); ++i) {
        const std::string text = io::to_text(last.parameters[i]);
        values.add({problem.model.parameter_names[i], text.empty() ? "-" : text});
    }
    if (last.parameters.size() > most_listed_parameters) values.add({"...", std::to_string(last.parameters.size()) + " parameters in all; --json or --csv give them"});
    for (const auto& [name, observed] : last.observed) values.add({name, brief(observed)});
    out += "\n" + values.text();

    if (!trajectory.invariants.empty()) {
        Table drifts({"invariant", "drift"});
        for (const flow::InvariantDrift& drift : trajectory.invariants) drifts.add({drift.name, number::to_decimal(drift.drift, 2)});
        out += "\n" + drifts.text();
    }
    return out;
}

int status_of(const flow::Trajectory& trajectory) { return trajectory.status == "reached_stop" ? 0 : 2; }

/// Follows the flow; with a folder so that it can be interrupted, and with the results left there.
flow::Trajectory follow(const flow::Problem& problem, flow::IntegrateOptions options, RunFolder* folder) {
    if (folder == nullptr) return cli::follow(problem, std::move(options));
    options.journal = &folder->journal();
    flow::Trajectory trajectory = cli::follow(problem, std::move(options));
    if (trajectory.status == "interrupted") {
        std::cerr << "interrupted; eonflow resume " << folder->path().string() << " goes on\n";
        return trajectory;
    }
    folder->write("trajectory.json", io::to_text(io::to_json(problem, trajectory)));
    folder->write("trajectory.csv", io::to_csv(problem, trajectory));
    folder->finish();
    return trajectory;
}

int run(const Arguments& arguments) {
    flow::Problem problem = in_file(arguments.problem, [&] { return io::read_problem(arguments.problem); });
    flow::IntegrateOptions options;
    arguments.integration.apply(problem, options);
    Output json(arguments.json), csv(arguments.csv);
    if (json.is_standard() && csv.is_standard()) throw invalid_input("\"-\" was found, accepted is standard output for one of --json and --csv", "--csv");
    std::optional<RunFolder> folder;
    if (!arguments.out.empty())
        folder = RunFolder::create(arguments.out, "integrate", io::problem_sha256(problem), {{"method", options.method}, {"confirm", options.confirm}},
                                   {{"problem.json", io::to_text(io::to_json(problem))}});
    return in_file(arguments.problem, [&] {
        const flow::Trajectory trajectory = follow(problem, options, folder ? &*folder : nullptr);
        if (json.is_wanted()) json.write(io::to_text(io::to_json(problem, trajectory)));
        if (csv.is_wanted()) csv.write(io::to_csv(problem, trajectory));
        if (!json.is_standard() && !csv.is_standard()) print(overview(problem, trajectory));
        return status_of(trajectory);
    });
}

}  // namespace

int resume_integrate(RunFolder& folder) {
    const std::string file = (folder.path() / "problem.json").string();
    return in_file(file, [&] {
        const flow::Problem problem = io::read_problem(file);
        folder.require_problem(io::problem_sha256(problem));
        const io::Json settings(folder.identity().settings);
        flow::IntegrateOptions options;
        const io::Cursor at(settings);
        options.method = at.at("method", "a method").text("a method");
        options.confirm = at.at("confirm", "true or false").boolean();
        const flow::Trajectory trajectory = follow(problem, options, &folder);
        print(overview(problem, trajectory));
        return status_of(trajectory);
    });
}

Command integrate_command() {
    auto arguments = std::make_shared<Arguments>();
    Command command{"integrate", "Follow the gradient flow of a problem", {{"problem", &arguments->problem, "Problem file", "FILE", true}}, [arguments] { return run(*arguments); }};
    for (Option& option : arguments->integration.options()) command.options.push_back(std::move(option));
    command.options.push_back({"--json", &arguments->json, "Write the trajectory as JSON (- for standard output)", "FILE"});
    command.options.push_back({"--csv", &arguments->csv, "Write the samples as CSV (- for standard output)", "FILE"});
    command.options.push_back({"--out", &arguments->out, "Keep the run in this folder; see eonflow resume", "DIR"});
    return command;
}

}  // namespace eonflow::verify::cli
