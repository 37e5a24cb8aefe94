#include <verify/cli/command.hpp>
#include <verify/cli/input.hpp>
#include <verify/cli/terminal.hpp>
#include <verify/data/dataset.hpp>

#include <algorithm>

namespace eonflow::verify::cli {

namespace fs = std::filesystem;

namespace {

struct Arguments {
    std::string action, root = "proofs-data", out, slice, format = "csv";
    std::vector<std::string> names;
    bool replace = false;
};

void write(const fs::path& file, const std::string& content) {
    fs::create_directories(file.parent_path());
    io::OutputFile(file).commit(content);
}

/// "K/N": the datasets K, K + N, K + 2N, ...
std::vector<data::Dataset> chosen(const Arguments& arguments) {
    std::vector<data::Dataset> all = data::datasets(arguments.root);
    for (const std::string& name : arguments.names)
        if (std::none_of(all.begin(), all.end(), [&](const data::Dataset& d) { return d.name == name || d.name.starts_with(name + "/"); }))
            throw invalid_input("\"" + name + "\" is no dataset, accepted is what eonflow data list shows");
    if (!arguments.names.empty())
        std::erase_if(all, [&](const data::Dataset& d) {
            return std::none_of(arguments.names.begin(), arguments.names.end(), [&](const std::string& name) { return d.name == name || d.name.starts_with(name + "/"); });
        });
    if (arguments.slice.empty()) return all;
    const std::size_t bar = arguments.slice.find('/');
    if (bar == std::string::npos) throw invalid_input("\"" + arguments.slice + "\" was found, accepted is K/N", "--slice");
    const std::int64_t n = integer_option(arguments.slice.substr(bar + 1), "--slice", 1, 1000), k = integer_option(arguments.slice.substr(0, bar), "--slice", 0, 1'000'000'000) % n;
    std::vector<data::Dataset> result;
    for (std::size_t i = static_cast<std::size_t>(k); i < all.size(); i += static_cast<std::size_t>(n)) result.push_back(all[i]);
    return result;
}

void list(const Arguments& arguments) {
    Table table({"dataset", "files"});
    for (const data::Dataset& dataset : chosen(arguments)) {
        std::vector<std::string> files;
        for (const fs::directory_entry& entry : fs::directory_iterator(dataset.folder)) files.push_back(entry.path().filename().string());
        std::sort(files.begin(), files.end());
        std::string text;
        for (const std::string& file : files) text += (text.empty() ? "" : " ") + file;
        table.add({dataset.name, text});
    }
    print(table.text());
}

/// Computes everything again and compares it with what is stored; --out keeps it, --replace puts it in the place of the stored files.
int build(const Arguments& arguments) {
    ProgressLine progress;
    Table table({"dataset", "result"});
    bool same = true;
    const std::vector<data::Dataset> wanted = chosen(arguments);
    for (std::size_t i = 0; i < wanted.size(); ++i) {
        const data::Dataset& dataset = wanted[i];
        progress.show("building " + dataset.name, static_cast<double>(i) / static_cast<double>(wanted.size()));
        const data::Files files = in_file(dataset.name, [&] { return data::build(dataset); });
        std::string differing;
        for (const auto& [name, content] : files) {
            const fs::path stored = dataset.folder / name;
            if (!fs::exists(stored) || io::read_file(stored) != content) differing += " " + name;
            if (!arguments.out.empty()) write(fs::path(arguments.out) / dataset.name / name, content);
            if (arguments.replace) write(stored, content);
        }
        same = same && differing.empty();
        table.add({dataset.name, differing.empty() ? Table::Cell("the stored bytes", Colour::good) : Table::Cell((arguments.replace ? "replaced:" : "differs:") + differing, Colour::bad)});
    }
    if (arguments.replace)
        for (const auto& [name, content] : data::summary(arguments.root)) write(fs::path(arguments.root) / name, content);
    print(table.text());
    return same || arguments.replace ? 0 : 1;
}

int check(const Arguments& arguments) {
    ProgressLine progress;
    Table table({"dataset", "checked", "finding"});
    bool passed = true;
    if (arguments.names.empty()) {
        bool current = true;
        for (const auto& [name, content] : data::summary(arguments.root)) {
            const fs::path file = fs::path(arguments.root) / name;
            current = current && fs::exists(file) && io::read_file(file) == content;
        }
        passed = current;
        table.add({"(all)", "manifest", {current ? "index and manifest are those of the files" : "index or manifest do not fit the files", current ? Colour::none : Colour::bad}});
    }
    for (const data::Dataset& dataset : chosen(arguments)) {
        progress.show("checking " + dataset.name);
        for (const data::Finding& finding : in_file(dataset.name, [&] { return data::check(dataset); })) {
            passed = passed && finding.passed;
            table.add({dataset.name, finding.subject, {finding.statement, finding.passed ? Colour::none : Colour::bad}});
        }
    }
    print(table.text() + (passed ? coloured("nothing wrong was found", Colour::good) : coloured("something is wrong", Colour::bad)) + "\n");
    return passed ? 0 : 1;
}

void export_all(const Arguments& arguments) {
    if (arguments.out.empty()) throw invalid_input("a folder is missing", "--out");
    const bool csv = arguments.format.find("csv") != std::string::npos, npz = arguments.format.find("npz") != std::string::npos;
    if (arguments.format != "csv" && arguments.format != "npz" && arguments.format != "csv,npz")
        throw invalid_input("\"" + arguments.format + "\" was found, accepted are csv, npz and csv,npz", "--format");
    for (const data::Dataset& dataset : chosen(arguments)) {
        const std::string trajectory = io::read_file(dataset.folder / "trajectory.json");
        if (csv) write(fs::path(arguments.out) / (dataset.name + ".csv"), data::lossy_csv(trajectory));
        if (npz) write(fs::path(arguments.out) / (dataset.name + ".npz"), data::lossy_npz(trajectory));
    }
}

int run(const Arguments& arguments) {
    if (arguments.replace && arguments.action != "build") throw invalid_input("nothing is replaced by " + arguments.action + ", accepted with build", "--replace");
    if (arguments.action == "list") return list(arguments), 0;
    if (arguments.action == "build") return build(arguments);
    if (arguments.action == "check") return check(arguments);
    if (arguments.action == "export") return export_all(arguments), 0;
    throw invalid_input("\"" + arguments.action + "\" was found, accepted are list, build, check and export", "data");
}

}  // namespace

Command data_command() {
    auto arguments = std::make_shared<Arguments>();
    return {"data",
            "List, rebuild, check or export the reference datasets",
            {{"action", &arguments->action, "list, build (and compare), check (without building) or export", "ACTION", true},
             {"names", &arguments->names, "Datasets or families; all if none is given", "NAME"},
             {"--root", &arguments->root, "Folder of the datasets; proofs-data if not given", "DIR"},
             {"--slice", &arguments->slice, "Every N-th dataset from the K-th on", "K/N"},
             {"--out", &arguments->out, "Folder for what build or export write", "DIR"},
             {"--replace", &arguments->replace, "build: put the results in the place of the stored files"},
             {"--format", &arguments->format, "export: csv (default), npz or csv,npz, rounded to double", "FORMAT"}},
            [arguments] { return run(*arguments); }};
}

}  // namespace eonflow::verify::cli
