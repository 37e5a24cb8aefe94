#include <eonflow/convex/check_parts.hpp>

#include <algorithm>

// M = P Q^T with S Q = P (I - W), S^T P = Q, W antisymmetric and P of full rank: Q^T Q = P^T S Q = P^T P (I - W) makes P^T P W symmetric, that is
// P^T P W + W P^T P = 0, so W = 0. Then P^T P = Q^T Q and |M|_* <= (|P|^2 + |Q|^2)/2 = <S, M> <= |S|_op |M|_*, so M is minimal if |S|_op <= 1. The range of Q^T
// consists of eigenvectors of S^T S for the eigenvalue 1; all others are below 1 if I - S^T S + Q Q^T is positive definite. Were M + P X Q^T minimal as well, for a
// symmetric X, moving P and Q along it (and rotating them back) would be a kernel vector of the Jacobian that Krawczyk's test has shown to be regular.

namespace eonflow::convex::checking {

using number::Ball;
using number::Matrix;
using number::precision_scope;
using number::Rational;

namespace {

using Balls = Matrix<Ball>;

Balls times(const Balls& a, const Balls& b) {
    Balls result(a.rows(), b.columns());
    for (std::size_t i = 0; i < a.rows(); ++i)
        for (std::size_t k = 0; k < a.columns(); ++k) {
            if (arb_is_zero(a(i, k).raw()) != 0) continue;
            for (std::size_t j = 0; j < b.columns(); ++j) result(i, j) += a(i, k) * b(k, j);
        }
    return result;
}

Balls flipped(const Balls& a) {
    Balls result(a.columns(), a.rows());
    for (std::size_t i = 0; i < a.rows(); ++i)
        for (std::size_t j = 0; j < a.columns(); ++j) result(j, i) = a(i, j);
    return result;
}

Balls sum(Balls a, const Balls& b, int sign = 1) {
    for (std::size_t e = 0; e < a.entries().size(); ++e) a.entries()[e] += Ball(sign) * b.entries()[e];
    return a;
}

/// By elimination without pivoting: all pivots positive.
bool positive_definite(Balls a) {
    for (std::size_t k = 0; k < a.rows(); ++k) {
        if (!a(k, k).is_positive()) return false;
        for (std::size_t i = k + 1; i < a.rows(); ++i) {
            const Ball factor = a(i, k) / a(k, k);
            for (std::size_t j = k; j < a.rows(); ++j) a(i, j) -= factor * a(k, j);
        }
    }
    return true;
}

struct Unknowns {
    Balls p, q, nu, w;
};

class nuclear_checker {
public:
    explicit nuclear_checker(const Certificate& certificate)
        : certificate_(certificate), program_(certificate.program), p_(std::get<Nuclear_norm>(program_.objective).rows), q_(program_.columns() / p_) {
        require(!certificate.factor_box.empty() && certificate.factor_box.size() % (p_ + q_) == 0, "the factors do not fit the program");
        r_ = certificate.factor_box.size() / (p_ + q_);
        require(r_ <= std::min(p_, q_), "the factors have too many columns");
        for (const Interval& box : certificate.factor_box) require(box.radius >= 0, "a box has a negative radius");
        for (std::size_t i = 0; i < program_.rows(); ++i) require(i < certificate.support.size() && certificate.support[i] == i, "the support is not the list of all rows");
        require(certificate.support.size() == program_.rows(), "the support is not the list of all rows");
    }

