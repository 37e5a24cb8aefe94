#pragma once
/// Whether a flow still moves: it comes to rest where the loss cannot go to zero, and would be followed for ever.

#include <eonflow/number/record.hpp>

#include <algorithm>
#include <cstdint>

namespace eonflow::flow {

/// Judged from the places after each step, which are known to 10^-digits of the largest entry: the flow stands still once in the second half of all its steps and of all its time no entry has changed
/// by more than 10^(3-digits) of itself; entries below 10^(3-digits) of the largest may go on to fall. An estimate: what grows below the local tolerance is not seen.
class Standstill {
public:
    explicit Standstill(std::int64_t digits) : tolerance_(pow(number::Real(10), 3 - digits)) {}

    /// After each step, `elapsed` since the start.
    [[nodiscard]] bool reached(const number::Vector& place, const number::Real& elapsed) {
        constexpr std::int64_t fewest_steps = 20;
        ++steps_;
        if (moved(place)) place_ = place, elapsed_ = elapsed, before_ = steps_;
        return steps_ >= 2 * before_ + fewest_steps && abs(elapsed) >= 2 * abs(elapsed_);
    }

    /// What it goes on from.
    template <class Archive>
    friend void transfer(Archive& archive, Standstill& s) {
        archive(s.place_, s.elapsed_, s.steps_, s.before_);
    }

private:
    [[nodiscard]] bool moved(const number::Vector& now) const {
        if (place_.size() != now.size()) return true;
        number::Real size = 0;
        for (const number::Real& x : now) size = std::max(size, number::Real(abs(x)));
        for (std::size_t i = 0; i < now.size(); ++i) {
            const number::Real then = abs(place_[i]);
            const bool fell = then <= tolerance_ * size && abs(now[i]) <= then;
            if (!fell && abs(now[i] - place_[i]) > tolerance_ * then) return true;
        }
        return false;
    }

    number::Real tolerance_;
    number::Vector place_;  ///< where it moved to last
    number::Real elapsed_ = 0;
    std::int64_t steps_ = 0, before_ = 0;
};

}  // namespace eonflow::flow
