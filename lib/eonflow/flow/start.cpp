#include <eonflow/flow/start.hpp>

namespace eonflow::flow {

std::vector<number::Rational> uniform_start(std::uint64_t seed, std::size_t count, const number::Rational& scale) {
    constexpr int bits = 20;
    std::vector<number::Rational> draws;
    draws.reserve(count);
    std::uint64_t state = seed;
    for (std::size_t k = 0; k < count; ++k) {
        state += 0x9E3779B97F4A7C15u;
        std::uint64_t z = state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
        z ^= z >> 31;
        const auto odd = static_cast<std::int64_t>(2 * (z >> (64 - bits)) + 1) - (std::int64_t{1} << bits);
        draws.push_back(scale * number::Rational(odd, std::int64_t{1} << bits));
    }
    return draws;
}

}  // namespace eonflow::flow
