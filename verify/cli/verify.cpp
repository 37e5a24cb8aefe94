#include <verify/cli/command.hpp>
#include <verify/cli/input.hpp>
#include <verify/cli/sweep.hpp>
#include <verify/cli/terminal.hpp>
#include <verify/theorem.hpp>
#include <verify/verdict_file.hpp>

#include <eonflow/io/problem_file.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace eonflow::verify::cli {

namespace {

struct Arguments {
    std::vector<std::string> ids;
    std::string problem, instance, digits, json, out, sweep, plot;
    bool all = false;
};

constexpr std::size_t longest_name = 36;

/// One theorem on one problem.
struct Job {
    const Theorem* theorem;
    std::string instance;
    std::optional<Verdict> stated;
    std::function<flow::Problem()> problem;
};

Colour colour_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::holds: return Colour::good;
        case Verdict::violated:
        case Verdict::numerical_failure: return Colour::bad;
        default: return Colour::doubtful;
    }
}

Table::Cell cell(Verdict verdict) { return {std::string(name_of(verdict)), colour_of(verdict)}; }

/// The theorems whose id is, or begins with, one of `ids`; all if there are none.
std::vector<const Theorem*> chosen(const std::vector<std::string>& ids) {
    std::vector<const Theorem*> result;
    std::vector<std::string> known;
    for (const Theorem& theorem : theorems()) known.push_back(theorem.id);
    for (const std::string& id : ids)
        if (std::none_of(known.begin(), known.end(), [&](const std::string& name) { return name.starts_with(id); }))
            throw invalid_input("\"" + id + "\" begins no theorem's id, accepted are " + io::quoted_list(known), "ID");
    for (const Theorem& theorem : theorems())
        if (ids.empty() || std::any_of(ids.begin(), ids.end(), [&](const std::string& id) { return theorem.id.starts_with(id); })) result.push_back(&theorem);
    return result;
}

std::vector<Job> jobs_of(const Arguments& arguments) {
    const std::vector<const Theorem*> wanted = chosen(arguments.ids);
    std::vector<Job> jobs;
    if (!arguments.problem.empty()) {
        if (arguments.ids.empty()) throw invalid_input("--problem needs the id of the theorem to check (see eonflow list theorems)", "ID");
        const flow::Problem problem = in_file(arguments.problem, [&] { return io::read_problem(arguments.problem); });
        for (const Theorem* theorem : wanted) jobs.push_back({theorem, arguments.problem, std::nullopt, [problem] { return problem; }});
        return jobs;
    }
    std::vector<std::string> known;
    for (const Theorem* theorem : wanted)
        for (const Instance& instance : theorem->instances) {
            known.push_back(instance.name);
            const bool taken = arguments.instance.empty() ? instance.quick || arguments.all : instance.name == arguments.instance;
            if (taken) jobs.push_back({theorem, instance.name, instance.stated, instance.problem});
        }
    if (jobs.empty()) throw invalid_input("\"" + arguments.instance + "\" is no instance, accepted are " + io::quoted_list(known), "--instance");
    return jobs;
}

std::string overview(const Report& report) {
    const std::string stated = !report.stated ? "" : report.as_stated() ? " (as stated)" : " (stated: " + std::string(name_of(*report.stated)) + ")";
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%.1f s", report.wall_seconds);
    std::string out = coloured(report.theorem, Colour::heading) + "  " + report.instance + "  " +
                      coloured(std::string(name_of(report.overall())) + stated, report.as_stated() ? Colour::good : colour_of(report.overall())) + "  " + seconds + "\n";
    Table table({"", "", "verdict", "digits", "rate (predicted)"});
    const auto add = [&table](const auto& result, const std::string& digits, const std::string& rate) {
        table.add({result.id, shortened(result.name, longest_name), cell(result.verdict), digits, rate});
        if (result.verdict != Verdict::holds) table.note(result.evidence);
    };
    for (const HypothesisResult& h : report.hypotheses) add(h, "", "");
    for (const ClaimResult& c : report.claims)
        add(c, c.verified_digits ? std::to_string(*c.verified_digits) : "", c.rate ? c.rate->measured + (c.rate->predicted.empty() ? "" : " (" + c.rate->predicted + ")") : "");
    out += table.text(2);
    if (!report.log10_time.empty()) out += "  followed to t = 10^" + shortened(report.log10_time, 60) + "\n";
    return out + "\n";
}

