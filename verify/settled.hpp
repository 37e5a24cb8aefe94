#pragma once
/// A regression flow followed until it has settled, and the claims that are read from it.

#include <eonflow/flow/dual.hpp>
#include <eonflow/flow/trajectory.hpp>
#include <eonflow/limit/prediction.hpp>
#include <verify/theorem.hpp>

namespace eonflow::verify {

/// The predictor beta along a flow, in balls that hold its verified digits. Read it inside a precision_scope(bits).
struct Settled {
    flow::Trajectory trajectory;
    std::vector<std::vector<number::Ball>> beta;  ///< at each sample
    std::int64_t bits = 0;
};

/// Follows the flow in the clock t until it moves by less than 10^-digits any more (an estimate), every number confirmed by a second run.
[[nodiscard]] Settled follow_until_settled(const flow::Problem& problem, std::int64_t digits, const CheckOptions& options);

/// The minimizer to `digits` digits, in balls of the flow's precision.
[[nodiscard]] std::vector<number::Ball> minimizer_of(const convex::Solution& solution, const Settled& flow, std::int64_t digits);

/// "The end of the flow is as predicted": `measured` (of the last sample) and `predicted` agree to `digits` digits of the largest coordinate.
[[nodiscard]] ClaimResult judge_agreement(const Statement& claim, const Settled& flow, const std::vector<number::Ball>& measured, const std::vector<number::Ball>& predicted,
                                          std::int64_t digits);

/// The parameters of the last sample, in balls that hold their verified digits.
[[nodiscard]] std::vector<number::Ball> last_parameters(const Settled& flow);

/// "The limit is the minimizer": the end of the flow and the certified minimizer agree to `digits` digits of the largest coordinate.
[[nodiscard]] ClaimResult judge_end(const Statement& claim, const Settled& flow, const convex::Solution& minimizer, std::int64_t digits);

/// "The mirror coordinates move within the row space of X": <n, grad F(beta(t)) - grad F(beta(0))> = 0 at every sample for a basis n of ker X.
[[nodiscard]] ClaimResult judge_kkt(const Statement& claim, const flow::Problem& problem, const Settled& flow, const convex::Solution& minimizer, std::int64_t digits);

/// "All samples are fitted in the end".
[[nodiscard]] ClaimResult judge_fit(const Statement& claim, const flow::Problem& problem, const Settled& flow, std::int64_t digits);

/// "The limit does not depend on loss and link": the same start under three other losses that are smallest at the labels, two of them with a link, ends at `limit`.
[[nodiscard]] ClaimResult judge_losses(const Statement& claim, const flow::Problem& problem, const std::vector<number::Ball>& limit, std::int64_t digits, const CheckOptions& options);

/// "The n-dimensional dual flow is the same flow", at the times of the samples; nothing where no dual flow is known (flow/dual.hpp).
[[nodiscard]] std::optional<ClaimResult> judge_dual(const Statement& claim, const flow::Problem& problem, const Settled& flow, std::int64_t digits);

/// "The mirror flow ends at the minimizer", for signed powers: the dual flow, which passes zeros of x, until all samples are fitted, twice.
struct MirrorFlow {
    ClaimResult claim;
    std::vector<flow::DualFlow::Passage> passages;  ///< where x comes to 0
};
[[nodiscard]] MirrorFlow judge_mirror(const Statement& claim, const flow::Problem& problem, const convex::Solution& minimizer, std::int64_t digits);

/// Horizon of the flow for the report.
void record_horizon(Report& report, const Settled& flow);

}  // namespace eonflow::verify
