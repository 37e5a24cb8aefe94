#pragma once
/// How hypotheses and claims that many theorems share are judged.

#include <eonflow/convex/solve.hpp>
#include <verify/tail.hpp>

namespace eonflow::verify {

/// "The data are linearly separable", decided exactly: the certificate is a separating direction or a Farkas vector.
[[nodiscard]] HypothesisResult judge_separability(const std::string& id, const convex::Solution& margin);

/// "The support vectors (margin exactly 1) span the span of all samples", decided by exact ranks.
[[nodiscard]] HypothesisResult judge_span(const std::string& id, const flow::Problem& problem, const convex::Solution& margin);

/// A claim that a vector-valued sequence tends to `predicted`. It holds when the extrapolated limit agrees with the prediction to within the
/// extrapolation's own error estimate, the remaining distance falls no slower than predicted to within the estimate of its exponent, and at least `digits` digits of the
/// limit are thus verified; otherwise the horizon does not decide. An empty predicted rate is not compared.
struct LimitClaim {
    std::string id, name;
    std::vector<number::Vector> values;  ///< one vector a point of the tail
    number::Vector predicted;
    std::string quantity;                ///< what is measured, for people
    std::string predicted_rate;          ///< exponent in log(1/loss), a rational as text
};
[[nodiscard]] ClaimResult judge_limit(const LimitClaim& claim, const Tail& tail, std::int64_t digits);

/// A claim that a positive sequence grows or falls like a power of log(1/loss) with the exponent `predicted_rate`.
[[nodiscard]] ClaimResult judge_growth(const std::string& id, const std::string& name, const std::string& quantity, const std::vector<number::Vector>& values, const std::string& predicted_rate,
                                       const Tail& tail);

/// A claim that cannot be judged because hypothesis `failed` is not met.
[[nodiscard]] ClaimResult not_met(const Statement& claim, const HypothesisResult& failed);

/// The worst of several results of one claim (one a layer, say), under the claim's id; evidence of all.
[[nodiscard]] ClaimResult combined(const std::string& id, const std::string& name, const std::vector<ClaimResult>& parts);

/// -log loss at the points of the tail.
[[nodiscard]] number::Vector log_inverse_loss(const Tail& tail);

}  // namespace eonflow::verify
