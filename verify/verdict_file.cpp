#include <verify/verdict_file.hpp>

#include <eonflow/io/cursor.hpp>

#include <limits>

namespace eonflow::verify {

using io::Cursor;
using io::Json;

namespace {

constexpr std::int64_t most_digits = std::numeric_limits<std::int32_t>::max();

Json::Array texts(const std::vector<std::string>& values) {
    return io::json_array(values, [](const std::string& text) { return Json(text); });
}

Json to_json(const HypothesisResult& h) { return Json::Object{{"id", h.id}, {"name", h.name}, {"verdict", name_of(h.verdict)}, {"evidence", h.evidence}}; }

Json to_json(const ClaimResult& c) {
    Json result = Json::Object{{"id", c.id}, {"name", c.name}, {"verdict", name_of(c.verdict)}};
    if (c.verified_digits) result.add("verified_digits", *c.verified_digits);
    result.add("measured", c.measured);
    result.add("predicted", c.predicted);
    if (c.rate) result.add("rate", Json::Object{{"measured", c.rate->measured}, {"predicted", c.rate->predicted}});
    result.add("evidence", c.evidence);
    if (!c.curves.empty())
        result.add("curves", io::json_array(c.curves, [](const Curve& curve) -> Json {
                       return Json::Object{{"name", curve.name}, {"x_label", curve.x_label}, {"y_label", curve.y_label}, {"x", texts(curve.x)}, {"y", texts(curve.y)}};
                   }));
    return result;
}

std::vector<std::string> read_texts(const Cursor& at) {
    std::vector<std::string> result;
    for (const Cursor& item : at.items("a list of texts")) result.push_back(item.text("a text"));
    return result;
}

Verdict read_verdict(const Cursor& at) {
    static const std::vector<std::string> names = [] {
        std::vector<std::string> all;
        for (int k = 0; k <= static_cast<int>(Verdict::numerical_failure); ++k) all.emplace_back(name_of(static_cast<Verdict>(k)));
        return all;
    }();
    return static_cast<Verdict>(at.one_of(names));
}

std::string text_at(const Cursor& at, const char* key) { return at.at(key, "a text").text("a text"); }

ClaimResult read_claim(const Cursor& at) {
    ClaimResult c{text_at(at, "id"), text_at(at, "name"), read_verdict(at.at("verdict", "a verdict")), {}, text_at(at, "measured"), text_at(at, "predicted"), text_at(at, "evidence"), {}};
    if (const auto digits = at.find("verified_digits")) c.verified_digits = digits->integer(0, most_digits);
    if (const auto rate = at.find("rate")) c.rate = Rate{text_at(*rate, "measured"), text_at(*rate, "predicted")};
    if (const auto curves = at.find("curves"))
        for (const Cursor& curve : curves->items("a list of curves"))
            c.curves.push_back({text_at(curve, "name"), text_at(curve, "x_label"), text_at(curve, "y_label"), read_texts(curve.at("x", "a list")), read_texts(curve.at("y", "a list"))});
    return c;
}

Json to_json(const Report& report) {
    Json result = Json::Object{{"id", report.theorem}, {"instance", report.instance}, {"verdict", name_of(report.overall())}};
    if (report.stated) result.add("stated", name_of(*report.stated));
    result.add("as_stated", report.as_stated());
    result.add("hypotheses", io::json_array(report.hypotheses, [](const HypothesisResult& h) { return to_json(h); }));
    result.add("claims", io::json_array(report.claims, [](const ClaimResult& c) { return to_json(c); }));
    result.add("horizon", Json::Object{{"log10_time", report.log10_time}, {"log10_log10_time", report.log10_log10_time}});
    return result;
}

}  // namespace

Json to_json(const std::vector<Report>& reports, std::int64_t digits) {
    return Json::Object{{"format", "eonflow/verdict/1"}, {"digits", digits}, {"theorems", io::json_array(reports, [](const Report& report) { return to_json(report); })}};
}

std::vector<Report> parse_verdicts(const Json& document) {
    const Cursor at(document);
    (void)at.at("format", "\"eonflow/verdict/1\"").one_of({"eonflow/verdict/1"});
    std::vector<Report> reports;
    for (const Cursor& entry : at.at("theorems", "a list").items("a list")) {
        Report report;
        report.theorem = text_at(entry, "id");
        report.instance = text_at(entry, "instance");
        if (const auto stated = entry.find("stated")) report.stated = read_verdict(*stated);
        for (const Cursor& h : entry.at("hypotheses", "a list").items("a list"))
            report.hypotheses.push_back({text_at(h, "id"), text_at(h, "name"), read_verdict(h.at("verdict", "a verdict")), text_at(h, "evidence")});
        for (const Cursor& c : entry.at("claims", "a list").items("a list")) report.claims.push_back(read_claim(c));
        const Cursor horizon = entry.at("horizon", "an object");
        report.log10_time = text_at(horizon, "log10_time");
        report.log10_log10_time = text_at(horizon, "log10_log10_time");
        reports.push_back(std::move(report));
    }
    return reports;
}

}  // namespace eonflow::verify
