#include <verify/theorems/theorems.hpp>

#include <verify/judge.hpp>
#include <verify/settled.hpp>
#include <verify/theorems/instances.hpp>

#include <eonflow/convex/potential.hpp>
#include <eonflow/graph/evaluate.hpp>
#include <eonflow/model/reparametrization.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/linear.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>

namespace eonflow::verify {

using graph::node_id;
using number::Ball;
using number::Rational;
using number::Real;

namespace {

const std::vector<Statement> hypotheses = {
    {"H1", "z(0) lies inside the chart of ρ: there ρ is invertible with ρ' ≠ 0"},
    {"H2", "some x in the domain of the potential has A x = y"},
    {"H3", "the flow does not leave the chart of ρ (judged at the samples; signed powers: along the whole mirror flow)"},
};

const std::vector<Statement> claims = {
    {"C1", "x(t) converges to the Bregman projection of x(0) on the solutions of A x = y"},
    {"C1.1", "Nᵀ(∇F(x(t)) − ∇F(x(0))) = 0 along the whole trajectory, N a basis of ker A"},
    {"C1.2", "the limit does not depend on the loss and the link"},
    {"C1.3", "the n-dimensional dual flow is the same flow"},
    {"C1.4", "signed powers: the mirror flow (∇F(x))' = −∇L, which passes zeros of x in one way only, ends at the Bregman projection"},
    {"C2", "the residual A x − y tends to 0"},
    {"C2.1", "the divergence D_F(x∞, x(t)) never increases"},
};

const Statement& claim(std::string_view id) {
    return *std::find_if(claims.begin(), claims.end(), [&](const Statement& s) { return s.id == id; });
}

/// Whether every chart formula is positive at z.
struct Chart {
    graph::Graph graph;
    std::vector<node_id> nodes;
    std::vector<node_id> parameters;

