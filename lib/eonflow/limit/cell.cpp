#include <eonflow/limit/cell.hpp>

#include <eonflow/number/error.hpp>
#include <eonflow/number/linear.hpp>

namespace eonflow::limit {

using number::Matrix;

Cell_limit cell_limit(const flow::Data& data, const std::vector<Rational>& output, const Rational& slope, const Matrix<int>& signs) {
    const std::size_t n = data.samples(), d = data.features(), m = output.size();
    if (signs.rows() != m || signs.columns() != n) throw invalid_input("the pattern has another shape than units and samples", "/model");
    std::vector<std::pair<std::size_t, std::size_t>> held;  // pairs with the sign 0
    for (std::size_t j = 0; j < m; ++j)
        for (std::size_t i = 0; i < n; ++i)
            if (signs(j, i) == 0) held.emplace_back(j, i);
    Matrix<Rational> rows(n + held.size(), m * d);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j < m; ++j) {
            const Rational weight = data.y[i] * output[j] * (signs(j, i) > 0 ? Rational(1) : slope);
            for (std::size_t c = 0; c < d; ++c) rows(i, j * d + c) = weight * data.X(i, c);
        }
    for (std::size_t h = 0; h < held.size(); ++h)
        for (std::size_t c = 0; c < d; ++c) rows(n + h, held[h].first * d + c) = data.X(held[h].second, c);
    convex::Program program = convex::l2_margin(std::move(rows));
    for (std::size_t h = 0; h < held.size(); ++h) {
        program.right[n + h] = 0;
        program.relation[n + h] = convex::Relation::equal;
    }
    Cell_limit result{convex::solve(std::move(program)), {}, 0, 0, 0, 0, signs};
    if (result.solution.status != convex::Status::optimal) return result;
    const std::vector<Rational> point = result.solution.certificate.point.rationals(), multipliers = result.solution.certificate.multipliers.rationals();
    result.W = Matrix<Rational>(m, d);
    result.W.entries() = point;
    for (std::size_t i = 0; i < n; ++i) result.support += multipliers[i] > 0 ? 1u : 0u;
    for (std::size_t j = 0; j < m; ++j)
        for (std::size_t i = 0; i < n; ++i) {
            if (signs(j, i) == 0) continue;
            Rational u = 0;
            for (std::size_t c = 0; c < d; ++c) u += result.W(j, c) * data.X(i, c);
            if (u * signs(j, i) < 0) ++result.other_signs, result.corrected(j, i) = -signs(j, i);
        }
    // W = sum lambda_i grad q_i + sum nu_ji grad u_ji: on a held pair the slope is `slope` + nu/(lambda_i y_i a_j); where lambda_i = 0 the slope plays no part, and nu must be 0.
    for (std::size_t h = 0; h < held.size(); ++h) {
        const auto& [j, i] = held[h];
        const Rational force = multipliers[i] * data.y[i] * output[j], &nu = multipliers[n + h];
        const bool fits = force == 0 ? nu == 0 : nu / force >= 0 && nu / force <= 1 - slope;
        if (fits) continue;
        ++result.slopes_out_of_range;
        // A slope above its range wants more than the upper side gives: the unit moves there. Where the sample has no weight the equation alone holds the unit.
        result.corrected(j, i) = (force != 0 ? nu / force < 0 : nu > 0) ? -1 : 1;
    }
    result.rank = number::rank(result.W);
    return result;
}

}  // namespace eonflow::limit
