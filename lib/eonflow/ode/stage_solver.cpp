#include <eonflow/ode/stage_solver.hpp>

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

/// One algebraic unknown eliminated by one algebraic equation of its stage.
template <class T>
struct elimination {
    std::size_t column, row;  // among the algebraic unknowns and equations
    T pivot;
    std::vector<T> entries;                             // the equation: d + a coefficients when it was used
    std::vector<T> into_f;                              // multiples of it taken from the rows of f
    std::vector<std::pair<std::size_t, T>> into_g;      // and from rows of g
};

template <class T>
struct condensed_stage {
    std::vector<elimination<T>> eliminated;
    std::vector<std::size_t> kept_columns, kept_rows;
    std::size_t offset = 0;
};

template <class T>
T magnitude(const T& x) {
    using std::abs;
    return abs(x);
}

}  // namespace

template <class T>
struct stage_solver<T>::factors {
    std::size_t d = 0, a = 0;
    Matrix<T> butcher;
    std::vector<T> identity;
    std::vector<condensed_stage<T>> stages;
    std::vector<T> row_scale, column_scale;
    std::unique_ptr<dense_lu<T>> lu;
    std::unique_ptr<dense_lu<T>> damping;  // of one implicit Euler step at the last stage

    condensed_stage<T> condense(stage_jacobian<T>& j) const {
        condensed_stage<T> s;
        const T threshold = T(1) / T(100);
        std::vector<bool> used(a, false);
        for (std::size_t c = 0; c < a; ++c) {
            std::size_t best = a;
            for (std::size_t r = 0; r < a; ++r)
                if (!used[r] && (best == a || magnitude(j.g(r, d + c)) > magnitude(j.g(best, d + c)))) best = r;
            if (best == a || !(magnitude(j.g(best, d + c)) > threshold)) {
                s.kept_columns.push_back(c);
                continue;
            }
            used[best] = true;
            const auto row = j.g.row(best);
            elimination<T> e{c, best, row[d + c], {row.begin(), row.end()}, std::vector<T>(d, T(0)), {}};
            e.entries[d + c] = T(0);
            const auto reduce = [&](auto target) {
                const T multiple = target[d + c] / e.pivot;
                if (multiple == 0) return multiple;
                for (std::size_t k = 0; k < d + a; ++k)
                    if (e.entries[k] != 0) target[k] -= multiple * e.entries[k];
                target[d + c] = T(0);
                return multiple;
            };
            for (std::size_t r = 0; r < d; ++r) e.into_f[r] = reduce(j.f.row(r));
            for (std::size_t r = 0; r < a; ++r)
                if (!used[r])
                    if (const T multiple = reduce(j.g.row(r)); multiple != 0) e.into_g.emplace_back(r, multiple);
            s.eliminated.push_back(std::move(e));
        }
        for (std::size_t r = 0; r < a; ++r)
            if (!used[r]) s.kept_rows.push_back(r);
        return s;
    }
};

template <class T>
stage_solver<T>::stage_solver(Matrix<T> scaled_butcher, std::vector<stage_jacobian<T>> jacobians, std::vector<T> identity)
    : factors_(std::make_unique<factors>()) {
    factors& f = *factors_;
    f.butcher = std::move(scaled_butcher);
    f.identity = std::move(identity);
    f.d = jacobians.front().f.rows();
    f.a = jacobians.front().g.rows();
    std::size_t size = 0;
    for (auto& j : jacobians) {
        f.stages.push_back(f.condense(j));
        f.stages.back().offset = size;
        size += f.d + f.stages.back().kept_columns.size();
    }
    Matrix<T> matrix(size, size);
    for (std::size_t i = 0; i < f.stages.size(); ++i) {
        const std::size_t top = f.stages[i].offset;
        for (std::size_t j = 0; j < f.stages.size(); ++j) {
            const condensed_stage<T>& s = f.stages[j];
            for (std::size_t r = 0; r < f.d; ++r) {
                for (std::size_t c = 0; c < f.d; ++c) matrix(top + r, s.offset + c) = -f.butcher(i, j) * jacobians[j].f(r, c);
                for (std::size_t c = 0; c < s.kept_columns.size(); ++c)
                    matrix(top + r, s.offset + f.d + c) = -f.butcher(i, j) * jacobians[j].f(r, f.d + s.kept_columns[c]);
            }
        }
        const condensed_stage<T>& s = f.stages[i];
        for (std::size_t r = 0; r < f.d; ++r) matrix(top + r, top + r) += f.identity[r];
        for (std::size_t r = 0; r < s.kept_rows.size(); ++r) {
            for (std::size_t c = 0; c < f.d; ++c) matrix(top + f.d + r, top + c) = jacobians[i].g(s.kept_rows[r], c);
            for (std::size_t c = 0; c < s.kept_columns.size(); ++c)
                matrix(top + f.d + r, top + f.d + c) = jacobians[i].g(s.kept_rows[r], f.d + s.kept_columns[c]);
        }
    }
    for (std::size_t r = 0; r < size; ++r) {
        T largest(0);
        for (const T& entry : matrix.row(r)) largest = std::max(largest, magnitude(entry));
        if (!(largest > 0)) throw numerical_error("the Newton matrix has an empty row");
        f.row_scale.push_back(1 / largest);
        for (T& entry : matrix.row(r)) entry *= f.row_scale.back();
    }
    // Columns as well: in a stiff one the entries of different stages differ as much as the stiffness does along the step.
    for (std::size_t c = 0; c < size; ++c) {
        T largest(0);
        for (std::size_t r = 0; r < size; ++r) largest = std::max(largest, magnitude(matrix(r, c)));
        if (!(largest > 0)) throw numerical_error("the Newton matrix has an empty column");
        f.column_scale.push_back(1 / largest);
        for (std::size_t r = 0; r < size; ++r) matrix(r, c) *= f.column_scale.back();
    }
    f.lu = std::make_unique<dense_lu<T>>(matrix);
    T h(0);
    for (const T& entry : f.butcher.row(f.butcher.rows() - 1)) h += entry;
    const condensed_stage<T>& end = f.stages.back();
    const std::size_t k = end.kept_columns.size();
    Matrix<T> damping(f.d + k, f.d + k);
    for (std::size_t r = 0; r < f.d + k; ++r)
        for (std::size_t c = 0; c < f.d + k; ++c) {
            const std::size_t column = c < f.d ? c : f.d + end.kept_columns[c - f.d];
            damping(r, c) = r < f.d ? (r == c ? f.identity[r] : T(0)) - h * jacobians.back().f(r, column) : jacobians.back().g(end.kept_rows[r - f.d], column);
        }
    f.damping = std::make_unique<dense_lu<T>>(damping);
}

