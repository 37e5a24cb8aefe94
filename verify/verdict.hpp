#pragma once
/// Verdicts of hypotheses and claims.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace eonflow::verify {

enum class Verdict : std::uint8_t { holds, violated, hypotheses_not_met, inconclusive_precision, inconclusive_horizon, numerical_failure };

[[nodiscard]] std::string_view name_of(Verdict verdict) noexcept;

/// A measured exponent beside the predicted one, as text with the digits that are right.
struct Rate {
    std::string measured, predicted;
};

/// A measured quantity along the flow, for plots: numbers as decimals of a few digits.
struct Curve {
    std::string name;             ///< of the quantity
    std::string x_label, y_label;
    std::vector<std::string> x, y;
};

struct HypothesisResult {
    std::string id, name;
    Verdict verdict = Verdict::numerical_failure;
    std::string evidence;  ///< what was computed, and how it decides
};

struct ClaimResult {
    std::string id, name;
    Verdict verdict = Verdict::numerical_failure;
    std::optional<std::int64_t> verified_digits;
    std::string measured, predicted, evidence;
    std::optional<Rate> rate;
    std::vector<Curve> curves = {};
};

/// What checking one theorem on one instance gave.
struct Report {
    std::string theorem, instance;
    /// The verdict that a built-in instance is there to show; none for a user's own.
    std::optional<Verdict> stated;
    std::vector<HypothesisResult> hypotheses;
    std::vector<ClaimResult> claims;
    std::string log10_time, log10_log10_time;  ///< how far the flow was followed
    double wall_seconds = 0;

    /// The worst over the claims, in the order violated, numerical_failure, inconclusive_*, hypotheses_not_met, holds.
    [[nodiscard]] Verdict overall() const noexcept;
    [[nodiscard]] bool as_stated() const noexcept { return overall() == stated.value_or(Verdict::holds); }
};

/// Exit status of the program for these reports: 0 all as stated, 1 violated, 2 inconclusive or hypotheses not met, 4 numerical failure.
[[nodiscard]] int exit_status(const std::vector<Report>& reports) noexcept;

}  // namespace eonflow::verify
