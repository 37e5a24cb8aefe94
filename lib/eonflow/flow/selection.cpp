#include <eonflow/flow/selection.hpp>

#include <eonflow/convex/solve.hpp>
#include <eonflow/number/error.hpp>

#include <algorithm>

namespace eonflow::flow {

using number::Matrix;
using number::Real;
using number::Vector;

namespace {

constexpr std::size_t most_cases = std::size_t{1} << 12;

using Row = std::vector<Rational>;

Rational dot(std::span<const Rational> a, std::span<const Rational> b) {
    Rational sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        if (a[i] != 0 && b[i] != 0) sum += a[i] * b[i];
    return sum;
}

class Search {
public:
    explicit Search(const Meeting& meeting) : meeting_(meeting), count_(meeting.pull.size()), fixed_(count_) {
        for (const Real& x : meeting.drift) drift_.push_back(number::to_rational(x));
        for (std::size_t k = 0; k < count_; ++k) {
            const Rational uncertainty = number::to_rational(meeting.uncertainty[k]);
            uncertainty_.push_back(uncertainty * uncertainty);
            pull_.push_back(number::to_rational(meeting.pull[k]));
            if (pull_[k] != 0) (pull_[k] < 0 ? attracting_ : repelling_).push_back(k);
            if (pull_[k] == 0) fixed_[k] = meeting.below[k];  // any slope will do
        }
        gram_ = Matrix<Rational>(count_, count_);
        for (std::size_t k = 0; k < count_; ++k) {
            rates_.push_back(dot(meeting.normals.row(k), drift_));
            for (std::size_t l = 0; l <= k; ++l) gram_(k, l) = gram_(l, k) = dot(meeting.normals.row(k), meeting.normals.row(l));
        }
    }

    std::vector<Choice> all() {
        branch(0);
        return std::move(found_);
    }

private:
    /// Between which values u_k' is for all slopes that are not fixed.
    [[nodiscard]] std::pair<Rational, Rational> range(std::size_t k) const {
        Rational low = rates_[k], high = low;
        for (std::size_t l = 0; l < count_; ++l) {
            const Rational weight = pull_[l] * gram_(k, l);
            if (weight == 0) continue;
            const Rational at_below = weight * (fixed_[l] ? *fixed_[l] : meeting_.below[l]), at_above = weight * (fixed_[l] ? *fixed_[l] : meeting_.above[l]);
            low += std::min(at_below, at_above);
            high += std::max(at_below, at_above);
        }
        return {low, high};
    }
    [[nodiscard]] bool has_sign(std::size_t k, const Rational& rate) const { return rate * rate > uncertainty_[k] * gram_(k, k); }

    void branch(std::size_t next) {
        for (std::size_t r = 0; r < next; ++r) {
            const std::size_t k = repelling_[r];
            const auto [low, high] = range(k);
            if (*fixed_[k] == meeting_.above[k] ? high < 0 && has_sign(k, high) : low > 0 && has_sign(k, low)) return;
        }
        if (next == repelling_.size()) {
            if (++cases_ > most_cases) throw numerical_error("more than " + std::to_string(most_cases) + " cases of kinks that repel at one point");
            finish();
            return;
        }
        for (const Rational& slope : {meeting_.below[repelling_[next]], meeting_.above[repelling_[next]]}) {
            fixed_[repelling_[next]] = slope;
            branch(next + 1);
        }
        fixed_[repelling_[next]].reset();
    }

    [[nodiscard]] Row direction(const Row& slopes) const {
        Row d = drift_;
        for (std::size_t k = 0; k < count_; ++k) {
            const Rational weight = slopes[k] * pull_[k];
            if (weight == 0) continue;
            for (std::size_t i = 0; i < d.size(); ++i)
                if (meeting_.normals(k, i) != 0) d[i] += weight * meeting_.normals(k, i);
        }
        return d;
    }

    /// The slopes of the direction of least norm, those of repelling kinks fixed.
    [[nodiscard]] Row least() const {
        Row corner(count_);
        for (std::size_t k = 0; k < count_; ++k) corner[k] = fixed_[k] ? *fixed_[k] : meeting_.below[k];
        if (attracting_.empty()) return corner;
        std::vector<Row> corners, ends;
        for (;;) {
            corners.push_back(corner);
            ends.push_back(direction(corner));
            Matrix<Rational> hull(ends.size(), drift_.size());
            for (std::size_t c = 0; c < ends.size(); ++c) std::copy(ends[c].begin(), ends[c].end(), hull.row(c).begin());
            const convex::Solution solution = convex::solve(convex::l2_margin(std::move(hull)));
            if (solution.status == convex::Status::undecided) throw numerical_error("the direction of least norm where kinks meet: " + solution.message);
            if (solution.status == convex::Status::optimal) {
                const Row w = solution.certificate.point.rationals();
                Rational violated = 0;
                for (const std::size_t k : attracting_) corner[k] = dot(meeting_.normals.row(k), w) >= 0 ? meeting_.above[k] : meeting_.below[k];
                violated = dot(direction(corner), w);
                if (violated < 1) continue;
            }
            // The multipliers, or the Farkas vector, are the weights of the corners.
            const Row weights = solution.certificate.multipliers.rationals();
            Rational total = 0;
            for (const Rational& x : weights) total += x;
            Row slopes(count_);
            for (std::size_t c = 0; c < corners.size(); ++c)
                for (std::size_t k = 0; k < count_; ++k) slopes[k] += weights[c] / total * corners[c][k];
            return slopes;
        }
    }

    void finish() {
        const Row slopes = least(), d = direction(slopes);
        Choice choice;
        for (std::size_t k = 0; k < count_; ++k) {
            const Rational rate = dot(meeting_.normals.row(k), d);
            const bool signed_rate = has_sign(k, rate);
            const Rational &below = meeting_.below[k], &above = meeting_.above[k];
            // A slope is as uncertain as the rate that it balances.
            const Rational weight = abs(pull_[k]) * gram_(k, k);
            const auto at = [&](const Rational& end) { return weight == 0 || !has_sign(k, (slopes[k] - end) * weight); };
            side s = side::sliding;
            bool open = false;
            if (signed_rate) {
                s = rate > 0 ? side::above : side::below;
                if (pull_[k] != 0 && slopes[k] != (rate > 0 ? above : below)) return;  // of a repelling kink: not on this side
            } else if (at(below) || at(above)) {
                s = at(above) && !at(below) ? side::above : side::below;
                if (fixed_[k] && weight != 0) s = *fixed_[k] == above ? side::above : side::below;
                open = true;
            }
            choice.sides.push_back(s);
            choice.open.push_back(open);
            choice.slopes.push_back(number::to_real(slopes[k]));
        }
        found_.push_back(std::move(choice));
    }

    const Meeting& meeting_;
    std::size_t count_;
    std::vector<std::optional<Rational>> fixed_;
    Row drift_, pull_, rates_, uncertainty_;
    Matrix<Rational> gram_;
    std::vector<std::size_t> attracting_, repelling_;
    std::vector<Choice> found_;
    std::size_t cases_ = 0;
};

}  // namespace

std::vector<Choice> choices(const Meeting& meeting) { return Search(meeting).all(); }

}  // namespace eonflow::flow
