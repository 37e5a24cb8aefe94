#include <verify/report/page.hpp>
#include <verify/report/report.hpp>
#include <verify/theorem.hpp>

#include <algorithm>
#include <set>

namespace eonflow::verify::report {

namespace {

std::string colour_of(Verdict verdict, bool as_stated) {
    if (verdict == Verdict::holds || as_stated) return "good";
    return verdict == Verdict::violated || verdict == Verdict::numerical_failure ? "bad" : "doubtful";
}

Page::Cell cell(Verdict verdict) { return {std::string(name_of(verdict)), colour_of(verdict, false)}; }

/// Curves with the same axis in one plot; a claim has few.
Plot plot_of(const ClaimResult& claim) {
    Plot plot{claim.id + " " + claim.name, claim.curves.front().x_label, claim.curves.size() == 1 ? claim.curves.front().y_label : "log₁₀", {}};
    for (const Curve& curve : claim.curves)
        if (!curve.x.empty()) plot.lines.push_back({curve.name, curve.x, curve.y});
    plot.logarithmic_x = plot.x_label == "t";
    return plot;
}

void add(Page& page, const Report& report, const std::string& anchor) {
    page.heading(3, report.instance, anchor);
    page.table({"", "hypothesis", "verdict", "evidence"}, [&] {
        std::vector<std::vector<Page::Cell>> rows;
        for (const HypothesisResult& h : report.hypotheses) rows.push_back({h.id, h.name, cell(h.verdict), h.evidence});
        return rows;
    }());
    page.table({"", "claim", "verdict", "digits", "rate measured (predicted)", "measured", "predicted", "evidence"}, [&] {
        std::vector<std::vector<Page::Cell>> rows;
        for (const ClaimResult& c : report.claims)
            rows.push_back({c.id, c.name, cell(c.verdict), c.verified_digits ? std::to_string(*c.verified_digits) : "",
                            !c.rate ? "" : c.rate->measured + (c.rate->predicted.empty() ? "" : " (" + c.rate->predicted + ")"), c.measured, c.predicted, c.evidence});
        return rows;
    }());
    if (!report.log10_time.empty()) page.paragraph("Followed to t = 10^" + report.log10_time + ".");
    for (const ClaimResult& claim : report.claims)
        if (std::any_of(claim.curves.begin(), claim.curves.end(), [](const Curve& c) { return c.x.size() > 1; })) page.plot(plot_of(claim));
}

}  // namespace

std::string page_of(const std::vector<Report>& reports) {
    Page page("Verdicts");
    const auto stated = std::count_if(reports.begin(), reports.end(), [](const Report& r) { return r.as_stated(); });
    page.paragraph(std::to_string(stated) + " of " + std::to_string(reports.size()) + " instances as stated. Digits are those on which the flow and the prediction agree; rates are exponents in log(1/loss).");
    std::vector<std::vector<Page::Cell>> rows;
    for (std::size_t k = 0; k < reports.size(); ++k) {
        const Report& r = reports[k];
        std::optional<std::int64_t> fewest;
        for (const ClaimResult& c : r.claims)
            if (c.verified_digits) fewest = std::min(fewest.value_or(*c.verified_digits), *c.verified_digits);
        rows.push_back({r.theorem, Page::Cell(r.instance, "", "instance" + std::to_string(k + 1)), Page::Cell(std::string(name_of(r.overall())), colour_of(r.overall(), r.as_stated())),
                        r.stated ? std::string(name_of(*r.stated)) : "", fewest ? std::to_string(*fewest) : "", r.log10_time});
    }
    page.table({"theorem", "instance", "verdict", "stated", "fewest digits", "log₁₀ t"}, rows);
    std::string current;
    for (std::size_t k = 0; k < reports.size(); ++k) {
        const Report& report = reports[k];
        if (report.theorem != current) {
            current = report.theorem;
            const Theorem* theorem = find_theorem(current);
            page.heading(2, current + (theorem == nullptr ? "" : ": " + theorem->title));
            if (theorem != nullptr) {
                page.paragraph(theorem->statement);
                page.paragraph("Notation: " + theorem->notation);
                page.paragraph("Source: " + theorem->source);
            }
        }
        add(page, report, "instance" + std::to_string(k + 1));
    }
    return page.html();
}

}  // namespace eonflow::verify::report
