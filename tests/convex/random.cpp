#include "instances.hpp"

#include <eonflow/convex/check.hpp>
#include <eonflow/convex/solve.hpp>

#include <boost/test/unit_test.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <unistd.h>

// Thousands of random programs of each rational class; the full numbers run with --run_test=@slow.

using namespace eonflow;
using namespace eonflow::convex;
using namespace eonflow::convex::testing;
using number::Matrix;
using number::Rational;

namespace {

/// A random program of a kind, corner cases included: tiny entries sizes (ties, duplicates, zero rows), repeated and opposite rows, fractions.
Program random_program(generator& random, const std::string& kind, std::size_t most) {
    const std::size_t n = 1 + random.below(most), d = 1 + random.below(most);
    const int sizes[] = {1, 2, 9, 1000};
    Matrix<Rational> a = random.matrix(n, d, sizes[random.below(4)]);
    if (random.below(4) == 0)
        for (Rational& x : a.entries()) x /= 1 + random.between(0, 6);
    if (n > 1 && random.below(3) == 0) {
        const std::size_t from = random.below(n), to = random.below(n);
        const Rational factor = random.below(4) == 0 ? -1 : random.between(1, 3);
        for (std::size_t j = 0; j < d; ++j) a(to, j) = factor * a(from, j);
    }
    // Differences that double cannot see: the guess is often wrong, and exact steps must repair it.
    if (random.below(5) == 0)
        for (Rational& x : a.entries()) x += random.between(-1, 1) * parse("1e-25");
    std::vector<Rational> right, weights;
    for (std::size_t i = 0; i < n; ++i) right.emplace_back(random.between(-5, 5), random.between(1, 3));
    for (std::size_t j = 0; j < d; ++j) weights.emplace_back(random.between(1, 6), random.between(1, 4));
    if (kind == "l2 margin") return l2_margin(a);
    if (kind == "weighted l2 margin") return l2_margin(a, weights);
    if (kind == "l1 margin") return l1_margin(a, random.below(2) == 0 ? weights : std::vector<Rational>{});
    if (kind == "least norm") return least_norm(a, right, weights);
    if (kind == "nonnegative least squares") return nonnegative_least_squares(a, right);
    std::vector<Rational> down = weights;
    for (Rational& x : down) x = random.between(0, 4);
    return basis_pursuit(a, right, weights, random.below(2) == 0 ? down : std::vector<Rational>{});
}

/// Every program must be decided and its certificate accepted; a damaged copy must not be.
void all_proved(const std::string& kind, int count, std::size_t most, std::uint64_t seed) {
    int optimal = 0;
    for (int trial = 0; trial < count; ++trial) {
        generator random(seed * 1000003 + static_cast<std::uint64_t>(trial));
        const Solution s = solve(random_program(random, kind, most));
        const Check verdict = check(s.certificate);
        if (s.status == Status::undecided || !verdict.accepted)
            BOOST_ERROR(kind << ", trial " << trial << " of seed " << seed << ": " << verdict.statement << " " << s.message);
        if (s.status != Status::optimal) continue;
        ++optimal;
        Certificate damaged = s.certificate;
        damaged.point.numerators[random.below(damaged.point.size())] += damaged.point.denominator;
        damaged.face_dimension = 0;
        damaged.unique = true;
        if (check(damaged).accepted) BOOST_ERROR(kind << ", trial " << trial << " of seed " << seed << ": a moved point is accepted as the only minimizer");
    }
    BOOST_TEST(optimal > count / 10, kind << " was optimal " << optimal << " times");
}

/// QSopt_ex on the split form, as an exact optimal value or "infeasible".
std::string esolver_value(const Program& program) {
    const auto& costs = std::get<Absolute>(program.objective);
    const std::string base = "eonflow_test_" + std::to_string(getpid());
    {
        std::ofstream out(base + ".lp");
        out << "Minimize\n obj:";
        for (std::size_t j = 0; j < program.columns(); ++j) out << " + " << *costs.up[j] << " p" << j << " + " << *costs.down[j] << " m" << j;
        out << "\nSubject To\n";
        for (std::size_t i = 0; i < program.rows(); ++i) {
            out << " r" << i << ":";
            bool empty = true;
            for (std::size_t j = 0; j < program.columns(); ++j) {
                const Rational& x = program.matrix(i, j);
                if (x == 0) continue;
                empty = false;
                out << (x > 0 ? " + " : " - ") << abs(x) << " p" << j << (x > 0 ? " - " : " + ") << abs(x) << " m" << j;
            }
            if (empty) out << " 0 p0";
            out << (program.relation[i] == Relation::equal ? " = " : " >= ") << program.right[i] << "\n";
        }
        out << "End\n";
    }
    const std::string command = "esolver -L -O " + base + ".sol " + base + ".lp >" + base + ".log 2>&1";
    const int failed = std::system(command.c_str());
    std::ifstream in(base + ".sol");
    std::stringstream text;
    text << in.rdbuf();
    for (const char* suffix : {".lp", ".sol", ".log"}) std::remove((base + suffix).c_str());
    std::string word, line;
    if (failed != 0) return "failed";
    while (text >> word) {
        if (word == "INFEASIBLE") return "infeasible";
        if (word == "Value" && text >> line && line == "=" && text >> word) return word;
    }
    return "unreadable: " + text.str();
}

void same_as_esolver(int count, std::size_t most) {
    for (int trial = 0; trial < count; ++trial) {
        generator random(77000 + static_cast<std::uint64_t>(trial));
        const Solution s = solve(random_program(random, trial % 2 == 0 ? "l1 margin" : "basis pursuit", most));
        std::string ours = "infeasible";
        if (s.status == Status::optimal) {
            const auto& costs = std::get<Absolute>(s.certificate.program.objective);
            Rational value = 0;
            for (std::size_t j = 0; j < s.certificate.point.size(); ++j) {
                const Rational w = s.certificate.point[j];
                value += w > 0 ? *costs.up[j] * w : *costs.down[j] * -w;
            }
            ours = value.str();
        }
        BOOST_TEST(esolver_value(s.certificate.program) == ours, "trial " << trial);
    }
}

constexpr const char* kinds[] = {"l2 margin", "weighted l2 margin", "least norm", "nonnegative least squares", "l1 margin", "basis pursuit"};

/// The minimizer, or that there is none, of programs of each quadratic kind.
void same_as_enumeration(int count, std::size_t most) {
    for (const char* kind : kinds) {
        for (int trial = 0; trial < count; ++trial) {
            generator random(91000 + static_cast<std::uint64_t>(trial));
            const Program program = random_program(random, kind, most);
            if (!std::holds_alternative<Quadratic>(program.objective)) break;
            const auto expected = quadratic_by_enumeration(program);
            const Solution s = solve(program);
            BOOST_TEST_CONTEXT(kind << ", trial " << trial) {
                BOOST_REQUIRE((s.status == (expected ? Status::optimal : Status::infeasible)));
                if (expected) BOOST_TEST((s.certificate.point.rationals() == *expected));
            }
        }
    }
}

bool esolver_is_installed() { return std::system("command -v esolver >/dev/null 2>&1") == 0; }

}  // namespace

