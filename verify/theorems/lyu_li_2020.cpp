#include <verify/theorems/theorems.hpp>

#include <verify/judge.hpp>
#include <verify/theorems/instances.hpp>

#include <eonflow/flow/horizon.hpp>
#include <eonflow/flow/observe.hpp>
#include <eonflow/flow/pattern.hpp>
#include <eonflow/graph/derivative.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>

namespace eonflow::verify {

using graph::node_id;
using number::Rational;
using number::Real;
using number::Vector;

namespace {

const std::vector<Statement> hypotheses = {
    {"H1", "the network is homogeneous in its parameters, of one degree L > 0"},
    {"H2", "the loss falls below that of one sample on the boundary, ℓ(0): all samples are classified rightly from some time on"},
};

const std::vector<Statement> claims = {
    {"LL1", "the smoothed margin ℓ⁻¹(loss)/|θ|^L does not decrease, once the loss is below ℓ(0)"},
    {"LL2", "the loss tends to 0 like 1/(t (log t)^{2−2/L})"},
    {"LL3", "the weights grow without bound, |θ| of the order (log t)^{1/L}"},
    {"LL4", "stationarity of the margin problem min |θ|² : qᵢ(θ) ≥ 1 in the limit: θ/|θ| − G/|G| → 0, G = Σ pᵢ∇qᵢ (also: the flow becomes radial; Ji, Telgarsky 2020)"},
    {"LL5", "complementarity in the limit: Σ pᵢ (qᵢ/q_min − 1) → 0"},
    {"LL6", "the direction θ/|θ| converges (Ji, Telgarsky 2020)"},
};

/// G/|G| and the margins at a point of the tail. Both depend on the direction alone, up to positive factors.
class Margin_problem {
public:
    explicit Margin_problem(const flow::Problem& problem) : margins_(flow::homogeneous_margins(problem)), pattern_(margins_.graph, margins_.kinks) {
        std::vector<graph::term> terms;
        for (const node_id z : margins_.margins) terms.push_back({1, margins_.graph.input("p" + std::to_string(terms.size() + 1)), z});
        const node_id weighted = margins_.graph.sum(std::move(terms));
        std::vector<node_id> outputs = graph::gradient(margins_.graph, weighted, margins_.theta);
        outputs.insert(outputs.end(), margins_.margins.begin(), margins_.margins.end());
        value_.emplace(margins_.graph, outputs);
    }

