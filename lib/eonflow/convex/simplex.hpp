#pragma once
/// A dense primal simplex method for two-sided piecewise linear costs, in any ordered field: double for guesses, Rational for certainty.

#include <eonflow/number/matrix.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>
#include <vector>

namespace eonflow::convex {

/// cost(x) = up x for x >= 0, -down x for x <= 0; an infinite side may not be entered.
template <class T>
struct Two_sided {
    T up{};
    T down{};
    bool up_infinite = false;
    bool down_infinite = false;
};

/// Which variable is basic in a row, and which of its two costs counts.
struct Basic {
    std::size_t column;
    int side;  // +1 or -1
};

/// a += factor b, and norms += a^2: the hot loop of a pivot in double.
void eliminate(double* a, const double* b, double factor, double* norms, std::size_t size);

/// Minimizes sum_j cost_j(x_j) subject to matrix x = right by pivots on the tableau B^{-1} [matrix right]. A variable passes 0 and changes its side as long as
/// that pays (Barrodale, Roberts), so with finite costs every basis is feasible and no first phase is needed. Columns numbered `columns` + i are artificial:
/// they belong to row i and may only leave.
template <class T>
class Simplex {
public:
    static constexpr bool exact = !std::is_floating_point_v<T>;

    /// Starts from the basis of artificial columns.
    Simplex(const number::Matrix<T>& matrix, const std::vector<T>& right)
        : rows_(matrix.rows()), columns_(matrix.columns()), tableau_(rows_, columns_ + 1), basis_(rows_), norms_(columns_ + 1), is_basic_(columns_, false) {
        for (std::size_t i = 0; i < rows_; ++i) {
            std::copy(matrix.row(i).begin(), matrix.row(i).end(), tableau_.row(i).begin());
            tableau_(i, columns_) = right[i];
            basis_[i] = {columns_ + i, right[i] < T(0) ? -1 : 1};
        }
        if constexpr (!exact) measure();
    }

    /// Makes as many of the given columns basic as are independent.
    void enter(const std::vector<std::size_t>& wanted) {
        std::vector<bool> fixed(rows_, false);
        for (const std::size_t q : wanted) {
            std::size_t best = rows_;
            for (std::size_t i = 0; i < rows_; ++i)
                if (!fixed[i] && !negligible(tableau_(i, q)) && (best == rows_ || magnitude(tableau_(i, q)) > magnitude(tableau_(best, q)))) best = i;
            if (best == rows_) continue;
            fixed[best] = true;
            pivot(best, q);
        }
        for (std::size_t i = 0; i < rows_; ++i) side_from_value(i);
    }

    /// Minimizes; false if it gave up (double only). Infinite sides are barriers: the basis must respect them at the start.
    /// `costs` has one entry per column and one per artificial column.
    bool minimize(const std::vector<Two_sided<T>>& costs) {
        costs_ = &costs;
        price();
        bool careful = false;  // smallest index first (Bland), which cannot cycle
        for (std::size_t iteration = 0;; ++iteration) {
            if (!exact && iteration > 50 * (rows_ + columns_)) return false;
            if (!exact && iteration % 100 == 99) price();
            const auto [q, direction] = entering(careful);
            if (q == columns_) return true;
            const bool moved = exact ? short_step(q, direction) : long_step(q, direction);
            careful = exact && !moved;
        }
    }

    [[nodiscard]] const std::vector<Basic>& basis() const { return basis_; }
    [[nodiscard]] const T& value(std::size_t row) const { return tableau_(row, columns_); }
    /// matrix^T y for the multipliers y of the last minimization.
    [[nodiscard]] const std::vector<T>& prices() const { return prices_; }

    /// Sides follow the signs of the values, and are +1 or the permitted side where the value is 0.
    void settle_sides(const std::vector<Two_sided<T>>& costs) {
        for (std::size_t i = 0; i < rows_; ++i) {
            side_from_value(i);
            if (negligible(value(i))) {
                if constexpr (!exact) tableau_(i, columns_) = 0;
                basis_[i].side = costs[basis_[i].column].up_infinite ? -1 : 1;
            }
        }
    }

private:
    static constexpr double tolerance = 1e-9;

    static T magnitude(const T& x) { return x < T(0) ? T(-x) : x; }
    static bool negligible(const T& x) {
        if constexpr (exact)
            return x == 0;
        else
            return std::abs(x) < 1e-11;
    }

    void side_from_value(std::size_t i) {
        if (value(i) > T(0)) basis_[i].side = 1;
        if (value(i) < T(0)) basis_[i].side = -1;
    }

    [[nodiscard]] T cost_of(std::size_t row) const {
        const Two_sided<T>& c = (*costs_)[basis_[row].column];
        return basis_[row].side > 0 ? (c.up_infinite ? T(0) : c.up) : (c.down_infinite ? T(0) : T(-c.down));
    }

    void price() {
        prices_.assign(columns_, T(0));
        for (std::size_t i = 0; i < rows_; ++i) {
            const T c = cost_of(i);
            if (c != T(0)) add_row(i, c);
        }
    }

    void add_row(std::size_t i, const T& factor) {
        const auto row = tableau_.row(i);
        for (std::size_t j = 0; j < columns_; ++j)
            if (row[j] != T(0)) prices_[j] += factor * row[j];
    }

