#include <eonflow/convex/exact_vector.hpp>

namespace eonflow::convex {

using number::Integer;
using number::Rational;

std::vector<Rational> Exact_vector::rationals() const {
    std::vector<Rational> values;
    values.reserve(numerators.size());
    for (const Integer& x : numerators) values.emplace_back(x, denominator);
    return values;
}

Exact_vector common_denominator(const std::vector<Rational>& values) {
    Exact_vector result;
    for (const Rational& x : values)
        mpz_lcm(result.denominator.backend().data(), result.denominator.backend().data(), mpq_denref(x.backend().data()));
    result.numerators.reserve(values.size());
    for (const Rational& x : values) {
        Integer& scaled = result.numerators.emplace_back();
        mpz_divexact(scaled.backend().data(), result.denominator.backend().data(), mpq_denref(x.backend().data()));
        mpz_mul(scaled.backend().data(), scaled.backend().data(), mpq_numref(x.backend().data()));
    }
    return result;
}

}  // namespace eonflow::convex
