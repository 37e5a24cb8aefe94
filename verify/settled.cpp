#include <verify/settled.hpp>

#include <eonflow/convex/potential.hpp>
#include <eonflow/flow/dual.hpp>
#include <eonflow/flow/integrate.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/linear.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>

namespace eonflow::verify {

using number::Ball;
using number::Rational;
using number::Real;
using number::Vector;

namespace {

constexpr std::int64_t shown_digits = 12, most_digits = 1000;

/// Decimal digits to which `part` is small against `whole`, counting its uncertainty.
std::int64_t digits_below(const Real& part, const Real& whole) {
    return part == 0 ? most_digits : number::agreeing_digits(whole, whole + part, most_digits);
}

Real upper(const Ball& x) { return abs(x.midpoint()) + x.radius(); }

Real largest(const std::vector<Ball>& values) {
    Real result(0);
    for (const Ball& v : values) result = std::max(result, upper(v));
    return result;
}

std::string listed(const std::vector<Ball>& values, std::int64_t digits) {
    std::string text;
    for (const Ball& v : values) text += (text.empty() ? "" : ", ") + number::to_decimal(v.midpoint(), std::clamp<std::int64_t>(digits, 1, shown_digits));
    return "(" + text + ")";
}

ClaimResult started(const Statement& claim) { return {claim.id, claim.text, Verdict::inconclusive_precision, {}, {}, {}, {}, {}}; }

/// Digits that two vectors share, against the largest coordinate of `predicted`.
std::int64_t shared_digits(const std::vector<Ball>& measured, const std::vector<Ball>& predicted) {
    Real off(0);
    for (std::size_t j = 0; j < measured.size(); ++j) off = std::max(off, upper(measured[j] - predicted[j]));
    return digits_below(off, largest(predicted));
}

Ball ball_of(const flow::verified& entry) { return {entry.value, abs(entry.value) * pow(Real(10), -entry.digits)}; }

}  // namespace

Settled follow_until_settled(const flow::Problem& original, std::int64_t digits, const CheckOptions& options) {
    flow::Problem problem = original;
    problem.clock = flow::Clock::time;
    problem.times.clear();
    problem.observe = {"coefficients"};
    problem.digits = digits + 1;
    problem.stop = {};
    problem.stop.settled_digits = Rational(static_cast<long>(digits) + 1);
    flow::IntegrateOptions run;
    if (options.progress) run.progress = [&](const flow::Progress& p) { options.progress(p.phase + ", " + p.detail); };
    Settled result;
    result.trajectory = flow::integrate(problem, run);
    result.bits = result.trajectory.precision_bits;
    const number::precision_scope scope(result.bits);
    for (const flow::Sample& sample : result.trajectory.samples) {
        std::vector<Ball>& beta = result.beta.emplace_back();
        for (const flow::verified& entry : sample.observed.at("coefficients")) beta.push_back(ball_of(entry));
    }
    return result;
}

std::vector<Ball> minimizer_of(const convex::Solution& solution, const Settled& flow, std::int64_t digits) {
    const number::precision_scope scope(flow.bits);
    return solution.point(digits);
}

std::vector<Ball> last_parameters(const Settled& flow) {
    const number::precision_scope scope(flow.bits);
    std::vector<Ball> result;
    for (const flow::verified& entry : flow.trajectory.samples.back().parameters) result.push_back(ball_of(entry));
    return result;
}

ClaimResult judge_agreement(const Statement& claim, const Settled& flow, const std::vector<Ball>& measured, const std::vector<Ball>& predicted, std::int64_t digits) {
    ClaimResult result = started(claim);
    const number::precision_scope scope(flow.bits);
    const std::int64_t shared = shared_digits(measured, predicted);
    result.verified_digits = shared;
    result.measured = listed(measured, shared);
    result.predicted = listed(predicted, shown_digits);
    result.verdict = shared >= digits ? Verdict::holds : Verdict::inconclusive_horizon;
    result.evidence = "the flow at t = " + number::to_decimal(flow.trajectory.samples.back().time.value, 6) + " (" + flow.trajectory.status + ") and the prediction share " + std::to_string(shared) + " digits";
    return result;
}

ClaimResult judge_end(const Statement& claim, const Settled& flow, const convex::Solution& minimizer, std::int64_t digits) {
    const std::vector<Ball> predicted = minimizer_of(minimizer, flow, digits + 10);
    ClaimResult result = judge_agreement(claim, flow, flow.beta.back(), predicted, digits);
    const number::precision_scope scope(flow.bits);
    Curve curve{"largest |βⱼ − limit|", "t", "log₁₀ largest |βⱼ − limit|", {}, {}};
    for (std::size_t k = 0; k < flow.beta.size(); ++k) {
        Real off(0);
        for (std::size_t j = 0; j < predicted.size(); ++j) off = std::max(off, Real(abs((flow.beta[k][j] - predicted[j]).midpoint())));
        if (off == 0) continue;
        curve.x.push_back(number::to_decimal(flow.trajectory.samples[k].time.value, shown_digits));
        curve.y.push_back(number::to_decimal(log10(off), shown_digits));
    }
    result.curves.push_back(std::move(curve));
    return result;
}

ClaimResult judge_kkt(const Statement& claim, const flow::Problem& problem, const Settled& flow, const convex::Solution& minimizer, std::int64_t digits) {
    ClaimResult result = started(claim);
    const auto directions = number::kernel(problem.data.X);
    if (directions.rows() == 0) {
        result.verdict = Verdict::holds;
        result.evidence = "X has no kernel: there is nothing to conserve";
        return result;
    }
    const number::precision_scope scope(flow.bits);
    const auto& separable = std::get<convex::Separable>(minimizer.certificate.program.objective);
    std::vector<std::unique_ptr<convex::Potential_function>> potentials;
    std::vector<Ball> start;
    for (std::size_t j = 0; j < separable.terms.size(); ++j) {
        potentials.push_back(convex::make_potential(separable.terms[j]));
        start.push_back(separable.start.empty() ? Ball(0) : potentials[j]->derivative(Ball(separable.start[j])));
    }
    bool zero = true;
    std::int64_t fewest = most_digits;
    for (const std::vector<Ball>& beta : flow.beta) {
        std::vector<Ball> moved;
        for (std::size_t j = 0; j < beta.size(); ++j) moved.push_back(potentials[j]->derivative(beta[j]) - start[j]);
        for (std::size_t k = 0; k < directions.rows(); ++k) {
            Ball residual;
            Real scale(0);
            for (std::size_t j = 0; j < beta.size(); ++j) {
                const Ball part = Ball(directions(k, j)) * moved[j];
                residual += part;
                // The size of what cancels, the start included.
                scale = std::max(scale, Real(upper(part) + upper(Ball(directions(k, j)) * start[j])));
            }
            zero = zero && residual.is_finite() && residual.contains_zero();
            if (residual.is_finite() && scale > 0) fewest = std::min(fewest, digits_below(upper(residual), scale));
        }
    }
    result.verified_digits = fewest;
    result.measured = result.predicted = "0";
    result.evidence = std::to_string(directions.rows()) + " quantities at " + std::to_string(flow.beta.size()) + " samples, in balls of the verified digits: " + (zero ? "each contains 0" : "one does not contain 0");
    if (zero && fewest >= digits) result.verdict = Verdict::holds;
    return result;
}

ClaimResult judge_fit(const Statement& claim, const flow::Problem& problem, const Settled& flow, std::int64_t digits) {
    ClaimResult result = started(claim);
    const number::precision_scope scope(flow.bits);
    const std::vector<Ball>& beta = flow.beta.back();
    std::int64_t fewest = most_digits;
    for (std::size_t i = 0; i < problem.data.samples(); ++i) {
        Ball residual = -Ball(problem.data.y[i]);
        Real scale = upper(residual);
        for (std::size_t j = 0; j < beta.size(); ++j) {
            const Ball part = Ball(problem.data.X(i, j)) * beta[j];
            residual += part;
            scale = std::max(scale, upper(part));
        }
        fewest = std::min(fewest, digits_below(upper(residual), scale));
    }
    result.verified_digits = fewest;
    result.evidence = "largest residual of the last sample, relative to the terms of the prediction";
    result.verdict = fewest >= digits ? Verdict::holds : Verdict::inconclusive_horizon;
    return result;
}

ClaimResult judge_losses(const Statement& claim, const flow::Problem& problem, const std::vector<Ball>& limit, std::int64_t digits, const CheckOptions& options) {
    ClaimResult result = started(claim);
    std::int64_t fewest = most_digits;
    for (const char* formula : {"cosh(f - y)", "log(1 + exp(f)) - f*exp(y)/(1 + exp(y))", "(asinh(f) - asinh(y))^2/2"}) {
        flow::Problem other = problem;
        other.loss.kind = model::loss_kind::expression;
        other.loss.formula = formula;
        const Settled flow = follow_until_settled(other, digits, options);
        const number::precision_scope scope(flow.bits);
        const std::int64_t shared = shared_digits(flow.beta.back(), limit);
        fewest = std::min(fewest, shared);
        result.evidence += (result.evidence.empty() ? "" : "; ") + std::string(formula) + ": " + std::to_string(shared) + " digits at t = " + number::to_decimal(flow.trajectory.samples.back().time.value, 4);
    }
    result.verified_digits = fewest;
    result.verdict = fewest >= digits ? Verdict::holds : Verdict::inconclusive_horizon;
    return result;
}

std::optional<ClaimResult> judge_dual(const Statement& claim, const flow::Problem& problem, const Settled& flow, std::int64_t digits) {
    const std::optional<flow::DualFlow> dual = flow::dual_flow(problem);
    if (!dual) return std::nullopt;
    ClaimResult result = started(claim);
    const number::precision_scope scope(flow.bits);
    Vector times;
    for (const flow::Sample& sample : flow.trajectory.samples) times.push_back(sample.time.value);
    std::vector<Vector> beta;
    try {
        beta = dual->at(times, digits + 10).coefficients;
    } catch (const numerical_error& problem_of_dual) {
        result.evidence = problem_of_dual.what();
        result.verdict = Verdict::numerical_failure;
        return result;
    }
    std::int64_t fewest = most_digits;
    for (std::size_t k = 1; k < beta.size(); ++k) fewest = std::min(fewest, shared_digits(std::vector<Ball>(beta[k].begin(), beta[k].end()), flow.beta[k]));
    result.verified_digits = fewest;
    result.evidence = "compared at " + std::to_string(flow.beta.size()) + " samples";
    if (fewest >= digits) result.verdict = Verdict::holds;
    return result;
}

MirrorFlow judge_mirror(const Statement& claim, const flow::Problem& problem, const convex::Solution& minimizer, std::int64_t digits) {
    constexpr std::int64_t spare = 10, finer = 8, latest = 1 << 20;
    MirrorFlow result{started(claim), {}};
    const flow::DualFlow dual = flow::dual_flow(problem).value();
    const number::precision_scope scope(number::bits_for_digits(digits + 2 * spare + finer) + 64);
    const auto fitted = [&](const Vector& beta) {
        Real off(0), largest(0);
        for (std::size_t i = 0; i < problem.data.samples(); ++i) {
            const Real y = number::to_real(problem.data.y[i]);
            Real f(0);
            for (std::size_t j = 0; j < beta.size(); ++j) f += number::to_real(problem.data.X(i, j)) * beta[j];
            off = std::max(off, Real(abs(f - y)));
            largest = std::max(largest, Real(abs(y)));
        }
        return off <= largest * pow(Real(10), -(digits + 4));
    };
    Real time(1);
    flow::DualFlow::Course course;
    for (;; time *= 2) {
        course = dual.at({time}, digits + spare);
        if (fitted(course.coefficients[0]) || time >= latest) break;
    }
    const Vector other = dual.at({time}, digits + spare + finer).coefficients[0];
    const std::vector<Ball> here(course.coefficients[0].begin(), course.coefficients[0].end()), there(other.begin(), other.end()), predicted = minimizer.point(digits + spare);
    const std::int64_t shared = std::min(shared_digits(here, predicted), shared_digits(there, predicted));
    result.claim.verified_digits = shared;
    result.claim.measured = listed(here, shared);
    result.claim.predicted = listed(predicted, shown_digits);
    result.claim.verdict = shared >= digits ? Verdict::holds : Verdict::inconclusive_horizon;
    result.claim.evidence = "two runs of the mirror flow to t = " + number::to_decimal(time, 6) + " and the projection share " + std::to_string(shared) + " digits; it passes 0 " +
                            std::to_string(course.passages.size()) + " time(s) after the start";
    result.passages = std::move(course.passages);
    return result;
}

void record_horizon(Report& report, const Settled& flow) {
    const number::precision_scope scope(flow.bits);
    report.log10_time = number::to_decimal(flow.trajectory.samples.back().log10_time.value, 6);
}

}  // namespace eonflow::verify
