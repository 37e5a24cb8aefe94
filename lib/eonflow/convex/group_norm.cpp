#include <eonflow/convex/central_path.hpp>
#include <eonflow/convex/group_norm.hpp>
#include <eonflow/convex/krawczyk.hpp>
#include <eonflow/convex/quadratic.hpp>

#include <Eigen/Cholesky>
#include <Eigen/Dense>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <optional>

namespace eonflow::convex {

using number::Ball;
using number::precision_scope;
using number::Rational;

namespace {

constexpr double minus_infinity = -std::numeric_limits<double>::infinity();

using Dense = Eigen::MatrixXd;
using Column = Eigen::VectorXd;

/// Rows A = matrix T, right-hand side, groups of columns and their weights, where w = T v with orthonormal T; at the working precision.
class Grouped {
public:
    explicit Grouped(const Program& program) : program_(program) {
        if (const auto* groups = std::get_if<Group_norm>(&program.objective)) {
            sizes_ = groups->sizes;
        } else {
            // Frequency 0, then pairs of conjugate frequencies, then d/2.
            const std::size_t d = program.columns();
            sizes_.push_back(1);
            for (std::size_t k = 1; 2 * k < d; ++k) sizes_.push_back(2);
            if (d % 2 == 0) sizes_.push_back(1);
        }
        for (std::size_t g = 0, start = 0; g < sizes_.size(); start += sizes_[g++]) starts_.push_back(start);
        refresh();
    }

    /// Recomputes the data at the working precision.
    void refresh() {
        const std::size_t n = program_.rows(), d = program_.columns();
        const bool fourier = std::holds_alternative<Fourier_norm>(program_.objective);
        transform_.emplace(d, d);
        a_.emplace(n, d);
        weights_.clear();
        const auto bits = static_cast<slong>(number::working_bits());
        if (fourier) {
            for (std::size_t g = 0; g < sizes_.size(); ++g) {
                weights_.push_back(sizes_[g] == 2 ? sqrt(Ball(2)) : Ball(1));
                const Ball scale = sqrt(Ball(Rational(static_cast<long>(sizes_[g]), static_cast<long>(d))));
                for (std::size_t j = 0; j < d; ++j) {
                    fmpq_t angle;
                    fmpq_init(angle);
                    fmpq_set_si(angle, static_cast<slong>(2 * g * j % (2 * d)), d);
                    Ball sine, cosine;
                    arb_sin_cos_pi_fmpq(sine.raw(), cosine.raw(), angle, bits);
                    fmpq_clear(angle);
                    arb_mul(transform_->at(j, starts_[g]), cosine.raw(), scale.raw(), bits);
                    if (sizes_[g] == 2) arb_mul(transform_->at(j, starts_[g] + 1), sine.raw(), scale.raw(), bits);
                }
            }
        } else {
            arb_mat_one(transform_->raw());
            for (const Rational& c : std::get<Group_norm>(program_.objective).weights) weights_.emplace_back(c);
        }
        Ball_matrix x(n, d);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t j = 0; j < d; ++j) arb_set(x.at(i, j), Ball(program_.matrix(i, j)).raw());
        if (fourier)
            arb_mat_mul(a_->raw(), x.raw(), transform_->raw(), bits);
        else
            arb_mat_swap(a_->raw(), x.raw());
    }

    [[nodiscard]] std::size_t rows() const { return program_.rows(); }
    [[nodiscard]] std::size_t groups() const { return sizes_.size(); }
    [[nodiscard]] std::size_t size(std::size_t g) const { return sizes_[g]; }
    [[nodiscard]] std::size_t start(std::size_t g) const { return starts_[g]; }
    [[nodiscard]] const Ball& weight(std::size_t g) const { return weights_[g]; }
    [[nodiscard]] arb_srcptr a(std::size_t i, std::size_t g) const { return a_->at(i, starts_[g]); }
    [[nodiscard]] Ball right(std::size_t i) const { return Ball(program_.right[i]); }
    [[nodiscard]] bool is_equation(std::size_t i) const { return program_.relation[i] == Relation::equal; }

