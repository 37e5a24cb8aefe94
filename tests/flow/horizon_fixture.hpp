#pragma once
/// Problems on separable data, followed to the horizon.

#include <eonflow/flow/horizon.hpp>
#include <eonflow/flow/observe.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <boost/test/unit_test.hpp>

namespace horizon_fixture {

using namespace eonflow;
using flow::HorizonTarget;
using number::Rational;
using number::Real;
using number::Vector;

using rows = std::vector<std::vector<std::string>>;
using target = HorizonTarget::what;

inline flow::Problem problem(const rows& x, model::Model m, const std::vector<std::string>& start, model::loss_kind loss = model::loss_kind::exponential) {
    flow::Problem p;
    p.data.X = number::Matrix<Rational>(x.size(), x[0].size());
    for (std::size_t i = 0; i < x.size(); ++i)
        for (std::size_t j = 0; j < x[0].size(); ++j) p.data.X(i, j) = number::parse_rational(x[i][j]);
    p.data.y.assign(x.size(), 1);
    p.model = std::move(m);
    p.loss.kind = loss;
    for (const auto& text : start) p.initial.push_back(number::parse_rational(text));
    return p;
}

inline flow::HorizonResult follow(const flow::Problem& p, const std::vector<HorizonTarget>& targets, std::int64_t digits = 30, int stages = 0) {
    flow::HorizonOptions o;
    o.digits = digits;
    o.stages = stages;
    auto result = flow::follow_to_horizon(p, targets, o);
    BOOST_TEST(result.status == "reached_stop");
    BOOST_TEST(result.samples.size() == targets.size());
    return result;
}

inline Vector values(const std::vector<flow::verified>& v) {
    Vector result;
    for (const auto& entry : v) result.push_back(entry.value);
    return result;
}

/// The claimed digits of `v` are true ones: |v - truth| <= 10^-claimed scale.
inline void check_claim(const flow::verified& v, const Real& truth, const Real& scale, std::int64_t at_least, const std::string& what) {
    const auto right = number::agreeing_digits(v.value, truth, scale, 1000);
    BOOST_TEST(v.digits >= at_least, what << ": " << v.digits << " digits claimed");
    BOOST_TEST(right >= v.digits, what << ": " << v.digits << " digits claimed, " << right << " right");
}

inline Real length(const Vector& a, const Vector& b) {
    Vector difference;
    for (std::size_t i = 0; i < a.size(); ++i) difference.push_back(a[i] - b[i]);
    return flow::norm(difference);
}

inline const rows six = {{"1", "1/2", "0"}, {"1/2", "1", "3/10"}, {"1", "1", "-1/2"}, {"2", "1/3", "1"}, {"1/4", "3/2", "1/5"}, {"1", "-1/4", "2"}};
inline const std::vector<std::string> zeros = {"0", "0", "0"};

inline model::Model dense(std::vector<std::size_t> widths) { return model::dense(widths); }

/// Rational starting values of mixed signs.
inline std::vector<std::string> generic(std::size_t count, bool positive = false) {
    std::vector<std::string> start;
    for (std::size_t i = 0; i < count; ++i) {
        const int numerator = 2 * static_cast<int>((i * 7 + 3) % 11) - 9;
        start.push_back(std::to_string(positive ? std::abs(numerator) : numerator) + "/20");
    }
    return start;
}

}  // namespace horizon_fixture
