#include <eonflow/convex/central_path.hpp>
#include <eonflow/convex/krawczyk.hpp>
#include <eonflow/convex/nuclear_norm.hpp>
#include <eonflow/convex/quadratic.hpp>
#include <eonflow/number/spectrum.hpp>

#include <Eigen/Cholesky>
#include <Eigen/Dense>
#include <Eigen/SVD>

#include <algorithm>
#include <cmath>
#include <optional>

namespace eonflow::convex {

using number::Ball;
using number::Matrix;
using number::precision_scope;
using number::Rational;
using number::Real;

namespace {

using Dense = Eigen::MatrixXd;
using Column = Eigen::VectorXd;

struct Guess {
    Matrix<Ball> left, right;  // P, Q; without columns where no rank was found
    std::vector<Ball> multipliers;
};

/// Further away from the boundary, where double still tells the two apart: nearly optimal for M and its dual.
struct Inner_guess {
    Dense point;
    Column multipliers;
};

Ball ball(double x) {
    Ball result;
    arb_set_d(result.raw(), x);
    return result;
}

Matrix<Ball> balls(const Dense& matrix) {
    Matrix<Ball> result(static_cast<std::size_t>(matrix.rows()), static_cast<std::size_t>(matrix.cols()));
    for (std::size_t i = 0; i < result.rows(); ++i)
        for (std::size_t j = 0; j < result.columns(); ++j) result(i, j) = ball(matrix(static_cast<Eigen::Index>(i), static_cast<Eigen::Index>(j)));
    return result;
}

/// Maximizes y . nu + mu log det(I - S^T S) with mu falling, in double; on the path M = 2 mu S (I - S^T S)^{-1}. No bound claimed.
std::pair<Guess, Inner_guess> barrier(const Program& program, Eigen::Index p, Eigen::Index q) {
    const auto n = static_cast<Eigen::Index>(program.rows());
    std::vector<Dense> a;
    Column y(n);
    for (Eigen::Index i = 0; i < n; ++i) {
        Dense full = Dense::Zero(p + q, p + q);
        for (Eigen::Index k = 0; k < p; ++k)
            for (Eigen::Index l = 0; l < q; ++l)
                full(k, p + l) = full(p + l, k) = program.matrix(static_cast<std::size_t>(i), static_cast<std::size_t>(k * q + l)).convert_to<double>();
        a.push_back(std::move(full));
        y[i] = program.right[static_cast<std::size_t>(i)].convert_to<double>();
    }
    const auto block = [&](const Column& nu) {
        Dense sum = Dense::Identity(p + q, p + q);
        for (Eigen::Index i = 0; i < n; ++i) sum += nu[i] * a[static_cast<std::size_t>(i)];
        return sum;
    };
    const auto value = [&](const Column& nu, double mu) {
        const Eigen::LLT<Dense> cholesky(block(nu));
        if (cholesky.info() != Eigen::Success) return -std::numeric_limits<double>::infinity();
        return y.dot(nu) + 2 * mu * cholesky.matrixLLT().diagonal().array().log().sum();
    };
    Inner_guess near{Dense::Zero(p, q), Column::Zero(n)};
    Column nu = Column::Zero(n);
    const double scale = std::max(1e-3, y.norm()), inner = 1e-8 * scale;
    double mu = scale;
    for (int stage = 0; stage < 40; ++stage) {
        mu *= 0.4;
        for (int iteration = 0; iteration < 40; ++iteration) {
            const Dense inverse = block(nu).llt().solve(Dense::Identity(p + q, p + q));
            Column gradient = y;
            std::vector<Dense> products;
            for (const Dense& m : a) products.push_back(inverse * m);
            Dense hessian(n, n);
            for (Eigen::Index i = 0; i < n; ++i) {
                gradient[i] += mu * products[static_cast<std::size_t>(i)].trace();
                for (Eigen::Index k = 0; k <= i; ++k)
                    hessian(i, k) = hessian(k, i) = mu * products[static_cast<std::size_t>(i)].cwiseProduct(products[static_cast<std::size_t>(k)].transpose()).sum();
            }
            const Column step = hessian.ldlt().solve(gradient);
            const double decrement = gradient.dot(step);
            if (!step.allFinite() || !(decrement > 0)) break;
            double length = 1;
            const double here = value(nu, mu);
            while (length > 1e-12 && !(value(nu + length * step, mu) >= here)) length /= 2;
            if (length <= 1e-12) break;
            nu += length * step;
            if (decrement < 1e-9 * mu) break;
        }
        if (mu > inner || mu < 0.4 * inner) continue;
        near.point = -2 * mu * Dense(block(nu).llt().solve(Dense::Identity(p + q, p + q))).topRightCorner(p, q);
        near.multipliers = nu;
    }
    const Dense s = block(nu).topRightCorner(p, q);
    const Eigen::JacobiSVD<Dense> svd(s, Eigen::ComputeThinU | Eigen::ComputeThinV);
    const Column singular = svd.singularValues();
    Column size(singular.size());
    for (Eigen::Index k = 0; k < size.size(); ++k) size[k] = 2 * mu * singular[k] / std::max(1e-300, (1 - singular[k]) * (1 + singular[k]));
    // On the path (1 - s^2) sigma = 2 mu s: the larger of the two, in units of its own, tells.
    Eigen::Index rank = 0;
    while (rank < size.size() && size[rank] / size[0] > 1 - singular[rank]) ++rank;
    if (!size.allFinite()) rank = 0;
    const Dense root = size.head(rank).cwiseSqrt().asDiagonal();
    Guess guess{balls(svd.matrixU().leftCols(rank) * root), balls(svd.matrixV().leftCols(rank) * root), {}};
    for (const double x : nu) guess.multipliers.push_back(ball(x));
    return {std::move(guess), std::move(near)};
}

/// The same path at the working precision; `visit` is shown guesses, the later the closer, until it says true.
void follow(const Program& program, std::size_t p, std::size_t q, const std::function<bool(const Guess&)>& visit) {
    const std::size_t n = program.rows(), size = p + q;
    const auto bits = static_cast<slong>(number::working_bits());
    std::vector<Ball> a, slope;
    for (const Rational& x : program.matrix.entries()) a.emplace_back(x);
    for (const Rational& y : program.right) slope.emplace_back(y);
    // The upper right block of the matrix whose log det is the barrier.
    const auto dual = [&](const std::vector<Ball>& nu) {
        std::vector<Ball> s(p * q);
        for (std::size_t i = 0; i < n; ++i)
            for (std::size_t e = 0; e < s.size(); ++e) s[e] += nu[i] * a[i * s.size() + e];
        return s;
    };
    // [[I, S], [S^T, I]] = L L^T: the root's row i is L^-1 [[0, A_i], [A_i^T, 0]] L^-T, and its trace the gradient.
    const Barrier barrier_at = [&](const std::vector<Ball>& nu) -> std::optional<Barrier_point> {
        Ball_matrix block(size, size), factor(size, size);
        arb_mat_one(block.raw());
        const std::vector<Ball> s = dual(nu);
        for (std::size_t k = 0; k < p; ++k)
            for (std::size_t l = 0; l < q; ++l) {
                arb_set(block.at(k, p + l), s[k * q + l].raw());
                arb_set(block.at(p + l, k), s[k * q + l].raw());
            }
        if (arb_mat_cho(factor.raw(), block.raw(), bits) == 0) return std::nullopt;
        Barrier_point point{std::vector<Ball>(n), Ball_matrix(n, size * size)};
        Ball_matrix product(size, size);
        for (std::size_t i = 0; i < n; ++i) {
            arb_mat_zero(product.raw());
            for (std::size_t k = 0; k < p; ++k)
                for (std::size_t l = 0; l < q; ++l) {
                    arb_set(product.at(k, p + l), a[(i * p + k) * q + l].raw());
                    arb_set(product.at(p + l, k), a[(i * p + k) * q + l].raw());
                }
            for (int side = 0; side < 2; ++side) {
                arb_mat_approx_solve_tril(product.raw(), factor.raw(), product.raw(), 0, bits);
                arb_mat_transpose(product.raw(), product.raw());
            }
            for (std::size_t k = 0; k < size; ++k) {
                arb_add(point.gradient[i].raw(), point.gradient[i].raw(), product.at(k, k), bits);
                for (std::size_t l = 0; l < size; ++l) arb_swap(point.root.at(i, k * size + l), product.at(k, l));
            }
        }
        return point;
    };
    Complementary_pairs pairs;
    follow_central_path(slope, barrier_at, std::vector<Ball>(n), [&](const std::vector<Ball>& nu, const Ball& mu) {
        Matrix<Real> s(p, q);
        const std::vector<Ball> entries = dual(nu);
        for (std::size_t e = 0; e < entries.size(); ++e) s.entries()[e] = entries[e].midpoint();
        const number::Spectrum spectrum = number::singular_value_decomposition(s);
        // On the path M = 2 mu S (I - S^T S)^-1.
        std::vector<Ball> sizes, rooms;
        for (const Real& value : spectrum.values) {
            const Ball sigma(value);
            rooms.push_back(middle((Ball(1) - sigma) * (Ball(1) + sigma)));
            sizes.push_back(middle(Ball(2) * mu * sigma / rooms.back()));
        }
        const auto sides = pairs.next(sizes, rooms);
        // The largest singular values are those at 1.
        const auto rank = static_cast<std::size_t>(std::count(sides.begin(), sides.end(), Complementary_pairs::Side::first));
        for (std::size_t k = 0; k < sides.size(); ++k)
            if (sides[k] != (k < rank ? Complementary_pairs::Side::first : Complementary_pairs::Side::second)) return false;
        Guess guess{Matrix<Ball>(p, rank), Matrix<Ball>(q, rank), nu};
        for (std::size_t c = 0; c < rank; ++c) {
            const Ball root = sqrt(sizes[c]);
            for (std::size_t k = 0; k < p; ++k) guess.left(k, c) = middle(Ball(spectrum.left(k, c)) * root);
            for (std::size_t l = 0; l < q; ++l) guess.right(l, c) = middle(Ball(spectrum.right(l, c)) * root);
        }
        return visit(guess);
    });
}

/// Unknowns: P (p x r), Q (q x r), nu (n), Omega above the diagonal, all by rows.
class System final : public Equations {
public:
    System(const Program& program, std::size_t p, std::size_t q, std::size_t r, const Matrix<Ball>& anchor)
        : program_(program), p_(p), q_(q), r_(r), n_(program.rows()), anchor_(anchor) {
        refresh();
    }

