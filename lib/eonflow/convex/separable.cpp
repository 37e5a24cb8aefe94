#include <eonflow/convex/absolute.hpp>
#include <eonflow/convex/integer_rows.hpp>
#include <eonflow/convex/krawczyk.hpp>
#include <eonflow/convex/linear.hpp>
#include <eonflow/convex/quadratic.hpp>
#include <eonflow/convex/separable.hpp>
#include <eonflow/number/error.hpp>

#include <Eigen/Cholesky>
#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>

namespace eonflow::convex {

using number::Ball;
using number::Integer;
using number::precision_scope;
using number::Rational;

namespace {

using functions = std::vector<std::shared_ptr<const Potential_function>>;

/// F(nu) = X response(X^T nu + tilt) - y, the gradient of the convex dual function, over integer rows.
class Dual {
public:
    Dual(const Program& program, const functions& terms)
        : terms_(terms), rows_(integer_rows(program.matrix, program.right)), n_(program.rows()), d_(program.columns()), x_(n_, d_), transpose_(d_, n_) {
        for (std::size_t i = 0; i < n_; ++i)
            for (std::size_t j = 0; j < d_; ++j) {
                arf_set_mpz(arb_midref(x_.at(i, j)), rows_.matrix(i, j).backend().data());
                arb_set(transpose_.at(j, i), x_.at(i, j));
            }
        start_ = std::get<Separable>(program.objective).start;
    }

    struct Value {
        std::vector<Ball> point;  // one per column
        std::vector<Ball> slope;
        std::vector<Ball> defect;  // one per row
        [[nodiscard]] bool is_finite() const {
            return std::all_of(defect.begin(), defect.end(), [](const Ball& x) { return x.is_finite(); });
        }
    };

    [[nodiscard]] Value at(const std::vector<Ball>& nu) {
        tilt();
        Value value;
        const std::vector<Ball> prices = prices_of(nu);
        for (std::size_t j = 0; j < d_; ++j) {
            Response response = terms_[j]->respond(prices[j] + tilts_[j]);
            value.point.push_back(std::move(response.value));
            value.slope.push_back(std::move(response.slope));
        }
        value.defect = rows_times(value.point);
        for (std::size_t i = 0; i < n_; ++i) value.defect[i] -= Ball(Rational(rows_.right[i]));
        return value;
    }

    /// X diag(slope) X^T.
    [[nodiscard]] Ball_matrix jacobian(const std::vector<Ball>& slope) const {
        const auto bits = static_cast<slong>(number::working_bits());
        Ball_matrix scaled(n_, d_), result(n_, n_);
        for (std::size_t i = 0; i < n_; ++i)
            for (std::size_t j = 0; j < d_; ++j) arb_mul(scaled.at(i, j), slope[j].raw(), x_.at(i, j), bits);
        for (std::size_t i = 0; i < n_; ++i)
            for (std::size_t k = 0; k <= i; ++k) {
                arb_dot(result.at(i, k), nullptr, 0, scaled.at(i, 0), 1, x_.at(k, 0), 1, static_cast<slong>(d_), bits);
                arb_set(result.at(k, i), result.at(i, k));
            }
        return result;
    }

    /// X^T nu.
    [[nodiscard]] std::vector<Ball> prices_of(const std::vector<Ball>& nu) const {
        std::vector<Ball> u(d_);
        for (std::size_t j = 0; j < d_; ++j)
            arb_dot(u[j].raw(), nullptr, 0, first(nu), 1, transpose_.at(j, 0), 1, static_cast<slong>(n_), static_cast<slong>(number::working_bits()));
        return u;
    }

    /// X v.
    [[nodiscard]] std::vector<Ball> rows_times(const std::vector<Ball>& v) const {
        std::vector<Ball> result(n_);
        for (std::size_t i = 0; i < n_; ++i)
            arb_dot(result[i].raw(), nullptr, 0, first(v), 1, x_.at(i, 0), 1, static_cast<slong>(d_), static_cast<slong>(number::working_bits()));
        return result;
    }

    [[nodiscard]] std::size_t rows() const { return n_; }
    [[nodiscard]] std::size_t columns() const { return d_; }
    [[nodiscard]] const Integer_rows<Integer>& data() const { return rows_; }
    [[nodiscard]] const std::vector<Ball>& tilts() {
        tilt();
        return tilts_;
    }

private:
    static arb_srcptr first(const std::vector<Ball>& v) {
        static_assert(sizeof(Ball) == sizeof(arb_struct));
        return v.empty() ? nullptr : v[0].raw();
    }

