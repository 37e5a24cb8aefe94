#include <eonflow/ode/radau_trial.hpp>

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
using namespace scaling;

namespace {

algebraic_system without_constraints(graph::vector_field field) { return {std::move(field.graph), std::move(field.derivative), {}}; }

/// About 0.6 stages a digit: at fewer the steps become short, at more the linear algebra takes over.
int stages_for(const radau::options& chosen) {
    if (chosen.stages > 0) return chosen.stages;
    const std::int64_t digits = std::max(chosen.digits, chosen.digits_of_change);
    return static_cast<int>(std::max<std::int64_t>(4, (chosen.uniform ? 10 : 6) * digits / 10 + 2));
}

}  // namespace

radau::radau(graph::vector_field field, options chosen) : radau(without_constraints(std::move(field)), std::move(chosen)) {}

radau::radau(algebraic_system system, options chosen)
    : d_(system.derivative.size()),
      a_(system.constraint.size()),
      options_(std::move(chosen)),
      system_(std::move(system)),
      outputs_([this] {
          std::vector<graph::node_id> all = system_.derivative;
          all.insert(all.end(), system_.constraint.begin(), system_.constraint.end());
          operations_ = graph::reachable(system_.graph, all).size();
          return all;
      }()),
      values_(system_.graph, outputs_),
      jacobian_(system_.graph, outputs_, d_ + a_) {
    const precision_scope scope(options_.bits);
    rule_ = make_radau_rule(stages_for(options_));
    counted_.order = 2 * rule_->stages - 1;
    for (std::size_t i = 0; i < d_; ++i)
        if (!system_.graph.is_constant(system_.derivative[i])) live_.push_back(i);
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
    t.scale.assign(d_, options_.absolute ? 0 : std::int64_t{-1} << 40);
    if (options_.absolute) return;
    std::int64_t largest = std::int64_t{-1} << 40;
    for (std::size_t i = 0; i < d_; ++i) {
        t.scale[i] = std::max(t.scale[i], number::exponent_of(now_.x[i]));
        for (std::size_t j = 0; j < s; ++j) t.scale[i] = std::max(t.scale[i], number::exponent_of(t.x(j, i)));
    }
    for (const std::size_t i : live_) largest = std::max(largest, t.scale[i]);
    if (largest == std::int64_t{-1} << 40) largest = 0;
    // Below the rounding errors of the largest state nothing is known of a state.
    const auto lowest = std::max<std::int64_t>(options_.floor > 0 ? static_cast<std::int64_t>(std::floor(std::log2(options_.floor))) : std::int64_t{-1} << 40,
                                               static_cast<std::int64_t>(log2_of_10 * static_cast<double>(options_.digits)) + 4 - options_.bits);
    for (std::size_t i = 0; i < d_; ++i) t.scale[i] = std::max(t.scale[i], largest + lowest);
}

void radau::set_tolerance(trial& t) const {
    t.change = nothing;
    for (const std::size_t i : live_)
        for (std::size_t j = 0; j < rule_->nodes.size(); ++j) t.change = std::max(t.change, log2_of(t.x(j, i) - now_.x[i]) - static_cast<double>(t.scale[i]));
    t.wanted = -log2_of_10 * static_cast<double>(options_.digits);
    if (options_.digits_of_change > 0 && t.change > nothing)
        t.wanted = std::min(t.wanted, t.change - log2_of_10 * static_cast<double>(options_.digits_of_change));
    // Not below the rounding errors.
    t.wanted = std::max(t.wanted, 12 - static_cast<double>(options_.bits));
}

/// Extrapolates the last step's polynomials, each only as far as its terms decrease; in a precision beyond what extrapolation is good for.
void radau::predict(trial& t) const {
    const std::size_t s = rule_->nodes.size();
    t.x = Matrix<Real>(s, d_);
    t.w = Matrix<Real>(s, a_);
    const bool known = now_.length != 0;
    std::vector<Vector> p(s);
    if (known) {
        const precision_scope scope(std::min(options_.bits, multiprecision_bits));
        const Real ratio = t.h / now_.length;
        for (std::size_t j = 0; j < s; ++j) {
            p[j] = legendre(1 + rule_->nodes[j] * ratio, static_cast<int>(s));
            for (Real& value : p[j]) value -= 1;
        }
    }
    const auto extrapolate = [&](const Vector& now, const Matrix<Real>& shape, Matrix<Real>& stages) {
        for (std::size_t i = 0; i < now.size(); ++i) {
            std::size_t count = 0;
            double smallest = std::numeric_limits<double>::infinity();
            for (std::size_t k = 1; known && k < s; ++k) {
                const auto size = [&](std::size_t at) { return at < s ? log2_of(shape(at, i)) + log2_of(p.back()[at]) : nothing; };
                const double here = std::max(size(k), size(k + 1));
                if (here <= smallest) smallest = here, count = k + 1 == s ? s : k;
            }
            Vector moved(s);
            if (count > 1) {
                const precision_scope scope(std::min(options_.bits, multiprecision_bits));
                Vector coefficients;
                for (std::size_t k = 0; k < count; ++k) coefficients.push_back(scaled(shape(k, i), 0));
                Real product(0);
                for (std::size_t j = 0; j < s; ++j) {
                    Real sum(0);
                    for (std::size_t k = 1; k < count; ++k) {
                        mpfr_mul(product.backend().data(), coefficients[k].backend().data(), p[j][k].backend().data(), MPFR_RNDN);
                        mpfr_add(sum.backend().data(), sum.backend().data(), product.backend().data(), MPFR_RNDN);
                    }
                    moved[j] = std::move(sum);
                }
            }
            for (std::size_t j = 0; j < s; ++j) stages(j, i) = now[i] + moved[j];
        }
    };
    extrapolate(now_.x, now_.shape_x, t.x);
    extrapolate(now_.w, now_.shape_w, t.w);
    for (std::size_t i = 0; i < d_; ++i)
        if (const auto& slope = system_.graph[system_.derivative[i]]; system_.graph.is_constant(system_.derivative[i]))
            for (std::size_t j = 0; j < s; ++j) t.x(j, i) = now_.x[i] + t.h * rule_->nodes[j] * number::to_real(slope.value);
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
        for (const std::size_t i : live_) {
            size = std::max(size, Real(abs(now_.x[i])));
            speed = std::max(speed, Real(abs(speeds[i])));
        }
        now_.next = speed == 0 ? abs(distance) : (size == 0 ? Real(1) : size) / (speed * 100);
    }
    const Real shortest = scaled(std::max(Real(abs(now_.time)), now_.next), -options_.bits / 2 - 20);
    for (;;) {
        trial t;
        const bool last = now_.next >= abs(distance);
        t.h = last ? distance : now_.next * sign;
        t.log2_h = log2_of(t.h);
        predict(t);
        set_scales(t);
        set_tolerance(t);
        double factor = 0.25;
        try {
            if (solve(t)) {
                set_tolerance(t);
                const double error = estimate(t);
                const double order = options_.uniform ? static_cast<double>(s) : 2.0 * static_cast<double>(s);
                factor = std::clamp(std::exp2((t.wanted - error) / order) * 0.9, 0.1, 8.0);
                if (error <= t.wanted) {
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
        rule_->fast_to_legendre.multiply(f, dense_slope_);
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
