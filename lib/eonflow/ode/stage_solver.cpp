#include <eonflow/ode/stage_solver.hpp>

#include <eonflow/number/error.hpp>
#include <eonflow/ode/condensed.hpp>

#include <algorithm>
#include <cmath>

namespace eonflow::ode {

using number::Matrix;
using number::Real;

namespace {

/// One algebraic unknown eliminated at one stage by one algebraic equation.
template <class T>
struct elimination {
    std::size_t column, row;  // among the algebraic unknowns and equations
    T pivot;
    std::vector<T> entries;                             // the equation: d + a coefficients when it was used
    std::vector<T> into_f;                              // multiples of it taken from the rows of f
    std::vector<std::pair<std::size_t, T>> into_g;      // and from rows of g
};

template <class T>
T magnitude(const T& x) {
    using std::abs;
    return abs(x);
}

/// Products of the two ways: the split one factors s/2 complex matrices, and goes through some hundred iterations afterwards.
double direct_price(double s, double m) { return s * s * s * m * m * m / 3; }
double split_price(double s, double m) { return s * m * m * m * 2 / 3 + 400 * (4 * s * s * m + 5 * s * m * m + 3000); }

}  // namespace

template <class T>
struct stage_solver<T>::factors {
    std::size_t d = 0, a = 0;
    std::vector<std::vector<elimination<T>>> eliminated;  // by stage; the same unknowns and equations at each
    std::vector<std::size_t> kept_columns, kept_rows;     // among the algebraic ones
    condensed_system<T> condensed;
    std::unique_ptr<condensed_solver<T>> all;
    bool split = false;
    std::unique_ptr<condensed_solver<T>> damping;  // one implicit Euler step at the last stage

    void choose() {
        if constexpr (std::is_same_v<T, double>) {
            const auto s = static_cast<double>(condensed.stages()), m = static_cast<double>(width());
            split = split_price(s, m) < direct_price(s, m);
            if (split) try {
                    all = split_solver(condensed);
                    return;
                } catch (const numerical_error&) {
                    split = false;
                }
        }
        all = direct_solver(condensed);
    }

    /// The split way may not converge where the stages differ too much.
    void run(std::vector<T>& v, bool transposed) {
        const auto apply = [&](std::vector<T>& to) { transposed ? all->solve_transposed(to) : all->solve(to); };
        if (split) try {
                std::vector<T> result = v;
                apply(result);
                v = std::move(result);
                return;
            } catch (const numerical_error&) {
                split = false;
                all = direct_solver(condensed);
            }
        apply(v);
    }

    /// Eliminates at all stages what every one of them determines well.
    void eliminate(std::vector<stage_jacobian<T>>& stages) {
        const T threshold = T(1) / T(100);
        std::vector<bool> used(a, false);
        eliminated.resize(stages.size());
        for (std::size_t c = 0; c < a; ++c) {
            std::size_t best = a;
            T largest(0);
            for (std::size_t r = 0; r < a; ++r) {
                if (used[r]) continue;
                T least = magnitude(stages[0].g(r, d + c));
                for (std::size_t j = 1; j < stages.size() && least > largest; ++j) least = std::min(least, magnitude(stages[j].g(r, d + c)));
                if (least > largest) largest = least, best = r;
            }
            if (best == a || !(largest > threshold)) {
                kept_columns.push_back(c);
                continue;
            }
            used[best] = true;
            for (std::size_t j = 0; j < stages.size(); ++j) eliminated[j].push_back(elimination_of(stages[j], best, c, used));
        }
        for (std::size_t r = 0; r < a; ++r)
            if (!used[r]) kept_rows.push_back(r);
    }

    elimination<T> elimination_of(stage_jacobian<T>& j, std::size_t best, std::size_t c, const std::vector<bool>& used) const {
        const auto row = j.g.row(best);
        elimination<T> e{c, best, row[d + c], {row.begin(), row.end()}, std::vector<T>(d, T(0)), {}};
        e.entries[d + c] = T(0);
        std::vector<std::size_t> present;
        for (std::size_t k = 0; k < d + a; ++k)
            if (e.entries[k] != 0) present.push_back(k);
        const auto reduce = [&](auto target) {
            const T multiple = target[d + c] / e.pivot;
            if (multiple == 0) return multiple;
            for (const std::size_t k : present) target[k] -= multiple * e.entries[k];
            target[d + c] = T(0);
            return multiple;
        };
        for (std::size_t r = 0; r < d; ++r) e.into_f[r] = reduce(j.f.row(r));
        for (std::size_t r = 0; r < a; ++r)
            if (!used[r])
                if (const T multiple = reduce(j.g.row(r)); multiple != 0) e.into_g.emplace_back(r, multiple);
        return e;
    }

