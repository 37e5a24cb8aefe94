#include <verify/theorems/scale_sweep.hpp>

#include <verify/sweep.hpp>

#include <eonflow/flow/rest.hpp>
#include <eonflow/limit/prediction.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>

namespace eonflow::verify {

using number::Ball;
using number::Rational;
using number::Real;

namespace {

enum column : std::size_t { off_l1, off_l2, agreement, steps };

/// L of v_1 ... v_L, D of u^D - v^D.
std::size_t depth_of(const flow::Problem& problem) { return problem.model.depth > 0 ? problem.model.depth : problem.model.layers.size(); }

/// The two ends of Q as the scale of the start goes to 0 and to infinity.
struct Ends {
    convex::Solution l1, l2;
};

Ends ends_of(const flow::Problem& problem) {
    const std::size_t d = problem.model.inputs, depth = depth_of(problem);
    std::vector<Rational> l1(d, Rational(1)), l2(d, Rational(1));
    for (std::size_t j = 0; j < d; ++j) {
        const Rational eta = abs(problem.initial[j]);
        if (eta == 0) throw invalid_input("the first layer is 0 in coordinate " + std::to_string(j + 1), "/initial");
        for (std::size_t l = 2; l < depth; ++l) l1[j] /= eta;
        for (std::size_t l = 2; l < 2 * depth; ++l) l2[j] /= eta;
    }
    Ends ends{convex::solve(convex::basis_pursuit(problem.data.X, problem.data.y, l1)), convex::solve(convex::least_norm(problem.data.X, problem.data.y, l2))};
    if (ends.l1.status != convex::Status::optimal || !ends.l1.certificate.unique || !ends.l1.certificate.multipliers_unique)
        throw invalid_input("the interpolator of least l1 norm and its multipliers are not unique, so that the orders in alpha are not known", "/data");
    return ends;
}

void require_diagonal(const flow::Problem& problem) {
    const bool known = problem.model.layers_couple == model::coupling::entrywise || problem.model.family == "difference";
    if (!known || depth_of(problem) < 2 || problem.loss.kind != model::loss_kind::squared)
        throw invalid_input("alpha is swept for diagonal networks (also u^D − v^D) of depth at least 2 with the squared loss, not for " + problem.model.description, "/model");
}

std::vector<Rational> row(const flow::Problem& problem, const Rational& alpha, const CheckOptions& options) {
    require_diagonal(problem);
    const std::int64_t digits = options.digits;
    flow::Problem scaled = problem;
    for (Rational& v : scaled.initial) v *= alpha;
    const flow::Rest rest = flow::follow_to_rest(scaled, digits + 1, options.progress);
    const convex::Solution minimizer = limit::predict(scaled, digits + 10).solution;
    const Ends ends = ends_of(problem);
    const number::precision_scope scope(rest.precision_bits);
    const std::vector<Ball> predicted = minimizer.point(digits + 10);
    const std::vector<Rational> sparse = ends.l1.certificate.point.rationals(), nearest = ends.l2.certificate.point.rationals();
    Real largest(0), off(0), outside(0), square(0);
    for (std::size_t j = 0; j < predicted.size(); ++j) {
        const flow::verified& beta = rest.coefficients[j];
        largest = std::max(largest, Real(abs(beta.value)));
        // What is not verified counts as a difference.
        off = std::max(off, Real(abs(beta.value - predicted[j].midpoint()) + predicted[j].radius() + abs(beta.value) * pow(Real(10), -beta.digits)));
        if (sparse[j] == 0) outside = std::max(outside, Real(abs(beta.value)));
        const Real from_l2 = beta.value - number::to_real(nearest[j]);
        square += from_l2 * from_l2;
    }
    return {number::to_rational(outside), number::to_rational(sqrt(square)), Rational(number::agreeing_digits(largest, largest + off, 10 * digits)), Rational(rest.steps)};
}

/// Of the coordinates outside the l1 interpolator: alpha^L for L >= 3, alpha^(2(1 - kappa)) for L = 2 with the largest ratio kappa of |X^T nu| to its bound.
Rational small_order(const flow::Problem& problem) {
    const std::size_t depth = depth_of(problem);
    if (depth > 2) return Rational(static_cast<unsigned>(depth));
    const convex::Certificate certificate = ends_of(problem).l1.certificate;
    const std::vector<Rational> nu = certificate.multipliers.rationals(), sparse = certificate.point.rationals();
    Rational kappa = 0;
    for (std::size_t j = 0; j < sparse.size(); ++j) {
        if (sparse[j] != 0) continue;
        Rational pull = 0;
        for (std::size_t i = 0; i < nu.size(); ++i) pull += problem.data.X(i, j) * nu[i];
        kappa = std::max(kappa, Rational(abs(pull)));
    }
    return 2 * (1 - kappa);
}

/// Between two rows, what the rounding of their numbers leaves of a slope: these have `digits` right digits (the distance from l2 of the largest coordinate, so fewer of its own).
Real rounding_of_slope(const Sweep::Row& end, const Sweep::Row& inner, std::size_t of, std::int64_t digits) {
    const Real size = of == off_l1 ? Real(1) : 1 / number::to_real(std::min(end.numbers[of], inner.numbers[of]));
    return 2 * size * pow(Real(10), -digits) / abs(log(number::to_real(end.value / inner.value)));
}

ClaimResult judge_order(const Statement& claim, std::vector<Sweep::Row> rows, std::size_t of, bool small_end, const Rational& predicted, std::int64_t digits) {
    const number::precision_scope scope(number::bits_for_digits(4 * digits));
    if (small_end) std::reverse(rows.begin(), rows.end());
    // Numbers that are lost in the rounding tell no order.
    const Real least(Real(1) / 100);
    while (rows.size() > 3 && rounding_of_slope(rows.back(), rows[rows.size() - 2], of, digits) > least) rows.pop_back();
    const Real rounding = rounding_of_slope(rows.back(), rows[rows.size() - 2], of, digits);
    const Rational between[2] = {rows[rows.size() - 2].value, rows.back().value};
    if (small_end) std::reverse(rows.begin(), rows.end());
    const Order order = order_at_end(rows, of, small_end);
    const Real off = abs(order.value - number::to_real(predicted)), uncertain = order.change + rounding;
    // An uncertainty of half an order or more decides nothing.
    ClaimResult result{claim.id, claim.text, off <= uncertain && 2 * uncertain < 1 ? Verdict::holds : Verdict::inconclusive_horizon, {}, {}, "order " + number::to_text(predicted), {}, {}};
    result.rate = Rate{number::to_decimal(order.value, 12) + " ± " + number::to_decimal(uncertain, 1), number::to_text(predicted)};
    result.measured = "order " + result.rate->measured;
    result.evidence = "between alpha = " + rounded(between[0], 3) + " and " + rounded(between[1], 3) + "; off by " + number::to_decimal(off, 2);
    return result;
}

std::vector<ClaimResult> judge(const ScaleClaims& claims, const flow::Problem& problem, const std::vector<Sweep::Row>& rows, const CheckOptions& options) {
    std::vector<ClaimResult> results;
    Rational fewest = rows.front().numbers[agreement];
    for (const Sweep::Row& r : rows) fewest = std::min(fewest, r.numbers[agreement]);
    ClaimResult end{claims.limit.id, claims.limit.text, fewest >= options.digits ? Verdict::holds : Verdict::inconclusive_precision, static_cast<std::int64_t>(numerator(fewest)), {}, {}, {}, {}};
    end.evidence = "at each of " + std::to_string(rows.size()) + " values of alpha the flow at rest and the certified minimizer share " + number::to_text(fewest) + " digits or more";
    results.push_back(std::move(end));
    if (rows.size() < 3) return results;
    if (rows.front().value < 1) results.push_back(judge_order(claims.small, rows, off_l1, true, small_order(problem), options.digits));
    if (rows.back().value > 1) results.push_back(judge_order(claims.large, rows, off_l2, false, Rational(-2 * static_cast<int>(depth_of(problem))), options.digits));
    return results;
}

}  // namespace

Sweep sweep_of_scale(const ScaleClaims& claims, const std::string& instance) {
    using kind = Sweep::Column::kind;
    Sweep sweep;
    sweep.parameter = "alpha";
    sweep.meaning = "factor of the start; the limit goes from weighted l2 (large) to weighted l1 (small)";
    sweep.columns = {{"outside l1", kind::size}, {"from l2", kind::size}, {"digits", kind::count}, {"steps", kind::count}};
    sweep.instance = instance;
    sweep.row = row;
    sweep.judge = [claims](const flow::Problem& problem, const std::vector<Sweep::Row>& rows, const CheckOptions& options) { return judge(claims, problem, rows, options); };
    return sweep;
}

}  // namespace eonflow::verify