    /// The tilts at the working precision.
    void tilt() {
        if (tilt_bits_ == number::working_bits()) return;
        tilt_bits_ = number::working_bits();
        tilts_.assign(d_, Ball(0));
        for (std::size_t j = 0; j < start_.size(); ++j) {
            tilts_[j] = terms_[j]->derivative(Ball(start_[j]));
            if (!tilts_[j].is_finite()) throw invalid_input("the start " + start_[j].str() + " is outside the domain of its potential");
        }
    }

    const functions& terms_;
    Integer_rows<Integer> rows_;
    std::size_t n_, d_;
    Ball_matrix x_, transpose_;  // exact
    std::vector<Rational> start_;
    std::vector<Ball> tilts_;
    std::int64_t tilt_bits_ = 0;
};

using Dense = Eigen::MatrixXd;

constexpr std::int64_t nothing = std::int64_t{-1} << 50;

std::int64_t exponent(const Ball& x) { return number::exponent_of(x.midpoint()); }

std::int64_t largest_exponent(const std::vector<Ball>& v) {
    std::int64_t most = std::int64_t{-1} << 61;
    for (const Ball& x : v) most = std::max(most, exponent(x));
    return most;
}

double scaled_down(const Ball& x, std::int64_t scale) {
    arf_t y;
    arf_init(y);
    arf_mul_2exp_si(y, arb_midref(x.raw()), -scale);
    const double result = arf_cmpabs_2exp_si(y, -1000) < 0 ? 0 : arf_get_d(y, ARF_RND_NEAR);
    arf_clear(y);
    return result;
}

Ball scaled_up(double x, std::int64_t scale) {
    Ball result;
    arb_set_d(result.raw(), x);
    arb_mul_2exp_si(result.raw(), result.raw(), scale);
    return result;
}

std::vector<Ball> moved(const std::vector<Ball>& nu, const std::vector<Ball>& step, int halvings) {
    std::vector<Ball> result;
    for (std::size_t i = 0; i < nu.size(); ++i) {
        Ball s = step[i];
        arb_mul_2exp_si(s.raw(), s.raw(), -halvings);
        result.push_back(middle(nu[i] + s));
    }
    return result;
}

Ball product(const std::vector<Ball>& a, const std::vector<Ball>& b) {
    Ball sum;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return middle(sum);
}

class Newton {
public:
    explicit Newton(Dual& dual) : dual_(dual), integer_(static_cast<Eigen::Index>(dual.rows()), static_cast<Eigen::Index>(dual.columns())) {
        for (std::size_t i = 0; i < dual.rows(); ++i) {
            const auto row = dual.data().matrix.row(i);
            long e = 0, highest = 0;
            for (const Integer& x : row)
                if (mpz_get_d_2exp(&e, x.backend().data()) != 0) highest = std::max(highest, e);
            row_exponent_.push_back(highest);
            for (std::size_t j = 0; j < row.size(); ++j) {
                const double x = mpz_get_d_2exp(&e, row[j].backend().data());
                integer_(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)) = std::ldexp(x, static_cast<int>(std::max(e - highest, -1000L)));
            }
        }
    }

    /// Damped Newton with double directions until the predicted relative change of the point is below 2^-20, so that the next one would be below 2^-32; false if
    /// it does not get there.
    bool approach(std::vector<Ball>& nu) {
        Dual::Value value = dual_.at(nu);
        if (!value.is_finite()) return false;
        for (int iteration = 0; iteration < 300; ++iteration) {
            const std::vector<Ball> step = direction(value);
            if (step.empty()) return false;
            const std::int64_t change = predicted_change(value, step);
            const Ball descent = product(value.defect, step);
            int halvings = 0;
            std::vector<Ball> next;
            Dual::Value at_next;
            // The dual function is convex: along the step its slope starts negative; too far is where it has turned clearly positive.
            for (; halvings < 200; ++halvings) {
                next = moved(nu, step, halvings);
                at_next = dual_.at(next);
                if (!at_next.is_finite()) continue;
                const Ball slope = product(at_next.defect, step);
                if (!(slope + descent / Ball(2)).is_positive()) break;
            }
            if (halvings == 200) return false;
            nu = std::move(next);
            value = std::move(at_next);
            if (change < -20 && halvings == 0) return true;
        }
        return false;
    }

