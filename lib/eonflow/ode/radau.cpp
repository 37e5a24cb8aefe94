#include <eonflow/ode/radau.hpp>

#include <eonflow/graph/derivative.hpp>
#include <eonflow/number/error.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace eonflow::ode {

using number::Matrix;
using number::precision_scope;
using number::Real;
using number::Vector;

namespace {

constexpr double log2_of_10 = 3.321928094887362;
constexpr double nothing = -1e18;  // log2 of 0
constexpr std::int64_t wide_bits = 64, multiprecision_bits = 192;

algebraic_system without_constraints(graph::vector_field field) { return {std::move(field.graph), std::move(field.derivative), {}}; }

/// About 0.4 stages a digit: at fewer the steps become short, at more the linear algebra takes over.
int stages_for(const radau::options& chosen) {
    if (chosen.stages > 0) return chosen.stages;
    return static_cast<int>(std::max<std::int64_t>(4, (chosen.uniform ? 7 : 4) * chosen.digits / 10 + 2));
}

double log2_of(const Real& x) {
    if (x == 0) return nothing;
    long exponent = 0;
    const double mantissa = mpfr_get_d_2exp(&exponent, x.backend().data(), MPFR_RNDN);
    return std::log2(std::abs(mantissa)) + static_cast<double>(exponent);
}
double log2_of(double x) { return x == 0 ? nothing : std::log2(std::abs(x)); }

Real scaled(const Real& x, std::int64_t exponent) {
    Real result(0);
    mpfr_mul_2si(result.backend().data(), x.backend().data(), static_cast<long>(exponent), MPFR_RNDN);
    return result;
}
double scaled(double x, std::int64_t exponent) { return std::ldexp(x, static_cast<int>(std::clamp<std::int64_t>(exponent, -5000, 5000))); }

bool is_finite(const Real& x) { return mpfr_number_p(x.backend().data()) != 0; }
bool is_finite(double x) { return std::isfinite(x); }

template <class T>
T from_real(const Real& x) {
    if constexpr (std::is_same_v<T, double>)
        return x.convert_to<double>();
    else
        return scaled(x, 0);
}

}  // namespace

/// One attempt at a step.
struct radau::trial {
    Real h;
    double log2_h = 0;
    Matrix<Real> x, w;               // stage values
    Matrix<Real> f, slope;           // x' at the stages and its Legendre coefficients
    Matrix<Real> rx, rw;             // residuals, then corrections
    Matrix<Real> shape_x, shape_w;   // Legendre coefficients of the accepted stages
    std::vector<std::int64_t> scale; // of x: 2^scale
    Matrix<std::int64_t> columns, rows;  // of w and of the constraints, at each stage: unknown w 2^columns, equation 2^-rows
    std::vector<double> reach;       // log2 of the relative effect of w on h f
    std::optional<stage_solver<double>> solver;
    std::optional<stage_solver<Real>> wide_solver;
    bool finite = true;
    int arithmetic = 0;              // of the matrix: 0 double, 1 double from a wider range, 2 multiprecision
};

radau::radau(graph::vector_field field, options chosen) : radau(without_constraints(std::move(field)), std::move(chosen)) {}

