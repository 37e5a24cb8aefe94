#include <eonflow/convex/exact_product.hpp>
#include <eonflow/convex/integer_rows.hpp>
#include <eonflow/convex/linear.hpp>
#include <eonflow/convex/simplex.hpp>
#include <eonflow/convex/vertex.hpp>
#include <eonflow/number/error.hpp>

#include <limits>
#include <numeric>
#include <optional>

namespace eonflow::convex {

using number::Integer;
using number::Matrix;
using number::Rational;

namespace {

struct Basis {
    std::vector<Basic> columns;      // basic structural columns and the side that counts where their value is 0
    std::vector<std::size_t> rows;   // rows without a basic slack, as many
    std::vector<Basic> elsewhere;    // the other rows, with the side of their slack
    bool feasible = true;            // otherwise optimal for the total violation
};

/// Exact weights: up[j] / denominator.
struct Exact_costs {
    explicit Exact_costs(const Absolute& absolute) {
        for (const auto* side : {&absolute.up, &absolute.down})
            for (const auto& x : *side)
                if (x) mpz_lcm(denominator.backend().data(), denominator.backend().data(), mpq_denref(x->backend().data()));
        for (std::size_t j = 0; j < absolute.up.size(); ++j) costs.push_back({over(absolute.up[j]), over(absolute.down[j]), !absolute.up[j], !absolute.down[j]});
    }
    [[nodiscard]] Integer over(const Absolute::Weight& x) const {
        return x ? Integer(numerator(*x) * (denominator / boost::multiprecision::denominator(*x))) : Integer(0);
    }
    Integer denominator = 1;
    std::vector<Two_sided<Integer>> costs;
};

template <class Entry>
class Basis_solver {
public:
    Basis_solver(const Program& program, const Integer_rows<Entry>& rows)
        : program_(program), rows_(rows), exact_(std::get<Absolute>(program.objective)), slack_column_(program.rows(), none) {
        columns_ = program.columns();
        for (std::size_t i = 0; i < program.rows(); ++i)
            if (program.relation[i] == Relation::at_least) {
                slack_column_[i] = columns_++;
                slack_row_.push_back(i);
            }
    }

    Vertex run() {
        if (const auto guessed = guess())
            if (auto proved = prove(*guessed)) return std::move(*proved);
        if (auto proved = prove(certain(last_))) return std::move(*proved);
        throw numerical_error("the exact simplex method ended at a basis that is not optimal");
    }

private:
    static constexpr std::size_t none = std::numeric_limits<std::size_t>::max();

    // ---- models over double and Rational -------------------------------------------------------------------------------------------------

    /// The costs of columns, slacks and artificial columns; `violation` instead: 1 on every infinite side and 0 elsewhere (in units of the integer rows).
    template <class T, class Convert>
    std::vector<Two_sided<T>> costs(bool violation, Convert&& convert) const {
        std::vector<Two_sided<T>> result(columns_ + rows_.right.size());
        for (std::size_t k = 0; k < result.size(); ++k) {
            Two_sided<Integer> c;
            if (k < program_.columns())
                c = exact_.costs[k];
            else
                c.down_infinite = true, c.up_infinite = k >= columns_;
            if (violation) c = {Integer(c.up_infinite ? 1 : 0), Integer(c.down_infinite ? 1 : 0), false, false};
            result[k] = {convert(c.up, k), convert(c.down, k), c.up_infinite, c.down_infinite};
        }
        return result;
    }

