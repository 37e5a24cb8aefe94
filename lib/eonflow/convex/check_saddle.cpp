#include <eonflow/convex/check_parts.hpp>

#include <algorithm>

// A stationary point with supporting rows J and nonzero coordinates S, |J| < |S|: w_j = sign_j |u_j|^(-L/(L-2)) with u = matrix_JS^T lambda and sign_j u_j > 0, lambda > 0, and
// matrix_JS w = right_J. Krawczyk's test in lambda proves one such lambda in the boxes; the Jacobian -L/(L-2) A diag(|u|^(-2(L-1)/(L-2))) A^T of A = matrix_JS is regular there, so the rows
// are independent, lambda is a strict minimizer of a convex function and no other lambda has the same signs. Along some d != 0 in ker A, feasible both ways because all other
// rows hold strictly or are combinations of those in J, the objective is strictly concave and stationary: no local minimizer.

namespace eonflow::convex::checking {

using number::Ball;
using number::Integer;
using number::Matrix;
using number::precision_scope;
using number::Rational;

namespace {

class saddle_checker {
public:
    explicit saddle_checker(const Certificate& certificate) : certificate_(certificate), program_(certificate.program), rows_(certificate.support) {
        const Concave_power* objective = std::get_if<Concave_power>(&program_.objective);
        require(objective != nullptr, "this claim belongs to another kind of program");
        depth_ = static_cast<long>(objective->depth);
        const std::vector<Interval>&point = certificate.point_box, &multipliers = certificate.multiplier_box;
        require(point.size() == program_.columns() && multipliers.size() == program_.rows(), "the boxes do not fit the program");
        require(!certificate.unique && !certificate.multipliers_unique && certificate.face_dimension == 0, "a stationary point is claimed to be unique or part of a face");
        require_rows(rows_, "the support");
        require_rows(certificate.weakly_active, "the list of weakly active rows");
        for (std::size_t j = 0; j < point.size(); ++j) {
            if (point[j].midpoint == 0 && point[j].radius == 0) continue;
            require(point[j].radius >= 0 && abs(point[j].midpoint) > point[j].radius, "the sign of coordinate " + std::to_string(j) + " is open");
            columns_.push_back(j);
        }
        require(!rows_.empty() && rows_.size() < columns_.size(), "there are not fewer supporting rows than nonzero coordinates");
        for (std::size_t i = 0; i < program_.rows(); ++i) {
            require(program_.relation[i] == Relation::at_least, "this objective takes inequalities only");
            const Interval& box = multipliers[i];
            require(is_in(rows_, i) ? box.radius > 0 && box.midpoint > box.radius : box.midpoint == 0 && box.radius == 0,
                    "the multiplier of row " + std::to_string(i) + " has the wrong sign");
        }
        for (const std::size_t i : certificate.weakly_active) {
            std::vector<std::size_t> more = rows_;
            more.push_back(i);
            require(!is_in(rows_, i) && rank_with_right(more) == rows_.size(), "row " + std::to_string(i) + " does not follow from the supporting rows");
        }
    }

