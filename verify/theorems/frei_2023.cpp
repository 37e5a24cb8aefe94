#include <verify/theorems/frei_2023.hpp>

#include <verify/judge.hpp>
#include <verify/theorems/instances.hpp>
#include <verify/theorems/theorems.hpp>

#include <eonflow/convex/check.hpp>
#include <eonflow/flow/observe.hpp>
#include <eonflow/flow/pattern.hpp>
#include <eonflow/flow/start.hpp>
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

namespace frei {

namespace {

constexpr std::int64_t shown_digits = 10, ball_bits = 256;
constexpr std::size_t boundary_points = 500;

const std::vector<Statement> hypotheses = {
    {"H1", "nearly orthogonal samples: R_min² ≥ 3 γ⁻³ R² n max_{i≠j} |⟨xᵢ, xⱼ⟩|"},
    {"H2", "at some t₀ the mean loss is below log 2/n (logistic) or 1/n (exponential)"},
    {"H3", "descent: R_min² ≥ 5 γ⁻² C_R n max_{i≠j} |⟨xᵢ, xⱼ⟩| with C_R = 10 R²/γ² + 10"},
    {"H4", "descent: φ is smooth, γ ≤ φ' ≤ 1 and |φ''| ≤ H"},
    {"H5", "descent: the step is at most γ²/(5 n R_max² R² C_R max(1, H))"},
    {"H6", "descent: the root mean square ω of the entries of W(0) is at most α γ² R_min/(72 R C_R n √(m d log(4m/δ))), with δ = 1/100"},
};

const std::vector<Statement> claims = {
    {"F1", "the flow converges in direction: W(t)/‖W(t)‖ → W*/‖W*‖"},
    {"F1.1", "every sample is a support vector: yᵢ f(xᵢ; W*) = 1"},
    {"F1.2", "all units with a_j > 0 become equal to v, all others to u: rank W* ≤ 2"},
    {"F1.3", "(v, u) is the unique solution of a strictly convex quadratic program"},
    {"F1.4", "v = m^{-1/2}(Σ₊ lᵢxᵢ − γ Σ₋ lᵢxᵢ) and likewise u, with 1/(2R_max²) < lᵢ < 3/(2γ²R_min²), and ⟨v, xᵢ⟩ > 0 > ⟨u, xᵢ⟩ on the positive samples, reversed on the others"},
    {"F1.5", "W* is a global optimum of min ‖W‖_F subject to yᵢ f(xᵢ; W) ≥ 1"},
    {"F1.6", "the decision boundary is linear: sign f(x; W*) = sign ⟨z, x⟩ with z = (m₁v − m₂u)/√m"},
    {"F1.7", "yᵢ⟨z, xᵢ⟩ ≥ 1, and |z| ≤ 2/(κ + γ) |z*| for the maximum-margin vector z*, κ = √(min(m₁, m₂)/max(m₁, m₂))"},
    {"F2.1", "descent: from the first step on the stable rank of W_t stays below a constant, which here is that of the derivation: (1 + ε)/(γ² − ε), ε = n max|⟨xᵢ, xⱼ⟩|/R_min², but for the share of W(0)"},
    {"F2.2", "descent: the mean loss is at most √(C n/(R_min² α t)), here with C = 8 loss(0) R² (1 + ε)/(γ² (1 − ε)²) and t − 1 for t"},
    {"F2.3", "descent: ‖W_t‖_F grows at least like a logarithm: ‖W_t‖_F ≥ log(1/(exp(n loss) − 1))/R_max"},
};

const Statement& find(const std::vector<Statement>& all, std::string_view id) {
    return *std::find_if(all.begin(), all.end(), [&](const Statement& s) { return s.id == id; });
}

std::string shown(const Rational& x) {
    const number::precision_scope scope(ball_bits);
    return number::to_decimal(number::to_real(x), shown_digits);
}

Rational dot(std::span<const Rational> a, std::span<const Rational> b) {
    Rational sum = 0;
    for (std::size_t j = 0; j < a.size(); ++j) sum += a[j] * b[j];
    return sum;
}

Rational count(std::size_t n) { return Rational(static_cast<unsigned long>(n)); }

/// The exact half of the theorem: the limit, its checked certificate, and the hypotheses under which a false statement counts.
struct Exact {
    const flow::Problem& problem;
    limit::Geometry geometry;
    limit::Leaky_limit limit;
    convex::Check program;
    const std::vector<HypothesisResult>& hypotheses;

