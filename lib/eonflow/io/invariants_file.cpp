#include <eonflow/io/invariants_file.hpp>

#include <eonflow/io/problem_file.hpp>
#include <eonflow/io/trajectory_file.hpp>
#include <eonflow/number/text.hpp>

namespace eonflow::io {

Json::Array to_json(const flow::Problem& problem, const std::vector<flow::InvariantDrift>& drifts) {
    constexpr std::int64_t drift_digits = 2;  // a size, of which no more is meant
    return json_array(drifts, [&](const flow::InvariantDrift& invariant) -> Json {
        return Json::Object{{"name", invariant.name},
                            {"initial", number::to_decimal(invariant.initial, problem.digits)},
                            {"drift", number::to_decimal(invariant.drift, drift_digits)}};
    });
}

Json to_json(const flow::Problem& problem, const std::vector<invariant::LieTest>& tests, const flow::Trajectory* trajectory, const std::optional<std::int64_t>& dual_digits) {
    Json result = Json::Object{{"format", "eonflow/invariants/1"}, {"problem_sha256", problem_sha256(problem)}, {"name", problem.name}};
    result.add("identities", json_array(tests, [](const invariant::LieTest& test) -> Json {
                   return Json::Object{{"name", test.name}, {"relation", test.relation}, {"exact", test.exact}, {"vanishes", test.vanishes}, {"points", test.points}, {"meaning", test.meaning}};
               }));
    if (trajectory != nullptr) {
        result.add("drifts", to_json(problem, trajectory->invariants));
        if (dual_digits) result.add("dual_digits", *dual_digits);
        if (!trajectory->samples.empty()) result.add("log10_time", to_text(trajectory->samples.back().log10_time));
        result.add("precision_bits", trajectory->precision_bits);
        result.add("status", trajectory->status);
    }
    return result;
}

}  // namespace eonflow::io
