#include <eonflow/convex/domain.hpp>
#include <eonflow/convex/vertex.hpp>

#include <algorithm>

namespace eonflow::convex {

using number::Matrix;
using number::Rational;

namespace {

struct Open_interval {
    std::optional<Rational> low, high;
};

Open_interval domain_of(const Potential& p) {
    if (p.family == "power" || p.family == "exp") return {Rational(0), std::nullopt};
    if (p.family == "tanh" || p.family == "sin") return {Rational(-1), Rational(1)};
    if (p.family == "cosh") return {Rational(1), std::nullopt};
    if (p.family == "derivative" || p.family == "second_derivative") return {p.low, p.high};
    if (p.family == "layers" && std::find(p.parameters.begin() + 1, p.parameters.end(), Rational(0)) != p.parameters.end())
        return p.parameters[0] > 0 ? Open_interval{Rational(0), std::nullopt} : Open_interval{std::nullopt, Rational(0)};
    return {};
}

}  // namespace

// The least r >= 0 such that some w meets the equations and is inside every domain by (1 - r) times a room that it has: below 1 there is a point inside. Otherwise the multipliers
// (lambda of the equations, a and b of the ends) have matrix^T lambda = b - a and y lambda >= sum_j b_j high_j - a_j low_j, more than (b - a) w for any w inside.
Solution solve_domain(const Program& program) {
    const std::size_t n = program.rows(), d = program.columns();
    std::vector<Open_interval> domains;
    std::size_t ends = 0;
    for (const Potential& p : std::get<Separable>(program.objective).terms) {
        domains.push_back(domain_of(p));
        ends += (domains.back().low ? 1 : 0) + (domains.back().high ? 1 : 0);
    }
    Solution solution;
    if (ends == 0) {
        solution.status = Status::optimal;
        return solution;
    }
    Absolute objective;
    objective.up.assign(d + 1, Rational(0));
    objective.down.assign(d + 1, Rational(0));
    objective.up[d] = 1;
    objective.down[d] = std::nullopt;
    Matrix<Rational> matrix(n + ends, d + 1);
    std::vector<Rational> right = program.right;
    std::vector<Relation> relation(n, Relation::equal);
    for (std::size_t i = 0; i < n; ++i) std::copy_n(program.matrix.row(i).begin(), d, matrix.row(i).begin());
    for (std::size_t j = 0, row = n; j < d; ++j) {
        const auto& [low, high] = domains[j];
        const Rational room = low && high ? std::min(Rational(1), Rational((*high - *low) / 4)) : Rational(1);
        for (const int side : {-1, 1}) {
            const auto& end = side < 0 ? low : high;
            if (!end) continue;
            // w - low >= room (1 - r), high - w >= room (1 - r)
            matrix(row, j) = -side;
            matrix(row, d) = room;
            right.push_back(room - side * *end);
            relation.push_back(Relation::at_least);
            ++row;
        }
    }
    const Vertex inside = optimal_vertex({std::move(objective), std::move(matrix), std::move(right), std::move(relation)});
    Certificate& certificate = solution.certificate;
    if (inside.feasible && inside.point[d] < 1) {
        solution.status = Status::optimal;
        return solution;
    }
    certificate.program = program;
    solution.status = Status::infeasible;
    certificate.claim = Claim::infeasible;
    std::vector<Rational> lambda = inside.multipliers.rationals();
    lambda.resize(n);
    certificate.multipliers = common_denominator(lambda);
    for (std::size_t i = 0; i < n; ++i)
        if (lambda[i] != 0) certificate.support.push_back(i);
    return solution;
}

}  // namespace eonflow::convex
