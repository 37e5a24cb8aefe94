#include <eonflow/number/spectrum.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using number::Matrix;
using number::Real;

BOOST_AUTO_TEST_SUITE(spectrum)

BOOST_AUTO_TEST_CASE(factors_reproduce_the_matrix) {
    const number::precision_scope scope(300);
    for (const auto& [rows, columns] : {std::pair<std::size_t, std::size_t>{3, 3}, {2, 5}, {5, 2}, {1, 4}, {4, 1}}) {
        Matrix<Real> a(rows, columns);
        for (std::size_t i = 0; i < rows; ++i)
            for (std::size_t j = 0; j < columns; ++j) a(i, j) = sin(Real(static_cast<int>(7 * i + 3 * j + 1)));
        const auto s = number::singular_value_decomposition(a);
        BOOST_TEST(s.values.size() == std::min(rows, columns));
        for (std::size_t i = 0; i < rows; ++i)
            for (std::size_t j = 0; j < columns; ++j) {
                Real sum(0);
                for (std::size_t k = 0; k < s.values.size(); ++k) sum += s.left(i, k) * s.values[k] * s.right(j, k);
                BOOST_TEST(abs(sum - a(i, j)) < number::epsilon(285));
            }
        for (std::size_t k = 0; k + 1 < s.values.size(); ++k) BOOST_TEST(s.values[k] >= s.values[k + 1]);
    }
}

BOOST_AUTO_TEST_CASE(a_tiny_second_singular_value_is_seen) {
    // diag(1, 1e-80) rotated: the small value comes with relative accuracy although it is far below the rounding of the entries of W^T W.
    const number::precision_scope scope(600);
    const Real tiny = pow(Real(10), -80), c = cos(Real(1)), s = sin(Real(1));
    Matrix<Real> a(2, 2);
    a(0, 0) = c, a(0, 1) = -s * tiny, a(1, 0) = s, a(1, 1) = c * tiny;
    const auto spectrum = number::singular_value_decomposition(a);
    BOOST_TEST(number::agreeing_digits(spectrum.values[1], tiny, 150) >= 90);
}

BOOST_AUTO_TEST_SUITE_END()
