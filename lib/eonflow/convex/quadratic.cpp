#include <eonflow/convex/active_set.hpp>
#include <eonflow/convex/exact_product.hpp>
#include <eonflow/convex/integer_rows.hpp>
#include <eonflow/convex/linear.hpp>
#include <eonflow/convex/quadratic.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <optional>

namespace eonflow::convex {

using number::Integer;
using number::Matrix;
using number::Rational;

namespace {

double rounded(const Integer& x, long& exponent) { return mpz_get_d_2exp(&exponent, x.backend().data()); }

double rounded(std::int64_t x, long& exponent) {
    exponent = 0;
    return static_cast<double>(x);
}

/// min 1/2 sum_j v_j^2 / gain_j subject to integer rows: v = diag(gain) rows^T lambda.
template <class Entry>
class exact_active_set {
public:
    exact_active_set(const Integer_rows<Entry>& rows, const std::vector<Entry>& gain, std::vector<bool> equal)
        : rows_(rows), gain_(gain), equal_(std::move(equal)) {
        // With as many columns as rows most rows tend to be active: all products are wanted, and wanted twice.
        if (std::is_same_v<Entry, std::int64_t> && rows.matrix.rows() <= rows.matrix.columns()) gram_ = gram(rows.matrix, gain);
    }

    void run() {
        active_ = guess();
        // The system solves, which proves the rows independent, or a basis is taken from them.
        if (active_.size() > rows_.matrix.columns() || !solve_active()) {
            make_independent();
            solve_active();
        }
        for (;;) {
            settle();
            const auto [p, sign] = violated();
            if (p == rows_.right.size()) return;
            if (!add(p, sign)) {
                infeasible = true;
                return;
            }
            solve_active();
        }
    }

    bool infeasible = false;
    Exact_vector lambda;                 ///< per row; Farkas vector if infeasible
    std::vector<Integer> v;              ///< over lambda.denominator
    std::vector<bool> tight;             ///< rows that hold with equality
    bool independent_tight_rows = false;

private:
    std::vector<std::size_t> guess() const {
        if (auto set = guess_from_gram()) return std::move(*set);
        const std::size_t n = rows_.matrix.rows(), d = rows_.matrix.columns();
        Matrix<double> scaled(n, d);
        std::vector<double> right(n), root(d);
        std::vector<long> root_exponent(d), exponents(d);
        for (std::size_t j = 0; j < d; ++j) {
            double value = rounded(gain_[j], root_exponent[j]);
            if (root_exponent[j] % 2 != 0) value *= 2, --root_exponent[j];
            root[j] = std::sqrt(value);
            root_exponent[j] /= 2;
        }
        for (std::size_t i = 0; i < n; ++i) {
            // Scaled by the largest entry's exponent first, so that nothing overflows.
            long highest = std::numeric_limits<long>::min();
            for (std::size_t j = 0; j < d; ++j) {
                scaled(i, j) = root[j] * rounded(rows_.matrix(i, j), exponents[j]);
                exponents[j] += root_exponent[j];
                if (scaled(i, j) != 0) highest = std::max(highest, exponents[j]);
            }
            if (highest == std::numeric_limits<long>::min()) highest = 0;
            double square = 0;
            for (std::size_t j = 0; j < d; ++j) {
                if (exponents[j] != highest) scaled(i, j) = std::ldexp(scaled(i, j), static_cast<int>(std::max(exponents[j] - highest, -2000L)));
                square += scaled(i, j) * scaled(i, j);
            }
            if (square == 0) square = 1;
            const double norm = std::sqrt(square);
            for (double& x : scaled.row(i)) x /= norm;
            long exponent = 0;
            right[i] = rounded(rows_.right[i], exponent) / norm;
            right[i] = std::ldexp(right[i], static_cast<int>(std::clamp(exponent - highest, -2000L, 1000L)));
        }
        bring_to_one(right);
        return guess_active_set(scaled, right, equal_);
    }

    /// From the Gram matrix where there is one.
    std::optional<std::vector<std::size_t>> guess_from_gram() const {
        if constexpr (std::is_same_v<Entry, std::int64_t>) {
            const std::size_t n = gram_.rows();
            if (n == 0) return std::nullopt;
            std::vector<double> over(n), right(n);
            for (std::size_t i = 0; i < n; ++i) {
                over[i] = gram_(i, i) == 0 ? 1 : 1 / std::sqrt(static_cast<double>(gram_(i, i)));
                right[i] = static_cast<double>(rows_.right[i]) * over[i];
            }
            bring_to_one(right);
            Matrix<double> products(n, n);
            for (std::size_t a = 0; a < n; ++a)
                for (std::size_t b = 0; b < n; ++b) products(a, b) = static_cast<double>(gram_(a, b)) * over[a] * over[b];
            return guess_from_products(products, right, equal_);
        }
        return std::nullopt;
    }

