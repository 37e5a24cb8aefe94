#pragma once
/// The late phase of a separable problem: the lifted system in r = log|theta|.

#include <eonflow/flow/margins.hpp>
#include <eonflow/number/record.hpp>
#include <eonflow/ode/radau.hpp>

namespace eonflow::flow {

/// A point of the late phase. theta = e^r phi, |phi| = 1; eps = e^(-L r).
struct LatePoint {
    number::Real r;
    number::Vector phi;
    number::Real log_scaled_time;  ///< log(t e^-Y), Y as below
    number::Real smoothed_margin;  ///< lambda = eps Y, Y = -log sum_i g(z_i)
    number::Vector log_weights;    ///< pi_i = log(g(z_i)/sum_k g(z_k)); -infinity where the weight is below the working precision

    [[nodiscard]] number::Real minus_log_loss_slope(const Rational& degree) const;  ///< Y
};

/// Integrates the direction phi, the log-weights pi and lambda = eps Y as unknowns of
///   phi' = G^T p/(L nu) - phi,  z_i(phi) - lambda + eps pi_i = 0,  log sum e^pi_i = 0,   p = softmax(pi), nu = <p, z(phi)>,
/// whose condition does not depend on eps (docs/numerics/horizon.md), with the normalised time T = t e^(-Y) e^((2L-2) r) beside it.
/// Samples whose weight falls below the working precision are left out, and taken back in if it rises again.
class LatePhase {
public:
    struct options {
        std::int64_t bits = 0;
        std::int64_t digits = 0;            ///< local error of phi at most 10^-digits
        std::int64_t digits_of_change = 0;  ///< and of its change over the step; 0: not asked for
        int stages = 0;           ///< 0: chosen from `digits`
    };

    /// Starts at theta and log t, where all margins must be positive and the loss small; throws numerical_error otherwise.
    LatePhase(std::shared_ptr<const Margins> margins, const number::Vector& theta, const number::Real& log_time, options chosen);
    ~LatePhase();

    /// One step towards `limit`, never past it.
    ode::status step(const number::Real& limit);
    ode::status advance(const number::Real& r);

    [[nodiscard]] const number::Real& r() const;
    [[nodiscard]] LatePoint point() const;
    /// The Legendre coefficients of phi over the last step, one unknown a column.
    [[nodiscard]] number::Matrix<number::Real> shape() const;

    /// The state, to come back to.
    struct saved;
    [[nodiscard]] std::shared_ptr<const saved> save() const;
    void restore(const std::shared_ptr<const saved>& state);
    /// The same as a record, from which a late phase of the same margins and options goes on with the same bits; counters are not in it.
    [[nodiscard]] number::Record record() const;
    void restore(const number::Record& record);

    [[nodiscard]] ode::counters counted() const noexcept;
    [[nodiscard]] std::int64_t factorizations() const noexcept;
    [[nodiscard]] std::size_t active() const noexcept;
    [[nodiscard]] int stages() const noexcept;

private:
    struct body;
    std::unique_ptr<body> body_;
};

/// The lifted system of the samples `active`, with the unknowns phi, r, T | pi (in the order of `active`), lambda, dT/dr. `logistic`: with the logistic
/// correction of g, which is below any working precision late on. Each row c of `relations`, an exact relation among the first of `active`
/// (see affine_relations), takes the place of the margin equation of the last sample in it, as sum c_i pi_i = 0: as eps -> 0 that equation follows
/// from the other ones, and only their difference, divided by eps, is left of it.
[[nodiscard]] ode::algebraic_system lifted_system(const Margins& margins, const std::vector<std::size_t>& active, const number::Matrix<Rational>& relations,
                                                  bool logistic);

}  // namespace eonflow::flow