    /// Chord steps with a Jacobian that is renewed as the accuracy grows, until the point is accurate to `target` bits.
    bool refine(std::vector<Ball>& nu, std::int64_t target, std::int64_t extra) {
        std::int64_t accuracy = 32, known = 0;
        std::optional<Lu_solver> solver;
        for (int iteration = 0; iteration < 500 && accuracy < target; ++iteration) {
            // A new Jacobian pays when the old one would take more than two further steps.
            if (known == 0 || (accuracy >= 2 * known && target > accuracy + 2 * known)) {
                known = accuracy;
                const precision_scope scope(known + extra + 40);
                solver.emplace(dual_.jacobian(dual_.at(nu).slope));
                if (!solver->usable()) return false;
            }
            const precision_scope scope(std::min(accuracy + known, target) + extra + 30);
            const Dual::Value value = dual_.at(nu);
            if (!value.is_finite()) return false;
            const std::vector<Ball> step = solver->solve(value.defect);
            for (std::size_t i = 0; i < nu.size(); ++i) nu[i] = middle(nu[i] - step[i]);
            // What the step leaves is its own size times the error of the Jacobian.
            const std::int64_t reached = known - 8 - predicted_change(value, step);
            if (reached <= accuracy && reached < target) return false;
            accuracy = reached;
        }
        return accuracy >= target;
    }

private:
    /// -J^{-1} F with J in double, or at the working precision where it is too close to singular for that; empty if J is not usable.
    std::vector<Ball> direction(const Dual::Value& value) const {
        const auto n = static_cast<Eigen::Index>(dual_.rows()), d = static_cast<Eigen::Index>(dual_.columns());
        const std::int64_t slope_scale = largest_exponent(value.slope);
        Eigen::VectorXd weight(d);
        for (Eigen::Index j = 0; j < d; ++j) weight[j] = scaled_down(value.slope[static_cast<std::size_t>(j)], slope_scale);
        Dense j = integer_ * weight.asDiagonal() * integer_.transpose();
        const Eigen::VectorXd scale = j.diagonal().array().max(1e-300).rsqrt();
        j = scale.asDiagonal() * j * scale.asDiagonal();
        std::vector<Ball> defect = value.defect;
        for (std::size_t i = 0; i < defect.size(); ++i) arb_mul_2exp_si(defect[i].raw(), defect[i].raw(), -row_exponent_[i]);
        const std::int64_t defect_scale = largest_exponent(defect);
        Eigen::VectorXd f(n);
        for (Eigen::Index i = 0; i < n; ++i) f[i] = scaled_down(defect[static_cast<std::size_t>(i)], defect_scale) * scale[i];
        const Eigen::LLT<Dense> cholesky(j);
        if (cholesky.info() != Eigen::Success || cholesky.matrixLLT().diagonal().minCoeff() < 1e-6) {
            const Lu_solver solver(dual_.jacobian(value.slope));
            if (!solver.usable()) return {};
            std::vector<Ball> step = solver.solve(value.defect);
            for (Ball& x : step) x = middle(-x);
            return step;
        }
        const Eigen::VectorXd step = scale.asDiagonal() * cholesky.solve(f);
        if (!step.allFinite()) return {};
        std::vector<Ball> result;
        for (Eigen::Index i = 0; i < n; ++i) result.push_back(scaled_up(-step[i], defect_scale - slope_scale - row_exponent_[static_cast<std::size_t>(i)]));
        return result;
    }

    /// log2 of max_j |slope_j (X^T step)_j| / |w_j|, rounded up; coordinates at 0 are compared with the largest.
    [[nodiscard]] std::int64_t predicted_change(const Dual::Value& value, const std::vector<Ball>& step) const {
        const std::int64_t largest = largest_exponent(value.point);
        std::int64_t most = nothing;
        const std::vector<Ball> u = dual_.prices_of(step);
        for (std::size_t j = 0; j < dual_.columns(); ++j) {
            if (exponent(u[j]) < nothing || exponent(value.slope[j]) < nothing) continue;
            const std::int64_t size = value.point[j].contains_zero() ? largest : exponent(value.point[j]);
            most = std::max(most, exponent(value.slope[j]) + exponent(u[j]) - size + 1);
        }
        return most;
    }

