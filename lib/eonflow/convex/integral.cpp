#include <eonflow/convex/integral.hpp>
#include <eonflow/graph/evaluate.hpp>

#if __has_include(<flint/acb_calc.h>)
#include <flint/acb_calc.h>
#else
#include <acb_calc.h>
#endif

namespace eonflow::convex {

using number::Ball;
using number::Complex_ball;

struct Integral::program {
    program(const graph::Graph& graph, graph::node_id integrand) : value(graph, {integrand}) {}

    static int integrand(acb_ptr result, const acb_t z, void* self, slong, slong) {
        Complex_ball& argument = static_cast<program*>(self)->argument;
        acb_set(argument.raw(), z);
        acb_set(result, static_cast<program*>(self)->value(std::span(&argument, 1))[0].raw());
        return 0;
    }

    graph::evaluator<Complex_ball> value;
    Complex_ball argument;
};

Integral::Integral(const graph::Graph& graph, graph::node_id integrand) : program_(std::make_unique<program>(graph, integrand)) {}
Integral::~Integral() = default;

Ball Integral::operator()(const Ball& from, const Ball& to, std::int64_t tolerance) const {
    const auto bits = static_cast<slong>(number::working_bits());
    // Between midpoints; what the radii add is the integrand's size there.
    Complex_ball start, end, between;
    arb_get_mid_arb(acb_realref(start.raw()), from.raw());
    arb_get_mid_arb(acb_realref(end.raw()), to.raw());
    mag_t allowed;
    mag_init(allowed);
    mag_set_ui_2exp_si(allowed, 1, static_cast<slong>(tolerance));
    acb_calc_integrate_opt_t options;
    acb_calc_integrate_opt_init(options);
    (void)acb_calc_integrate(between.raw(), program::integrand, program_.get(), start.raw(), end.raw(), bits, allowed, options, bits);
    mag_clear(allowed);
    Ball result = between.real();
    for (const Ball* x : {&from, &to}) {
        if (mag_is_zero(arb_radref(x->raw())) != 0) continue;
        const Complex_ball argument(*x);
        const Ball size = program_->value(std::span(&argument, 1))[0].modulus();
        Ball spread;
        arb_get_rad_arb(spread.raw(), x->raw());
        spread *= size;
        if (spread.is_finite())
            arb_add_error(result.raw(), spread.raw());
        else
            arb_indeterminate(result.raw());
    }
    return result;
}

}  // namespace eonflow::convex
