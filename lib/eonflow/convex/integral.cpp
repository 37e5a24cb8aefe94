#include <eonflow/convex/integral.hpp>

#if __has_include(<flint/acb_calc.h>)
#include <flint/acb_calc.h>
#else
#include <acb_calc.h>
#endif

#include <vector>

namespace eonflow::convex {

using graph::function;
using graph::kind;
using graph::node_id;
using number::Ball;
using number::Rational;

namespace {

struct acb_values {
    explicit acb_values(std::size_t size) : raw(_acb_vec_init(static_cast<slong>(size))), size_(static_cast<slong>(size)) {}
    ~acb_values() { _acb_vec_clear(raw, size_); }
    acb_values(const acb_values&) = delete;
    acb_values& operator=(const acb_values&) = delete;
    acb_ptr operator[](std::size_t i) const { return raw + i; }
    acb_ptr raw;

private:
    slong size_;
};

/// Whether x may meet the real half-line beyond `from`, where a function has its branch cut; side 1: [from, inf), -1: (-inf, from].
bool meets_cut(const acb_t x, int from, int side) {
    if (arb_contains_zero(acb_imagref(x)) == 0) return false;
    arb_t inside;
    arb_init(inside);
    arb_sub_si(inside, acb_realref(x), from, 64);
    const bool apart = side > 0 ? arb_is_negative(inside) != 0 : arb_is_positive(inside) != 0;
    arb_clear(inside);
    return !apart;
}

/// The same for the imaginary axis beyond i and -i.
bool meets_imaginary_cut(const acb_t x) {
    acb_t turned;
    acb_init(turned);
    acb_mul_onei(turned, x);
    const bool meets = meets_cut(turned, 1, 1) || meets_cut(turned, -1, -1);
    acb_clear(turned);
    return meets;
}

bool has_cut(function f, const acb_t x) {
    switch (f) {
        case function::log: return meets_cut(x, 0, -1);
        case function::log1p: return meets_cut(x, -1, -1);
        case function::asin:
        case function::acos:
        case function::atanh: return meets_cut(x, 1, 1) || meets_cut(x, -1, -1);
        case function::acosh: return meets_cut(x, 1, -1);
        case function::atan:
        case function::asinh: return meets_imaginary_cut(x);
        default: return false;  // entire, or with poles, which show by themselves
    }
}

void apply(function f, acb_t result, const acb_t x, slong bits) {
    switch (f) {
        case function::exp: acb_exp(result, x, bits); break;
        case function::log: acb_log(result, x, bits); break;
        case function::sin: acb_sin(result, x, bits); break;
        case function::cos: acb_cos(result, x, bits); break;
        case function::tan: acb_tan(result, x, bits); break;
        case function::sinh: acb_sinh(result, x, bits); break;
        case function::cosh: acb_cosh(result, x, bits); break;
        case function::tanh: acb_tanh(result, x, bits); break;
        case function::asin: acb_asin(result, x, bits); break;
        case function::acos: acb_acos(result, x, bits); break;
        case function::atan: acb_atan(result, x, bits); break;
        case function::asinh: acb_asinh(result, x, bits); break;
        case function::acosh: acb_acosh(result, x, bits); break;
        case function::atanh: acb_atanh(result, x, bits); break;
        case function::log1p: acb_log1p(result, x, bits); break;
        case function::expm1: acb_expm1(result, x, bits); break;
    }
}

struct fmpq_constant {
    explicit fmpq_constant(const Rational& x) {
        fmpq_init(raw);
        fmpq_set_mpq(raw, x.backend().data());
    }
    fmpq_constant(fmpq_constant&& other) noexcept {
        fmpq_init(raw);
        fmpq_swap(raw, other.raw);
    }
    fmpq_constant(const fmpq_constant&) = delete;
    fmpq_constant& operator=(const fmpq_constant&) = delete;
    ~fmpq_constant() { fmpq_clear(raw); }
    fmpq_t raw;
};

}  // namespace

struct Integral::program {
    struct instruction {
        graph::node source;
        node_id target;
        fmpq_constant value;
        std::vector<fmpq_constant> coefficients;
    };

