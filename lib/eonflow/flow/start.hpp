#pragma once
/// Random starts that are exact and the same on every machine.

#include <eonflow/number/rational.hpp>

namespace eonflow::flow {

/// `count` independent draws, uniform on the 2^20 odd multiples of scale/2^20 between -scale and scale (never 0). The k-th (k = 1, 2, ...) is
/// scale (2m + 1 - 2^20)/2^20 with m the top 20 bits of mix(seed + k g) mod 2^64, where g = 0x9E3779B97F4A7C15 and mix(z): z ^= z >> 30, z *= 0xBF58476D1CE4E5B9,
/// z ^= z >> 27, z *= 0x94D049BB133111EB, z ^= z >> 31, all mod 2^64. Source: SplitMix64, Steele, Lea, Flood 2014 (constants of Stafford's variant 13).
[[nodiscard]] std::vector<number::Rational> uniform_start(std::uint64_t seed, std::size_t count, const number::Rational& scale);

}  // namespace eonflow::flow
