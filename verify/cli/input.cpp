#include <verify/cli/input.hpp>

#include <verify/cli/terminal.hpp>

#include <eonflow/invariant/invariant.hpp>
#include <eonflow/io/problem_file.hpp>

#include <algorithm>
#include <cstdio>

namespace eonflow::verify::cli {

namespace {

/// Reads the value of an option as a problem file would read it.
template <class Read>
auto option(const io::Json& value, const std::string& flag, Read&& read) {
    try {
        return read(io::Cursor(value));
    } catch (const invalid_input& problem) {
        throw problem.within(flag);
    }
}

/// "1,2,5" as an array.
io::Json::Array list(const std::string& text) {
    io::Json::Array result;
    for (std::size_t start = 0; start <= text.size();) {
        const std::size_t end = std::min(text.find(',', start), text.size());
        result.emplace_back(text.substr(start, end - start));
        start = end + 1;
    }
    return result;
}

std::string stop_flag(std::string key) {
    std::replace(key.begin(), key.end(), '_', '-');
    return "--stop-" + key;
}

std::vector<std::string> method_names() {
    std::vector<std::string> names;
    for (const auto& entry : flow::methods()) names.push_back(entry.name);
    return names;
}

}  // namespace

Output::Output(std::string destination) : destination_(std::move(destination)) {
    if (is_wanted() && !is_standard()) file_ = std::make_unique<io::OutputFile>(destination_);
}

void Output::write(const std::string& content) {
    if (file_)
        file_->commit(content);
    else if (is_standard())
        print(content);
}

void print(const std::string& text) {
    if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() || std::fflush(stdout) != 0) throw io_error("standard output cannot be written");
}

std::int64_t integer_option(const std::string& text, const std::string& flag, std::int64_t least, std::int64_t most) {
    return option(text, flag, [&](const io::Cursor& at) { return at.integer(least, most); });
}

IntegrationArguments::IntegrationArguments() : stops_(io::stop_keys().size()) {}

std::vector<Option> IntegrationArguments::options() {
    std::vector<Option> result = {
        {"--digits", &digits_, "Wanted correct decimal digits, instead of the file's", "D"},
        {"--clock", &clock_, "Independent variable: auto, time, loss or horizon", "CLOCK"},
        {"--method", &method_, "Integrator: taylor (default), fehlberg78 or bulirsch_stoer", "METHOD"},
        {"--at-ambiguity", &at_ambiguity_, "At kinks that repel: stop (default), lowest or highest slopes", "CHOICE"},
        {"--times", &times_, "Times to sample at, separated by commas", "T,..."},
        {"--confirm", &confirm_, "full (default), or none: one pass, whose digits are unconfirmed", "MODE"},
    };
    for (std::size_t k = 0; k < stops_.size(); ++k) result.push_back({stop_flag(io::stop_keys()[k]), &stops_[k], "Stop rule, instead of the file's", "X"});
    return result;
}

void IntegrationArguments::apply(flow::Problem& problem, flow::IntegrateOptions& integration) const {
    if (!digits_.empty()) problem.digits = integer_option(digits_, "--digits", 1, most_digits);
    if (!clock_.empty() && !flow::find_clock(clock_, problem.clock))
        throw invalid_input("\"" + clock_ + "\" was found, accepted are \"auto\", \"time\", \"loss\" and \"horizon\"", "--clock");
    if (!method_.empty()) {
        const std::vector<std::string> names = method_names();
        integration.method = names[option(method_, "--method", [&](const io::Cursor& at) { return at.one_of(names); })];
    }
    if (!at_ambiguity_.empty()) {
        using flow::ambiguity;
        if (problem.descent_step) throw invalid_input("the option does not go with gradient descent, which is never ambiguous", "--at-ambiguity");
        problem.at_ambiguity = static_cast<ambiguity>(option(at_ambiguity_, "--at-ambiguity", [](const io::Cursor& at) {
            return at.one_of({std::string(name_of(ambiguity::stop)), std::string(name_of(ambiguity::lowest)), std::string(name_of(ambiguity::highest))});
        }));
    }
    if (!times_.empty()) problem.times = option(list(times_), "--times", io::read_times);
    if (!confirm_.empty()) integration.confirm = option(confirm_, "--confirm", [](const io::Cursor& at) { return at.one_of({"none", "full"}); }) == 1;
    if (std::any_of(stops_.begin(), stops_.end(), [](const std::string& stop) { return !stop.empty(); })) problem.stop = {};
    for (std::size_t k = 0; k < stops_.size(); ++k) {
        if (stops_[k].empty()) continue;
        const std::string& key = io::stop_keys()[k];
        option(stops_[k], stop_flag(key), [&](const io::Cursor& at) { io::read_stop_rule(key, at, problem.stop); });
    }
}

flow::Trajectory follow(const flow::Problem& problem, flow::IntegrateOptions options) {
    catch_interrupts();
    ProgressLine progress;
    options.progress = [&progress](const flow::Progress& p) { progress.show(p.phase, p.fraction, p.detail); };
    options.interrupted = interrupted;
    flow::Trajectory trajectory = flow::integrate(problem, options);
    const number::precision_scope scope(trajectory.precision_bits);
    trajectory.invariants = invariant::drifts(problem, trajectory);
    return trajectory;
}

}  // namespace eonflow::verify::cli