    /// T v
    [[nodiscard]] std::vector<Ball> back(const std::vector<Ball>& v) const {
        std::vector<Ball> w(v.size());
        for (std::size_t j = 0; j < v.size(); ++j)
            arb_dot(w[j].raw(), nullptr, 0, transform_->at(j, 0), 1, v[0].raw(), 1, static_cast<slong>(v.size()), static_cast<slong>(number::working_bits()));
        return w;
    }

private:
    const Program& program_;
    std::vector<std::size_t> sizes_, starts_;
    std::optional<Ball_matrix> transform_, a_;
    std::vector<Ball> weights_;
};

double rounded(arb_srcptr x) { return arf_get_d(arb_midref(x), ARF_RND_NEAR); }

Ball exactly(double x) {
    Ball result;
    arb_set_d(result.raw(), x);
    return result;
}

struct Guess {
    std::vector<std::size_t> rows, groups;
    std::vector<Ball> lambda, rho;
};

/// Maximizes b . lambda + mu sum_g log(c_g^2 - |A_g^T lambda|^2) + mu sum_i log lambda_i with mu falling, in double. No bound claimed.
std::optional<Guess> barrier(const Grouped& data) {
    const auto n = static_cast<Eigen::Index>(data.rows());
    std::vector<Dense> a;
    Column c(static_cast<Eigen::Index>(data.groups())), b(n);
    double largest = 0;
    for (std::size_t g = 0; g < data.groups(); ++g) {
        Dense block(n, static_cast<Eigen::Index>(data.size(g)));
        for (Eigen::Index i = 0; i < n; ++i)
            for (Eigen::Index k = 0; k < block.cols(); ++k) block(i, k) = rounded(data.a(static_cast<std::size_t>(i), g) + k);
        c[static_cast<Eigen::Index>(g)] = rounded(data.weight(g).raw());
        largest = std::max(largest, block.cwiseAbs().maxCoeff() / c[static_cast<Eigen::Index>(g)]);
        a.push_back(std::move(block));
    }
    for (Eigen::Index i = 0; i < n; ++i) b[i] = rounded(data.right(static_cast<std::size_t>(i)).raw());
    if (!(largest > 0) || !std::isfinite(largest) || !b.allFinite()) return std::nullopt;

    Column lambda(n);
    for (Eigen::Index i = 0; i < n; ++i)
        lambda[i] = data.is_equation(static_cast<std::size_t>(i)) ? 0 : 0.5 / (largest * std::sqrt(static_cast<double>(n)) * static_cast<double>(n) * std::sqrt(static_cast<double>(a[0].cols())));
    const auto value = [&](const Column& x, double mu) {
        double sum = b.dot(x);
        for (std::size_t g = 0; g < a.size(); ++g) {
            const double cg = c[static_cast<Eigen::Index>(g)], slack = cg * cg - (a[g].transpose() * x).squaredNorm();
            if (!(slack > 0)) return minus_infinity;
            sum += mu * std::log(slack);
        }
        for (Eigen::Index i = 0; i < n; ++i) {
            if (data.is_equation(static_cast<std::size_t>(i))) continue;
            if (!(x[i] > 0)) return minus_infinity;
            sum += mu * std::log(x[i]);
        }
        return sum;
    };
    // Starts inside: shrink until it is.
    for (int k = 0; k < 200 && value(lambda, 1) == minus_infinity; ++k) lambda /= 2;
    double mu = std::max(1e-3, std::abs(b.dot(lambda)));
    for (int stage = 0; stage < 22; ++stage) {
        mu *= 0.25;
        for (int iteration = 0; iteration < 40; ++iteration) {
            Column gradient = b;
            Dense hessian = Dense::Zero(n, n);
            for (std::size_t g = 0; g < a.size(); ++g) {
                const double cg = c[static_cast<Eigen::Index>(g)];
                const Column t = a[g].transpose() * lambda;
                const double slack = cg * cg - t.squaredNorm();
                const Column direction = a[g] * t;
                gradient -= 2 * mu / slack * direction;
                hessian += 2 * mu / slack * a[g] * a[g].transpose() + 4 * mu / (slack * slack) * direction * direction.transpose();
            }
            for (Eigen::Index i = 0; i < n; ++i) {
                if (data.is_equation(static_cast<std::size_t>(i))) continue;
                gradient[i] += mu / lambda[i];
                hessian(i, i) += mu / (lambda[i] * lambda[i]);
            }
            const Column step = hessian.ldlt().solve(gradient);
            const double decrement = gradient.dot(step);
            if (!step.allFinite() || !(decrement > 0)) break;
            double length = 1;
            const double here = value(lambda, mu);
            while (length > 1e-12 && !(value(lambda + length * step, mu) >= here + 0.1 * length * decrement * (decrement > 1e-10 * mu ? 1 : 0))) length /= 2;
            if (length <= 1e-12) break;
            lambda += length * step;
            if (decrement < 1e-8 * mu) break;
        }
    }
    // On the path multiplier times slack is mu: the larger of the two tells.
    Guess guess;
    std::vector<double> rho(a.size());
    Column margin = -b;
    for (std::size_t g = 0; g < a.size(); ++g) {
        const double cg = c[static_cast<Eigen::Index>(g)];
        const Column t = a[g].transpose() * lambda;
        rho[g] = 2 * mu / (cg * cg - t.squaredNorm());
        margin += rho[g] * (a[g] * t);
    }
    const double size = *std::max_element(rho.begin(), rho.end());
    for (std::size_t g = 0; g < a.size(); ++g)
        if (rho[g] * rho[g] > size * 2 * mu / (c[static_cast<Eigen::Index>(g)] * c[static_cast<Eigen::Index>(g)])) {
            guess.groups.push_back(g);
            guess.rho.push_back(exactly(rho[g]));
        }
    const double top = lambda.cwiseAbs().maxCoeff();
    for (Eigen::Index i = 0; i < n; ++i)
        if (data.is_equation(static_cast<std::size_t>(i)) || lambda[i] * lambda[i] > top * mu) {
            guess.rows.push_back(static_cast<std::size_t>(i));
            guess.lambda.push_back(exactly(lambda[i]));
        }
    return guess;
}

/// The square system in (lambda_S, rho_G).
class System final : public Equations {
public:
    System(Grouped& data, const Guess& guess) : data_(data), rows_(guess.rows), groups_(guess.groups) {}

