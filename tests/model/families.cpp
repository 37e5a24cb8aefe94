#include <eonflow/graph/derivative.hpp>
#include <eonflow/graph/evaluate.hpp>
#include <eonflow/model/reparametrization.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using namespace eonflow::model;
using number::Ball;
using number::Rational;

namespace {

std::vector<Rational> coefficients(const Model& model, const std::vector<Rational>& theta) {
    Graph g;
    std::vector<node_id> inputs;
    for (const std::string& name : model.parameter_names) inputs.push_back(g.input(name));
    return graph::evaluate<Rational>(g, model.linear_coefficients(g, inputs), theta);
}

std::string place_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const invalid_input& problem) {
        return problem.place();
    }
    return "accepted";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(families)

BOOST_AUTO_TEST_CASE(convolution_is_the_coefficient_of_the_cyclic_product) {
    const std::vector<std::size_t> full{3, 3}, ragged{2, 1, 4};
    // (1 + 2t + 3t^2)(5 + 7t + 11t^2) mod t^3 - 1
    BOOST_TEST((coefficients(convolution(3, full), {1, 2, 3, 5, 7, 11}) == std::vector<Rational>{5 + 22 + 21, 7 + 10 + 33, 11 + 14 + 15}));
    // (1 + 2t) * 3 * (1 - t + t^3 * 4) mod t^4 - 1
    BOOST_TEST((coefficients(convolution(4, ragged), {1, 2, 3, 1, -1, 0, 4}) == std::vector<Rational>{27, 3, -6, 12}));
}

BOOST_AUTO_TEST_CASE(a_tensor_can_be_any_of_the_others) {
    const std::vector<std::size_t> full{3, 3};
    std::vector<tensor_entry> circular, diagonal_entries;
    for (std::size_t i = 0; i < 3; ++i) {
        diagonal_entries.push_back({{i, i}, i, 1});
        for (std::size_t j = 0; j < 3; ++j) circular.push_back({{i, j}, (i + j) % 3, 1});
    }
    const std::vector<Rational> theta{1, 2, 3, 5, 7, 11};
    BOOST_TEST((coefficients(tensor(3, full, circular), theta) == coefficients(convolution(3, full), theta)));
    BOOST_TEST((coefficients(tensor(3, full, diagonal_entries), theta) == coefficients(diagonal(3, 2), theta)));
}

BOOST_AUTO_TEST_CASE(difference_of_powers) { BOOST_TEST((coefficients(difference(2, 3), {2, 1, 1, -3}) == std::vector<Rational>{7, 28})); }

BOOST_AUTO_TEST_CASE(wrong_shapes_are_refused) {
    const std::vector<std::size_t> none, long_filter{2, 4}, pair{2, 2};
    BOOST_TEST(place_of([&] { (void)convolution(3, none); }) == "/model/filters");
    BOOST_TEST(place_of([&] { (void)convolution(3, long_filter); }) == "/model/filters/1");
    BOOST_TEST(place_of([&] { (void)tensor(3, none, {}); }) == "/model/shape");
    BOOST_TEST(place_of([&] { (void)tensor(3, pair, {{{0, 2}, 0, 1}}); }) == "/model/entries/0/at/1");
    BOOST_TEST(place_of([&] { (void)tensor(3, pair, {{{0}, 0, 1}}); }) == "/model/entries/0/at");
    BOOST_TEST(place_of([&] { (void)tensor(3, pair, {{{0, 1}, 3, 1}}); }) == "/model/entries/0/x");
    BOOST_TEST(place_of([&] { (void)difference(3, 0); }) == "/model/depth");
    BOOST_TEST(place_of([&] { (void)reparametrized(2, "cube", {}); }) == "/model/rho");
    BOOST_TEST(place_of([&] { (void)reparametrized(2, "power", Rational(2)); }) == "/model/exponent");
    BOOST_TEST(place_of([&] { (void)reparametrized(2, "exp", Rational(2)); }) == "/model/exponent");
    BOOST_TEST(place_of([&] { (void)reparametrized(2, "signed_power", {}); }) == "/model/exponent");
    BOOST_TEST(place_of([&] { (void)reparametrized(2, "exp", {}, {1}); }) == "/model/origin");
    BOOST_TEST(place_of([&] { (void)reparametrized_by_formula(2, "z + w"); }).starts_with("/model/formula: "));
}

// Each row of the table against the definition: rho and its inverse, (F')(rho(z))' = 1/rho'(z), F' = mirror o inverse, F''(rho(z)) rho'(z)^2 = 1, response = F'^{-1}.
BOOST_AUTO_TEST_CASE(rows_of_the_table_agree_with_each_other) {
    const number::precision_scope scope(256);
    for (const Reparametrization& row : reparametrizations())
        for (const char* text : {"3/5", "7/5", "-4/5"}) {
            const Rational at = number::parse_rational(text);
            std::optional<Rational> exponent;
            if (row.name == "power") exponent = 3;
            if (row.name == "signed_power") exponent = Rational(4, 3);
            if (at < 0 && (row.domain.find("z > 0") != std::string::npos || row.chart == std::vector<std::string>{"z"})) continue;
            BOOST_TEST_CONTEXT(row.name << " at " << text) {
                Graph g;
                const node_id z = g.input("z");
                const node_id rho = put_in(g, row, row.rho, z, exponent);
                const auto slope = [&](node_id f, node_id by) { return graph::gradient(g, f, std::span(&by, 1))[0]; };
                const node_id rate = slope(rho, z);
                const node_id mirror = put_in(g, row, row.mirror, z, exponent);
                Graph h;
                const node_id x = h.input("x");
                const node_id potential = put_in(h, row, row.potential, x, exponent), first = graph::gradient(h, potential, std::span(&x, 1))[0];
                const std::vector<node_id> slopes{first, graph::gradient(h, first, std::span(&x, 1))[0]};
                const auto of_potential = graph::transplant(h, slopes, g, std::span(&rho, 1));
                std::vector<node_id> zeros{g.subtract(put_in(g, row, row.inverse, rho, exponent), z), g.sum({{1, slope(mirror, z), rate}}, -1), g.subtract(of_potential[0], mirror),
                                           g.sum({{1, of_potential[1], g.multiply(rate, rate)}}, -1)};
                if (!row.response.empty()) zeros.push_back(g.subtract(put_in(g, row, row.response, mirror, exponent), rho));
                const auto values = graph::evaluate<Ball>(g, zeros, std::vector<Ball>{Ball(at)});
                for (std::size_t k = 0; k < values.size(); ++k)
                    BOOST_TEST((values[k].is_finite() && values[k].contains_zero() && values[k].radius() < number::power_of_two(-200)), "identity " << k);
            }
        }
}

BOOST_AUTO_TEST_CASE(the_origin_is_where_the_parameters_are_zero) {
    const number::precision_scope scope(256);
    const Model model = reparametrized(2, "sinh", {}, {Rational(1, 3), -2});
    Graph g;
    std::vector<node_id> z{g.input("a"), g.input("b")};
    const auto beta = graph::evaluate<Ball>(g, model.linear_coefficients(g, z), std::vector<Ball>{0, 0});
    BOOST_TEST((beta[0].contains(Rational(1, 3)) && beta[0].accurate_digits() > 60));
    BOOST_TEST((beta[1].contains(Rational(-2)) && beta[1].accurate_digits() > 60));
}

BOOST_AUTO_TEST_SUITE_END()