    void refresh() override {
        a_.clear();
        for (const Rational& x : program_.matrix.entries()) a_.emplace_back(x);
        y_.clear();
        for (const Rational& x : program_.right) y_.emplace_back(x);
    }

    [[nodiscard]] std::size_t size() const { return (p_ + q_) * r_ + n_ + r_ * (r_ - 1) / 2; }
    [[nodiscard]] std::size_t left(std::size_t k, std::size_t c) const { return k * r_ + c; }
    [[nodiscard]] std::size_t right(std::size_t l, std::size_t c) const { return (p_ + l) * r_ + c; }
    [[nodiscard]] std::size_t multiplier(std::size_t i) const { return (p_ + q_) * r_ + i; }

    /// S, by rows
    [[nodiscard]] std::vector<Ball> dual(const std::vector<Ball>& x) const {
        std::vector<Ball> s(p_ * q_);
        for (std::size_t i = 0; i < n_; ++i)
            for (std::size_t e = 0; e < s.size(); ++e) s[e] += x[multiplier(i)] * a_[i * s.size() + e];
        return s;
    }

    [[nodiscard]] std::vector<Ball> at(const std::vector<Ball>& x) const override {
        const std::vector<Ball> s = dual(x);
        std::vector<Ball> f(size());
        for (std::size_t k = 0; k < p_; ++k)
            for (std::size_t c = 0; c < r_; ++c) {
                Ball& value = f[left(k, c)];
                value = -x[left(k, c)];
                for (std::size_t l = 0; l < q_; ++l) value += s[k * q_ + l] * x[right(l, c)];
                for (std::size_t b = 0; b < r_; ++b)
                    if (b != c) value += x[left(k, b)] * omega(x, b, c);
            }
        for (std::size_t l = 0; l < q_; ++l)
            for (std::size_t c = 0; c < r_; ++c) {
                Ball& value = f[right(l, c)];
                value = -x[right(l, c)];
                for (std::size_t k = 0; k < p_; ++k) value += s[k * q_ + l] * x[left(k, c)];
            }
        const std::vector<Ball> m = product(x);
        for (std::size_t i = 0; i < n_; ++i) {
            Ball& value = f[multiplier(i)];
            value = -y_[i];
            for (std::size_t e = 0; e < m.size(); ++e) value += a_[i * m.size() + e] * m[e];
        }
        for (std::size_t b = 0; b < r_; ++b)
            for (std::size_t c = b + 1; c < r_; ++c)
                for (std::size_t k = 0; k < p_; ++k) f[rotation(b, c)] += anchor(k, b) * x[left(k, c)] - anchor(k, c) * x[left(k, b)];
        return f;
    }

