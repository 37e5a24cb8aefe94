#include <eonflow/ode/condensed.hpp>

#include <eonflow/number/error.hpp>

#include <Eigen/Dense>

#include <cmath>
#include <complex>

namespace eonflow::ode {

using number::Matrix;

namespace {

using Eigen::Index;
using Eigen::MatrixXcd;
using Eigen::MatrixXd;
using Eigen::VectorXcd;
using Eigen::VectorXcf;
using Eigen::VectorXd;
using rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

constexpr double tolerance = 1e-13;
constexpr int most_iterations = 80;

Eigen::Map<const rows> view(const Matrix<double>& m) { return {m.entries().data(), static_cast<Index>(m.rows()), static_cast<Index>(m.columns())}; }

/// An LU factorization in single precision, after scaling rows and columns to a largest entry of about 1: it is read from memory in every iteration, and
/// only guides them.
class scaled_lu {
public:
    explicit scaled_lu(MatrixXcd m) {
        rows_ = size(m).rowwise().maxCoeff().cwiseInverse();
        if (!rows_.allFinite()) throw numerical_error("a Newton matrix of one stage has an empty row");
        m = rows_.asDiagonal() * m;
        columns_ = size(m).colwise().maxCoeff().cwiseInverse().transpose();
        if (!columns_.allFinite()) throw numerical_error("a Newton matrix of one stage has an empty column");
        m = m * columns_.asDiagonal();
        lu_.compute(m.cast<std::complex<float>>());
        if (!(lu_.matrixLU().diagonal().cwiseAbs().minCoeff() > 0)) throw numerical_error("a Newton matrix of one stage is singular in single precision");
    }
    [[nodiscard]] VectorXcd solve(const VectorXcd& v) const { return between(rows_, v, columns_, [&](const VectorXcf& x) { return VectorXcf(lu_.solve(x)); }); }
    [[nodiscard]] VectorXcd solve_transposed(const VectorXcd& v) const {
        return between(columns_, v, rows_, [&](const VectorXcf& x) { return VectorXcf(lu_.transpose().solve(x)); });
    }

private:
    static MatrixXd size(const MatrixXcd& m) { return m.real().cwiseAbs() + m.imag().cwiseAbs(); }
    template <class Solve>
    static VectorXcd between(const VectorXd& before, const VectorXcd& v, const VectorXd& after, Solve solve) {
        const VectorXcd scaled = before.asDiagonal() * v;
        const double largest = scaled.cwiseAbs().maxCoeff();
        if (!(largest > 0) || !std::isfinite(largest)) return VectorXcd::Zero(v.size());
        const VectorXcf x = solve((scaled / largest).cast<std::complex<float>>());
        return after.asDiagonal() * VectorXcd(x.cast<std::complex<double>>() * largest);
    }
    VectorXd rows_, columns_;
    Eigen::PartialPivLU<Eigen::MatrixXcf> lu_;
};

class split final : public condensed_solver<double> {
public:
    explicit split(condensed_system<double> system)
        : system_(std::move(system)), s_(static_cast<Index>(system_.stages())), d_(static_cast<Index>(system_.states())), m_(static_cast<Index>(system_.width())) {
        mean_f_ = MatrixXd::Zero(d_, m_), mean_g_ = MatrixXd::Zero(m_ - d_, m_);
        for (const auto& f : system_.f) mean_f_ += view(f) / static_cast<double>(s_);
        for (const auto& g : system_.g) mean_g_ += view(g) / static_cast<double>(s_);
        const Eigen::RealSchur<MatrixXd> schur(MatrixXd(view(system_.butcher)));
        if (schur.info() != Eigen::Success) throw numerical_error("the Schur form of a Butcher matrix was not found");
        basis_ = schur.matrixU(), triangle_ = schur.matrixT();
        for (Index k = 0; k < s_;) {
            block b{k, 1, triangle_(k, k), 1, nullptr};
            if (k + 1 < s_ && triangle_(k + 1, k) != 0) {
                // [[a, b], [c, a]] with b c < 0 acts on x_k + i x_{k+1}/scale as the number a - i b scale.
                b.size = 2;
                b.scale = std::sqrt(-triangle_(k + 1, k) / triangle_(k, k + 1));
                b.value = {triangle_(k, k), -triangle_(k, k + 1) * b.scale};
            }
            MatrixXcd matrix(m_, m_);
            matrix.topRows(d_) = -b.value * mean_f_;
            for (Index i = 0; i < d_; ++i) matrix(i, i) += system_.identity[static_cast<std::size_t>(i)];
            matrix.bottomRows(m_ - d_) = mean_g_.cast<std::complex<double>>();
            b.lu = std::make_unique<scaled_lu>(std::move(matrix));
            k += b.size;
            blocks_.push_back(std::move(b));
        }
    }

    void solve(std::vector<double>& v) const override { iterate(v, false); }
    void solve_transposed(std::vector<double>& v) const override { iterate(v, true); }

private:
    struct block {
        Index first, size;
        std::complex<double> value;
        double scale;
        std::unique_ptr<scaled_lu> lu;
    };
    using columns = MatrixXd;  // one stage a column: m x s

