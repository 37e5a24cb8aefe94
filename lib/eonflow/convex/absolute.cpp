#include <eonflow/convex/absolute.hpp>
#include <eonflow/convex/integer_rows.hpp>
#include <eonflow/convex/linear.hpp>
#include <eonflow/convex/vertex.hpp>

#include <algorithm>

namespace eonflow::convex {

using number::Integer;
using number::Matrix;
using number::Rational;

namespace {

/// What a primal-dual pair leaves open: columns whose price is at a bound, rows whose multiplier forces equality.
struct Contact {
    std::vector<std::size_t> columns;
    std::vector<std::size_t> rows;
};

class Face {
public:
    Face(const Program& program, std::vector<Rational> point, std::vector<Rational> multipliers)
        : program_(program), absolute_(std::get<Absolute>(program.objective)), point_(std::move(point)), multipliers_(std::move(multipliers)) {
        measure();
        prices_ = combination(multipliers_);
    }

    [[nodiscard]] Contact contact() const {
        Contact result;
        for (std::size_t j = 0; j < prices_.size(); ++j)
            if (at_up(j) || at_down(j)) result.columns.push_back(j);
        for (std::size_t i = 0; i < multipliers_.size(); ++i)
            if (program_.relation[i] == Relation::equal || multipliers_[i].sign() != 0) result.rows.push_back(i);
        return result;
    }

    /// Dimension of the set of minimizers once the pair is strictly complementary; an upper bound before.
    [[nodiscard]] std::size_t dimension() const {
        const Contact c = contact();
        return c.columns.size() - rank(c.rows, c.columns);
    }

    /// Inequality rows with slack 0 and multiplier 0.
    [[nodiscard]] std::vector<std::size_t> weakly_active() const {
        std::vector<std::size_t> result;
        for (std::size_t i = 0; i < slack_.size(); ++i)
            if (program_.relation[i] == Relation::at_least && slack_[i].sign() == 0 && multipliers_[i].sign() == 0) result.push_back(i);
        return result;
    }

    /// Whether the rows that may carry a multiplier are independent on the columns that fix their price.
    [[nodiscard]] bool tight_rows_independent() const {
        std::vector<std::size_t> rows, columns;
        for (std::size_t i = 0; i < slack_.size(); ++i)
            if (slack_[i].sign() == 0) rows.push_back(i);
        for (std::size_t j = 0; j < point_.size(); ++j)
            if (point_[j].sign() != 0) columns.push_back(j);
        return rank(rows, columns) == rows.size();
    }

    /// Makes the pair strictly complementary (Goldman, Tucker): among all minimizers, is there one where a coordinate (or slack) that is 0 although nothing
    /// forces it moves away from 0? Such a point is averaged in; when there is none, the dual of that question separates the prices from their bounds.
    void make_strict() {
        for (;;) {
            const Contact c = contact();
            std::vector<std::size_t> still;  // columns in contact with value 0
            for (const std::size_t j : c.columns)
                if (point_[j].sign() == 0 && !(at_up(j) && at_down(j))) still.push_back(j);
            const std::vector<std::size_t> weak = weakly_active();
            if (still.empty() && weak.empty()) return;

            const Program question = shortfall(c, still, weak);
            const Vertex answer = optimal_vertex(question);
            const std::size_t m = c.columns.size();
            if (answer.point[m] < 1) {
                for (Rational& x : point_) x /= 2;
                for (std::size_t k = 0; k < m; ++k) point_[c.columns[k]] += answer.point[k] / 2;
                measure();
                continue;
            }
            separate(answer, weak);
            return;
        }
    }

    [[nodiscard]] const std::vector<Rational>& point() const { return point_; }
    [[nodiscard]] const std::vector<Rational>& multipliers() const { return multipliers_; }

private:
    [[nodiscard]] bool at_up(std::size_t j) const { return absolute_.up[j] && prices_[j] == *absolute_.up[j]; }
    [[nodiscard]] bool at_down(std::size_t j) const { return absolute_.down[j] && prices_[j] == -*absolute_.down[j]; }

    void measure() {
        slack_.assign(program_.rows(), Rational(0));
        for (std::size_t i = 0; i < slack_.size(); ++i) {
            slack_[i] = -program_.right[i];
            for (std::size_t j = 0; j < point_.size(); ++j)
                if (point_[j].sign() != 0) slack_[i] += program_.matrix(i, j) * point_[j];
        }
    }

    [[nodiscard]] std::size_t rank(const std::vector<std::size_t>& rows, const std::vector<std::size_t>& columns) const {
        if (rows.empty() || columns.empty()) return 0;
        Matrix<Rational> block(rows.size(), columns.size());
        for (std::size_t i = 0; i < rows.size(); ++i)
            for (std::size_t j = 0; j < columns.size(); ++j) block(i, j) = program_.matrix(rows[i], columns[j]);
        return independent_rows(integer_rows(block, std::vector<Rational>(rows.size())).matrix).size();
    }