    [[nodiscard]] Ball_matrix jacobian(const std::vector<Ball>& x) const override {
        const std::vector<Ball> s = dual(x);
        Ball_matrix j(size(), size());
        const auto add = [&](std::size_t row, std::size_t column, const Ball& value) {
            arb_add(j.at(row, column), j.at(row, column), value.raw(), static_cast<slong>(number::working_bits()));
        };
        for (std::size_t c = 0; c < r_; ++c) {
            for (std::size_t k = 0; k < p_; ++k) {
                const std::size_t row = left(k, c);
                add(row, row, Ball(-1));
                for (std::size_t l = 0; l < q_; ++l) {
                    add(row, right(l, c), s[k * q_ + l]);
                    add(right(l, c), row, s[k * q_ + l]);
                }
                for (std::size_t b = 0; b < r_; ++b) {
                    if (b == c) continue;
                    add(row, left(k, b), omega(x, b, c));
                    add(row, rotation(std::min(b, c), std::max(b, c)), b < c ? x[left(k, b)] : -x[left(k, b)]);
                }
                for (std::size_t i = 0; i < n_; ++i) {
                    Ball by_multiplier, by_left;
                    for (std::size_t l = 0; l < q_; ++l) by_left += a_[(i * p_ + k) * q_ + l] * x[right(l, c)];
                    add(row, multiplier(i), by_left);
                    add(multiplier(i), row, by_left);
                }
            }
            for (std::size_t l = 0; l < q_; ++l) {
                const std::size_t row = right(l, c);
                add(row, row, Ball(-1));
                for (std::size_t i = 0; i < n_; ++i) {
                    Ball sum;
                    for (std::size_t k = 0; k < p_; ++k) sum += a_[(i * p_ + k) * q_ + l] * x[left(k, c)];
                    add(row, multiplier(i), sum);
                    add(multiplier(i), row, sum);
                }
            }
        }
        for (std::size_t b = 0; b < r_; ++b)
            for (std::size_t c = b + 1; c < r_; ++c)
                for (std::size_t k = 0; k < p_; ++k) {
                    add(rotation(b, c), left(k, c), anchor(k, b));
                    add(rotation(b, c), left(k, b), -anchor(k, c));
                }
        return j;
    }

