// Every kernel against exact integers, on random and on extreme limbs.
#include <eonflow/number/rational.hpp>
#include <eonflow/series/limbs.hpp>

#include <boost/test/unit_test.hpp>

#include <random>

using namespace eonflow;
using namespace eonflow::number;
using namespace eonflow::series;

namespace {

constexpr std::int64_t largest = limb_base / 2;

/// Random limbs, with many zeros and extremes.
class limb_source {
public:
    explicit limb_source(unsigned seed) : random_(seed) {}
    double operator()() {
        switch (random_() % 8) {
            case 0: return 0;
            case 1: return static_cast<double>(largest);
            case 2: return static_cast<double>(-largest);
            default: return static_cast<double>(static_cast<std::int64_t>(random_() % static_cast<unsigned long>(limb_base)) - largest);
        }
    }
    std::size_t below(std::size_t n) { return random_() % n; }

private:
    std::mt19937_64 random_;
};

void check_convolve(limb_source& limb, int depth, std::size_t steps, bool extreme) {
    const std::ptrdiff_t stride = 8 * static_cast<std::ptrdiff_t>(1 + limb.below(6)) + static_cast<std::ptrdiff_t>(8 * steps);
    const auto rows = static_cast<std::size_t>(depth + 2 * kernels::lanes);
    std::vector<double> a(rows * static_cast<std::size_t>(stride) + 8), b(a.size());
    for (auto* v : {&a, &b})
        for (double& x : *v) x = extreme ? static_cast<double>(largest) : limb();
    std::vector<kernels::step> list;
    for (std::size_t n = 0; n < steps; ++n) list.push_back({a.data() + 8 * n, b.data() + limb.below(8 * steps)});
    std::vector<std::int64_t> expected(static_cast<std::size_t>(depth) + 1);
    for (std::size_t c = 0; c < expected.size(); ++c) {
        Integer sum = 0;
        for (const auto& s : list)
            for (std::size_t p = 0; p <= c; ++p)
                for (int i = 0; i < kernels::lanes; ++i)
                    sum += Integer(s.a[static_cast<std::ptrdiff_t>(p) * stride + i]) *
                           Integer(s.b[static_cast<std::ptrdiff_t>(c - p) * stride + kernels::lanes - 1 - i]);
        expected[c] = static_cast<std::int64_t>(sum) + 5;
    }
    for (const kernels::set& k : kernels::available()) {
        std::vector<std::int64_t> columns(expected.size(), 5);
        k.convolve(list, stride, depth, columns.data());
        BOOST_TEST((columns == expected), k.name << " at depth " << depth << " with " << steps << " steps");
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kernel_arithmetic)

BOOST_AUTO_TEST_CASE(convolutions_are_exact) {
    limb_source limb(7);
    for (int depth = 0; depth <= 34; ++depth)
        for (const std::size_t steps : {1U, 3U, 8U}) check_convolve(limb, depth, steps, false);
    for (const std::size_t steps : {63U, 64U, 65U, 130U}) check_convolve(limb, 16, steps, false);
}

BOOST_AUTO_TEST_CASE(extreme_limbs_do_not_round) {
    limb_source limb(8);
    for (const int depth : {0, 7, 8, 14, 15, 22}) check_convolve(limb, depth, 129, true);
}

BOOST_AUTO_TEST_CASE(products_are_exact) {
    limb_source limb(9);
    for (const int depth : {0, 1, 2, 6, 7, 8, 15, 16, 40, 511}) {
        for (const bool extreme : {false, true}) {
            const auto count = static_cast<std::size_t>(depth) + 1;
            std::vector<double> x(count + 3 * kernels::lanes, 0.0), y(count);
            for (std::size_t p = 0; p < count; ++p) x[kernels::lanes + p] = extreme ? largest : limb(), y[p] = extreme ? -largest : limb();
            std::vector<std::int64_t> expected(count);
            for (std::size_t c = 0; c < count; ++c) {
                Integer sum = 0;
                for (std::size_t p = 0; p <= c; ++p) sum += Integer(x[kernels::lanes + p]) * Integer(y[c - p]);
                expected[c] = static_cast<std::int64_t>(sum) - 3;
            }
            for (const kernels::set& k : kernels::available()) {
                std::vector<std::int64_t> columns(count, -3);
                k.multiply(x.data() + kernels::lanes, y.data(), depth, columns.data());
                BOOST_TEST((columns == expected), k.name << " at depth " << depth);
            }
        }
    }
}

BOOST_AUTO_TEST_CASE(limbs_and_reals_convert_exactly) {
    const precision_scope scope(400);
    std::mt19937_64 random(3);
    for (int n = 0; n < 200; ++n) {
        Integer whole = 0;
        for (int w = 0; w < 4; ++w) whole = (whole << 64) + Integer(random());
        whole >>= static_cast<unsigned>(random() % 256);
        if (n % 2 == 1) whole = -whole;
        Real x(whole);
        const auto scale = static_cast<std::int64_t>(random() % 400) - 200;
        x *= power_of_two(scale);
        const int exponent = exponent_for(exponent_of(x));
        std::vector<double> limbs(14);
        BOOST_TEST(to_limbs(x.backend().data(), exponent, limbs));
        const std::vector<std::int64_t> integers(limbs.begin(), limbs.end());
        for (const std::int64_t limb : integers) BOOST_TEST(std::abs(limb) <= largest);
        BOOST_TEST(from_limbs(integers, exponent) == x);
        BOOST_TEST(!to_limbs(x.backend().data(), exponent - 2, limbs) == (whole != 0));
    }
}

BOOST_AUTO_TEST_SUITE_END()
