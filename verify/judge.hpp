#pragma once
/// How hypotheses and claims that many theorems share are judged.

#include <eonflow/convex/check.hpp>
#include <eonflow/convex/solve.hpp>
#include <verify/asymptotics.hpp>
#include <verify/tail.hpp>

namespace eonflow::verify {

/// "The data are linearly separable", decided exactly: the certificate is a separating direction or a Farkas vector.
[[nodiscard]] HypothesisResult judge_separability(const std::string& id, const convex::Solution& margin);

/// "The support vectors (margin exactly 1) span the span of all samples", decided by exact ranks.
[[nodiscard]] HypothesisResult judge_span(const std::string& id, const flow::Problem& problem, const convex::Solution& margin);

/// A claim that a vector-valued sequence tends to `predicted`. It holds when, at the last point, the sequence is within 10^-digits of the prediction and
/// the distance has fallen no slower than predicted, to within the estimate of its exponent. An empty predicted rate asks only that the distance falls.
/// A distance counts as known where it is well above the rounding of the points, 10^-verified_digits; below, the sequence has its limit value as far as can be seen.
struct LimitClaim {
    std::string id, name;
    std::vector<number::Vector> values;  ///< one vector a point of the tail
    number::Vector predicted;
    std::string quantity;                ///< what is measured, for people
    std::string predicted_rate;          ///< exponent in log(1/loss), a rational as text
};
[[nodiscard]] ClaimResult judge_limit(const LimitClaim& claim, const Tail& tail, std::int64_t digits);

/// A claim that the loss tends to 0, judged by its constant: t loss (L sigma/|theta|)^2 -> 1, sigma = log(1/loss), for every homogeneous model of degree L
/// (docs/numerics/horizon.md, "Rates"). `predicted_rate` as in judge_limit; -min(1, 2/L) where the direction moves no faster than 1/|theta|.
[[nodiscard]] ClaimResult judge_decay(const std::string& id, const std::string& name, const std::string& predicted_rate, const Tail& tail, std::int64_t digits);

/// -min(1, 2/L), as text.
[[nodiscard]] std::string decay_rate(const number::Rational& degree);

/// A claim that positive sequences grow like powers of log(1/loss) with the exponent `predicted_rate`; entry i of each vector is one sequence.
[[nodiscard]] ClaimResult judge_growth(const std::string& id, const std::string& name, const std::string& quantity, const std::vector<number::Vector>& values, const std::string& predicted_rate,
                                       const Tail& tail);

/// The verdict of a statement decided exactly from a certificate that the independent checker has seen: the only place where `violated` arises.
/// A refused certificate decides nothing (numerical_failure), and a false statement violates a claim only if every hypothesis holds.
[[nodiscard]] Verdict decide(bool statement, const convex::Check& certificate, const std::vector<HypothesisResult>& hypotheses);

/// A claim that cannot be judged because hypothesis `failed` is not met.
[[nodiscard]] ClaimResult not_met(const Statement& claim, const HypothesisResult& failed);

/// The worst of several results of one claim (one a layer, say), under the claim's id; evidence of all.
[[nodiscard]] ClaimResult combined(const std::string& id, const std::string& name, const std::vector<ClaimResult>& parts);

/// Notes in the report how far the flow was followed.
void set_horizon(Report& report, const Tail& tail);

}  // namespace eonflow::verify
