#include <eonflow/limit/leaky.hpp>

#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>

namespace eonflow::limit {

using number::Matrix;

namespace {

template <class A, class B>
Rational dot(const A& a, const B& b) {
    Rational sum = 0;
    for (std::size_t j = 0; j < a.size(); ++j) sum += a[j] * b[j];
    return sum;
}

Rational count(std::size_t n) { return Rational(static_cast<unsigned long>(n)); }

/// Whether |sum_{helps} s_i l_i x_i - slope sum_{hurts} l_i x_i| over all s_i in [slope, 1] is largest for s = 1: the square is convex in s, and grows in each s_i where
/// <x_i, the sum> >= 0 over the whole box, which is linear in s.
bool largest_when_active(const flow::Data& data, const std::vector<Rational>& multipliers, const Rational& slope, int helping_label) {
    for (std::size_t i = 0; i < data.samples(); ++i) {
        if (data.y[i] != helping_label) continue;
        Rational least = slope * multipliers[i] * dot(data.X.row(i), data.X.row(i));
        for (std::size_t k = 0; k < data.samples(); ++k) {
            if (k == i) continue;
            const Rational part = multipliers[k] * dot(data.X.row(i), data.X.row(k));
            if (data.y[k] == helping_label)
                least += std::min(part, Rational(slope * part));
            else
                least -= slope * part;
        }
        if (least < 0) return false;
    }
    return true;
}

}  // namespace

Geometry geometry_of(const Matrix<Rational>& X) {
    Geometry result;
    for (std::size_t i = 0; i < X.rows(); ++i) {
        const Rational square = dot(X.row(i), X.row(i));
        if (square == 0) throw invalid_input("the sample is 0, accepted are samples of positive length", "/data/x/" + std::to_string(i));
        result.shortest = i == 0 ? square : std::min(result.shortest, square);
        result.longest = std::max(result.longest, square);
        for (std::size_t k = 0; k < i; ++k) result.overlap = std::max(result.overlap, Rational(abs(dot(X.row(i), X.row(k)))));
    }
    return result;
}

std::vector<Rational> Leaky_limit::margins(const flow::Data& data) const {
    const auto phi = [&](const Rational& pre) { return std::max(pre, Rational(network.slope * pre)); };
    std::vector<Rational> result;
    for (std::size_t i = 0; i < data.samples(); ++i)
        result.push_back(data.y[i] * network.output *
                         (count(network.positive) * phi(dot(v, data.X.row(i))) - count(network.negative) * phi(dot(u, data.X.row(i)))));
    return result;
}

bool Leaky_limit::signs_as_claimed(const flow::Data& data) const {
    for (std::size_t i = 0; i < data.samples(); ++i)
        if (data.y[i] * dot(v, data.X.row(i)) <= 0 || data.y[i] * dot(u, data.X.row(i)) >= 0) return false;
    return true;
}

bool Leaky_limit::proves_global_optimality(const flow::Data& data) const {
    // With these multipliers the Lagrangian of min 1/2 |W|^2 : margins >= 1 splits into units. For a positive unit phi(z) >= slope z bounds the terms of the negative samples, and
    // what remains is the least over patterns s of 1/2 |w|^2 - <w, c(s)>, that is -1/2 max |c(s)|^2 = -1/2 |v|^2. The dual value is then that of the program, and W* meets the rows.
    const auto q = margins(data);
    return std::all_of(q.begin(), q.end(), [](const Rational& margin) { return margin >= 1; }) &&
           std::all_of(multipliers.begin(), multipliers.end(), [](const Rational& l) { return l >= 0; }) &&
           largest_when_active(data, multipliers, network.slope, 1) && largest_when_active(data, multipliers, network.slope, -1);
}

Leaky_limit leaky_limit(const flow::Data& data, const Leaky_network& network) {
    if (network.positive == 0 || network.negative == 0) throw invalid_input("accepted are networks with at least one output weight of either sign", "/model/output");
    if (network.output <= 0) throw invalid_input("the size of the output weights is " + number::to_text(network.output) + ", accepted is a positive number", "/model/output");
    if (network.slope <= 0 || network.slope >= 1) throw invalid_input("the slope is " + number::to_text(network.slope) + ", accepted is a slope between 0 and 1", "/model/slope");
    const std::size_t n = data.samples(), d = data.features();
    const Rational own_v = network.output * count(network.positive), own_u = network.output * count(network.negative);
    convex::Program program;
    convex::Quadratic objective;
    objective.weights.assign(d, count(network.positive));
    objective.weights.insert(objective.weights.end(), d, count(network.negative));
    objective.center.assign(2 * d, Rational(0));
    program.objective = std::move(objective);
    Matrix<Rational> rows(n, 2 * d);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < d; ++j) {
            const bool positive = data.y[i] > 0;
            rows(i, j) = (positive ? Rational(1) : Rational(-network.slope)) * own_v * data.X(i, j);
            rows(i, d + j) = (positive ? Rational(-network.slope) : Rational(1)) * own_u * data.X(i, j);
        }
    program.matrix = std::move(rows);
    program.right.assign(n, Rational(1));
    program.relation.assign(n, convex::Relation::at_least);

    Leaky_limit result{network, convex::solve(std::move(program)), {}, {}, {}, {}};
    if (result.solution.status != convex::Status::optimal) return result;
    const std::vector<Rational> point = result.solution.certificate.point.rationals();
    result.v.assign(point.begin(), point.begin() + static_cast<std::ptrdiff_t>(d));
    result.u.assign(point.begin() + static_cast<std::ptrdiff_t>(d), point.end());
    result.multipliers = result.solution.certificate.multipliers.rationals();
    for (std::size_t j = 0; j < d; ++j) result.z.push_back(own_v * result.v[j] - own_u * result.u[j]);
    return result;
}

}  // namespace eonflow::limit
