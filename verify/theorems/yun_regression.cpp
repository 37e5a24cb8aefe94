#include <verify/theorems/yun_2021.hpp>

#include <eonflow/flow/observe.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/linear.hpp>
#include <eonflow/number/spectrum.hpp>
#include <eonflow/number/text.hpp>

#include <boost/math/tools/toms748_solve.hpp>

#include <algorithm>

namespace eonflow::verify::yun {

using number::Ball;
using number::Matrix;
using number::Rational;
using number::Real;
using number::Vector;

namespace {

/// lambda_min of X X^T.
Real least_square_singular_value(const number::Matrix<Rational>& X) {
    number::Matrix<Real> x(X.rows(), X.columns());
    for (std::size_t i = 0; i < X.rows(); ++i)
        for (std::size_t j = 0; j < X.columns(); ++j) x(i, j) = number::to_real(X(i, j));
    const Vector values = number::singular_value_decomposition(x).values;
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

Matrix<Rational> times_transposed(const Matrix<Rational>& a, const Matrix<Rational>& b) {
    Matrix<Rational> c(a.rows(), b.rows());
    for (std::size_t i = 0; i < a.rows(); ++i)
        for (std::size_t j = 0; j < b.rows(); ++j)
            for (std::size_t k = 0; k < a.columns(); ++k) c(i, j) += a(i, k) * b(j, k);
    return c;
}

/// The diagonal network in the coordinates e_l = U_l^T v_l, on the data X S^T: the flow of e is its flow.
flow::Problem in_components(const flow::Problem& problem, const flow::Decomposition& decomposition) {
    flow::Problem result = problem;
    result.data.X = times_transposed(problem.data.X, decomposition.exact_S);
    result.model = model::diagonal(decomposition.components(), problem.model.layers.size());
    result.initial.clear();
    for (std::size_t l = 0; l < problem.model.layers.size(); ++l)
        for (std::size_t j = 0; j < decomposition.components(); ++j) {
            Rational e = 0;
            for (std::size_t i = 0; i < decomposition.exact_U[l].rows(); ++i) e += decomposition.exact_U[l](i, j) * problem.initial[problem.model.layers[l].offset + i];
            result.initial.push_back(std::move(e));
        }
    return result;
}

/// S^T rho.
std::vector<Ball> predictor_of(const Matrix<Rational>& S, const std::vector<Ball>& rho) {
    std::vector<Ball> beta(S.columns());
    for (std::size_t j = 0; j < S.rows(); ++j)
        for (std::size_t k = 0; k < S.columns(); ++k) beta[k] += Ball(S(j, k)) * rho[j];
    return beta;
}

}  // namespace

void check_potential(const flow::Problem& problem, const Setting& setting, const CheckOptions& options, Report& report) {
    const bool diagonal = problem.model.layers_couple == model::coupling::entrywise;
    const flow::Problem components = diagonal ? problem : in_components(problem, setting.decomposition);
    const std::size_t rank = number::rank(components.data.X);
    report.hypotheses.push_back(hypothesis("H3", rank == problem.data.samples(), "exact rank " + std::to_string(rank)));
    if (rank != problem.data.samples()) {
        for (const char* id : {"Y4", "Y4.1", "Y4.2", "Y4.3", "Y4.4", "Y4.5"}) report.claims.push_back(not_met(claim(id), report.hypotheses.back()));
        return;
    }
    const std::int64_t digits = options.digits;
    const convex::Solution minimizer = limit::predict(components, digits + 10).solution;
    const Settled flow = follow_until_settled(problem, digits, options);
    record_horizon(report, flow);
    std::vector<Ball> predicted;
    {
        const number::precision_scope scope(flow.bits);
        predicted = predictor_of(setting.decomposition.exact_S, minimizer_of(minimizer, flow, digits + 10));
    }
    report.claims.push_back(judge_agreement(claim("Y4"), flow, flow.beta.back(), predicted, digits));
    if (diagonal) {
        report.claims.push_back(judge_rate(problem, flow, setting.gap, digits));
        report.claims.push_back(judge_kkt(claim("Y4.2"), problem, flow, minimizer, digits));
        if (auto dual = judge_dual(claim("Y4.3"), problem, flow, digits)) report.claims.push_back(std::move(*dual));
    }
    report.claims.push_back(judge_losses(claim("Y4.4"), problem, predicted, digits, options));
    report.claims.push_back(judge_fit(claim("Y4.5"), problem, flow, digits));
}

namespace {

/// (v_1, v_2)(nu) = exp(nu [0, M; M^T, 0]) (v_1, v_2)(0) in the singular bases of M.
class Curve {
public:
    Curve(const flow::Problem& problem, const Matrix<Rational>& M) : rows_(M.rows()), columns_(M.columns()) {
        Matrix<Real> rounded(rows_, columns_);
        for (std::size_t i = 0; i < rows_; ++i)
            for (std::size_t j = 0; j < columns_; ++j) rounded(i, j) = number::to_real(M(i, j));
        spectrum_ = number::singular_value_decomposition(rounded);
        for (const Rational& v : problem.initial) start_.push_back(number::to_real(v));
        for (std::size_t k = 0; k < spectrum_.values.size(); ++k) {
            Real first(0), second(0);
            for (std::size_t i = 0; i < rows_; ++i) first += spectrum_.left(i, k) * start_[i];
            for (std::size_t j = 0; j < columns_; ++j) second += spectrum_.right(j, k) * start_[rows_ + j];
            e1_.push_back(std::move(first));
            e2_.push_back(std::move(second));
        }
    }

