/// Which sides kinks take where they meet: against all patterns, tried one by one in rational numbers.
#include <eonflow/flow/selection.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <random>
#include <set>

using namespace eonflow;
using flow::side;
using number::Rational;
using number::Real;

namespace {

using Row = std::vector<Rational>;

/// The solution of a x = b by elimination with exchanges; nothing where a is singular.
std::optional<Row> solve(std::vector<Row> a, Row b) {
    const std::size_t n = b.size();
    for (std::size_t p = 0; p < n; ++p) {
        std::size_t pivot = p;
        while (pivot < n && a[pivot][p] == 0) ++pivot;
        if (pivot == n) return std::nullopt;
        std::swap(a[p], a[pivot]), std::swap(b[p], b[pivot]);
        for (std::size_t q = 0; q < n; ++q) {
            if (q == p || a[q][p] == 0) continue;
            const Rational factor = a[q][p] / a[p][p];
            for (std::size_t c = p; c < n; ++c) a[q][c] -= factor * a[p][c];
            b[q] -= factor * b[p];
        }
    }
    for (std::size_t p = 0; p < n; ++p) b[p] /= a[p][p];
    return b;
}

Rational dot(std::span<const Rational> a, std::span<const Rational> b) {
    Rational sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

flow::Meeting random_meeting(std::mt19937_64& draw, std::size_t kinks, std::size_t parameters, bool attracting) {
    const auto integer = [&](int most) { return static_cast<int>(draw() % static_cast<unsigned>(2 * most + 1)) - most; };
    flow::Meeting m;
    m.normals = number::Matrix<Rational>(kinks, parameters);
    for (Rational& x : m.normals.entries()) x = integer(3);
    for (std::size_t i = 0; i < parameters; ++i) m.drift.push_back(Real(integer(40)) / 8);
    for (std::size_t k = 0; k < kinks; ++k) {
        if (std::all_of(m.normals.row(k).begin(), m.normals.row(k).end(), [](const Rational& x) { return x == 0; })) m.normals(k, 0) = 1;
        const int size = 1 + std::abs(integer(20));
        m.pull.push_back(Real(attracting || integer(1) < 0 ? -size : size) / 8);
        m.below.emplace_back(1, 4);
        m.above.emplace_back(1);
        m.uncertainty.push_back(number::power_of_two(-90));
        // Slopes inside their range balance most of it, so that some of the kinks slide.
        if (attracting)
            for (std::size_t i = 0; i < parameters; ++i) m.drift[i] -= m.pull[k] * number::to_real(m.normals(k, i)) * (9 + integer(4)) / 16;
    }
    return m;
}

/// The direction for slopes.
Row direction(const flow::Meeting& m, const Row& slopes) {
    Row d;
    for (const Real& x : m.drift) d.push_back(number::to_rational(x));
    for (std::size_t k = 0; k < slopes.size(); ++k)
        for (std::size_t i = 0; i < d.size(); ++i) d[i] += slopes[k] * number::to_rational(m.pull[k]) * m.normals(k, i);
    return d;
}

/// All patterns that are consistent, every inequality strict; repelling kinks take a side.
std::set<std::vector<side>> enumerated(const flow::Meeting& m) {
    const std::size_t n = m.pull.size();
    std::set<std::vector<side>> found;
    std::size_t patterns = 1;
    for (std::size_t k = 0; k < n; ++k) patterns *= 3;
    for (std::size_t code = 0; code < patterns; ++code) {
        std::vector<side> p;
        for (std::size_t k = 0, rest = code; k < n; ++k, rest /= 3) p.push_back(static_cast<side>(static_cast<int>(rest % 3) - 1));
        Row slopes;
        std::vector<std::size_t> sliding;
        for (std::size_t k = 0; k < n; ++k) {
            slopes.push_back(p[k] == side::above ? m.above[k] : p[k] == side::below ? m.below[k] : Rational(0));
            if (p[k] == side::sliding) sliding.push_back(k);
        }
        const Row d = direction(m, slopes);
        std::vector<Row> a;
        Row b;
        for (const std::size_t k : sliding) {
            Row& row = a.emplace_back();
            for (const std::size_t l : sliding) row.push_back(number::to_rational(m.pull[l]) * dot(m.normals.row(k), m.normals.row(l)));
            b.push_back(-dot(m.normals.row(k), d));
        }
        const auto solution = solve(a, b);
        if (!solution) continue;
        for (std::size_t l = 0; l < sliding.size(); ++l) slopes[sliding[l]] = (*solution)[l];
        const Row along = direction(m, slopes);
        bool fits = true;
        for (std::size_t k = 0; k < n && fits; ++k) {
            const Rational rate = dot(m.normals.row(k), along);
            if (p[k] == side::sliding)
                fits = m.pull[k] < 0 && slopes[k] > m.below[k] && slopes[k] < m.above[k];
            else
                fits = p[k] == side::above ? rate > 0 : rate < 0;
        }
        if (fits) found.insert(p);
    }
    return found;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(flow_selection)

BOOST_AUTO_TEST_CASE(the_choices_are_those_of_all_patterns) {
    const number::precision_scope scope(128);
    std::mt19937_64 draw(2026);
    std::size_t sliding = 0, ambiguous = 0;
    for (int trial = 0; trial < 300; ++trial) {
        const std::size_t kinks = 1 + draw() % 4, parameters = kinks + draw() % 2;
        const flow::Meeting m = random_meeting(draw, kinks, parameters, false);
        std::set<std::vector<side>> found;
        bool open = false;
        for (const flow::Choice& c : flow::choices(m)) {
            found.insert(c.sides);
            open = open || std::find(c.open.begin(), c.open.end(), true) != c.open.end();
        }
        if (open) continue;  // on the border between patterns
        // Normals that depend on each other leave the slopes of what slides open, so that no pattern with all of it sliding has a unique one.
        const auto expected = enumerated(m);
        BOOST_TEST(std::includes(found.begin(), found.end(), expected.begin(), expected.end()), "trial " << trial);
        if (expected.size() == found.size()) {
            sliding += static_cast<std::size_t>(std::count_if(found.begin(), found.end(), [](const auto& p) { return std::find(p.begin(), p.end(), side::sliding) != p.end(); }));
            ambiguous += found.size() > 1 ? 1u : 0u;
        } else {
            std::vector<Row> rows;
            for (std::size_t k = 0; k < kinks; ++k) rows.emplace_back(m.normals.row(k).begin(), m.normals.row(k).end());
            std::vector<Row> gram;
            for (const Row& r : rows) {
                Row& line = gram.emplace_back();
                for (const Row& q : rows) line.push_back(dot(r, q));
            }
            BOOST_TEST(!solve(gram, Row(kinks)), "trial " << trial << ": a choice that no pattern shows");
        }
    }
    BOOST_TEST(sliding > 40u);
    BOOST_TEST(ambiguous > 20u);
}

// Convex: the conditions are also sufficient, and the direction they determine is the only one.
BOOST_AUTO_TEST_CASE(many_attracting_kinks_meet) {
    const number::precision_scope scope(128);
    std::mt19937_64 draw(7);
    for (const std::size_t kinks : {2u, 3u, 12u, 20u}) {
        const flow::Meeting m = random_meeting(draw, kinks, kinks + 2, true);
        const auto found = flow::choices(m);
        BOOST_TEST_REQUIRE(found.size() == 1u);
        Row slopes;
        for (const Real& s : found[0].slopes) slopes.push_back(number::to_rational(s));
        const Row d = direction(m, slopes);
        std::size_t sliding = 0;
        for (std::size_t k = 0; k < kinks; ++k) {
            const Rational rate = dot(m.normals.row(k), d);
            BOOST_TEST(!found[0].open[k]);
            if (found[0].sides[k] == side::sliding) {
                ++sliding;
                BOOST_TEST(abs(rate) < Rational(1, number::Integer(1) << 100));
                BOOST_TEST((slopes[k] > m.below[k] && slopes[k] < m.above[k]));
            } else {
                BOOST_TEST((found[0].sides[k] == side::above ? rate > 0 && slopes[k] == m.above[k] : rate < 0 && slopes[k] == m.below[k]));
            }
        }
        if (kinks > 3) BOOST_TEST(sliding > 3u);
    }
}

BOOST_AUTO_TEST_SUITE_END()