    explicit Chart(const model::Model& model) {
        const model::Reparametrization& row = *model::find_reparametrization(model.rho);
        for (const std::string& name : model.parameter_names) parameters.push_back(graph.input(name));
        if (row.chart.empty()) return;
        for (const node_id z : model::arguments_of_rho(graph, model, parameters))
            for (const std::string& formula : row.chart) nodes.push_back(model::put_in(graph, row, formula, z, model.exponent));
    }
    [[nodiscard]] bool inside(const std::vector<Ball>& z) const {
        const auto values = graph::evaluate<Ball>(graph, nodes, z);
        return std::all_of(values.begin(), values.end(), [](const Ball& v) { return v.is_positive(); });
    }
};

HypothesisResult judge_start(const flow::Problem& problem, const Chart& chart) {
    const number::precision_scope scope(256);
    const bool inside = chart.inside({problem.initial.begin(), problem.initial.end()});
    const model::Reparametrization& row = *model::find_reparametrization(problem.model.rho);
    HypothesisResult result{"H1", "start inside the chart", inside ? Verdict::holds : Verdict::hypotheses_not_met, inside ? "in balls" : "chart: " + row.domain};
    if (!inside && row.name == "signed_power")
        result.evidence += "; at z = 0 the slope of ρ vanishes and is not Lipschitz: the flow may rest or leave, so it is not unique";
    else if (!inside)
        result.evidence += "; there ρ' vanishes or z lies on another branch";
    return result;
}

HypothesisResult judge_solvable(const convex::Solution& projection) {
    const bool solved = projection.status == convex::Status::optimal;
    return {"H2", "solvable", solved ? Verdict::holds : projection.status == convex::Status::infeasible ? Verdict::hypotheses_not_met : Verdict::inconclusive_precision,
            solved ? "the certified projection is such an x" : projection.message};
}

HypothesisResult judge_stay(const Chart& chart, const Settled& flow) {
    const number::precision_scope scope(flow.bits);
    for (const flow::Sample& sample : flow.trajectory.samples) {
        std::vector<Ball> z;
        for (const flow::verified& p : sample.parameters) z.emplace_back(p.value);
        if (!chart.inside(z))
            return {"H3", "stays in the chart", Verdict::hypotheses_not_met, "outside at t = " + number::to_decimal(sample.time.value, 6)};
    }
    return {"H3", "stays in the chart", Verdict::holds, "inside at all " + std::to_string(flow.beta.size()) + " samples"};
}

ClaimResult judge_divergence(const flow::Problem& problem, const Settled& flow, const convex::Solution& projection, std::int64_t digits) {
    ClaimResult result{claim("C2.1").id, claim("C2.1").text, Verdict::holds, {}, {}, {}, {}, {}};
    const model::Reparametrization& row = *model::find_reparametrization(problem.model.rho);
    graph::Graph g;
    const node_id x = g.input("x"), F = model::put_in(g, row, row.potential, x, problem.model.exponent);
    const number::precision_scope scope(flow.bits);
    graph::evaluator<Ball> potential(g, {F});
    const auto& separable = std::get<convex::Separable>(projection.certificate.program.objective);
    const std::vector<Ball> limit = projection.point(digits + 10);
    std::vector<Ball> divergence;
    for (const std::vector<Ball>& beta : flow.beta) {
        Ball sum;
        for (std::size_t j = 0; j < beta.size(); ++j)
            sum += potential(std::span(&limit[j], 1))[0] - potential(std::span(&beta[j], 1))[0] - convex::make_potential(separable.terms[j])->derivative(beta[j]) * (limit[j] - beta[j]);
        divergence.push_back(sum);
    }
    std::size_t falls = 0;
    for (std::size_t k = 0; k + 1 < divergence.size(); ++k) {
        const Ball change = divergence[k + 1] - divergence[k];
        if (change.is_negative()) ++falls;
        if (!change.is_finite() || change.is_positive()) result.verdict = Verdict::inconclusive_precision;
    }
    result.measured = number::to_decimal(divergence.front().midpoint(), 6) + " at the start";
    result.evidence = "falls for certain over " + std::to_string(falls) + " of " + std::to_string(divergence.size() - 1) + " intervals, rises over none for certain (balls of the verified digits)";
    if (result.verdict != Verdict::holds) result.evidence = "rises between two samples, or is undefined";
    if (falls == 0) result.verdict = Verdict::inconclusive_precision;
    return result;
}

Report check(const flow::Problem& problem, const CheckOptions& options) {
    if (problem.model.rho.empty() || problem.loss.kind != model::loss_kind::squared)
        throw invalid_input("chou_2023 is about the family \"reparametrized\" (a row of the table) with the squared loss, not about " + problem.model.description, "/model");
    problem.validate();
    Report report;
    const Chart chart(problem.model);
    const bool signed_power = problem.model.rho == "signed_power";
    report.hypotheses.push_back(judge_start(problem, chart));
    const HypothesisResult start = report.hypotheses.back();
    const auto refuse = [&](const HypothesisResult& why, const std::optional<ClaimResult>& mirror = {}) {
        for (const Statement& c : claims)
            if (c.id != "C1.4")
                report.claims.push_back(not_met(c, why));
            else if (signed_power)
                report.claims.push_back(mirror ? *mirror : not_met(c, why));
        return report;
    };
    if (start.verdict != Verdict::holds && !signed_power) return refuse(start);
    const convex::Solution projection = limit::predict(problem, options.digits + 10).solution;
    report.hypotheses.push_back(judge_solvable(projection));
    if (report.hypotheses.back().verdict != Verdict::holds) return refuse(report.hypotheses.back());
    std::optional<ClaimResult> mirror;
    if (signed_power) {
        const MirrorFlow flow = judge_mirror(claim("C1.4"), problem, projection, options.digits);
        mirror = flow.claim;
        if (start.verdict != Verdict::holds) return refuse(start, mirror);
        if (!flow.passages.empty()) {
            const flow::DualFlow::Passage& first = flow.passages.front();
            report.hypotheses.push_back({"H3", "stays in the chart", Verdict::hypotheses_not_met,
                                         "z_" + std::to_string(first.j + 1) + " comes to 0 at t = " + number::to_decimal(first.time, 6) +
                                             ", where the slope of ρ vanishes and is not Lipschitz: from there on the flow may rest or leave, so it is not unique"});
            return refuse(report.hypotheses.back(), mirror);
        }
    }
    const Settled flow = follow_until_settled(problem, options.digits, options);
    record_horizon(report, flow);
    report.hypotheses.push_back(judge_stay(chart, flow));
    if (report.hypotheses.back().verdict != Verdict::holds) return refuse(report.hypotheses.back(), mirror);

    report.claims.push_back(judge_end(claim("C1"), flow, projection, options.digits));
    report.claims.push_back(judge_kkt(claim("C1.1"), problem, flow, projection, options.digits));
    report.claims.push_back(judge_losses(claim("C1.2"), problem, minimizer_of(projection, flow, options.digits + 10), options.digits, options));
    if (auto dual = judge_dual(claim("C1.3"), problem, flow, options.digits)) report.claims.push_back(std::move(*dual));
    if (mirror) report.claims.push_back(std::move(*mirror));
    report.claims.push_back(judge_fit(claim("C2"), problem, flow, options.digits));
    report.claims.push_back(judge_divergence(problem, flow, projection, options.digits));
    return report;
}

}  // namespace

Theorem chou_2023() {
    Theorem t;
    t.id = "chou_2023";
    t.title = "Reparametrized gradient flow is a Bregman projection";
    t.statement =
        "Let x = ρ(z) entrywise and let z follow the gradient flow of L(σ(A x), y). If x(t) converges to x∞ inside the domain, with A x∞ = b, then x∞ minimizes the Bregman divergence D_F(x, x(0)) over A x = b, where "
        "F'' = 1/(ρ' ∘ ρ⁻¹)²; neither the loss L nor the link σ matters. If the loss is smallest at b and a solution exists in the domain, D_F(x, x(t)) never increases and x(t) converges.";
    t.notation = "A ∈ R^{n×d} the data matrix X; x = ρ(z) ∈ R^d the predictor β; N a basis of ker A; F = Σ_j F(x_j) the potential of the row of the table; D_F(x, x') = F(x) − F(x') − ⟨∇F(x'), x − x'⟩; σ the link.";
    t.hypotheses = hypotheses;
    t.claims = claims;
    t.source = "H.-H. Chou, J. Maly, D. Stöger: How to induce regularization in linear models: a guide to reparametrizing gradient flow. arXiv:2308.05020 (2023).";
    t.checked =
        "H1 in balls. The projection is solved with a certificate in balls; the flow is followed until it has settled, every number confirmed by a second run, and its end is compared with the projection digit by digit. "
        "C1.1 and C2.1 are evaluated at every sample in balls of the verified digits. C1.2 repeats the flow with the losses cosh(f − y), cross-entropy behind a logistic link, and the squared loss behind the link arsinh. "
        "C1.3 integrates the n-dimensional dual flow, C1.4 the same through zeros of signed powers, where its field is not analytic and z comes to a point from which the flow is not unique.";
    t.not_checked = "Convergence is observed, not proved. Between the samples the chart is not watched.";
    t.boundary_cases = "Signed powers from z = 0 (the flow is not unique there), even powers from z = 0 (at rest), sin and tan beyond a quarter turn: hypotheses_not_met.";
    t.instances = chou_instances();
    t.check = check;
    return t;
}

}  // namespace eonflow::verify
