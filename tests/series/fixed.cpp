// The fixed-point engine where its guesses fail: exponents too small, guard bits used up, lengths that nothing holds.
#include <eonflow/number/text.hpp>
#include <eonflow/series/engine.hpp>
#include <eonflow/series/kernels.hpp>
#include <support/oracles.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using namespace eonflow::number;
using namespace eonflow::series;

namespace {

constexpr std::int64_t bits = 200, value_bits = 260, fine_bits = 700;

/// A field, a point and a length of an expansion.
struct expansion {
    program recurrences;
    Vector start;
    Real length;
    int order;
};

expansion sample(const std::vector<std::string>& names, const std::vector<std::string>& formulas, std::initializer_list<Rational> start, const Rational& length, int order) {
    expansion e{compile(oracles::field(names, formulas)), {}, to_real(length), order};
    for (const Rational& y : start) e.start.push_back(to_real(y));
    return e;
}

/// The most bits by which a coefficient is wrong relative to the largest of its state, as a power of 2: against floating point of many more bits.
std::int64_t accuracy(const expansion& e, const engine& found) {
    const auto exact = floating_engine(e.recurrences, fine_bits);
    BOOST_TEST_REQUIRE((exact->expand(e.start, {}, e.length, e.order) == outcome::done));
    std::int64_t worst = fine_bits;
    for (std::size_t i = 0; i < e.start.size(); ++i) {
        log_size largest = vanishing;
        for (int k = 0; k <= e.order; ++k) largest = std::max(largest, exact->sizes(i)[static_cast<std::size_t>(k)]);
        for (int k = 0; k <= e.order; ++k) {
            const Real difference = found.coefficient(i, k) - exact->coefficient(i, k);
            if (difference != 0) worst = std::min(worst, (largest - size_of(difference.backend().data())) / size_unit);
        }
    }
    return worst;
}

expansion pendulum(const Rational& length) { return sample({"q", "p"}, {"p", "-sin(q) + q*p/7"}, {1, Rational(-1, 3)}, length, 60); }

}  // namespace

BOOST_AUTO_TEST_SUITE(fixed_point_engine)

