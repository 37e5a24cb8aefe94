#pragma once
/// How an integration ended, and what it cost; shared by all integrators.

#include <cstdint>
#include <string_view>

namespace eonflow::ode {

enum class status : std::uint8_t {
    ok,                   ///< a step was made
    reached,              ///< the time asked for is reached
    step_limit,           ///< the steps allowed are used up
    blow_up,              ///< the solution seems to leave every bound, or the field's domain, before the time asked for
    precision_exhausted,  ///< no step of the local error asked for exists at this working precision
    interrupted,          ///< the caller asked to stop
    not_unique,           ///< a kink repels on both sides: the solution goes on in more than one way
    at_rest               ///< the solution stands still, as far as the local tolerance can tell, short of what was asked for
};

[[nodiscard]] constexpr std::string_view name_of(status s) noexcept {
    constexpr std::string_view names[] = {"ok", "reached", "step_limit", "blow_up", "precision_exhausted", "interrupted", "not_unique", "at_rest"};
    return names[static_cast<int>(s)];
}

struct counters {
    std::int64_t steps = 0;        ///< accepted
    std::int64_t rejected = 0;     ///< expansions or steps thrown away
    std::int64_t evaluations = 0;  ///< of the field, or expansions of it
    std::int64_t floating = 0;     ///< of those, expansions that only floating-point coefficients could hold
    int order = 0;

    [[nodiscard]] bool operator==(const counters&) const = default;
    /// All but the order, which is that of the last.
    counters& operator+=(const counters& other) noexcept {
        steps += other.steps, rejected += other.rejected, evaluations += other.evaluations, floating += other.floating;
        order = other.order;
        return *this;
    }
    counters& operator-=(const counters& other) noexcept {
        steps -= other.steps, rejected -= other.rejected, evaluations -= other.evaluations, floating -= other.floating;
        return *this;
    }
};

}  // namespace eonflow::ode
