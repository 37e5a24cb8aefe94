#include <verify/verdict_file.hpp>

namespace eonflow::verify {

using io::Json;

Json to_json(const ClaimResult& c) {
    Json result = Json::Object{{"id", c.id}, {"name", c.name}, {"verdict", name_of(c.verdict)}};
    if (c.verified_digits) result.add("verified_digits", *c.verified_digits);
    result.add("measured", c.measured);
    result.add("predicted", c.predicted);
    if (c.rate) result.add("rate", Json::Object{{"measured", c.rate->measured}, {"predicted", c.rate->predicted}});
    result.add("evidence", c.evidence);
    return result;
}

namespace {

Json to_json(const HypothesisResult& h) { return Json::Object{{"id", h.id}, {"name", h.name}, {"verdict", name_of(h.verdict)}, {"evidence", h.evidence}}; }

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

}  // namespace eonflow::verify
