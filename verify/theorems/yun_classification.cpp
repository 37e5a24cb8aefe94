#include <verify/theorems/yun_2021.hpp>

#include <eonflow/convex/potential.hpp>
#include <eonflow/flow/observe.hpp>
#include <eonflow/graph/derivative.hpp>
#include <eonflow/graph/evaluate.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/spectrum.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>

namespace eonflow::verify::yun {

using flow::Complex;
using number::Ball;
using number::Matrix;
using number::Rational;
using number::Real;
using number::Vector;

namespace {

/// T_L: where h_L blows up, L >= 3.
Ball blow_up(std::size_t depth) {
    Ball limit = depth % 2 == 0 ? Ball(1) : Ball(2) * atan(Ball(1));
    for (std::size_t l = depth % 2 == 0 ? 4 : 3; l < depth; l += 2) limit = limit * Ball(static_cast<int>(l) - 2) / Ball(static_cast<int>(l) - 1);
    return limit;
}

/// Two layers, entrywise: the exponents of the direction and of |θ| times it. With the only multipliers μ of the ℓ1 margin program, ν ~ μ log(σ)/2, so that a coordinate with
/// slack κ_j = |(Xᵀμ)_j| < 1 grows like σ^κ_j against σ of the others. Empty where the multipliers are not unique.
struct Slack_rates {
    std::string product, layers;
};
Slack_rates slack_rates(const flow::Problem& problem, const convex::Solution& margin) {
    if (!margin.certificate.exact || !margin.certificate.unique || !margin.certificate.multipliers_unique) return {};
    const Matrix<Rational> Z = problem.data.signed_rows();
    const auto multipliers = margin.certificate.multipliers.rationals(), point = margin.certificate.point.rationals();
    Rational largest = 0;
    for (std::size_t j = 0; j < Z.columns(); ++j) {
        if (point[j] != 0) continue;
        Rational sum = 0;
        for (std::size_t i = 0; i < Z.rows(); ++i) sum += Z(i, j) * multipliers[i];
        largest = std::max(largest, Rational(abs(sum)));
    }
    return {number::to_text(Rational(largest - 1)), number::to_text(Rational((largest - 1) / 2))};
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

/// The shares p_i of the samples in the gradient, and u = sum_i p_i y_i x_i, the direction of -X^T r.
Vector weights(const Tail::Point& point) {
    Vector p;
    for (const Real& w : point.log_weights) p.push_back(exp(w));
    return p;
}

Vector pull(const flow::Problem& problem, const Vector& p) {
    Vector u(problem.data.features(), Real(0));
    for (std::size_t i = 0; i < p.size(); ++i)
        for (std::size_t j = 0; j < u.size(); ++j) u[j] += p[i] * number::to_real(problem.data.y[i] * problem.data.X(i, j));
    return u;
}

Real norm_of(const Vector& v) { return flow::norm(v); }

/// M(u) o (v_1^, ..., I, ..., v_L^)/s - v_l^ for all layers, one after the other; s = M(u) o (v_1^, ..., v_L^).
class Singular_residual {
public:
    explicit Singular_residual(const flow::Problem& problem) : layers_(problem.model.layers) {
        std::vector<graph::node_id> theta;
        std::vector<graph::term> terms;
        for (const std::string& name : problem.model.parameter_names) theta.push_back(graph_.input(name));
        const auto beta = problem.model.linear_coefficients(graph_, theta);
        for (std::size_t j = 0; j < beta.size(); ++j) terms.push_back({1, graph_.input("u" + std::to_string(j + 1)), beta[j]});
        std::vector<graph::node_id> outputs{graph_.sum(std::move(terms))};
        const auto slopes = graph::gradient(graph_, outputs[0], theta);
        outputs.insert(outputs.end(), slopes.begin(), slopes.end());
        value_ = std::make_unique<graph::evaluator<Real>>(graph_, outputs);
    }

    Vector operator()(const Vector& theta, const Vector& u) {
        Vector at = theta;
        for (const model::layer& layer : layers_) {
            Real square(0);
            const std::size_t end = layer.offset + layer.rows * layer.columns;
            for (std::size_t i = layer.offset; i < end; ++i) square += theta[i] * theta[i];
            for (std::size_t i = layer.offset; i < end; ++i) at[i] /= sqrt(square);
        }
        const Vector normalized = at;
        at.insert(at.end(), u.begin(), u.end());
        const Vector values = (*value_)(at);
        Vector residual;
        for (std::size_t i = 0; i < theta.size(); ++i) residual.push_back(values[i + 1] / values[0] - normalized[i]);
        return residual;
    }

private:
    std::vector<model::layer> layers_;
    graph::Graph graph_;
    std::unique_ptr<graph::evaluator<Real>> value_;
};

/// The first-order conditions of min ‖rho‖_{2/L} with margins >= 1 at a point of the tail, with the flow's own weights: |a_j|^{2-2/L} b_j/c - a_j for rho = a of norm 1
/// and b = conj(S u); |b_j| <= c where L = 2; p_i (margin_i/least margin - 1).
Vector stationarity(const flow::Problem& problem, const flow::Decomposition& decomposition, const Tail::Point& point) {
    const auto& layers = problem.model.layers;
    const auto depth = static_cast<int>(layers.size());
    const Vector p = weights(point), u = pull(problem, p);
    std::vector<Complex> a;
    for (std::size_t l = 0; l < layers.size(); ++l) {
        const auto e = decomposition.along(l, std::span(point.direction).subspan(layers[l].offset, layers[l].columns));
        for (std::size_t j = 0; j < e.size(); ++j) l == 0 ? a.push_back(e[j]) : void(a[j] = a[j] * e[j]);
    }
    Vector size;
    Real norm(0), c(0);
    for (const Complex& x : a) {
        size.push_back(sqrt(flow::square_modulus(x)));
        if (size.back() > 0) norm += pow(size.back(), Real(2) / depth);
    }
    norm = pow(norm, Real(depth) / 2);
    std::vector<Complex> b(a.size());
    for (std::size_t j = 0; j < a.size(); ++j) {
        size[j] /= norm;
        a[j] = {a[j].re / norm, a[j].im / norm};
        for (std::size_t k = 0; k < u.size(); ++k) b[j] = b[j] + conjugate(decomposition.S(j, k)) * Complex{u[k], Real(0)};
        c += a[j].re * b[j].re + a[j].im * b[j].im;
    }
    Vector residual;
    for (std::size_t j = 0; j < a.size(); ++j) {
        const Real factor = size[j] > 0 ? Real(pow(size[j], Real(2) - Real(2) / depth) / c) : Real(0);
        residual.push_back(factor * b[j].re - a[j].re);
        residual.push_back(factor * b[j].im - a[j].im);
        if (depth == 2) residual.push_back(std::max(Real(0), Real(sqrt(flow::square_modulus(b[j])) / c - 1)));
    }
    Vector margins;
    for (std::size_t i = 0; i < p.size(); ++i) {
        Real sum(0);
        for (std::size_t j = 0; j < u.size(); ++j) sum += number::to_real(problem.data.y[i] * problem.data.X(i, j)) * point.predictor[j];
        margins.push_back(sum);
    }
    const Real least = *std::min_element(margins.begin(), margins.end());
    for (std::size_t i = 0; i < p.size(); ++i) residual.push_back(p[i] * (margins[i] / least - 1));
    return residual;
}

HypothesisResult judge_pull(const flow::Problem& problem, const Tail& tail, std::int64_t digits) {
    const auto direction = [&](const Tail::Point& point) { return flow::normalized(pull(problem, weights(point))); };
    const Vector last = direction(tail.points.back()), before = direction(tail.points[tail.points.size() - 2]);
    Vector off;
    for (std::size_t j = 0; j < last.size(); ++j) off.push_back(last[j] - before[j]);
    const Real distance = norm_of(off);
    const std::int64_t agree = number::agreeing_digits(Real(1), 1 + distance, tail.verified_digits);
    HypothesisResult result = hypothesis("H5", 2 * agree >= digits, "the directions at the two last points agree to " + std::to_string(agree) + " digits");
    if (2 * agree < digits) result.verdict = Verdict::inconclusive_horizon;
    return result;
}

/// Y3: M(x) = U_1 diag(s) U_2^T, (e_1 ± y e_2)_j grow and fall like exp(±s_j τ).
void judge_two_layers(const flow::Problem& problem, const Tail& tail, std::int64_t digits, Report& report) {
    const Matrix<Rational> M = bilinear_form(problem, problem.data.X.row(0));
    Matrix<Real> rounded(M.rows(), M.columns());
    for (std::size_t i = 0; i < M.rows(); ++i)
        for (std::size_t j = 0; j < M.columns(); ++j) rounded(i, j) = number::to_real(M(i, j));
    const number::Spectrum spectrum = number::singular_value_decomposition(rounded);
    const Real second = spectrum.values.size() > 1 ? spectrum.values[1] : Real(0);

    // The top value is simple if some number has exactly one eigenvalue of M M^T above it, and none on it.
    const Rational between = number::to_rational(Real((spectrum.values[0] * spectrum.values[0] + second * second) / 2));
    Matrix<Rational> shifted(M.rows(), M.rows());
    for (std::size_t i = 0; i < M.rows(); ++i) {
        for (std::size_t j = 0; j < M.rows(); ++j)
            for (std::size_t k = 0; k < M.columns(); ++k) shifted(i, j) += M(i, k) * M(j, k);
        shifted(i, i) -= between;
    }
    const number::Inertia signs = number::inertia(std::move(shifted));
    const bool simple = signs.positive == 1 && signs.negative + 1 == M.rows();
    Real part(0);
    for (std::size_t i = 0; i < M.rows(); ++i) part += spectrum.left(i, 0) * number::to_real(problem.initial[i]);
    const Real label = number::to_real(problem.data.y[0]);
    for (std::size_t j = 0; j < M.columns(); ++j) part += label * spectrum.right(j, 0) * number::to_real(problem.initial[M.rows() + j]);
    const bool starts = abs(part) > spectrum.values[0] * number::power_of_two(-number::working_bits() / 2);
    report.hypotheses.push_back(hypothesis("H6", simple && starts,
                                           "exact inertia: " + std::to_string(signs.positive) + " eigenvalue(s) of M Mᵀ above " + number::to_decimal(number::to_real(between), 6) +
                                               "; part of the start along the top pair: " + number::to_decimal(part, 6)));
    if (!simple || !starts) {
        report.claims.push_back(not_met(claim("Y3"), report.hypotheses.back()));
        return;
    }
    Vector predicted;
    const Real size = (part > 0 ? 1 : -1) / sqrt(Real(2));
    for (std::size_t i = 0; i < M.rows(); ++i) predicted.push_back(size * spectrum.left(i, 0));
    for (std::size_t j = 0; j < M.columns(); ++j) predicted.push_back(size * label * spectrum.right(j, 0));
    std::vector<Vector> directions;
    for (const Tail::Point& point : tail.points) directions.push_back(point.direction);
    report.claims.push_back(judge_limit({"Y3", claim("Y3").text, directions, predicted, "(v_1, v_2)/|θ|", ""}, tail, digits));
}

}  // namespace

void check_classification(const flow::Problem& problem, const CheckOptions& options, Report& report) {
    const std::size_t depth = problem.model.layers.size();
    Setting setting;
    if (!problem.model.matrix_chain) setting = judge_setting(problem, report);
    if (setting.decomposition.exists() && !setting.dominated) {
        for (const char* id : {"Y1", "Y2", "Y2.1"}) report.claims.push_back(not_met(claim(id), report.hypotheses.back()));
        return;
    }
    const convex::Solution margin = convex::solve(convex::l1_margin(problem.data.signed_rows()), options.digits);
    const bool separable = margin.status == convex::Status::optimal;
    report.hypotheses.push_back(hypothesis("H4", separable, separable ? "an exact w with y<x,w> >= 1 for every sample" : "an exact Farkas vector"));
    if (!separable) {
        for (const char* id : {"Y1", "Y2", "Y2.1"}) report.claims.push_back(not_met(claim(id), report.hypotheses.back()));
        return;
    }
    Singular_residual residual(problem);
    const Tail tail = follow_tail_until(problem, options, [&](const Tail::Point& p) { return norm_of(residual(p.direction, pull(problem, weights(p)))); });
    const number::precision_scope scope(tail.bits);
    set_horizon(report, tail);
    report.hypotheses.push_back(judge_pull(problem, tail, options.digits));
    std::vector<Vector> direction, singular, stationary;
    if (setting.decomposition.exists()) setting.decomposition = flow::decompose(problem.model);  // in the precision of the tail
    for (const Tail::Point& p : tail.points) {
        direction.push_back(p.predictor);
        singular.push_back(residual(p.direction, pull(problem, weights(p))));
        if (setting.decomposition.exists()) stationary.push_back(stationarity(problem, setting.decomposition, p));
    }
    const Slack_rates rates = depth == 2 && setting.decomposition.exists() && problem.model.layers_couple == model::coupling::entrywise ? slack_rates(problem, margin) : Slack_rates{};
    const auto vanishes = [&](const char* id, const std::vector<Vector>& values, const char* what, const std::string& rate) {
        ClaimResult result = judge_limit({id, claim(id).text, values, Vector(values.front().size(), Real(0)), what, rate}, tail, options.digits);
        result.measured = {};
        result.predicted = "residual 0";
        report.claims.push_back(std::move(result));
    };
    report.claims.push_back(judge_decay("Y2.1", claim("Y2.1").text, rates.product, tail, options.digits));
    if (report.hypotheses.back().verdict == Verdict::holds)
        vanishes("Y1", singular, "residual of the equations of singular vectors", rates.layers);
    else
        report.claims.push_back(not_met(claim("Y1"), report.hypotheses.back()));
    if (!stationary.empty()) vanishes("Y2.4", stationary, "residual of the first-order conditions", rates.product);

    if (depth == 2 && setting.decomposition.exists() && problem.model.layers_couple != model::coupling::multilinear) {
        const convex::Solution nearest = problem.model.layers_couple == model::coupling::circular ? limit::predict(problem, options.digits + 10).solution : margin;
        if (nearest.status == convex::Status::optimal && nearest.certificate.unique) {
            Vector predicted;
            for (const Ball& w : nearest.point(options.digits + 20)) predicted.push_back(w.midpoint());
            report.claims.push_back(judge_limit({"Y2", claim("Y2").text, direction, flow::normalized(predicted), "β/|β|", rates.product}, tail, options.digits));
        }
    }
    if (depth == 2 && problem.data.samples() == 1) judge_two_layers(problem, tail, options.digits, report);
    if (depth >= 3 && problem.data.samples() == 1 && problem.model.layers_couple == model::coupling::entrywise && starts_equal(problem))
        judge_race(problem, tail, direction, options.digits, report);
}

}  // namespace eonflow::verify::yun
