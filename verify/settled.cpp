#include <verify/settled.hpp>

#include <eonflow/convex/potential.hpp>
#include <eonflow/flow/integrate.hpp>
#include <eonflow/graph/derivative.hpp>
#include <eonflow/graph/evaluate.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/linear.hpp>
#include <eonflow/number/text.hpp>
#include <eonflow/ode/stepper.hpp>

#include <algorithm>

namespace eonflow::verify {

using graph::node_id;
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

/// Digits that the end of the flow and the minimizer share, against the largest coordinate.
std::int64_t shared_digits(const Settled& flow, const std::vector<Ball>& minimizer) {
    const std::vector<Ball>& end = flow.beta.back();
    Real off(0);
    for (std::size_t j = 0; j < end.size(); ++j) off = std::max(off, upper(end[j] - minimizer[j]));
    return digits_below(off, largest(minimizer));
}

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
        for (const flow::verified& entry : sample.observed.at("coefficients"))
            beta.emplace_back(entry.value, abs(entry.value) * pow(Real(10), -entry.digits));
    }
    return result;
}

ClaimResult judge_end(const Statement& claim, const Settled& flow, const convex::Solution& minimizer, std::int64_t digits) {
    ClaimResult result = started(claim);
    const number::precision_scope scope(flow.bits);
    const std::vector<Ball> predicted = minimizer.point(digits + 10);
    const std::int64_t shared = shared_digits(flow, predicted);
    result.verified_digits = shared;
    result.measured = listed(flow.beta.back(), shared);
    result.predicted = listed(predicted, shown_digits);
    result.verdict = shared >= digits ? Verdict::holds : Verdict::inconclusive_horizon;
    Curve curve{"largest |βⱼ − limit|", "t", "log₁₀ largest |βⱼ − limit|", {}, {}};
    for (std::size_t k = 0; k < flow.beta.size(); ++k) {
        Real off(0);
        for (std::size_t j = 0; j < predicted.size(); ++j) off = std::max(off, Real(abs((flow.beta[k][j] - predicted[j]).midpoint())));
        if (off == 0) continue;
        curve.x.push_back(number::to_decimal(flow.trajectory.samples[k].time.value, shown_digits));
        curve.y.push_back(number::to_decimal(log10(off), shown_digits));
    }
    result.curves.push_back(std::move(curve));
    result.evidence = "the flow at t = " + number::to_decimal(flow.trajectory.samples.back().time.value, 6) + " (" + flow.trajectory.status + ") and the certified minimizer share " + std::to_string(shared) + " digits";
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

ClaimResult judge_losses(const Statement& claim, const flow::Problem& problem, const convex::Solution& minimizer, std::int64_t digits, const CheckOptions& options) {
    ClaimResult result = started(claim);
    std::int64_t fewest = most_digits;
    for (const char* formula : {"cosh(f - y)", "log(1 + exp(f)) - f*exp(y)/(1 + exp(y))", "(asinh(f) - asinh(y))^2/2"}) {
        flow::Problem other = problem;
        other.loss.kind = model::loss_kind::expression;
        other.loss.formula = formula;
        const Settled flow = follow_until_settled(other, digits, options);
        const number::precision_scope scope(flow.bits);
        const std::int64_t shared = shared_digits(flow, minimizer.point(digits + 10));
        fewest = std::min(fewest, shared);
        result.evidence += (result.evidence.empty() ? "" : "; ") + std::string(formula) + ": " + std::to_string(shared) + " digits at t = " + number::to_decimal(flow.trajectory.samples.back().time.value, 4);
    }
    result.verified_digits = fewest;
    result.verdict = fewest >= digits ? Verdict::holds : Verdict::inconclusive_horizon;
    return result;
}

std::optional<ClaimResult> judge_dual(const Statement& claim, const flow::Problem& problem, const Settled& flow, const Response& response, std::int64_t digits) {
    ClaimResult result = started(claim);
    graph::vector_field field;
    graph::Graph& g = field.graph;
    const std::size_t n = problem.data.samples(), d = problem.data.features();
    std::vector<node_id> nu, beta, predictions;
    for (std::size_t i = 0; i < n; ++i) nu.push_back(g.input("nu" + std::to_string(i + 1)));
    for (std::size_t j = 0; j < d; ++j) {
        std::vector<graph::term> terms;
        for (std::size_t i = 0; i < n; ++i) terms.push_back({problem.data.X(i, j), nu[i]});
        beta.push_back(response(g, j, g.sum(std::move(terms))));
        if (beta.back() == graph::none) return std::nullopt;
    }
    for (std::size_t i = 0; i < n; ++i) {
        std::vector<graph::term> terms;
        for (std::size_t j = 0; j < d; ++j) terms.push_back({problem.data.X(i, j), beta[j]});
        predictions.push_back(g.sum(std::move(terms)));
    }
    const node_id loss = problem.loss.total(g, predictions, problem.data.y);
    for (const node_id slope : graph::gradient(g, loss, predictions)) field.derivative.push_back(g.scale(-1, slope));

    const number::precision_scope scope(flow.bits);
    graph::evaluator<Real> value(g, beta);
    const auto stepper = ode::make_stepper("taylor", field, {number::working_bits(), digits + 10, false});
    stepper->start(Real(0), Vector(n, Real(0)));
    std::int64_t fewest = most_digits;
    for (std::size_t k = 0; k < flow.beta.size(); ++k) {
        const Real& time = flow.trajectory.samples[k].time.value;
        while (stepper->time() < time) {
            const ode::status status = stepper->step(time);
            if (status != ode::status::ok && status != ode::status::reached) {
                result.evidence = "the dual flow ended with status " + std::string(ode::name_of(status));
                result.verdict = Verdict::numerical_failure;
                return result;
            }
        }
        const Vector dual = value(stepper->state());
        Real off(0);
        for (std::size_t j = 0; j < d; ++j) off = std::max(off, upper(flow.beta[k][j] - Ball(dual[j])));
        if (k > 0) fewest = std::min(fewest, digits_below(off, largest(flow.beta[k])));
    }
    result.verified_digits = fewest;
    result.evidence = "compared at " + std::to_string(flow.beta.size()) + " samples; " + std::to_string(stepper->counted().steps) + " steps of the dual flow";
    if (fewest >= digits) result.verdict = Verdict::holds;
    return result;
}

void record_horizon(Report& report, const Settled& flow) {
    const number::precision_scope scope(flow.bits);
    report.log10_time = number::to_decimal(flow.trajectory.samples.back().log10_time.value, 6);
}

}  // namespace eonflow::verify