template <class T>
stage_solver<T>::~stage_solver() = default;
template <class T>
stage_solver<T>::stage_solver(stage_solver&&) noexcept = default;
template <class T>
stage_solver<T>& stage_solver<T>::operator=(stage_solver&&) noexcept = default;

template <class T>
void stage_solver<T>::solve(Matrix<T>& x, Matrix<T>& w) const {
    const factors& f = *factors_;
    Matrix<T> known(f.stages.size(), f.d);  // what the eliminated unknowns add to f
    for (std::size_t i = 0; i < f.stages.size(); ++i)
        for (const elimination<T>& e : f.stages[i].eliminated) {
            const T& q = w(i, e.row);
            for (std::size_t r = 0; r < f.d; ++r) known(i, r) += e.into_f[r] * q;
            for (const auto& [r, multiple] : e.into_g) w(i, r) -= multiple * q;
        }
    std::vector<T> v(f.row_scale.size());
    for (std::size_t i = 0; i < f.stages.size(); ++i) {
        const condensed_stage<T>& s = f.stages[i];
        for (std::size_t r = 0; r < f.d; ++r) {
            T sum = x(i, r);
            if (f.a > 0)
                for (std::size_t j = 0; j < f.stages.size(); ++j) sum += f.butcher(i, j) * known(j, r);
            v[s.offset + r] = sum * f.row_scale[s.offset + r];
        }
        for (std::size_t r = 0; r < s.kept_rows.size(); ++r) v[s.offset + f.d + r] = w(i, s.kept_rows[r]) * f.row_scale[s.offset + f.d + r];
    }
    f.lu->solve(v);
    for (std::size_t k = 0; k < v.size(); ++k) v[k] *= f.column_scale[k];
    for (std::size_t i = 0; i < f.stages.size(); ++i) {
        const condensed_stage<T>& s = f.stages[i];
        std::vector<T> solution(f.a, T(0));
        for (std::size_t r = 0; r < f.d; ++r) x(i, r) = v[s.offset + r];
        for (std::size_t c = 0; c < s.kept_columns.size(); ++c) solution[s.kept_columns[c]] = v[s.offset + f.d + c];
        for (std::size_t k = s.eliminated.size(); k-- > 0;) {
            const elimination<T>& e = s.eliminated[k];
            T sum = w(i, e.row);
            for (std::size_t c = 0; c < f.d; ++c) sum -= e.entries[c] * x(i, c);
            for (std::size_t c = 0; c < f.a; ++c)
                if (e.entries[f.d + c] != 0) sum -= e.entries[f.d + c] * solution[c];
            solution[e.column] = sum / e.pivot;
        }
        for (std::size_t c = 0; c < f.a; ++c) w(i, c) = solution[c];
    }
}

template <class T>
Matrix<T> stage_solver<T>::adjoint(const std::vector<T>& weights) const {
    const factors& f = *factors_;
    std::vector<T> smooth = weights;
    smooth.resize(f.d + f.stages.back().kept_columns.size(), T(0));
    f.damping->solve_transposed(smooth);
    std::vector<T> v(f.row_scale.size(), T(0));
    for (std::size_t r = 0; r < f.d; ++r) v[f.stages.back().offset + r] = smooth[r] * f.column_scale[f.stages.back().offset + r];
    f.lu->solve_transposed(v);
    for (std::size_t k = 0; k < v.size(); ++k) v[k] *= f.row_scale[k];
    Matrix<T> result(f.stages.size(), f.d);
    for (std::size_t j = 0; j < f.stages.size(); ++j)
        for (std::size_t i = 0; i < f.stages.size(); ++i)
            for (std::size_t r = 0; r < f.d; ++r) result(j, r) += f.butcher(i, j) * f.identity[r] * v[f.stages[i].offset + r];
    return result;
}

template <class T>
std::size_t stage_solver<T>::size() const noexcept {
    return factors_->row_scale.size();
}

template class stage_solver<double>;
template class stage_solver<Real>;

}  // namespace eonflow::ode