radau::radau(algebraic_system system, options chosen)
    : d_(system.derivative.size()),
      a_(system.constraint.size()),
      options_(std::move(chosen)),
      system_(std::move(system)),
      values_([this] {
          std::vector<graph::node_id> outputs = system_.derivative;
          outputs.insert(outputs.end(), system_.constraint.begin(), system_.constraint.end());
          return graph::evaluator<Real>(system_.graph, outputs);
      }()),
      entries_([this] {
          std::vector<graph::node_id> outputs = system_.derivative;
          outputs.insert(outputs.end(), system_.constraint.begin(), system_.constraint.end());
          operations_ = graph::reachable(system_.graph, outputs).size();
          const auto all = system_.graph.inputs();
          if (all.size() < d_ + a_) throw invalid_input("a system with fewer inputs than unknowns");
          const std::vector<graph::node_id> unknowns(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(d_ + a_));
          const auto dense = graph::jacobian(system_.graph, outputs, unknowns);
          std::vector<graph::node_id> sparse;
          for (std::size_t k = 0; k < dense.size(); ++k)
              if (!system_.graph.is_zero(dense[k])) {
                  sparse.push_back(dense[k]);
                  pattern_.emplace_back(k / (d_ + a_), k % (d_ + a_));
              }
          return sparse;
      }()),
      jacobian_(system_.graph, entries_),
      jacobian_wide_(system_.graph, entries_) {
    const precision_scope scope(options_.bits);
    rule_ = make_radau_rule(stages_for(options_));
    counted_.order = 2 * rule_->stages - 1;
    for (std::size_t i = 0; i < d_; ++i) watched_.push_back(!system_.graph.is_constant(system_.derivative[i]));
}

void radau::start(Real time, Vector state, Vector algebraic, Real first_step) {
    if (state.size() != d_ || algebraic.size() != a_)
        throw invalid_input("a start with " + std::to_string(state.size()) + " + " + std::to_string(algebraic.size()) + " values for " +
                            std::to_string(d_) + " + " + std::to_string(a_) + " unknowns");
    const precision_scope scope(options_.bits);
    saved fresh;
    fresh.time = scaled(time, 0);
    for (const Real& v : state) fresh.x.push_back(scaled(v, 0));
    for (const Real& v : algebraic) fresh.w.push_back(scaled(v, 0));
    fresh.length = 0;
    fresh.next = scaled(abs(first_step), 0);
    now_ = std::move(fresh);
    dense_ready_ = false;
    stage_x_ = {};
}

void radau::set_parameters(Vector parameters) { parameters_ = std::move(parameters); }

void radau::restore(saved state) {
    now_ = std::move(state);
    dense_ready_ = false;
    stage_x_ = {};
}

std::vector<Real> radau::inputs(const Matrix<Real>& x, const Matrix<Real>& w, std::size_t stage) const {
    std::vector<Real> all(x.row(stage).begin(), x.row(stage).end());
    all.insert(all.end(), w.row(stage).begin(), w.row(stage).end());
    all.insert(all.end(), parameters_.begin(), parameters_.end());
    return all;
}

void radau::set_scales(trial& t) const {
    const std::size_t s = rule_->nodes.size();
    t.scale.assign(d_, std::int64_t{-1} << 40);
    std::int64_t largest = std::int64_t{-1} << 40;
    for (std::size_t i = 0; i < d_; ++i) {
        t.scale[i] = std::max(t.scale[i], number::exponent_of(now_.x[i]));
        for (std::size_t j = 0; j < s; ++j) t.scale[i] = std::max(t.scale[i], number::exponent_of(t.x(j, i)));
        if (watched_[i]) largest = std::max(largest, t.scale[i]);
    }
    if (largest == std::int64_t{-1} << 40) largest = 0;
    // Below the rounding errors of the largest state nothing is known of a state.
    const auto lowest = std::max<std::int64_t>(options_.floor > 0 ? static_cast<std::int64_t>(std::floor(std::log2(options_.floor))) : std::int64_t{-1} << 40,
                                               static_cast<std::int64_t>(log2_of_10 * static_cast<double>(options_.digits)) + 4 - options_.bits);
    for (std::size_t i = 0; i < d_; ++i) t.scale[i] = std::max(t.scale[i], largest + lowest);
}

