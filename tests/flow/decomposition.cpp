/// Orthogonal decompositions of data tensors: found, put together again, or refuted; exact inertia.
#include <eonflow/flow/decomposition.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/spectrum.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using flow::Complex;
using flow::Decomposition;
using number::Matrix;
using number::Rational;
using number::Real;
using outcome = flow::Decomposition::outcome;

namespace {

/// The largest entry by which the decomposition misses f at v_l = e_i, and U_l the orthonormal columns.
Real defect(const model::Model& model, const Decomposition& d) {
    const flow::DataTensor t = flow::data_tensor(model);
    Real most(0);
    for (std::size_t at = 0; at < t.positions(); ++at)
        for (std::size_t k = 0; k < t.features; ++k) {
            Complex sum{-number::to_real(t.entries[at * t.features + k]), Real(0)};
            for (std::size_t j = 0; j < d.components(); ++j) {
                Complex factor = d.S(j, k);
                std::size_t rest = at;
                for (std::size_t l = t.shape.size(); l-- > 0; rest /= t.shape[l]) factor = factor * d.U[l](rest % t.shape[l], j);
                sum = sum + factor;
            }
            most = std::max(most, Real(sqrt(square_modulus(sum))));
        }
    for (const auto& U : d.U)
        for (std::size_t a = 0; a < U.columns(); ++a)
            for (std::size_t b = 0; b < U.columns(); ++b) {
                Complex sum{Real(a == b ? -1 : 0), Real(0)};
                for (std::size_t i = 0; i < U.rows(); ++i) sum = sum + conjugate(U(i, a)) * U(i, b);
                most = std::max(most, Real(sqrt(square_modulus(sum))));
            }
    return most;
}

/// The circular convolution as a tensor without a known structure.
model::Model as_tensor(std::size_t d, const std::vector<std::size_t>& filters) {
    const flow::DataTensor t = flow::data_tensor(model::convolution(d, filters));
    std::vector<model::tensor_entry> entries;
    for (std::size_t at = 0; at < t.positions(); ++at)
        for (std::size_t k = 0; k < d; ++k) {
            if (t.entries[at * d + k] == 0) continue;
            std::vector<std::size_t> index(filters.size());
            std::size_t rest = at;
            for (std::size_t l = filters.size(); l-- > 0; rest /= filters[l]) index[l] = rest % filters[l];
            entries.push_back({index, k, t.entries[at * d + k]});
        }
    return model::tensor(d, filters, entries);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(decomposition)

BOOST_AUTO_TEST_CASE(known_and_found_decompositions_give_the_tensor_back) {
    const number::precision_scope scope(200);
    const Real small = number::power_of_two(-180);
    for (const model::Model& m : {model::diagonal(3, 4), model::convolution(4, std::vector<std::size_t>{4, 4}), model::convolution(3, std::vector<std::size_t>{3, 3, 3}), as_tensor(3, {3, 3}),
                                  as_tensor(4, {4, 4}), as_tensor(3, {3, 3, 3}), as_tensor(2, {2, 2})}) {
        const Decomposition d = flow::decompose(m);
        BOOST_TEST(d.exists(), m.description);
        BOOST_TEST(defect(m, d) < small, m.description << ": " << defect(m, d));
    }
    BOOST_TEST((flow::decompose(as_tensor(2, {2, 2})).found == outcome::real));
    BOOST_TEST(!flow::decompose(as_tensor(2, {2, 2})).is_rational());  // columns (1, ±1)/√2
    BOOST_TEST((flow::decompose(as_tensor(3, {3, 3})).found == outcome::complex));
}

BOOST_AUTO_TEST_CASE(a_rational_decomposition_is_found_exactly) {
    const number::precision_scope scope(200);
    // Two components, in turned bases of each of two layers: S = [[1, 2, 0], [0, 1, -1/2]].
    const Rational u[2][3] = {{Rational(2, 3), Rational(2, 3), Rational(1, 3)}, {Rational(-2, 3), Rational(1, 3), Rational(2, 3)}}, v[2][2] = {{Rational(3, 5), Rational(4, 5)}, {Rational(-4, 5), Rational(3, 5)}};
    const Rational S[2][3] = {{1, 2, 0}, {0, 1, Rational(-1, 2)}};
    std::vector<model::tensor_entry> entries;
    for (std::size_t i = 0; i < 3; ++i)
        for (std::size_t j = 0; j < 2; ++j)
            for (std::size_t k = 0; k < 3; ++k) entries.push_back({{i, j}, k, S[0][k] * u[0][i] * v[0][j] + S[1][k] * u[1][i] * v[1][j]});
    const Decomposition d = flow::decompose(model::tensor(3, std::vector<std::size_t>{3, 2}, entries));
    BOOST_TEST((d.found == outcome::real));
    BOOST_REQUIRE(d.is_rational());
    BOOST_TEST(d.components() == 2u);
    // Up to the order and the signs of the columns.
    const std::size_t first = d.exact_S(0, 0) != 0 ? 0 : 1;
    BOOST_TEST(abs(d.exact_S(first, 1)) == 2);
    BOOST_TEST(abs(d.exact_S(1 - first, 2)) == Rational(1, 2));
    BOOST_TEST(abs(d.exact_U[0](2, first)) == Rational(1, 3));
}

BOOST_AUTO_TEST_CASE(where_there_is_none_it_is_refuted) {
    const number::precision_scope scope(128);
    const auto none = [](const model::Model& m) { return flow::decompose(m).found == outcome::none; };
    BOOST_TEST(none(model::convolution(3, std::vector<std::size_t>{2, 3})));
    BOOST_TEST(none(model::tensor(2, std::vector<std::size_t>{2, 2}, {{{0, 0}, 0, 1}, {{0, 1}, 1, 1}, {{1, 1}, 1, 2}})));
    // x_1 times the identity: the two components cannot be told apart by x, S = (1, 1)^T has not full row rank.
    BOOST_TEST(none(model::tensor(1, std::vector<std::size_t>{2, 2}, {{{0, 0}, 0, 1}, {{1, 1}, 0, 1}})));
    BOOST_CHECK_THROW((void)flow::decompose(model::linear(2)), invalid_input);
}

BOOST_AUTO_TEST_CASE(inertia_counts_signs_exactly) {
    const auto of = [](std::size_t n, const std::vector<Rational>& entries) {
        Matrix<Rational> a(n, n);
        for (std::size_t i = 0; i < n * n; ++i) a(i / n, i % n) = entries[i];
        const number::Inertia signs = number::inertia(std::move(a));
        return std::pair(signs.positive, signs.negative);
    };
    BOOST_TEST((of(2, {0, 1, 1, 0}) == std::pair<std::size_t, std::size_t>(1, 1)));
    BOOST_TEST((of(3, {1, 1, 0, 1, 1, 0, 0, 0, -3}) == std::pair<std::size_t, std::size_t>(1, 1)));  // singular
    BOOST_TEST((of(3, {2, 1, 0, 1, 2, 1, 0, 1, 2}) == std::pair<std::size_t, std::size_t>(3, 0)));
    BOOST_TEST((of(4, {0, 0, 0, 1, 0, 0, 2, 0, 0, 2, 0, 0, 1, 0, 0, 0}) == std::pair<std::size_t, std::size_t>(2, 2)));
    BOOST_TEST((of(2, {0, 0, 0, 0}) == std::pair<std::size_t, std::size_t>(0, 0)));
}

BOOST_AUTO_TEST_SUITE_END()
