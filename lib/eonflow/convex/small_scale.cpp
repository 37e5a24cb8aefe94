#include <eonflow/convex/small_scale.hpp>
#include <eonflow/number/error.hpp>

#include <algorithm>

namespace eonflow::convex {

using number::Ball;
using number::Matrix;
using number::Rational;

std::vector<Ball> Small_scale_limit::point(std::int64_t digits) const {
    if (face.certificate.unique) return face.point(digits);
    std::vector<Ball> result(face.certificate.point.size());
    const std::vector<Ball> sizes = choice.point(digits);
    for (std::size_t k = 0; k < columns.size(); ++k) result[columns[k]] = signs[k] < 0 ? -sizes[k] : sizes[k];
    return result;
}

Small_scale_limit small_scale_limit(Matrix<Rational> x, std::vector<Rational> y, std::size_t depth, std::int64_t digits, const std::vector<Rational>& eta) {
    if (depth < 2) throw invalid_input("depth " + std::to_string(depth) + " is not accepted: it must be >= 2");
    if (!eta.empty() && (eta.size() != x.columns() || std::any_of(eta.begin(), eta.end(), [](const Rational& e) { return e <= 0; })))
        throw invalid_input("the start needs one number > 0 per column");
    std::vector<Rational> weights;
    for (const Rational& e : eta) {
        Rational weight = 1;
        for (std::size_t k = 2; k < depth; ++k) weight /= e;
        weights.push_back(std::move(weight));
    }
    Small_scale_limit result;
    result.face = solve(basis_pursuit(std::move(x), std::move(y), std::move(weights)));
    const Certificate& face = result.face.certificate;
    if (result.face.status != Status::optimal || face.unique) return result;

    std::vector<Rational> start;
    for (std::size_t j = 0; j < face.point.size(); ++j) {
        if (face.point.numerators[j].sign() == 0) continue;
        result.columns.push_back(j);
        result.signs.push_back(face.point.numerators[j].sign());
        if (depth == 2 && !eta.empty()) start.push_back(eta[j] * eta[j]);
    }
    const std::size_t n = face.program.rows(), m = result.columns.size();
    Matrix<Rational> rows(n, m);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t k = 0; k < m; ++k) rows(i, k) = face.program.matrix(i, result.columns[k]) * result.signs[k];
    // h' = log(x) / 4 for depth 2, and a negative multiple of x^(2/L - 1) beyond: the entropy and the concave power, with their signs turned.
    const Potential term{"power", {Rational(static_cast<unsigned long>(depth))}};
    result.choice = solve(bregman(std::move(rows), face.program.right, std::vector<Potential>(m, term), std::move(start)), digits);
    return result;
}

}  // namespace eonflow::convex
