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

/// Entries of rows for the lanes of one kernel, rows before the lead of an entry 0.
struct factor {
    factor(limb_source& limb, int width, int count, int row_count, int latest_lead, bool extreme)
        : lanes(width), rows(row_count), data(static_cast<std::size_t>(width * count * row_count)), leads(static_cast<std::size_t>(count)) {
        for (int n = 0; n < count; ++n) {
            leads[static_cast<std::size_t>(n)] = static_cast<std::int16_t>(limb.below(static_cast<std::size_t>(latest_lead) + 1));
            for (int p = leads[static_cast<std::size_t>(n)]; p < rows; ++p)
                for (int lane = 0; lane < width; ++lane) at(n, p)[lane] = extreme ? static_cast<double>(largest) : limb();
        }
    }
    double* at(int n, int p) { return data.data() + (n * rows + p) * lanes; }
    int lanes, rows;
    std::vector<double> data;
    std::vector<std::int16_t> leads;
};

/// Two runs of `count` entries each, as two tasks of different depths: what is written must have the value of the exact sum.
void check_convolve(limb_source& limb, const kernels::set& k, int depth, int count, bool extreme) {
    const int width = k.width, latest = std::min(depth, 3), rows = depth + 2 * latest + 1;
    factor a(limb, width, count, rows, latest, extreme), b(limb, width, count, rows, latest, extreme);
    int first = 2 * rows;
    for (int n = 0; n < count; ++n) first = std::min(first, a.leads[static_cast<std::size_t>(n)] + b.leads[static_cast<std::size_t>(count - 1 - n)]);
    const auto step = static_cast<std::ptrdiff_t>(rows * width);
    const kernels::run whole{a.data.data(), b.at(count - 1, 0), a.leads.data(), step, step, count};
    const kernels::run half{a.data.data(), b.at(count - 1, 0), a.leads.data(), step, step, (count + 1) / 2};
    const std::vector<kernels::run> twice{whole, half}, once{half};
    const int shallow = depth / 2;
    std::vector<double> deep_columns(static_cast<std::size_t>((depth + 2) * width), 5.0), shallow_columns(static_cast<std::size_t>((shallow + 2) * width), 5.0);
    const std::vector<kernels::task> tasks{{twice, first, depth, deep_columns.data() + width}, {once, first, shallow, shallow_columns.data() + width}};
    k.convolve(tasks);
    const auto check = [&](const std::vector<kernels::run>& runs, int last, const std::vector<double>& columns) {
        bool good = true;
        for (int lane = 0; lane < width; ++lane) {
            Integer expected = 0, found = 0;
            for (int c = -1; c <= last; ++c) {
                Integer sum = 5;
                for (const auto& r : runs)
                    for (int n = 0; n < r.count; ++n)
                        for (int p = 0; c >= 0 && p <= first + c; ++p) sum += Integer(a.at(n, p)[lane]) * Integer(b.at(count - 1 - n, first + c - p)[lane]);
                expected = (expected << kernels::limb_bits) + sum;
                const double column = columns[static_cast<std::size_t>((c + 1) * width + lane)];
                good = good && std::abs(column) < 0x1p40;
                found = (found << kernels::limb_bits) + static_cast<std::int64_t>(column);
            }
            good = good && found == expected;
        }
        BOOST_TEST(good, k.name << " at depth " << last << " with " << count << " entries");
    };
    check(twice, depth, deep_columns);
    check(once, shallow, shallow_columns);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(kernel_arithmetic)

BOOST_AUTO_TEST_CASE(convolutions_are_exact) {
    limb_source limb(7);
    for (const kernels::set& k : kernels::available())
        for (int depth = 0; depth <= 34; ++depth)
            for (const int count : {1, 3, 9}) check_convolve(limb, k, depth, count, false);
}

BOOST_AUTO_TEST_CASE(extreme_limbs_do_not_round) {
    limb_source limb(8);
    // More products in a column than 2^53 holds.
    for (const kernels::set& k : kernels::available())
        for (const int depth : {0, 7, 12, 13, 20, 21, 30}) check_convolve(limb, k, depth, 600, true);
}

BOOST_AUTO_TEST_CASE(carries_are_the_only_ones_possible) {
    limb_source limb(9);
    for (const kernels::set& k : kernels::available())
        for (const int count : {1, 2, 7, 40}) {
            const auto width = static_cast<std::size_t>(k.width), rows = static_cast<std::size_t>(count);
            std::vector<double> limbs(rows * width);
            // Sums of all sizes, some of which are ties.
            for (double& x : limbs) x = limb.below(3) == 0 ? limb() : limb.below(2) == 0 ? std::trunc(limb() * 0x1p26) : 3 * static_cast<double>(largest);
            std::vector<Integer> values(width, 0);
            for (std::size_t n = 0; n < limbs.size(); ++n) values[n % width] = (values[n % width] << (n < width ? 0 : kernels::limb_bits)) + static_cast<std::int64_t>(limbs[n]);
            k.carry(limbs.data(), count);
            for (std::size_t lane = 0; lane < width; ++lane) {
                Integer value = 0;
                for (std::size_t p = 0; p < rows; ++p) {
                    const double x = limbs[p * width + lane];
                    if (p > 0) BOOST_TEST((x >= -static_cast<double>(largest) && x < static_cast<double>(largest)), k.name << " leaves " << x);
                    value = (value << (p == 0 ? 0 : kernels::limb_bits)) + static_cast<std::int64_t>(x);
                }
                BOOST_TEST((value == values[lane]), k.name << " changes a number");
            }
        }
}

BOOST_AUTO_TEST_CASE(multiples_are_added_and_lanes_are_placed) {
    limb_source limb(10);
    constexpr int count = 9;
    for (const kernels::set& k : kernels::available()) {
        const auto width = static_cast<std::size_t>(k.width);
        std::vector<double> limbs(count * width), rows(12 * width), by(width);
        for (auto* v : {&limbs, &rows}) std::generate(v->begin(), v->end(), std::ref(limb));
        for (double& x : by) x = static_cast<double>(limb.below(9)) - 4;
        std::vector<double> expected = rows;
        // Limb 2 on, two rows up, to row 5 of those from row 3 on.
        for (std::size_t p = 2; p < count; ++p)
            for (std::size_t lane = 0; lane < width && p - 2 <= 5; ++lane) expected[(3 + p - 2) * width + lane] += by[lane] * limbs[p * width + width - 1];
        const kernels::multiple what{limbs.data() + width - 1, by.data(), 2, count, 2};
        k.add_multiples({&what, 1}, 5, rows.data() + 3 * width);
        BOOST_TEST((rows == expected), k.name << " adds other multiples");

        for (const bool alone : {false, true}) {
            kernels::placement how{};
            how.keeps = !alone;
            for (std::size_t lane = 0; lane < width; ++lane) {
                how.from[lane] = static_cast<std::int64_t>((lane * 3 + 1) % width);
                how.sign[lane] = lane == 1 ? 0 : lane % 2 == 0 ? 1 : -1;
                how.keep[lane] = lane == 1 && !alone ? 1 : 0;
            }
            std::vector<double> to(count * width, 7.0);
            k.place(limbs.data(), count, how, to.data());
            bool good = true;
            for (std::size_t p = 0; p < count; ++p)
                for (std::size_t lane = 0; lane < width; ++lane)
                    good = good && to[p * width + lane] == how.sign[lane] * limbs[p * width + static_cast<std::size_t>(how.from[lane])] + 7 * how.keep[lane];
            BOOST_TEST(good, k.name << " places other lanes");
        }
    }
}

BOOST_AUTO_TEST_SUITE_END()