    [[nodiscard]] ClaimResult decided(const char* id, bool holds, std::string measured, std::string evidence, std::string predicted = {}) const {
        return {id, claim(id).text, decide(holds, program, hypotheses), {}, std::move(measured), std::move(predicted), std::move(evidence), {}};
    }
};

HypothesisResult judge_orthogonality(const limit::Geometry& g, const limit::Leaky_network& network, std::size_t samples) {
    const Rational& slope = network.slope;
    const Rational needed = 3 * g.ratio() * count(samples) * g.overlap / (slope * slope * slope);
    const bool holds = g.shortest >= needed;
    return {"H1", "nearly orthogonal", holds ? Verdict::holds : Verdict::hypotheses_not_met,
            "exact: R_min² = " + shown(g.shortest) + ", 3 γ⁻³ R² n max|⟨xᵢ, xⱼ⟩| = " + shown(needed) +
                (needed == 0 ? ", the samples are orthogonal" : ": " + shown(g.shortest / needed) + " of what is needed")};
}

HypothesisResult judge_loss_reached(const flow::Problem& problem, const Tail& tail) {
    const bool logistic = problem.loss.kind == model::loss_kind::logistic;
    const Real threshold = logistic ? Real(-log(log(Real(2)))) : Real(0);
    const Real& reached = tail.points.back().log_inverse_loss;
    return {"H2", "loss below the threshold", reached > threshold ? Verdict::holds : Verdict::inconclusive_horizon,
            "log(1/Σ losses) = " + number::to_decimal(reached, 6) + " at the end of the flow, needed is more than " + number::to_decimal(threshold, 6)};
}

/// |z| <= factor |z*| for factor = 2/(kappa + gamma), decided without roots: 2 kappa gamma |z|^2 <= 4 |z*|^2 - (kappa^2 + gamma^2) |z|^2, squared.
bool within_margin_bound(const Rational& z_square, const Rational& best_square, const Rational& kappa_square, const Rational& gamma) {
    const Rational right = 4 * best_square - (kappa_square + gamma * gamma) * z_square;
    return right >= 0 && 4 * kappa_square * gamma * gamma * z_square * z_square <= right * right;
}

ClaimResult judge_margin_ratio(const Exact& exact) {
    const flow::Problem& problem = exact.problem;
    const limit::Leaky_limit& limit = exact.limit;
    const convex::Solution best = convex::solve(convex::l2_margin(problem.data.signed_rows()));
    const std::vector<Rational> w = best.certificate.point.rationals();
    const Rational z_square = dot(limit.z, limit.z), best_square = dot(w, w);
    const auto [fewer, more] = std::minmax(limit.network.positive, limit.network.negative);
    const Rational kappa_square = count(fewer) / count(more);
    bool margins = convex::check(best.certificate).accepted;
    for (std::size_t i = 0; i < problem.data.samples(); ++i) margins = margins && problem.data.y[i] * dot(limit.z, problem.data.X.row(i)) >= 1;
    const number::precision_scope scope(ball_bits);
    const Real kappa = sqrt(number::to_real(kappa_square)), gamma = number::to_real(limit.network.slope);
    return exact.decided("F1.7", margins && within_margin_bound(z_square, best_square, kappa_square, limit.network.slope),
                   number::to_decimal(sqrt(number::to_real(z_square / best_square)), shown_digits), "exact comparison of squares; z* is certified; the other bound, (κ + 1/κ)/(1 + γ) for equal shares of z*, is " +
                   number::to_decimal((kappa + 1 / kappa) / (1 + gamma), shown_digits),
                   "at most " + number::to_decimal(2 / (kappa + gamma), shown_digits));
}

ClaimResult judge_form(const Exact& exact) {
    const flow::Problem& problem = exact.problem;
    const limit::Leaky_limit& limit = exact.limit;
    const limit::Leaky_network& network = limit.network;
    // l_i in the scaling a = 1/sqrt(m).
    const Rational scale = network.output * network.output * count(network.positive + network.negative);
    const auto [least, most] = std::minmax_element(limit.multipliers.begin(), limit.multipliers.end());
    const Rational low = 1 / (2 * exact.geometry.longest), high = 3 / (2 * network.slope * network.slope * exact.geometry.shortest);
    bool form = true;
    for (std::size_t j = 0; j < limit.v.size(); ++j) {
        Rational v = 0, u = 0;
        for (std::size_t i = 0; i < problem.data.samples(); ++i) {
            const Rational part = network.output * limit.multipliers[i] * problem.data.X(i, j);
            const bool positive = problem.data.y[i] > 0;
            v += positive ? part : Rational(-network.slope * part);
            u += positive ? Rational(-network.slope * part) : part;
        }
        form = form && v == limit.v[j] && u == limit.u[j];
    }
    return exact.decided("F1.4", form && *least * scale > low && *most * scale < high && limit.signs_as_claimed(problem.data), "lᵢ from " + shown(*least * scale) + " to " + shown(*most * scale),
                   "exact: both sums, all lᵢ and all signs", "between " + shown(low) + " and " + shown(high));
}

ClaimResult judge_boundary(const Exact& exact) {
    const limit::Leaky_limit& limit = exact.limit;
    const std::size_t d = limit.z.size();
    const std::vector<Rational> points = flow::uniform_start(1, boundary_points * d, Rational(1));
    std::size_t agree = 0;
    flow::Data data;
    data.X = Matrix<Rational>(boundary_points, d);
    data.X.entries() = points;
    data.y.assign(boundary_points, Rational(1));
    const std::vector<Rational> f = limit.margins(data);
    for (std::size_t k = 0; k < boundary_points; ++k) agree += f[k].sign() == dot(limit.z, data.X.row(k)).sign() ? 1u : 0u;
    return exact.decided("F1.6", agree == boundary_points, std::to_string(agree) + " of " + std::to_string(boundary_points) + " rational points on the same side",
                   "an identity once F1.2 holds: f = φ(⟨a m₁ v, x⟩) − φ(⟨a m₂ u, x⟩) and φ increases; tried exactly at drawn points");
}

/// What the tail shows at each point.
struct Shape {
    std::vector<Vector> direction, margins, spread;
    Real third;  ///< the third singular value of W/|W| at the end, 0 if there is none
};

Shape shape_of(const flow::Problem& problem, const Tail& tail) {
    const flow::System system = flow::build_system(problem);
    flow::Pattern<Real> pattern(system.graph, system.kinks);
    graph::evaluator<Real> evaluate(system.graph, system.margins);
    Shape shape;
    for (const Tail::Point& p : tail.points) {
        shape.direction.push_back(p.direction);
        Vector q = evaluate(pattern.inputs(p.direction));
        const Real least = *std::min_element(q.begin(), q.end());
        for (Real& margin : q) margin /= least;
        shape.margins.push_back(std::move(q));
        const Matrix<Real> W = flow::weights(problem.model.layers.front(), p.direction);
        Vector spread(W.entries().size(), Real(0));
        for (std::size_t j = 0; j < W.columns(); ++j)
            for (const bool positive : {true, false}) {
                Real mean(0);
                unsigned members = 0;
                for (std::size_t i = 0; i < W.rows(); ++i)
                    if ((problem.model.output[i] > 0) == positive) mean += W(i, j), ++members;
                mean /= members;
                for (std::size_t i = 0; i < W.rows(); ++i)
                    if ((problem.model.output[i] > 0) == positive) spread[i * W.columns() + j] = W(i, j) - mean;
            }
        shape.spread.push_back(std::move(spread));
        if (&p == &tail.points.back()) {
            const Vector values = number::singular_value_decomposition(W).values;
            shape.third = values.size() > 2 ? values[2] : Real(0);
        }
    }
    return shape;
}

Vector limit_direction(const flow::Problem& problem, const limit::Leaky_limit& limit) {
    Vector w;
    for (const Rational& a : problem.model.output)
        for (const Rational& entry : a > 0 ? limit.v : limit.u) w.push_back(number::to_real(entry));
    return flow::normalized(std::move(w));
}

void judge_flow(const flow::Problem& problem, const limit::Leaky_network& network, const CheckOptions& options, Report& report) {
    const limit::Geometry geometry = limit::geometry_of(problem.data.X);
    report.hypotheses.push_back(judge_orthogonality(geometry, network, problem.data.samples()));
    const auto refuse = [&] {
        for (const Statement& c : claims)
            if (c.id.starts_with("F1")) report.claims.push_back(not_met(c, report.hypotheses.back()));
    };
    if (report.hypotheses.back().verdict != Verdict::holds) {
        const HypothesisResult failed = report.hypotheses.back();
        return judge_reached(problem, network, options, failed, report);
    }
    const Tail tail = follow_tail(problem, options);
    const number::precision_scope scope(tail.bits);
    set_horizon(report, tail);
    report.hypotheses.push_back(judge_loss_reached(problem, tail));
    if (report.hypotheses.back().verdict != Verdict::holds) return refuse();

    const Exact exact = [&] {
        limit::Leaky_limit limit = limit::leaky_limit(problem.data, network);
        convex::Check program = convex::check(limit.solution.certificate);
        return Exact{problem, geometry, std::move(limit), std::move(program), report.hypotheses};
    }();
    const limit::Leaky_limit& limit = exact.limit;
    const auto& certificate = limit.solution.certificate;
    const Shape shape = shape_of(problem, tail);
    report.claims.push_back(judge_limit({"F1", claim("F1").text, shape.direction, limit_direction(problem, limit), "W/‖W‖", "-1"}, tail, options.digits));

    const std::vector<Rational> margins = limit.margins(problem.data);
    ClaimResult support = judge_limit({"F1.1", claim("F1.1").text, shape.margins, Vector(margins.size(), Real(1)), "margins over the least one", "-1"}, tail, options.digits);
    const bool all_one = std::all_of(margins.begin(), margins.end(), [](const Rational& q) { return q == 1; });
    support.evidence += all_one ? "; every margin of W* is exactly 1" : "; not every margin of W* is 1";
    report.claims.push_back(combined("F1.1", claim("F1.1").text, {support, exact.decided("F1.1", all_one, "", std::to_string(certificate.support.size()) + " multipliers are positive")}));

    Matrix<Rational> units(2, limit.v.size());
    std::copy(limit.v.begin(), limit.v.end(), units.row(0).begin());
    std::copy(limit.u.begin(), limit.u.end(), units.row(1).begin());
    ClaimResult rank = judge_limit({"F1.2", claim("F1.2").text, shape.spread, Vector(shape.spread.front().size(), Real(0)), "distance of the units from the mean of their sign", "-1"}, tail, options.digits);
    rank.measured = "rank " + std::to_string(number::rank(units)) + " exactly";
    rank.predicted = "rank at most 2";
    rank.evidence += "; third singular value of W/‖W‖_F there " + number::to_decimal(shape.third, 2);
    report.claims.push_back(std::move(rank));

    report.claims.push_back(exact.decided("F1.3", certificate.unique, std::to_string(certificate.support.size()) + " of " + std::to_string(margins.size()) + " rows active", exact.program.statement));
    report.claims.push_back(judge_form(exact));
    ClaimResult optimum = exact.decided("F1.5", true, "no duality gap", "the multipliers bound ‖W‖ from below over all activation patterns of all units (exact)");
    if (!limit.proves_global_optimality(problem.data)) {
        optimum.verdict = Verdict::inconclusive_precision;
        optimum.measured.clear();
        optimum.evidence = "the multipliers of the program do not prove it";
    }
    report.claims.push_back(std::move(optimum));
    report.claims.push_back(judge_boundary(exact));
    report.claims.push_back(judge_margin_ratio(exact));
}

limit::Leaky_network network_of(const flow::Problem& problem) {
    limit::Leaky_network network;
    network.slope = problem.model.slope;
    network.output = abs(problem.model.output.front());
    for (std::size_t j = 0; j < problem.model.output.size(); ++j) {
        const Rational& a = problem.model.output[j];
        if (abs(a) != network.output) throw invalid_input("the output weights differ in size, frei_2023 is about equal sizes", "/model/output/" + std::to_string(j));
        ++(a > 0 ? network.positive : network.negative);
    }
    return network;
}

Report check(const flow::Problem& problem, const CheckOptions& options) {
    const bool smooth = problem.model.family == "smooth_leaky_relu", descent = problem.descent_step.has_value();
    if ((problem.model.family != "leaky_relu" && !smooth) || (smooth && !descent) || !problem.loss.is_classification())
        throw invalid_input("frei_2023 is about the flow of the family \"leaky_relu\" and gradient descent of \"leaky_relu\" and \"smooth_leaky_relu\", with the exponential or logistic loss, not about " +
                                problem.model.description,
                            "/model");
    problem.validate();
    const limit::Leaky_network network = network_of(problem);
    Report report;
    if (descent)
        judge_descent(problem, network, options, report);
    else
        judge_flow(problem, network, options, report);
    return report;
}

}  // namespace

const Statement& hypothesis(std::string_view id) { return find(hypotheses, id); }
const Statement& claim(std::string_view id) { return find(claims, id); }

Rational output_square(const flow::Problem& problem) {
    const Rational square = problem.model.output.front() * problem.model.output.front();
    return problem.model.normalised ? square : Rational(square * count(problem.model.output.size()));
}

}  // namespace frei

