#include <verify/theorems/theorems.hpp>

#include <verify/judge.hpp>
#include <verify/settled.hpp>
#include <verify/theorems/instances.hpp>

#include <eonflow/convex/potential.hpp>
#include <eonflow/flow/observe.hpp>
#include <eonflow/flow/spectrum.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/linear.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>

namespace eonflow::verify {

using graph::node_id;
using number::Ball;
using number::Rational;
using number::Real;
using number::Vector;

namespace {

const std::vector<Statement> hypotheses = {
    {"H1", "the data tensor is orthogonally decomposable, with real S and U_l"},
    {"H2", "start: |(U_lᵀ v_l)_j|² − |(U_Lᵀ v_L)_j|² ≥ λ > 0 for l < L and every j"},
    {"H3", "regression: X Sᵀ has full row rank"},
    {"H4", "classification: the data are linearly separable"},
};

const std::vector<Statement> claims = {
    {"Y2", "classification, 2 layers: the direction of β is the l1 margin direction"},
    {"Y2.1", "classification: the loss tends to 0"},
    {"Y2.2", "classification, one sample, L ≥ 3: the winner of the race takes the direction"},
    {"Y2.3", "classification, one sample, L ≥ 3: the other coordinates stay finite, at ρ_j(ν∞)"},
    {"Y4", "regression: β converges to the minimizer of Q on X β = y"},
    {"Y4.1", "regression: the loss falls at least like exp(−2 (α²λ)^{L−1} σ_min² t)"},
    {"Y4.2", "regression: Nᵀ(∇Q(ρ(t)) − ∇Q(ρ(0))) = 0 along the whole trajectory"},
    {"Y4.3", "regression: the n-dimensional dual flow is the same flow"},
    {"Y4.4", "regression: the limit does not depend on loss and link"},
    {"Y4.5", "regression: all samples are fitted in the end"},
};

const Statement& claim(const std::string& id) {
    return *std::find_if(claims.begin(), claims.end(), [&](const Statement& s) { return s.id == id; });
}

Rational square(const Rational& x) { return x * x; }

/// The least of v_l[j]^2 - v_L[j]^2 over l < L and j.
Rational least_gap(const flow::Problem& problem) {
    const std::size_t d = problem.model.inputs, depth = problem.model.layers.size();
    std::optional<Rational> least;
    for (std::size_t l = 0; l + 1 < depth; ++l)
        for (std::size_t j = 0; j < d; ++j) {
            const Rational gap = square(problem.initial[l * d + j]) - square(problem.initial[(depth - 1) * d + j]);
            if (!least || gap < *least) least = gap;
        }
    return *least;
}

/// lambda_min of X X^T.
Real least_square_singular_value(const number::Matrix<Rational>& X) {
    number::Matrix<Real> x(X.rows(), X.columns());
    for (std::size_t i = 0; i < X.rows(); ++i)
        for (std::size_t j = 0; j < X.columns(); ++j) x(i, j) = number::to_real(X(i, j));
    const Vector values = flow::singular_value_decomposition(x).values;
    return values.back() * values.back();
}

/// Along v_l' = -∏_{k≠l} v_k ∂loss/∂β the last layer alone gives d loss/dt <= -∏_{l<L} v_l² σ_min² 2 loss (squared loss), and v_l² >= λ for l < L.
ClaimResult judge_rate(const flow::Problem& problem, const Settled& flow, const Rational& gap, std::int64_t digits) {
    ClaimResult result{"Y4.1", claim("Y4.1").text, Verdict::holds, {}, {}, {}, {}, {}};
    const number::precision_scope scope(flow.bits);
    Rational power = 1;
    for (std::size_t l = 0; l + 1 < problem.model.layers.size(); ++l) power *= gap;
    // The singular value is rounded; a part in 2^64 of the rate is given away for it.
    const Real rate = 2 * number::to_real(power) * least_square_singular_value(problem.data.X) * (1 - number::power_of_two(-64));
    const auto loss_at = [&](const std::vector<Ball>& beta) {
        Ball loss;
        for (std::size_t i = 0; i < problem.data.samples(); ++i) {
            Ball residual = -Ball(problem.data.y[i]);
            for (std::size_t j = 0; j < beta.size(); ++j) residual += Ball(problem.data.X(i, j)) * beta[j];
            loss += residual * residual / Ball(2);
        }
        return loss;
    };
    const Ball first = loss_at(flow.beta.front());
    std::size_t judged = 0;
    for (std::size_t k = 1; k < flow.beta.size(); ++k) {
        const Ball loss = loss_at(flow.beta[k]);
        const Real& time = flow.trajectory.samples[k].time.value;
        const Ball slack = first * exp(-Ball(rate) * Ball(time)) - loss;
        if (slack.is_negative()) result.verdict = Verdict::inconclusive_precision;
        if (slack.is_positive()) ++judged;
    }
    // Once the residual is below the verified digits nothing can be said for certain.
    if (judged == 0) result.verdict = Verdict::inconclusive_precision;
    result.predicted = "rate at least " + number::to_decimal(rate, 6);
    const Ball half = loss_at(flow.beta[flow.beta.size() / 2]);
    if (half.is_positive()) result.measured = "mean rate " + number::to_decimal(log(first.midpoint() / half.midpoint()) / flow.trajectory.samples[flow.beta.size() / 2].time.value, 6);
    result.evidence = "below the bound for certain at " + std::to_string(judged) + " samples, above it at none; the others are below 10^-" + std::to_string(digits);
    if (result.verdict != Verdict::holds) result.evidence = "above the bound at a sample";
    return result;
}

/// β_j as a function of its mirror coordinate, for the potentials of diagonal networks of depth 2, 3 and 4.
Response response_of(const convex::Separable& objective) {
    return [objective](graph::Graph& g, std::size_t j, node_id moved) -> node_id {
        using graph::function;
        const convex::Potential& term = objective.terms[j];
        const Rational& start = objective.start[j];
        if (term.family == "hyperbolic") {
            const Rational &c = term.parameters[0], &b = term.parameters[1];
            return g.scale(b, g.apply(function::sinh, g.add(g.scale(1 / c, moved), g.apply(function::asinh, g.constant(start / b)))));
        }
        const Rational &depth = term.parameters[0], &a = term.parameters[1];
        if (start != 0 || depth > 4) return graph::none;
        const node_id t = g.scale(depth == 3 ? a : Rational(a * a), moved);
        if (depth == 3) {
            const node_id q = g.apply(function::tan, t);
            return g.scale(a * a * a, g.sum({{1, q}, {1, q, g.multiply(q, q)}}));
        }
        return g.scale(a * a * a * a, g.multiply(t, g.power(g.sum({{-1, t, t}}, 1), -2)));
    };
}

void check_regression(const flow::Problem& problem, const CheckOptions& options, Report& report) {
    const std::size_t rank = number::rank(problem.data.X);
    report.hypotheses.push_back({"H3", "full row rank", rank == problem.data.samples() ? Verdict::holds : Verdict::hypotheses_not_met, "exact rank " + std::to_string(rank)});
    if (rank != problem.data.samples()) {
        for (const char* id : {"Y4", "Y4.1", "Y4.2", "Y4.3", "Y4.4", "Y4.5"}) report.claims.push_back(not_met(claim(id), report.hypotheses.back()));
        return;
    }
    const std::int64_t digits = options.digits;
    const convex::Solution minimizer = limit::predict(problem, digits + 10).solution;
    const Settled flow = follow_until_settled(problem, digits, options);
    record_horizon(report, flow);
    report.claims.push_back(judge_end(claim("Y4"), flow, minimizer, digits));
    report.claims.push_back(judge_rate(problem, flow, least_gap(problem), digits));
    report.claims.push_back(judge_kkt(claim("Y4.2"), problem, flow, minimizer, digits));
    if (auto dual = judge_dual(claim("Y4.3"), problem, flow, response_of(std::get<convex::Separable>(minimizer.certificate.program.objective)), digits)) report.claims.push_back(std::move(*dual));
    report.claims.push_back(judge_losses(claim("Y4.4"), problem, minimizer, digits, options));
    report.claims.push_back(judge_fit(claim("Y4.5"), problem, flow, digits));
}

/// T_L: where h_L blows up, L >= 3.
Ball blow_up(std::size_t depth) {
    Ball limit = depth % 2 == 0 ? Ball(1) : Ball(2) * atan(Ball(1));
    for (std::size_t l = depth % 2 == 0 ? 4 : 3; l < depth; l += 2) limit = limit * Ball(static_cast<int>(l) - 2) / Ball(static_cast<int>(l) - 1);
    return limit;
}

/// One sample, L >= 3: all mirror coordinates are ν x_j, and the first to reach its blow-up value T_L a_j^{2−L} wins.
void judge_race(const flow::Problem& problem, const Tail& tail, const std::vector<Vector>& direction, std::int64_t digits, Report& report) {
    const std::size_t d = problem.model.inputs, depth = problem.model.layers.size();
    std::vector<Rational> speed;  // a_j^{L-2} |x_j|
    for (std::size_t j = 0; j < d; ++j) {
        Rational s = abs(problem.data.X(0, j));
        for (std::size_t l = 2; l < depth; ++l) s *= abs(problem.initial[j]);
        speed.push_back(s);
    }
    const auto winner = static_cast<std::size_t>(std::max_element(speed.begin(), speed.end()) - speed.begin());
    if (std::count(speed.begin(), speed.end(), speed[winner]) > 1) throw invalid_input("two coordinates win the race of Y2.2 together", "/initial");
    const Rational label = problem.data.y[0];
    Vector first(d, Real(0)), others;
    first[winner] = label * problem.data.X(0, winner) > 0 ? 1 : -1;
    report.claims.push_back(judge_limit({"Y2.2", claim("Y2.2").text, direction, first, "β/|β|", "-1"}, tail, digits));

    const Ball nu = Ball(label) * blow_up(depth) / Ball(speed[winner]);
    for (std::size_t j = 0; j < d; ++j)
        if (j != winner) others.push_back(convex::make_potential({"yun", {Rational(static_cast<unsigned>(depth)), abs(problem.initial[j])}})->respond(nu * Ball(problem.data.X(0, j))).value.midpoint());
    // A losing coordinate is small against |θ|, so its digits are fewer the further one goes, while its distance from the limit falls like 1/|θ|^{L−2}: half of the digits are in reach, with some room for the spacing of the points.
    const Tail early = tail.until(Real(2 * digits / 3 + 2) * log(Real(10)));
    std::vector<Vector> finite;
    for (const Tail::Point& p : early.points) {
        Vector& rest = finite.emplace_back();
        for (std::size_t j = 0; j < d; ++j) {
            if (j == winner) continue;
            Real rho(1);
            for (std::size_t l = 0; l < depth; ++l) rho *= exp(p.r) * p.direction[l * d + j];
            rest.push_back(rho);
        }
    }
    const auto L = static_cast<int>(depth);
    report.claims.push_back(judge_limit({"Y2.3", claim("Y2.3").text, finite, others, "the losing coordinates", number::to_text(Rational(2 - L, L))}, early, digits / 2));
}

/// Start with v_l = a_j (the same for all l < L) and v_L = 0, as the formula for the race needs it.
bool starts_equal(const flow::Problem& problem) {
    const std::size_t d = problem.model.inputs, depth = problem.model.layers.size();
    for (std::size_t j = 0; j < d; ++j) {
        if (problem.initial[(depth - 1) * d + j] != 0) return false;
        for (std::size_t l = 1; l + 1 < depth; ++l)
            if (problem.initial[l * d + j] != problem.initial[j]) return false;
    }
    return true;
}

void check_classification(const flow::Problem& problem, const CheckOptions& options, Report& report) {
    const std::size_t depth = problem.model.layers.size();
    const convex::Solution margin = convex::solve(convex::l1_margin(problem.data.signed_rows()), options.digits);
    const bool separable = margin.status == convex::Status::optimal;
    report.hypotheses.push_back({"H4", "linearly separable", separable ? Verdict::holds : Verdict::hypotheses_not_met, separable ? "an exact w with y<x,w> >= 1 for every sample" : "an exact Farkas vector"});
    if (!separable) {
        for (const char* id : {"Y2", "Y2.1"}) report.claims.push_back(not_met(claim(id), report.hypotheses.back()));
        return;
    }
    const Tail tail = follow_tail(problem, options);
    const number::precision_scope scope(tail.bits);
    set_horizon(report, tail);
    std::vector<Vector> direction, decay;
    for (const Tail::Point& p : tail.points) {
        direction.push_back(p.predictor);
        decay.push_back({p.log_inverse_loss / p.log_time});
    }
    report.claims.push_back(judge_limit({"Y2.1", claim("Y2.1").text, decay, {Real(1)}, "log(1/loss)/log t", ""}, tail, options.digits));
    if (depth == 2 && margin.certificate.unique) {
        Vector predicted;
        for (const Rational& w : margin.certificate.point.rationals()) predicted.push_back(number::to_real(w));
        report.claims.push_back(judge_limit({"Y2", claim("Y2").text, direction, flow::normalized(predicted), "β/|β|", ""}, tail, options.digits));
    } else if (depth >= 3 && problem.data.samples() == 1 && starts_equal(problem)) {
        judge_race(problem, tail, direction, options.digits, report);
    }
}

Report check(const flow::Problem& problem, const CheckOptions& options) {
    const std::size_t depth = problem.model.layers.size();
    const bool regression = problem.loss.kind == model::loss_kind::squared;
    if (problem.model.layers_couple != model::coupling::entrywise || depth < 2 || !(regression || problem.loss.is_classification()))
        throw invalid_input("yun_2021 is checked for the family \"diagonal\" of depth at least 2 with the squared, exponential or logistic loss, not for " + problem.model.description, "/model");
    problem.validate();
    Report report;
    report.hypotheses.push_back({"H1", "orthogonally decomposable", Verdict::holds, "diagonal network: S = I and U_l = I"});
    const Rational gap = least_gap(problem);
    report.hypotheses.push_back({"H2", "the last layer is the smallest", gap > 0 ? Verdict::holds : Verdict::hypotheses_not_met, "exact: λ = " + number::to_text(gap)});
    if (gap <= 0) {
        for (const char* id : {"Y2", "Y4"})
            if ((id[1] == '4') == regression) report.claims.push_back(not_met(claim(id), report.hypotheses.back()));
        return report;
    }
    if (regression)
        check_regression(problem, options, report);
    else
        check_classification(problem, options, report);
    return report;
}

}  // namespace

Theorem yun_2021() {
    Theorem t;
    t.id = "yun_2021";
    t.title = "Linear tensor networks with orthogonally decomposable data";
    t.statement =
        "Let f(x) = M(x) ∘ (v_1, …, v_L) with M(x) = Σ_j (S x)_j u_{1,j} ⊗ ⋯ ⊗ u_{L,j}, and let v_1, …, v_{L−1} start larger than v_L in every coordinate. Gradient flow on separable data converges in direction to a "
        "stationary point of min ‖ρ‖_{2/L} subject to yᵢ xᵢᵀSᵀρ ≥ 1 (for L = 2 the l1 margin direction). On regression with v_l(0) = α U_l η (l < L), v_L(0) = 0 it converges to the minimizer of "
        "Q(ρ) = α² Σ_j η_j² H_L(ρ_j/(α^L |η_j|^L)) subject to X Sᵀρ = y.";
    t.notation = "x ∈ R^d; v_l the vectors of the layers; ρ_j = ∏_l (U_lᵀ v_l)_j, β = Sᵀρ; H_L' = h_L⁻¹, h_L(τ) = q (1+q²)^{(L−1)/2} with τ = ∫₀^q (1+s²)^{−(L−1)/2} ds; T_L the blow-up value of h_L; λ the least gap of squares at the start; N a basis of ker X Sᵀ.";
    t.hypotheses = hypotheses;
    t.claims = claims;
    t.source = "C. Yun, S. Krishnan, H. Mobahi: A unifying view on implicit bias in training linear neural networks. ICLR 2021.";
    t.checked =
        "Diagonal networks. H2 and H3 exactly, H4 by an exact separating vector or Farkas vector. Regression: the flow is followed until it has settled, every number confirmed by a second run, and compared with the certified minimizer of Q; "
        "Y4.2 at every sample in balls; Y4.3 against the n-dimensional dual flow (L = 2, 3, 4); Y4.4 with three other losses, two of them behind a link. Classification: the flow is followed until |θ| is about 10^(digits + 3) and distances from the "
        "predicted limits are measured there; for one sample and L ≥ 3 the winner argmax a_j^{L−2}|x_j| and the finite limits ρ_j(ν∞) of the others are compared, which are derived here and sharper than the paper.";
    t.not_checked = "Singular-vector limits of general tensors (Y1), one sample with general data (Y3, Y5), fully connected regression (Y6), circular convolution, stationarity for several samples and L ≥ 3.";
    t.boundary_cases = "A coordinate in which the last layer starts as large as another (the scalar v_1 = −v_2 goes to the saddle at 0): hypotheses_not_met. Dependent rows of X: hypotheses_not_met.";
    t.instances = yun_instances();
    t.check = check;
    return t;
}

}  // namespace eonflow::verify