    /// The active set does not change with the scale of the right-hand side.
    static void bring_to_one(std::vector<double>& right) {
        double largest = 0;
        for (const double x : right) largest = std::max(largest, std::abs(x));
        if (largest > 0)
            for (double& x : right) x /= largest;
    }

    [[nodiscard]] Entry product(std::size_t i, std::size_t k) const {
        Entry sum = 0;
        for (std::size_t j = 0; j < rows_.matrix.columns(); ++j) sum += rows_.matrix(i, j) * gain_[j] * rows_.matrix(k, j);
        return sum;
    }

    /// The x with (Gram matrix of the active rows) x = right.
    [[nodiscard]] std::optional<Exact_vector> solve_gram(const std::vector<Entry>& right) const {
        if (gram_.rows() == 0) return solve_exactly(gram(rows_of(active_), gain_), right);
        Matrix<Entry> block(active_.size(), active_.size());
        for (std::size_t a = 0; a < active_.size(); ++a)
            for (std::size_t b = 0; b < active_.size(); ++b) block(a, b) = gram_(active_[a], active_[b]);
        return solve_exactly(block, right);
    }

    [[nodiscard]] Matrix<Entry> rows_of(const std::vector<std::size_t>& set) const {
        Matrix<Entry> result(set.size(), rows_.matrix.columns());
        for (std::size_t i = 0; i < set.size(); ++i) std::copy_n(rows_.matrix.row(set[i]).begin(), result.columns(), result.row(i).begin());
        return result;
    }

    /// Keeps a basis of the active rows, equations first.
    void make_independent() {
        std::stable_partition(active_.begin(), active_.end(), [&](std::size_t i) { return equal_[i]; });
        std::vector<std::size_t> kept;
        for (const std::size_t k : independent_rows(rows_of(active_))) kept.push_back(active_[k]);
        active_ = std::move(kept);
    }

    /// The multipliers of the active rows taken as equations; false if the rows are dependent.
    bool solve_active() {
        std::vector<Entry> right;
        for (const std::size_t i : active_) right.push_back(rows_.right[i]);
        auto solved = solve_gram(right);
        if (solved) solution_ = std::move(*solved);
        return solved.has_value();
    }

    /// Drops rows with negative multipliers until none is left: then the active set solves the problem that consists of its own rows.
    void settle() {
        for (;;) {
            std::vector<std::size_t> kept;
            for (std::size_t k = 0; k < active_.size(); ++k)
                if (equal_[active_[k]] || solution_.numerators[k].sign() >= 0) kept.push_back(active_[k]);
            if (kept.size() == active_.size()) break;
            active_ = std::move(kept);
            solve_active();
        }
        lambda.denominator = solution_.denominator;
        lambda.numerators.assign(rows_.right.size(), Integer(0));
        for (std::size_t k = 0; k < active_.size(); ++k) lambda.numerators[active_[k]] = solution_.numerators[k];
        v = multiply_transposed(rows_.matrix, lambda.numerators);
        for (std::size_t j = 0; j < v.size(); ++j)
            if (gain_[j] != 1) v[j] *= gain_[j];
    }

    /// Signs of slacks by floating point where rounding cannot reach them: a product of d + 1 terms and its data are off by less than 2 (d + 8) 2^-53 times the sum of
    /// the terms' sizes, and by less than 2^-900 where small ones vanish.
    class sign_filter {
    public:
        sign_filter(const std::vector<Integer>& v, const Integer& denominator) : v_(v.size()) {
            std::vector<long> exponents(v.size());
            long highest = 0;
            denominator_ = rounded(denominator, highest);
            const long own = highest;
            for (std::size_t j = 0; j < v.size(); ++j) {
                v_[j] = rounded(v[j], exponents[j]);
                if (v_[j] != 0) highest = std::max(highest, exponents[j]);
            }
            const auto shifted = [&](double x, long exponent) { return std::ldexp(x, static_cast<int>(std::max(exponent - highest, -2000L))); };
            for (std::size_t j = 0; j < v.size(); ++j) v_[j] = shifted(v_[j], exponents[j]);
            denominator_ = shifted(denominator_, own);
        }

