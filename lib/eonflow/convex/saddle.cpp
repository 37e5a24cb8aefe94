#include <eonflow/convex/integer_rows.hpp>
#include <eonflow/convex/krawczyk.hpp>
#include <eonflow/convex/linear.hpp>
#include <eonflow/convex/quadratic.hpp>
#include <eonflow/convex/stationary.hpp>
#include <eonflow/number/error.hpp>

#include <algorithm>
#include <cmath>

// For nonzero coordinates S with signs s, supporting rows J and a_ij = s_j matrix_ij, the first-order conditions are v_j = (a_J^T lambda)_j = |w_j|^(2/L-1) on S, so
// |w_j| = v_j^(-L/(L-2)), and a_J |w| = right_J: lambda is the critical point of the convex barrier (L-2)/2 sum_j v_j^(-2/(L-2)) + right_J . lambda on the cone v > 0.
// Some representation has independent rows a_J (Caratheodory); then the barrier is strictly convex. It has a minimizer if and only if the cone is not empty and
// some x > 0 has a_J x = right_J: along a direction delta of recession, a_J^T delta >= 0, it grows with slope right_J . delta = x . a_J^T delta > 0.

namespace eonflow::convex {

using number::Ball;
using number::Integer;
using number::Matrix;
using number::precision_scope;
using number::Rational;
using number::Real;

namespace {

using indices = std::vector<std::size_t>;

/// Nonzero coordinates, their signs, and supporting rows.
struct Candidate {
    indices columns;
    std::vector<int> signs;
    indices rows;
};

/// a_J |w(lambda)| - right_J, minus the gradient of the barrier.
class Gradient final : public Equations {
public:
    Gradient(const Program& program, const Candidate& candidate)
        : program_(program), candidate_(candidate), depth_(static_cast<long>(std::get<Concave_power>(program.objective).depth)), a_(program.rows(), candidate.columns.size()) {
        refresh();
    }

    void refresh() override {
        for (std::size_t i = 0; i < program_.rows(); ++i)
            for (std::size_t j = 0; j < candidate_.columns.size(); ++j)
                arb_set(a_.at(i, j), Ball(Rational(candidate_.signs[j] * program_.matrix(i, candidate_.columns[j]))).raw());
    }

    /// |w| at the prices v; not finite where a price may not be > 0.
    [[nodiscard]] std::vector<Ball> sizes(const std::vector<Ball>& lambda) const { return powers(lambda, Rational(-depth_, depth_ - 2)); }

    /// Row i minus its right-hand side.
    [[nodiscard]] Ball slack(std::size_t i, const std::vector<Ball>& size) const {
        Ball sum = -Ball(program_.right[i]);
        for (std::size_t j = 0; j < size.size(); ++j) arb_addmul(sum.raw(), a_.at(i, j), size[j].raw(), bits());
        return sum;
    }

    [[nodiscard]] Ball barrier(const std::vector<Ball>& lambda) const {
        Ball sum;
        for (const Ball& x : powers(lambda, Rational(-2, depth_ - 2))) sum += x;
        sum *= Ball(Rational(depth_ - 2, 2));
        for (std::size_t k = 0; k < lambda.size(); ++k) sum += Ball(program_.right[candidate_.rows[k]]) * lambda[k];
        return sum;
    }

    [[nodiscard]] std::vector<Ball> at(const std::vector<Ball>& lambda) const override {
        const std::vector<Ball> size = sizes(lambda);
        std::vector<Ball> result;
        for (const std::size_t i : candidate_.rows) result.push_back(slack(i, size));
        return result;
    }

    [[nodiscard]] Ball_matrix jacobian(const std::vector<Ball>& lambda) const override {
        const std::size_t m = lambda.size();
        std::vector<Ball> slope = powers(lambda, Rational(2 - 2 * depth_, depth_ - 2));
        Ball_matrix result(m, m);
        for (Ball& x : slope) x *= Ball(Rational(-depth_, depth_ - 2));
        for (std::size_t k = 0; k < m; ++k)
            for (std::size_t l = 0; l < m; ++l)
                for (std::size_t j = 0; j < slope.size(); ++j) {
                    Ball product;
                    arb_mul(product.raw(), a_.at(candidate_.rows[k], j), a_.at(candidate_.rows[l], j), bits());
                    arb_addmul(result.at(k, l), product.raw(), slope[j].raw(), bits());
                }
        return result;
    }

private:
    static slong bits() { return static_cast<slong>(number::working_bits()); }

    [[nodiscard]] std::vector<Ball> powers(const std::vector<Ball>& lambda, const Rational& exponent) const {
        std::vector<Ball> result;
        for (std::size_t j = 0; j < candidate_.columns.size(); ++j) {
            Ball v;
            for (std::size_t k = 0; k < lambda.size(); ++k) arb_addmul(v.raw(), a_.at(candidate_.rows[k], j), lambda[k].raw(), bits());
            if (v.is_positive())
                v = pow(v, exponent);
            else
                arb_indeterminate(v.raw());
            result.push_back(std::move(v));
        }
        return result;
    }