    std::string prove(std::int64_t bits) {
        const precision_scope scope(bits);
        a_.clear();
        for (std::size_t i = 0; i < program_.rows(); ++i) {
            a_.emplace_back(p_, q_);
            for (std::size_t e = 0; e < p_ * q_; ++e) a_.back().entries()[e] = Ball(program_.matrix(i, e));
        }
        std::vector<Ball> center;
        std::vector<Rational> radius;
        Rational widest = 0;
        for (const auto* boxes : {&certificate_.factor_box, &certificate_.multiplier_box})
            for (const Interval& box : *boxes) {
                center.emplace_back(box.midpoint);
                mag_zero(arb_radref(center.back().raw()));
                radius.push_back(box.radius);
                widest = std::max(widest, box.radius);
            }
        for (std::size_t k = 0; k < r_ * (r_ - 1) / 2; ++k) {
            center.emplace_back(0);
            radius.push_back(16 * widest);
        }
        anchor_ = unpacked(center).p;
        const std::vector<Ball> defect = equations(unpacked(center));

        std::vector<Ball> box = center;
        for (std::size_t k = 0; k < box.size(); ++k) {
            const Ball spread(radius[k]);
            arb_add_error(box[k].raw(), spread.raw());
        }
        const Unknowns over = unpacked(box);
        Balls jacobian(center.size(), center.size());
        for (std::size_t c = 0; c < center.size(); ++c) {
            std::vector<Ball> unit(center.size());
            unit[c] = Ball(1);
            const std::vector<Ball> column = derivative(over, unpacked(unit));
            for (std::size_t k = 0; k < column.size(); ++k) jacobian(k, c) = column[k];
        }
        const Unknowns x = unpacked(krawczyk_image(center, radius, defect, jacobian));

        require(positive_definite(times(flipped(x.p), x.p)), "the rank may be smaller");
        const Balls s = dual(x.nu);
        Balls slack = sum(times(x.q, flipped(x.q)), times(flipped(s), s), -1);
        for (std::size_t l = 0; l < q_; ++l) slack(l, l) += Ball(1);
        require(positive_definite(slack), "the operator norm of the dual matrix may exceed 1, or be attained on more than the range of the factors");
        const Balls m = times(x.p, flipped(x.q));
        for (std::size_t e = 0; e < p_ * q_; ++e) {
            const Interval& claimed = certificate_.point_box[e];
            const Ball low = m.entries()[e] - Ball(claimed.midpoint - claimed.radius), high = Ball(claimed.midpoint + claimed.radius) - m.entries()[e];
            require(arb_is_nonnegative(low.raw()) != 0 && arb_is_nonnegative(high.raw()) != 0, "the box of entry " + std::to_string(e) + " does not hold the minimizer");
        }
        return "optimal: the boxes contain a matrix of rank " + std::to_string(r_) +
               " that meets the measurements and whose dual matrix has operator norm 1 (Krawczyk's test and Cholesky factors in balls at " + std::to_string(bits) +
               " bits); it is the only minimizer";
    }

private:
    [[nodiscard]] Unknowns unpacked(const std::vector<Ball>& x) const {
        Unknowns result{Balls(p_, r_), Balls(q_, r_), Balls(program_.rows(), 1), Balls(r_, r_)};
        auto next = x.begin();
        for (Balls* part : {&result.p, &result.q, &result.nu})
            for (Ball& entry : part->entries()) entry = *next++;
        for (std::size_t b = 0; b < r_; ++b)
            for (std::size_t c = b + 1; c < r_; ++c) {
                result.w(b, c) = *next;
                result.w(c, b) = -*next++;
            }
        return result;
    }

    [[nodiscard]] Balls dual(const Balls& nu) const {
        Balls s(p_, q_);
        for (std::size_t i = 0; i < a_.size(); ++i)
            if (arb_is_zero(nu(i, 0).raw()) == 0)
                for (std::size_t e = 0; e < s.entries().size(); ++e) s.entries()[e] += nu(i, 0) * a_[i].entries()[e];
        return s;
    }

    [[nodiscard]] Ball measured(std::size_t i, const Balls& m) const {
        Ball result;
        for (std::size_t e = 0; e < m.entries().size(); ++e) result += a_[i].entries()[e] * m.entries()[e];
        return result;
    }

    [[nodiscard]] std::vector<Ball> packed(const Balls& first, const Balls& second, const std::vector<Ball>& third, const Balls& p) const {
        std::vector<Ball> result(first.entries());
        result.insert(result.end(), second.entries().begin(), second.entries().end());
        result.insert(result.end(), third.begin(), third.end());
        const Balls turn = times(flipped(anchor_), p);
        for (std::size_t b = 0; b < r_; ++b)
            for (std::size_t c = b + 1; c < r_; ++c) result.push_back(turn(b, c) - turn(c, b));
        return result;
    }

    [[nodiscard]] std::vector<Ball> equations(const Unknowns& x) const {
        const Balls s = dual(x.nu), m = times(x.p, flipped(x.q));
        std::vector<Ball> third;
        for (std::size_t i = 0; i < a_.size(); ++i) third.push_back(measured(i, m) - Ball(program_.right[i]));
        return packed(sum(sum(times(s, x.q), x.p, -1), times(x.p, x.w)), sum(times(flipped(s), x.p), x.q, -1), third, x.p);
    }

