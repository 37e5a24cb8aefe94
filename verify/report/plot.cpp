#include <verify/report/plot.hpp>

#include <eonflow/number/error.hpp>

#include <array>
#include <cstdio>
#include <memory>

namespace eonflow::verify::report {

namespace {

/// After Okabe and Ito: colours that differ for the colour-blind too and are readable on white and on black.
constexpr std::array<const char*, 7> colours = {"#2b8cd6", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8f8f00"};
constexpr std::size_t most_named_lines = 12;

/// A text for gnuplot, in single quotes.
std::string quoted(const std::string& text) {
    std::string result = "'";
    for (const char c : text) result += c == '\'' ? std::string("''") : c == '\n' ? std::string(" ") : std::string(1, c);
    return result + "'";
}

std::string script(const Plot& plot) {
    std::string blocks, curves;
    for (std::size_t k = 0; k < plot.lines.size(); ++k) {
        const Line& line = plot.lines[k];
        const std::string block = "$line" + std::to_string(k);
        blocks += block + " << EOD\n";
        for (std::size_t i = 0; i < line.x.size(); ++i) blocks += line.x[i] + " " + line.y[i] + "\n";
        blocks += "EOD\n";
        const std::string colour = quoted(colours[k % colours.size()]);
        const std::string style = line.x.size() == 1 ? " with points pointtype 7 pointsize 1 linecolor rgb " : " with linespoints pointtype 7 pointsize 0.35 linewidth 1.5 linecolor rgb ";
        curves += (k == 0 ? "plot " : ", ") + block + " using 1:2" + style + colour + " title " + (plot.lines.size() == 1 ? "''" : quoted(line.name));
    }
    std::string text = "set terminal svg size 640,380 dynamic font 'sans-serif,13'\nset encoding utf8\nset border linecolor rgb '#010101'\nset tics textcolor rgb '#010101'\n"
                       "set grid linecolor rgb '#8f8f8f' linewidth 0.4\n";
    text += "set xlabel " + quoted(plot.x_label) + " noenhanced textcolor rgb '#010101'\nset ylabel " + quoted(plot.y_label) + " noenhanced textcolor rgb '#010101'\n";
    text += plot.lines.size() < 2 || plot.lines.size() > most_named_lines ? "unset key\n" : "set key outside below noenhanced maxcols 2 textcolor rgb '#010101'\nset bmargin " + std::to_string(5 + (plot.lines.size() + 1) / 2) + "\n";
    if (plot.logarithmic_x) text += "set logscale x\nset format x '10^{%T}'\n";
    if (plot.logarithmic_y) text += "set logscale y\nset format y '10^{%T}'\n";
    if (plot.equal_scales) text += "set size ratio -1\n";
    return text + blocks + curves + "\n";
}

std::string gnuplot(const std::string& program) {
    // The program comes from a file, so that the output is a pipe of its own.
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> script(std::tmpfile(), std::fclose);
    if (!script || std::fwrite(program.data(), 1, program.size(), script.get()) != program.size() || std::fflush(script.get()) != 0) throw io_error("no temporary file can be written for gnuplot");
    std::rewind(script.get());
    std::FILE* const pipe = ::popen(("gnuplot /dev/fd/" + std::to_string(::fileno(script.get())) + " 2>/dev/null").c_str(), "r");
    std::string output;
    std::array<char, 1 << 14> block;
    for (std::size_t got = 0; pipe != nullptr && (got = std::fread(block.data(), 1, block.size(), pipe)) > 0;) output.append(block.data(), got);
    if (pipe == nullptr || ::pclose(pipe) != 0 || output.find("</svg>") == std::string::npos) throw io_error("gnuplot could not draw the plot (Debian package gnuplot-nox)");
    return output;
}

void replace_all(std::string& text, const std::string& part, const std::string& other) {
    for (std::size_t at = 0; (at = text.find(part, at)) != std::string::npos; at += other.size()) text.replace(at, part.size(), other);
}

}  // namespace

std::vector<std::string> draw(const std::vector<Plot>& plots) {
    // One process for all: documents follow each other in its output.
    std::string commands;
    for (const Plot& plot : plots) commands += "reset\n" + script(plot);
    const std::string all = plots.empty() ? "" : gnuplot(commands);
    std::vector<std::string> pictures;
    for (std::size_t at = 0; pictures.size() < plots.size();) {
        const std::size_t begin = all.find("<svg", at), end = all.find("</svg>", begin);
        if (begin == std::string::npos || end == std::string::npos) throw io_error("gnuplot drew " + std::to_string(pictures.size()) + " of " + std::to_string(plots.size()) + " plots");
        std::string picture = all.substr(begin, end + 6 - begin);
        at = end;
        // Neutral parts take the colour of the page's text; identifiers must be unlike those of the other pictures.
        const std::string mark = "plot" + std::to_string(pictures.size() + 1) + "_";
        for (const char* colour : {"rgb(  1,   1,   1)", "rgb(1,1,1)", "#010101", "black"}) replace_all(picture, colour, "currentColor");
        replace_all(picture, "<title>Gnuplot</title>", "");
        replace_all(picture, "id=\"", "id=\"" + mark);
        replace_all(picture, "id='", "id='" + mark);
        replace_all(picture, "xlink:href='#", "xlink:href='#" + mark);
        replace_all(picture, "url(#", "url(#" + mark);
        pictures.push_back(std::move(picture));
    }
    return pictures;
}

}  // namespace eonflow::verify::report