        /// Whether row . v > right denominator for certain.
        [[nodiscard]] bool positive(std::span<const std::int64_t> row, std::int64_t right) const {
            double sum = -static_cast<double>(right) * denominator_, size = std::abs(sum);
            for (std::size_t j = 0; j < v_.size(); ++j) {
                const double term = static_cast<double>(row[j]) * v_[j];
                sum += term;
                size += std::abs(term);
            }
            return sum > static_cast<double>(v_.size() + 8) * 0x1p-52 * size + 0x1p-900;
        }

    private:
        std::vector<double> v_;
        double denominator_ = 0;
    };

    [[nodiscard]] Integer slack(std::size_t i) const {
        Integer sum = 0;
        for (std::size_t j = 0; j < v.size(); ++j) add_product(sum, rows_.matrix(i, j), v[j]);
        add_product(sum, Entry(-rows_.right[i]), lambda.denominator);
        return sum;
    }

    /// The most violated row and the sign that makes its slack negative; the number of rows if none is violated.
    std::pair<std::size_t, int> violated() {
        const std::size_t n = rows_.right.size();
        std::size_t worst = n;
        int sign = 1;
        Integer least = 0;
        // The active rows hold with equality: their system was solved. Most others are far from it.
        tight.assign(n, false);
        for (const std::size_t i : active_) tight[i] = true;
        std::vector<std::size_t> open;
        if constexpr (std::is_same_v<Entry, std::int64_t>) {
            const sign_filter filter(v, lambda.denominator);
            for (std::size_t i = 0; i < n; ++i)
                if (!tight[i] && (equal_[i] || !filter.positive(rows_.matrix.row(i), rows_.right[i]))) open.push_back(i);
        } else {
            for (std::size_t i = 0; i < n; ++i)
                if (!tight[i]) open.push_back(i);
        }
        std::vector<Integer> slacks = multiply(rows_of(open), v);
        for (std::size_t k = 0; k < open.size(); ++k) {
            const std::size_t i = open[k];
            Integer& s = slacks[k];
            add_product(s, Entry(-rows_.right[i]), lambda.denominator);
            tight[i] = s.sign() == 0;
            const int direction = equal_[i] && s.sign() > 0 ? -1 : 1;
            if (direction < 0) mpz_neg(s.backend().data(), s.backend().data());
            if (s < least) {
                least = s;
                worst = i;
                sign = direction;
            }
        }
        if (worst == n) {
            std::vector<std::size_t> all;
            for (std::size_t i = 0; i < n; ++i)
                if (tight[i]) all.push_back(i);
            independent_tight_rows = all.size() == active_.size() || independent_rows(rows_of(all)).size() == all.size();
        }
        return {worst, sign};
    }

    /// One step of the dual active set method with exact numbers (Goldfarb, Idnani 1983): afterwards row p is active and all multipliers have their sign, or
    /// false and `lambda` is a Farkas vector. Ends because the dual objective grows with every row added, and rows are only dropped in between.
    bool add(std::size_t p, int sign) {
        std::vector<Rational> multipliers = solution_.rationals();
        Rational missing = -sign * Rational(slack(p), lambda.denominator);
        for (;;) {
            std::vector<Entry> right;
            for (const std::size_t i : active_) right.push_back(sign * product(p, i));
            const std::vector<Rational> r = active_.empty() ? std::vector<Rational>{} : solve_gram(right)->rationals();
            Rational curvature = Rational(Integer(product(p, p)));
            for (std::size_t k = 0; k < r.size(); ++k) curvature -= r[k] * Rational(Integer(right[k]));

            std::optional<Rational> drop_step;
            std::size_t drop = 0;
            for (std::size_t k = 0; k < r.size(); ++k)
                if (r[k].sign() > 0 && !equal_[active_[k]] && (!drop_step || multipliers[k] < *drop_step * r[k])) {
                    drop_step = multipliers[k] / r[k];
                    drop = k;
                }
            if (curvature.sign() == 0 && !drop_step) {
                std::vector<Rational> farkas(rows_.right.size());
                farkas[p] = sign;
                for (std::size_t k = 0; k < r.size(); ++k) farkas[active_[k]] = -r[k];
                Rational total = 0;
                for (std::size_t i = 0; i < farkas.size(); ++i) total += farkas[i] * Rational(Integer(rows_.right[i]));
                for (Rational& x : farkas) x /= total;
                lambda = common_denominator(farkas);
                return false;
            }
            const bool full = curvature.sign() > 0 && (!drop_step || missing <= *drop_step * curvature);
            const Rational step = full ? missing / curvature : *drop_step;
            for (std::size_t k = 0; k < r.size(); ++k) multipliers[k] -= step * r[k];
            missing -= step * curvature;
            if (full) {
                active_.push_back(p);
                return true;
            }
            active_.erase(active_.begin() + static_cast<std::ptrdiff_t>(drop));
            multipliers.erase(multipliers.begin() + static_cast<std::ptrdiff_t>(drop));
        }
    }

