#pragma once
/// The Taylor integrator as a dense-output stepper of Boost.Odeint: include before <boost/numeric/odeint.hpp>.

#include <eonflow/ode/odeint_traits.hpp>
#include <eonflow/ode/taylor.hpp>

#include <eonflow/number/error.hpp>

#include <boost/numeric/odeint/stepper/stepper_categories.hpp>
#include <boost/numeric/odeint/util/unwrap_reference.hpp>

#include <utility>

namespace eonflow::ode {

/// For integrate_adaptive, integrate_const, integrate_times and their observers. The system is a graph::vector_field, passed as
/// std::cref(field) or boost::cref(field); it is compiled at the first step. A copy has the same settings and must be initialized anew,
/// as Odeint's integrate functions do. Times and states should be made in a precision_scope of the same bits.
class odeint_stepper {
public:
    using state_type = number::Vector;
    using deriv_type = number::Vector;
    using value_type = number::Real;
    using time_type = number::Real;
    using stepper_category = boost::numeric::odeint::dense_output_stepper_tag;

    explicit odeint_stepper(taylor::options settings) : settings_(std::move(settings)) {}
    odeint_stepper(const odeint_stepper& other) : settings_(other.settings_) {}
    odeint_stepper& operator=(const odeint_stepper& other) {
        settings_ = other.settings_;
        engine_.reset();
        return *this;
    }
    ~odeint_stepper() = default;

    template <class State>
    void initialize(const State& x0, const time_type& t0, const time_type& dt0) {
        state_.assign(std::begin(x0), std::end(x0));
        time_ = previous_ = t0;
        step_ = dt0;
        if (engine_) engine_->start(time_, state_);
    }

    /// One step, at most current_time_step() long. Throws numerical_error where the integrator cannot go on.
    template <class System>
    std::pair<time_type, time_type> do_step(System system) {
        if (!engine_) {
            const graph::vector_field& field = static_cast<const typename boost::numeric::odeint::unwrap_reference<System>::type&>(system);
            engine_ = std::make_unique<taylor>(field, settings_);
            engine_->start(time_, state_);
        }
        const time_type limit = time_ + step_;
        const status result = engine_->step(limit);
        if (result != status::ok && result != status::reached)
            throw numerical_error("the Taylor integrator stopped: " + std::string(name_of(result)));
        previous_ = std::exchange(time_, engine_->time());
        state_ = engine_->state();
        step_ = engine_->expected_step();
        return {previous_, time_};
    }

    /// The state at a time inside the last step.
    template <class State>
    void calc_state(const time_type& t, State& x) const {
        const state_type values = t == time_ ? state_ : engine_->dense(t);
        std::copy(values.begin(), values.end(), std::begin(x));
    }

    [[nodiscard]] const state_type& current_state() const noexcept { return state_; }
    [[nodiscard]] const time_type& current_time() const noexcept { return time_; }
    [[nodiscard]] const time_type& previous_time() const noexcept { return previous_; }
    [[nodiscard]] const time_type& current_time_step() const noexcept { return step_; }

private:
    taylor::options settings_;
    std::unique_ptr<taylor> engine_;
    state_type state_;
    time_type time_, previous_, step_;
};

}  // namespace eonflow::ode