    void refresh() override { data_.refresh(); }

    /// A_g^T lambda for any group.
    [[nodiscard]] std::vector<Ball> price(const std::vector<Ball>& x, std::size_t g) const {
        std::vector<Ball> t(data_.size(g));
        for (std::size_t k = 0; k < t.size(); ++k)
            for (std::size_t i = 0; i < rows_.size(); ++i) arb_addmul(t[k].raw(), data_.a(rows_[i], g) + k, x[i].raw(), bits());
        return t;
    }

    /// A_ig . t
    [[nodiscard]] Ball response(std::size_t i, std::size_t g, const std::vector<Ball>& t) const {
        Ball sum;
        arb_dot(sum.raw(), nullptr, 0, data_.a(i, g), 1, t[0].raw(), 1, static_cast<slong>(t.size()), bits());
        return sum;
    }

    /// Row i of the program at the point that belongs to x, minus its right-hand side.
    [[nodiscard]] Ball slack(const std::vector<Ball>& x, std::size_t i) const {
        Ball sum = -data_.right(i);
        for (std::size_t k = 0; k < groups_.size(); ++k) sum += x[rows_.size() + k] * response(i, groups_[k], price(x, groups_[k]));
        return sum;
    }

    [[nodiscard]] std::vector<Ball> at(const std::vector<Ball>& x) const override {
        std::vector<Ball> result(x.size());
        for (std::size_t i = 0; i < rows_.size(); ++i) result[i] = -data_.right(rows_[i]);
        for (std::size_t k = 0; k < groups_.size(); ++k) {
            const std::vector<Ball> t = price(x, groups_[k]);
            for (std::size_t i = 0; i < rows_.size(); ++i) result[i] += x[rows_.size() + k] * response(rows_[i], groups_[k], t);
            result[rows_.size() + k] = (square_sum(t) - data_.weight(groups_[k]) * data_.weight(groups_[k])) / Ball(2);
        }
        return result;
    }

    /// [[sum_g rho_g A_Sg A_Sg^T, B], [B^T, 0]], B_ig = A_ig . A_g^T lambda.
    [[nodiscard]] Ball_matrix jacobian(const std::vector<Ball>& x) const override {
        const std::size_t m = rows_.size(), size = x.size();
        Ball_matrix result(size, size);
        for (std::size_t k = 0; k < groups_.size(); ++k) {
            const std::size_t g = groups_[k];
            const std::vector<Ball> t = price(x, g);
            for (std::size_t i = 0; i < m; ++i) {
                arb_set(result.at(i, m + k), response(rows_[i], g, t).raw());
                arb_set(result.at(m + k, i), result.at(i, m + k));
                for (std::size_t l = 0; l <= i; ++l) {
                    Ball product;
                    arb_dot(product.raw(), nullptr, 0, data_.a(rows_[i], g), 1, data_.a(rows_[l], g), 1, static_cast<slong>(t.size()), bits());
                    arb_addmul(result.at(i, l), product.raw(), x[m + k].raw(), bits());
                    arb_set(result.at(l, i), result.at(i, l));
                }
            }
        }
        return result;
    }

