#include <verify/judge.hpp>

#include <eonflow/flow/observe.hpp>
#include <eonflow/number/linear.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>

namespace eonflow::verify {

using number::Matrix;
using number::Rational;
using number::Real;
using number::Vector;

namespace {

constexpr std::int64_t shown_digits = 12;

/// A value with the digits its error estimate leaves, at most shown_digits.
std::string with_error(const Extrapolated& e) {
    if (e.error == 0) return number::to_decimal(e.value, shown_digits);
    const std::int64_t digits = number::agreeing_digits(e.value, e.value + e.error, shown_digits);
    return number::to_decimal(e.value, std::max<std::int64_t>(digits, 1)) + " ± " + number::to_decimal(e.error, 1);
}

std::string listed(const Vector& values, std::int64_t digits) {
    std::string text;
    for (const Real& v : values) text += (text.empty() ? "" : ", ") + number::to_decimal(v, std::clamp<std::int64_t>(digits, 1, shown_digits));
    return values.size() == 1 ? text : "(" + text + ")";
}

Matrix<Rational> rows_of(const Matrix<Rational>& X, const std::vector<std::size_t>& chosen) {
    Matrix<Rational> rows(chosen.size(), X.columns());
    for (std::size_t k = 0; k < chosen.size(); ++k) std::copy_n(X.row(chosen[k]).begin(), X.columns(), rows.row(k).begin());
    return rows;
}

}  // namespace

Vector log_inverse_loss(const Tail& tail) {
    Vector sigma;
    for (const Tail::Point& p : tail.points) sigma.push_back(-p.log_loss);
    return sigma;
}

HypothesisResult judge_separability(const std::string& id, const convex::Solution& margin) {
    HypothesisResult result{id, "linearly separable", Verdict::inconclusive_precision, margin.message};
    if (margin.status == convex::Status::optimal) {
        Rational square = 0;
        for (const Rational& w : margin.certificate.point.rationals()) square += w * w;
        const number::precision_scope scope(128);
        result.verdict = Verdict::holds;
        result.evidence = "an exact w with y<x,w> >= 1 for every sample; margin 1/|w| = " + number::to_decimal(1 / sqrt(number::to_real(square)), shown_digits) + ", " +
                          std::to_string(margin.certificate.support.size()) + " support vectors";
    } else if (margin.status == convex::Status::infeasible) {
        result.verdict = Verdict::hypotheses_not_met;
        result.evidence = "an exact Farkas vector: nonnegative weights under which the y_i x_i sum to zero";
    }
    return result;
}

HypothesisResult judge_span(const std::string& id, const flow::Problem& problem, const convex::Solution& margin) {
    std::vector<std::size_t> chosen = margin.certificate.support;
    chosen.insert(chosen.end(), margin.certificate.weakly_active.begin(), margin.certificate.weakly_active.end());
    const std::size_t of_support = number::rank(rows_of(problem.data.X, chosen)), of_all = number::rank(problem.data.X);
    return {id, "support vectors span the data", of_support == of_all ? Verdict::holds : Verdict::hypotheses_not_met,
            "exact ranks: " + std::to_string(of_support) + " of the support vectors, " + std::to_string(of_all) + " of all samples, in dimension " + std::to_string(problem.data.features())};
}

ClaimResult judge_limit(const LimitClaim& claim, const Tail& tail, std::int64_t digits) {
    ClaimResult result{claim.id, claim.name, Verdict::inconclusive_horizon, {}, {}, listed(claim.predicted, shown_digits), {}, {}};
    const Vector small = tail.small();
    Vector distances;
    for (const Vector& v : claim.values) {
        Real square(0);
        for (std::size_t i = 0; i < v.size(); ++i) square += (v[i] - claim.predicted[i]) * (v[i] - claim.predicted[i]);
        distances.push_back(sqrt(square));
    }
    // Rounding in an observable such as a singular vector stays within 16 bits of the working precision.
    const Real rounding = number::epsilon(tail.bits - 16);
    if (std::all_of(distances.begin(), distances.end(), [&](const Real& d) { return d <= rounding; })) {
        result.verdict = Verdict::holds;
        result.verified_digits = tail.verified_digits;
        result.measured = result.predicted;
        result.evidence = claim.quantity + " has its limit value at every point, to the working precision";
        return result;
    }

    Real off(0), error(0);
    Vector limit;
    for (std::size_t i = 0; i < claim.predicted.size(); ++i) {
        Vector component;
        for (const Vector& v : claim.values) component.push_back(v[i]);
        const Extrapolated e = extrapolate_to_zero(small, component);
        limit.push_back(e.value);
        off = std::max(off, Real(abs(e.value - claim.predicted[i])));
        error = std::max(error, e.error);
    }
    // The points themselves are known to so many digits only.
    error = std::max(error, Real(pow(Real(10), -tail.verified_digits)));
    const bool agrees = off <= error;
    const Real uncertainty = std::max(off, error);
    const std::int64_t verified = uncertainty == 0 ? tail.verified_digits : std::max<std::int64_t>(0, std::min(tail.verified_digits, number::agreeing_digits(Real(1), 1 + uncertainty, tail.verified_digits)));
    result.verified_digits = verified;
    result.measured = listed(limit, verified);
    result.evidence = claim.quantity + ": extrapolated over " + std::to_string(tail.points.size()) + " points to log(1/loss) = " + number::to_decimal(-tail.points.back().log_loss, 6) +
                      ", estimated error " + number::to_decimal(error, 2) + ", distance from the prediction " + number::to_decimal(off, 2) + ", last distance of the flow itself " +
                      number::to_decimal(distances.back(), 2);

    bool rate_agrees = true;
    if (!claim.predicted_rate.empty() && std::none_of(distances.begin(), distances.end(), [](const Real& d) { return d == 0; })) {
        const Extrapolated rate = extrapolated_exponent(log_inverse_loss(tail), distances, small);
        rate_agrees = rate.value - number::to_real(number::parse_rational(claim.predicted_rate)) <= rate.error;
        result.rate = Rate{with_error(rate), claim.predicted_rate};
    }
    if (agrees && rate_agrees && verified >= digits) result.verdict = Verdict::holds;
    return result;
}

ClaimResult judge_growth(const std::string& id, const std::string& name, const std::string& quantity, const std::vector<Vector>& values, const std::string& predicted_rate, const Tail& tail) {
    ClaimResult result{id, name, Verdict::inconclusive_horizon, {}, {}, "exponent " + predicted_rate, {}, {}};
    const Real predicted = number::to_real(number::parse_rational(predicted_rate));
    bool agrees = true;
    for (std::size_t i = 0; i < values.front().size(); ++i) {
        Vector component;
        for (const Vector& v : values) component.push_back(v[i]);
        const Extrapolated rate = extrapolated_exponent(log_inverse_loss(tail), component, tail.small());
        agrees = agrees && abs(rate.value - predicted) <= rate.error;
        result.measured += (i == 0 ? "exponent " : ", ") + with_error(rate);
        if (i == 0) result.rate = Rate{with_error(rate), predicted_rate};
    }
    result.evidence = quantity + " against log(1/loss), up to " + number::to_decimal(-tail.points.back().log_loss, 6);
    if (agrees) result.verdict = Verdict::holds;
    return result;
}

ClaimResult not_met(const Statement& claim, const HypothesisResult& failed) {
    return {claim.id, claim.text, failed.verdict == Verdict::hypotheses_not_met ? Verdict::hypotheses_not_met : failed.verdict, {}, {}, {}, "hypothesis " + failed.id + " (" + failed.name + ") is not met", {}};
}

ClaimResult combined(const std::string& id, const std::string& name, const std::vector<ClaimResult>& parts) {
    Report all;
    all.claims = parts;
    ClaimResult result = parts.front();
    result.id = id;
    result.name = name;
    result.verdict = all.overall();
    for (std::size_t k = 1; k < parts.size(); ++k) {
        result.evidence += "; " + parts[k].evidence;
        if (parts[k].verified_digits && (!result.verified_digits || *parts[k].verified_digits < *result.verified_digits)) result.verified_digits = parts[k].verified_digits;
        if (!result.rate) result.rate = parts[k].rate;
        if (parts[k].verdict == result.verdict && parts.front().verdict != result.verdict) result.measured = parts[k].measured;
    }
    return result;
}

}  // namespace eonflow::verify
