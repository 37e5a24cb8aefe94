#include <verify/cli/command.hpp>
#include <verify/cli/input.hpp>
#include <verify/cli/run_folder.hpp>
#include <verify/cli/sweep.hpp>
#include <verify/cli/terminal.hpp>
#include <verify/report/report.hpp>
#include <verify/theorem.hpp>
#include <verify/verdict_file.hpp>
#include <verify/verdict_record.hpp>

#include <eonflow/io/cursor.hpp>
#include <eonflow/io/problem_file.hpp>

#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <thread>

namespace eonflow::verify::cli {

namespace {

struct Arguments {
    std::vector<std::string> ids;
    std::string problem, instance, digits, json, out, jobs, sweep, plot, page;
    std::string problem_copy;  ///< of `problem`, in the folder of a run that is resumed
    bool all = false;
};

constexpr std::size_t longest_name = 36;
constexpr std::int64_t most_jobs = 1024;
constexpr const char* problem_name = "problem.json";

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
        const flow::Problem problem = in_file(arguments.problem, [&] { return io::read_problem(arguments.problem_copy.empty() ? arguments.problem : arguments.problem_copy); });
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

io::Json::Object settings_of(const Arguments& arguments) {
    return {{"ids", io::json_array(arguments.ids, [](const std::string& id) { return io::Json(id); })},
            {"problem", arguments.problem},
            {"instance", arguments.instance},
            {"digits", arguments.digits},
            {"all", arguments.all}};
}

/// Unwinds a check that Ctrl-C ended.
struct Interruption {};

/// Where results and progress go as they come.
class Screen {
public:
    explicit Screen(bool quiet) : quiet_(quiet), line_(std::in_place) {}
    void progress(const std::string& what, const std::string& phase) {
        const std::lock_guard lock(guard_);
        line_->show(what, -1, phase);
    }
    void show(const std::string& text) {
        if (quiet_) return;
        const std::lock_guard lock(guard_);
        line_.reset();
        print(text);
        line_.emplace();
    }

private:
    bool quiet_;
    std::mutex guard_;
    std::optional<ProgressLine> line_;
};

/// The reports of all jobs that were not interrupted, in their order. `at_once` of them run at the same time.
std::vector<Report> check_all(const std::vector<Job>& jobs, const CheckOptions& common, flow::Journal& journal, std::int64_t at_once, Screen& screen) {
    const auto check = [&](std::size_t k) {
        const Job& job = jobs[k];
        return journal.stage(job.theorem->id + " " + job.instance, [&](flow::Journal::Entry& /*entry*/) {
            const auto start = std::chrono::steady_clock::now();
            CheckOptions options = common;
            const std::string what = job.theorem->id + " " + job.instance + " (" + std::to_string(k + 1) + "/" + std::to_string(jobs.size()) + ")";
            options.progress = [&](const std::string& phase) {
                if (interrupted()) throw Interruption();
                screen.progress(what, phase);
            };
            Report report = job.theorem->check(job.problem(), options);
            report.theorem = job.theorem->id;
            report.instance = job.instance;
            report.stated = job.stated;
            report.wall_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
            return report;
        });
    };
    std::vector<Report> reports;
    std::size_t next = 0;
    tbb::task_arena(static_cast<int>(at_once)).execute([&] {
        tbb::parallel_pipeline(
            jobs.size(), tbb::make_filter<void, std::size_t>(tbb::filter_mode::serial_in_order,
                                                            [&](tbb::flow_control& control) {
                                                               if (next == jobs.size() || interrupted()) control.stop();
                                                               return next++;
                                                           }) &
                             tbb::make_filter<std::size_t, std::optional<Report>>(tbb::filter_mode::parallel,
                                                                                 [&](std::size_t k) -> std::optional<Report> {
                                                                                     try {
                                                                                         return check(k);
                                                                                     } catch (const Interruption&) {
                                                                                         return std::nullopt;
                                                                                     }
                                                                                 }) &
                             tbb::make_filter<std::optional<Report>, void>(tbb::filter_mode::serial_in_order, [&](std::optional<Report> report) {
                                 if (!report) return;
                                 screen.show(overview(*report));
                                 reports.push_back(std::move(*report));
                             }));
    });
    return reports;
}

int run(const Arguments& arguments, RunFolder* interrupted_run) {
    CheckOptions options;
    if (!arguments.digits.empty()) options.digits = integer_option(arguments.digits, "--digits", 1, most_digits);
    const std::int64_t at_once = arguments.jobs.empty() ? std::int64_t{std::max(1u, std::thread::hardware_concurrency())} : integer_option(arguments.jobs, "--jobs", 1, most_jobs);
    if (arguments.sweep.empty() && !arguments.plot.empty()) throw invalid_input("a plot is drawn of a sweep, which is not asked for", "--plot");
    if (!arguments.sweep.empty() && !arguments.page.empty()) throw invalid_input("there is no page of a sweep, accepted are --json and --plot", "--report");
    if (!arguments.sweep.empty() && !arguments.out.empty()) throw invalid_input("there is no folder of a sweep, accepted are --json and --plot", "--out");
    if (!arguments.sweep.empty()) return sweep(chosen(arguments.ids), {arguments.sweep, arguments.problem, arguments.instance, arguments.json, arguments.plot, at_once}, options);
    std::vector<Job> jobs = jobs_of(arguments);
    Output json(arguments.json), page(arguments.page);
    std::optional<RunFolder> folder;
    if (interrupted_run == nullptr && !arguments.out.empty()) {
        std::vector<std::pair<std::string, std::string>> problems;
        for (const Job& job : jobs)
            problems.emplace_back((arguments.problem.empty() ? job.theorem->id + "." + job.instance + "." : "") + problem_name, io::to_text(io::to_json(job.problem())));
        folder = RunFolder::create(arguments.out, "verify", arguments.problem.empty() ? "" : io::problem_sha256(jobs[0].problem()), settings_of(arguments), problems);
    }
    if (interrupted_run != nullptr && !arguments.problem.empty()) interrupted_run->require_problem(io::problem_sha256(jobs[0].problem()));
    RunFolder* const kept = interrupted_run != nullptr ? interrupted_run : folder ? &*folder : nullptr;

    catch_interrupts();
    Screen screen(json.is_standard() || page.is_standard());
    flow::Journal none;
    flow::Journal& journal = kept != nullptr ? kept->journal() : none;
    const auto check = [&] { return check_all(jobs, options, journal, at_once, screen); };
    const std::vector<Report> reports = arguments.problem.empty() ? check() : in_file(arguments.problem, check);
    const std::string result = io::to_text(to_json(reports, options.digits));
    if (json.is_wanted()) json.write(result);
    if (page.is_wanted()) page.write(report::page_of(reports));
    screen.show(summary(reports, jobs.size()));
    const bool complete = reports.size() == jobs.size();
    if (kept != nullptr && complete) {
        kept->write("verdict.json", result);
        kept->finish();
    } else if (kept != nullptr) {
        std::cerr << "interrupted; eonflow resume " << kept->path().string() << " goes on\n";
    }
    const int status = exit_status(reports);
    return status == 0 && !complete ? 2 : status;
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
             {"--report", &arguments->page, "Write a page with verdicts and plots (- for standard output)", "FILE"},
             {"--jobs", &arguments->jobs, "Check N instances (values of a sweep) at the same time (one a core)", "N"},
             {"--out", &arguments->out, "Keep the run in this folder; see eonflow resume", "DIR"}},
            [arguments] { return run(*arguments, nullptr); }};
}

int resume_verify(RunFolder& folder, const std::string& jobs) {
    const io::Json settings(folder.identity().settings);
    const io::Cursor at(settings);
    Arguments arguments;
    for (const io::Cursor& id : at.at("ids", "a list").items("a list")) arguments.ids.push_back(id.text("an id"));
    arguments.problem = at.at("problem", "a file").text("a file");
    arguments.instance = at.at("instance", "a name").text("a name");
    arguments.digits = at.at("digits", "a number").text("a number");
    arguments.all = at.at("all", "true or false").boolean();
    arguments.jobs = jobs;
    if (!arguments.problem.empty()) arguments.problem_copy = (folder.path() / problem_name).string();
    return run(arguments, &folder);
}

}  // namespace eonflow::verify::cli