Theorem frei_2023() {
    Theorem t;
    t.id = "frei_2023";
    t.title = "Leaky ReLU networks on nearly orthogonal data";
    t.statement =
        "Gradient flow of the logistic or exponential loss over the first layer of f(x; W) = Σ_j a_j φ(⟨w_j, x⟩), a_j = ±1/√m, φ(z) = max(z, γz), on nearly orthogonal data converges in direction to a network W* of rank at most two: all "
        "units of one sign become equal, every sample has margin 1, the decision boundary is linear, and W* is a global optimum of the margin problem whose boundary has a margin close to the largest. Gradient descent with a smooth "
        "leaky activation from a small start has a bounded stable rank from the first step on.";
    t.notation =
        "xᵢ ∈ R^d, yᵢ = ±1, i = 1..n; R_min, R_max the smallest and largest |xᵢ|, R = R_max/R_min; m₁ units with a_j > 0, m₂ with a_j < 0, m = m₁ + m₂; γ the slope below 0; v, u ∈ R^d the units of W*; l the multipliers; z* = argmin |z| : yᵢ⟨z, xᵢ⟩ ≥ 1; "
        "α the step of descent, W_t its iterates; stable rank ‖W‖_F²/‖W‖₂². A common size a of the output weights other than 1/√m only rescales W by a√m and the time by its square.";
    t.hypotheses = frei::hypotheses;
    t.claims = frei::claims;
    t.source = "S. Frei, G. Vardi, P. L. Bartlett, N. Srebro, W. Hu: Implicit bias in leaky ReLU networks trained on high-dimensional data. ICLR 2023. The constants of H3, H5 and H6 are recalled from memory; those of F2.1 to F2.3 are derived here.";
    t.checked =
        "H1, H3, H5 in rational numbers. The quadratic program is solved exactly with its certificate; F1.3 to F1.7 are decided in rational numbers, F1.5 by a dual certificate over all patterns. The flow is followed through all changes of the "
        "activation pattern until |W| is about 10^(digits + 3), every number confirmed by a second run, and F1, F1.1 and F1.2 are measured there. Descent is run with its exact step, confirmed by a second precision; F2.1 to F2.3 are compared in balls of the "
        "verified digits, F2.2 and F2.3 at every iterate.";
    t.not_checked = "The probability over Gaussian starts: the start is one point, and ω the root mean square of its entries. The constants of the paper in F2.";
    t.boundary_cases = "Correlated samples: H1 fails and says by how much; the flow is followed all the same, to a small loss, and the exact solution of the margin problem within its last activation pattern is shown to be a KKT point, with its rank. A leaky ReLU with its kink under descent, and large starts: H4 and H6 fail, the stable rank is measured all the same.";
    t.instances = frei_instances();
    t.check = frei::check;
    return t;
}

}  // namespace eonflow::verify
