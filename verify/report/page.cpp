#include <verify/report/page.hpp>

namespace eonflow::verify::report {

namespace {

constexpr const char* style = R"(
:root { color-scheme: light dark; --line: #8888; --soft: #8881; --good: #00704a; --bad: #b3261e; --doubtful: #8a5a00; }
@media (prefers-color-scheme: dark) { :root { --good: #5fd39b; --bad: #ff8a80; --doubtful: #ffc46b; } }
body { font: 15px/1.45 system-ui, sans-serif; margin: 0 auto; padding: 1rem; max-width: 70rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.2rem; margin-top: 2.2rem; border-top: 1px solid var(--line); padding-top: .8rem; } h3 { font-size: 1rem; margin-bottom: .3rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-size: .9rem; margin: .4rem 0; }
th, td { text-align: left; vertical-align: top; padding: .2rem .7rem .2rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; min-width: 3.5rem; }
th, td:first-child, .good, .bad, .doubtful { overflow-wrap: normal; }
td:nth-child(2), td:last-child { min-width: 8rem; }
pre { background: var(--soft); padding: .6rem; overflow-x: auto; font-size: .8rem; }
details { margin: .3rem 0; } summary { cursor: pointer; }
figure { margin: .8rem 0; max-width: 44rem; } figcaption { font-weight: 600; } svg { width: 100%; height: auto; }
.plots { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 30rem), 1fr)); gap: 0 1rem; }
.good { color: var(--good); } .bad { color: var(--bad); font-weight: 600; } .doubtful { color: var(--doubtful); }
a { color: inherit; }
)";

std::string rows_of(const std::vector<std::string>& headings, const std::vector<std::vector<Page::Cell>>& rows) {
    std::string text = "<div class=\"wide\"><table><thead><tr>";
    for (const std::string& heading : headings) text += "<th>" + escaped(heading) + "</th>";
    text += "</tr></thead><tbody>\n";
    for (const auto& row : rows) {
        text += "<tr>";
        for (const Page::Cell& cell : row) {
            const std::string content = cell.link.empty() ? escaped(cell.text) : "<a href=\"#" + escaped(cell.link) + "\">" + escaped(cell.text) + "</a>";
            text += (cell.style.empty() ? "<td>" : "<td class=\"" + cell.style + "\">") + content + "</td>";
        }
        text += "</tr>\n";
    }
    return text + "</tbody></table></div>\n";
}

std::string numbers_of(const Plot& plot) {
    std::vector<std::vector<Page::Cell>> rows;
    for (const Line& line : plot.lines)
        for (std::size_t i = 0; i < line.x.size(); ++i) rows.push_back({line.name, line.x[i], line.y[i]});
    return "<details><summary>numbers</summary>" + rows_of({"curve", plot.x_label, plot.y_label}, rows) + "</details>";
}

}  // namespace

std::string escaped(const std::string& text) {
    std::string result;
    for (const char c : text) switch (c) {
            case '&': result += "&amp;"; break;
            case '<': result += "&lt;"; break;
            case '>': result += "&gt;"; break;
            case '"': result += "&quot;"; break;
            default: result += c;
        }
    return result;
}

void Page::heading(int level, const std::string& text, const std::string& anchor) {
    const std::string tag = "h" + std::to_string(level);
    parts_.push_back("<" + tag + (anchor.empty() ? "" : " id=\"" + escaped(anchor) + "\"") + ">" + escaped(text) + "</" + tag + ">\n");
}

void Page::paragraph(const std::string& text) { parts_.push_back("<p>" + escaped(text) + "</p>\n"); }
void Page::preformatted(const std::string& text) { parts_.push_back("<pre>" + escaped(text) + "</pre>\n"); }
void Page::table(const std::vector<std::string>& headings, const std::vector<std::vector<Cell>>& rows) { parts_.push_back(rows_of(headings, rows)); }
void Page::fold(const std::string& summary) { parts_.push_back("<details><summary>" + escaped(summary) + "</summary>\n"); }
void Page::unfold() { parts_.emplace_back("</details>\n"); }

void Page::plot(const Plot& plot) {
    plots_.push_back(plot);
    parts_.emplace_back();
}

std::string Page::html() const {
    const std::vector<std::string> pictures = draw(plots_);
    std::string body;
    std::size_t next = 0;
    for (std::size_t k = 0; k < parts_.size(); ++k) {
        if (!parts_[k].empty()) {
            body += parts_[k];
            continue;
        }
        // Plots that follow each other stand side by side where there is room.
        if (k == 0 || !parts_[k - 1].empty()) body += "<div class=\"plots\">\n";
        body += "<figure><figcaption>" + escaped(plots_[next].title) + "</figcaption>" + pictures[next] + numbers_of(plots_[next]) + "</figure>\n";
        ++next;
        if (k + 1 == parts_.size() || !parts_[k + 1].empty()) body += "</div>\n";
    }
    return "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><title>" + escaped(title_) +
           "</title><style>" + style + "</style></head><body>\n<h1>" + escaped(title_) + "</h1>\n" + body + "</body></html>\n";
}

}  // namespace eonflow::verify::report
