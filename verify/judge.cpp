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
constexpr std::int64_t readable_factor = 10'000'000;  // leaves 7 digits of the distance, so 6 or more of the exponent

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

namespace {

/// The decimal logarithm of positive values along the tail against log10 log10 t, from t = 10 on.
Curve curve_of(const std::string& name, const Vector& values, const Real& least, const Tail& tail) {
    Curve curve{name, "log₁₀ log₁₀ t", "log₁₀ " + name, {}, {}};
    for (std::size_t k = 0; k < values.size(); ++k) {
        const Real decades = tail.points[k].log_time / log(Real(10));
        if (!(decades > 1) || !(values[k] > least)) continue;
        curve.x.push_back(number::to_decimal(log10(decades), shown_digits));
        curve.y.push_back(number::to_decimal(log10(values[k]), shown_digits));
    }
    return curve;
}

}  // namespace

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
    Vector distances;
    for (const Vector& v : claim.values) {
        Real square(0);
        for (std::size_t i = 0; i < v.size(); ++i) square += (v[i] - claim.predicted[i]) * (v[i] - claim.predicted[i]);
        distances.push_back(sqrt(square));
    }
    const Real noise = pow(Real(10), -tail.verified_digits);
    const Real last = std::max(distances.back(), noise);
    const std::int64_t verified = number::agreeing_digits(Real(1), 1 + last, tail.verified_digits);
    result.verified_digits = verified;
    result.measured = listed(claim.values.back(), verified);
    result.evidence = claim.quantity + ": distance " + number::to_decimal(distances.back(), 2) + " at |θ| = " + number::to_decimal(exp(tail.points.back().r), 2) + ", " +
                      number::to_decimal(distances.front(), 2) + " at |θ| = " + number::to_decimal(exp(tail.points.front().r), 2);

    result.curves.push_back(curve_of("|" + claim.quantity + " − limit|", distances, noise, tail));

    // Exponents are read where the distance stands far enough above the rounding.
    std::vector<std::size_t> readable;
    for (std::size_t k = 0; k < distances.size() && distances[k] > noise * readable_factor; ++k) readable.push_back(k);
    bool falls = true;
    if (readable.size() >= 3) {
        Vector sigma, e, small;
        for (const std::size_t k : readable) {
            sigma.push_back(tail.points[k].log_inverse_loss);
            e.push_back(distances[k]);
            small.push_back(exp(-tail.points[k].r));
        }
        Extrapolated rate = extrapolated_exponent(sigma, e, small);
        // What the rounding of the two last distances can do to the slope between them.
        rate.error += 2 * noise / (e.back() * log(sigma.back() / sigma[sigma.size() - 2]));
        falls = rate.value - (claim.predicted_rate.empty() ? Real(0) : number::to_real(number::parse_rational(claim.predicted_rate))) <= rate.error;
        if (10 * rate.error < abs(rate.value)) result.rate = Rate{with_error(rate), claim.predicted_rate};  // else it falls faster than any power, or oscillates
    }
    if (falls && verified >= digits)
        result.verdict = Verdict::holds;
    else if (tail.verified_digits < digits)
        result.verdict = Verdict::inconclusive_precision;
    return result;
}

ClaimResult judge_decay(const std::string& id, const std::string& name, const std::string& predicted_rate, const Tail& tail, std::int64_t digits) {
    std::vector<Vector> constant;
    for (const Tail::Point& p : tail.points) {
        const Real slope = number::to_real(tail.degree) * p.log_inverse_loss * exp(-p.r);
        constant.push_back({exp(p.log_time_loss) * slope * slope});
    }
    return judge_limit({id, name, std::move(constant), {Real(1)}, "t · loss · (L log(1/loss)/|θ|)²", predicted_rate}, tail, digits);
}

std::string decay_rate(const Rational& degree) { return number::to_text(degree > 2 ? Rational(-2 / degree) : Rational(-1)); }

ClaimResult judge_growth(const std::string& id, const std::string& name, const std::string& quantity, const std::vector<Vector>& values, const std::string& predicted_rate, const Tail& tail) {
    ClaimResult result{id, name, Verdict::inconclusive_horizon, {}, {}, "exponent " + predicted_rate, {}, {}};
    const Real predicted = number::to_real(number::parse_rational(predicted_rate));
    bool agrees = true;
    for (std::size_t i = 0; i < values.front().size(); ++i) {
        Vector component;
        for (const Vector& v : values) component.push_back(v[i]);
        const Extrapolated rate = extrapolated_exponent(tail.log_inverse_loss(), component, tail.small());
        agrees = agrees && abs(rate.value - predicted) <= rate.error;
        result.measured += (i == 0 ? "exponent " : ", ") + with_error(rate);
        if (i == 0) result.rate = Rate{with_error(rate), predicted_rate};
        result.curves.push_back(curve_of(quantity + (values.front().size() == 1 ? "" : " (" + std::to_string(i + 1) + ")"), component, Real(0), tail));
    }
    result.evidence = quantity + " against log(1/loss), up to " + number::to_decimal(values.back()[0], 2);
    if (agrees) result.verdict = Verdict::holds;
    return result;
}

Verdict decide(bool statement, const convex::Check& certificate, const std::vector<HypothesisResult>& hypotheses) {
    if (!certificate.accepted) return Verdict::numerical_failure;
    if (statement) return Verdict::holds;
    const bool certified = std::all_of(hypotheses.begin(), hypotheses.end(), [](const HypothesisResult& h) { return h.verdict == Verdict::holds; });
    return certified ? Verdict::violated : Verdict::hypotheses_not_met;
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
        result.curves.insert(result.curves.end(), parts[k].curves.begin(), parts[k].curves.end());
        if (parts[k].verdict == result.verdict && parts.front().verdict != result.verdict) result.measured = parts[k].measured;
    }
    return result;
}

void set_horizon(Report& report, const Tail& tail) {
    const Real log10_time = tail.points.back().log_time / log(Real(10));
    report.log10_time = number::to_decimal(log10_time, 6);
    report.log10_log10_time = number::to_decimal(log10(log10_time), 6);
}

}  // namespace eonflow::verify
