// Random fields, of networks and of formulas, compared with the same at higher precision: the digits promised are there.
#include <eonflow/ode/taylor.hpp>

#include <support/oracles.hpp>
#include <support/random_problems.hpp>

#include <boost/test/unit_test.hpp>

#include <random>

using namespace eonflow;
using namespace eonflow::number;

namespace {

/// Formulas over the states with corner-biased constants: products, quotients kept from 0, exponentials, waves, powers.
class field_source {
public:
    explicit field_source(unsigned seed) : random_(seed) {}

    graph::vector_field field(std::size_t states) {
        std::vector<std::string> names, formulas;
        for (std::size_t i = 0; i < states; ++i) names.push_back("x" + std::to_string(i));
        for (std::size_t i = 0; i < states; ++i) formulas.push_back("-" + names[i] + "/2 + " + expression(names, 3));
        return oracles::field(names, formulas);
    }
    Rational number() {
        constexpr int corners[] = {0, 1, -1, 2, 1000};
        const auto pick = random_() % 8;
        if (pick == 0) return corners[random_() % 4];
        const auto above = static_cast<long>(random_() % 41) - 20, below = static_cast<long>(1 + random_() % 30);
        return Rational(above, pick == 1 ? below * 1'000'000 : below);
    }

private:
    std::string expression(const std::vector<std::string>& names, int depth) {
        if (depth == 0) return random_() % 3 == 0 ? "(" + number().str() + ")" : names[random_() % names.size()];
        const std::string a = expression(names, depth - 1), b = expression(names, depth - 1);
        switch (random_() % 9) {
            case 0: return "(" + a + " + " + b + ")";
            case 1: return "(" + a + " - " + number().str() + "*" + b + ")";
            case 2: return "tanh(" + a + ")*" + b;
            case 3: return "(" + a + ")/(1 + (" + b + ")^2)";
            case 4: return "sin(" + a + ")";
            case 5: return "exp(-(" + a + ")^2)";
            case 6: return "log(2 + (" + a + ")^2)";
            case 7: return "(1 + (" + a + ")^2)^(1/3)";
            default: return "(" + a + ")*cos(" + b + ")";
        }
    }
    std::mt19937_64 random_;
};

/// Formulas as they come, and the gradient flows of small networks.
graph::vector_field random_field(unsigned seed, std::vector<Rational>& start) {
    if (seed % 2 == 0) {
        flow::Problem problem = problems::problem_source(seed)();
        start = problem.initial;
        return flow::assembled(flow::flow_field(flow::build_system(problem), flow::Clock::time));
    }
    field_source source(seed);
    graph::vector_field field = source.field(1 + seed % 3);
    for (std::size_t i = 0; i < field.states(); ++i) start.push_back(source.number());
    return field;
}

void compare(unsigned seed) {
    std::vector<Rational> start;
    const graph::vector_field field = random_field(seed, start);
    const std::size_t states = start.size();
    const std::int64_t digits = seed % 10 == 0 ? 60 + seed % 141 : 15 + seed % 40;
    const auto run = [&](std::int64_t wanted, ode::taylor::arithmetic how, Vector& state, Vector& speed) {
        const precision_scope scope(bits_for_digits(wanted) + 64);
        ode::taylor t(field, {.bits = scope.bits(), .digits = wanted, .step_limit = 400, .coefficients = how});
        Vector y;
        for (const Rational& x : start) y.push_back(to_real(x));
        t.start(0, y);
        const auto ended = t.advance(1);
        state = t.state();
        speed.clear();
        for (std::size_t i = 0; i < states; ++i) {
            Real largest = 1;
            for (const Real& c : t.coefficients(i)) largest = std::max(largest, Real(abs(c)));
            speed.push_back(largest);
        }
        return ended;
    };
    Vector fast, exact, scale, unused;
    const auto ended = run(digits, ode::taylor::arithmetic::automatic, fast, scale);
    const auto reference = run(digits + 25, ode::taylor::arithmetic::floating, exact, unused);
    BOOST_TEST((ended == reference), "seed " << seed << ": " << name_of(ended) << " against " << name_of(reference));
    if (ended != ode::status::reached) return;
    // Local errors may grow along [0, 1] like the flow does: three digits are for that.
    const precision_scope scope(bits_for_digits(digits + 25));
    for (std::size_t i = 0; i < states; ++i)
        BOOST_TEST(agreeing_digits(fast[i], exact[i], scale[i], digits) >= digits - 3, "seed " << seed << " state " << i << " at " << digits << " digits");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(random_fields)

BOOST_AUTO_TEST_CASE(a_few) {
    for (unsigned seed = 1; seed <= 25; ++seed) compare(seed);
}

BOOST_AUTO_TEST_CASE(three_hundred, *boost::unit_test::label("slow") * boost::unit_test::disabled()) {
    for (unsigned seed = 1000; seed < 1300; ++seed) compare(seed);
}

BOOST_AUTO_TEST_SUITE_END()
