#include <verify/theorems/yun_2021.hpp>

#include <eonflow/number/spectrum.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>

namespace eonflow::verify::yun {

using number::Ball;
using number::Matrix;
using number::Rational;
using number::Real;
using number::Vector;

namespace {

constexpr int scales = 4;               // α = 10^-1 .. 10^-scales for the order of Y6.2
constexpr std::int64_t scale_digits = 20;  // of the limits compared there

/// W_l W_l^T - W_{l+1}^T W_{l+1} at the start.
Matrix<Rational> excess(const flow::Problem& problem, const model::layer& lower, const model::layer& upper) {
    const auto entry = [&](const model::layer& w, std::size_t i, std::size_t j) -> const Rational& { return problem.initial[w.offset + i * w.columns + j]; };
    Matrix<Rational> result(lower.rows, lower.rows);
    for (std::size_t i = 0; i < lower.rows; ++i)
        for (std::size_t j = 0; j < lower.rows; ++j) {
            for (std::size_t k = 0; k < lower.columns; ++k) result(i, j) += entry(lower, i, k) * entry(lower, j, k);
            for (std::size_t k = 0; k < upper.rows; ++k) result(i, j) -= entry(upper, k, i) * entry(upper, k, j);
        }
    return result;
}

HypothesisResult judge_order(const flow::Problem& problem) {
    const auto& layers = problem.model.layers;
    for (std::size_t l = 0; l + 1 < layers.size(); ++l) {
        const bool last = l + 2 == layers.size();
        const number::Inertia signs = number::inertia(excess(problem, layers[l], layers[l + 1]));
        if (signs.negative > 0 || (last && signs.positive < layers[l].rows))
            return hypothesis("H7", false, "exact inertia of W_" + std::to_string(l + 1) + " W_" + std::to_string(l + 1) + "ᵀ − W_" + std::to_string(l + 2) + "ᵀ W_" + std::to_string(l + 2) + ": " +
                                               std::to_string(signs.positive) + " positive, " + std::to_string(signs.negative) + " negative of " + std::to_string(layers[l].rows));
    }
    return hypothesis("H7", true, "exact inertia of every difference");
}

/// The row of W_1(0) number i off the row space of X, exactly: the point nearest to it with X w = 0.
std::vector<Rational> off_row_space(const flow::Problem& problem, std::size_t i) {
    const auto row = problem.initial.begin() + static_cast<std::ptrdiff_t>(i * problem.model.inputs);
    return convex::solve(convex::least_norm(problem.data.X, std::vector<Rational>(problem.data.samples()), {}, {row, row + static_cast<std::ptrdiff_t>(problem.model.inputs)})).certificate.point.rationals();
}

/// W_L ... W_2 at the end, a row of as many entries as W_1 has rows.
std::vector<Ball> upper_product(const flow::Problem& problem, const std::vector<Ball>& theta) {
    const auto& layers = problem.model.layers;
    std::vector<Ball> row(theta.begin() + static_cast<std::ptrdiff_t>(layers.back().offset), theta.end());
    for (std::size_t l = layers.size() - 1; l-- > 1;) {
        std::vector<Ball> next(layers[l].columns);
        for (std::size_t i = 0; i < layers[l].rows; ++i)
            for (std::size_t j = 0; j < layers[l].columns; ++j) next[j] += row[i] * theta[layers[l].offset + i * layers[l].columns + j];
        row = std::move(next);
    }
    return row;
}

ClaimResult judge_scale(const flow::Problem& problem, const std::vector<Rational>& nearest, const CheckOptions& options) {
    ClaimResult result{"Y6.2", claim("Y6.2").text, Verdict::inconclusive_horizon, {}, {}, "order 1", {}, {}};
    const number::precision_scope scope(number::bits_for_digits(2 * scale_digits));
    Vector alpha, distance;
    flow::Problem smaller = problem;
    for (int k = 1; k <= scales; ++k) {
        for (Rational& w : smaller.initial) w /= 10;
        const Settled flow = follow_until_settled(smaller, scale_digits, options);
        Real square(0);
        for (std::size_t j = 0; j < nearest.size(); ++j) {
            const Real off = flow.beta.back()[j].midpoint() - number::to_real(nearest[j]);
            square += off * off;
        }
        alpha.push_back(pow(Real(10), -k));
        distance.push_back(sqrt(square));
    }
    const Extrapolated order = extrapolated_exponent(alpha, distance, alpha);
    result.rate = Rate{number::to_decimal(order.value, 4) + " ± " + number::to_decimal(order.error, 1), "1"};
    result.measured = "order " + result.rate->measured;
    result.evidence = "distances " + number::to_decimal(distance.front(), 3) + " to " + number::to_decimal(distance.back(), 3) + " at α = 10^-1 to 10^-" + std::to_string(scales);
    if (abs(order.value - 1) <= order.error) result.verdict = Verdict::holds;
    return result;
}

}  // namespace

void check_dense_regression(const flow::Problem& problem, const CheckOptions& options, Report& report) {
    const std::int64_t digits = options.digits;
    report.hypotheses.push_back(judge_order(problem));
    if (report.hypotheses.back().verdict != Verdict::holds) {
        for (const char* id : {"Y6", "Y6.1", "Y6.2"}) report.claims.push_back(not_met(claim(id), report.hypotheses.back()));
        return;
    }
    const convex::Solution least = convex::solve(convex::least_norm(problem.data.X, problem.data.y));
    const bool solvable = least.status == convex::Status::optimal;
    report.hypotheses.push_back(hypothesis("H3", solvable, solvable ? "an exact interpolator" : "an exact Farkas vector"));
    if (!solvable) {
        for (const char* id : {"Y6", "Y6.1", "Y6.2"}) report.claims.push_back(not_met(claim(id), report.hypotheses.back()));
        return;
    }
    const std::vector<Rational> nearest = least.certificate.point.rationals();
    const Settled flow = follow_until_settled(problem, digits, options);
    record_horizon(report, flow);
    report.claims.push_back(judge_fit(claim("Y6"), problem, flow, digits));
    {
        const number::precision_scope scope(flow.bits);
        std::vector<Ball> predicted;
        for (const Rational& x : nearest) predicted.emplace_back(x);
        const std::vector<Ball> upper = upper_product(problem, last_parameters(flow));
        for (std::size_t i = 0; i < upper.size(); ++i) {
            const std::vector<Rational> off = off_row_space(problem, i);
            for (std::size_t j = 0; j < off.size(); ++j) predicted[j] += Ball(off[j]) * upper[i];
        }
        report.claims.push_back(judge_agreement(claim("Y6.1"), flow, flow.beta.back(), predicted, digits));
    }
    report.claims.push_back(judge_scale(problem, nearest, options));
}

}  // namespace eonflow::verify::yun
