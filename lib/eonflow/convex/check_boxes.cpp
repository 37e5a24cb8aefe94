#include <eonflow/convex/check_parts.hpp>
#include <eonflow/number/error.hpp>

#include <algorithm>

// Krawczyk's test once more, for the equations sum_j a_ij psi_j(tilt_j + sum_k a_kj nu_k) = b_i with psi_j the inverse of h_j'. Only h' and h'' are evaluated:
// psi(u) = w + (u - h'(w)) / h''(somewhere between), by the mean value theorem.

namespace eonflow::convex::checking {

using number::Ball;
using number::Integer;
using number::Matrix;
using number::precision_scope;
using number::Rational;
using number::Real;

namespace {

Ball ball_of(const Interval& box, const Rational& factor) {
    Ball result(box.midpoint);
    const Ball spread(box.radius * factor);
    arb_add_error(result.raw(), spread.raw());
    return result;
}

class separable_checker {
public:
    explicit separable_checker(const Certificate& certificate)
        : certificate_(certificate), program_(certificate.program), objective_(std::get<Separable>(certificate.program.objective)) {
        for (const Potential& p : objective_.terms) slopes_.push_back(slope_of(p));
        for (std::size_t i = 0; i < program_.rows(); ++i)
            if (std::binary_search(certificate.support.begin(), certificate.support.end(), i)) rows_.push_back(i);
        require(rows_ == certificate.support && !rows_.empty(), "the support is not a sorted list of rows");
        for (std::size_t i = 0; i < program_.rows(); ++i)
            if (!std::binary_search(rows_.begin(), rows_.end(), i))
                require(certificate.multiplier_box[i].midpoint == 0 && certificate.multiplier_box[i].radius == 0, "a row outside the support has a multiplier");
    }

    std::string run() {
        other_rows_follow();
        return with_enough_bits(certificate_, [&](std::int64_t bits) { return prove(bits); });
    }

private:
    /// Equations outside the support are combinations of those in it.
    void other_rows_follow() const {
        if (rows_.size() == program_.rows()) return;
        const auto rank = [&](const std::vector<std::size_t>& rows, bool with_right) {
            Matrix<Integer> m(rows.size(), program_.columns() + (with_right ? 1 : 0));
            for (std::size_t i = 0; i < rows.size(); ++i) {
                Integer scale = denominator(program_.right[rows[i]]);
                for (const Rational& x : program_.matrix.row(rows[i])) scale = lcm(scale, denominator(x));
                for (std::size_t j = 0; j < program_.columns(); ++j) m(i, j) = numerator(Rational(program_.matrix(rows[i], j) * scale));
                if (with_right) m(i, program_.columns()) = numerator(Rational(program_.right[rows[i]] * scale));
            }
            return rank_of(std::move(m));
        };
        std::vector<std::size_t> all(program_.rows());
        for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
        require(rank(all, true) == rank(rows_, false), "an equation outside the support does not follow from the others");
        require(!certificate_.multipliers_unique, "the multipliers of dependent equations are not unique");
    }

    /// tilt + matrix^T nu
    [[nodiscard]] std::vector<Ball> prices(const std::vector<Ball>& nu) const {
        std::vector<Ball> u;
        for (std::size_t j = 0; j < program_.columns(); ++j) {
            Ball sum = objective_.start.empty() ? Ball(0) : slopes_[j]->derivative(Ball(objective_.start[j]));
            for (std::size_t k = 0; k < rows_.size(); ++k)
                if (program_.matrix(rows_[k], j) != 0) sum += Ball(program_.matrix(rows_[k], j)) * nu[k];
            u.push_back(std::move(sum));
        }
        return u;
    }

    /// Whether psi_j(u) lies in the interval with the given widening, for all u in the ball.
    [[nodiscard]] bool answers_within(std::size_t j, const Ball& u, const Rational& widening) const {
        const Interval& box = certificate_.point_box[j];
        const Ball low = slopes_[j]->derivative(Ball(box.midpoint - widening * box.radius));
        const Ball high = slopes_[j]->derivative(Ball(box.midpoint + widening * box.radius));
        return low.is_finite() && high.is_finite() && !(low - u).is_positive() && !(u - high).is_positive() && (u - low).is_positive() &&
               (high - u).is_positive();
    }

