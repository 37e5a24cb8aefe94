#pragma once
/// An implicit integrator for stiff and differential-algebraic systems, to any precision.

#include <eonflow/graph/jacobian.hpp>
#include <eonflow/number/matrix.hpp>
#include <eonflow/ode/radau_rule.hpp>
#include <eonflow/ode/stage_solver.hpp>
#include <eonflow/ode/status.hpp>

#include <optional>

namespace eonflow::ode {

/// x' = f(x, w; p), 0 = g(x, w; p) with as many constraints as algebraic unknowns w, of index 1 or 2 (or of index 1 that becomes 2 in a limit).
/// The graph's inputs are the d unknowns x, the a unknowns w, then the parameters p.
struct algebraic_system {
    graph::Graph graph;
    std::vector<graph::node_id> derivative;
    std::vector<graph::node_id> constraint;
};

/// Radau IIA collocation of order 2s - 1. Newton's residual has the full working precision, its matrix is factored in double, so that an iteration
/// gains up to 14 digits; where the matrix leaves the range of doubles, or Newton does not contract, it is built and factored in more precision.
/// The local error estimate is the product of the Legendre tails of the stage polynomials and of the discrete adjoint solution (no bound claimed).
class radau {
public:
    struct options {
        std::int64_t bits = 0;
        std::int64_t digits = 0;  ///< local error at the end of a step at most 10^-digits of each state's scale
        /// And at most 10^-digits_of_change of the largest change of a state over the step, in scales; 0: not asked for. For states that come to rest, whose
        /// distance from their limit is wanted to so many digits.
        std::int64_t digits_of_change = 0;
        int stages = 0;           ///< 0: chosen from `digits`
        /// The scale of state i is the largest |x_i| of the step, but at least `floor` times the largest scale of all. States with a constant derivative,
        /// which are exact, count neither here nor in the error.
        double floor = 1;
        /// Whether every scale is 1 instead: for states that are logarithms, whose errors count by themselves.
        bool absolute = false;
        /// Whether the error bound is meant for the whole stage polynomial (dense output), not for the end of the step alone.
        bool uniform = false;
    };

    radau(graph::vector_field field, options chosen);
    radau(algebraic_system system, options chosen);

    /// `algebraic` must satisfy the constraints to the accuracy wanted. `first_step` 0: chosen.
    void start(number::Real time, number::Vector state, number::Vector algebraic = {}, number::Real first_step = 0);
    void set_parameters(number::Vector parameters);

    /// One step of the integrator's own length towards `limit` (either direction), never past it: ok, reached, or why there is none.
    status step(const number::Real& limit);
    status advance(const number::Real& to);

    [[nodiscard]] const number::Real& time() const noexcept { return now_.time; }
    [[nodiscard]] const number::Vector& state() const noexcept { return now_.x; }
    [[nodiscard]] const number::Vector& algebraic() const noexcept { return now_.w; }
    /// x' at the present point.
    [[nodiscard]] number::Vector slope();
    [[nodiscard]] const number::Vector& parameters() const noexcept { return parameters_; }
    /// The stage polynomial of the last step at `time`. Its error is the step's with options::uniform; otherwise about its square root.
    [[nodiscard]] number::Vector dense(const number::Real& time);

    [[nodiscard]] int stages() const noexcept { return rule_->stages; }
    [[nodiscard]] const counters& counted() const noexcept { return counted_; }
    [[nodiscard]] std::int64_t factorizations() const noexcept { return factorizations_; }
    /// How the Newton matrix of the last step was factored: 0 in double, 1 in double after scaling from a wider range, 2 in multiprecision.
    [[nodiscard]] int arithmetic() const noexcept { return last_arithmetic_; }

    /// All that a run depends on; a run restored from it goes on with the same bits.
    struct saved {
        number::Real time, length, next;  ///< length: of the last step; next: of the step to try
        number::Vector x, w;
        number::Matrix<number::Real> shape_x, shape_w;  ///< Legendre coefficients of x and w over the last step
    };
    [[nodiscard]] const saved& save() const noexcept { return now_; }
    void restore(saved state);

private:
    struct trial;
    bool solve(trial& t);
    void predict(trial& t) const;
    void set_scales(trial& t) const;
    void set_tolerance(trial& t) const;
    void residual(trial& t, std::int64_t bits);
    void factor(trial& t);
    template <class T, class Entry>
    void factor_in(trial& t, std::vector<number::Matrix<Entry>> entries, std::optional<stage_solver<T>>& into) const;
    template <class T>
    double correct(trial& t, const stage_solver<T>& solver) const;
    double estimate(trial& t) const;
    std::vector<number::Real> inputs(const number::Matrix<number::Real>& x, const number::Matrix<number::Real>& w, std::size_t stage) const;

    std::size_t d_, a_;
    options options_;
    algebraic_system system_;
    std::size_t operations_ = 0;  ///< of one evaluation of the system, for the choice between iterating and factoring
    std::vector<graph::node_id> outputs_;  ///< derivatives, then constraints
    graph::evaluator<number::Real> values_;
    graph::jacobian_evaluator<double> jacobian_;
    std::optional<graph::jacobian_evaluator<number::Real>> jacobian_wide_;  ///< made when first needed
    std::vector<std::size_t> live_;  ///< states without a constant derivative; the others are known beforehand
    std::shared_ptr<const radau_rule> rule_;
    number::Vector parameters_;
    saved now_;
    number::Real dense_start_;
    number::Vector dense_from_;
    number::Matrix<number::Real> stage_x_, stage_w_, dense_slope_;
    bool dense_ready_ = false;
    counters counted_;
    std::int64_t factorizations_ = 0;
    int last_arithmetic_ = 0;
};

}  // namespace eonflow::ode
