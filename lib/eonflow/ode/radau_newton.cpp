// Newton's method for the stages of one step.
#include <eonflow/ode/radau_trial.hpp>

#include <eonflow/number/error.hpp>

#include <limits>

namespace eonflow::ode {

using number::Matrix;
using number::precision_scope;
using number::Real;
using namespace scaling;

namespace {

template <class T>
T from_real(const Real& x) {
    if constexpr (std::is_same_v<T, double>)
        return x.convert_to<double>();
    else
        return scaled(x, 0);
}

}  // namespace

/// The system's values carry `bits` here: an error in them moves the next iterate by about as much.
void radau::residual(trial& t, std::int64_t bits) {
    const std::size_t s = rule_->nodes.size();
    t.finite = true;
    for (std::size_t j = 0; j < s; ++j) {
        const precision_scope scope(bits);
        std::vector<Real> at = inputs(t.x, t.w, j);
        for (Real& value : at) mpfr_prec_round(value.backend().data(), bits, MPFR_RNDN);
        const std::vector<Real> results = values_(at);
        for (const Real& value : results) t.finite = t.finite && is_finite(value);
        for (const std::size_t i : live_) t.f(j, i) = results[i];
        for (std::size_t i = 0; i < a_; ++i) t.rw(j, i) = -results[d_ + i];
    }
    counted_.evaluations += static_cast<std::int64_t>(s);
    // Of small slopes fewer bits count.
    double size = nothing;
    for (std::size_t j = 0; j < s; ++j)
        for (const std::size_t i : live_) size = std::max(size, log2_of(t.f(j, i)) + t.log2_h - static_cast<double>(t.scale[i]));
    const std::int64_t kept = std::clamp(bits + static_cast<std::int64_t>(std::clamp(size, -static_cast<double>(bits), 0.0)), std::min(bits, multiprecision_bits), bits);
    rule_->fast_to_legendre.multiply(t.f, t.slope, kept);
    rule_->fast_integrals.multiply(t.slope, t.rx, kept);
    for (std::size_t j = 0; j < s; ++j)
        for (const std::size_t i : live_) t.rx(j, i) = t.h * t.rx(j, i) + (now_.x[i] - t.x(j, i));
}

/// Scales the raw derivatives at the stages, which fixes the scales of w and g, and factors.
template <class T, class Entry>
void radau::factor_in(trial& t, std::vector<Matrix<Entry>> entries, std::optional<stage_solver<T>>& into) const {
    const std::size_t s = entries.size(), m = live_.size();
    std::vector<stage_jacobian<T>> stages(s);
    t.columns = Matrix<std::int64_t>(s, a_);
    t.rows = Matrix<std::int64_t>(s, a_);
    t.reach.assign(a_, nothing);
    t.stiffness.assign(d_, 0);
    constexpr double widest = 300;
    for (const std::size_t r : live_) {
        double largest = nothing;
        for (std::size_t j = 0; j < s; ++j)
            for (const std::size_t c : live_) largest = std::max(largest, log2_of(entries[j](r, c)) + static_cast<double>(t.scale[c] - t.scale[r]) + t.log2_h);
        if (largest > widest) t.stiffness[r] = static_cast<std::int64_t>(largest);
    }
    for (std::size_t j = 0; j < s; ++j) {
        const Matrix<Entry>& e = entries[j];
        std::vector<double> column(a_, nothing), row(a_, nothing);
        for (std::size_t c = 0; c < a_; ++c) {
            for (const std::size_t r : live_) column[c] = std::max(column[c], log2_of(e(r, d_ + c)) + t.log2_h - static_cast<double>(t.scale[r]));
            for (const std::size_t r : live_) t.reach[c] = std::max(t.reach[c], log2_of(e(r, d_ + c)) + t.log2_h - static_cast<double>(t.scale[r]));
        }
        const std::vector<double> effect = column;
        for (std::size_t r = 0; r < a_; ++r) {
            for (const std::size_t c : live_) row[r] = std::max(row[r], log2_of(e(d_ + r, c)) + static_cast<double>(t.scale[c]));
            if (row[r] <= nothing) {
                // Measured by the unknown that matters most to x, so that equations that fix one unknown alone stay its pivots.
                double least = std::numeric_limits<double>::infinity();
                for (std::size_t c = 0; c < a_; ++c)
                    if (e(d_ + r, d_ + c) != 0) least = std::min(least, log2_of(e(d_ + r, d_ + c)) - (effect[c] > nothing ? effect[c] : 0));
                if (!std::isfinite(least)) throw numerical_error("an empty constraint");
                row[r] = least;
            }
            t.rows(j, r) = static_cast<std::int64_t>(row[r]);
            for (std::size_t c = 0; c < a_; ++c) column[c] = std::max(column[c], log2_of(e(d_ + r, d_ + c)) - row[r]);
        }
        for (std::size_t c = 0; c < a_; ++c) {
            if (column[c] <= nothing / 2) throw numerical_error("an algebraic unknown has no influence");
            t.columns(j, c) = static_cast<std::int64_t>(column[c]);
        }
        const auto shifted = [&](std::size_t r, std::size_t c) {
            const std::int64_t from_row = r < d_ ? -t.scale[r] - t.stiffness[r] : -t.rows(j, r - d_);
            const Entry entry = scaled(e(r, c), from_row + (c < d_ ? t.scale[c] : -t.columns(j, c - d_)));
            if constexpr (std::is_same_v<T, Entry>)
                return entry;
            else
                return entry.template convert_to<T>();
        };
        stages[j].f = Matrix<T>(m, m + a_);
        stages[j].g = Matrix<T>(a_, m + a_);
        for (std::size_t c = 0; c < m + a_; ++c) {
            const std::size_t from = c < m ? live_[c] : d_ + c - m;
            for (std::size_t r = 0; r < m; ++r) stages[j].f(r, c) = shifted(live_[r], from);
            for (std::size_t r = 0; r < a_; ++r) stages[j].g(r, c) = shifted(d_ + r, from);
        }
    }
    Matrix<T> butcher(s, s);
    if constexpr (std::is_same_v<T, double>) {
        for (std::size_t i = 0; i < s; ++i)
            for (std::size_t j = 0; j < s; ++j) butcher(i, j) = t.h.template convert_to<double>() * rule_->butcher(i, j);
    } else {
        const auto rule = make_radau_rule(rule_->stages);
        multiply(rule->integrals, rule->to_legendre, butcher);
        for (std::size_t i = 0; i < s; ++i)
            for (std::size_t j = 0; j < s; ++j) butcher(i, j) *= t.h;
    }
    std::vector<T> identity;
    for (const std::size_t r : live_) identity.push_back(scaled(T(1), -t.stiffness[r]));
    into.emplace(std::move(butcher), std::move(stages), std::move(identity));
}

void radau::factor(trial& t) {
    const std::size_t s = rule_->nodes.size(), n = d_ + a_;
    ++factorizations_;
    t.solver.reset();
    t.wide_solver.reset();
    std::vector<Matrix<double>> entries(s, Matrix<double>(n, n));
    if (t.arithmetic == 0) {
        bool in_range = true;
        for (std::size_t j = 0; j < s && in_range; ++j) {
            std::vector<double> at;
            for (const Real& v : inputs(t.x, t.w, j)) at.push_back(v.convert_to<double>());
            const auto results = jacobian_(at);
            for (std::size_t k = 0; k < results.size(); ++k) {
                entries[j](jacobian_.pattern()[k].row, jacobian_.pattern()[k].column) = results[k];
                in_range = in_range && std::isfinite(results[k]) && (results[k] == 0 || std::abs(results[k]) > 1e-290);
            }
            for (std::size_t c = d_; c < n && in_range; ++c) {
                double largest = 0;
                for (std::size_t r = 0; r < n; ++r) largest = std::max(largest, std::abs(entries[j](r, c)));
                in_range = largest > 0;
            }
        }
        if (!in_range) t.arithmetic = 1;
    }
    if (t.arithmetic == 0) return factor_in<double>(t, std::move(entries), t.solver);

    if (!jacobian_wide_) jacobian_wide_.emplace(system_.graph, outputs_, n);
    std::vector<Matrix<Real>> wide(s, Matrix<Real>(n, n));
    const auto evaluate = [&] {
        for (std::size_t j = 0; j < s; ++j) {
            std::vector<Real> at;
            for (const Real& v : inputs(t.x, t.w, j)) at.push_back(scaled(v, 0));
            const auto results = (*jacobian_wide_)(at);
            for (std::size_t k = 0; k < results.size(); ++k) {
                wide[j](jacobian_wide_->pattern()[k].row, jacobian_wide_->pattern()[k].column) = results[k];
                if (!is_finite(results[k])) throw numerical_error("a derivative of the system is not finite");
            }
        }
    };
    if (t.arithmetic == 1) try {
            const precision_scope scope(wide_bits);
            evaluate();
            return factor_in<double>(t, wide, t.solver);
        } catch (const numerical_error&) {
            t.arithmetic = 2;  // scaling was not enough
        }
    const precision_scope scope(multiprecision_bits);
    for (Matrix<Real>& m : wide) m = Matrix<Real>(n, n);
    evaluate();
    factor_in<Real>(t, std::move(wide), t.wide_solver);
}

/// Solves for the Newton correction, leaves it in rx and rw, and returns log2 of its scaled norm.
template <class T>
double radau::correct(trial& t, const stage_solver<T>& solver) const {
    const std::size_t s = rule_->nodes.size();
    double largest = nothing;
    for (std::size_t j = 0; j < s; ++j) {
        for (const std::size_t i : live_) largest = std::max(largest, log2_of(t.rx(j, i)) - static_cast<double>(t.scale[i] + t.stiffness[i]));
        for (std::size_t i = 0; i < a_; ++i) largest = std::max(largest, log2_of(t.rw(j, i)) - static_cast<double>(t.rows(j, i)));
    }
    if (largest <= nothing) return nothing;
    const auto common = static_cast<std::int64_t>(largest);
    const std::size_t m = live_.size();
    Matrix<T> x(s, m), w(s, a_);
    for (std::size_t j = 0; j < s; ++j) {
        for (std::size_t i = 0; i < m; ++i) x(j, i) = from_real<T>(scaled(t.rx(j, live_[i]), -t.scale[live_[i]] - t.stiffness[live_[i]] - common));
        for (std::size_t i = 0; i < a_; ++i) w(j, i) = from_real<T>(scaled(t.rw(j, i), -t.rows(j, i) - common));
    }
    solver.solve(x, w);
    double norm = nothing;
    for (std::size_t j = 0; j < s; ++j) {
        for (std::size_t i = 0; i < m; ++i) {
            if (!is_finite(x(j, i))) return std::numeric_limits<double>::infinity();
            norm = std::max(norm, log2_of(x(j, i)) + static_cast<double>(common));
        }
        for (std::size_t i = 0; i < a_; ++i) {
            if (!is_finite(w(j, i))) return std::numeric_limits<double>::infinity();
            norm = std::max(norm, log2_of(w(j, i)) + static_cast<double>(common));
        }
    }
    const precision_scope full(options_.bits);
    for (std::size_t j = 0; j < s; ++j) {
        for (std::size_t i = 0; i < m; ++i) t.rx(j, live_[i]) = scaled(Real(x(j, i)), t.scale[live_[i]] + common);
        for (std::size_t i = 0; i < a_; ++i) t.rw(j, i) = scaled(Real(w(j, i)), common - t.columns(j, i));
    }
    return norm;
}

bool radau::solve(trial& t) {
    const std::size_t s = rule_->nodes.size();
    // What Newton leaves is noise in the last Legendre coefficients, which the step length is chosen by: well below the error allowed, above the rounding.
    const double wanted = std::max(t.wanted - 6 * log2_of_10, 20 - static_cast<double>(options_.bits));
    constexpr double fresh_gain = 40;  // bits an iteration with a fresh matrix gains, about
    constexpr std::int64_t guard = 40;  // bits of a residual that the condition of the system may cost
    // Of the residual; they rise with the bits that are right. The step as a whole is known to begin with.
    std::int64_t bits = std::min(options_.bits, multiprecision_bits + static_cast<std::int64_t>(std::clamp(-t.change, 0.0, static_cast<double>(options_.bits))));
    t.f = t.slope = t.rx = Matrix<Real>(s, d_);
    t.rw = Matrix<Real>(s, a_);
    double before = std::numeric_limits<double>::infinity();
    int growing = 0, slow = 0;
    const auto most = static_cast<int>(30 + options_.digits / 2);
    for (int iteration = 0; iteration < most; ++iteration) {
        residual(t, bits);
        if (!t.finite) return false;
        if (iteration == 0) factor(t);
        const Matrix<Real> rx = t.rx, rw = t.rw;
        const auto direction = [&] {
            if (t.solver) return correct(t, *t.solver);
            const precision_scope scope(multiprecision_bits);
            return correct(t, *t.wide_solver);
        };
        double norm = direction();
        const double gain = before - norm;  // bits gained by the last iteration
        if (iteration > 0 && norm > wanted) {
            // Compare the price of iterating on with the present matrix and with a new one.
            const double left = norm - wanted;
            const double price = (t.solver ? t.solver->price() : 200 * t.wide_solver->price()) + static_cast<double>(s * jacobian_.pattern().size()) * 50;
            const double sweep = static_cast<double>(s * (operations_ + 2 * s * d_)) * 0.6 * static_cast<double>(options_.bits);
            const double rest = gain > 0.5 ? left / gain : 1e9;
            if (gain < 3 || (rest - left / fresh_gain) * sweep > price) {
                t.rx = rx, t.rw = rw;
                factor(t);
                norm = direction();
            }
        }
        if (!(norm < 60)) return false;
        if (before - norm < 3 && bits < options_.bits) {
            bits = options_.bits;  // it may be the residual that is too coarse
            before = std::numeric_limits<double>::infinity();
            continue;
        }
        growing = norm > before - 0.5 && norm > wanted ? growing + 1 : 0;
        slow = norm < -10 && before - norm < 3 && norm > wanted ? slow + 1 : 0;
        if (slow >= 3 && t.arithmetic < 2) {
            t.arithmetic = 2;
            factor(t);
            slow = growing = 0;
            before = std::numeric_limits<double>::infinity();
            t.rx = rx, t.rw = rw;
            norm = direction();
        }
        if (growing >= 4) return false;
        const Real damping = norm > 1 ? Real(std::exp2(1 - norm)) : Real(1);
        for (std::size_t j = 0; j < s; ++j) {
            for (const std::size_t i : live_) t.x(j, i) += norm > 1 ? damping * t.rx(j, i) : t.rx(j, i);
            for (std::size_t i = 0; i < a_; ++i) t.w(j, i) += norm > 1 ? damping * t.rw(j, i) : t.rw(j, i);
        }
        // What is left after this correction, if the next gains as the last did; the first gain is not known and taken as small.
        const double expected = std::isfinite(before) && before <= 1 ? std::clamp(before - norm, 0.0, fresh_gain) : 0;
        if (norm - expected < wanted && static_cast<double>(bits) >= std::min(static_cast<double>(options_.bits), static_cast<double>(guard) - wanted)) return true;
        before = norm;
        const double right = std::min(-norm + fresh_gain, static_cast<double>(bits - guard));
        bits = std::clamp(static_cast<std::int64_t>(right + fresh_gain) + 2 * guard, bits, options_.bits);
    }
    return false;
}

}  // namespace eonflow::ode
