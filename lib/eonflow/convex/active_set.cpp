#include <eonflow/convex/active_set.hpp>
#include <eonflow/convex/kernels.hpp>

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <span>

namespace eonflow::convex {

using number::Matrix;

namespace {

using Dense = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
using Column = Eigen::VectorXd;

constexpr double tolerance = 1e-11;
constexpr double infinite = std::numeric_limits<double>::infinity();

/// Block principal pivoting (Kostreva; Portugal, Judice, Vicente) on the complementarity problem of the multipliers:
/// all rows with the wrong sign change sides at once, one at a time when that stops helping. Nothing if a Gram matrix is too close to singular.
std::optional<std::vector<std::size_t>> block_pivoting(std::span<const double> gram, std::span<const double> right, const std::vector<bool>& equal) {
    const std::size_t n = right.size();
    const auto at = [&](std::size_t i, std::size_t j) { return gram[i * n + j]; };
    std::vector<bool> in(n, true);
    std::size_t fewest = n + 1;
    int patience = 3;
    std::vector<double> triangle;
    for (std::size_t iteration = 0; iteration < 10 * n + 30; ++iteration) {
        std::vector<std::size_t> inside, outside;
        for (std::size_t i = 0; i < n; ++i) (in[i] ? inside : outside).push_back(i);
        const std::size_t m = inside.size(), stride = padded(m);
        triangle.assign(m * stride, 0);
        for (std::size_t a = 0; a < m; ++a)
            for (std::size_t b = a; b < m; ++b) triangle[a * stride + b] = at(inside[a], inside[b]);
        if (!factor(triangle.data(), m, stride)) return std::nullopt;
        double least = infinite, most = 0;
        for (std::size_t a = 0; a < m; ++a) {
            least = std::min(least, triangle[a * (stride + 1)]);
            most = std::max(most, triangle[a * (stride + 1)]);
        }
        if (least < 1e-6 * most) return std::nullopt;
        std::vector<double> lambda(m);
        for (std::size_t a = 0; a < m; ++a) lambda[a] = right[inside[a]];
        for (std::size_t a = 0; a < m; ++a) {
            lambda[a] /= triangle[a * (stride + 1)];
            for (std::size_t b = a + 1; b < m; ++b) lambda[b] -= triangle[a * stride + b] * lambda[a];
        }
        for (std::size_t a = m; a-- > 0;) {
            for (std::size_t b = a + 1; b < m; ++b) lambda[a] -= triangle[a * stride + b] * lambda[b];
            lambda[a] /= triangle[a * (stride + 1)];
        }

        std::vector<std::size_t> wrong;
        for (std::size_t k = 0; k < inside.size(); ++k)
            if (lambda[k] < 0 && !equal[inside[k]]) wrong.push_back(inside[k]);
        for (const std::size_t i : outside) {
            double slack = -right[i];
            for (std::size_t k = 0; k < m; ++k) slack += at(i, inside[k]) * lambda[k];
            if (slack < -tolerance) wrong.push_back(i);
        }
        if (wrong.empty()) return inside;

        if (wrong.size() < fewest) {
            fewest = wrong.size();
            patience = 3;
        } else if (patience > 0) {
            --patience;
        } else {
            wrong = {*std::max_element(wrong.begin(), wrong.end())};
        }
        for (const std::size_t i : wrong) in[i] = !in[i];
    }
    return std::nullopt;
}

/// Goldfarb-Idnani: the dual active set method, one violated row at a time; works whatever the rank of the rows.
class dual_active_set {
public:
    dual_active_set(const Dense& rows, const Column& right, const std::vector<bool>& equal)
        : rows_(rows), right_(right), equal_(equal), w_(Column::Zero(rows.cols())), is_active_(equal.size(), false) {}

    std::vector<std::size_t> run() {
        const Eigen::Index n = rows_.rows();
        for (Eigen::Index i = 0; i < n; ++i)
            if (equal_[static_cast<std::size_t>(i)] && !add(i)) return active();
        for (Eigen::Index budget = 20 * (n + rows_.cols()); budget > 0; --budget) {
            const Column slack = rows_ * w_ - right_;
            Eigen::Index worst = -1;
            double least = -tolerance * std::max(1.0, w_.norm());
            for (Eigen::Index i = 0; i < n; ++i)
                if (!is_active_[static_cast<std::size_t>(i)] && !equal_[static_cast<std::size_t>(i)] && slack[i] < least) {
                    least = slack[i];
                    worst = i;
                }
            if (worst < 0 || !add(worst)) break;
        }
        return active();
    }

private:
    [[nodiscard]] std::vector<std::size_t> active() const {
        std::vector<std::size_t> result(active_.begin(), active_.end());
        std::sort(result.begin(), result.end());
        return result;
    }