    program(const graph::Graph& graph, node_id integrand) : output(integrand), values(graph.size()), scratch(2) {
        for (const node_id id : graph::reachable(graph, std::span(&integrand, 1))) {
            instruction& i = instructions.emplace_back(instruction{graph[id], id, fmpq_constant(graph[id].value), {}});
            for (const graph::term& t : i.source.terms) i.coefficients.emplace_back(t.coefficient);
        }
    }

    /// g(z); not finite where g may not be holomorphic on all of the ball. Real z next to a branch cut are treated alike: there the real function ends.
    void evaluate(acb_t result, const acb_t z, slong bits) {
        for (const instruction& i : instructions) {
            const acb_ptr value = values[i.target];
            switch (i.source.what) {
                case kind::input: acb_set(value, z); break;
                case kind::constant: acb_set_fmpq(value, i.value.raw, bits); break;
                case kind::sum: sum(i, value, bits); break;
                case kind::power: power(i, value, bits); break;
                case kind::function:
                    if (has_cut(i.source.name, values[i.source.argument]))
                        acb_indeterminate(value);
                    else
                        apply(i.source.name, value, values[i.source.argument], bits);
                    break;
            }
        }
        acb_set(result, values[output]);
    }

    void sum(const instruction& i, acb_ptr value, slong bits) {
        acb_set_fmpq(value, i.value.raw, bits);
        for (std::size_t k = 0; k < i.coefficients.size(); ++k) {
            const graph::term& t = i.source.terms[k];
            acb_set_fmpq(scratch[0], i.coefficients[k].raw, bits);
            acb_mul(scratch[0], scratch[0], values[t.left], bits);
            if (t.right != graph::none) acb_mul(scratch[0], scratch[0], values[t.right], bits);
            acb_add(value, value, scratch[0], bits);
        }
    }

    /// Exponents are -1 or no integers.
    void power(const instruction& i, acb_ptr value, slong bits) {
        const acb_ptr base = values[i.source.argument];
        if (i.source.value == -1) {
            acb_inv(value, base, bits);
        } else if (denominator(i.source.value) == 1) {
            acb_pow_si(value, base, i.source.value.convert_to<long>(), bits);
        } else if (meets_cut(base, 0, -1)) {
            acb_indeterminate(value);
        } else {
            acb_set_fmpq(scratch[0], i.value.raw, bits);
            acb_pow(value, base, scratch[0], bits);
        }
    }

    node_id output;
    std::vector<instruction> instructions;
    acb_values values, scratch;
};

Integral::Integral(const graph::Graph& graph, node_id integrand) : program_(std::make_unique<program>(graph, integrand)) {}
Integral::~Integral() = default;

Ball Integral::operator()(const Ball& from, const Ball& to, std::int64_t tolerance) const {
    const auto bits = static_cast<slong>(number::working_bits());
    const auto integrand = [](acb_ptr result, const acb_t z, void* self, slong, slong precision) {
        static_cast<program*>(self)->evaluate(result, z, precision);
        return 0;
    };
    const acb_values ends(3);
    // Between midpoints; what the radii add is the integrand's size there.
    arb_get_mid_arb(acb_realref(ends[0]), from.raw());
    arb_get_mid_arb(acb_realref(ends[1]), to.raw());
    mag_t allowed;
    mag_init(allowed);
    mag_set_ui_2exp_si(allowed, 1, static_cast<slong>(tolerance));
    acb_calc_integrate_opt_t options;
    acb_calc_integrate_opt_init(options);
    (void)acb_calc_integrate(ends[2], integrand, program_.get(), ends[0], ends[1], bits, allowed, options, bits);
    mag_clear(allowed);
    Ball result;
    arb_set(result.raw(), acb_realref(ends[2]));
    for (const Ball* end : {&from, &to}) {
        if (mag_is_zero(arb_radref(end->raw())) != 0) continue;
        arb_set(acb_realref(ends[0]), end->raw());
        arb_zero(acb_imagref(ends[0]));
        program_->evaluate(ends[1], ends[0], bits);
        if (acb_is_finite(ends[1]) == 0) {
            arb_indeterminate(result.raw());
            continue;
        }
        arb_t spread;
        arb_init(spread);
        arb_get_rad_arb(spread, end->raw());
        arb_mul(spread, spread, acb_realref(ends[1]), bits);
        arb_add_error(result.raw(), spread);
        arb_clear(spread);
    }
    return result;
}

}  // namespace eonflow::convex
