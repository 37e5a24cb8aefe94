#pragma once
/// Plots as SVG, drawn by gnuplot.

#include <string>
#include <vector>

namespace eonflow::verify::report {

/// Points in their order; x and y are decimals (texts that a double can hold).
struct Line {
    std::string name;
    std::vector<std::string> x, y;
};

struct Plot {
    std::string title, x_label, y_label;
    std::vector<Line> lines;
    bool logarithmic_x = false, logarithmic_y = false;
    bool equal_scales = false;  ///< for pictures of a plane
};

/// Each plot as an <svg> element that takes the colour of the text around it, for light and dark pages. Throws io_error where gnuplot cannot be run.
[[nodiscard]] std::vector<std::string> draw(const std::vector<Plot>& plots);

}  // namespace eonflow::verify::report