    std::optional<Basis> guess() {
        const std::size_t n = rows_.right.size(), d = program_.columns();
        // Powers of two bring the largest entry of every row, then of every column, to about 1.
        Matrix<double> a(n, columns_);
        std::vector<double> b(n);
        std::vector<int> row_exponent(n, 0), column_exponent(columns_ + n, 0);
        auto split = [](const Entry& x, long& exponent) {
            if constexpr (std::is_same_v<Entry, Integer>)
                return mpz_get_d_2exp(&exponent, x.backend().data());
            else
                return exponent = 0, static_cast<double>(x);
        };
        auto scaled = [](double x, long exponent) { return x == 0 ? 0.0 : std::ldexp(x, static_cast<int>(std::clamp(exponent, -2100L, 2100L))); };
        for (std::size_t i = 0; i < n; ++i) {
            long highest = std::numeric_limits<long>::min(), exponent = 0;
            for (std::size_t j = 0; j < d; ++j) {
                const double x = split(rows_.matrix(i, j), exponent);
                if (x != 0) highest = std::max(highest, exponent + std::ilogb(x));
            }
            if (highest == std::numeric_limits<long>::min()) highest = 0;
            row_exponent[i] = static_cast<int>(highest);
            for (std::size_t j = 0; j < d; ++j) {
                const double x = split(rows_.matrix(i, j), exponent);
                a(i, j) = scaled(x, exponent - highest);
            }
            const double x = split(rows_.right[i], exponent);
            b[i] = scaled(x, exponent - highest);
            if (slack_column_[i] != none) a(i, slack_column_[i]) = -1;
        }
        for (std::size_t j = 0; j < d; ++j) {
            double largest = 0;
            for (std::size_t i = 0; i < n; ++i) largest = std::max(largest, std::abs(a(i, j)));
            if (largest == 0) continue;
            column_exponent[j] = -std::ilogb(largest);
            for (std::size_t i = 0; i < n; ++i) a(i, j) = std::ldexp(a(i, j), column_exponent[j]);
        }
        for (std::size_t i = 0; i < n; ++i) {
            if (slack_column_[i] != none) column_exponent[slack_column_[i]] = row_exponent[i];
            column_exponent[columns_ + i] = row_exponent[i];
        }
        double largest = 0;
        for (const double x : b) largest = std::max(largest, std::abs(x));
        if (largest > 0)
            for (double& x : b) x /= largest;
        // x' = 2^-exponent x, so its cost is 2^exponent times as large.
        long common = 0;
        const double unit = mpz_get_d_2exp(&common, exact_.denominator.backend().data());
        auto real_costs = [&](bool violation) {
            return costs<double>(violation, [&](const Integer& x, std::size_t k) {
                long exponent = 0;
                const double c = mpz_get_d_2exp(&exponent, x.backend().data());
                return violation ? scaled(c, exponent + column_exponent[k]) : scaled(c / unit, exponent - common + column_exponent[k]);
            });
        };
        std::vector<Two_sided<double>> cost = real_costs(false);
        double dearest = 0;
        for (const auto& c : cost) dearest = std::max({dearest, c.up, c.down});
        if (!std::isfinite(dearest)) return std::nullopt;
        if (dearest > 0)
            for (auto& c : cost) c.up /= dearest, c.down /= dearest;

        Simplex<double> simplex(a, b);
        auto violation = [&] {
            double sum = 0;
            for (std::size_t i = 0; i < n; ++i) {
                const auto& c = cost[simplex.basis()[i].column];
                const double x = simplex.value(i);
                if ((x > 0 && c.up_infinite) || (x < 0 && c.down_infinite)) sum = std::max(sum, std::abs(x));
            }
            return sum;
        };
        // An exact penalty for forbidden signs, raised until it works; then the signs become barriers.
        bool feasible = false;
        for (double penalty = 1e3; penalty < 1e10 && !feasible; penalty *= 1e3) {
            std::vector<Two_sided<double>> penalized = cost;
            for (auto& c : penalized) {
                if (c.up_infinite) c.up = penalty, c.up_infinite = false;
                if (c.down_infinite) c.down = penalty, c.down_infinite = false;
            }
            const bool done = simplex.minimize(penalized);
            remember(simplex);
            if (!done) return std::nullopt;
            feasible = violation() < 1e-9;
        }
        if (feasible)
            simplex.settle_sides(cost);
        else
            cost = real_costs(true);
        const bool done = simplex.minimize(cost);
        remember(simplex);
        if (!done) return std::nullopt;
        return basis_of(simplex, feasible);
    }

    template <class T>
    void remember(const Simplex<T>& simplex) {
        last_.clear();
        for (const Basic& b : simplex.basis())
            if (b.column < columns_) last_.push_back(b.column);
    }

    template <class T>
    Basis basis_of(const Simplex<T>& simplex, bool feasible) const {
        Basis basis;
        basis.feasible = feasible;
        std::vector<bool> covered(rows_.right.size(), false);
        for (const Basic& b : simplex.basis()) {
            if (b.column < program_.columns()) {
                basis.columns.push_back(b);
                continue;
            }
            const std::size_t row = b.column < columns_ ? slack_row_[b.column - program_.columns()] : b.column - columns_;
            covered[row] = true;
            // A slack enters as -1, an artificial column as +1.
            basis.elsewhere.push_back({row, b.column < columns_ ? -b.side : b.side});
        }
        for (std::size_t i = 0; i < covered.size(); ++i)
            if (!covered[i]) basis.rows.push_back(i);
        return basis;
    }

