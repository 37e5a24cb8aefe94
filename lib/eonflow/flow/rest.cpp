#include <eonflow/flow/rest.hpp>

#include <eonflow/flow/saddle.hpp>
#include <eonflow/graph/evaluate.hpp>
#include <eonflow/number/error.hpp>

#include <algorithm>

namespace eonflow::flow {

using number::Real;
using number::Vector;

namespace {

constexpr std::int64_t guard_digits = 8, confirming_digits = 8, fitting_digits = 5;
constexpr std::int64_t most_steps = 100'000;
constexpr int most_tries = 3;

struct Run {
    std::vector<Rest::Point> path;
    std::int64_t steps = 0, bits = 0;
};

Run run(const Problem& problem, const System& system, std::int64_t digits, std::int64_t wanted, const std::function<void(const std::string&)>& progress) {
    const number::precision_scope scope(number::bits_for_digits(digits + guard_digits) + 32);
    graph::evaluator<Real> predictions(system.graph, system.predictions), coefficients(system.graph, system.coefficients.empty() ? system.predictions : system.coefficients);
    Real largest(0);
    for (const Rational& y : problem.data.y) largest = std::max(largest, Real(abs(number::to_real(y))));
    const Real tolerance = largest * pow(Real(10), -(wanted + fitting_digits)), farthest = number::power_of_two(60);
    const auto fitted = [&](const Vector& theta) {
        const Vector f = predictions(theta);
        for (std::size_t i = 0; i < f.size(); ++i)
            if (abs(f[i] - number::to_real(problem.data.y[i])) > tolerance) return false;
        return true;
    };
    SaddlePath flow(problem, system, {.bits = scope.bits(), .digits = digits, .others = coordinate::plain});
    Run result{{}, 0, scope.bits()};
    for (;; ++result.steps) {
        const Vector theta = flow.theta();
        result.path.push_back({flow.time(), coefficients(theta)});
        if (fitted(theta)) return result;
        if (result.steps == most_steps) throw numerical_error("the flow did not come to rest within " + std::to_string(most_steps) + " steps");
        if (progress) progress("to rest, step " + std::to_string(result.steps));
        const ode::status status = flow.step(farthest);
        if (status != ode::status::ok) throw numerical_error("the flow ended with status " + std::string(ode::name_of(status)) + " before it came to rest");
    }
}

}  // namespace

Rest follow_to_rest(const Problem& problem, std::int64_t digits, const std::function<void(const std::string&)>& progress) {
    problem.validate();
    require_reachable(problem, "the samples are never fitted");
    const System system = build_system(problem);
    for (std::int64_t tolerance = digits + 3, attempt = 1;; ++attempt) {
        const Run rough = run(problem, system, tolerance, digits, progress);
        Run fine = run(problem, system, tolerance + confirming_digits, digits, progress);
        const number::precision_scope scope(fine.bits);
        Rest rest{{}, std::move(fine.path), rough.steps, fine.bits};
        const Vector &here = rest.path.back().coefficients, &there = rough.path.back().coefficients;
        std::int64_t fewest = digits;
        for (std::size_t j = 0; j < here.size(); ++j) {
            const std::int64_t agree = number::agreeing_digits(here[j], there[j], digits + 1) - 1;
            rest.coefficients.push_back({here[j], std::max<std::int64_t>(agree, 0)});
            fewest = std::min(fewest, agree);
        }
        if (fewest >= digits || attempt == most_tries) return rest;
        tolerance += digits - fewest + 3;
    }
}

}  // namespace eonflow::flow
