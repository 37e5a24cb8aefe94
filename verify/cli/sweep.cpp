#include <verify/cli/sweep.hpp>

#include <verify/cli/input.hpp>
#include <verify/cli/terminal.hpp>
#include <verify/report/plot.hpp>
#include <verify/sweep.hpp>

#include <eonflow/io/cursor.hpp>
#include <eonflow/io/problem_file.hpp>
#include <eonflow/number/text.hpp>

namespace eonflow::verify::cli {

namespace {

constexpr std::int64_t table_digits = 4;
constexpr std::size_t longest_name = 36;
using kind = Sweep::Column::kind;

const Sweep& sweep_of(const Theorem& theorem, const std::string& parameter) {
    std::vector<std::string> known;
    for (const Sweep& sweep : theorem.sweeps) {
        if (sweep.parameter == parameter) return sweep;
        known.push_back(sweep.parameter);
    }
    throw invalid_input(known.empty() ? theorem.id + " has no parameter that can be swept" : "\"" + parameter + "\" is no parameter of " + theorem.id + ", accepted are " + io::quoted_list(known), "--sweep");
}

flow::Problem problem_of(const Theorem& theorem, const std::string& name) {
    std::vector<std::string> known;
    for (const Instance& instance : theorem.instances) {
        if (instance.name == name) return instance.problem();
        known.push_back(instance.name);
    }
    throw invalid_input("\"" + name + "\" is no instance, accepted are " + io::quoted_list(known), "--instance");
}

std::string overview(const SweepResult& result) {
    const auto& columns = result.sweep->columns;
    std::vector<std::string> headings{result.sweep->parameter};
    for (const Sweep::Column& c : columns) {
        headings.push_back(c.name);
        if (c.what == kind::size) headings.emplace_back("order");
    }
    Table table(headings);
    for (std::size_t k = 0; k < result.rows.size(); ++k) {
        std::vector<Table::Cell> cells{rounded(result.rows[k].value, table_digits)};
        for (std::size_t c = 0; c < columns.size(); ++c) {
            cells.emplace_back(columns[c].what == kind::count ? result.rows[k].numbers[c].str() : rounded(result.rows[k].numbers[c], table_digits));
            if (columns[c].what == kind::size) cells.emplace_back(result.order(k, c));
        }
        table.add(std::move(cells));
    }
    Table claims({"", "", "verdict", "digits", "order (predicted)"});
    for (const ClaimResult& c : result.claims) {
        claims.add({c.id, shortened(c.name, longest_name), {std::string(name_of(c.verdict)), c.verdict == Verdict::holds ? Colour::good : Colour::doubtful}, c.verified_digits ? std::to_string(*c.verified_digits) : "",
                    c.rate ? c.rate->measured + " (" + c.rate->predicted + ")" : ""});
        if (c.verdict != Verdict::holds) claims.note(c.evidence);
    }
    return coloured(result.theorem, Colour::heading) + "  " + result.instance + "\n" + table.text(2) + "\n" + claims.text(2);
}

/// The sizes against the parameter, both in log10, as SVG.
std::string drawn(const SweepResult& result) {
    constexpr std::int64_t bits = 256;  // of the logarithms
    constexpr std::int64_t digits = 12;
    const number::precision_scope scope(bits);
    const auto logarithm = [](const number::Rational& x) { return number::to_decimal(log10(number::to_real(x)), digits); };
    report::Plot plot;
    plot.x_label = "log₁₀ " + result.sweep->parameter;
    plot.y_label = "log₁₀";
    for (std::size_t c = 0; c < result.sweep->columns.size(); ++c) {
        if (result.sweep->columns[c].what != kind::size) continue;
        report::Line line{result.sweep->columns[c].name, {}, {}};
        for (const Sweep::Row& row : result.rows)
            if (row.numbers[c] > 0) {
                line.x.push_back(logarithm(row.value));
                line.y.push_back(logarithm(row.numbers[c]));
            }
        plot.lines.push_back(std::move(line));
    }
    return report::draw({plot}).front();
}

}  // namespace

int sweep(const std::vector<const Theorem*>& theorems, const SweepArguments& arguments, const CheckOptions& options) {
    const SweepRange range = parse_sweep(arguments.range);
    if (theorems.size() != 1) throw invalid_input("a sweep is of one theorem, and " + std::to_string(theorems.size()) + " are named", "--sweep");
    const Theorem& theorem = *theorems.front();
    const Sweep& chosen = sweep_of(theorem, range.parameter);
    Output json(arguments.json), plot(arguments.plot);
    const auto run = [&] {
        flow::Problem problem = arguments.problem.empty() ? problem_of(theorem, arguments.instance.empty() ? chosen.instance : arguments.instance) : io::read_problem(arguments.problem);
        problem.validate();
        ProgressLine progress;
        progress.show(theorem.id + " " + problem.name, -1, std::to_string(range.values.size()) + " values of " + range.parameter);
        return run_sweep(theorem, chosen, problem, range, options, arguments.jobs);
    };
    const SweepResult result = arguments.problem.empty() ? run() : in_file(arguments.problem, run);
    if (json.is_wanted()) json.write(io::to_text(to_json(result, options.digits)));
    if (plot.is_wanted()) plot.write(drawn(result));
    if (!json.is_standard() && !plot.is_standard()) print(overview(result));
    Report report;
    report.claims = result.claims;
    return exit_status({report});
}

}  // namespace eonflow::verify::cli
