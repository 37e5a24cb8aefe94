#pragma once
/// What people see: tables and coloured words on standard output, progress on standard error.

#include <chrono>
#include <string>
#include <vector>

namespace eonflow::verify::cli {

inline constexpr std::size_t terminal_width = 100;

enum class Colour { none, good, bad, doubtful, heading };

/// `text` in a colour if standard output is a terminal and NO_COLOR is not set.
[[nodiscard]] std::string coloured(const std::string& text, Colour colour);

/// `text` with a blank in place of each control character: names and values from files must not steer the terminal, and an error is one line.
[[nodiscard]] std::string printable(std::string text);

/// Characters, not bytes, of UTF-8 text.
[[nodiscard]] std::size_t length(const std::string& text);

/// `text` in lines of at most `width` characters, broken at blanks (and inside words longer than a line); continuation lines begin with `indent` blanks.
[[nodiscard]] std::string wrapped(const std::string& text, std::size_t indent, std::size_t width = terminal_width);

/// `text` cut to `width` characters, with an ellipsis where it was cut.
[[nodiscard]] std::string shortened(const std::string& text, std::size_t width);

/// Columns as wide as their entries; the last one is wrapped.
class Table {
public:
    struct Cell {
        Cell(std::string content, Colour shade = Colour::none) : text(std::move(content)), colour(shade) {}
        Cell(const char* content) : text(content) {}
        std::string text;
        Colour colour = Colour::none;
    };
    explicit Table(std::vector<std::string> headings);
    /// Cells that are missing at its end are empty.
    void add(std::vector<Cell> row);
    /// Lines under the last row, wrapped, for what does not fit into a column.
    void note(const std::string& text);
    /// Characters in a line if nothing is wrapped.
    [[nodiscard]] std::size_t width() const;
    /// The lines of the table, each beginning with `indent` blanks.
    [[nodiscard]] std::string text(std::size_t indent = 0) const;

private:
    [[nodiscard]] std::vector<std::size_t> widths() const;

    std::vector<std::vector<Cell>> rows_;
    std::vector<std::string> notes_;  ///< one a row, mostly empty
};

/// One line on standard error that is rewritten as work goes on: shown only on a terminal, and only for work of more than two seconds.
class ProgressLine {
public:
    ProgressLine();
    ~ProgressLine();
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    /// `fraction` of the phase that is done, negative if unknown.
    void show(const std::string& phase, double fraction = -1, const std::string& detail = {});

private:
    using clock = std::chrono::steady_clock;
    bool terminal_;
    bool shown_ = false;
    std::string phase_;
    clock::time_point start_ = clock::now(), phase_start_ = start_, last_ = start_;
};

/// Takes the first Ctrl-C (and SIGTERM) as a wish to stop, which `interrupted` tells; the second one kills as usual.
void catch_interrupts();
[[nodiscard]] bool interrupted() noexcept;

}  // namespace eonflow::verify::cli