    [[nodiscard]] static Ball square_sum(const std::vector<Ball>& t) {
        Ball sum;
        for (const Ball& x : t) arb_addmul(sum.raw(), x.raw(), x.raw(), bits());
        return sum;
    }

private:
    static slong bits() { return static_cast<slong>(number::working_bits()); }
    Grouped& data_;
    std::vector<std::size_t> rows_, groups_;
};

/// The same path as `barrier`'s at the working precision; `visit` is shown guesses, the later the closer, until it says true.
void follow(const Grouped& data, const std::function<bool(const Guess&)>& visit) {
    const std::size_t n = data.rows();
    const auto bits = static_cast<slong>(number::working_bits());
    std::size_t width = n;
    for (std::size_t g = 0; g < data.groups(); ++g) width += data.size(g) + 1;
    const auto price = [&](const std::vector<Ball>& lambda, std::size_t g) {
        std::vector<Ball> t(data.size(g));
        for (std::size_t k = 0; k < t.size(); ++k)
            for (std::size_t i = 0; i < n; ++i) arb_addmul(t[k].raw(), data.a(i, g) + k, lambda[i].raw(), bits);
        return t;
    };
    const auto room = [&](const std::vector<Ball>& t, std::size_t g) { return data.weight(g) * data.weight(g) - System::square_sum(t); };
    const Barrier barrier = [&](const std::vector<Ball>& lambda) -> std::optional<Barrier_point> {
        Barrier_point point{std::vector<Ball>(n), Ball_matrix(n, width)};
        std::size_t column = 0;
        for (std::size_t g = 0; g < data.groups(); ++g) {
            const std::vector<Ball> t = price(lambda, g);
            const Ball slack = room(t, g);
            if (!slack.is_positive()) return std::nullopt;
            const Ball factor = Ball(2) / slack, root = sqrt(factor);
            for (std::size_t i = 0; i < n; ++i) {
                Ball along;
                arb_dot(along.raw(), nullptr, 0, data.a(i, g), 1, t[0].raw(), 1, static_cast<slong>(t.size()), bits);
                along *= factor;
                point.gradient[i] -= along;
                for (std::size_t k = 0; k < t.size(); ++k) arb_mul(point.root.at(i, column + k), root.raw(), data.a(i, g) + k, bits);
                arb_swap(point.root.at(i, column + t.size()), along.raw());
            }
            column += t.size() + 1;
        }
        for (std::size_t i = 0; i < n; ++i) {
            if (data.is_equation(i)) continue;
            if (!lambda[i].is_positive()) return std::nullopt;
            const Ball inverse = Ball(1) / lambda[i];
            point.gradient[i] += inverse;
            arb_set(point.root.at(i, column + i), inverse.raw());
        }
        return point;
    };
    std::vector<Ball> start, slope;
    for (std::size_t i = 0; i < n; ++i) {
        start.emplace_back(data.is_equation(i) ? 0 : 1);
        slope.push_back(data.right(i));
    }
    for (int k = 0; k < 2000 && !barrier(start); ++k)
        for (Ball& x : start) arb_mul_2exp_si(x.raw(), x.raw(), -1);
    Complementary_pairs pairs;
    follow_central_path(slope, barrier, start, [&](const std::vector<Ball>& lambda, const Ball& mu) {
        std::vector<Ball> first, second;
        for (std::size_t g = 0; g < data.groups(); ++g) {
            second.push_back(room(price(lambda, g), g));
            first.push_back(middle(Ball(2) * mu / second.back()));
        }
        for (std::size_t i = 0; i < n; ++i)
            if (!data.is_equation(i)) {
                first.push_back(lambda[i]);
                second.push_back(mu / lambda[i]);
            }
        const auto sides = pairs.next(first, second);
        if (std::count(sides.begin(), sides.end(), Complementary_pairs::Side::open) != 0) return false;
        Guess guess;
        std::size_t k = 0;
        for (std::size_t g = 0; g < data.groups(); ++g, ++k)
            if (sides[k] == Complementary_pairs::Side::first) {
                guess.groups.push_back(g);
                guess.rho.push_back(first[k]);
            }
        for (std::size_t i = 0; i < n; ++i)
            if (data.is_equation(i) || sides[k++] == Complementary_pairs::Side::first) {
                guess.rows.push_back(i);
                guess.lambda.push_back(lambda[i]);
            }
        return visit(guess);
    });
}

/// Proves a guess with the given number of bits beyond what regular problems need.
class Prover {
public:
    Prover(Program& program, std::int64_t target) : program_(program), target_(target) {}

