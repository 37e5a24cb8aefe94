#include <eonflow/ode/condensed.hpp>

#include <eonflow/number/ball.hpp>
#include <eonflow/number/error.hpp>

#if __has_include(<flint/arb_mat.h>)
#include <flint/arb_mat.h>
#else
#include <arb_mat.h>
#endif

#include <Eigen/Dense>

#include <algorithm>
#include <cmath>

namespace eonflow::ode {

using number::Matrix;
using number::Real;

namespace {

template <class T>
class dense_lu;

template <>
class dense_lu<double> {
public:
    explicit dense_lu(const Matrix<double>& m) {
        lu_.compute(Eigen::Map<const rows>(m.entries().data(), static_cast<Eigen::Index>(m.rows()), static_cast<Eigen::Index>(m.columns())));
        const auto& packed = lu_.matrixLU();
        if (!packed.allFinite() || !(packed.diagonal().cwiseAbs().minCoeff() > 0)) throw numerical_error("the Newton matrix is singular in double precision");
    }
    void solve(std::vector<double>& v) const { map(v) = lu_.solve(Eigen::VectorXd(map(v))); }
    void solve_transposed(std::vector<double>& v) const { map(v) = lu_.transpose().solve(Eigen::VectorXd(map(v))); }

private:
    using rows = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
    static Eigen::Map<Eigen::VectorXd> map(std::vector<double>& v) { return {v.data(), static_cast<Eigen::Index>(v.size())}; }
    Eigen::PartialPivLU<Eigen::MatrixXd> lu_;
};

template <>
class dense_lu<Real> {
public:
    explicit dense_lu(const Matrix<Real>& m) : size_(static_cast<slong>(m.rows())), permutation_(m.rows()) {
        arb_mat_init(matrix_, size_, size_);
        arb_mat_init(lu_, size_, size_);
        for (std::size_t i = 0; i < m.rows(); ++i)
            for (std::size_t j = 0; j < m.columns(); ++j)
                arf_set_mpfr(arb_midref(arb_mat_entry(matrix_, static_cast<slong>(i), static_cast<slong>(j))), m(i, j).backend().data());
        if (arb_mat_approx_lu(permutation_.data(), lu_, matrix_, number::working_bits()) == 0)
            throw numerical_error("the Newton matrix is singular");
    }
    dense_lu(const dense_lu&) = delete;
    dense_lu& operator=(const dense_lu&) = delete;
    ~dense_lu() {
        arb_mat_clear(matrix_);
        arb_mat_clear(lu_);
    }
    void solve(std::vector<Real>& v) const {
        arb_mat_t b;
        load(b, v);
        arb_mat_approx_solve_lu_precomp(b, permutation_.data(), lu_, b, number::working_bits());
        unload(b, v);
    }
    void solve_transposed(std::vector<Real>& v) const {
        arb_mat_t b, transposed;
        load(b, v);
        arb_mat_init(transposed, size_, size_);
        arb_mat_transpose(transposed, matrix_);
        arb_mat_approx_solve(b, transposed, b, number::working_bits());
        arb_mat_clear(transposed);
        unload(b, v);
    }

private:
    void load(arb_mat_t b, const std::vector<Real>& v) const {
        arb_mat_init(b, size_, 1);
        for (slong i = 0; i < size_; ++i) arf_set_mpfr(arb_midref(arb_mat_entry(b, i, 0)), v[static_cast<std::size_t>(i)].backend().data());
    }
    void unload(arb_mat_t b, std::vector<Real>& v) const {
        for (slong i = 0; i < size_; ++i)
            arf_get_mpfr(v[static_cast<std::size_t>(i)].backend().data(), arb_midref(arb_mat_entry(b, i, 0)), MPFR_RNDN);
        arb_mat_clear(b);
    }
    slong size_;
    std::vector<slong> permutation_;
    arb_mat_t matrix_, lu_;
};

template <class T>
T magnitude(const T& x) {
    using std::abs;
    return abs(x);
}

template <class T>
class direct final : public condensed_solver<T> {
public:
    explicit direct(const condensed_system<T>& system) {
        const std::size_t s = system.stages(), d = system.states(), m = system.width(), size = s * m;
        Matrix<T> matrix(size, size);
        for (std::size_t i = 0; i < s; ++i) {
            const std::size_t top = i * m;
            for (std::size_t j = 0; j < s; ++j)
                for (std::size_t r = 0; r < d; ++r)
                    for (std::size_t c = 0; c < m; ++c) matrix(top + r, j * m + c) = -system.butcher(i, j) * system.f[j](r, c);
            for (std::size_t r = 0; r < d; ++r) matrix(top + r, top + r) += system.identity[r];
            for (std::size_t r = d; r < m; ++r)
                for (std::size_t c = 0; c < m; ++c) matrix(top + r, top + c) = system.g[i](r - d, c);
        }
        for (std::size_t r = 0; r < size; ++r) {
            T largest(0);
            for (const T& entry : matrix.row(r)) largest = std::max(largest, magnitude(entry));
            if (!(largest > 0)) throw numerical_error("the Newton matrix has an empty row");
            rows_.push_back(1 / largest);
            for (T& entry : matrix.row(r)) entry *= rows_.back();
        }
        // Columns as well: in a stiff one the entries of different stages differ as much as the stiffness does along the step.
        for (std::size_t c = 0; c < size; ++c) {
            T largest(0);
            for (std::size_t r = 0; r < size; ++r) largest = std::max(largest, magnitude(matrix(r, c)));
            if (!(largest > 0)) throw numerical_error("the Newton matrix has an empty column");
            columns_.push_back(1 / largest);
            for (std::size_t r = 0; r < size; ++r) matrix(r, c) *= columns_.back();
        }
        lu_ = std::make_unique<dense_lu<T>>(matrix);
    }

    void solve(std::vector<T>& v) const override {
        for (std::size_t k = 0; k < v.size(); ++k) v[k] *= rows_[k];
        lu_->solve(v);
        for (std::size_t k = 0; k < v.size(); ++k) v[k] *= columns_[k];
    }
    void solve_transposed(std::vector<T>& v) const override {
        for (std::size_t k = 0; k < v.size(); ++k) v[k] *= columns_[k];
        lu_->solve_transposed(v);
        for (std::size_t k = 0; k < v.size(); ++k) v[k] *= rows_[k];
    }

private:
    std::vector<T> rows_, columns_;
    std::unique_ptr<dense_lu<T>> lu_;
};

}  // namespace

template <class T>
std::unique_ptr<condensed_solver<T>> direct_solver(const condensed_system<T>& system) {
    return std::make_unique<direct<T>>(system);
}
template std::unique_ptr<condensed_solver<double>> direct_solver(const condensed_system<double>&);
template std::unique_ptr<condensed_solver<Real>> direct_solver(const condensed_system<Real>&);

}  // namespace eonflow::ode