/// Extrapolates the last step's polynomials, each only as far as its terms decrease.
void radau::predict(trial& t) const {
    const std::size_t s = rule_->nodes.size();
    t.x = Matrix<Real>(s, d_);
    t.w = Matrix<Real>(s, a_);
    const bool known = now_.length != 0;
    const Real ratio = known ? t.h / now_.length : Real(0);
    std::vector<Vector> p(s);
    if (known)
        for (std::size_t j = 0; j < s; ++j) p[j] = legendre(1 + rule_->nodes[j] * ratio, static_cast<int>(s));
    const auto extrapolate = [&](const Vector& now, const Matrix<Real>& shape, Matrix<Real>& stages) {
        for (std::size_t i = 0; i < now.size(); ++i) {
            std::size_t count = 0;
            double smallest = std::numeric_limits<double>::infinity();
            for (std::size_t k = 1; known && k < s; ++k) {
                const auto size = [&](std::size_t at) { return at < s ? log2_of(shape(at, i)) + log2_of(p.back()[at]) : nothing; };
                const double here = std::max(size(k), size(k + 1));
                if (here <= smallest) smallest = here, count = k + 1 == s ? s : k;
            }
            for (std::size_t j = 0; j < s; ++j) {
                stages(j, i) = now[i];
                for (std::size_t k = 1; k < count; ++k) stages(j, i) += shape(k, i) * (p[j][k] - 1);
            }
        }
    };
    extrapolate(now_.x, now_.shape_x, t.x);
    extrapolate(now_.w, now_.shape_w, t.w);
}

void radau::residual(trial& t) {
    const std::size_t s = rule_->nodes.size();
    t.finite = true;
    for (std::size_t j = 0; j < s; ++j) {
        const std::vector<Real> results = values_(inputs(t.x, t.w, j));
        for (std::size_t i = 0; i < d_ + a_; ++i) {
            t.finite = t.finite && is_finite(results[i]);
            (i < d_ ? t.f(j, i) : t.rw(j, i - d_)) = i < d_ ? results[i] : -results[i];
        }
    }
    counted_.evaluations += static_cast<std::int64_t>(s);
    multiply(rule_->to_legendre, t.f, t.slope);
    multiply(rule_->integrals, t.slope, t.rx);
    for (std::size_t j = 0; j < s; ++j)
        for (std::size_t i = 0; i < d_; ++i) t.rx(j, i) = t.h * t.rx(j, i) + (now_.x[i] - t.x(j, i));
}