    std::string prove(std::int64_t bits) const {
        const std::size_t m = rows_.size(), d = program_.columns();
        std::vector<Ball> center, box;
        std::vector<Ball> defect(m);
        {
            const precision_scope scope(bits);
            for (const std::size_t i : rows_) {
                const Interval& claimed = certificate_.multiplier_box[i];
                center.emplace_back(claimed.midpoint);
                mag_zero(arb_radref(center.back().raw()));
                box.push_back(center.back());
                const Ball spread(claimed.radius);
                arb_add_error(box.back().raw(), spread.raw());
            }
            // The equations at the center.
            const std::vector<Ball> u = prices(center);
            std::vector<Ball> answer;
            for (std::size_t j = 0; j < d; ++j) {
                require(answers_within(j, u[j], Rational(2)), "the response of coordinate " + std::to_string(j) + " is not in its box");
                const Ball w(certificate_.point_box[j].midpoint);
                const Ball error = u[j] - slopes_[j]->derivative(w);
                answer.push_back(w + error * slopes_[j]->inverse_curvature(ball_of(certificate_.point_box[j], Rational(2))));
            }
            for (std::size_t k = 0; k < m; ++k) {
                defect[k] = -Ball(program_.right[rows_[k]]);
                for (std::size_t j = 0; j < d; ++j)
                    if (program_.matrix(rows_[k], j) != 0) defect[k] += Ball(program_.matrix(rows_[k], j)) * answer[j];
            }
        }
        // The Jacobian over the box: its responses lie in widened point boxes.
        const precision_scope scope(bits);
        const Rational widening(4);
        const std::vector<Ball> u = prices(box);
        std::vector<Ball> slope;
        for (std::size_t j = 0; j < d; ++j) {
            require(answers_within(j, u[j], widening), "the responses of coordinate " + std::to_string(j) + " over the box cannot be enclosed");
            slope.push_back(slopes_[j]->inverse_curvature(ball_of(certificate_.point_box[j], widening)));
        }
        // What follows is relative to the boxes: few bits do.
        const precision_scope coarse(std::min<std::int64_t>(bits, 2000));
        Matrix<Ball> jacobian(m, m);
        for (std::size_t a = 0; a < m; ++a)
            for (std::size_t b = 0; b <= a; ++b) {
                for (std::size_t j = 0; j < d; ++j)
                    if (program_.matrix(rows_[a], j) != 0 && program_.matrix(rows_[b], j) != 0)
                        jacobian(a, b) += slope[j] * Ball(Rational(program_.matrix(rows_[a], j) * program_.matrix(rows_[b], j)));
                jacobian(b, a) = jacobian(a, b);
            }
        std::vector<Rational> radius;
        for (const std::size_t i : rows_) radius.push_back(certificate_.multiplier_box[i].radius);
        const std::vector<Ball> image = krawczyk_image(center, radius, defect, jacobian);
        const precision_scope last(bits);
        const std::vector<Ball> final_prices = prices(image);
        for (std::size_t j = 0; j < d; ++j)
            require(answers_within(j, final_prices[j], Rational(1)), "the box of coordinate " + std::to_string(j) + " does not hold the minimizer");
        return "optimal: the boxes contain exactly one pair of point and multipliers that meets the equations and the optimality conditions (Krawczyk's test in "
               "balls at " + std::to_string(bits) + " bits); it is the only minimizer (strict convexity)";
    }

    const Certificate& certificate_;
    const Program& program_;
    const Separable& objective_;
    std::vector<std::unique_ptr<Slope>> slopes_;
    std::vector<std::size_t> rows_;
};

}  // namespace

std::string with_enough_bits(const Certificate& certificate, const std::function<std::string(std::int64_t)>& prove) {
    std::int64_t bits = 64;
    for (const auto* boxes : {&certificate.point_box, &certificate.multiplier_box})
        for (const Interval& box : *boxes)
            if (box.radius > 0 && box.midpoint != 0) {
                const Rational ratio = abs(box.midpoint) / box.radius;
                if (ratio > 1) bits = std::max(bits, static_cast<std::int64_t>(msb(Integer(numerator(ratio) / denominator(ratio)))));
            }
    for (int attempt = 0;; ++attempt) {
        try {
            return prove((bits + 96) << attempt);
        } catch (const refusal&) {
            if (attempt == 2) throw;
        }
    }
}

std::string check_boxes(const Certificate& certificate) {
    require(certificate.claim == Claim::optimal, "this claim has no evidence in boxes");
    require(certificate.face_dimension == 0 && certificate.weakly_active.empty(), "boxes prove no face and no weakly active row");
    require(certificate.point_box.size() == certificate.program.columns() && certificate.multiplier_box.size() == certificate.program.rows(),
            "the boxes do not fit the program");
    for (const auto* boxes : {&certificate.point_box, &certificate.multiplier_box})
        for (const Interval& box : *boxes) require(box.radius >= 0, "a box has a negative radius");
    if (std::holds_alternative<Separable>(certificate.program.objective)) return separable_checker(certificate).run();
    if (std::holds_alternative<Nuclear_norm>(certificate.program.objective)) return check_nuclear_boxes(certificate);
    require(std::holds_alternative<Group_norm>(certificate.program.objective) || std::holds_alternative<Fourier_norm>(certificate.program.objective),
            "there is no checker for boxes of this objective");
    return check_group_boxes(certificate);
}

}  // namespace eonflow::convex::checking