    /// P Q^T, by rows
    [[nodiscard]] std::vector<Ball> product(const std::vector<Ball>& x) const {
        std::vector<Ball> m(p_ * q_);
        for (std::size_t k = 0; k < p_; ++k)
            for (std::size_t l = 0; l < q_; ++l)
                for (std::size_t c = 0; c < r_; ++c) m[k * q_ + l] += x[left(k, c)] * x[right(l, c)];
        return m;
    }

private:
    [[nodiscard]] std::size_t rotation(std::size_t b, std::size_t c) const { return (p_ + q_) * r_ + n_ + b * r_ - b * (b + 1) / 2 + c - b - 1; }
    [[nodiscard]] Ball omega(const std::vector<Ball>& x, std::size_t b, std::size_t c) const { return b < c ? x[rotation(b, c)] : -x[rotation(c, b)]; }
    [[nodiscard]] const Ball& anchor(std::size_t k, std::size_t c) const { return anchor_(k, c); }

    const Program& program_;
    std::size_t p_, q_, r_, n_;
    Matrix<Ball> anchor_;
    std::vector<Ball> a_, y_;
};

bool positive_definite(Ball_matrix& matrix) {
    Ball_matrix factor(matrix.rows(), matrix.rows());
    return arb_mat_cho(factor.raw(), matrix.raw(), static_cast<slong>(number::working_bits())) != 0;
}

Rational exactly(double x) { return Rational(x); }

/// An exact matrix that meets the measurements, near the guess, and exact multipliers whose matrix has norm below 1.
Certificate bounds(const Program& program, const Inner_guess& guess) {
    const auto [p, q] = std::get<Nuclear_norm>(program.objective);
    Certificate certificate;
    certificate.claim = Claim::bounded;
    certificate.program = program;
    std::vector<Rational> center;
    const Dense near = guess.point.allFinite() ? guess.point : Dense::Zero(guess.point.rows(), guess.point.cols());
    for (Eigen::Index k = 0; k < near.rows(); ++k)
        for (Eigen::Index l = 0; l < near.cols(); ++l) center.push_back(exactly(near(k, l)));
    certificate.point = solve_quadratic(least_norm(program.matrix, program.right, {}, std::move(center))).certificate.point;

    Dense dual = Dense::Zero(near.rows(), near.cols()), point = dual;
    for (std::size_t e = 0; e < certificate.point.size(); ++e) {
        const auto k = static_cast<Eigen::Index>(e / q), l = static_cast<Eigen::Index>(e % q);
        point(k, l) = certificate.point[e].convert_to<double>();
        for (std::size_t i = 0; i < program.rows(); ++i) dual(k, l) += guess.multipliers[static_cast<Eigen::Index>(i)] * program.matrix(i, e).convert_to<double>();
    }
    // The Frobenius norm of what double rounds away is far below this.
    constexpr double slack = 1e-12;
    const double norm = Eigen::JacobiSVD<Dense>(dual).singularValues()[0], shrink = 1 / (std::max(norm, 1.0) * (1 + slack));
    std::vector<Rational> nu;
    for (std::size_t i = 0; i < program.rows(); ++i) nu.push_back(exactly(guess.multipliers[static_cast<Eigen::Index>(i)] * shrink));
    certificate.multipliers = common_denominator(nu);

    const Eigen::JacobiSVD<Dense> svd(point, Eigen::ComputeThinU | Eigen::ComputeThinV);
    const Dense root = svd.singularValues().cwiseSqrt().asDiagonal();
    for (const Dense& side : {Dense(svd.matrixU() * root), Dense(svd.matrixV() * root)})
        for (Eigen::Index k = 0; k < side.rows(); ++k)
            for (Eigen::Index c = 0; c < side.cols(); ++c) certificate.factor_box.push_back({exactly(side(k, c)), Rational(0)});
    return certificate;
}

/// What the certificate proves, in words (about: the checker says it with bounds).
std::string value_of_bounds(const Certificate& certificate) {
    Rational low = 0, squares = 0;
    for (std::size_t i = 0; i < certificate.multipliers.size(); ++i) low += certificate.multipliers[i] * certificate.program.right[i];
    for (const Interval& x : certificate.factor_box) squares += x.midpoint * x.midpoint;
    const precision_scope scope(64);
    return "the least nuclear norm lies between about " + Ball(low).text(15) + " and " + Ball(Rational(squares / 2)).text(15) + ", bounds that its certificate proves";
}

/// Proves a guess with the given number of bits beyond what regular problems need: nothing where the certificate of `solution` holds the proof, otherwise what could not be proved.
std::optional<std::string> prove(const Program& program, const Guess& guess, std::int64_t target, std::int64_t extra, Solution& solution) {
    const auto [p, q] = std::get<Nuclear_norm>(program.objective);
    const std::size_t r = guess.left.columns();
    if (r == 0) return "no starting point was found";
    System system(program, p, q, r, guess.left);
    std::vector<Ball> x(system.size());
    for (std::size_t c = 0; c < r; ++c) {
        for (std::size_t k = 0; k < p; ++k) x[system.left(k, c)] = guess.left(k, c);
        for (std::size_t l = 0; l < q; ++l) x[system.right(l, c)] = guess.right(l, c);
    }
    for (std::size_t i = 0; i < program.rows(); ++i) x[system.multiplier(i)] = guess.multipliers[i];
    if (!refine(system, x, target + extra + 16, 128 + extra)) return "Newton's method does not settle: strict complementarity or uniqueness may fail";

    const precision_scope full(target + extra + 64);
    system.refresh();
    const std::vector<Ball> defect = system.at(x);
    std::optional<Enclosure> enclosure;
    {
        const precision_scope scope(192 + extra);
        if (const auto inverse = approximate_inverse(system.jacobian(x))) enclosure = krawczyk(x, defect, *inverse, [&](const auto& box) { return system.jacobian(box); });
    }
    if (!enclosure) return "Krawczyk's test fails: strict complementarity or uniqueness may fail";
    const std::vector<Ball>& box = enclosure->box;

    Ball_matrix gram(r, r), slack(q, q);
    const auto bits = static_cast<slong>(number::working_bits());
    for (std::size_t b = 0; b < r; ++b)
        for (std::size_t c = 0; c < r; ++c)
            for (std::size_t k = 0; k < p; ++k) arb_addmul(gram.at(b, c), box[system.left(k, b)].raw(), box[system.left(k, c)].raw(), bits);
    const std::vector<Ball> s = system.dual(box);
    for (std::size_t l = 0; l < q; ++l)
        for (std::size_t m = 0; m < q; ++m) {
            if (l == m) arb_one(slack.at(l, m));
            for (std::size_t k = 0; k < p; ++k) arb_submul(slack.at(l, m), s[k * q + l].raw(), s[k * q + m].raw(), bits);
            for (std::size_t c = 0; c < r; ++c) arb_addmul(slack.at(l, m), box[system.right(l, c)].raw(), box[system.right(m, c)].raw(), bits);
        }
    if (!positive_definite(gram)) return "the rank may be smaller";
    if (!positive_definite(slack)) return "a further singular value of the dual matrix may be 1";

    solution.status = Status::optimal;
    Certificate& certificate = solution.certificate;
    certificate.exact = false;
    certificate.unique = certificate.multipliers_unique = true;
    for (const Ball& m : system.product(box)) {
        Interval interval = interval_of(m);
        interval.radius *= 2;
        certificate.point_box.push_back(std::move(interval));
    }
    for (std::size_t i = 0; i < program.rows(); ++i) {
        certificate.multiplier_box.push_back(interval_of(box[system.multiplier(i)]));
        certificate.support.push_back(i);
    }
    for (std::size_t k = 0; k < (p + q) * r; ++k) certificate.factor_box.push_back(interval_of(box[k]));
    certificate.program = program;
    return std::nullopt;
}

}  // namespace

Solution solve_nuclear_norm(Program program, std::int64_t digits) {
    Solution solution = solve_quadratic(least_norm(program.matrix, program.right));
    if (solution.status == Status::infeasible) {
        solution.certificate.program = std::move(program);
        return solution;
    }
    const bool independent = solution.certificate.multipliers_unique;
    const bool vanishes = std::all_of(program.right.begin(), program.right.end(), [](const Rational& y) { return y == 0; });
    solution = {};
    const std::int64_t target = number::bits_for_digits(digits) + 8;
    const auto [p, q] = std::get<Nuclear_norm>(program.objective);
    const auto [guess, inner] = barrier(program, static_cast<Eigen::Index>(p), static_cast<Eigen::Index>(q));
    std::optional<std::string> open;
    if (!independent) {
        open = "the measurements are linearly dependent";
    } else if (vanishes) {
        open = "the minimizer is 0, where multipliers are not unique";
    } else {
        {
            const precision_scope low(128);
            open = prove(program, guess, target, 0, solution);
        }
        if (open) {
            const precision_scope high(path_bits);
            follow(program, p, q, [&](const Guess& closer) { return !(open = prove(program, closer, target, path_bits, solution)); });
        }
    }
    if (!open) return solution;
    solution.certificate = bounds(program, inner);
    solution.message = "undecided at " + std::to_string(target + path_bits + 64) + " bits: " + *open + "; " + value_of_bounds(solution.certificate);
    return solution;
}

}  // namespace eonflow::convex