/// Programs whose sums fill lanes in different ways: one, few and many variables, chains, squares, functions, powers, quotients, polynomials in time, parameters and
/// coefficients that are no integers.
const std::vector<std::pair<std::vector<std::string>, std::vector<std::string>>> shapes{
    {{"x"}, {"-x^2/3 + x/7"}},
    {{"q", "p"}, {"p", "-sin(q) + q*p/7"}},
    {{"x", "y", "z"}, {"10*(y - x)/9", "x*(28/10 - z) - y", "x*y - 8*z/3"}},
    {{"t", "x", "y"}, {"1", "t^2*x - 5001*y/7003", "exp(-x)*t + tanh(y)*x"}},
    {{"a", "b", "c", "d", "e"}, {"b*c - d*e", "c*d - e*a + a*a", "d*e - 2*a*b", "(e*a - b*c)*d/(2 + a^2)", "log(2 + a^2) - (1 + e^2)^(1/3)"}},
    {{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"},
     {"b*c", "c*d", "d*e", "e*f", "f*g", "g*h - 3*a*b", "h*i", "i*j", "(j*a)*(a*b) - (j*a)*(c*d)", "a*b + c*d + e*f + g*h + i*j - sqrt(3 + a*b)"}}};

/// Coefficients to so many bits, the same with all kernels.
void check_kernels(const expansion& e, std::int64_t wanted, const std::string& what) {
    std::unique_ptr<engine> first;
    for (const kernels::set& with : kernels::available()) {
        auto found = fixed_engine(e.recurrences, wanted, wanted + 60, &with);
        BOOST_TEST_REQUIRE((found->expand(e.start, {}, e.length, e.order) == outcome::done), with.name << " on " << what);
        BOOST_TEST(accuracy(e, *found) >= wanted - 5, with.name << " on " << what);
        if (first == nullptr) {
            first = std::move(found);
            continue;
        }
        Vector value, first_value;
        found->values(to_real(Rational(2, 7)), value), first->values(to_real(Rational(2, 7)), first_value);
        bool same = found->memory() == first->memory() && value == first_value;
        for (std::size_t i = 0; i < e.start.size(); ++i)
            for (int k = 0; k <= e.order; ++k) same = same && found->coefficient(i, k) == first->coefficient(i, k);
        BOOST_TEST(same, with.name << " gives other bits on " << what);
    }
}

BOOST_AUTO_TEST_CASE(all_kernels_give_the_same_bits) {
    const precision_scope scope(fine_bits);
    for (const auto& [names, formulas] : shapes)
        for (const int order : {40, 70}) {
            expansion e{compile(oracles::field(names, formulas)), {}, to_real(Rational(1, 6)), order};
            for (std::size_t i = 0; i < names.size(); ++i) e.start.push_back(to_real(Rational(static_cast<long>(3 * i + 2), static_cast<long>(7 + i))));
            check_kernels(e, bits, formulas[0]);
        }
}

/// Numbers lie in memory that expansions of other orders, lengths and magnitudes have used.
BOOST_AUTO_TEST_CASE(nothing_is_left_of_earlier_expansions) {
    const precision_scope scope(fine_bits);
    for (const auto& [names, formulas] : shapes) {
        const program recurrences = compile(oracles::field(names, formulas));
        const auto used = fixed_engine(recurrences, bits, bits + 60);
        for (int step = 0; step < 16; ++step) {
            const int order = std::array{40, 70, 25, 55}[static_cast<std::size_t>(step / 2 % 4)];
            const Real length = power_of_two(-(step * 7 % 5)) / 6;
            Vector start;
            for (int i = 0; i < static_cast<int>(names.size()); ++i)
                start.push_back(to_real(Rational(3 * i + 2 + step, 7 + i)) * power_of_two(-(5 * i + 1) * step % 61));
            const auto fresh = fixed_engine(recurrences, bits, bits + 60);
            fresh->recall(used->memory());
            const outcome result = used->expand(start, {}, length, order);
            BOOST_TEST((fresh->expand(start, {}, length, order) == result));
            if (result != outcome::done) continue;
            Vector value, fresh_value;
            used->values(to_real(Rational(2, 7)), value), fresh->values(to_real(Rational(2, 7)), fresh_value);
            bool same = used->memory() == fresh->memory() && value == fresh_value;
            for (std::size_t i = 0; i < start.size(); ++i)
                for (int k = 0; k <= order; ++k) same = same && used->coefficient(i, k) == fresh->coefficient(i, k);
            BOOST_TEST(same, "expansion " << step << " of " << formulas[0]);
        }
    }
}

/// More coefficients than the cache holds, none of them negligible: a pole near t = 1 and orders down to 0.7^390.
BOOST_AUTO_TEST_CASE(orders_in_blocks) {
    const precision_scope scope(fine_bits);
    expansion e = sample({"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"},
                         {"b*c", "c*d - a/9", "d*e", "(e*f + f*a)/2", "f*g", "g*h", "h*i", "i*j", "j*a", "(a*b + c*d + e*h)/3"}, {}, Rational(7, 10), 390);
    for (long i = 0; i < 10; ++i) e.start.push_back(to_real(Rational(i + 5, i + 6)));
    check_kernels(e, 300, "products in a ring");
}

BOOST_AUTO_TEST_CASE(overflow_is_seen_and_mended) {
    const precision_scope scope(fine_bits);
    const expansion e = pendulum(Rational(1, 2));
    const auto usual = fixed_engine(e.recurrences, bits, value_bits);
    BOOST_TEST_REQUIRE((usual->expand(e.start, {}, e.length, e.order) == outcome::done));
    BOOST_TEST(accuracy(e, *usual) >= bits - 5);
    const auto known = usual->memory();
    // All exponents too small, by less and by more than the guard limbs hold; then one variable alone.
    for (const std::int64_t lower : {23, 60, 100})
        for (std::size_t only = 0; only <= known.size() - 2; ++only) {
            auto wrong = known;
            for (std::size_t i = 0; i + 2 < wrong.size(); ++i)
                if (only + 2 == known.size() || i == only) wrong[i] -= lower;
            const auto mended = fixed_engine(e.recurrences, bits, value_bits);
            mended->recall(wrong);
            BOOST_TEST_REQUIRE((mended->expand(e.start, {}, e.length, e.order) == outcome::done));
            BOOST_TEST(accuracy(e, *mended) >= bits - 5, "exponents lowered by " << lower << " bits, variable " << only);
            BOOST_TEST((mended->memory() == known));
        }
}

BOOST_AUTO_TEST_CASE(used_up_guard_bits_are_seen_and_mended) {
    const precision_scope scope(fine_bits);
    // The exponential varies by many powers of two along the step: rounding is amplified.
    const expansion e = sample({"x", "u"}, {"1", "exp(-20*x^2) + u"}, {Rational(1, 2), 1}, 1, 120);
    const auto measured = fixed_engine(e.recurrences, bits, value_bits);
    BOOST_TEST_REQUIRE((measured->expand(e.start, {}, e.length, e.order) == outcome::done));
    const auto known = measured->memory();
    const std::int64_t loss = known[known.size() - 2];
    BOOST_TEST(loss > 12);
    BOOST_TEST(accuracy(e, *measured) >= bits - 5);
    auto careless = known;  // as if measured over a step along which nothing varied
    careless[known.size() - 2] = 0, careless[known.size() - 1] = 0;
    const auto mended = fixed_engine(e.recurrences, bits, value_bits);
    mended->recall(careless);
    BOOST_TEST_REQUIRE((mended->expand(e.start, {}, e.length, e.order) == outcome::done));
    BOOST_TEST(accuracy(e, *mended) >= bits - 5);
    BOOST_TEST(mended->memory()[known.size() - 2] >= loss - 3);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_held_is_refused) {
    const precision_scope scope(fine_bits);
    // Past the radius of convergence: rounding is amplified without end, or the coefficients leave every scale.
    for (const Rational& length : {Rational(20), Rational(1000), Rational(1'000'000)}) {
        const expansion e = pendulum(length);
        const auto refusing = fixed_engine(e.recurrences, bits, value_bits);
        const outcome result = refusing->expand(e.start, {}, e.length, e.order);
        BOOST_TEST((result == outcome::too_long || result == outcome::out_of_range), "length " << length);
    }
    const expansion e = sample({"x"}, {"1/x"}, {0}, 1, 20);
    BOOST_TEST((fixed_engine(e.recurrences, bits, value_bits)->expand(e.start, {}, e.length, e.order) == outcome::undefined));
}

BOOST_AUTO_TEST_CASE(long_series_through_spectra) {
    const precision_scope scope(fine_bits);
    expansion e = pendulum(Rational(1, 2));
    e.order = 640;  // in blocks, most of it far below what is wanted
    const auto found = fixed_engine(e.recurrences, bits, value_bits);
    BOOST_TEST_REQUIRE((found->expand(e.start, {}, e.length, e.order) == outcome::done));
    BOOST_TEST(accuracy(e, *found) >= bits - 5);
}

BOOST_AUTO_TEST_SUITE_END()