    /// Moves to the minimizer under one more row; false if the row contradicts the active ones.
    bool add(Eigen::Index p) {
        const bool is_equal = equal_[static_cast<std::size_t>(p)];
        const double sign = is_equal && rows_.row(p).dot(w_) > right_[p] ? -1 : 1;
        double multiplier = 0;
        for (;;) {
            const std::size_t k = active_.size();
            std::vector<double> forward(k), r(k);
            for (std::size_t i = 0; i < k; ++i) {
                double sum = sign * rows_.row(p).dot(rows_.row(active_[i]));
                for (std::size_t j = 0; j < i; ++j) sum -= factor_[i][j] * forward[j];
                forward[i] = sum / factor_[i][i];
            }
            for (std::size_t i = k; i-- > 0;) {
                double sum = forward[i];
                for (std::size_t j = i + 1; j < k; ++j) sum -= factor_[j][i] * r[j];
                r[i] = sum / factor_[i][i];
            }
            Column direction = sign * rows_.row(p).transpose();
            for (std::size_t i = 0; i < k; ++i) direction -= r[i] * rows_.row(active_[i]).transpose();
            const double curvature = direction.squaredNorm();
            const bool dependent = curvature < 1e-20 || k == static_cast<std::size_t>(rows_.cols());

            double drop_step = infinite;
            std::size_t drop = k;
            for (std::size_t i = 0; i < k; ++i)
                if (r[i] > tolerance && !equal_[static_cast<std::size_t>(active_[i])] && lambda_[i] / r[i] < drop_step) {
                    drop_step = lambda_[i] / r[i];
                    drop = i;
                }
            const double slack = sign * (rows_.row(p).dot(w_) - right_[p]);
            if (dependent && is_equal && std::abs(slack) < tolerance * std::max(1.0, w_.norm())) return true;
            const double full_step = dependent ? infinite : -slack / curvature;
            const double step = std::min(drop_step, full_step);
            if (step == infinite) return false;
            for (std::size_t i = 0; i < k; ++i) lambda_[i] -= step * r[i];
            multiplier += step;
            if (!dependent) w_ += step * direction;
            if (full_step <= drop_step) {
                forward.push_back(std::sqrt(curvature));
                if (sign < 0)
                    for (std::size_t i = 0; i < k; ++i) forward[i] = -forward[i];
                factor_.push_back(std::move(forward));
                active_.push_back(p);
                lambda_.push_back(sign * multiplier);
                is_active_[static_cast<std::size_t>(p)] = true;
                return true;
            }
            remove(drop);
        }
    }

    void remove(std::size_t k) {
        is_active_[static_cast<std::size_t>(active_[k])] = false;
        active_.erase(active_.begin() + static_cast<std::ptrdiff_t>(k));
        lambda_.erase(lambda_.begin() + static_cast<std::ptrdiff_t>(k));
        factor_.erase(factor_.begin() + static_cast<std::ptrdiff_t>(k));
        // The rows below have one entry too many; Givens rotations of neighbouring columns take it away.
        for (std::size_t i = k; i < factor_.size(); ++i) {
            const double a = factor_[i][i], b = factor_[i][i + 1], norm = std::hypot(a, b);
            for (std::size_t row = i; row < factor_.size(); ++row) {
                const double x = factor_[row][i], y = factor_[row][i + 1];
                factor_[row][i] = (a * x + b * y) / norm;
                factor_[row][i + 1] = (a * y - b * x) / norm;
            }
            factor_[i].resize(i + 1);
        }
    }

    const Dense& rows_;
    const Column& right_;
    const std::vector<bool>& equal_;
    Column w_;
    std::vector<bool> is_active_;
    std::vector<Eigen::Index> active_;
    std::vector<double> lambda_;
    std::vector<std::vector<double>> factor_;  // lower triangular, factor factor^T = Gram matrix of the active rows
};

}  // namespace

std::vector<std::size_t> guess_active_set(const Matrix<double>& rows, const std::vector<double>& right, const std::vector<bool>& equal) {
    const Dense z = Eigen::Map<const Dense>(rows.entries().data(), static_cast<Eigen::Index>(rows.rows()), static_cast<Eigen::Index>(rows.columns()));
    const Column b = Eigen::Map<const Column>(right.data(), static_cast<Eigen::Index>(right.size()));
    if (rows.rows() <= rows.columns()) {
        Dense products = Dense::Zero(z.rows(), z.rows());
        products.selfadjointView<Eigen::Lower>().rankUpdate(z);
        products = products.selfadjointView<Eigen::Lower>();
        if (auto set = block_pivoting({products.data(), static_cast<std::size_t>(products.size())}, right, equal)) return *set;
    }
    return dual_active_set(z, b, equal).run();
}

std::optional<std::vector<std::size_t>> guess_from_products(const Matrix<double>& gram, const std::vector<double>& right, const std::vector<bool>& equal) {
    return block_pivoting(gram.entries(), right, equal);
}

}  // namespace eonflow::convex
