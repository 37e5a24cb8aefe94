#include <eonflow/convex/integer_rows.hpp>
#include <eonflow/convex/krawczyk.hpp>
#include <eonflow/convex/linear.hpp>
#include <eonflow/convex/quadratic.hpp>
#include <eonflow/convex/stationary.hpp>
#include <eonflow/number/error.hpp>

#include <algorithm>
#include <set>

namespace eonflow::convex {

using number::Ball;
using number::Integer;
using number::Matrix;
using number::precision_scope;
using number::Rational;
using number::Real;
using number::Vector;

namespace {

using indices = std::vector<std::size_t>;

/// The next k-subset of {0, ..., n-1} in lexicographic order; false after the last.
bool next_subset(indices& subset, std::size_t n) {
    const std::size_t k = subset.size();
    for (std::size_t i = k; i-- > 0;)
        if (subset[i] + (k - i) < n) {
            ++subset[i];
            for (std::size_t j = i + 1; j < k; ++j) subset[j] = subset[j - 1] + 1;
            return true;
        }
    return false;
}

class Enumeration {
public:
    Enumeration(const Program& program, std::int64_t digits)
        : program_(program), rows_(integer_rows(program.matrix, program.right)), depth_(std::get<Concave_power>(program.objective).depth),
          bits_(number::bits_for_digits(digits) + 64) {}

    Stationary_points run() {
        const std::size_t n = program_.rows(), d = program_.columns();
        double blocks = 1;  // sum_k C(n, k) C(d, k) = C(n + d, n)
        for (std::size_t k = 1; k <= std::min(n, d); ++k) blocks *= static_cast<double>(n + d + 1 - k) / static_cast<double>(k);
        if (blocks > 200000) throw invalid_input("enumerating all vertices of " + std::to_string(n) + " x " + std::to_string(d) + " rows takes more than 200000 blocks");
        for (const Relation relation : program_.relation)
            if (relation != Relation::at_least) throw invalid_input("this objective takes inequalities only");
        const precision_scope scope(bits_);
        if (std::all_of(program_.right.begin(), program_.right.end(), [](const Rational& b) { return b <= 0; })) found_.points.push_back(zero());
        for (std::size_t k = 1; k <= std::min(n, d); ++k) {
            indices columns(k);
            for (std::size_t i = 0; i < k; ++i) columns[i] = i;
            do {
                indices rows(k);
                for (std::size_t i = 0; i < k; ++i) rows[i] = i;
                do block(rows, columns);
                while (next_subset(rows, n));
            } while (next_subset(columns, d));
        }
        for (const auto& point : doubtful_)
            if (!proved_.contains(point)) ++found_.undecided;
        return std::move(found_);
    }

private:
    [[nodiscard]] Solution zero() const {
        Solution solution;
        solution.status = Status::optimal;
        solution.certificate.claim = Claim::stationary;
        solution.certificate.program = program_;
        solution.certificate.point.numerators.assign(program_.columns(), Integer(0));
        solution.certificate.multiplier_box.resize(program_.rows());
        return solution;
    }

    void block(const indices& rows, const indices& columns) {
        const std::size_t k = rows.size(), n = program_.rows();
        Matrix<Integer> matrix(k, k);
        std::vector<Integer> right;
        for (std::size_t i = 0; i < k; ++i) {
            for (std::size_t j = 0; j < k; ++j) matrix(i, j) = rows_.matrix(rows[i], columns[j]);
            right.push_back(rows_.right[rows[i]]);
        }
        const auto x = solve_exactly(matrix, right);
        if (!x || std::any_of(x->numerators.begin(), x->numerators.end(), [](const Integer& v) { return v.sign() == 0; })) return;
        for (std::size_t i = 0; i < n; ++i) {
            Integer slack = -rows_.right[i] * x->denominator;
            for (std::size_t j = 0; j < k; ++j) add_product(slack, rows_.matrix(i, columns[j]), x->numerators[j]);
            if (slack.sign() < 0) return;
        }
        std::vector<Rational> point(program_.columns());
        for (std::size_t j = 0; j < k; ++j) point[columns[j]] = (*x)[j];
        if (proved_.contains(point)) return;

        // matrix^T mu = gradient, in balls
        Ball_matrix transpose(k, k), gradient(k, 1), mu(k, 1);
        for (std::size_t i = 0; i < k; ++i) {
            for (std::size_t j = 0; j < k; ++j) arf_set_mpz(arb_midref(transpose.at(j, i)), matrix(i, j).backend().data());
            const Ball w((*x)[i]);
            const Ball slope = pow(abs(w), Rational(2, static_cast<long>(depth_)) - 1);
            arb_set(gradient.at(i, 0), (w.is_negative() ? -slope : slope).raw());
        }
        if (arb_mat_solve(mu.raw(), transpose.raw(), gradient.raw(), static_cast<slong>(number::working_bits())) == 0) {
            doubtful_.insert(point);
            return;
        }
        bool positive = true, possible = true;
        for (std::size_t i = 0; i < k; ++i) {
            positive = positive && arb_is_positive(mu.at(i, 0)) != 0;
            possible = possible && arb_is_negative(mu.at(i, 0)) == 0;
        }
        if (!positive) {
            if (possible) doubtful_.insert(point);
            return;
        }
        Solution solution = zero();
        Certificate& certificate = solution.certificate;
        certificate.point = common_denominator(point);
        certificate.support = rows;
        for (std::size_t i = 0; i < k; ++i) {
            Ball value;
            arb_set(value.raw(), mu.at(i, 0));
            // Room for a checker that rounds differently.
            arb_add_error_2exp_si(value.raw(), number::exponent_of(value.midpoint()) - number::working_bits() + 16);
            const Interval box = interval_of(value);
            const Rational scale(rows_.scale[rows[i]]);
            certificate.multiplier_box[rows[i]] = {box.midpoint * scale, box.radius * scale};
        }
        for (std::size_t i = 0; i < n; ++i) {
            Rational slack = -program_.right[i];
            for (std::size_t j = 0; j < point.size(); ++j) slack += program_.matrix(i, j) * point[j];
            if (slack == 0 && !std::binary_search(rows.begin(), rows.end(), i)) certificate.weakly_active.push_back(i);
        }
        proved_.insert(point);
        found_.points.push_back(std::move(solution));
    }

