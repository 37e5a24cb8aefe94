#include <eonflow/io/prediction_file.hpp>

#include <eonflow/io/certificate_file.hpp>
#include <eonflow/io/problem_file.hpp>
#include <eonflow/number/text.hpp>

namespace eonflow::io {

using number::Rational;

namespace {

std::vector<std::string> texts(bool exact, const convex::Exact_vector& values, const std::vector<number::Ball>& balls, std::int64_t digits) {
    std::vector<std::string> result;
    if (exact) {
        for (const Rational& value : values.rationals()) result.push_back(number::to_text(value));
    } else {
        // A midpoint is rounded to the working precision.
        const number::precision_scope scope(number::bits_for_digits(digits) + 32);
        for (const number::Ball& ball : balls) result.push_back(number::to_decimal(ball.midpoint(), std::min(digits, ball.accurate_digits())));
    }
    return result;
}

Json json_texts(const std::vector<std::string>& values) {
    return json_array(values, [](const std::string& value) { return Json(value); });
}

Json sizes(const std::vector<std::size_t>& values) {
    return json_array(values, [](std::size_t value) { return Json(value); });
}

}  // namespace

std::vector<std::string> minimizer_text(const convex::Solution& solution, std::int64_t digits) {
    return texts(solution.certificate.exact, solution.certificate.point, solution.point(digits), digits);
}

std::vector<std::string> multipliers_text(const convex::Solution& solution, std::int64_t digits) {
    return texts(solution.certificate.multiplier_box.empty(), solution.certificate.multipliers, solution.multipliers(digits), digits);
}

std::string value_text(const convex::Solution& solution) {
    const convex::Certificate& certificate = solution.certificate;
    if (solution.status != convex::Status::optimal || !certificate.exact) return "";
    const std::vector<Rational> w = certificate.point.rationals();
    Rational value = 0;
    if (const auto* quadratic = std::get_if<convex::Quadratic>(&certificate.program.objective)) {
        for (std::size_t j = 0; j < w.size(); ++j) {
            const Rational distance = w[j] - quadratic->center[j];
            value += quadratic->weights[j] * distance * distance;
        }
    } else if (const auto* absolute = std::get_if<convex::Absolute>(&certificate.program.objective)) {
        for (std::size_t j = 0; j < w.size(); ++j) {
            if (w[j] > 0) value += *absolute->up[j] * w[j];
            if (w[j] < 0) value -= *absolute->down[j] * w[j];
        }
    } else {
        return "";
    }
    return number::to_text(value);
}

Json to_json(const flow::Problem& problem, const limit::Prediction& prediction) {
    const convex::Certificate& certificate = prediction.solution.certificate;
    const bool feasible = prediction.solution.status == convex::Status::optimal;
    Json result = Json::Object{{"format", "eonflow/limit/1"},         {"problem_sha256", problem_sha256(problem)}, {"name", problem.name},
                               {"objective", prediction.objective},   {"space", prediction.space},                 {"theorem", prediction.theorem},
                               {"feasible", feasible},                {"exact", certificate.exact}};
    if (feasible) {
        const std::string value = value_text(prediction.solution);
        result.add("minimizer", json_texts(minimizer_text(prediction.solution, problem.digits)));
        result.add("unique", certificate.unique);
        result.add("value", value.empty() ? Json() : Json(value));
        result.add("support", sizes(certificate.support));
        result.add("weakly_active", sizes(certificate.weakly_active));
        result.add("multipliers_unique", certificate.multipliers_unique);
    }
    result.add(feasible ? "multipliers" : "farkas", json_texts(multipliers_text(prediction.solution, problem.digits)));
    result.add("certificate", to_json(certificate));
    return result;
}

}  // namespace eonflow::io
