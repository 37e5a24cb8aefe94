#include <verify/theorems/theorems.hpp>

#include <verify/alignment.hpp>
#include <verify/judge.hpp>
#include <verify/theorems/instances.hpp>

#include <eonflow/flow/observe.hpp>
#include <eonflow/graph/derivative.hpp>
#include <eonflow/graph/evaluate.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/linear.hpp>
#include <eonflow/number/spectrum.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>

namespace eonflow::verify {

using number::Ball;
using number::Matrix;
using number::Rational;
using number::Real;
using number::Vector;

namespace {

constexpr std::int64_t most_bits = 4096;

const std::vector<Statement> hypotheses = {
    {"H1", "the data are linearly separable: some w has yᵢ⟨xᵢ, w⟩ > 0 for all i"},
    {"H2", "the gradient of the risk at the start is not zero"},
    {"H3", "the risk at the start is at most the risk of the zero network, ℓ(0)"},
    {"H4", "the support vectors span the span of all samples (needed for JT6 only)"},
};

const std::vector<Statement> claims = {
    {"JT1", "the risk tends to 0"},
    {"JT2", "every layer grows without bound: ‖W_k‖_F → ∞"},
    {"JT3", "every layer becomes rank one: W_k/‖W_k‖_F − u_k v_kᵀ → 0"},
    {"JT4", "consecutive layers align: |⟨v_{k+1}, u_k⟩| → 1"},
    {"JT4.1", "with the constant C_k = W_{k+1}ᵀW_{k+1} − W_k W_kᵀ: (1 − ⟨v_{k+1}, u_k⟩) ‖W_k‖⁴ → |(I − u_k u_kᵀ) C_k u_k|²/2"},
    {"JT5", "the product aligns with the first layer: |⟨w_prod/∏‖W_k‖_F, v_1⟩| → 1"},
    {"JT6", "the direction is the max margin: w_prod/|w_prod| → ū"},
};

/// Decides the sign of a quantity by balls of growing precision; 0 where it stays undecided up to most_bits.
template <class Function>
int decided_sign(Function quantity) {
    for (std::int64_t bits = 128; bits <= most_bits; bits *= 2) {
        const number::precision_scope scope(bits);
        const Ball value = quantity();
        if (value.is_positive()) return 1;
        if (value.is_negative()) return -1;
    }
    return 0;
}

std::vector<Ball> balls_of(const std::vector<Rational>& values) {
    std::vector<Ball> balls;
    for (const Rational& v : values) balls.emplace_back(v);
    return balls;
}

HypothesisResult judge_gradient(const flow::Problem& problem, const flow::System& system) {
    HypothesisResult result{"H2", "nonzero gradient", Verdict::inconclusive_precision, {}};
    for (std::size_t p = 0; p < system.gradient.size(); ++p) {
        const int sign = system.graph.is_zero(system.gradient[p]) ? 0 : decided_sign([&] { return graph::evaluate<Ball>(system.graph, {&system.gradient[p], 1}, balls_of(problem.initial))[0]; });
        if (sign == 0) continue;
        result.verdict = Verdict::holds;
        result.evidence = "the derivative in " + problem.model.parameter_names[p] + " is " + (sign > 0 ? "positive" : "negative") + ", by a ball that excludes 0";
        return result;
    }
    // All predictions may have exactly zero gradient: then the start is a critical point for every loss.
    flow::System copy = system;
    std::vector<graph::node_id> slopes;
    for (const graph::node_id f : copy.predictions) {
        const auto row = graph::gradient(copy.graph, f, copy.theta);
        slopes.insert(slopes.end(), row.begin(), row.end());
    }
    const auto values = graph::evaluate<Rational>(copy.graph, slopes, problem.initial);
    if (std::all_of(values.begin(), values.end(), [](const Rational& v) { return v == 0; })) {
        result.verdict = Verdict::hypotheses_not_met;
        result.evidence = "the gradient of every prediction is exactly zero: the start is a critical point";
    } else {
        result.evidence = "no component could be told from 0 at " + std::to_string(most_bits) + " bits";
    }
    return result;
}

HypothesisResult judge_initial_risk(const flow::Problem& problem, const flow::System& system) {
    const auto margins = graph::evaluate<Rational>(system.graph, system.margins, problem.initial);
    HypothesisResult result{"H3", "risk at most that of 0", Verdict::holds, {}};
    if (std::all_of(margins.begin(), margins.end(), [](const Rational& z) { return z == 0; })) {
        result.evidence = "equal: every prediction is exactly 0 at the start";
        return result;
    }
    const std::vector<Rational> zero(problem.initial.size(), 0);
    const auto excess = [&] {
        return graph::evaluate<Ball>(system.graph, {&system.loss, 1}, balls_of(problem.initial))[0] - graph::evaluate<Ball>(system.graph, {&system.loss, 1}, balls_of(zero))[0];
    };
    const int sign = decided_sign(excess);
    result.verdict = sign < 0 ? Verdict::holds : sign > 0 ? Verdict::hypotheses_not_met : Verdict::inconclusive_precision;
    const number::precision_scope scope(128);
    result.evidence = "loss at the start less loss of the zero network: " + excess().text(10);
    return result;
}

/// Whether the part of the first layer that the samples cannot move is exactly zero.
bool frozen_part_vanishes(const flow::Problem& problem) {
    const Matrix<Rational> directions = number::kernel(problem.data.X);
    const model::layer& first = problem.model.layers.front();
    for (std::size_t k = 0; k < directions.rows(); ++k)
        for (std::size_t i = 0; i < first.rows; ++i) {
            Rational sum = 0;
            for (std::size_t j = 0; j < first.columns; ++j) sum += directions(k, j) * problem.initial[first.offset + i * first.columns + j];
            if (sum != 0) return false;
        }
    return true;
}

/// |<W_L...W_1 v, 1>| / prod |W_k|_F
Real product_alignment(const std::vector<model::layer>& layers, const Vector& theta, const Vector& norms, Vector v) {
    for (std::size_t k = 0; k < layers.size(); ++k) {
        const Matrix<Real> w = flow::weights(layers[k], theta);
        Vector image(w.rows(), Real(0));
        for (std::size_t i = 0; i < w.rows(); ++i)
            for (std::size_t j = 0; j < w.columns(); ++j) image[i] += w(i, j) * v[j] / norms[k];
        v = std::move(image);
    }
    return abs(v[0]);
}

/// Everything the claims look at, at each point of the tail.
struct Shape {
    std::vector<Vector> norms;                  ///< |W_k|_F
    std::vector<std::vector<Vector>> rank_gap;  ///< per layer: |W_k/|W_k|_F - u_k v_k^T|_F
    std::vector<std::vector<Vector>> alignment; ///< per pair: |<v_{k+1}, u_k>|
    std::vector<Vector> product;                ///< |<w_prod/prod |W_k|_F, v_1>|
    std::vector<Vector> direction;              ///< w_prod/|w_prod|
};

Shape shape_of(const Tail& tail, const flow::Problem& problem) {
    const auto& layers = problem.model.layers;
    Shape shape;
    shape.rank_gap.resize(layers.size());
    shape.alignment.resize(layers.size() - 1);
    for (const Tail::Point& p : tail.points) {
        std::vector<number::Spectrum> spectra;
        Vector norms;
        for (std::size_t k = 0; k < layers.size(); ++k) {
            const Matrix<Real> w = flow::weights(layers[k], p.direction);
            spectra.push_back(number::singular_value_decomposition(w));
            norms.push_back(flow::norm(spectra.back().values));
            shape.rank_gap[k].push_back({rank_one_distance(spectra.back())});
        }
        for (std::size_t k = 0; k + 1 < layers.size(); ++k)
            shape.alignment[k].push_back({alignment(spectra[k], spectra[k + 1])});
        // w_prod/prod |W_k|_F does not depend on |theta|.
        shape.product.push_back({product_alignment(layers, p.direction, norms, column(spectra[0].right, 0))});
        shape.direction.push_back(p.predictor);
        for (Real& n : norms) n *= exp(p.r);
        shape.norms.push_back(std::move(norms));
    }
    return shape;
}

/// To first order in C_k the leading eigenvectors of W_k W_kᵀ and W_{k+1}ᵀ W_{k+1} differ by P C_k u_k/‖W_k‖², P = I − u_k u_kᵀ. The ratio of both sides tends to 1 like ‖W‖^−2, while
/// the rounding of the directions grows like ‖W‖^2 in it: half of a quarter of their digits is in reach.
void judge_alignment_constant(const flow::Problem& problem, const Tail& tail, std::int64_t digits, Report& report) {
    const auto& layers = problem.model.layers;
    Vector start;
    for (const Rational& w : problem.initial) start.push_back(number::to_real(w));
    Tail early = tail.until(Real(tail.verified_digits) * log(Real(10)) / 6);
    early.verified_digits = tail.verified_digits / 2;
    std::vector<ClaimResult> parts;
    for (std::size_t k = 0; k + 1 < layers.size(); ++k) {
        const Matrix<Real> constant = flow::balance(layers[k], layers[k + 1], start);
        std::vector<Vector> ratio;
        for (const Tail::Point& p : early.points) {
            const auto below = number::singular_value_decomposition(flow::weights(layers[k], p.direction)), above = number::singular_value_decomposition(flow::weights(layers[k + 1], p.direction));
            const Vector u = column(below.left, 0), v = column(above.right, 0);
            const auto square_off_u = [&](const Vector& x) {
                const Real along = flow::dot(u, x);
                Real square(0);
                for (std::size_t i = 0; i < x.size(); ++i) square += (x[i] - along * u[i]) * (x[i] - along * u[i]);
                return square;
            };
            Vector image(u.size(), Real(0));
            for (std::size_t i = 0; i < u.size(); ++i)
                for (std::size_t j = 0; j < u.size(); ++j) image[i] += constant(i, j) * u[j];
            const Real norm = flow::norm(below.values) * exp(p.r);
            // 1 - cos = sin^2/(1 + cos)
            ratio.push_back({2 * square_off_u(v) / (1 + abs(flow::dot(u, v))) * pow(norm, 4) / square_off_u(image)});
        }
        if (!isfinite(ratio.back()[0])) continue;  // one unit, or nothing of C_k off u_k
        parts.push_back(judge_limit({"JT4.1", "", ratio, {Real(1)}, "layers " + std::to_string(k + 1) + ", " + std::to_string(k + 2) + ": ratio of both sides", number::to_text(Rational(-2, static_cast<int>(layers.size())))},
                                    early, digits / 4));
    }
    if (!parts.empty()) report.claims.push_back(combined("JT4.1", claims[4].text, parts));
}

Report check(const flow::Problem& problem, const CheckOptions& options) {
    if (!problem.model.matrix_chain || !problem.loss.is_classification())
        throw invalid_input("ji_telgarsky_2019 is about the families \"linear\" and \"dense\" with the exponential or logistic loss, not about " + problem.model.description, "/model");
    problem.validate();
    Report report;
    const flow::System system = flow::build_system(problem);
    const convex::Solution margin = convex::solve(convex::l2_margin(problem.data.signed_rows()), options.digits);

    report.hypotheses.push_back(judge_separability("H1", margin));
    report.hypotheses.push_back(judge_gradient(problem, system));
    report.hypotheses.push_back(judge_initial_risk(problem, system));
    for (const HypothesisResult& h : report.hypotheses) {
        if (h.verdict == Verdict::holds) continue;
        for (const Statement& claim : claims) report.claims.push_back(not_met(claim, h));
        return report;
    }
    report.hypotheses.push_back(judge_span("H4", problem, margin));

    const Tail tail = follow_tail(problem, options);
    const number::precision_scope scope(tail.bits);
    set_horizon(report, tail);
    const Shape shape = shape_of(tail, problem);
    const auto depth = static_cast<int>(problem.model.layers.size());
    const std::string one_over_depth = number::to_text(Rational(1, depth));

    report.claims.push_back(judge_decay("JT1", claims[0].text, decay_rate(tail.degree), tail, options.digits));
    report.claims.push_back(judge_growth("JT2", claims[1].text, "‖W_k‖_F", shape.norms, one_over_depth, tail));
    std::vector<ClaimResult> parts;
    for (std::size_t k = 0; k < shape.rank_gap.size(); ++k)
        parts.push_back(judge_limit({"JT3", "", shape.rank_gap[k], {Real(0)}, "‖W_" + std::to_string(k + 1) + "/‖W‖_F − u vᵀ‖_F", number::to_text(Rational(-1, depth))}, tail, options.digits));
    report.claims.push_back(combined("JT3", claims[2].text, parts));
    parts.clear();
    for (std::size_t k = 0; k < shape.alignment.size(); ++k)
        parts.push_back(judge_limit({"JT4", "", shape.alignment[k], {Real(1)}, "|⟨v_" + std::to_string(k + 2) + ", u_" + std::to_string(k + 1) + "⟩|", number::to_text(Rational(-4, depth))}, tail, options.digits));
    if (parts.empty())
        parts.push_back({"JT4", "", Verdict::holds, {}, {}, {}, "one layer: there is no pair to align", {}});
    report.claims.push_back(combined("JT4", claims[3].text, parts));
    if (depth > 1) judge_alignment_constant(problem, tail, options.digits, report);
    if (depth == 1)
        report.claims.push_back({"JT5", claims[5].text, Verdict::holds, {}, {}, {}, "one layer: v_1 is the direction of the product itself", {}});
    else
        report.claims.push_back(judge_limit({"JT5", claims[5].text, shape.product, {Real(1)}, "|⟨w_prod/∏‖W_k‖_F, v_1⟩|", number::to_text(Rational(-2, depth))}, tail, options.digits));

    if (report.hypotheses.back().verdict != Verdict::holds) {
        report.claims.push_back(not_met(claims[6], report.hypotheses.back()));
        return report;
    }
    Vector predicted;
    for (const Rational& w : margin.certificate.point.rationals()) predicted.push_back(number::to_real(w));
    const bool slow = depth > 1 && !frozen_part_vanishes(problem);
    report.claims.push_back(judge_limit({"JT6", claims[6].text, shape.direction, flow::normalized(predicted), "w_prod/|w_prod|", slow ? number::to_text(Rational(-1, depth)) : "-1"}, tail, options.digits));
    return report;
}

}  // namespace

Theorem ji_telgarsky_2019() {
    Theorem t;
    t.id = "ji_telgarsky_2019";
    t.title = "Gradient descent aligns the layers of deep linear networks";
    t.statement =
        "Gradient flow on the risk R(W) = (1/n) Σ ℓ(yᵢ W_L···W_1 xᵢ) of a deep linear network, with separable data and a start that is no worse than the zero network and no critical point, "
        "drives the risk to 0; every layer becomes rank one, consecutive layers align, and the network converges in direction to the maximum-margin predictor.";
    t.notation =
        "xᵢ ∈ R^d samples, yᵢ = ±1 labels, i = 1..n; W_k ∈ R^{d_k × d_{k−1}}, d_0 = d, d_L = 1; w_prod = (W_L···W_1)ᵀ ∈ R^d; u_k, v_k leading left and right singular vectors of W_k; "
        "ū the direction of the hard-margin vector min |w|² : yᵢ⟨xᵢ, w⟩ ≥ 1; ℓ the exponential or logistic loss; σ = log(1/R).";
    t.hypotheses = hypotheses;
    t.claims = claims;
    t.source = "Z. Ji, M. Telgarsky: Gradient descent aligns the layers of deep linear networks. ICLR 2019.";
    t.checked =
        "H1 by an exact max-margin vector or Farkas vector, H2 and H3 by balls and exact evaluation, H4 by exact ranks. The flow is followed until |θ| is about 10^(digits + 3), every number confirmed by a second run of another order and precision; "
        "the distances from the predicted limits are measured there, and the exponents of their decay in σ are compared with σ^{−1/L} (rank one), σ^{−4/L} (alignment; its constant in JT4.1) and σ^{−1/L} or σ^{−1} (direction; the slower one where "
        "the samples leave a part of W_1 frozen).";
    t.not_checked = "The rates and the constants (JT1: t · R · (Lσ/‖W‖)² → 1; JT4.1) are derived here, not claimed by the paper. That the distances go on falling beyond the horizon reached is not proved. |xᵢ| ≤ 1 is only a scaling and is not demanded.";
    t.boundary_cases = "Depth 1 is the linear predictor (JT3 to JT5 are then trivial). A layer with one row or column has rank one from the start. Where the support vectors do not span the data, JT6 is reported as hypotheses_not_met.";
    t.instances = ji_telgarsky_instances();
    t.check = check;
    return t;
}

}  // namespace eonflow::verify
