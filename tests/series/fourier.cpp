// Sums of products through Fourier transforms against exact integers, and every kernel against the plain one.
#include <eonflow/number/rational.hpp>
#include <eonflow/series/fourier.hpp>
#include <eonflow/series/limbs.hpp>

#include <boost/test/unit_test.hpp>

#include <random>

using namespace eonflow;
using namespace eonflow::number;
using namespace eonflow::series;
using kernels::limb_bits;

namespace {

constexpr std::int64_t largest = limb_base / 2;
constexpr int lanes = kernels::lanes;

/// Series by limb, as the fixed-point engine keeps them.
struct rows {
    rows(int count, int last_order) : limbs(count), order(last_order), stride(lanes + (last_order + 1 + lanes - 1) / lanes * lanes), data(static_cast<std::size_t>(stride) * static_cast<std::size_t>(count + 1), 0.0) {}
    double& at(int p, int j) { return data[static_cast<std::size_t>(p * stride + j)]; }
    /// Number j as an integer multiple of its last limb's unit.
    Integer number(int j) {
        Integer value = 0;
        for (int p = 0; p < limbs; ++p) value = (value << limb_bits) + static_cast<std::int64_t>(at(p, j));
        return value;
    }
    int limbs, order;
    std::ptrdiff_t stride;
    std::vector<double> data;
};

enum class kind : std::uint8_t { random, extreme, alternating, gaps, growing };

/// Order j starts at about limb limbs * j / order; `growing` ones come back to large numbers later on.
void fill(rows& r, kind k, unsigned seed) {
    std::mt19937_64 random(seed);
    for (int j = 0; j <= r.order; ++j) {
        if (k == kind::gaps && j % 3 != 1) continue;
        const int fallen = k == kind::growing && j > r.order / 2 ? r.order - j : j;
        for (int p = r.limbs * fallen / (r.order + 1); p < r.limbs; ++p) {
            const auto any = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(limb_base)) - largest;
            r.at(p, j) = static_cast<double>(k == kind::extreme ? largest : k == kind::alternating ? ((j + p) % 2 == 0 ? largest : -largest) : any);
        }
    }
}

/// The sums of all orders, block by block, and how far the worst is from the exact one, in units allowed.
std::vector<std::vector<std::int64_t>> sums_of(const kernels::set& with, std::vector<rows*> series, const std::vector<fourier::sum>& sums, int block, double& worst) {
    const int order = series[0]->order, limbs = series[0]->limbs;
    std::vector<fourier::series> factors;
    for (rows* r : series) factors.push_back({r->data.data(), 1, r->stride, limbs});
    std::vector<std::vector<Integer>> whole;
    for (rows* r : series) {
        whole.emplace_back();
        for (int j = 0; j <= order; ++j) whole.back().push_back(r->number(j));
    }
    fourier f(with);
    f.start(factors, sums, order, block);
    std::vector<std::vector<std::int64_t>> all;
    for (int known = block; known <= order; known += block) {
        f.advance(known);
        for (std::size_t i = 0; i < sums.size(); ++i)
            for (int k = known; k < std::min(known + block, order + 1); ++k) {
                std::vector<std::int64_t> found;
                if (!f.read(i, k, found)) found.clear();
                Integer value = 0, exact = 0;
                for (const std::int64_t limb : found) value = (value << limb_bits) + limb;
                int terms = 0;
                for (const auto& [a, b] : sums[i].pairs)
                    for (int j = fourier::first_partner(k, known); j < known; ++j, ++terms)
                        exact += whole[a][static_cast<std::size_t>(j)] * whole[b][static_cast<std::size_t>(k - j)];
                // Units of the lowest column are 2^-(limb_bits (lowest + 2)), those of `exact` 2^-(limb_bits 2 limbs).
                const int below = limb_bits * (2 * limbs - sums[i].lowest - 2);
                const Integer scaled = value << static_cast<unsigned>(below);
                const Integer allowed = Integer(terms + 2) << static_cast<unsigned>(below);
                worst = std::max(worst, Rational(abs(scaled - exact), allowed).convert_to<double>());
                all.push_back(std::move(found));
            }
    }
    return all;
}

void check(kind k, int limbs, int order, int block) {
    rows a(limbs, order), b(limbs, order), c(limbs, order);
    fill(a, k, 1), fill(b, k == kind::extreme ? k : kind::random, 2), fill(c, k, 3);
    const std::vector<fourier::sum> sums{{{{0, 1}}, limbs - 1}, {{{0, 0}, {1, 2}, {2, 0}}, limbs}, {{{2, 1}}, limbs - 4}};
    std::vector<std::vector<std::int64_t>> plain;
    for (const kernels::set& with : kernels::available()) {
        double worst = 0;
        const auto found = sums_of(with, {&a, &b, &c}, sums, block, worst);
        BOOST_TEST(worst <= 1, with.name << ", kind " << static_cast<int>(k) << ": " << worst << " of the error allowed");
        if (plain.empty()) plain = found;
        BOOST_TEST((found == plain), with.name << " gives other bits");
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fourier_sums)

BOOST_AUTO_TEST_CASE(random_series) {
    check(kind::random, 40, 310, 16);
    check(kind::random, 9, 150, 32);
}

BOOST_AUTO_TEST_CASE(long_series_in_blocks_of_orders) {
    check(kind::random, 6, 3 * fourier::far + 50, 8);
    check(kind::extreme, 6, 2 * fourier::far + 8, fourier::near);
    check(kind::growing, 6, 3 * fourier::far, 16);  // what was dropped is missed: transformed anew amid long blocks
}

BOOST_AUTO_TEST_CASE(series_of_extremes) {
    for (const kind k : {kind::extreme, kind::alternating, kind::gaps}) check(k, 30, 200, 16);
}

BOOST_AUTO_TEST_CASE(series_that_grow_again) { check(kind::growing, 40, 350, 16); }

BOOST_AUTO_TEST_SUITE_END()
