#include <eonflow/convex/exact_product.hpp>
#include <eonflow/convex/price_equations.hpp>
#include <eonflow/number/error.hpp>

#include <algorithm>

namespace eonflow::convex {

using number::Ball;
using number::Integer;
using number::Rational;

namespace {

arb_srcptr first(const std::vector<Ball>& v) {
    static_assert(sizeof(Ball) == sizeof(arb_struct));
    return v.empty() ? nullptr : v[0].raw();
}

slong bits() { return static_cast<slong>(number::working_bits()); }

bool all_finite(const std::vector<Ball>& v) {
    return std::all_of(v.begin(), v.end(), [](const Ball& x) { return x.is_finite(); });
}

/// In fixed point below the largest entry, where products of long integers with small ones are cheap.
struct Fixed {
    explicit Fixed(const std::vector<Ball>& v) : whole(v.size()) {
        std::int64_t highest = exponent_of_midpoint(v[0]);
        for (const Ball& x : v) highest = std::max(highest, exponent_of_midpoint(x));
        unit = static_cast<slong>(highest - number::working_bits());
        fmpz_t rounded;
        fmpz_init(rounded);
        for (std::size_t j = 0; j < v.size(); ++j) {
            (void)arf_get_fmpz_fixed_si(rounded, arb_midref(v[j].raw()), unit);
            fmpz_get_mpz(whole[j].backend().data(), rounded);
        }
        fmpz_clear(rounded);
    }
    [[nodiscard]] std::vector<Ball> scaled_back(const std::vector<Integer>& values) const {
        std::vector<Ball> result(values.size());
        for (std::size_t i = 0; i < values.size(); ++i) {
            arf_set_mpz(arb_midref(result[i].raw()), values[i].backend().data());
            arb_mul_2exp_si(result[i].raw(), result[i].raw(), unit);
        }
        return result;
    }
    std::vector<Integer> whole;  // each off by less than 1
    slong unit = 0;
};

}  // namespace

Price_equations::Price_equations(const Program& program, const functions& terms)
    : terms_(terms), rows_(integer_rows(program.matrix, program.right)), n_(program.rows()), d_(program.columns()), x_(n_, d_), transpose_(d_, n_),
      start_(std::get<Separable>(program.objective).start) {
    for (std::size_t i = 0; i < n_; ++i)
        for (std::size_t j = 0; j < d_; ++j) {
            arf_set_mpz(arb_midref(x_.at(i, j)), rows_.matrix(i, j).backend().data());
            arb_set(transpose_.at(j, i), x_.at(i, j));
        }
    constexpr int few_bits = 20, most_bits = 62;
    if (auto small = machine_rows(program.matrix, program.right, few_bits, most_bits)) small_ = std::move(small->matrix);
}

bool Price_equations::Value::is_finite() const { return all_finite(defect) && all_finite(slope); }

Price_equations::Value Price_equations::at(const std::vector<Ball>& nu) {
    const std::vector<Ball>& tilt = tilts();
    Value value;
    const std::vector<Ball> prices = prices_of(nu);
    for (std::size_t j = 0; j < d_; ++j) {
        Response response = terms_[j]->respond(prices[j] + tilt[j]);
        value.point.push_back(std::move(response.value));
        value.slope.push_back(std::move(response.slope));
    }
    value.defect = rows_times(value.point);
    for (std::size_t i = 0; i < n_; ++i) value.defect[i] -= Ball(Rational(rows_.right[i]));
    return value;
}

// Where 1/h'' is known over a range of points, the responses stay in it as long as the slopes there times the way of the prices are less than the way to its ends.
std::vector<Ball> Price_equations::slopes_around(const Value& value, const std::vector<Ball>& center, const std::vector<Ball>& box) {
    const std::vector<Ball>& tilt = tilts();
    std::vector<Ball> slopes, way(n_);
    const std::vector<Ball> prices = prices_of(box);
    for (std::size_t i = 0; i < n_; ++i) arb_sub(way[i].raw(), box[i].raw(), center[i].raw(), bits());
    const std::vector<Ball> moved = prices_of(way);
    for (std::size_t j = 0; j < d_; ++j) {
        Ball range = value.point[j], reach = abs(value.slope[j]) * moved[j];
        arb_mul_2exp_si(reach.raw(), reach.raw(), 1);
        arb_add_error(range.raw(), reach.raw());
        Ball slope = terms_[j]->inverse_curvature(range);
        const Ball shift = slope * moved[j];
        Ball room;
        arb_add_error(room.raw(), reach.raw());
        if (!slope.is_finite() || arb_contains_interior(room.raw(), shift.raw()) == 0) slope = terms_[j]->respond(prices[j] + tilt[j]).slope;
        slopes.push_back(std::move(slope));
    }
    return slopes;
}

Ball_matrix Price_equations::jacobian(const std::vector<Ball>& slope) const {
    std::vector<std::size_t> columns;
    for (std::size_t j = 0; j < d_; ++j)
        if (arb_is_zero(slope[j].raw()) == 0) columns.push_back(j);
    const auto count = static_cast<slong>(columns.size());
    Ball_matrix scaled(n_, columns.size()), plain(n_, columns.size()), result(n_, n_);
    if (count == 0) return result;
    for (std::size_t k = 0; k < columns.size(); ++k) {
        Ball rounded_slope;
        arb_set_round(rounded_slope.raw(), slope[columns[k]].raw(), bits());
        for (std::size_t i = 0; i < n_; ++i) {
            arb_set(plain.at(i, k), x_.at(i, columns[k]));
            arb_mul(scaled.at(i, k), rounded_slope.raw(), plain.at(i, k), bits());
        }
    }
    for (std::size_t i = 0; i < n_; ++i)
        for (std::size_t k = 0; k <= i; ++k) {
            arb_dot(result.at(i, k), nullptr, 0, scaled.at(i, 0), 1, plain.at(k, 0), 1, count, bits());
            arb_set(result.at(k, i), result.at(i, k));
        }
    return result;
}

std::vector<Ball> Price_equations::prices_of(const std::vector<Ball>& nu) const {
    std::vector<Ball> u(d_);
    for (std::size_t j = 0; j < d_; ++j)
        arb_dot(u[j].raw(), nullptr, 0, first(nu), 1, transpose_.at(j, 0), 1, static_cast<slong>(n_), bits());
    return u;
}

std::vector<Ball> Price_equations::rows_times(const std::vector<Ball>& v) const {
    constexpr std::int64_t many_bits = 300;
    if (small_ && number::working_bits() >= many_bits && all_finite(v)) return fixed_rows_times(v);
    std::vector<Ball> result(n_);
    for (std::size_t i = 0; i < n_; ++i)
        arb_dot(result[i].raw(), nullptr, 0, first(v), 1, x_.at(i, 0), 1, static_cast<slong>(d_), bits());
    return result;
}

std::vector<Ball> Price_equations::fixed_rows_times(const std::vector<Ball>& v) const {
    const Fixed fixed(v);
    std::vector<Ball> result = fixed.scaled_back(multiply(*small_, fixed.whole));
    mag_t error, size;
    for (mag_ptr x : {error, size}) mag_init(x);
    for (std::size_t j = 0; j < d_; ++j) {
        mag_set_ui_2exp_si(error, 1, fixed.unit);
        mag_add(error, error, arb_radref(v[j].raw()));
        for (std::size_t i = 0; i < n_; ++i) {
            const std::int64_t entry = (*small_)(i, j);
            mag_set_ui(size, static_cast<ulong>(entry < 0 ? -entry : entry));
            mag_addmul(arb_radref(result[i].raw()), error, size);
        }
    }
    for (mag_ptr x : {error, size}) mag_clear(x);
    return result;
}

std::vector<Ball> Price_equations::about_jacobian_times(const std::vector<Ball>& slope, const std::vector<Ball>& v) const {
    std::vector<Ball> moved;
    if (small_) {
        const Fixed fixed(v);
        moved = fixed.scaled_back(multiply_transposed(*small_, fixed.whole));
    } else {
        moved = prices_of(v);
    }
    for (std::size_t j = 0; j < d_; ++j) moved[j] *= slope[j];
    if (!small_) return rows_times(moved);
    const Fixed fixed(moved);
    return fixed.scaled_back(multiply(*small_, fixed.whole));
}

Ball_matrix Price_equations::about_jacobian(const std::vector<Ball>& slope) const {
    if (!small_) return jacobian(slope);
    Ball_matrix result(n_, n_);
    std::vector<Ball> row(d_);
    for (std::size_t i = 0; i < n_; ++i) {
        for (std::size_t j = 0; j < d_; ++j) arb_mul(row[j].raw(), slope[j].raw(), x_.at(i, j), bits());
        const Fixed fixed(row);
        std::vector<Ball> column = fixed.scaled_back(multiply(*small_, fixed.whole));
        for (std::size_t k = 0; k < n_; ++k) arb_swap(result.at(i, k), column[k].raw());
    }
    return result;
}

const std::vector<Ball>& Price_equations::tilts() {
    if (tilt_bits_ >= number::working_bits()) return tilts_;
    tilt_bits_ = number::working_bits();
    tilts_.assign(d_, Ball(0));
    for (std::size_t j = 0; j < start_.size(); ++j) {
        tilts_[j] = terms_[j]->derivative(Ball(start_[j]));
        if (!tilts_[j].is_finite()) throw invalid_input("the start " + start_[j].str() + " is outside the domain of its potential");
    }
    return tilts_;
}

}  // namespace eonflow::convex
