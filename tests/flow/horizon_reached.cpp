// How far and to how many digits; what is checked against: the exact max margin, the conserved balance, the claims of either run.
#include "horizon_fixture.hpp"

#include <eonflow/convex/solve.hpp>
#include <eonflow/io/data_file.hpp>

#include <fstream>
#include <iterator>

using namespace horizon_fixture;

namespace {

/// Follows the direction until it is estimated to be within 10^-digits of its limit and compares with the max margin vector: the distance is right if both the samples'
/// digits and the estimate hold.
void check_limit(const flow::Problem& p, std::int64_t digits, std::int64_t on_the_way = 30) {
    const auto result = follow(p, {{target::direction_digits, digits}}, on_the_way);
    const number::precision_scope scope(result.precision_bits);
    const auto margin = convex::solve(convex::l2_margin(p.data.signed_rows()));
    Vector limit;
    for (const auto& ball : margin.point(digits + 20)) limit.push_back(ball.midpoint());
    const Real distance = length(values(result.samples[0].predictor), flow::normalized(limit));
    BOOST_TEST(-log10(distance) > digits - Real(1) / 2);
    BOOST_TEST(-log10(distance) < digits + 3);  // the flow went no farther than asked
    for (const auto& entry : result.samples[0].predictor) BOOST_TEST(entry.digits >= digits);
}

flow::Problem real_data(const std::string& file, const std::vector<std::size_t>& hidden) {
    std::ifstream from(std::string(EONFLOW_SOURCE_DIR) + "/proofs-data/real/" + file);
    flow::Problem p;
    p.data = io::parse_csv(std::string(std::istreambuf_iterator<char>(from), {}), file);
    std::vector<std::size_t> widths = {p.data.features()};
    widths.insert(widths.end(), hidden.begin(), hidden.end());
    widths.push_back(1);
    p.model = hidden.empty() ? model::linear(p.data.features()) : model::dense(widths);
    p.loss.kind = model::loss_kind::exponential;
    for (const auto& text : hidden.empty() ? std::vector<std::string>(p.data.features(), "0") : generic(p.model.parameters())) p.initial.push_back(number::parse_rational(text));
    return p;
}

/// 130 digits to |theta| = e^72: the balance of neighbouring layers, relative to |theta|^2, stays at the digits asked for.
void check_balance(model::Model m) {
    const std::size_t count = m.parameters();
    const auto p = problem(six, std::move(m), generic(count), model::loss_kind::logistic);
    const auto result = follow(p, {{target::log_radius, 5}, {target::log_radius, 72}}, 130);
    const number::precision_scope scope(result.precision_bits);
    Vector start;
    for (const Rational& x : p.initial) start.push_back(number::to_real(x));
    const Real close = number::to_real(number::parse_rational("1e-130"));
    for (const auto& s : result.samples) {
        const Real shrink = exp(-2 * s.log_radius.value);
        for (std::size_t k = 0; k + 1 < p.model.layers.size(); ++k) {
            const auto before = flow::balance(p.model.layers[k], p.model.layers[k + 1], start);
            const auto after = flow::balance(p.model.layers[k], p.model.layers[k + 1], values(s.direction));
            for (std::size_t e = 0; e < before.entries().size(); ++e) BOOST_TEST(abs(after.entries()[e] - before.entries()[e] * shrink) < close);
        }
        for (const auto& entry : s.direction) BOOST_TEST(entry.digits >= 130);
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(horizon_reached)

BOOST_AUTO_TEST_CASE(thirty_digits_at_depth_1_2_3) {
    check_limit(problem(six, model::linear(3), zeros), 30);
    check_limit(problem(six, dense({3, 3, 1}), generic(12)), 30);
    check_limit(problem(six, dense({3, 3, 3, 1}), generic(21)), 30);
}

BOOST_AUTO_TEST_CASE(a_hundred_digits_of_a_linear_predictor) {
    check_limit(problem(six, model::linear(3), zeros), 100);
    check_limit(problem(six, model::linear(3), zeros, model::loss_kind::logistic), 100, 20);
}

BOOST_AUTO_TEST_CASE(hundreds_of_digits, *boost::unit_test::label("slow") * boost::unit_test::disabled()) {
    check_limit(problem(six, model::linear(3), zeros), 300);
    check_limit(problem(six, model::linear(3), zeros), 1000);
    check_limit(problem(six, dense({3, 3, 1}), generic(12)), 300);
    check_limit(problem(six, dense({3, 3, 3, 1}), generic(21)), 100);
}

BOOST_AUTO_TEST_CASE(balance_at_130_digits, *boost::unit_test::label("slow") * boost::unit_test::disabled()) {
    check_balance(dense({3, 3, 1}));
    check_balance(dense({3, 3, 3, 1}));
}

BOOST_AUTO_TEST_CASE(iris_at_depth_1_2_3, *boost::unit_test::label("slow") * boost::unit_test::disabled()) {
    check_limit(real_data("iris_setosa_versicolor.csv", {}), 30);
    check_limit(real_data("iris_setosa_versicolor.csv", {3}), 30);
    check_limit(real_data("iris_setosa_versicolor.csv", {3, 3}), 30);
}

BOOST_AUTO_TEST_CASE(digits_zero_and_one, *boost::unit_test::label("slow") * boost::unit_test::disabled()) { check_limit(real_data("digits_zero_one.csv", {}), 30); }

BOOST_AUTO_TEST_SUITE_END()