    Dual& dual_;
    Dense integer_;
    std::vector<long> row_exponent_;
};

Rational rounded(const Ball& x) {
    const precision_scope scope(40);
    return number::to_rational(x.midpoint());
}

/// The size coordinates are expected to have.
Rational typical_size(const Exact_vector& least_squares) {
    Rational size = 0;
    for (std::size_t j = 0; j < least_squares.size(); ++j) size = std::max(size, Rational(abs(least_squares[j])));
    return size == 0 ? Rational(1) : rounded(Ball(size));
}

/// Bits by which responses amplify relative errors of their prices, at prices that belong to coordinates of the typical size.
std::int64_t amplification(const functions& terms, const Rational& size) {
    for (std::int64_t bits = 128; bits < (std::int64_t{1} << 18); bits *= 2) {
        const precision_scope scope(bits);
        std::int64_t most = 0;
        bool finite = true;
        for (const auto& term : terms)
            for (const Rational& w : {size, Rational(-size)}) {
                const Ball u = term->derivative(Ball(w));
                if (!u.is_finite() || u.contains_zero()) continue;
                const Response r = term->respond(u);
                finite = finite && r.value.is_finite() && r.slope.is_finite() && !r.value.contains_zero();
                if (finite) most = std::max(most, exponent(r.slope) + exponent(u) - exponent(r.value));
            }
        if (finite) return most;
    }
    return 64;
}

/// The point in the relative interior of the minimizers of the piecewise linear program whose slopes are those of the potentials at the typical size, carried back
/// to prices: where the potentials are almost linear (scale near 0) this is almost the answer. Empty if it gives nothing.
std::vector<Ball> linear_start(const Program& program, const functions& terms, Dual& dual, const Rational& size, std::int64_t bits) {
    const precision_scope scope(bits);
    Program linear = program;
    Absolute costs;
    for (std::size_t j = 0; j < terms.size(); ++j) {
        auto weight = [&](const Rational& w) -> Absolute::Weight {
            const Ball slope = terms[j]->derivative(Ball(w));
            if (!slope.is_finite()) return std::nullopt;
            return rounded(abs(slope - dual.tilts()[j]));
        };
        costs.up.push_back(weight(size));
        costs.down.push_back(weight(-size));
    }
    linear.objective = std::move(costs);
    const Solution solution = solve_absolute(std::move(linear));
    if (solution.status != Status::optimal) return {};
    const std::size_t n = dual.rows(), d = dual.columns();
    std::vector<Ball> nu;
    for (std::size_t i = 0; i < n; ++i) nu.emplace_back(solution.certificate.multipliers[i] / Rational(dual.data().scale[i]));
    // nu + c with c the least-squares correction of the prices of nonzero coordinates, slightly regularized.
    std::vector<Ball> gap = dual.prices_of(nu), weight(d);
    for (std::size_t j = 0; j < d; ++j) {
        const Rational w = solution.certificate.point[j];
        const bool counts = w != 0;
        weight[j] = Ball(counts ? 1 : 0);
        gap[j] = counts ? middle(terms[j]->derivative(Ball(w)) - dual.tilts()[j] - gap[j]) : Ball(0);
        if (!gap[j].is_finite()) return {};
    }
    Ball_matrix normal = dual.jacobian(weight);
    std::vector<Ball> right = dual.rows_times(gap);
    for (std::size_t i = 0; i < n; ++i) {
        Ball ridge(1);
        arb_mul_2exp_si(ridge.raw(), ridge.raw(), -bits / 2);
        arb_add(normal.at(i, i), normal.at(i, i), ridge.raw(), static_cast<slong>(bits));
    }
    const Lu_solver solver(normal);
    if (!solver.usable()) return {};
    const std::vector<Ball> correction = solver.solve(right);
    for (std::size_t i = 0; i < n; ++i) nu[i] = middle(nu[i] + correction[i]);
    return nu;
}

/// The program restricted to a basis of its rows.
Program restricted(const Program& program, const std::vector<std::size_t>& rows) {
    Program result;
    result.objective = program.objective;
    number::Matrix<Rational> matrix(rows.size(), program.columns());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        std::copy_n(program.matrix.row(rows[i]).begin(), program.columns(), matrix.row(i).begin());
        result.right.push_back(program.right[rows[i]]);
    }
    result.matrix = std::move(matrix);
    result.relation.assign(rows.size(), Relation::equal);
    return result;
}

