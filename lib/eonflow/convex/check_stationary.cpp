#include <eonflow/convex/check_parts.hpp>

#include <algorithm>

namespace eonflow::convex::checking {

using number::Ball;
using number::Matrix;
using number::precision_scope;
using number::Rational;

namespace {

/// The inverse over the rationals by Gauss-Jordan elimination.
Matrix<Rational> inverse_of(Matrix<Rational> a) {
    const std::size_t n = a.rows();
    Matrix<Rational> inverse(n, n);
    for (std::size_t i = 0; i < n; ++i) inverse(i, i) = 1;
    for (std::size_t k = 0; k < n; ++k) {
        std::size_t pivot = k;
        while (pivot < n && a(pivot, k) == 0) ++pivot;
        require(pivot < n, "the supporting rows are dependent on the nonzero coordinates");
        std::swap_ranges(a.row(pivot).begin(), a.row(pivot).end(), a.row(k).begin());
        std::swap_ranges(inverse.row(pivot).begin(), inverse.row(pivot).end(), inverse.row(k).begin());
        const Rational over = 1 / a(k, k);
        for (Rational& x : a.row(k)) x *= over;
        for (Rational& x : inverse.row(k)) x *= over;
        for (std::size_t i = 0; i < n; ++i) {
            if (i == k || a(i, k) == 0) continue;
            const Rational factor = a(i, k);
            for (std::size_t j = 0; j < n; ++j) {
                a(i, j) -= factor * a(k, j);
                inverse(i, j) -= factor * inverse(k, j);
            }
        }
    }
    return inverse;
}

}  // namespace

std::string check_stationary(const Certificate& certificate) {
    const Program& program = certificate.program;
    const Concave_power* objective = std::get_if<Concave_power>(&program.objective);
    require(objective != nullptr, "this claim belongs to another kind of program");
    const Exact_vector& w = certificate.point;
    const std::vector<std::size_t>& rows = certificate.support;
    require(w.size() == program.columns() && w.denominator.sign() > 0, "the point does not fit the program");
    require(certificate.multiplier_box.size() == program.rows(), "there is not one multiplier per row");
    require(!certificate.unique && !certificate.multipliers_unique && certificate.face_dimension == 0, "a stationary point is claimed to be unique or part of a face");
    require(std::is_sorted(rows.begin(), rows.end()) && std::adjacent_find(rows.begin(), rows.end()) == rows.end() && (rows.empty() || rows.back() < program.rows()),
            "the support is not a sorted list of rows");
    std::vector<std::size_t> columns, weak;
    for (std::size_t j = 0; j < w.size(); ++j)
        if (w.numerators[j].sign() != 0) columns.push_back(j);
    for (std::size_t i = 0; i < program.rows(); ++i) {
        require(program.relation[i] == Relation::at_least, "this objective takes inequalities only");
        Rational slack = -program.right[i];
        for (const std::size_t j : columns) slack += program.matrix(i, j) * w[j];
        const bool supports = std::binary_search(rows.begin(), rows.end(), i);
        require(slack >= 0, "the point violates row " + std::to_string(i));
        require(slack == 0 || !supports, "row " + std::to_string(i) + " has a multiplier but holds strictly");
        const Interval& box = certificate.multiplier_box[i];
        require(supports ? box.midpoint > box.radius && box.radius >= 0 : box.midpoint == 0 && box.radius == 0,
                "the multiplier of row " + std::to_string(i) + " has the wrong sign");
        if (slack == 0 && !supports && !columns.empty()) weak.push_back(i);
    }
    require(weak == certificate.weakly_active, "the list of weakly active rows is wrong");
    require(rows.size() == columns.size(), "there are not as many supporting rows as nonzero coordinates");
    Matrix<Rational> block(rows.size(), rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t j = 0; j < rows.size(); ++j) block(i, j) = program.matrix(rows[i], columns[j]);
    const Matrix<Rational> inverse = inverse_of(std::move(block));
    return with_enough_bits(certificate, [&](std::int64_t bits) {
        const precision_scope scope(bits + 64);
        for (std::size_t i = 0; i < rows.size(); ++i) {
            // mu = block^{-T} gradient
            Ball mu;
            for (std::size_t j = 0; j < rows.size(); ++j) {
                const Ball x(w[columns[j]]);
                const Ball slope = pow(abs(x), Rational(2, static_cast<long>(objective->depth)) - 1);
                mu += Ball(inverse(j, i)) * (x.is_negative() ? -slope : slope);
            }
            const Interval& box = certificate.multiplier_box[rows[i]];
            require((mu - Ball(box.midpoint - box.radius)).is_positive() && (Ball(box.midpoint + box.radius) - mu).is_positive(),
                    "the multiplier of row " + std::to_string(rows[i]) + " is not in its box");
        }
        return "stationary: the point meets all " + std::to_string(program.rows()) + " rows (exact) and its multipliers are positive on as many independent rows as it has nonzero "
               "coordinates (balls); it is a strict local minimizer";
    });
}

}  // namespace eonflow::convex::checking