    const Program& program_;
    const Candidate& candidate_;
    long depth_;
    Ball_matrix a_;
};

/// Newton's method with halved steps on the barrier, until it converges quadratically. No bound claimed.
void descend(const Gradient& gradient, std::vector<Ball>& lambda) {
    constexpr int most_steps = 500, most_halvings = 60;
    for (int iteration = 0; iteration < most_steps; ++iteration) {
        const Lu_solver solver(gradient.jacobian(lambda));
        if (!solver.usable()) return;
        std::vector<Ball> step = solver.solve(gradient.at(lambda));
        const Real before = gradient.barrier(lambda).midpoint();
        std::int64_t change = 0;
        for (std::size_t k = 0; k < lambda.size(); ++k) {
            const std::int64_t relative = number::exponent_of(step[k].midpoint()) - number::exponent_of(lambda[k].midpoint());
            change = k == 0 ? relative : std::max(change, relative);
        }
        for (int halving = 0;; ++halving) {
            if (halving == most_halvings) return;
            std::vector<Ball> next = lambda;
            for (std::size_t k = 0; k < lambda.size(); ++k) next[k] = middle(next[k] - step[k]);
            const Ball value = gradient.barrier(next);
            if (value.is_finite() && value.midpoint() < before) {
                lambda = std::move(next);
                break;
            }
            for (Ball& x : step) arb_mul_2exp_si(x.raw(), x.raw(), -1);
        }
        if (change < -20) return;
    }
}

class Search {
public:
    Search(const Program& program, std::int64_t digits)
        : program_(program), rows_(integer_rows(program.matrix, program.right)), digits_(digits), bits_(number::bits_for_digits(digits) + 24) {}

    Stationary_points run() {
        const std::size_t n = program_.rows(), d = program_.columns();
        if (std::pow(2, n) * std::pow(3, d) > 200000)
            throw invalid_input("enumerating the saddles of " + std::to_string(n) + " x " + std::to_string(d) + " rows takes more than 200000 candidates");
        for (const Relation relation : program_.relation)
            if (relation != Relation::at_least) throw invalid_input("this objective takes inequalities only");
        for (std::size_t subset = 1; subset < std::size_t{1} << n; ++subset) {
            Candidate candidate;
            for (std::size_t i = 0; i < n; ++i)
                if ((subset >> i & 1) != 0) candidate.rows.push_back(i);
            if (candidate.rows.size() < d) extend(candidate, 0, {});
        }
        found_.undecided = static_cast<std::size_t>(std::count_if(open_.begin(), open_.end(), [&](const Candidate& c) { return !is_proved(c); }));
        return std::move(found_);
    }

private:
    /// Tries all choices for the coordinates from j on, given a point of the cone of those before.
    void extend(Candidate& candidate, std::size_t j, const std::vector<Rational>& start) {
        if (candidate.columns.size() + program_.columns() - j <= candidate.rows.size()) return;
        if (j == program_.columns()) return consider(candidate, start);
        extend(candidate, j + 1, start);
        candidate.columns.push_back(j);
        for (const int sign : {1, -1}) {
            candidate.signs.push_back(sign);
            if (const auto inside = cone_point(candidate)) extend(candidate, j + 1, *inside);
            candidate.signs.pop_back();
        }
        candidate.columns.pop_back();
    }

    /// lambda > 0 with all prices > 0 (by scaling, >= 1).
    [[nodiscard]] std::optional<std::vector<Rational>> cone_point(const Candidate& candidate) const {
        const std::size_t m = candidate.rows.size(), k = candidate.columns.size();
        Matrix<Rational> z(m + k, m);
        for (std::size_t i = 0; i < m; ++i) {
            z(i, i) = 1;
            for (std::size_t j = 0; j < k; ++j) z(m + j, i) = candidate.signs[j] * program_.matrix(candidate.rows[i], candidate.columns[j]);
        }
        const Solution solution = solve_quadratic(l2_margin(std::move(z)));
        if (solution.status != Status::optimal) return std::nullopt;
        return solution.certificate.point.rationals();
    }

    /// Whether some feasible point has these signs, and these rows as equations: x > 0, t > 0 with a_J x = right_J t and a x >= right t (by scaling, x, t >= 1).
    [[nodiscard]] bool has_points(const Candidate& candidate) const {
        const std::size_t n = program_.rows(), k = candidate.columns.size();
        Matrix<Rational> z(n + k + 1, k + 1);
        std::vector<Rational> right(n + k + 1);
        std::vector<Relation> relation(n + k + 1, Relation::at_least);
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j < k; ++j) z(i, j) = candidate.signs[j] * program_.matrix(i, candidate.columns[j]);
            z(i, k) = -program_.right[i];
        }
        for (const std::size_t i : candidate.rows) relation[i] = Relation::equal;
        for (std::size_t j = 0; j <= k; ++j) z(n + j, j) = right[n + j] = 1;
        const Quadratic norm{std::vector<Rational>(k + 1, Rational(1)), std::vector<Rational>(k + 1)};
        return solve_quadratic(Program{norm, std::move(z), std::move(right), std::move(relation)}).status == Status::optimal;
    }