BOOST_AUTO_TEST_SUITE(random_programs)

BOOST_AUTO_TEST_CASE(each_class_is_proved) {
    for (const char* kind : kinds) all_proved(kind, 250, 8, 1);
}

BOOST_AUTO_TEST_CASE(linear_programs_agree_with_esolver) {
    if (!esolver_is_installed()) {
        BOOST_TEST_MESSAGE("esolver is not installed");
        return;
    }
    same_as_esolver(20, 8);
}

BOOST_AUTO_TEST_CASE(two_thousand_of_each_class, *boost::unit_test::label("slow") * boost::unit_test::disabled()) {
    for (const char* kind : kinds) {
        all_proved(kind, 2000, 12, 2);
        all_proved(kind, 100, 40, 3);
    }
}

BOOST_AUTO_TEST_CASE(many_linear_programs_agree_with_esolver, *boost::unit_test::label("slow") * boost::unit_test::disabled()) {
    if (esolver_is_installed()) same_as_esolver(2000, 20);
}

BOOST_AUTO_TEST_CASE(quadratic_programs_against_enumeration) { same_as_enumeration(60, 5); }

BOOST_AUTO_TEST_CASE(two_thousand_quadratic_programs_against_enumeration, *boost::unit_test::label("slow") * boost::unit_test::disabled()) { same_as_enumeration(2000, 6); }

BOOST_AUTO_TEST_SUITE_END()