    [[nodiscard]] std::string prove(std::int64_t bits) const {
        const precision_scope scope(bits);
        std::vector<Ball> center, box;
        std::vector<Rational> radius;
        for (const std::size_t i : rows_) {
            const Interval& claimed = certificate_.multiplier_box[i];
            center.emplace_back(claimed.midpoint);
            mag_zero(arb_radref(center.back().raw()));
            radius.push_back(claimed.radius);
            box.push_back(center.back());
            const Ball spread(claimed.radius);
            arb_add_error(box.back().raw(), spread.raw());
        }
        const std::vector<Ball> middle = point(center);
        std::vector<Ball> defect;
        for (const std::size_t i : rows_) defect.push_back(slack(i, middle));
        // dw_j/du_j = -L/(L-2) |u_j|^(-2(L-1)/(L-2))
        const std::vector<Ball> u = prices(box);
        Matrix<Ball> jacobian(rows_.size(), rows_.size());
        for (std::size_t j = 0; j < columns_.size(); ++j) {
            const Ball slope = Ball(Rational(-depth_, depth_ - 2)) * pow(abs(u[j]), Rational(2 * (1 - depth_), depth_ - 2));
            for (std::size_t a = 0; a < rows_.size(); ++a)
                for (std::size_t b = 0; b < rows_.size(); ++b) jacobian(a, b) += Ball(Rational(entry(a, j) * entry(b, j))) * slope;
        }
        const std::vector<Ball> lambda = krawczyk_image(center, radius, defect, jacobian), w = point(lambda);
        for (std::size_t j = 0; j < columns_.size(); ++j) {
            const Interval& claimed = certificate_.point_box[columns_[j]];
            require((w[j] - Ball(claimed.midpoint - claimed.radius)).is_positive() && (Ball(claimed.midpoint + claimed.radius) - w[j]).is_positive(),
                    "coordinate " + std::to_string(columns_[j]) + " is not in its box");
        }
        for (std::size_t i = 0; i < program_.rows(); ++i)
            require(is_in(rows_, i) || is_in(certificate_.weakly_active, i) || slack(i, w).is_positive(), "row " + std::to_string(i) + " is not met strictly");
        return "stationary: the boxes contain exactly one pair of point and multipliers that meets the rows and the first-order conditions (Krawczyk's test in balls at " +
               std::to_string(bits) + " bits); " + std::to_string(rows_.size()) + " rows support " + std::to_string(columns_.size()) + " nonzero coordinates, so it is no local minimizer";
    }

private:
    static bool is_in(const std::vector<std::size_t>& sorted, std::size_t i) { return std::binary_search(sorted.begin(), sorted.end(), i); }

    void require_rows(const std::vector<std::size_t>& rows, const std::string& what) const {
        require(std::is_sorted(rows.begin(), rows.end()) && std::adjacent_find(rows.begin(), rows.end()) == rows.end() && (rows.empty() || rows.back() < program_.rows()),
                what + " is not a sorted list of rows");
    }

    [[nodiscard]] const Rational& entry(std::size_t a, std::size_t j) const { return program_.matrix(rows_[a], columns_[j]); }

    [[nodiscard]] std::size_t rank_with_right(const std::vector<std::size_t>& rows) const {
        Matrix<Integer> m(rows.size(), columns_.size() + 1);
        for (std::size_t a = 0; a < rows.size(); ++a) {
            std::vector<Rational> values;
            for (const std::size_t j : columns_) values.push_back(program_.matrix(rows[a], j));
            values.push_back(program_.right[rows[a]]);
            Integer scale = 1;
            for (const Rational& x : values) scale = lcm(scale, denominator(x));
            for (std::size_t j = 0; j < values.size(); ++j) m(a, j) = numerator(Rational(values[j] * scale));
        }
        return rank_of(std::move(m));
    }

    /// u = matrix_JS^T lambda, refused where it may not have the claimed signs.
    [[nodiscard]] std::vector<Ball> prices(const std::vector<Ball>& lambda) const {
        std::vector<Ball> u;
        for (std::size_t j = 0; j < columns_.size(); ++j) {
            Ball sum;
            for (std::size_t a = 0; a < rows_.size(); ++a) sum += Ball(entry(a, j)) * lambda[a];
            require(certificate_.point_box[columns_[j]].midpoint > 0 ? sum.is_positive() : sum.is_negative(), "coordinate " + std::to_string(columns_[j]) + " and its price have different signs");
            u.push_back(std::move(sum));
        }
        return u;
    }

    [[nodiscard]] std::vector<Ball> point(const std::vector<Ball>& lambda) const {
        std::vector<Ball> w = prices(lambda);
        for (Ball& x : w) {
            const Ball size = pow(abs(x), Rational(-depth_, depth_ - 2));
            x = x.is_negative() ? -size : size;
        }
        return w;
    }

    [[nodiscard]] Ball slack(std::size_t i, const std::vector<Ball>& w) const {
        Ball sum = -Ball(program_.right[i]);
        for (std::size_t j = 0; j < columns_.size(); ++j) sum += Ball(program_.matrix(i, columns_[j])) * w[j];
        return sum;
    }

    const Certificate& certificate_;
    const Program& program_;
    const std::vector<std::size_t>& rows_;
    std::vector<std::size_t> columns_;
    long depth_ = 0;
};

}  // namespace

std::string check_saddle(const Certificate& certificate) {
    const saddle_checker checker(certificate);
    return with_enough_bits(certificate, [&](std::int64_t bits) { return checker.prove(bits); });
}

}  // namespace eonflow::convex::checking