    [[nodiscard]] std::vector<Ball> derivative(const Unknowns& x, const Unknowns& d) const {
        const Balls s = dual(x.nu), ds = dual(d.nu), dm = sum(times(d.p, flipped(x.q)), times(x.p, flipped(d.q)));
        std::vector<Ball> third;
        for (std::size_t i = 0; i < a_.size(); ++i) third.push_back(measured(i, dm));
        const Balls first = sum(sum(sum(times(ds, x.q), times(s, d.q)), d.p, -1), sum(times(d.p, x.w), times(x.p, d.w)));
        return packed(first, sum(sum(times(flipped(ds), x.p), times(flipped(s), d.p)), d.q, -1), third, d.p);
    }

    const Certificate& certificate_;
    const Program& program_;
    std::size_t p_, q_, r_ = 0;
    std::vector<Balls> a_;
    Balls anchor_;
};

}  // namespace

// M = P Q^T + R has |M|_* <= (|P|^2 + |Q|^2)/2 + sqrt(min(p, q)) |R|_F, and any M that meets the rows has |M|_* >= <S, M> = y . nu.
std::string check_nuclear_bounds(const Certificate& certificate) {
    const Program& program = certificate.program;
    const Nuclear_norm* const norm = std::get_if<Nuclear_norm>(&program.objective);
    require(norm != nullptr, "bounds are known for the nuclear norm only");
    require(certificate.exact && !certificate.unique && !certificate.multipliers_unique, "bounds are exact and say nothing about uniqueness");
    const std::size_t p = norm->rows, q = program.columns() / p, size = p * q;
    require(certificate.point.size() == size && certificate.multipliers.size() == program.rows(), "point or multipliers do not fit the program");
    require(certificate.point.denominator > 0 && certificate.multipliers.denominator > 0, "a denominator is not positive");
    const std::vector<Rational> m = certificate.point.rationals(), nu = certificate.multipliers.rationals();
    Matrix<Rational> s(p, q);
    Rational low = 0;
    for (std::size_t i = 0; i < program.rows(); ++i) {
        Rational measured = 0;
        for (std::size_t e = 0; e < size; ++e) {
            measured += program.matrix(i, e) * m[e];
            s.entries()[e] += nu[i] * program.matrix(i, e);
        }
        require(measured == program.right[i], "the point does not meet row " + std::to_string(i));
        low += nu[i] * program.right[i];
    }
    // I - S^T S by elimination without pivoting: all pivots positive.
    Matrix<Rational> slack(q, q);
    for (std::size_t l = 0; l < q; ++l)
        for (std::size_t k = 0; k < q; ++k) {
            slack(l, k) = l == k ? 1 : 0;
            for (std::size_t row = 0; row < p; ++row) slack(l, k) -= s(row, l) * s(row, k);
        }
    for (std::size_t k = 0; k < q; ++k) {
        require(slack(k, k) > 0, "the operator norm of the dual matrix is not below 1");
        for (std::size_t i = k + 1; i < q; ++i) {
            const Rational factor = slack(i, k) / slack(k, k);
            for (std::size_t j = k; j < q; ++j) slack(i, j) -= factor * slack(k, j);
        }
    }
    require(certificate.factor_box.size() % (p + q) == 0, "the factors do not fit the program");
    const std::size_t r = certificate.factor_box.size() / (p + q);
    Rational squares = 0, rest = 0;
    const auto factor = [&](std::size_t row, std::size_t c) -> const Rational& { return certificate.factor_box[row * r + c].midpoint; };
    for (const Interval& x : certificate.factor_box) {
        require(x.radius == 0, "the factors are not exact");
        squares += x.midpoint * x.midpoint;
    }
    for (std::size_t k = 0; k < p; ++k)
        for (std::size_t l = 0; l < q; ++l) {
            Rational off = m[k * q + l];
            for (std::size_t c = 0; c < r; ++c) off -= factor(k, c) * factor(p + l, c);
            rest += off * off;
        }
    const precision_scope scope(128);
    const Ball high = Ball(Rational(squares / 2)) + sqrt(Ball(Rational(rest * static_cast<long>(std::min(p, q)))));
    return "bounded: the least nuclear norm is at least " + Ball(low).text(20) + " and at most " + high.text(20) + " (an exact matrix that meets the measurements, an exact dual matrix)";
}

std::string check_nuclear_boxes(const Certificate& certificate) {
    nuclear_checker checker(certificate);
    return with_enough_bits(certificate, [&](std::int64_t bits) { return checker.prove(bits); });
}

}  // namespace eonflow::convex::checking