std::string summary(const std::vector<Report>& reports, std::size_t jobs) {
    const auto as_stated = static_cast<std::size_t>(std::count_if(reports.begin(), reports.end(), [](const Report& r) { return r.as_stated(); }));
    std::string text = std::to_string(as_stated) + " of " + std::to_string(reports.size()) + " as stated";
    if (reports.size() < jobs) text += "; interrupted, " + std::to_string(jobs - reports.size()) + " not checked";
    return coloured(text, as_stated == jobs ? Colour::good : Colour::bad) + "\n";
}

int run(const Arguments& arguments) {
    CheckOptions options;
    if (!arguments.digits.empty()) options.digits = integer_option(arguments.digits, "--digits", 1, most_digits);
    if (!arguments.sweep.empty()) return sweep(chosen(arguments.ids), {arguments.sweep, arguments.problem, arguments.instance, arguments.json, arguments.plot}, options);
    const std::vector<Job> jobs = jobs_of(arguments);
    Output json(arguments.json);
    if (!arguments.out.empty()) std::filesystem::create_directories(arguments.out);

    catch_interrupts();
    std::vector<Report> reports;
    for (const Job& job : jobs) {
        if (interrupted()) break;
        const auto start = std::chrono::steady_clock::now();
        const auto check = [&] {
            ProgressLine progress;
            const std::string what = job.theorem->id + " " + job.instance + " (" + std::to_string(reports.size() + 1) + "/" + std::to_string(jobs.size()) + ")";
            options.progress = [&](const std::string& phase) { progress.show(what, -1, phase); };
            const flow::Problem problem = job.problem();
            if (!arguments.out.empty()) Output(arguments.out + "/" + job.theorem->id + "." + std::filesystem::path(job.instance).stem().string() + ".problem.json").write(io::to_text(io::to_json(problem)));
            return job.theorem->check(problem, options);
        };
        Report report = arguments.problem.empty() ? check() : in_file(arguments.problem, check);
        report.theorem = job.theorem->id;
        report.instance = job.instance;
        report.stated = job.stated;
        report.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        if (!json.is_standard()) print(overview(report));
        reports.push_back(std::move(report));
    }
    const std::string result = io::to_text(to_json(reports, options.digits));
    if (json.is_wanted()) json.write(result);
    if (!arguments.out.empty()) Output(arguments.out + "/verdict.json").write(result);
    if (!json.is_standard()) print(summary(reports, jobs.size()));
    const int status = exit_status(reports);
    return status == 0 && reports.size() < jobs.size() ? 2 : status;
}

}  // namespace

Command verify_command() {
    auto arguments = std::make_shared<Arguments>();
    return {"verify",
            "Check theorems: all, or those whose id is or begins with an ID",
            {{"id", &arguments->ids, "Theorems (see eonflow list theorems)", "ID"},
             {"--problem", &arguments->problem, "Check the theorem on this problem instead of its own instances", "FILE"},
             {"--instance", &arguments->instance, "Check this instance only", "NAME"},
             {"--all", &arguments->all, "Take in the instances that need more than a few seconds"},
             {"--digits", &arguments->digits, "Wanted digits (30)", "D"},
             {"--sweep", &arguments->sweep, "Run over a parameter instead, for example alpha=1e-2:1e-100:log", "RANGE"},
             {"--plot", &arguments->plot, "Draw the sweep as SVG by gnuplot (- for standard output)", "FILE"},
             {"--json", &arguments->json, "Write the verdicts as JSON (- for standard output)", "FILE"},
             {"--out", &arguments->out, "Write verdicts and problems to this folder", "DIR"}},
            [arguments] { return run(*arguments); }};
}

}  // namespace eonflow::verify::cli