    /// The largest |s (e_1 + sign e_2)_j|: without such a part f cannot grow without bound to the side of `sign`.
    [[nodiscard]] Real reach(int sign) const {
        Real most(0);
        for (std::size_t k = 0; k < e1_.size(); ++k) most = std::max(most, Real(spectrum_.values[k] * abs(e1_[k] + sign * e2_[k])));
        return most;
    }

    /// f at nu, increasing in nu.
    [[nodiscard]] Real prediction(const Real& nu) const {
        Real sum(0);
        for (std::size_t k = 0; k < e1_.size(); ++k) {
            const Real angle = 2 * spectrum_.values[k] * nu;
            sum += spectrum_.values[k] * ((e1_[k] * e1_[k] + e2_[k] * e2_[k]) / 2 * sinh(angle) + e1_[k] * e2_[k] * cosh(angle));
        }
        return sum;
    }

    /// The nu with prediction(nu) = f, to the working precision; no bound claimed.
    [[nodiscard]] Real parameter(const Real& f) const {
        const auto off = [&](const Real& nu) { return prediction(nu) - f; };
        Real low(-1), high(1);
        constexpr int most_doublings = 60;
        for (int k = 0; off(low) > 0 || off(high) < 0; ++k) {
            if (k == most_doublings) throw numerical_error("the prediction does not reach the label along the curve of Y5");
            low *= 2;
            high *= 2;
        }
        std::uintmax_t iterations = 1000;
        const Real resolution = number::epsilon(number::working_bits() - 4);
        const auto close = [&](const Real& a, const Real& b) { return abs(b - a) <= resolution * std::max(Real(abs(a)), Real(abs(b))); };
        const auto bracket = boost::math::tools::toms748_solve(off, low, high, close, iterations);
        return (bracket.first + bracket.second) / 2;
    }

    [[nodiscard]] std::vector<Ball> at(const Real& nu) const {
        Vector v = start_;
        for (std::size_t k = 0; k < e1_.size(); ++k) {
            const Real angle = spectrum_.values[k] * nu, c = cosh(angle) - 1, s = sinh(angle);
            for (std::size_t i = 0; i < rows_; ++i) v[i] += spectrum_.left(i, k) * (c * e1_[k] + s * e2_[k]);
            for (std::size_t j = 0; j < columns_; ++j) v[rows_ + j] += spectrum_.right(j, k) * (c * e2_[k] + s * e1_[k]);
        }
        return {v.begin(), v.end()};
    }

private:
    std::size_t rows_, columns_;
    number::Spectrum spectrum_;
    Vector start_, e1_, e2_;
};

}  // namespace

void check_two_layer_regression(const flow::Problem& problem, const CheckOptions& options, Report& report) {
    const std::int64_t digits = options.digits;
    const Matrix<Rational> M = bilinear_form(problem, problem.data.X.row(0));
    const Real reach = Curve(problem, M).reach(problem.data.y[0] < 0 ? -1 : 1);
    report.hypotheses.push_back(hypothesis("H8", reach > number::power_of_two(-number::working_bits() / 2), "the largest s_j |e₁ ± e₂|_j is " + number::to_decimal(reach, 6)));
    if (report.hypotheses.back().verdict != Verdict::holds) {
        for (const char* id : {"Y5", "Y5.1"}) report.claims.push_back(not_met(claim(id), report.hypotheses.back()));
        return;
    }
    const Settled flow = follow_until_settled(problem, digits, options);
    record_horizon(report, flow);
    const number::precision_scope scope(flow.bits);
    const Curve curve(problem, M);
    report.claims.push_back(judge_agreement(claim("Y5"), flow, last_parameters(flow), curve.at(curve.parameter(number::to_real(problem.data.y[0]))), digits));

    // At each sample nu is read off the prediction, and the layers are compared: as many equations as parameters, less one.
    std::vector<ClaimResult> parts;
    for (const flow::Sample& sample : flow.trajectory.samples) {
        std::vector<Ball> theta;
        Real f(0);
        for (const flow::verified& p : sample.parameters) theta.emplace_back(p.value, abs(p.value) * pow(Real(10), -p.digits));
        for (std::size_t i = 0; i < M.rows(); ++i)
            for (std::size_t j = 0; j < M.columns(); ++j) f += number::to_real(M(i, j)) * sample.parameters[i].value * sample.parameters[M.rows() + j].value;
        parts.push_back(judge_agreement(claim("Y5.1"), flow, theta, curve.at(curve.parameter(f)), digits));
    }
    ClaimResult all = combined("Y5.1", claim("Y5.1").text, parts);
    all.measured = all.predicted = {};
    all.evidence = "compared at " + std::to_string(parts.size()) + " samples";
    report.claims.push_back(std::move(all));
}

}  // namespace eonflow::verify::yun