    /// The column and direction that promise most (steepest edge in double), or the first that promise anything.
    std::pair<std::size_t, int> entering(bool first) const {
        std::size_t best = columns_;
        int direction = 0;
        T most{};
        for (std::size_t j = 0; j < columns_; ++j) {
            if (is_basic_[j]) continue;
            const Two_sided<T>& c = (*costs_)[j];
            for (const int sign : {1, -1}) {
                if (sign > 0 ? c.up_infinite : c.down_infinite) continue;
                T gain = sign > 0 ? T(prices_[j] - c.up) : T(-prices_[j] - c.down);
                if constexpr (exact) {
                    if (gain <= 0) continue;
                } else {
                    if (gain <= tolerance * (1 + std::abs(sign > 0 ? c.up : c.down))) continue;
                    gain = gain * gain / norms_[j];
                }
                if (gain > most) {
                    best = j;
                    direction = sign;
                    most = gain;
                    if (first) return {best, direction};
                }
            }
        }
        return {best, direction};
    }

    /// Whether the basic variable of the row runs towards 0, seen from its side, when x_q moves in `direction`.
    [[nodiscard]] bool falls(std::size_t i, std::size_t q, int direction) const {
        const T& alpha = tableau_(i, q);
        if (negligible(alpha)) return false;
        const Two_sided<T>& c = (*costs_)[basis_[i].column];
        if (c.up_infinite && c.down_infinite) return true;
        return (alpha > T(0)) == (basis_[i].side * direction > 0);
    }

    /// To the first variable that reaches 0, smallest index among ties. Returns whether the step has positive length.
    bool short_step(std::size_t q, int direction) {
        std::size_t leaving = rows_;
        T shortest{};
        for (std::size_t i = 0; i < rows_; ++i) {
            if (!falls(i, q, direction)) continue;
            const T step = magnitude(value(i)) / magnitude(tableau_(i, q));
            if (leaving == rows_ || step < shortest || (step == shortest && basis_[i].column < basis_[leaving].column)) {
                leaving = i;
                shortest = step;
            }
        }
        exchange(leaving, q, direction);
        return shortest > T(0);
    }

    /// Passes variables through 0 while the cost still falls.
    bool long_step(std::size_t q, int direction) {
        breakpoints_.clear();
        for (std::size_t i = 0; i < rows_; ++i)
            if (falls(i, q, direction)) breakpoints_.push_back({std::max(basis_[i].side * value(i), T(0)) / magnitude(tableau_(i, q)), i});
        const auto later = [](const auto& a, const auto& b) { return a.first > b.first || (a.first == b.first && a.second > b.second); };
        std::make_heap(breakpoints_.begin(), breakpoints_.end(), later);
        const Two_sided<T>& entering_cost = (*costs_)[q];
        T slope = direction > 0 ? T(entering_cost.up - prices_[q]) : T(entering_cost.down + prices_[q]);
        passed_.clear();
        while (!breakpoints_.empty()) {
            std::pop_heap(breakpoints_.begin(), breakpoints_.end(), later);
            const auto [step, i] = breakpoints_.back();
            breakpoints_.pop_back();
            const Two_sided<T>& c = (*costs_)[basis_[i].column];
            slope += (c.up + c.down) * magnitude(tableau_(i, q));
            if (c.up_infinite || c.down_infinite || slope >= T(0) || breakpoints_.empty()) {
                for (const std::size_t k : passed_) {
                    const T before = cost_of(k);
                    basis_[k].side = -basis_[k].side;
                    add_row(k, cost_of(k) - before);
                }
                exchange(i, q, direction);
                return step > T(0);
            }
            passed_.push_back(i);
        }
        return false;
    }

    /// Column q replaces the basic column of row r.
    void exchange(std::size_t r, std::size_t q, int direction) {
        pivot(r, q);
        basis_[r].side = direction;
        const T surplus = prices_[q] - cost_of(r);
        add_row(r, T(-surplus));
        prices_[q] = cost_of(r);
    }

    void pivot(std::size_t r, std::size_t q) {
        const auto row = tableau_.row(r);
        const T over = T(1) / row[q];
        for (T& x : row)
            if (x != T(0)) x *= over;
        row[q] = 1;
        if constexpr (exact) {
            for (std::size_t i = 0; i < rows_; ++i) {
                if (i == r || tableau_(i, q) == 0) continue;
                const T factor = tableau_(i, q);
                const auto target = tableau_.row(i);
                for (std::size_t j = 0; j <= columns_; ++j)
                    if (row[j] != 0) target[j] -= factor * row[j];
            }
        } else {
            for (std::size_t j = 0; j <= columns_; ++j) norms_[j] = 1 + row[j] * row[j];
            for (std::size_t i = 0; i < rows_; ++i) {
                if (i == r) continue;
                const double factor = -tableau_(i, q);
                eliminate(tableau_.row(i).data(), row.data(), factor, norms_.data(), columns_ + 1);
                tableau_(i, q) = 0;
            }
        }
        if (basis_[r].column < columns_) is_basic_[basis_[r].column] = false;
        basis_[r].column = q;
        is_basic_[q] = true;
    }

    void measure() {
        std::fill(norms_.begin(), norms_.end(), T(1));
        for (std::size_t i = 0; i < rows_; ++i)
            for (std::size_t j = 0; j <= columns_; ++j) norms_[j] += tableau_(i, j) * tableau_(i, j);
    }

    std::size_t rows_;
    std::size_t columns_;
    number::Matrix<T> tableau_;
    std::vector<Basic> basis_;
    std::vector<T> norms_;
    std::vector<bool> is_basic_;
    std::vector<T> prices_;
    const std::vector<Two_sided<T>>* costs_ = nullptr;
    std::vector<std::pair<T, std::size_t>> breakpoints_;
    std::vector<std::size_t> passed_;
};

}  // namespace eonflow::convex
