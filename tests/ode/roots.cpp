#include <eonflow/ode/roots.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using number::Real;
using number::Vector;

namespace {

/// scale * prod (s - zeros[k]), expanded.
Vector with_zeros(const Vector& zeros, const Real& scale) {
    Vector c{scale};
    for (const Real& zero : zeros) {
        c.insert(c.begin(), Real(0));
        for (std::size_t k = 0; k + 1 < c.size(); ++k) c[k] -= zero * c[k + 1];
    }
    return c;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(roots)

// The first zero is found however close the others are, far below the resolution of double.
BOOST_AUTO_TEST_CASE(the_first_zero_is_bracketed) {
    const number::precision_scope scope(300);
    const Real noise = number::power_of_two(-280);
    std::uint64_t state = 88172645463325252u;
    const auto draw = [&] {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        return Real(static_cast<std::int64_t>(state >> 40)) / (std::int64_t{1} << 24);
    };
    for (int trial = 0; trial < 200; ++trial) {
        BOOST_TEST_CONTEXT("trial " << trial) {
            Vector zeros;
            for (int k = 0; k < 1 + trial % 7; ++k) zeros.push_back(draw() * (trial % 3 == 0 ? 1 : 2) + number::power_of_two(-20));
            if (trial % 4 == 0) zeros.push_back(zeros[0] + number::power_of_two(-70));
            zeros.push_back(-draw() - number::power_of_two(-20));
            Real first = 3;
            for (const Real& zero : zeros)
                if (zero > 0) first = std::min(first, zero);
            const auto found = ode::first_root(with_zeros(zeros, Real(trial % 2 == 0 ? 1 : -7)), noise, Real(1));
            BOOST_TEST(found.has_value() == (first <= 1));
            if (!found) continue;
            BOOST_TEST(!found->contact);
            BOOST_TEST(found->low <= first);
            BOOST_TEST(found->high >= first);
            // A single change of sign: the next zero lies behind.
            for (const Real& zero : zeros)
                if (zero > first) BOOST_TEST(zero >= found->high);
        }
    }
}

// (s - 1/3)^2 + gap: a gap above the noise is a miss, below it a contact, and a negative one two zeros.
BOOST_AUTO_TEST_CASE(a_double_zero_is_a_contact) {
    const number::precision_scope scope(300);
    const Real third = Real(1) / 3, noise = number::power_of_two(-200);
    const auto near = [&](const Real& gap) {
        Vector c = with_zeros({third, third}, Real(1));
        c[0] += gap;
        return ode::first_root(c, noise, Real(1));
    };
    BOOST_TEST(!near(number::power_of_two(-150)).has_value());
    const auto touching = near(Real(0));
    BOOST_REQUIRE(touching.has_value());
    BOOST_TEST(touching->contact);
    BOOST_TEST(abs((touching->low + touching->high) / 2 - third) < number::power_of_two(-95));
    const auto twice = near(-number::power_of_two(-150));
    BOOST_REQUIRE(twice.has_value());
    BOOST_TEST(!twice->contact);
    BOOST_TEST(abs(twice->low - third) < number::power_of_two(-70));
}

BOOST_AUTO_TEST_SUITE_END()
