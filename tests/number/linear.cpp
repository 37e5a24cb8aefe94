#include <eonflow/number/linear.hpp>

#include <boost/test/unit_test.hpp>

#include <random>

using namespace eonflow::number;

BOOST_AUTO_TEST_SUITE(linear)

BOOST_AUTO_TEST_CASE(kernel_is_annihilated_and_complete) {
    std::mt19937_64 random(7);
    std::uniform_int_distribution<int> entry(-3, 3);
    for (int trial = 0; trial < 200; ++trial) {
        // A product of thin factors, so that the rank is at most the inner size.
        const std::size_t rows = 1 + random() % 5, columns = 1 + random() % 6, inner = 1 + random() % 4;
        Matrix<Rational> a(rows, inner), b(inner, columns), m(rows, columns);
        for (auto& x : a.entries()) x = Rational(entry(random), 1 + static_cast<int>(random() % 4));
        for (auto& x : b.entries()) x = Rational(entry(random), 1 + static_cast<int>(random() % 4));
        for (std::size_t i = 0; i < rows; ++i)
            for (std::size_t j = 0; j < columns; ++j)
                for (std::size_t k = 0; k < inner; ++k) m(i, j) += a(i, k) * b(k, j);
        const auto basis = kernel(m);
        BOOST_TEST(rank(m) <= inner);
        BOOST_TEST(basis.rows() + rank(m) == columns);
        BOOST_TEST(rank(basis) == basis.rows());
        for (std::size_t k = 0; k < basis.rows(); ++k)
            for (std::size_t i = 0; i < rows; ++i) {
                Rational sum = 0;
                for (std::size_t j = 0; j < columns; ++j) sum += m(i, j) * basis(k, j);
                BOOST_TEST(sum == 0);
            }
    }
}

BOOST_AUTO_TEST_SUITE_END()