    /// Whether the guess is proved: then `solution` holds the certificate, and the program has gone into it.
    bool prove(Grouped& data, const Guess& guess, std::int64_t extra, Solution& solution) {
        if (guess.rows == dismissed_.rows && guess.groups == dismissed_.groups) return false;
        System system(data, guess);
        std::vector<Ball> x = guess.lambda;
        x.insert(x.end(), guess.rho.begin(), guess.rho.end());
        if (!refine(system, x, target_ + extra + 16, 128 + extra)) return fails("the optimality conditions are not regular at the solution (Newton's method does not settle)");

        const precision_scope full(target_ + extra + 64);
        data.refresh();
        const std::vector<Ball> defect = system.at(x);
        std::optional<Enclosure> enclosure;
        {
            const precision_scope scope(192 + extra);
            if (const auto inverse = approximate_inverse(system.jacobian(x))) enclosure = krawczyk(x, defect, *inverse, [&](const auto& box) { return system.jacobian(box); });
        }
        if (!enclosure) return fails("Krawczyk's test fails: the optimality conditions are not regular at the solution");

        // Strict signs everywhere else. Where they fail no closer guess of the same set helps.
        dismissed_.rows = guess.rows;
        dismissed_.groups = guess.groups;
        const std::vector<Ball>& box = enclosure->box;
        const std::size_t m = guess.rows.size();
        for (std::size_t k = 0; k < box.size(); ++k)
            if (!(k < m && data.is_equation(guess.rows[k])) && !box[k].is_positive()) return fails("a multiplier or a group norm may be 0");
        std::vector<Ball> v(program_.columns());
        for (std::size_t g = 0, k = 0; g < data.groups(); ++g) {
            const std::vector<Ball> t = system.price(box, g);
            if (k < guess.groups.size() && guess.groups[k] == g) {
                for (std::size_t l = 0; l < t.size(); ++l) v[data.start(g) + l] = t[l] * box[m + k];
                ++k;
            } else if (!(data.weight(g) * data.weight(g) - System::square_sum(t)).is_positive()) {
                return fails("group " + std::to_string(g) + " may be nonzero");
            }
        }
        for (std::size_t i = 0, k = 0; i < program_.rows(); ++i) {
            if (k < m && guess.rows[k] == i)
                ++k;
            else if (!system.slack(box, i).is_positive())
                return fails("row " + std::to_string(i) + " may be active");
        }

        solution.status = Status::optimal;
        Certificate& certificate = solution.certificate;
        certificate.exact = false;
        certificate.unique = certificate.multipliers_unique = true;
        certificate.support = guess.rows;
        certificate.multiplier_box.resize(program_.rows());
        for (std::size_t k = 0; k < m; ++k) certificate.multiplier_box[guess.rows[k]] = interval_of(box[k]);
        for (const Ball& w : data.back(v)) {
            Interval interval = interval_of(w);
            interval.radius *= 2;
            certificate.point_box.push_back(std::move(interval));
        }
        certificate.program = std::move(program_);
        return true;
    }

    /// Why the last guess was not proved.
    [[nodiscard]] const std::string& reason() const { return reason_; }

private:
    bool fails(std::string why) {
        reason_ = std::move(why);
        return false;
    }

    Program& program_;
    std::int64_t target_;
    std::string reason_ = "no starting point was found";
    Guess dismissed_;
};

}  // namespace

Solution solve_group_norm(Program program, std::int64_t digits) {
    // Whether the rows can be met does not depend on the norm.
    Program euclidean = program;
    euclidean.objective = Quadratic{std::vector<Rational>(program.columns(), Rational(1)), std::vector<Rational>(program.columns())};
    Solution solution = solve_quadratic(std::move(euclidean));
    if (solution.status == Status::infeasible) {
        solution.certificate.program = std::move(program);
        return solution;
    }
    solution = {};
    const std::int64_t target = number::bits_for_digits(digits) + 8;
    Prover prover(program, target);
    {
        const precision_scope low(128);
        Grouped data(program);
        const auto guess = barrier(data);
        if (guess && !guess->groups.empty() && !guess->rows.empty() && prover.prove(data, *guess, 0, solution)) return solution;
    }
    const precision_scope high(path_bits);
    const Grouped data(program);
    Grouped refined(program);
    follow(data, [&](const Guess& guess) { return !guess.groups.empty() && !guess.rows.empty() && prover.prove(refined, guess, path_bits, solution); });
    if (solution.status == Status::optimal) return solution;
    solution.message = "undecided at " + std::to_string(target + path_bits + 64) + " bits: " + prover.reason();
    solution.certificate.program = std::move(program);
    return solution;
}

}  // namespace eonflow::convex