    /// The simplex method over the rationals, from the given columns.
    Basis certain(const std::vector<std::size_t>& start) const {
        const std::size_t n = rows_.right.size();
        Matrix<Rational> a(n, columns_);
        std::vector<Rational> b;
        for (std::size_t i = 0; i < n; ++i) {
            for (std::size_t j = 0; j < program_.columns(); ++j) a(i, j) = Rational(Integer(rows_.matrix(i, j)));
            if (slack_column_[i] != none) a(i, slack_column_[i]) = -1;
            b.emplace_back(Integer(rows_.right[i]));
        }
        Simplex<Rational> simplex(a, b);
        simplex.enter(start);
        const auto convert = [](const Integer& x, std::size_t) { return Rational(x); };
        const auto violation = costs<Rational>(true, convert), cost = costs<Rational>(false, convert);
        simplex.settle_sides(cost);
        simplex.minimize(violation);
        for (std::size_t i = 0; i < n; ++i) {
            const auto& c = cost[simplex.basis()[i].column];
            const int sign = simplex.value(i).sign();
            if ((sign > 0 && c.up_infinite) || (sign < 0 && c.down_infinite)) return basis_of(simplex, false);
        }
        simplex.settle_sides(cost);
        simplex.minimize(cost);
        return basis_of(simplex, true);
    }

    // ---- proof -----------------------------------------------------------------------------------------------------------------------------

    static std::optional<Exact_vector> solve(const Matrix<Entry>& matrix, const std::vector<Integer>& right) {
        if constexpr (std::is_same_v<Entry, Integer>) {
            return solve_exactly(matrix, right);
        } else {
            std::vector<std::int64_t> small;
            for (const Integer& x : right) {
                if (mpz_sizeinbase(x.backend().data(), 2) > 50) {
                    Matrix<Integer> wide(matrix.rows(), matrix.columns());
                    std::copy(matrix.entries().begin(), matrix.entries().end(), wide.entries().begin());
                    return solve_exactly(wide, right);
                }
                small.push_back(mpz_get_si(x.backend().data()));
            }
            return solve_exactly(matrix, small);
        }
    }

