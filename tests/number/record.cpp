#include <eonflow/number/error.hpp>
#include <eonflow/number/record.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace eonflow;
using namespace eonflow::number;

BOOST_AUTO_TEST_SUITE(record)

BOOST_AUTO_TEST_CASE(values_come_back_with_all_their_bits) {
    const precision_scope scope(700);
    const Real third = Real(1) / 3, tiny = pow(third, 100'000'000), infinite(std::numeric_limits<double>::infinity());
    Matrix<Real> m(2, 3);
    for (std::size_t k = 0; k < 6; ++k) m.entries()[k] = sqrt(Real(k));
    const Record kept = [&] {
        RecordWriter writer;
        writer(third, tiny, -infinite, Real(std::nan("")), Real(-0.0), 0.1, std::int64_t{-7}, true, std::string("a b"), std::vector<Vector>{{third}, {}}, m, std::optional<std::int64_t>(), std::optional<Real>(third));
        return writer.take();
    }();
    RecordReader reader(kept);
    Real a, b, c, d, e;
    double f = 0;
    std::int64_t g = 0;
    bool h = false;
    std::string i;
    std::vector<Vector> j;
    Matrix<Real> k;
    std::optional<std::int64_t> l = 3;
    std::optional<Real> n;
    reader(a, b, c, d, e, f, g, h, i, j, k, l, n);
    BOOST_TEST(a == third);
    BOOST_TEST(b == tiny);
    BOOST_TEST(c == -infinite);
    BOOST_TEST(isnan(d));
    BOOST_TEST((e == 0 && signbit(e)));
    BOOST_TEST(f == 0.1);
    BOOST_TEST(g == -7);
    BOOST_TEST(h);
    BOOST_TEST(i == "a b");
    BOOST_TEST((j == std::vector<Vector>{{third}, {}}));
    BOOST_TEST((k == m));
    BOOST_TEST(!l);
    BOOST_TEST((n == third));
    BOOST_CHECK_THROW(reader(g), invalid_input);
}

BOOST_AUTO_TEST_CASE(records_of_something_else_are_refused) {
    const precision_scope scope(100);
    std::int64_t count = 0;
    Real x;
    Vector v;
    Matrix<Real> m;
    BOOST_CHECK_THROW(RecordReader({"1.5"})(count), invalid_input);
    BOOST_CHECK_THROW(RecordReader({"zebra"})(x), invalid_input);
    BOOST_CHECK_THROW(RecordReader({"1000000000000", "1"})(v), invalid_input);
    BOOST_CHECK_THROW(RecordReader({"1", "1", "2", "0x1p+0", "0x1p+0"})(m), invalid_input);
}

BOOST_AUTO_TEST_SUITE_END()