    /// Rank of these rows on these columns, with or without the right-hand side.
    [[nodiscard]] std::size_t rank(const indices& rows, const indices& columns, bool with_right) const {
        Matrix<Integer> block(rows.size(), columns.size() + (with_right ? 1 : 0));
        for (std::size_t i = 0; i < rows.size(); ++i) {
            for (std::size_t j = 0; j < columns.size(); ++j) block(i, j) = rows_.matrix(rows[i], columns[j]);
            if (with_right) block(i, columns.size()) = rows_.right[rows[i]];
        }
        return independent_rows(block).size();
    }

    /// Other supporting rows may stand for the same equations, and so for the same point.
    [[nodiscard]] bool is_proved(const Candidate& candidate) const {
        return std::any_of(proved_.begin(), proved_.end(), [&](const auto& known) {
            return known.first.columns == candidate.columns && known.first.signs == candidate.signs && known.first.rows.size() == candidate.rows.size() &&
                   std::includes(known.second.begin(), known.second.end(), candidate.rows.begin(), candidate.rows.end());
        });
    }

    void consider(const Candidate& candidate, const std::vector<Rational>& start) {
        const std::size_t m = candidate.rows.size();
        if (is_proved(candidate) || rank(candidate.rows, candidate.columns, false) < m || !has_points(candidate)) return;
        indices tight;
        for (std::size_t i = 0; i < program_.rows(); ++i) {
            indices rows = candidate.rows;
            rows.push_back(i);
            if (rank(rows, candidate.columns, true) == m) tight.push_back(i);
        }
        std::vector<Ball> lambda;
        {
            const precision_scope scope(128);
            Gradient gradient(program_, candidate);
            for (const Rational& x : start) lambda.push_back(middle(Ball(x)));
            descend(gradient, lambda);
        }
        for (int attempt = 0; attempt < 3; ++attempt) {
            const auto answer = decide(candidate, tight, lambda, bits_ << attempt);
            if (answer && *answer) proved_.emplace_back(candidate, tight);
            if (answer) return;
        }
        open_.push_back(candidate);
    }

    /// Whether there is a stationary point, which goes to `found_`; nothing if these bits do not tell.
    std::optional<bool> decide(const Candidate& candidate, const indices& tight, std::vector<Ball> lambda, std::int64_t target) {
        const precision_scope full(target + 64);
        Gradient gradient(program_, candidate);
        if (!refine(gradient, lambda, target)) return std::nullopt;
        gradient.refresh();
        const std::vector<Ball> defect = gradient.at(lambda);
        std::optional<Enclosure> enclosure;
        {
            const precision_scope coarse(192);
            if (const auto inverse = approximate_inverse(gradient.jacobian(lambda)))
                enclosure = krawczyk(lambda, defect, *inverse, [&](const auto& box) { return gradient.jacobian(box); });
        }
        if (!enclosure) return std::nullopt;
        const std::vector<Ball> size = gradient.sizes(enclosure->box);
        std::vector<Ball> must_be_positive = enclosure->box;
        for (std::size_t i = 0; i < program_.rows(); ++i)
            if (!std::binary_search(tight.begin(), tight.end(), i)) must_be_positive.push_back(gradient.slack(i, size));
        if (std::any_of(must_be_positive.begin(), must_be_positive.end(), [](const Ball& x) { return x.is_negative(); })) return false;
        if (!std::all_of(must_be_positive.begin(), must_be_positive.end(), [](const Ball& x) { return x.is_positive(); })) return std::nullopt;

        Solution solution;
        solution.status = Status::optimal;
        Certificate& certificate = solution.certificate;
        certificate.claim = Claim::stationary;
        certificate.program = program_;
        certificate.exact = false;
        certificate.point_box.resize(program_.columns());
        for (std::size_t j = 0; j < size.size(); ++j) {
            if (size[j].accurate_digits() < digits_) return std::nullopt;
            Interval& box = certificate.point_box[candidate.columns[j]];
            box = interval_of(size[j]);
            box.midpoint *= candidate.signs[j];
            box.radius *= 2;  // room for a checker that rounds differently
        }
        certificate.support = candidate.rows;
        certificate.multiplier_box.resize(program_.rows());
        for (std::size_t k = 0; k < lambda.size(); ++k) certificate.multiplier_box[candidate.rows[k]] = interval_of(enclosure->box[k]);
        std::set_difference(tight.begin(), tight.end(), candidate.rows.begin(), candidate.rows.end(), std::back_inserter(certificate.weakly_active));
        found_.points.push_back(std::move(solution));
        return true;
    }

    const Program& program_;
    Integer_rows<Integer> rows_;
    std::int64_t digits_, bits_;
    Stationary_points found_;
    std::vector<std::pair<Candidate, indices>> proved_;  ///< with all rows that hold with equality
    std::vector<Candidate> open_;
};

}  // namespace

Stationary_points saddle_points(const Program& program, std::int64_t digits) {
    validate(program);
    if (!std::holds_alternative<Concave_power>(program.objective)) throw invalid_input("saddles are those of a concave power");
    return Search(program, digits).run();
}

}  // namespace eonflow::convex
