#include <verify/verdict.hpp>

#include <algorithm>
#include <array>

namespace eonflow::verify {

std::string_view name_of(Verdict verdict) noexcept {
    constexpr std::array<std::string_view, 6> names = {"holds", "violated", "hypotheses_not_met", "inconclusive_precision", "inconclusive_horizon", "numerical_failure"};
    return names[static_cast<std::size_t>(verdict)];
}

Verdict Report::overall() const noexcept {
    constexpr std::array<Verdict, 6> worst_first = {Verdict::violated,           Verdict::numerical_failure, Verdict::inconclusive_precision,
                                                    Verdict::inconclusive_horizon, Verdict::hypotheses_not_met, Verdict::holds};
    for (const Verdict candidate : worst_first)
        if (std::any_of(claims.begin(), claims.end(), [&](const ClaimResult& c) { return c.verdict == candidate; })) return candidate;
    return Verdict::numerical_failure;
}

int exit_status(const std::vector<Report>& reports) noexcept {
    int status = 0;
    const auto severity = [](Verdict v) {
        switch (v) {
            case Verdict::holds: return 0;
            case Verdict::violated: return 1;
            case Verdict::numerical_failure: return 4;
            default: return 2;
        }
    };
    // violated outranks everything: it is a finding, the others are gaps.
    const auto rank = [](int s) { return s == 1 ? 3 : s == 4 ? 2 : s == 2 ? 1 : 0; };
    for (const Report& report : reports) {
        if (report.as_stated()) continue;
        const int here = report.overall() == Verdict::holds ? 2 : severity(report.overall());
        if (rank(here) > rank(status)) status = here;
    }
    return status;
}

}  // namespace eonflow::verify
