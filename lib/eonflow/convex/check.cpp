#include <eonflow/convex/check.hpp>
#include <eonflow/convex/check_parts.hpp>
#include <eonflow/number/error.hpp>

#include <algorithm>

// The checker trusts nothing and shares nothing with the solvers but the description of programs and certificates. Statements are verified in integers.

namespace eonflow::convex {

using number::Integer;
using number::Matrix;
using number::Rational;

namespace {

using checking::check_boxes;
using checking::rank_of;
using checking::refusal;
using checking::require;

std::string row_name(std::size_t i) { return "row " + std::to_string(i); }
std::string column_name(std::size_t j) { return "coordinate " + std::to_string(j); }

/// value * scale for a scale that clears the denominator.
Integer times(const Rational& value, const Integer& scale) { return numerator(value) * (scale / denominator(value)); }

/// The data over integers: row i of the program times scale[i].
struct cleared {
    explicit cleared(const Program& program) : matrix(program.rows(), program.columns()), right(program.rows()), scale(program.rows(), Integer(1)) {
        for (std::size_t i = 0; i < program.rows(); ++i) {
            for (const Rational& x : program.matrix.row(i)) scale[i] = lcm(scale[i], denominator(x));
            scale[i] = lcm(scale[i], denominator(program.right[i]));
            for (std::size_t j = 0; j < program.columns(); ++j) matrix(i, j) = times(program.matrix(i, j), scale[i]);
            right[i] = times(program.right[i], scale[i]);
        }
    }
    Matrix<Integer> matrix;
    std::vector<Integer> right;
    std::vector<Integer> scale;
};

class exact_checker {
public:
    explicit exact_checker(const Certificate& certificate) : certificate_(certificate), program_(certificate.program), data_(program_) {}

    std::string run() {
        check_multipliers();
        check_support();
        if (certificate_.claim == Claim::infeasible) return farkas();
        require(certificate_.claim == Claim::optimal, "this claim has no exact evidence");
        check_point();
        std::visit([&](const auto& objective) { stationarity(objective); }, program_.objective);
        std::string statement = "optimal: the point meets all " + std::to_string(program_.rows()) + " rows and the multipliers prove it minimal (exact)";
        uniqueness(statement);
        multiplier_uniqueness(statement);
        return statement;
    }

private:
    [[nodiscard]] bool is_equation(std::size_t i) const { return program_.relation[i] == Relation::equal; }

    void check_multipliers() {
        const Exact_vector& lambda = certificate_.multipliers;
        require(lambda.size() == program_.rows(), "there is not one multiplier per row");
        require(lambda.denominator.sign() > 0, "the multipliers' denominator is not positive");
        for (std::size_t i = 0; i < lambda.size(); ++i)
            require(is_equation(i) || lambda.numerators[i].sign() >= 0, "the multiplier of " + row_name(i) + " is negative");
        // gradient = matrix^T lambda, over row scales and the multipliers' denominator.
        Integer common = 1;
        for (const Integer& s : data_.scale) common = lcm(common, s);
        gradient_.assign(program_.columns(), Integer(0));
        for (std::size_t i = 0; i < lambda.size(); ++i) {
            if (lambda.numerators[i].sign() == 0) continue;
            const Integer factor = lambda.numerators[i] * (common / data_.scale[i]);
            for (std::size_t j = 0; j < gradient_.size(); ++j)
                mpz_addmul(gradient_[j].backend().data(), data_.matrix(i, j).backend().data(), factor.backend().data());
        }
        gradient_denominator_ = common * lambda.denominator;
    }

    void check_support() {
        std::vector<std::size_t> support;
        for (std::size_t i = 0; i < program_.rows(); ++i)
            if (certificate_.multipliers.numerators[i].sign() != 0) support.push_back(i);
        require(support == certificate_.support, "the support is not the set of rows with nonzero multipliers");
    }