    struct Residuals {
        Vector stationarity;   ///< theta/|theta| - G/|G|
        Real complementarity;  ///< sum p_i (q_i/q_min - 1)
    };
    Residuals operator()(const Tail::Point& point) {
        Vector inputs = pattern_.inputs(point.direction);
        for (const Real& w : point.log_weights) inputs.push_back(exp(w));
        const Vector values = (*value_)(inputs);
        const auto first_margin = values.begin() + static_cast<std::ptrdiff_t>(margins_.parameters());
        Residuals r{flow::normalized(Vector(values.begin(), first_margin)), Real(0)};
        for (std::size_t i = 0; i < r.stationarity.size(); ++i) r.stationarity[i] = point.direction[i] - r.stationarity[i];
        const Real least = *std::min_element(first_margin, values.end());
        for (std::size_t i = 0; i < margins_.samples(); ++i) r.complementarity += exp(point.log_weights[i]) * (first_margin[static_cast<std::ptrdiff_t>(i)] / least - 1);
        return r;
    }

private:
    flow::Margins margins_;
    flow::Pattern<Real> pattern_;
    std::optional<graph::evaluator<Real>> value_;
};

/// LL1: exact for the flow, so a fall beyond the digits of log(1/loss) would refute it (or the integration).
ClaimResult judge_smoothed_margin(const flow::Problem& problem, const Tail& tail) {
    ClaimResult result{"LL1", claims[0].text, Verdict::inconclusive_precision, tail.loss_digits, {}, "no decrease", {}, {}};
    const Real averaged = problem.loss.reduce == model::reduction::mean ? Real(static_cast<unsigned>(problem.data.samples())) : Real(1);
    const bool logistic = problem.loss.kind == model::loss_kind::logistic;
    const Real degree = number::to_real(tail.degree), threshold = logistic ? Real(-log(log(Real(2)))) : Real(0);
    const Real uncertainty = pow(Real(10), -tail.loss_digits);
    std::size_t below = 0, rises = 0, level = 0, falls = 0;
    Real before(0), first(0);
    for (const Tail::Point& p : tail.points) {
        const Real sigma = p.log_inverse_loss - log(averaged);  // of the sum
        if (!(sigma > threshold)) continue;
        // ℓ⁻¹ of the logistic loss: −log(e^loss − 1)
        const Real inverse = logistic ? Real(-log(expm1(exp(-sigma)))) : sigma;
        const Real margin = isfinite(inverse) ? Real(inverse * exp(-degree * p.r)) : Real(sigma * exp(-degree * p.r));
        if (below++ > 0) {
            const Real change = margin / before - 1, known = 2 * uncertainty * std::max(Real(1), Real(1 / sigma));
            ++(change > known ? rises : change < -known ? falls : level);
        } else {
            first = margin;
        }
        before = margin;
    }
    result.measured = number::to_decimal(before, 12);
    result.evidence = "from " + number::to_decimal(first, 6) + " to " + number::to_decimal(before, 12) + " over " + std::to_string(below) + " points: " + std::to_string(rises) + " rises, " + std::to_string(level) +
                      " changes below the " + std::to_string(tail.loss_digits) + " digits known, " + std::to_string(falls) + " falls";
    if (falls > 0)
        result.verdict = Verdict::numerical_failure;  // it is a theorem with a short proof: the numbers are wrong
    else if (rises > 0)
        result.verdict = Verdict::holds;
    return result;
}

Report check(const flow::Problem& problem, const CheckOptions& options) {
    problem.validate();
    Report report;
    const flow::Margins margins = flow::homogeneous_margins(problem);
    report.hypotheses.push_back({"H1", "homogeneous", Verdict::holds, "of degree " + number::to_text(margins.degree) + ", read off the expression of the network"});
    if (!margins.coefficients.empty()) {
        const HypothesisResult separable = judge_separability("H2", convex::solve(convex::l2_margin(problem.data.signed_rows()), options.digits));
        if (separable.verdict != Verdict::holds) {
            report.hypotheses.push_back(separable);
            for (const Statement& claim : claims) report.claims.push_back(not_met(claim, separable));
            return report;
        }
    }
    Margin_problem residuals(problem);
    const Tail tail = follow_tail_until(problem, options, [&](const Tail::Point& p) { return flow::norm(residuals(p).stationarity); });
    const number::precision_scope scope(tail.bits);
    set_horizon(report, tail);
    report.hypotheses.push_back({"H2", "loss below ℓ(0)", Verdict::holds, "log(1/loss) = " + number::to_decimal(tail.points.back().log_inverse_loss, 6) + " at the end of the flow, all margins positive"});

    std::vector<Vector> norms, stationarity, complementarity, direction;
    for (const Tail::Point& p : tail.points) {
        norms.push_back({exp(p.r)});
        auto [stationary, complementary] = residuals(p);
        stationarity.push_back(std::move(stationary));
        complementarity.push_back({complementary});
        direction.push_back(p.direction);
    }
    const auto vanishes = [&](const Statement& claim, const std::vector<Vector>& values, const char* what, const char* rate) {
        ClaimResult result = judge_limit({claim.id, claim.text, values, Vector(values.front().size(), Real(0)), what, rate}, tail, options.digits);
        result.measured = {};
        result.predicted = "residual 0";
        return result;
    };
    report.claims.push_back(judge_smoothed_margin(problem, tail));
    report.claims.push_back(judge_decay("LL2", claims[1].text, "", tail, options.digits));
    report.claims.push_back(judge_growth("LL3", claims[2].text, "|θ|", norms, number::to_text(Rational(1 / margins.degree)), tail));
    report.claims.push_back(vanishes(claims[3], stationarity, "θ/|θ| − G/|G|", ""));
    report.claims.push_back(vanishes(claims[4], complementarity, "Σ pᵢ (qᵢ/q_min − 1)", "-1"));
    // The distance of the last point from the limit is unknown, but small against that of the points before.
    Tail before = tail;
    const Vector last = direction.back();
    before.points.pop_back();
    direction.pop_back();
    report.claims.push_back(judge_limit({"LL6", claims[5].text, direction, last, "θ/|θ| against its last value", ""}, before, options.digits / 2));
    return report;
}

}  // namespace

Theorem lyu_li_2020() {
    Theorem t;
    t.id = "lyu_li_2020";
    t.title = "Gradient descent maximizes the margin of homogeneous neural networks";
    t.statement =
        "Gradient flow on Σ ℓ(qᵢ), qᵢ = yᵢ f(xᵢ; θ), of a homogeneous network that classifies all samples rightly at some time: from then on the smoothed margin does not decrease, the loss tends to 0 at the rate "
        "1/(t (log t)^{2−2/L}) with |θ| of the order (log t)^{1/L}, and limits of the direction are along KKT points of min |θ|² : qᵢ ≥ 1. The direction does converge (Ji, Telgarsky 2020).";
    t.notation = "f homogeneous: f(x; cθ) = c^L f(x; θ), c > 0; ℓ the exponential or logistic loss; p_i = −ℓ'(qᵢ)/Σ_k −ℓ'(q_k); G = Σ pᵢ ∇qᵢ ∝ −∇loss; q_min = min qᵢ; σ = log(1/loss).";
    t.hypotheses = hypotheses;
    t.claims = claims;
    t.source = "K. Lyu, J. Li: Gradient descent maximizes the margin of homogeneous neural networks. ICLR 2020. Z. Ji, M. Telgarsky: Directional convergence and alignment in deep learning. NeurIPS 2020.";
    t.checked =
        "H1 from the expression of the network, H2 by following the flow. The flow goes on until |θ| is about 10^(digits + 3), every number confirmed by a second run of another order and precision. LL1 at all points, up to the digits known; "
        "LL2 by its constant, t · loss · (Lσ/|θ|)² → 1 (derived here); LL3 by its exponent in σ; LL4 and LL5 with the multipliers pᵢ that the flow itself gives; LL6 by the distances of earlier directions from the last one.";
    t.not_checked = "Whether the KKT point is a local or global minimizer. Gradient descent with finite steps. That the residuals go on falling beyond the horizon reached is not proved.";
    t.boundary_cases =
        "Kinks (ReLU, leaky ReLU): the flow is followed through its switches first. Where residuals fall like small powers of σ (coordinates or samples near a tie) the horizon is not far enough for the digits asked for, and the claim is inconclusive_horizon. "
        "Predictors that are linear in x and data that cannot be separated: hypotheses_not_met with an exact Farkas vector.";
    t.instances = lyu_li_instances();
    t.check = check;
    return t;
}

}  // namespace eonflow::verify
