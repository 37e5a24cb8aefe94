#include <verify/theorems/theorems.hpp>

#include <verify/judge.hpp>
#include <verify/settled.hpp>
#include <verify/theorems/instances.hpp>
#include <verify/theorems/scale_sweep.hpp>

#include <eonflow/number/error.hpp>
#include <eonflow/number/linear.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>

namespace eonflow::verify {

using number::Rational;

namespace {

const std::vector<Statement> hypotheses = {
    {"H1", "start: u(0) > 0 and v(0) > 0 in every coordinate, and u(0) = v(0) where D ≥ 3"},
    {"H2", "X has full row rank"},
};

const std::vector<Statement> claims = {
    {"K1", "β converges to the minimizer of Q_α on X β = y"},
    {"K1.1", "Nᵀ(∇Q(β(t)) − ∇Q(β(0))) = 0 along the whole trajectory, N a basis of ker X"},
    {"K1.2", "the n-dimensional dual flow is the same flow"},
    {"K1.3", "the limit does not depend on loss and link"},
    {"K1.4", "all samples are fitted in the end"},
    {"K2", "sweep of α, rich regime: as α → 0 the coordinates outside the weighted l1 interpolator vanish like α^D, for D = 2 like α^{2(1−κ)}, κ < 1 the largest dual ratio"},
    {"K3", "sweep of α, kernel regime: as α → ∞ the limit tends to the weighted l2 interpolator like α^{−2D}"},
};

const Statement& claim(std::string_view id) {
    return *std::find_if(claims.begin(), claims.end(), [&](const Statement& s) { return s.id == id; });
}

HypothesisResult judge_start(const flow::Problem& problem) {
    const std::size_t d = problem.model.inputs;
    HypothesisResult result{"H1", "a start of this form", Verdict::holds, "exact"};
    for (std::size_t j = 0; j < d; ++j) {
        const Rational &u = problem.initial[j], &v = problem.initial[d + j];
        const bool met = u > 0 && v > 0 && (problem.model.depth == 2 || u == v);
        if (!met) return {"H1", "a start of this form", Verdict::hypotheses_not_met, "u = " + number::to_text(u) + " and v = " + number::to_text(v) + " in coordinate " + std::to_string(j + 1)};
    }
    return result;
}

Report check(const flow::Problem& problem, const CheckOptions& options) {
    if (problem.model.family != "difference" || problem.model.depth < 2 || problem.loss.kind != model::loss_kind::squared)
        throw invalid_input("woodworth_2020 is about the family \"difference\" of depth at least 2 with the squared loss, not about " + problem.model.description, "/model");
    problem.validate();
    Report report;
    const auto refuse = [&] {
        for (const Statement& c : claims)
            if (c.id.starts_with("K1")) report.claims.push_back(not_met(c, report.hypotheses.back()));
        return report;
    };
    report.hypotheses.push_back(judge_start(problem));
    if (report.hypotheses.back().verdict != Verdict::holds) return refuse();
    const std::size_t rank = number::rank(problem.data.X);
    report.hypotheses.push_back({"H2", "full row rank", rank == problem.data.samples() ? Verdict::holds : Verdict::hypotheses_not_met, "exact rank " + std::to_string(rank)});
    if (report.hypotheses.back().verdict != Verdict::holds) return refuse();

    const std::int64_t digits = options.digits;
    const convex::Solution minimizer = limit::predict(problem, digits + 10).solution;
    const Settled flow = follow_until_settled(problem, digits, options);
    record_horizon(report, flow);
    report.claims.push_back(judge_end(claim("K1"), flow, minimizer, digits));
    report.claims.push_back(judge_kkt(claim("K1.1"), problem, flow, minimizer, digits));
    if (auto dual = judge_dual(claim("K1.2"), problem, flow, digits)) report.claims.push_back(std::move(*dual));
    report.claims.push_back(judge_losses(claim("K1.3"), problem, minimizer_of(minimizer, flow, digits + 10), digits, options));
    report.claims.push_back(judge_fit(claim("K1.4"), problem, flow, digits));
    return report;
}

}  // namespace

Theorem woodworth_2020() {
    Theorem t;
    t.id = "woodworth_2020";
    t.title = "Kernel and rich regimes of u^D − v^D";
    t.statement =
        "Let β = u^D − v^D entrywise with u(0) = v(0) = α w_0 > 0, and let gradient flow of the squared loss converge to X β = y. Then the limit minimizes Q_α(β) = Σ_j α^D w_{0j}^D q_D(β_j/(α^D w_{0j}^D)) subject to X β = y, "
        "q_D' = w_0^{2−2D} h_D⁻¹ up to a factor. As α grows Q_α tends to a weighted l2 norm (kernel regime), as α falls to a weighted l1 norm (rich regime).";
    t.notation = "h_2(z) = 2 sinh z, h_D(z) = (1−z)^{−D/(D−2)} − (1+z)^{−D/(D−2)}; N a basis of ker X; weights: w_0^{2−2D} in the l2 end, w_0^{2−D} in the l1 end; κ = |Xᵀν|_j for the multipliers ν of the l1 interpolator.";
    t.hypotheses = hypotheses;
    t.claims = claims;
    t.source = "B. Woodworth, S. Gunasekar, J. D. Lee, E. Moroshko, P. Savarese, I. Golan, D. Soudry, N. Srebro: Kernel and rich regimes in overparametrized models. COLT 2020.";
    t.checked =
        "H1 and H2 exactly. The flow is followed until it has settled, every number confirmed by a second run, and compared with the certified minimizer; K1.1 at every sample in balls; K1.2 against the n-dimensional dual flow; K1.3 with three other "
        "losses, two of them behind a link. K2 and K3 by a sweep: the flow in the coordinates log u, log v, from any scale, and the orders between the last values of α, which are derived here.";
    t.not_checked = "The paper's explicit thresholds for α. That the flow converges is observed, not proved.";
    t.boundary_cases = "u or v zero in a coordinate: it stays zero, hypotheses_not_met. At D = 2 u(0) and v(0) may differ: then the limit is the Bregman projection of β(0); at D ≥ 3 they may not.";
    t.instances = woodworth_instances();
    t.check = check;
    t.sweeps = {sweep_of_scale({claim("K1"), claim("K2"), claim("K3")}, "two_samples_depth_2")};
    return t;
}

}  // namespace eonflow::verify