/// Whether a coordinate is known to `bits` bits, of its own size or, around 0, of the largest.
bool accurate(const std::vector<Ball>& point, std::int64_t bits) {
    std::int64_t largest = nothing;
    for (const Ball& x : point) largest = std::max(largest, exponent(x));
    for (const Ball& x : point) {
        if (!x.is_finite()) return false;
        const number::Real radius = x.radius();
        const std::int64_t size = x.contains_zero() ? largest : exponent(x);
        if (radius != 0 && number::exponent_of(radius) > size - bits) return false;
    }
    return true;
}

}  // namespace

Solution solve_separable(Program program, std::int64_t digits, functions terms, std::int64_t most_bits) {
    if (terms.empty())
        for (const Potential& p : std::get<Separable>(program.objective).terms) terms.push_back(make_potential(p));

    // The least squares solution decides whether the equations can be met, which rows count, and the typical size.
    Solution least_squares = solve_quadratic(least_norm(program.matrix, program.right));
    if (least_squares.status == Status::infeasible) {
        least_squares.certificate.program = std::move(program);
        return least_squares;
    }
    std::vector<std::size_t> kept(program.rows());
    std::iota(kept.begin(), kept.end(), std::size_t{0});
    if (!least_squares.certificate.multipliers_unique) kept = independent_rows(integer_rows(program.matrix, program.right).matrix);
    const Program core = restricted(program, kept);
    const Rational size = typical_size(least_squares.certificate.point);

    Solution solution;
    Dual dual(core, terms);
    Newton newton(dual);
    const std::int64_t target = number::bits_for_digits(digits) + 4;
    std::int64_t extra = amplification(terms, size) + 16;
    for (; target + extra <= most_bits; extra += extra + 64) {
        std::vector<Ball> nu(core.rows());
        const std::int64_t low = 64 + 2 * extra;
        {
            const precision_scope scope(low);
            bool found = false;
            const std::vector<Ball> start = linear_start(core, terms, dual, size, low);
            if (!start.empty()) {
                nu = start;
                found = newton.approach(nu);
            }
            if (!found) {
                nu.assign(core.rows(), Ball(0));
                found = newton.approach(nu);
            }
            if (!found) continue;
        }
        if (!newton.refine(nu, target + 8, extra)) continue;
        const precision_scope full(target + extra + 40);
        const Dual::Value at_center = dual.at(nu);
        std::optional<Enclosure> enclosure;
        std::vector<Ball> point = at_center.point;
        {
            const precision_scope scope(low + 64);
            const auto inverse = approximate_inverse(dual.jacobian(dual.at(nu).slope));
            if (!inverse) continue;
            std::vector<Ball> slope;
            enclosure = krawczyk(nu, at_center.defect, *inverse, [&](const std::vector<Ball>& box) {
                slope = dual.at(box).slope;
                return dual.jacobian(slope);
            });
            if (!enclosure) continue;
            // Mean value theorem over the box.
            for (std::size_t i = 0; i < nu.size(); ++i) arb_sub(enclosure->image[i].raw(), enclosure->box[i].raw(), nu[i].raw(), ARF_PREC_EXACT);
            const std::vector<Ball> shift = dual.prices_of(enclosure->image);
            for (std::size_t j = 0; j < point.size(); ++j) arb_add_error(point[j].raw(), Ball(slope[j] * shift[j]).raw());
        }
        if (!accurate(point, target - 2)) continue;

        solution.status = Status::optimal;
        Certificate& certificate = solution.certificate;
        certificate.exact = false;
        certificate.unique = true;
        certificate.multipliers_unique = kept.size() == program.rows();
        certificate.multiplier_box.resize(program.rows());
        for (std::size_t i = 0; i < kept.size(); ++i) {
            Interval box = interval_of(enclosure->box[i]);
            const Rational scale(dual.data().scale[i]);
            certificate.multiplier_box[kept[i]] = {box.midpoint * scale, box.radius * scale};
            certificate.support.push_back(kept[i]);
        }
        for (const Ball& x : point) {
            // Room for a checker that rounds differently.
            Interval box = interval_of(x);
            box.radius *= 2;
            certificate.point_box.push_back(std::move(box));
        }
        certificate.program = std::move(program);
        return solution;
    }
    solution.message = "undecided at " + std::to_string(most_bits) + " bits: no proof that a minimizer exists or does not";
    solution.certificate.program = std::move(program);
    return solution;
}

}  // namespace eonflow::convex
