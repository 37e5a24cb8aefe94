#include <verify/theorems/frei_2023.hpp>

#include <verify/judge.hpp>

#include <eonflow/flow/integrate.hpp>
#include <eonflow/number/ball.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/spectrum.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>

// The bounds, with a_j = +-1/sqrt(m). Every step adds to w_j multiples of a_j y_i x_i, so that w_j(t) - w_j(0) = a_j sum_i c_ij y_i x_i with slope C_i <= c_ij <= C_i, whatever the
// losses are. With S = sum C_i^2 |x_i|^2 and e = n max|<x_i, x_k>|/R_min^2: |W_t - W_0|_F^2 <= (1 + e) S and |(W_t - W_0)^T a|^2 >= (slope^2 - e) S.
// The loss: |grad|_F >= <-grad, V>/|V| with V_j = a_j sum_k y_k x_k gives |grad| >= slope R_min^2 (1 - e) G/(sqrt(n (1 + e)) R_max), G = mean of -l'(q_i); each step of a size below
// 1/(R_max^2 (1/4 + H)) lowers the loss by at least half the step times |grad|^2, so that some iterate s < t has G_s^2 <= 2 loss(0) .../(step (t - 1)); and loss <= 2 G where all margins are positive.

namespace eonflow::verify::frei {

using limit::Geometry;
using limit::Leaky_network;
using number::Ball;
using number::Matrix;
using number::Rational;
using number::Real;

namespace {

constexpr std::int64_t shown_digits = 6;
constexpr std::int64_t bits = 256;

Rational count(std::size_t n) { return Rational(static_cast<unsigned long>(n)); }

std::string shown(const Ball& x) { return number::to_decimal(x.midpoint(), shown_digits); }
std::string shown(const Rational& x) { return shown(Ball(x)); }

/// What all bounds are made of, in the scaling a = 1/sqrt(m) and for the mean loss.
struct Setting {
    Geometry geometry;
    std::size_t samples, features, units;
    Rational slope, curvature, step, output_square;
    bool smooth;

