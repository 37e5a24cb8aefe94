#include <verify/cli/terminal.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <numeric>

#include <unistd.h>

namespace eonflow::verify::cli {

namespace {

volatile std::sig_atomic_t stop_wished = 0;

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// Bytes of the first `count` characters.
std::size_t bytes_of(const std::string& text, std::size_t count) {
    std::size_t i = 0;
    while (i < text.size() && (is_continuation(text[i]) || count-- > 0)) ++i;
    return i;
}

/// The lines of `text`, the first at most `width` long; every line end in the text stays one.
std::vector<std::string> lines_of(const std::string& text, std::size_t width) {
    std::vector<std::string> lines;
    std::size_t start = 0;
    for (;;) {
        const std::size_t end = text.find('\n', start);
        std::string rest = text.substr(start, end == std::string::npos ? end : end - start);
        while (length(rest) > width) {
            std::size_t cut = rest.rfind(' ', bytes_of(rest, width));
            if (cut == std::string::npos || rest.find_first_not_of(' ') > cut) cut = bytes_of(rest, width);
            lines.push_back(rest.substr(0, cut));
            rest.erase(0, rest[cut] == ' ' ? cut + 1 : cut);
        }
        lines.push_back(std::move(rest));
        if (end == std::string::npos) return lines;
        start = end + 1;
    }
}

}  // namespace

std::string coloured(const std::string& text, Colour colour) {
    static const bool in_use = ::isatty(STDOUT_FILENO) == 1 && std::getenv("NO_COLOR") == nullptr;
    constexpr const char* codes[] = {"", "32", "31", "33", "1"};
    if (!in_use || colour == Colour::none || text.empty()) return text;
    return std::string("\033[") + codes[static_cast<int>(colour)] + "m" + text + "\033[0m";
}

std::string printable(std::string text) {
    std::replace_if(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    return text;
}

std::size_t length(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) { return !is_continuation(c); }));
}

std::string wrapped(const std::string& text, std::size_t indent, std::size_t width) {
    std::string result;
    for (const std::string& line : lines_of(text, width - indent)) result += (result.empty() ? "" : "\n" + std::string(indent, ' ')) + line;
    return result;
}

std::string shortened(const std::string& text, std::size_t width) {
    return length(text) <= width ? text : text.substr(0, bytes_of(text, width - 1)) + "…";
}

Table::Table(std::vector<std::string> headings) {
    add({});
    for (std::string& heading : headings) rows_[0].emplace_back(std::move(heading), Colour::heading);
}

void Table::add(std::vector<Cell> row) {
    if (!rows_.empty()) row.resize(rows_[0].size(), "");
    rows_.push_back(std::move(row));
    notes_.emplace_back();
}

void Table::note(const std::string& text) { notes_.back() = text; }

std::vector<std::size_t> Table::widths() const {
    std::vector<std::size_t> all(rows_[0].size(), 0);
    for (const auto& row : rows_)
        for (std::size_t j = 0; j < all.size(); ++j) all[j] = std::max(all[j], length(row[j].text));
    return all;
}

std::size_t Table::width() const {
    const std::vector<std::size_t> all = widths();
    return std::accumulate(all.begin(), all.end(), 2 * (all.size() - 1));
}

std::string Table::text(std::size_t indent) const {
    const std::size_t columns = rows_[0].size();
    const std::vector<std::size_t> widths = this->widths();
    std::size_t before_last = indent;
    for (std::size_t j = 0; j + 1 < columns; ++j) before_last += widths[j] + 2;
    const std::size_t last_width = std::max<std::size_t>(20, terminal_width - std::min(terminal_width, before_last));

    std::string out;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        const std::vector<Cell>& row = rows_[i];
        std::string line(indent, ' ');
        for (std::size_t j = 0; j + 1 < columns; ++j) line += coloured(row[j].text, row[j].colour) + std::string(widths[j] - length(row[j].text) + 2, ' ');
        const std::vector<std::string> last = lines_of(row[columns - 1].text, last_width);
        for (std::size_t k = 0; k < last.size(); ++k) {
            if (k > 0) line = std::string(before_last, ' ');
            line += coloured(last[k], row[columns - 1].colour);
            line.erase(line.find_last_not_of(' ') + 1);
            out += line + '\n';
        }
        const std::size_t note_indent = indent + widths[0] + 2;
        if (!notes_[i].empty()) out += std::string(note_indent, ' ') + wrapped(notes_[i], note_indent) + '\n';
    }
    return out;
}

ProgressLine::ProgressLine() : terminal_(::isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
    if (shown_) std::fputs("\r\033[K", stderr);
}

void ProgressLine::show(const std::string& phase, double fraction, const std::string& detail) {
    using namespace std::chrono_literals;
    if (!terminal_) return;
    const clock::time_point now = clock::now();
    if (phase != phase_) {
        phase_ = phase;
        phase_start_ = now;
    }
    if (now - start_ < 2s || now - last_ < 200ms) return;
    last_ = now;
    shown_ = true;
    std::string line = phase;
    if (fraction >= 0) line += " " + std::to_string(static_cast<int>(100 * std::min(fraction, 1.0))) + " %";
    if (!detail.empty()) line += ", " + detail;
    const double spent = std::chrono::duration<double>(now - phase_start_).count();
    if (fraction > 0.01 && fraction < 1 && spent > 1) line += ", about " + std::to_string(static_cast<int>(spent * (1 - fraction) / fraction) + 1) + " s left";
    std::fprintf(stderr, "\r\033[K%s", shortened(line, terminal_width - 1).c_str());
    std::fflush(stderr);
}

void catch_interrupts() {
    struct sigaction action {};
    action.sa_handler = [](int) { stop_wished = 1; };
    action.sa_flags = static_cast<int>(SA_RESETHAND) | SA_RESTART;
    ::sigaction(SIGINT, &action, nullptr);
    ::sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() noexcept { return stop_wished != 0; }

}  // namespace eonflow::verify::cli