/// Scales the raw derivatives at the stages, which fixes the scales of w and g, and factors.
template <class T, class Entry>
void radau::factor_in(trial& t, std::vector<Matrix<Entry>> entries, std::optional<stage_solver<T>>& into) const {
    const std::size_t s = entries.size(), n = d_ + a_;
    std::vector<stage_jacobian<T>> stages(s);
    t.columns = Matrix<std::int64_t>(s, a_);
    t.rows = Matrix<std::int64_t>(s, a_);
    t.reach.assign(a_, nothing);
    for (std::size_t j = 0; j < s; ++j) {
        const Matrix<Entry>& e = entries[j];
        std::vector<double> column(a_, nothing), row(a_, nothing);
        for (std::size_t c = 0; c < a_; ++c) {
            for (std::size_t r = 0; r < d_; ++r) column[c] = std::max(column[c], log2_of(e(r, d_ + c)) + t.log2_h - static_cast<double>(t.scale[r]));
            for (std::size_t r = 0; r < d_; ++r)
                if (watched_[r]) t.reach[c] = std::max(t.reach[c], log2_of(e(r, d_ + c)) + t.log2_h - static_cast<double>(t.scale[r]));
        }
        const std::vector<double> effect = column;
        for (std::size_t r = 0; r < a_; ++r) {
            for (std::size_t c = 0; c < d_; ++c)
                row[r] = std::max(row[r], log2_of(e(d_ + r, c)) + static_cast<double>(t.scale[c]));
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
            const std::int64_t from_row = r < d_ ? -t.scale[r] : -t.rows(j, r - d_);
            const Entry entry = scaled(e(r, c), from_row + (c < d_ ? t.scale[c] : -t.columns(j, c - d_)));
            if constexpr (std::is_same_v<T, Entry>)
                return entry;
            else
                return entry.template convert_to<T>();
        };
        stages[j].f = Matrix<T>(d_, n);
        stages[j].g = Matrix<T>(a_, n);
        for (std::size_t c = 0; c < n; ++c) {
            for (std::size_t r = 0; r < d_; ++r) stages[j].f(r, c) = shifted(r, c);
            for (std::size_t r = 0; r < a_; ++r) stages[j].g(r, c) = shifted(d_ + r, c);
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
    into.emplace(std::move(butcher), std::move(stages));
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
                entries[j](pattern_[k].first, pattern_[k].second) = results[k];
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

    std::vector<Matrix<Real>> wide(s, Matrix<Real>(n, n));
    const auto evaluate = [&] {
        for (std::size_t j = 0; j < s; ++j) {
            std::vector<Real> at;
            for (const Real& v : inputs(t.x, t.w, j)) at.push_back(scaled(v, 0));
            const auto results = jacobian_wide_(at);
            for (std::size_t k = 0; k < results.size(); ++k) {
                wide[j](pattern_[k].first, pattern_[k].second) = results[k];
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
        for (std::size_t i = 0; i < d_; ++i) largest = std::max(largest, log2_of(t.rx(j, i)) - static_cast<double>(t.scale[i]));
        for (std::size_t i = 0; i < a_; ++i) largest = std::max(largest, log2_of(t.rw(j, i)) - static_cast<double>(t.rows(j, i)));
    }
    if (largest <= nothing) return nothing;
    const auto common = static_cast<std::int64_t>(largest);
    Matrix<T> x(s, d_), w(s, a_);
    for (std::size_t j = 0; j < s; ++j) {
        for (std::size_t i = 0; i < d_; ++i) x(j, i) = from_real<T>(scaled(t.rx(j, i), -t.scale[i] - common));
        for (std::size_t i = 0; i < a_; ++i) w(j, i) = from_real<T>(scaled(t.rw(j, i), -t.rows(j, i) - common));
    }
    solver.solve(x, w);
    double norm = nothing;
    for (std::size_t j = 0; j < s; ++j) {
        for (std::size_t i = 0; i < d_; ++i) {
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
        for (std::size_t i = 0; i < d_; ++i) t.rx(j, i) = scaled(Real(x(j, i)), t.scale[i] + common);
        for (std::size_t i = 0; i < a_; ++i) t.rw(j, i) = scaled(Real(w(j, i)), common - t.columns(j, i));
    }
    return norm;
}

bool radau::solve(trial& t) {
    const std::size_t s = rule_->nodes.size();
    const double wanted = -log2_of_10 * static_cast<double>(options_.digits + 2);
    constexpr double fresh_gain = 40;  // bits an iteration with a fresh matrix gains, about
    t.f = t.slope = t.rx = Matrix<Real>(s, d_);
    t.rw = Matrix<Real>(s, a_);
    double before = std::numeric_limits<double>::infinity();
    int growing = 0, slow = 0;
    const auto most = static_cast<int>(30 + options_.digits / 2);
    for (int iteration = 0; iteration < most; ++iteration) {
        residual(t);
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
            const double size = static_cast<double>(t.solver ? t.solver->size() : t.wide_solver->size()) * (t.solver ? 1 : 6);
            const double price = size * size * size * 0.3 + static_cast<double>(s * pattern_.size()) * 50;
            const double sweep = static_cast<double>(s * (operations_ + 2 * s * d_)) * 0.6 * static_cast<double>(options_.bits);
            const double rest = gain > 0.5 ? left / gain : 1e9;
            if (gain < 3 || (rest - left / fresh_gain) * sweep > price) {
                t.rx = rx, t.rw = rw;
                factor(t);
                norm = direction();
            }
        }
        if (!(norm < 60)) return false;
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
            for (std::size_t i = 0; i < d_; ++i) t.x(j, i) += norm > 1 ? damping * t.rx(j, i) : t.rx(j, i);
            for (std::size_t i = 0; i < a_; ++i) t.w(j, i) += norm > 1 ? damping * t.rw(j, i) : t.rw(j, i);
        }
        // What is left after this correction, if the next gains as the last did; the first gain is not known and taken as small.
        const double expected = std::isfinite(before) && before <= 1 ? std::clamp(before - norm, 0.0, fresh_gain) : 0;
        if (norm - expected < wanted) return true;
        before = norm;
    }
    return false;
}

/// log2 of the estimated local error, relative to the scales.
double radau::estimate(trial& t) const {
    const std::size_t s = rule_->nodes.size();
    t.shape_x = Matrix<Real>(s, d_);
    t.shape_w = Matrix<Real>(s, a_);
    multiply(rule_->to_legendre, t.x, t.shape_x);
    multiply(rule_->to_legendre, t.w, t.shape_w);
    double tail = nothing, coupling = nothing;
    for (std::size_t k = s > 4 ? s - 2 : s - 1; k < s; ++k) {
        for (std::size_t i = 0; i < d_; ++i)
            if (watched_[i]) tail = std::max(tail, log2_of(t.shape_x(k, i)) - static_cast<double>(t.scale[i]));
        for (std::size_t i = 0; i < a_; ++i) coupling = std::max(coupling, log2_of(t.shape_w(k, i)) + t.reach[i]);
    }
    const double defect = std::max(tail, coupling - std::log2(2.0 * static_cast<double>(s)));
    // A fixed direction with all watched states in it.
    std::vector<double> weights(d_);
    std::uint32_t bits = 12345;
    for (std::size_t i = 0; i < d_; ++i) {
        bits = bits * 1664525 + 1013904223;
        weights[i] = watched_[i] ? ((bits >> 31) != 0 ? 1.0 : -1.0) * (0.5 + 0.5 * static_cast<double>(bits & 0xffff) / 65536) : 0;
    }
    Matrix<double> adjoint(s, d_);
    if (t.solver) {
        adjoint = t.solver->adjoint(weights);
    } else {
        const precision_scope scope(multiprecision_bits);
        const Matrix<Real> wide = t.wide_solver->adjoint({weights.begin(), weights.end()});
        for (std::size_t j = 0; j < s; ++j)
            for (std::size_t i = 0; i < d_; ++i) adjoint(j, i) = wide(j, i).convert_to<double>();
    }
    std::vector<double> size(s, nothing);
    double largest = nothing;
    const double log2_h = t.log2_h;
    for (std::size_t k = 0; k < s; ++k) {
        for (std::size_t i = 0; i < d_; ++i) {
            double sum = 0;
            for (std::size_t j = 0; j < s; ++j) sum += rule_->to_legendre_double(k, j) * adjoint(j, i) / rule_->weights[j];
            size[k] = std::max(size[k], log2_of(sum) - log2_h);
        }
        largest = std::max(largest, size[k]);
    }
    // The last coefficient above double's noise, and from there on a geometric sequence, which entire functions fall below.
    const double noise = largest - 36;
    std::size_t last = s - 1;
    while (last > 1 && size[last] < noise) --last;
    const double rate = (largest - std::max(size[last], noise)) / static_cast<double>(last);
    const double adjoint_tail = last + 2 >= s ? std::max(size[s - 1], size[s - 2]) : largest - rate * static_cast<double>(s);
    const double product = 1 + defect + std::max({adjoint_tail, tail, coupling});
    return options_.uniform ? std::max(product, defect) : product;
}

Vector radau::slope() {
    const precision_scope scope(options_.bits);
    std::vector<Real> at = now_.x;
    at.insert(at.end(), now_.w.begin(), now_.w.end());
    at.insert(at.end(), parameters_.begin(), parameters_.end());
    Vector result = values_(at);
    result.resize(d_);
    return result;
}

status radau::step(const Real& limit) {
    const precision_scope scope(options_.bits);
    const std::size_t s = rule_->nodes.size();
    const Real distance = limit - now_.time;
    if (distance == 0) return status::reached;
    const int sign = distance > 0 ? 1 : -1;
    if (now_.next == 0) {
        const Vector speeds = slope();
        Real size = 0, speed = 0;
        for (std::size_t i = 0; i < d_; ++i) {
            if (!watched_[i]) continue;
            size = std::max(size, Real(abs(now_.x[i])));
            speed = std::max(speed, Real(abs(speeds[i])));
        }
        now_.next = speed == 0 ? abs(distance) : (size == 0 ? Real(1) : size) / (speed * 100);
    }
    const double wanted = -log2_of_10 * static_cast<double>(options_.digits);
    const Real shortest = scaled(std::max(Real(abs(now_.time)), now_.next), -options_.bits / 2 - 20);
    for (;;) {
        trial t;
        const bool last = now_.next >= abs(distance);
        t.h = last ? distance : now_.next * sign;
        t.log2_h = log2_of(t.h);
        predict(t);
        set_scales(t);
        double factor = 0.25;
        try {
            if (solve(t)) {
                const double error = estimate(t);
                const double order = options_.uniform ? static_cast<double>(s) : 2.0 * static_cast<double>(s);
                factor = std::clamp(std::exp2((wanted - error) / order) * 0.9, 0.1, 8.0);
                if (error <= wanted) {
                    const Real own = abs(t.h) * Real(factor);
                    now_.next = last ? std::max(own, now_.next) : own;
                    dense_start_ = now_.time;
                    dense_from_ = now_.x;
                    dense_ready_ = false;
                    now_.time = last ? limit : now_.time + t.h;
                    now_.length = t.h;
                    for (std::size_t i = 0; i < d_; ++i) now_.x[i] = t.x(s - 1, i);
                    for (std::size_t i = 0; i < a_; ++i) now_.w[i] = t.w(s - 1, i);
                    now_.shape_x = std::move(t.shape_x);
                    now_.shape_w = std::move(t.shape_w);
                    stage_x_ = std::move(t.x);
                    stage_w_ = std::move(t.w);
                    last_arithmetic_ = t.arithmetic;
                    ++counted_.steps;
                    return last ? status::reached : status::ok;
                }
                factor = std::min(factor, 0.8);
            }
        } catch (const numerical_error&) {
            factor = 0.25;
        }
        ++counted_.rejected;
        now_.next = abs(t.h) * Real(factor);
        if (now_.next < shortest) {
            const bool huge = std::any_of(now_.x.begin(), now_.x.end(), [&](const Real& v) { return number::exponent_of(v) > options_.bits; });
            return huge ? status::blow_up : status::precision_exhausted;
        }
    }
}

status radau::advance(const Real& to) {
    status result = status::ok;
    while (result == status::ok) result = step(to);
    return result;
}

Vector radau::dense(const Real& time) {
    if (stage_x_.rows() == 0) throw invalid_input("dense output before the first step");
    const precision_scope scope(options_.bits);
    const std::size_t s = rule_->nodes.size();
    if (!dense_ready_) {
        Matrix<Real> f(s, d_);
        for (std::size_t j = 0; j < s; ++j) {
            const auto results = values_(inputs(stage_x_, stage_w_, j));
            for (std::size_t i = 0; i < d_; ++i) f(j, i) = results[i];
        }
        dense_slope_ = Matrix<Real>(s, d_);
        multiply(rule_->to_legendre, f, dense_slope_);
        dense_ready_ = true;
    }
    const Vector integral = legendre_integrals((time - dense_start_) / now_.length, static_cast<int>(s));
    Vector result = dense_from_;
    for (std::size_t i = 0; i < d_; ++i) {
        Real sum = 0;
        for (std::size_t k = 0; k < s; ++k) sum += dense_slope_(k, i) * integral[k];
        result[i] += now_.length * sum;
    }
    return result;
}

}  // namespace eonflow::ode