    [[nodiscard]] std::vector<Rational> combination(const std::vector<Rational>& multipliers) const {
        std::vector<Rational> sum(program_.columns());
        for (std::size_t i = 0; i < multipliers.size(); ++i)
            if (multipliers[i].sign() != 0)
                for (std::size_t j = 0; j < sum.size(); ++j) sum[j] += multipliers[i] * program_.matrix(i, j);
        return sum;
    }

    /// min r over the minimizers and r >= 0 with r + sum of |w_j| over `still` + sum of slacks over `weak` >= 1.
    [[nodiscard]] Program shortfall(const Contact& c, const std::vector<std::size_t>& still, const std::vector<std::size_t>& weak) const {
        const std::size_t m = c.columns.size(), n = program_.rows();
        Program question;
        Matrix<Rational> matrix(n + 1, m + 1);
        Absolute costs;
        question.right = program_.right;
        question.right.emplace_back(1);
        question.relation.assign(n + 1, Relation::at_least);
        for (const std::size_t i : c.rows) question.relation[i] = Relation::equal;
        for (std::size_t k = 0; k < m; ++k) {
            const std::size_t j = c.columns[k];
            for (std::size_t i = 0; i < n; ++i) matrix(i, k) = program_.matrix(i, j);
            costs.up.push_back(at_up(j) ? Absolute::Weight(0) : std::nullopt);
            costs.down.push_back(at_down(j) ? Absolute::Weight(0) : std::nullopt);
            if (std::binary_search(still.begin(), still.end(), j)) matrix(n, k) = at_up(j) ? 1 : -1;
            for (const std::size_t i : weak) matrix(n, k) += program_.matrix(i, j);
        }
        for (const std::size_t i : weak) question.right[n] += program_.right[i];
        matrix(n, m) = 1;
        costs.up.emplace_back(1);
        costs.down.emplace_back(std::nullopt);
        question.objective = std::move(costs);
        question.matrix = std::move(matrix);
        return question;
    }

    /// Adds a small multiple of the question's multipliers: strict on `still` and `weak`, still feasible elsewhere.
    void separate(const Vertex& answer, const std::vector<std::size_t>& weak) {
        std::vector<Rational> shift;
        for (std::size_t i = 0; i < program_.rows(); ++i) shift.push_back(answer.multipliers[i]);
        for (const std::size_t i : weak) shift[i] += answer.multipliers[program_.rows()];
        const std::vector<Rational> slope = combination(shift);
        Rational step = 1;
        auto limit = [&](const Rational& room, const Rational& speed) {
            if (speed.sign() > 0 && room.sign() > 0 && 2 * step * speed > room) step = room / (2 * speed);
        };
        for (std::size_t i = 0; i < shift.size(); ++i)
            if (program_.relation[i] == Relation::at_least) limit(multipliers_[i], -shift[i]);
        for (std::size_t j = 0; j < slope.size(); ++j) {
            if (absolute_.up[j]) limit(*absolute_.up[j] - prices_[j], slope[j]);
            if (absolute_.down[j]) limit(prices_[j] + *absolute_.down[j], -slope[j]);
        }
        for (std::size_t i = 0; i < shift.size(); ++i) multipliers_[i] += step * shift[i];
        prices_ = combination(multipliers_);
    }

    const Program& program_;
    const Absolute& absolute_;
    std::vector<Rational> point_, multipliers_, prices_, slack_;
};

}  // namespace

Solution solve_absolute(Program program) {
    Vertex vertex = optimal_vertex(program);
    const std::size_t n = program.rows();
    Solution solution;
    Certificate& certificate = solution.certificate;
    if (!vertex.feasible) {
        solution.status = Status::infeasible;
        certificate.claim = Claim::infeasible;
        certificate.multipliers = std::move(vertex.multipliers);
    } else if (vertex.regular) {
        solution.status = Status::optimal;
        certificate.point = std::move(vertex.point);
        certificate.multipliers = std::move(vertex.multipliers);
        certificate.unique = certificate.multipliers_unique = true;
    } else {
        solution.status = Status::optimal;
        Face face(program, vertex.point.rationals(), vertex.multipliers.rationals());
        if (face.dimension() > 0) face.make_strict();
        certificate.face_dimension = face.dimension();
        certificate.unique = certificate.face_dimension == 0;
        certificate.weakly_active = face.weakly_active();
        certificate.multipliers_unique = face.tight_rows_independent();
        certificate.point = common_denominator(face.point());
        certificate.multipliers = common_denominator(face.multipliers());
    }
    for (std::size_t i = 0; i < n; ++i)
        if (certificate.multipliers.numerators[i].sign() != 0) certificate.support.push_back(i);
    certificate.program = std::move(program);
    return solution;
}

}  // namespace eonflow::convex