    const Integer_rows<Entry>& rows_;
    const std::vector<Entry>& gain_;
    std::vector<bool> equal_;
    Matrix<Entry> gram_;  // of all rows, or empty
    std::vector<std::size_t> active_;
    Exact_vector solution_;
};

template <class Entry>
Solution solved(Program program, const Integer_rows<Entry>& rows, const std::vector<Entry>& gain, const Integer& gain_denominator) {
    const std::size_t n = program.rows();
    std::vector<bool> equal(n);
    for (std::size_t i = 0; i < n; ++i) equal[i] = program.relation[i] == Relation::equal;
    exact_active_set<Entry> set(rows, gain, equal);
    set.run();

    Solution solution;
    Certificate& certificate = solution.certificate;
    certificate.multipliers = std::move(set.lambda);
    for (std::size_t i = 0; i < n; ++i)
        if (rows.scale[i] != 1) certificate.multipliers.numerators[i] *= rows.scale[i];
    for (std::size_t i = 0; i < n; ++i)
        if (certificate.multipliers.numerators[i].sign() != 0) certificate.support.push_back(i);
    if (set.infeasible) {
        solution.status = Status::infeasible;
        certificate.claim = Claim::infeasible;
        certificate.program = std::move(program);
        return solution;
    }
    solution.status = Status::optimal;
    certificate.point = {std::move(set.v), certificate.multipliers.denominator};
    if (gain_denominator != 1)
        for (Integer& x : certificate.multipliers.numerators) x *= gain_denominator;
    const Exact_vector center = common_denominator(std::get<Quadratic>(program.objective).center);
    for (std::size_t j = 0; j < center.size(); ++j) {
        if (center.denominator != 1) certificate.point.numerators[j] *= center.denominator;
        add_product(certificate.point.numerators[j], center.numerators[j], certificate.point.denominator);
    }
    certificate.point.denominator *= center.denominator;
    for (std::size_t i = 0; i < n; ++i)
        if (set.tight[i] && !equal[i] && certificate.multipliers.numerators[i].sign() == 0) certificate.weakly_active.push_back(i);
    certificate.unique = true;
    certificate.multipliers_unique = set.independent_tight_rows;
    certificate.program = std::move(program);
    return solution;
}

}  // namespace

Solution solve_quadratic(Program program) {
    const auto& [weights, center] = std::get<Quadratic>(program.objective);
    // 1 / weights_j = gain_j / gain_denominator
    std::vector<Rational> inverse;
    for (const Rational& x : weights) inverse.push_back(1 / x);
    const Exact_vector gain = common_denominator(inverse);
    // w = center + v: the rows ask for right - matrix center of v.
    std::vector<Rational> right = program.right;
    for (std::size_t j = 0; j < center.size(); ++j)
        if (center[j].sign() != 0)
            for (std::size_t i = 0; i < right.size(); ++i) right[i] -= program.matrix(i, j) * center[j];

    // Machine integers where no Gram entry can reach 2^53.
    std::size_t gain_bits = 1;
    for (const Integer& x : gain.numerators) gain_bits = std::max(gain_bits, mpz_sizeinbase(x.backend().data(), 2));
    const int room = 53 - static_cast<int>(gain_bits) - static_cast<int>(std::bit_width(center.size()));
    if (room >= 4)
        if (const auto rows = machine_rows(program.matrix, right, room / 2, 40)) {
            std::vector<std::int64_t> small;
            for (const Integer& x : gain.numerators) small.push_back(mpz_get_si(x.backend().data()));
            return solved(std::move(program), *rows, small, gain.denominator);
        }
    const auto rows = integer_rows(program.matrix, right);
    return solved(std::move(program), rows, gain.numerators, gain.denominator);
}

}  // namespace eonflow::convex
