#include <verify/theorems/theorems.hpp>

#include <verify/judge.hpp>
#include <verify/theorems/instances.hpp>

#include <eonflow/flow/observe.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>

namespace eonflow::verify {

using number::Rational;
using number::Real;
using number::Vector;

namespace {

constexpr int residual_radius = 8;  // log|w| up to which the residual is read: it settles like a power of t, and every decade of |w| costs a digit of it

const std::vector<Statement> hypotheses = {
    {"H1", "the data are linearly separable: some w has yᵢ⟨xᵢ, w⟩ > 0 for all i"},
    {"H2", "every support vector has a positive multiplier (needed for S4 and for the rates)"},
};

const std::vector<Statement> claims = {
    {"S1", "the loss tends to 0 like 1/t"},
    {"S2", "the weights grow without bound, like log t"},
    {"S3", "the direction is the max margin: w/|w| → ŵ/|ŵ|"},
    {"S4", "the residual ρ = w − ŵ log t converges, with Σ exp(−yᵢ⟨xᵢ, ρ⟩) yᵢ xᵢ = ŵ over the support vectors"},
    {"S5", "the margin of w/|w| tends to the largest possible one"},
};

HypothesisResult judge_multipliers(const convex::Solution& margin) {
    const auto& weak = margin.certificate.weakly_active;
    HypothesisResult result{"H2", "positive multipliers", weak.empty() ? Verdict::holds : Verdict::hypotheses_not_met, {}};
    result.evidence = weak.empty() ? "exact: no sample has margin 1 and multiplier 0"
                                   : std::to_string(weak.size()) + " support vector(s) with multiplier exactly 0, the first is sample " + std::to_string(weak.front());
    return result;
}

Report check(const flow::Problem& problem, const CheckOptions& options) {
    if (problem.model.family != "linear" || !problem.loss.is_classification())
        throw invalid_input("soudry_2018 is about the family \"linear\" with the exponential or logistic loss, not about " + problem.model.description, "/model");
    problem.validate();
    Report report;
    const number::Matrix<Rational> Z = problem.data.signed_rows();
    const convex::Solution margin = convex::solve(convex::l2_margin(Z), options.digits);
    report.hypotheses.push_back(judge_separability("H1", margin));
    if (report.hypotheses[0].verdict != Verdict::holds) {
        for (const Statement& claim : claims) report.claims.push_back(not_met(claim, report.hypotheses[0]));
        return report;
    }
    report.hypotheses.push_back(judge_multipliers(margin));
    const bool nondegenerate = report.hypotheses[1].verdict == Verdict::holds;

    const Tail tail = follow_tail(problem, options);
    const number::precision_scope scope(tail.bits);
    set_horizon(report, tail);

    Vector hard_margin;
    for (const Rational& w : margin.certificate.point.rationals()) hard_margin.push_back(number::to_real(w));
    const Real share = problem.loss.reduce == model::reduction::mean ? Real(1) / static_cast<unsigned>(Z.rows()) : Real(1);
    std::vector<Vector> rows;
    for (std::size_t i = 0; i < Z.rows(); ++i) {
        rows.emplace_back();
        for (const Rational& entry : Z.row(i)) rows.back().push_back(number::to_real(entry));
    }
    std::vector<Vector> norms, direction, gap, residual;
    for (const Tail::Point& p : tail.points) {
        norms.push_back({exp(p.r)});
        direction.push_back(p.direction);
        Real smallest = flow::dot(rows.front(), p.direction);
        for (const Vector& z : rows) smallest = std::min(smallest, flow::dot(z, p.direction));
        gap.push_back({smallest});
    }
    const Tail early = tail.until(Real(residual_radius));
    for (const Tail::Point& p : early.points) {
        Vector rho = p.direction, sum(p.direction.size(), Real(0));
        for (std::size_t j = 0; j < rho.size(); ++j) rho[j] = rho[j] * exp(p.r) - hard_margin[j] * p.log_time;
        for (const std::size_t i : margin.certificate.support) {
            const Real weight = share * exp(-flow::dot(rows[i], rho));
            for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += weight * rows[i][j];
        }
        residual.push_back(std::move(sum));
    }

    const std::string rate = nondegenerate ? "-1" : "";
    report.claims.push_back(judge_decay("S1", claims[0].text, decay_rate(tail.degree), tail, options.digits));
    report.claims.push_back(judge_growth("S2", claims[1].text, "|w|", norms, "1", tail));
    report.claims.push_back(judge_limit({"S3", claims[2].text, direction, flow::normalized(hard_margin), "w/|w|", rate}, tail, options.digits));
    if (nondegenerate)
        report.claims.push_back(judge_limit({"S4", claims[3].text, residual, hard_margin, "Σ exp(−yᵢ⟨xᵢ, ρ⟩) yᵢ xᵢ", ""}, early, options.digits));
    else
        report.claims.push_back(not_met(claims[3], report.hypotheses[1]));
    report.claims.push_back(judge_limit({"S5", claims[4].text, gap, {1 / flow::norm(hard_margin)}, "min yᵢ⟨xᵢ, w⟩/|w|", rate}, tail, options.digits));
    return report;
}

}  // namespace

Theorem soudry_2018() {
    Theorem t;
    t.id = "soudry_2018";
    t.title = "The implicit bias of gradient descent on separable data (linear predictor)";
    t.statement =
        "Gradient flow on Σ ℓ(yᵢ⟨xᵢ, w⟩) with separable data and a loss with exponential tail drives the loss to 0; w(t) = ŵ log t + ρ(t) with the hard-margin vector ŵ and bounded ρ, so that the direction of w "
        "converges to the maximum-margin direction at the rate 1/log t.";
    t.notation = "xᵢ ∈ R^d samples, yᵢ = ±1 labels; w ∈ R^d; ŵ = argmin |w|² : yᵢ⟨xᵢ, w⟩ ≥ 1, ŵ = Σ αᵢ yᵢ xᵢ with multipliers αᵢ ≥ 0; support vectors: yᵢ⟨xᵢ, ŵ⟩ = 1; σ = log(1/loss).";
    t.hypotheses = hypotheses;
    t.claims = claims;
    t.source = "D. Soudry, E. Hoffer, M. S. Nacson, S. Gunasekar, N. Srebro: The implicit bias of gradient descent on separable data. JMLR 19 (2018).";
    t.checked =
        "H1 by an exact max-margin vector or Farkas vector, H2 by exact multipliers. The flow is followed until |w| is about 10^(digits + 3), every number confirmed by a second run with another method order and precision; the distances from the "
        "predicted limits are measured there, and the exponents of their decay in σ are compared with −1 (direction and margin). The limit of the residual is compared through Σ exp(−yᵢ⟨xᵢ, ρ⟩) yᵢ xᵢ = ŵ (for the mean loss with the factor 1/n).";
    t.not_checked = "Gradient descent with finite steps. For zero multipliers the rate log log t/log t is not measured.";
    t.boundary_cases = "Data that cannot be separated: hypotheses_not_met, with an exact Farkas vector. Support vectors with multiplier 0: S4 and the rates need H2.";
    t.instances = soudry_instances();
    t.check = check;
    return t;
}

}  // namespace eonflow::verify