    /// The potentials' domains are open: what a combination of the equations can reach stays below its bounds.
    std::string farkas_in_domain(const Separable& objective) {
        Rational total = 0;
        bool moves = false;
        for (std::size_t i = 0; i < program_.rows(); ++i)
            if (certificate_.multipliers.numerators[i].sign() != 0) total += certificate_.multipliers[i] * program_.right[i];
        for (std::size_t j = 0; j < gradient_.size(); ++j) {
            if (gradient_[j].sign() == 0) continue;
            const auto [low, high] = checking::domain_of(objective.terms[j]);
            const auto& end = gradient_[j].sign() > 0 ? high : low;
            require(end.has_value(), "the Farkas combination of the rows has no bound in " + column_name(j));
            total -= Rational(gradient_[j], gradient_denominator_) * *end;
            moves = true;
        }
        require(moves ? total >= 0 : total > 0, "the Farkas combination is off its bound by " + total.str());
        return "infeasible: no point inside the domains of the potentials meets the combination of " + std::to_string(certificate_.support.size()) + " equations (exact)";
    }

    std::string farkas() {
        if (const Separable* objective = std::get_if<Separable>(&program_.objective)) return farkas_in_domain(*objective);
        const Absolute* signs = std::get_if<Absolute>(&program_.objective);
        for (std::size_t j = 0; j < gradient_.size(); ++j) {
            const bool may_rise = signs != nullptr && !signs->up[j], may_fall = signs != nullptr && !signs->down[j];
            require((may_rise || gradient_[j].sign() <= 0) && (may_fall || gradient_[j].sign() >= 0),
                    "the Farkas combination of the rows does not vanish in " + column_name(j));
        }
        Rational total = 0;
        for (std::size_t i = 0; i < program_.rows(); ++i)
            if (certificate_.multipliers.numerators[i].sign() != 0) total += certificate_.multipliers[i] * program_.right[i];
        require(total == 1, "the Farkas combination of the right-hand sides is " + total.str() + ", not 1");
        return "infeasible: a combination of " + std::to_string(certificate_.support.size()) + " rows reads 0 >= 1 (exact)";
    }

    void check_point() {
        const Exact_vector& w = certificate_.point;
        require(w.size() == program_.columns(), "the point does not have one entry per column");
        require(w.denominator.sign() > 0, "the point's denominator is not positive");
        std::vector<std::size_t> weak;
        for (std::size_t i = 0; i < program_.rows(); ++i) {
            Integer slack = -data_.right[i] * w.denominator;
            for (std::size_t j = 0; j < w.size(); ++j)
                mpz_addmul(slack.backend().data(), data_.matrix(i, j).backend().data(), w.numerators[j].backend().data());
            require(slack.sign() >= 0, "the point violates " + row_name(i));
            require(!is_equation(i) || slack.sign() == 0, "the point violates equation " + row_name(i));
            const bool supports = certificate_.multipliers.numerators[i].sign() != 0;
            require(slack.sign() == 0 || !supports, row_name(i) + " has a multiplier but holds strictly");
            if (slack.sign() == 0) tight_.push_back(i);
            if (slack.sign() == 0 && !supports && !is_equation(i)) weak.push_back(i);
        }
        require(weak == certificate_.weakly_active, "the list of weakly active rows is wrong");
    }

    void stationarity(const Quadratic& q) {
        const Exact_vector& w = certificate_.point;
        for (std::size_t j = 0; j < w.size(); ++j) {
            // weight (w - center) = gradient, all multiplied out
            const Integer shifted = w.numerators[j] * denominator(q.center[j]) - numerator(q.center[j]) * w.denominator;
            require(numerator(q.weights[j]) * shifted * gradient_denominator_ ==
                        gradient_[j] * w.denominator * denominator(q.center[j]) * denominator(q.weights[j]),
                    "the gradient is not the combination of the rows in " + column_name(j));
        }
    }