    [[nodiscard]] Rational spread() const { return 10 * geometry.ratio() / (slope * slope) + 10; }  // C_R
    [[nodiscard]] Rational overlap() const { return count(samples) * geometry.overlap / geometry.shortest; }  // epsilon
};

Setting setting_of(const flow::Problem& problem, const Leaky_network& network) {
    const bool smooth = problem.model.family == "smooth_leaky_relu";
    Setting s{limit::geometry_of(problem.data.X), problem.data.samples(), problem.data.features(), problem.model.output.size(), network.slope, (1 - network.slope) / 4, 0, output_square(problem), smooth};
    s.step = *problem.descent_step * s.output_square;
    if (problem.loss.reduce == model::reduction::sum) s.step *= count(s.samples);
    return s;
}

HypothesisResult compared(const char* id, const char* name, const Ball& value, const Ball& limit, const std::string& quantity) {
    const Ball room = limit - value;
    const Verdict verdict = room.is_negative() ? Verdict::hypotheses_not_met : room.is_finite() && (room.is_positive() || room.radius() == 0) ? Verdict::holds : Verdict::inconclusive_precision;
    return {id, name, verdict, quantity + " = " + shown(value) + ", accepted up to " + shown(limit)};
}

std::vector<HypothesisResult> judge_setting(const flow::Problem& problem, const Setting& s) {
    std::vector<HypothesisResult> results;
    const Rational gamma_square = s.slope * s.slope, needed = 5 * s.spread() * count(s.samples) * s.geometry.overlap / gamma_square;
    results.push_back({"H3", "nearly orthogonal (descent)", s.geometry.shortest >= needed ? Verdict::holds : Verdict::hypotheses_not_met,
                       "exact: R_min² = " + shown(s.geometry.shortest) + ", needed are " + shown(needed)});
    results.push_back({"H4", "smooth activation", s.smooth ? Verdict::holds : Verdict::hypotheses_not_met, s.smooth ? "H = (1 − γ)/4 = " + shown(s.curvature) : "φ has a kink at 0"});
    const Rational most = gamma_square / (5 * count(s.samples) * s.geometry.longest * s.geometry.ratio() * s.spread() * std::max(Rational(1), s.curvature));
    results.push_back({"H5", "small step", s.step <= most ? Verdict::holds : Verdict::hypotheses_not_met, "exact: step " + shown(s.step) + ", accepted up to " + shown(most)});
    Rational square = 0;
    for (const Rational& w : problem.initial) square += w * w;
    const Rational entries = count(s.units * s.features);
    const Ball omega = sqrt(Ball(square * s.output_square / entries));
    const Ball room = Ball(s.step * gamma_square) * sqrt(Ball(s.geometry.shortest)) /
                      (Ball(72 * s.spread() * count(s.samples)) * sqrt(Ball(s.geometry.ratio()) * Ball(entries) * log(Ball(400 * count(s.units)))));
    results.push_back(compared("H6", "small start", omega, room, "ω"));
    return results;
}

/// An iterate in balls of its verified digits.
struct Iterate {
    std::int64_t step = 0;
    Matrix<Ball> W;
    std::vector<Ball> margins;
    Ball loss;  ///< the mean
};

Ball activation(const Ball& u, const Setting& s) {
    if (s.smooth) return Ball(s.slope) * u + Ball(1 - s.slope) * log((Ball(1) + exp(u)) / Ball(2));
    if (u.is_positive()) return u;
    if (u.is_negative()) return Ball(s.slope) * u;
    return u * Ball(Real(1), Real(1));  // slopes from 0 to 2, and so both
}

Iterate iterate_of(const flow::Problem& problem, const Setting& s, const flow::Sample& sample, std::int64_t step) {
    Iterate it{step, Matrix<Ball>(s.units, s.features), {}, Ball(0)};
    for (std::size_t k = 0; k < sample.parameters.size(); ++k) {
        const flow::verified& p = sample.parameters[k];
        it.W.entries()[k] = Ball(p.value, abs(p.value) * pow(Real(10), -p.digits));
    }
    const Ball scale = problem.model.normalised ? sqrt(Ball(Rational(1) / count(s.units))) : Ball(1);
    for (std::size_t i = 0; i < s.samples; ++i) {
        Ball f;
        for (std::size_t j = 0; j < s.units; ++j) {
            Ball u;
            for (std::size_t k = 0; k < s.features; ++k) u += it.W(j, k) * Ball(problem.data.X(i, k));
            f += Ball(problem.model.output[j]) * activation(u, s);
        }
        it.margins.push_back(Ball(problem.data.y[i]) * scale * f);
        it.loss += log1p(exp(-it.margins.back())) / Ball(count(s.samples));
    }
    return it;
}

Ball square_norm(const Matrix<Ball>& W) {
    Ball sum;
    for (const Ball& w : W.entries()) sum += w * w;
    return sum;
}

/// At least the stable rank: |W u|/|u| is at most the largest singular value for any u, and nearly it for the computed singular vector.
Ball stable_rank(const Matrix<Ball>& W) {
    Matrix<Real> middle(W.rows(), W.columns());
    for (std::size_t k = 0; k < W.entries().size(); ++k) middle.entries()[k] = W.entries()[k].midpoint();
    const Matrix<Real> right = number::singular_value_decomposition(middle).right;
    Ball image, length;
    for (std::size_t i = 0; i < W.rows(); ++i) {
        Ball sum;
        for (std::size_t j = 0; j < W.columns(); ++j) sum += W(i, j) * Ball(right(j, 0));
        image += sum * sum;
    }
    for (std::size_t j = 0; j < W.columns(); ++j) length += Ball(right(j, 0)) * Ball(right(j, 0));
    return square_norm(W) * length / image;
}

bool is_checkpoint(std::int64_t step, std::int64_t last) {
    std::int64_t decade = 1;
    while (decade * 10 <= step) decade *= 10;
    return step == last || step == decade || step == 2 * decade || step == 5 * decade;
}

ClaimResult judge_stable_rank(const std::vector<Iterate>& iterates, const Setting& s) {
    ClaimResult result{"F2.1", claim("F2.1").text, Verdict::holds, {}, {}, {}, {}, {}};
    const Matrix<Ball>& start = iterates.front().W;
    const Ball at_start = sqrt(square_norm(start)), above = sqrt(Ball(1 + s.overlap())), below = sqrt(Ball(s.slope * s.slope - s.overlap()));
    Ball largest;
    std::string history;
    for (const Iterate& it : iterates) {
        if (it.step == 0 || !is_checkpoint(it.step, iterates.back().step)) continue;
        Matrix<Ball> moved = it.W;
        for (std::size_t k = 0; k < moved.entries().size(); ++k) moved.entries()[k] -= start.entries()[k];
        const Ball share = at_start * above / sqrt(square_norm(moved));
        const Ball least = below - share, root = (above + share) / least, bound = root * root, rank = stable_rank(it.W);
        if (!least.is_positive() || !(bound - rank).is_positive()) result.verdict = Verdict::inconclusive_precision;
        if (it.step == 1) result.predicted = "at most " + shown(bound) + " after one step";
        if ((rank - largest).is_positive()) largest = rank;
        history += (history.empty() ? "" : ", ") + std::to_string(it.step) + ": " + shown(rank);
    }
    result.measured = "at most " + shown(largest);
    result.evidence = "stable rank at step " + history;
    return result;
}

ClaimResult judge_loss(const std::vector<Iterate>& iterates, const Setting& s) {
    ClaimResult result{"F2.2", claim("F2.2").text, Verdict::holds, {}, {}, {}, {}, {}};
    const Rational gamma_square = s.slope * s.slope, e = s.overlap();
    // step * R_max^2 (1/4 + H) <= 1 makes every step a descent; H5 is stronger.
    bool proved = s.step * s.geometry.longest * (Rational(1, 4) + s.curvature) <= 1;
    const Ball constant = Ball(8) * iterates.front().loss * Ball(s.geometry.ratio() * (1 + e) / (gamma_square * (1 - e) * (1 - e)));
    for (const Iterate& it : iterates) {
        if (it.step == 0) continue;
        proved = proved && std::all_of(it.margins.begin(), it.margins.end(), [](const Ball& q) { return q.is_positive(); });
        if (it.step < 2) continue;
        const Ball bound = sqrt(constant * Ball(count(s.samples) / (s.geometry.shortest * s.step * Rational(it.step - 1))));
        proved = proved && (bound - it.loss).is_positive();
        if (&it == &iterates.back()) result.predicted = "at most " + shown(bound) + " at step " + std::to_string(it.step);
    }
    result.measured = shown(iterates.back().loss);
    result.evidence = proved ? "below the bound, and all margins positive, at each of " + std::to_string(iterates.size() - 1) + " iterates" : "a margin is not positive for certain, or a loss not below the bound";
    if (!proved) result.verdict = Verdict::inconclusive_precision;
    return result;
}

ClaimResult judge_growth(const std::vector<Iterate>& iterates, const Setting& s) {
    ClaimResult result{"F2.3", claim("F2.3").text, Verdict::holds, {}, {}, {}, {}, {}};
    const Ball radius = sqrt(Ball(s.geometry.longest)), scale = sqrt(Ball(s.output_square));
    std::size_t judged = 0;
    for (const Iterate& it : iterates) {
        const Ball bound = -log(expm1(Ball(count(s.samples)) * it.loss)) / radius, norm = scale * sqrt(square_norm(it.W));
        if (!bound.is_positive()) continue;
        ++judged;
        if (!(norm - bound).is_positive()) result.verdict = Verdict::inconclusive_precision;
        result.measured = shown(norm) + " at step " + std::to_string(it.step);
        result.predicted = "at least " + shown(bound);
    }
    if (judged == 0) result.verdict = Verdict::inconclusive_horizon;
    result.evidence = "the bound says something at " + std::to_string(judged) + " of " + std::to_string(iterates.size()) + " iterates";
    return result;
}

}  // namespace

void judge_descent(const flow::Problem& original, const Leaky_network& network, const CheckOptions& options, Report& report) {
    flow::Problem problem = original;
    const Setting setting = setting_of(problem, network);
    const number::precision_scope scope(bits);
    report.hypotheses = judge_setting(problem, setting);

    problem.digits = options.digits;
    const Rational steps = problem.stop.time.value_or(0) / *problem.descent_step;
    if (problem.loss.kind != model::loss_kind::logistic || steps < 2)
        throw invalid_input("F2 is about the logistic loss, and needs a \"stop\" \"time\" of at least two steps", "/stop/time");
    problem.times.clear();
    const auto last = static_cast<std::int64_t>(number::Integer(numerator(steps) / denominator(steps)).convert_to<std::int64_t>());
    for (std::int64_t k = 0; k < last; ++k) problem.times.emplace_back(*problem.descent_step * Rational(k));
    flow::IntegrateOptions run;
    if (options.progress) run.progress = [&](const flow::Progress& p) { options.progress(p.phase + ", " + p.detail); };
    const flow::Trajectory trajectory = flow::integrate(problem, run);
    std::vector<Iterate> iterates;
    std::int64_t digits = options.digits;
    for (std::size_t k = 0; k < trajectory.samples.size(); ++k) {
        iterates.push_back(iterate_of(problem, setting, trajectory.samples[k], static_cast<std::int64_t>(k)));
        digits = std::min(digits, trajectory.samples[k].verified_digits);
    }
    report.log10_time = number::to_decimal(trajectory.samples.back().log10_time.value, shown_digits);

    // The derivation of the stable rank takes any leaky activation and any step.
    const std::vector<std::vector<std::size_t>> needed = {{0, 3}, {0, 1, 2, 3}, {0, 1, 2, 3}};
    const std::vector<ClaimResult> results = {judge_stable_rank(iterates, setting), judge_loss(iterates, setting), judge_growth(iterates, setting)};
    for (std::size_t c = 0; c < results.size(); ++c) {
        ClaimResult result = results[c];
        result.verified_digits = digits;
        for (const std::size_t h : needed[c]) {
            const HypothesisResult& hypothesis = report.hypotheses[h];
            if (hypothesis.verdict == Verdict::holds || result.verdict == Verdict::hypotheses_not_met) continue;
            result.evidence = not_met(claim(result.id), hypothesis).evidence + "; " + result.evidence;
            result.verdict = hypothesis.verdict;
        }
        report.claims.push_back(std::move(result));
    }
}

}  // namespace eonflow::verify::frei
