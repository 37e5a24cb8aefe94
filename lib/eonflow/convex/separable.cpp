#include <eonflow/convex/absolute.hpp>
#include <eonflow/convex/domain.hpp>
#include <eonflow/convex/linear.hpp>
#include <eonflow/convex/price_equations.hpp>
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

using functions = Price_equations::functions;
using Dense = Eigen::MatrixXd;

constexpr std::int64_t nothing = std::int64_t{-1} << 50;

/// The least e with |midpoint| < 2^e.
std::int64_t exponent(const Ball& x) { return exponent_of_midpoint(x); }

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
    explicit Newton(Price_equations& dual) : dual_(dual), integer_(static_cast<Eigen::Index>(dual.rows()), static_cast<Eigen::Index>(dual.columns())) {
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

    /// Damped Newton with double directions until the predicted relative change of the point is below 2^-20 and the responses' slopes settle as well, so that the next changes
    /// will be about squares. Prices that run away from those of coordinates of the typical size, which have exponent `typical`, belong to no minimizer.
    enum class Approach { near, lost, ran_away };
    Approach approach(std::vector<Ball>& nu, std::int64_t typical) {
        constexpr std::int64_t longest = 6, farthest = 100;  // factors as powers of two
        Price_equations::Value value = dual_.at(nu);
        if (!value.is_finite()) return Approach::lost;
        for (int iteration = 0; iteration < 300; ++iteration) {
            const std::int64_t size = largest_exponent(dual_.prices_of(nu));
            if (size > typical + farthest) return Approach::ran_away;
            const auto inverse = inverse_jacobian(value.slope);
            if (!inverse) return Approach::lost;
            std::vector<Ball> step = times(*inverse, value.defect);
            for (Ball& x : step) x = middle(-x);
            const std::int64_t change = predicted_change(value, step);
            const Ball descent = product(value.defect, step);
            const std::int64_t excess = largest_exponent(dual_.prices_of(step)) - longest - std::max(size, typical);
            int halvings = static_cast<int>(std::clamp<std::int64_t>(excess, 0, 1'000'000));
            const int most = halvings + 200;
            std::vector<Ball> next;
            Price_equations::Value at_next;
            // The dual function is convex: along the step its slope starts negative; too far is where it has turned clearly positive.
            for (; halvings < most; ++halvings) {
                next = moved(nu, step, halvings);
                at_next = dual_.at(next);
                if (!at_next.is_finite()) continue;
                const Ball slope = product(at_next.defect, step);
                if (!(slope + descent / Ball(2)).is_positive()) break;
            }
            if (halvings == most) return Approach::lost;
            const std::int64_t turn = relative_change(value.slope, at_next.slope);
            nu = std::move(next);
            value = std::move(at_next);
            if (change < -20 && turn < -6 && halvings == 0) {
                bend_ = std::max<std::int64_t>(turn - change, 0);
                return Approach::near;
            }
        }
        return Approach::lost;
    }

    /// A Newton step that leaves the point accurate to 2^-target of itself: the place where it starts and what is known there.
    struct Step {
        std::vector<Ball> center;
        Price_equations::Value value;  // at the center, in balls with all bits
        Ball_matrix inverse;
        std::vector<Ball> step;  // midpoints: the next place is center - step
    };

    /// Newton steps that double the accuracy, each with one evaluation at the bits that it will have; nothing if they do not converge. The last step is not taken.
    std::optional<Step> refine(std::vector<Ball> nu, std::int64_t target, std::int64_t extra) {
        std::vector<std::int64_t> goals;
        for (std::int64_t goal = target; goals.empty() || goal > 40; goal = goal / 2 + 12) {
            goals.push_back(goal);
            if (goal / 2 + 12 >= goal) break;
        }
        std::reverse(goals.begin(), goals.end());
        // Far goals are worth an inverse of more bits, once the place is known to as many.
        constexpr std::int64_t far = 1000;
        const std::int64_t fine_bits = target > far ? target / 8 : 0;
        std::optional<Lu_solver> fine;
        int spare = 12;
        for (std::size_t k = 0; k < goals.size();) {
            const precision_scope scope(goals[k] + extra + 30);
            Price_equations::Value value = dual_.at(nu);
            if (!value.is_finite()) return std::nullopt;
            auto inverse = inverse_jacobian(value.slope);
            if (!inverse) return std::nullopt;
            if (!fine && fine_bits > 0 && k > 0 && goals[k - 1] >= fine_bits) {
                const precision_scope fine_scope(fine_bits + extra + 30);
                fine.emplace(dual_.about_jacobian(value.slope));
                if (!fine->usable()) return std::nullopt;
            }
            const std::int64_t change = predicted_change(value, corrections(*inverse, value.defect));
            // A Newton step leaves about the square of its size, times what the slopes turn more than the point moves (next to an end of a domain).
            const std::int64_t reached = -2 * change - bend_ - 10;
            auto step = solve(value, *inverse, fine ? &*fine : nullptr, goals[k] + change + 10);
            if (!step) return std::nullopt;
            if (k + 1 == goals.size() && reached >= target) return Step{std::move(nu), std::move(value), std::move(*inverse), std::move(*step)};
            for (std::size_t i = 0; i < nu.size(); ++i) nu[i] = middle(nu[i] - (*step)[i]);
            if (reached >= goals[k])
                ++k;
            else if (spare-- == 0)
                return std::nullopt;
        }
        return std::nullopt;
    }

private:
    /// An approximate inverse of X diag(slope) X^T, in double or, where that is too close to singular, at the working precision.
    [[nodiscard]] std::optional<Ball_matrix> inverse_jacobian(const std::vector<Ball>& slope) const {
        const auto n = static_cast<Eigen::Index>(dual_.rows()), d = static_cast<Eigen::Index>(dual_.columns());
        const std::int64_t slope_scale = largest_exponent(slope);
        Eigen::VectorXd weight(d);
        for (Eigen::Index j = 0; j < d; ++j) weight[j] = scaled_down(slope[static_cast<std::size_t>(j)], slope_scale);
        Dense j = integer_ * weight.asDiagonal() * integer_.transpose();
        const Eigen::VectorXd scale = j.diagonal().array().max(1e-300).rsqrt();
        j = scale.asDiagonal() * j * scale.asDiagonal();
        const Eigen::LLT<Dense> cholesky(j);
        if (cholesky.info() != Eigen::Success || cholesky.matrixLLT().diagonal().minCoeff() < 1e-6) return approximate_inverse(dual_.jacobian(slope));
        const Dense inverse = scale.asDiagonal() * cholesky.solve(Dense::Identity(n, n)) * scale.asDiagonal();
        if (!inverse.allFinite()) return std::nullopt;
        Ball_matrix result(dual_.rows(), dual_.rows());
        for (std::size_t a = 0; a < dual_.rows(); ++a)
            for (std::size_t b = 0; b < dual_.rows(); ++b) {
                arf_set_d(arb_midref(result.at(a, b)), inverse(static_cast<Eigen::Index>(a), static_cast<Eigen::Index>(b)));
                arb_mul_2exp_si(result.at(a, b), result.at(a, b), -slope_scale - row_exponent_[a] - row_exponent_[b]);
            }
        return result;
    }

    /// The x with X diag(slope) X^T x = defect to `bits` bits, by refinement with the approximate inverse, or with `fine`; nothing if that does not converge. No bound claimed.
    std::optional<std::vector<Ball>> solve(const Price_equations::Value& value, const Ball_matrix& inverse, const Lu_solver* fine, std::int64_t bits) const {
        constexpr std::int64_t least_gain = 3;
        std::vector<Ball> rest = value.defect, x(rest.size());
        for (Ball& r : rest) r = middle(r);
        std::int64_t first = 0, before = 0;
        for (bool started = false;; started = true) {
            const std::vector<Ball> correction = fine != nullptr ? fine->solve(rest) : corrections(inverse, rest);
            if (!std::all_of(correction.begin(), correction.end(), [](const Ball& c) { return c.is_finite(); })) return std::nullopt;
            for (std::size_t i = 0; i < x.size(); ++i) x[i] = middle(x[i] + correction[i]);
            const std::int64_t size = predicted_change(value, correction);
            if (!started) first = size;
            if (size <= first - bits || size <= nothing) return x;
            if (started && size > before - least_gain) return std::nullopt;
            before = size;
            const precision_scope scope(bits + size - first + 96);
            const std::vector<Ball> image = dual_.about_jacobian_times(value.slope, correction);
            for (std::size_t i = 0; i < rest.size(); ++i) rest[i] = middle(rest[i] - image[i]);
        }
    }

    /// inverse rest with as many bits as the inverse has.
    static std::vector<Ball> corrections(const Ball_matrix& inverse, const std::vector<Ball>& rest) {
        std::int64_t bits = 53;
        for (std::size_t i = 0; i < rest.size(); ++i) bits = std::max(bits, static_cast<std::int64_t>(arb_bits(inverse.at(i, i))));
        const precision_scope scope(bits + 11);
        std::vector<Ball> result = times(inverse, rest);
        for (Ball& x : result) x = middle(x);
        return result;
    }

    /// log2 of max_j |slope_j (X^T step)_j| / |w_j|, about; coordinates at 0 are compared with the largest.
    [[nodiscard]] std::int64_t predicted_change(const Price_equations::Value& value, const std::vector<Ball>& step) const {
        const std::int64_t largest = largest_exponent(value.point);
        std::int64_t most = nothing, scale = nothing;
        for (std::size_t i = 0; i < step.size(); ++i) scale = std::max(scale, exponent(step[i]) + row_exponent_[i]);
        if (scale == nothing) return nothing;
        Eigen::VectorXd scaled(static_cast<Eigen::Index>(step.size()));
        for (std::size_t i = 0; i < step.size(); ++i) scaled[static_cast<Eigen::Index>(i)] = scaled_down(step[i], scale - row_exponent_[i]);
        const Eigen::VectorXd u = integer_.transpose() * scaled;
        for (std::size_t j = 0; j < dual_.columns(); ++j) {
            const double size_of_u = std::abs(u[static_cast<Eigen::Index>(j)]);
            if (size_of_u == 0 || exponent(value.slope[j]) < nothing) continue;
            const std::int64_t size = value.point[j].contains_zero() ? largest : exponent(value.point[j]);
            most = std::max(most, exponent(value.slope[j]) + scale + std::ilogb(size_of_u) + 1 - size + 1);
        }
        return most;
    }

    /// log2 of max_j |after_j - before_j| / |before_j|, about.
    static std::int64_t relative_change(const std::vector<Ball>& before, const std::vector<Ball>& after) {
        std::int64_t most = nothing;
        for (std::size_t j = 0; j < before.size(); ++j)
            if (!before[j].contains_zero()) most = std::max(most, exponent(after[j] - before[j]) - exponent(before[j]));
        return most;
    }

    Price_equations& dual_;
    Dense integer_;
    std::vector<long> row_exponent_;
    std::int64_t bend_ = 0;
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

/// The functions of the potentials; equal potentials that follow each other share theirs, except where a function remembers its last place (formulas).
functions made(const std::vector<Potential>& potentials) {
    functions terms;
    for (std::size_t j = 0; j < potentials.size(); ++j) {
        if (j > 0 && potentials[j].formula.empty() && potentials[j].family != "layers" && potentials[j] == potentials[j - 1])
            terms.push_back(terms.back());
        else
            terms.push_back(make_potential(potentials[j]));
    }
    return terms;
}

/// Bits by which responses amplify relative errors of their prices, at prices that belong to coordinates of the typical size; `price`: the exponent of the largest of these.
std::int64_t amplification(const functions& terms, const Rational& size, std::int64_t& price) {
    for (std::int64_t bits = 128; bits < (std::int64_t{1} << 18); bits *= 2) {
        const precision_scope scope(bits);
        std::int64_t most = 0;
        bool finite = true;
        const Potential_function* before = nullptr;
        for (const auto& term : terms) {
            if (term.get() == before) continue;
            before = term.get();
            for (const Rational& w : {size, Rational(-size)}) {
                const Ball u = term->derivative(Ball(w));
                if (!u.is_finite() || u.contains_zero()) continue;
                price = std::max(price, exponent(u));
                const Response r = term->respond(u);
                finite = finite && r.value.is_finite() && r.slope.is_finite() && !r.value.contains_zero();
                if (finite) most = std::max(most, exponent(r.slope) + exponent(u) - exponent(r.value));
            }
        }
        if (finite) return most;
    }
    return 64;
}

/// The point in the relative interior of the minimizers of the piecewise linear program whose slopes are those of the potentials at the typical size, carried back
/// to prices: where the potentials are almost linear (scale near 0) this is almost the answer. Empty if it gives nothing.
std::vector<Ball> linear_start(const Program& program, const functions& terms, Price_equations& dual, const Rational& size, std::int64_t bits) {
    const precision_scope scope(bits);
    Program linear = program;
    Absolute costs;
    for (std::size_t j = 0; j < terms.size(); ++j) {
        if (j > 0 && terms[j] == terms[j - 1] && arb_equal(dual.tilts()[j].raw(), dual.tilts()[j - 1].raw()) != 0) {
            costs.up.push_back(costs.up.back());
            costs.down.push_back(costs.down.back());
            continue;
        }
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

/// Krawczyk's test around where the last Newton step leads, with no further evaluation at all bits: by the mean value theorem F(center - step) lies in
/// F(center) - J step for some J of the box that holds both. `point`: the responses at the center; afterwards those at the zero.
std::optional<Enclosure> proved(Price_equations& dual, const Newton::Step& last, std::int64_t bits, std::int64_t extra, std::vector<Ball>& point) {
    const std::size_t n = dual.rows(), d = dual.columns();
    std::vector<Ball> around = last.center, next, step;
    std::int64_t largest = nothing;
    for (const Ball& x : last.center) largest = std::max(largest, exponent(x));
    if (largest == nothing) largest = 0;
    for (std::size_t i = 0; i < n; ++i) {
        Ball reach = last.step[i];
        arb_mul_2exp_si(reach.raw(), reach.raw(), 1);
        arb_add_error(around[i].raw(), reach.raw());
        // A step of 0 leaves no room.
        arb_add_error_2exp_si(around[i].raw(), largest - bits);
        // The next place is rounded; the step to it is what counts from here on.
        const precision_scope scope(bits + 64);
        next.push_back(middle(last.center[i] - last.step[i]));
        step.push_back(last.center[i] - next.back());
    }
    std::vector<Ball> slope;
    {
        const precision_scope scope(bits / 2 + 64);
        slope = dual.slopes_around(last.value, last.center, around);
    }
    if (std::any_of(slope.begin(), slope.end(), [](const Ball& x) { return !x.is_finite(); })) return std::nullopt;
    std::vector<Ball> defect;
    {
        const precision_scope scope(bits + 64);
        std::vector<Ball> shift = dual.prices_of(step);
        for (std::size_t j = 0; j < d; ++j) shift[j] *= slope[j];
        defect = dual.rows_times(shift);
        for (std::size_t i = 0; i < n; ++i) defect[i] = last.value.defect[i] - defect[i];
    }
    std::optional<Enclosure> enclosure;
    {
        // Few bits, but enough for the condition of the Jacobian, which `extra` grows with.
        const precision_scope scope(48 + extra);
        const Ball_matrix jacobian = dual.jacobian(slope);
        const auto over = [&](const std::vector<Ball>& box) {
            for (std::size_t i = 0; i < n; ++i)
                if (!around[i].contains(box[i])) return Ball_matrix(0, 0);
            Ball_matrix copy(n, n);
            arb_mat_set(copy.raw(), jacobian.raw());
            return copy;
        };
        enclosure = krawczyk(next, defect, last.inverse, over);
    }
    if (!enclosure) return enclosure;
    const precision_scope scope(bits + 64);
    std::vector<Ball> way;
    for (std::size_t i = 0; i < n; ++i) way.push_back(enclosure->image[i] - last.center[i]);
    const std::vector<Ball> shift = dual.prices_of(way);
    for (std::size_t j = 0; j < d; ++j) point[j] += slope[j] * shift[j];
    return enclosure;
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
    if (terms.empty()) terms = made(std::get<Separable>(program.objective).terms);

    // The least squares solution decides whether the equations can be met, which rows count, and the typical size.
    Solution least_squares = solve_quadratic(least_norm(program.matrix, program.right));
    if (least_squares.status == Status::infeasible) {
        least_squares.certificate.program = std::move(program);
        return least_squares;
    }
    if (Solution inside = solve_domain(program); inside.status == Status::infeasible) return inside;
    std::vector<std::size_t> kept(program.rows());
    std::iota(kept.begin(), kept.end(), std::size_t{0});
    if (!least_squares.certificate.multipliers_unique) kept = independent_rows(integer_rows(program.matrix, program.right).matrix);
    const Program core = restricted(program, kept);
    const Rational size = typical_size(least_squares.certificate.point);

    Solution solution;
    Price_equations dual(core, terms);
    Newton newton(dual);
    const std::int64_t target = number::bits_for_digits(digits) + 4;
    std::int64_t price = 0;
    std::int64_t extra = amplification(terms, size, price) + 16;
    bool ran_away = false;
    /// Multipliers in balls, with the point's; nothing where these bits do not do.
    const auto attempt = [&](std::vector<Ball>& point) -> std::optional<Enclosure> {
        std::vector<Ball> nu;
        {
            const std::int64_t low = 64 + 2 * extra;
            const precision_scope scope(low);
            nu = linear_start(core, terms, dual, size, low);
            if (nu.empty() || newton.approach(nu, price) != Newton::Approach::near) {
                nu.assign(core.rows(), Ball(0));
                const Newton::Approach reached = newton.approach(nu, price);
                ran_away = reached == Newton::Approach::ran_away;
                if (reached != Newton::Approach::near) return std::nullopt;
            }
        }
        const auto last = newton.refine(std::move(nu), target + 12, extra);
        if (!last) return std::nullopt;
        point = last->value.point;
        auto enclosure = proved(dual, *last, target + extra, extra, point);
        if (!accurate(point, target - 2)) return std::nullopt;
        return enclosure;
    };
    for (; target + extra <= most_bits; extra += extra + 64) {
        std::vector<Ball> point;
        const auto enclosure = attempt(point);
        if (ran_away) break;
        if (!enclosure) continue;
        solution.status = Status::optimal;
        Certificate& certificate = solution.certificate;
        certificate.exact = false;
        certificate.unique = true;
        certificate.multipliers_unique = kept.size() == program.rows();
        certificate.multiplier_box.resize(program.rows());
        for (std::size_t i = 0; i < kept.size(); ++i) {
            // About the image, with room for the checker's own test.
            Interval box = interval_of(enclosure->image[i]);
            box.radius *= 4;
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
    solution.message = "undecided at " + std::to_string(ran_away ? target + extra : most_bits) + " bits: no proof that a minimizer exists or does not";
    solution.certificate.program = std::move(program);
    return solution;
}

}  // namespace eonflow::convex