    void stationarity(const Absolute& a) {
        for (std::size_t j = 0; j < certificate_.point.size(); ++j) {
            const int sign = certificate_.point.numerators[j].sign();
            const auto& up = a.up[j];
            const auto& down = a.down[j];
            // gradient against -down and up
            const int above = up ? Integer(gradient_[j] * denominator(*up) - numerator(*up) * gradient_denominator_).sign() : -1;
            const int below = down ? Integer(gradient_[j] * denominator(*down) + numerator(*down) * gradient_denominator_).sign() : 1;
            require((sign <= 0 || up) && (sign >= 0 || down), column_name(j) + " has a forbidden sign");
            require(above <= 0 && below >= 0, "the multipliers are not feasible for the dual in " + column_name(j));
            require((sign <= 0 || above == 0) && (sign >= 0 || below == 0), column_name(j) + " is not complementary to the multipliers");
            if (above == 0 || below == 0) {
                tight_columns_.push_back(j);
                strict_ = strict_ && (sign != 0 || (above == 0 && below == 0));
            }
        }
    }

    template <class Other>
    void stationarity(const Other&) {
        throw refusal{"programs with this objective have no exact certificate"};
    }

    [[nodiscard]] Matrix<Integer> block(const std::vector<std::size_t>& rows, const std::vector<std::size_t>& columns) const {
        Matrix<Integer> result(rows.size(), columns.size());
        for (std::size_t i = 0; i < rows.size(); ++i)
            for (std::size_t j = 0; j < columns.size(); ++j) result(i, j) = data_.matrix(rows[i], columns[j]);
        return result;
    }

    void uniqueness(std::string& statement) {
        require(!certificate_.unique || certificate_.face_dimension == 0, "a unique point comes with a face of positive dimension");
        if (std::holds_alternative<Quadratic>(program_.objective)) {
            require(certificate_.face_dimension == 0, "a strictly convex program has no face of minimizers");
            if (certificate_.unique) statement += "; it is the only minimizer (strict convexity)";
            return;
        }
        // Every minimizer is 0 off the tight columns and meets the supporting rows with equality.
        std::vector<std::size_t> rows;
        for (std::size_t i = 0; i < program_.rows(); ++i)
            if (is_equation(i) || certificate_.multipliers.numerators[i].sign() != 0) rows.push_back(i);
        const std::size_t dimension = tight_columns_.size() - rank_of(block(rows, tight_columns_));
        if (certificate_.unique) {
            require(dimension == 0, "uniqueness does not follow: the tight columns are dependent");
            statement += "; it is the only minimizer (independent tight columns)";
        } else if (certificate_.face_dimension > 0) {
            require(strict_ && certificate_.weakly_active.empty(), "the dimension of the face does not follow without strict complementarity");
            require(dimension == certificate_.face_dimension, "the face of minimizers has dimension " + std::to_string(dimension));
            statement += "; the minimizers form a face of dimension " + std::to_string(dimension) + " that has the point in its relative interior";
        }
    }

    void multiplier_uniqueness(std::string& statement) {
        if (!certificate_.multipliers_unique) return;
        // The rows that may carry a multiplier, on the columns where the objective is differentiable.
        std::vector<std::size_t> columns;
        for (std::size_t j = 0; j < program_.columns(); ++j)
            if (std::holds_alternative<Quadratic>(program_.objective) || certificate_.point.numerators[j].sign() != 0) columns.push_back(j);
        require(rank_of(block(tight_, columns)) == tight_.size(), "uniqueness of the multipliers does not follow: the tight rows are dependent");
        statement += "; the multipliers are the only ones (independent tight rows)";
    }

    const Certificate& certificate_;
    const Program& program_;
    cleared data_;
    std::vector<Integer> gradient_;
    Integer gradient_denominator_;
    std::vector<std::size_t> tight_;
    std::vector<std::size_t> tight_columns_;
    bool strict_ = true;
};

}  // namespace

Check check(const Certificate& certificate) {
    validate(certificate.program);
    try {
        if (certificate.claim == Claim::bounded) return {true, checking::check_nuclear_bounds(certificate)};
        if (certificate.claim == Claim::stationary) return {true, certificate.exact ? checking::check_stationary(certificate) : checking::check_saddle(certificate)};
        return {true, certificate.exact ? exact_checker(certificate).run() : check_boxes(certificate)};
    } catch (const refusal& refused) {
        return {false, "refused: " + refused.reason};
    }
}

}  // namespace eonflow::convex
