#include <eonflow/ode/roots.hpp>

#include <cmath>
#include <vector>

namespace eonflow::ode {

using number::Real;

namespace {

template <class T>
class search {
public:
    /// `rounding`: the relative rounding of T.
    search(std::vector<T> coefficients, const T& noise, const T& rounding) : c_(std::move(coefficients)) {
        using std::abs;
        T sum = 0;
        for (const T& c : c_) sum += abs(c);
        // A shift is at most 2 (degree + 2) roundings on terms whose absolute values add up to at most `sum` (m + h <= 1).
        radius_ = noise + T(4 * (c_.size() + 2)) * rounding * sum;
        q_.resize(c_.size());
    }

    enum class answer : std::uint8_t { none, crossing, unresolved };
    struct finding {
        answer what = answer::none;
        T low, high;
    };

    /// The first piece of [a, b] that has a root or is not resolved, p having the sign `before` just before or after a.
    finding first(const T& a, const T& b, int before) {
        using std::abs;
        const T h = (b - a) / 2, m = a + h;
        shift(m, h);
        T rest = 0, bend = 0;
        for (std::size_t k = 1; k < q_.size(); ++k) rest += abs(q_[k]);
        if (abs(q_[0]) > rest + radius_) return {answer::none, a, b};
        for (std::size_t k = 2; k < q_.size(); ++k) bend += abs(q_[k]) * T(k);
        if (abs(q_[1]) > bend + radius_ * T(q_.size())) {
            T end = q_[0] + rest_at_end();
            if (abs(end) > radius_) return {(end > 0 ? 1 : -1) == before ? answer::none : answer::crossing, a, b};
            // The end is zero as far as can be told: a root where p falls towards it.
            if ((q_[1] > 0 ? 1 : -1) != before) return {answer::crossing, a, b};
        }
        // Halving gains nothing where all that is left is below the error, or the piece is a point.
        if (rest <= radius_ || m <= a || m >= b) return {answer::unresolved, a, b};
        const finding left = first(a, m, before);
        return left.what == answer::none ? first(m, b, before) : left;
    }

private:
    /// q: the coefficients of p(m + h x).
    void shift(const T& m, const T& h) {
        T power = 1;
        for (std::size_t k = 0; k < c_.size(); ++k) q_[k] = c_[k] * power, power *= m;
        for (std::size_t i = 0; i + 1 < q_.size(); ++i)
            for (std::size_t k = q_.size() - 1; k-- > i;) q_[k] += q_[k + 1];
        const T ratio = h / m;
        power = 1;
        for (T& q : q_) q *= power, power *= ratio;
    }
    T rest_at_end() const {
        T sum = 0;
        for (std::size_t k = 1; k < q_.size(); ++k) sum += q_[k];
        return sum;
    }

    std::vector<T> c_, q_;
    T radius_;
};

}  // namespace

std::optional<root> first_root(std::span<const Real> coefficients, const Real& noise, const Real& end) {
    Real largest = 0;
    int before = 0;
    for (const Real& c : coefficients) {
        if (before == 0 && c != 0) before = c > 0 ? 1 : -1;
        if (abs(c) > largest) largest = abs(c);
    }
    if (before == 0) return std::nullopt;
    if (coefficients.size() == 1) return std::nullopt;
    constexpr double unit = 0x1p-53;
    std::vector<double> rounded;
    for (const Real& c : coefficients) rounded.push_back(Real(c / largest).convert_to<double>());
    // Each coefficient was rounded once more, by at most one unit of the largest.
    search<double> coarse(rounded, Real(noise / largest).convert_to<double>() + unit * static_cast<double>(rounded.size()), unit);
    const double stop = end.convert_to<double>();
    using answer = search<double>::answer;
    const double reach = stop < 1 ? std::nextafter(stop, 1.0) : 1.0;
    const auto found = coarse.first(0, reach, before);
    if (found.what == answer::none) return std::nullopt;
    const auto inside = [&](const Real& x) { return x > end ? end : x; };
    if (found.what == answer::crossing) return root{inside(Real(found.low)), inside(Real(found.high)), false};
    // From the piece that double cannot resolve on, in the working precision.
    search<Real> fine({coefficients.begin(), coefficients.end()}, noise, number::epsilon(number::working_bits()));
    const auto close = fine.first(Real(found.low), end, before);
    if (close.what == search<Real>::answer::none) return std::nullopt;
    return root{close.low, close.high, close.what == search<Real>::answer::unresolved};
}

bool surely_no_root(std::span<const double> coefficients, double noise, double end) {
    double rest = 0, power = end;
    for (std::size_t k = 1; k < coefficients.size(); ++k) rest += std::abs(coefficients[k]) * power, power *= end;
    if (!std::isfinite(rest + noise + coefficients[0])) return false;
    const double rounding = (rest + std::abs(coefficients[0])) * static_cast<double>(coefficients.size()) * 0x1p-51;
    if (std::abs(coefficients[0]) > rest + noise + rounding) return true;
    if (end == 0) return false;
    search<double> coarse({coefficients.begin(), coefficients.end()}, noise, 0x1p-53);
    return std::abs(coefficients[0]) > noise && coarse.first(0, end, coefficients[0] > 0 ? 1 : -1).what == search<double>::answer::none;
}

}  // namespace eonflow::ode
