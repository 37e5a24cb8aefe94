#pragma once
/// A self-contained HTML page, put together from headings, tables and plots.

#include <verify/report/plot.hpp>

namespace eonflow::verify::report {

/// `text` with the characters that HTML gives a meaning replaced.
[[nodiscard]] std::string escaped(const std::string& text);

/// A page under construction; all arguments but `html` are plain text.
class Page {
public:
    explicit Page(std::string title) : title_(std::move(title)) {}

    void heading(int level, const std::string& text, const std::string& anchor = {});
    void paragraph(const std::string& text);
    void preformatted(const std::string& text);
    struct Cell {
        Cell(std::string content) : text(std::move(content)) {}
        Cell(const char* content) : text(content) {}
        Cell(std::string content, std::string css_class, std::string target = {}) : text(std::move(content)), style(std::move(css_class)), link(std::move(target)) {}
        std::string text, style, link;
    };
    void table(const std::vector<std::string>& headings, const std::vector<std::vector<Cell>>& rows);
    /// The picture, and behind it the table of its numbers.
    void plot(const Plot& plot);
    /// What follows is folded away under `summary` until `unfold`.
    void fold(const std::string& summary);
    void unfold();

    /// The document. Draws all plots; throws io_error where gnuplot cannot be run.
    [[nodiscard]] std::string html() const;

private:
    std::string title_;
    std::vector<std::string> parts_;  ///< an empty one stands for the next plot
    std::vector<Plot> plots_;
};

}  // namespace eonflow::verify::report