    const Program& program_;
    Integer_rows<Integer> rows_;
    std::size_t depth_;
    std::int64_t bits_;
    Stationary_points found_;
    std::set<std::vector<Rational>> proved_, doubtful_;
};

}  // namespace

Stationary_points local_minimizers(const Program& program, std::int64_t digits) {
    validate(program);
    return Enumeration(program, digits).run();
}

Solution solve_concave_power(Program program, std::int64_t digits) {
    Program euclidean = program;
    euclidean.objective = Quadratic{std::vector<Rational>(program.columns(), Rational(1)), std::vector<Rational>(program.columns())};
    Solution feasible = solve_quadratic(std::move(euclidean));
    if (feasible.status == Status::infeasible) {
        feasible.certificate.program = std::move(program);
        return feasible;
    }
    const std::int64_t bits = number::bits_for_digits(digits) + 64;
    Stationary_points all = local_minimizers(program, digits);
    const precision_scope scope(bits);
    const Rational exponent(2, static_cast<long>(std::get<Concave_power>(program.objective).depth));
    std::vector<Ball> values;
    std::size_t best = 0;
    for (const Solution& solution : all.points) {
        Ball sum;
        for (std::size_t j = 0; j < program.columns(); ++j)
            if (solution.certificate.point.numerators[j].sign() != 0) sum += pow(abs(Ball(solution.certificate.point[j])), exponent);
        values.push_back(sum);
        if ((values[best] - sum).is_positive()) best = values.size() - 1;
    }
    bool decided = all.undecided == 0 && !values.empty();
    for (std::size_t k = 0; k < values.size(); ++k) decided = decided && (k == best || (values[k] - values[best]).is_positive());
    if (decided) return std::move(all.points[best]);
    Solution undecided;
    undecided.message = "undecided at " + std::to_string(bits) + " bits: " +
                        (all.undecided > 0 ? std::to_string(all.undecided) + " vertices may or may not be local minimizers" : "the best local minimizers tie");
    undecided.certificate.program = std::move(program);
    return undecided;
}

Kkt_residual kkt_residual(const Vector& theta, const Vector& margins, const Matrix<Real>& gradients, unsigned degree) {
    const std::size_t n = margins.size(), size = theta.size();
    if (n == 0 || gradients.rows() != n || gradients.columns() != size || degree == 0)
        throw invalid_input("a KKT residual needs one gradient row of the size of theta per margin and a degree >= 1");
    const Real least = *std::min_element(margins.begin(), margins.end());
    if (!(least > 0)) throw invalid_input("the least margin " + least.str(6) + " is not accepted: it must be > 0");
    // theta~ = theta / least^(1/L): gradients scale by least^((1-L)/L), margins by 1/least.
    const Real root = pow(least, Real(1) / degree), gradient_scale = root / least;
    Matrix<Rational> a(size + n, n);
    std::vector<Rational> b(size + n);
    for (std::size_t k = 0; k < size; ++k) b[k] = number::to_rational(Real(theta[k] / root));
    for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t k = 0; k < size; ++k) a(k, i) = number::to_rational(Real(gradients(i, k) * gradient_scale));
        a(size + i, i) = number::to_rational(Real(margins[i] / least - 1));
    }
    const Solution fit = solve_quadratic(nonnegative_least_squares(a, b));
    Kkt_residual result;
    Real square = 0, whole = 0;
    for (std::size_t k = 0; k < size; ++k) {
        const Real rest = number::to_real(fit.certificate.point[k]), entry = number::to_real(b[k]);
        square += rest * rest;
        whole += entry * entry;
    }
    result.stationarity = sqrt(square / whole);
    result.complementarity = 0;
    for (std::size_t i = 0; i < n; ++i) {
        result.multipliers.push_back(number::to_real(fit.certificate.multipliers[i]));
        result.complementarity = std::max(result.complementarity, Real(result.multipliers[i] * (margins[i] / least - 1)));
    }
    return result;
}

}  // namespace eonflow::convex