    [[nodiscard]] columns apply(const columns& v, bool transposed) const {
        columns result(m_, s_);
        const auto a = view(system_.butcher);
        const auto e = Eigen::Map<const VectorXd>(system_.identity.data(), d_);
        if (!transposed) {
            MatrixXd slopes(d_, s_);
            for (Index j = 0; j < s_; ++j) {
                slopes.col(j).noalias() = view(system_.f[static_cast<std::size_t>(j)]) * v.col(j);
                if (m_ > d_) result.col(j).tail(m_ - d_).noalias() = view(system_.g[static_cast<std::size_t>(j)]) * v.col(j);
            }
            result.topRows(d_).noalias() = e.asDiagonal() * v.topRows(d_) - slopes * a.transpose();
        } else {
            const MatrixXd pulled = v.topRows(d_) * a;
            for (Index j = 0; j < s_; ++j) {
                result.col(j).noalias() = -view(system_.f[static_cast<std::size_t>(j)]).transpose() * pulled.col(j);
                if (m_ > d_) result.col(j).noalias() += view(system_.g[static_cast<std::size_t>(j)]).transpose() * v.col(j).tail(m_ - d_);
            }
            result.topRows(d_) += e.asDiagonal() * v.topRows(d_);
        }
        return result;
    }

    /// The systems with the mean matrices, exactly but for rounding.
    [[nodiscard]] columns precondition(const columns& v, bool transposed) const {
        columns right = v * basis_, solution(m_, s_);
        if (!transposed) {
            MatrixXd slopes(d_, s_);  // of the solved ones
            for (std::size_t n = blocks_.size(); n-- > 0;) {
                const block& b = blocks_[n];
                const Index after = b.first + b.size;
                for (Index k = b.first; k < after; ++k)
                    if (after < s_) right.col(k).head(d_).noalias() += slopes.rightCols(s_ - after) * triangle_.row(k).tail(s_ - after).transpose();
                solve_block(b, right, solution, false);
                for (Index k = b.first; k < after; ++k) slopes.col(k).noalias() = mean_f_ * solution.col(k);
            }
        } else {
            MatrixXd pulled = MatrixXd::Zero(d_, s_);
            for (const block& b : blocks_) {
                for (Index k = b.first; k < b.first + b.size; ++k)
                    if (b.first > 0) {
                        pulled.col(k).noalias() = solution.topLeftCorner(d_, b.first) * triangle_.col(k).head(b.first);
                        right.col(k).noalias() += mean_f_.transpose() * pulled.col(k);
                    }
                solve_block(b, right, solution, true);
            }
        }
        return solution * basis_.transpose();
    }

    void solve_block(const block& b, const columns& right, columns& solution, bool transposed) const {
        VectorXcd v = right.col(b.first).cast<std::complex<double>>();
        const double scale = transposed ? 1 / b.scale : b.scale;
        if (b.size == 2) v.imag() = right.col(b.first + 1) / scale * (transposed ? -1 : 1);
        const VectorXcd x = transposed ? b.lu->solve_transposed(v) : b.lu->solve(v);
        solution.col(b.first) = x.real();
        if (b.size == 2) solution.col(b.first + 1) = x.imag() * scale * (transposed ? -1 : 1);
    }

    /// GMRES, preconditioned from the right.
    void iterate(std::vector<double>& v, bool transposed) const {
        const Eigen::Map<columns> target(v.data(), m_, s_);
        const double size = target.norm();
        if (size == 0) return;
        if (!std::isfinite(size)) throw numerical_error("a Newton residual is not finite");
        std::vector<columns> krylov = {target / size}, directions;
        MatrixXd hessenberg = MatrixXd::Zero(most_iterations + 1, most_iterations);
        VectorXd right = VectorXd::Zero(most_iterations + 1);
        std::vector<std::pair<double, double>> rotations;
        right(0) = size;
        int n = 0;
        while (n < most_iterations && std::abs(right(n)) > tolerance * size) {
            directions.push_back(precondition(krylov.back(), transposed));
            columns next = apply(directions.back(), transposed);
            for (int twice = 0; twice < 2; ++twice)
                for (int k = 0; k <= n; ++k) {
                    const double along = next.cwiseProduct(krylov[static_cast<std::size_t>(k)]).sum();
                    hessenberg(k, n) += along;
                    next -= along * krylov[static_cast<std::size_t>(k)];
                }
            const double rest = next.norm();
            if (!std::isfinite(rest)) throw numerical_error("the linear system of an implicit step left the range of doubles");
            for (int k = 0; k < n; ++k) {
                const auto [c, sine] = rotations[static_cast<std::size_t>(k)];
                const double above = hessenberg(k, n), below = hessenberg(k + 1, n);
                hessenberg(k, n) = c * above + sine * below, hessenberg(k + 1, n) = c * below - sine * above;
            }
            const double length = std::hypot(hessenberg(n, n), rest);
            if (!(length > 0)) throw numerical_error("the linear system of an implicit step is singular");
            const double c = hessenberg(n, n) / length, sine = rest / length;
            rotations.emplace_back(c, sine);
            hessenberg(n, n) = length;
            right(n + 1) = -sine * right(n), right(n) *= c;
            ++n;
            if (rest == 0) break;
            krylov.push_back(next / rest);
        }
        if (std::abs(right(n)) > std::sqrt(tolerance) * size) throw numerical_error("the linear system of an implicit step did not converge");
        VectorXd y = hessenberg.topLeftCorner(n, n).triangularView<Eigen::Upper>().solve(right.head(n));
        columns solution = columns::Zero(m_, s_);
        for (int k = 0; k < n; ++k) solution += y(k) * directions[static_cast<std::size_t>(k)];
        Eigen::Map<columns>(v.data(), m_, s_) = solution;
    }

    condensed_system<double> system_;
    Index s_, d_, m_;
    MatrixXd mean_f_, mean_g_, basis_, triangle_;
    std::vector<block> blocks_;
};

}  // namespace

std::unique_ptr<condensed_solver<double>> split_solver(condensed_system<double> system) { return std::make_unique<split>(std::move(system)); }

}  // namespace eonflow::ode