    [[nodiscard]] std::size_t width() const { return d + kept_columns.size(); }
};

template <class T>
stage_solver<T>::stage_solver(Matrix<T> scaled_butcher, std::vector<stage_jacobian<T>> jacobians, std::vector<T> identity)
    : factors_(std::make_unique<factors>()) {
    factors& f = *factors_;
    f.d = jacobians.front().f.rows();
    f.a = jacobians.front().g.rows();
    f.eliminate(jacobians);
    condensed_system<T>& system = f.condensed;
    system.butcher = std::move(scaled_butcher);
    system.identity = std::move(identity);
    const auto condense = [&](const Matrix<T>& from, std::size_t rows, const auto& row_of) {
        Matrix<T> kept(rows, f.width());
        for (std::size_t r = 0; r < rows; ++r) {
            for (std::size_t c = 0; c < f.d; ++c) kept(r, c) = from(row_of(r), c);
            for (std::size_t c = 0; c < f.kept_columns.size(); ++c) kept(r, f.d + c) = from(row_of(r), f.d + f.kept_columns[c]);
        }
        return kept;
    };
    for (const auto& j : jacobians) {
        system.f.push_back(condense(j.f, f.d, [](std::size_t r) { return r; }));
        system.g.push_back(condense(j.g, f.kept_rows.size(), [&](std::size_t r) { return f.kept_rows[r]; }));
    }
    f.choose();
    condensed_system<T> step{Matrix<T>(1, 1), system.identity, {system.f.back()}, {system.g.back()}};
    for (const T& entry : system.butcher.row(system.stages() - 1)) step.butcher(0, 0) += entry;
    f.damping = direct_solver(step);
}

template <class T>
stage_solver<T>::~stage_solver() = default;
template <class T>
stage_solver<T>::stage_solver(stage_solver&&) noexcept = default;
template <class T>
stage_solver<T>& stage_solver<T>::operator=(stage_solver&&) noexcept = default;

template <class T>
void stage_solver<T>::solve(Matrix<T>& x, Matrix<T>& w) const {
    factors& f = *factors_;
    const std::size_t s = f.condensed.stages(), m = f.width();
    Matrix<T> known(s, f.d);  // what the eliminated unknowns add to f
    for (std::size_t i = 0; i < s; ++i)
        for (const elimination<T>& e : f.eliminated[i]) {
            const T& q = w(i, e.row);
            for (std::size_t r = 0; r < f.d; ++r) known(i, r) += e.into_f[r] * q;
            for (const auto& [r, multiple] : e.into_g) w(i, r) -= multiple * q;
        }
    std::vector<T> v(s * m);
    for (std::size_t i = 0; i < s; ++i) {
        for (std::size_t r = 0; r < f.d; ++r) {
            T sum = x(i, r);
            if (f.a > 0)
                for (std::size_t j = 0; j < s; ++j) sum += f.condensed.butcher(i, j) * known(j, r);
            v[i * m + r] = sum;
        }
        for (std::size_t r = 0; r < f.kept_rows.size(); ++r) v[i * m + f.d + r] = w(i, f.kept_rows[r]);
    }
    f.run(v, false);
    for (std::size_t i = 0; i < s; ++i) {
        std::vector<T> solution(f.a, T(0));
        for (std::size_t r = 0; r < f.d; ++r) x(i, r) = v[i * m + r];
        for (std::size_t c = 0; c < f.kept_columns.size(); ++c) solution[f.kept_columns[c]] = v[i * m + f.d + c];
        for (std::size_t k = f.eliminated[i].size(); k-- > 0;) {
            const elimination<T>& e = f.eliminated[i][k];
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
    factors& f = *factors_;
    const std::size_t s = f.condensed.stages(), m = f.width();
    std::vector<T> smooth = weights;
    smooth.resize(m, T(0));
    f.damping->solve_transposed(smooth);
    std::vector<T> v(s * m, T(0));
    std::copy_n(smooth.begin(), f.d, v.end() - static_cast<std::ptrdiff_t>(m));
    f.run(v, true);
    Matrix<T> result(s, f.d);
    for (std::size_t j = 0; j < s; ++j)
        for (std::size_t i = 0; i < s; ++i)
            for (std::size_t r = 0; r < f.d; ++r) result(j, r) += f.condensed.butcher(i, j) * f.condensed.identity[r] * v[i * m + r];
    return result;
}

template <class T>
double stage_solver<T>::price() const noexcept {
    const auto s = static_cast<double>(factors_->condensed.stages()), m = static_cast<double>(factors_->width());
    return factors_->split ? split_price(s, m) : direct_price(s, m);
}

template class stage_solver<double>;
template class stage_solver<Real>;

}  // namespace eonflow::ode