    /// The pair that belongs to the basis if it is optimal (or proves infeasibility), decided in integers.
    std::optional<Vertex> prove(const Basis& basis) const {
        const std::size_t n = rows_.right.size(), d = program_.columns(), m = basis.rows.size();
        Vertex vertex;
        vertex.feasible = vertex.regular = basis.feasible;
        vertex.rows = basis.rows;
        for (const Basic& b : basis.columns) vertex.columns.push_back(b.column);

        Matrix<Entry> block(m, m), transpose(m, m);
        std::vector<Integer> right;
        for (std::size_t i = 0; i < m; ++i) {
            for (std::size_t j = 0; j < m; ++j) block(i, j) = transpose(j, i) = rows_.matrix(basis.rows[i], basis.columns[j].column);
            right.emplace_back(rows_.right[basis.rows[i]]);
        }
        const auto x = solve(block, right);
        if (!x) return std::nullopt;
        vertex.point.denominator = x->denominator;
        vertex.point.numerators.assign(d, Integer(0));
        for (std::size_t j = 0; j < m; ++j) vertex.point.numerators[basis.columns[j].column] = x->numerators[j];

        // Rows outside the block: their slacks' signs, and the prices those fix when violation is what counts.
        std::vector<Integer> fixed(n, Integer(0));
        for (const Basic& outside : basis.elsewhere) {
            const std::size_t i = outside.column;
            const int sign = slack(vertex.point, i).sign();
            const bool violated = sign < 0 || (sign > 0 && program_.relation[i] == Relation::equal);
            if (basis.feasible && violated) return std::nullopt;
            vertex.regular = vertex.regular && sign > 0;
            if (basis.feasible) continue;
            if (violated || (sign == 0 && program_.relation[i] == Relation::equal))
                fixed[i] = sign == 0 ? outside.side : -sign;
            else if (sign == 0 && outside.side > 0)
                fixed[i] = 1;
        }

        std::vector<Integer> charge;
        for (const Basic& b : basis.columns) {
            const Two_sided<Integer>& c = exact_.costs[b.column];
            const int sign = vertex.point.numerators[b.column].sign();
            const int side = sign != 0 ? sign : b.side;
            vertex.regular = vertex.regular && sign != 0;
            const bool forbidden = side > 0 ? c.up_infinite : c.down_infinite;
            if (basis.feasible && forbidden) {
                if (sign != 0) return std::nullopt;
                charge.push_back(side > 0 ? Integer(-c.down) : c.up);
            } else if (basis.feasible) {
                charge.push_back(side > 0 ? c.up : Integer(-c.down));
            } else {
                Integer sum = forbidden ? side : 0;
                for (std::size_t i = 0; i < n; ++i)
                    if (fixed[i].sign() != 0) sum -= fixed[i] * Integer(rows_.matrix(i, b.column));
                charge.push_back(sum);
            }
        }
        auto y = solve(transpose, charge);
        if (!y) return std::nullopt;
        Exact_vector& lambda = vertex.multipliers;
        lambda.denominator = y->denominator;
        lambda.numerators.assign(n, Integer(0));
        for (std::size_t i = 0; i < n; ++i)
            if (fixed[i].sign() != 0) lambda.numerators[i] = fixed[i] * lambda.denominator;
        for (std::size_t i = 0; i < m; ++i) lambda.numerators[basis.rows[i]] = y->numerators[i];
        for (std::size_t i = 0; i < n; ++i)
            if (program_.relation[i] == Relation::at_least && lambda.numerators[i].sign() < 0) return std::nullopt;
        for (const std::size_t i : basis.rows) vertex.regular = vertex.regular && (program_.relation[i] == Relation::equal || lambda.numerators[i].sign() != 0);
        if (!dual_feasible(vertex)) return std::nullopt;

        // Back to the rows and weights of the program.
        for (std::size_t i = 0; i < n; ++i)
            if (rows_.scale[i] != 1) lambda.numerators[i] *= rows_.scale[i];
        if (basis.feasible) {
            lambda.denominator *= exact_.denominator;
        } else {
            Rational total = 0;
            for (std::size_t i = 0; i < n; ++i)
                if (lambda.numerators[i].sign() != 0) total += Rational(lambda.numerators[i]) * program_.right[i];
            if (total.sign() <= 0) return std::nullopt;
            for (Integer& value : lambda.numerators) value *= denominator(total);
            lambda.denominator = numerator(total);
        }
        return vertex;
    }

    [[nodiscard]] Integer slack(const Exact_vector& point, std::size_t i) const {
        Integer sum = 0;
        for (std::size_t j = 0; j < point.size(); ++j)
            if (point.numerators[j].sign() != 0) add_product(sum, rows_.matrix(i, j), point.numerators[j]);
        add_product(sum, Entry(-rows_.right[i]), point.denominator);
        return sum;
    }

    /// Whether matrix^T multipliers stays within the weights; a price at its bound outside the basis takes the vertex its regularity.
    [[nodiscard]] bool dual_feasible(Vertex& vertex) const {
        const std::size_t d = program_.columns();
        const Exact_vector& lambda = vertex.multipliers;
        const std::vector<Integer> gradient = multiply_transposed(rows_.matrix, lambda.numerators);
        Integer bound;
        std::size_t contacts = 0;
        for (std::size_t j = 0; j < d; ++j) {
            const Two_sided<Integer>& c = exact_.costs[j];
            bool contact = false;
            for (const int side : {1, -1}) {
                if (side > 0 ? c.up_infinite : c.down_infinite) continue;
                bound = vertex.feasible ? Integer((side > 0 ? c.up : c.down) * lambda.denominator) : Integer(0);
                const int excess = side > 0 ? gradient[j].compare(bound) : Integer(-gradient[j]).compare(bound);
                if (excess > 0) return false;
                contact = contact || excess == 0;
            }
            contacts += contact ? 1 : 0;
        }
        vertex.regular = vertex.regular && contacts == vertex.columns.size();
        return true;
    }

    const Program& program_;
    const Integer_rows<Entry>& rows_;
    Exact_costs exact_;
    std::size_t columns_ = 0;  // structural and slack
    std::vector<std::size_t> slack_column_, slack_row_;
    std::vector<std::size_t> last_;
};

}  // namespace

Vertex optimal_vertex(const Program& program) {
    if (const auto rows = machine_rows(program.matrix, program.right, 31, 40)) return Basis_solver<std::int64_t>(program, *rows).run();
    return Basis_solver<Integer>(program, integer_rows(program.matrix, program.right)).run();
}

}  // namespace eonflow::convex
