#include <eonflow/graph/evaluate.hpp>

#include <eonflow/number/error.hpp>

#include <cmath>
#include <type_traits>

namespace eonflow::graph {

using number::Ball;
using number::Complex_ball;
using number::Real;

namespace {

template <class T>
T convert_constant(const Rational& x) {
    if constexpr (std::is_same_v<T, Rational>)
        return x;
    else if constexpr (std::is_same_v<T, double>)
        return x.convert_to<double>();
    else if constexpr (std::is_same_v<T, Real>)
        return number::to_real(x);
    else
        return T(x);
}

template <class T>
T reciprocal(const T& x) {
    if constexpr (std::is_same_v<T, Rational>)
        if (x == 0) throw numerical_error("division by zero");
    return T(1) / x;
}

/// target = a * b, without a temporary for Real.
template <class T>
void multiply_into(T& target, const T& a, const T& b) {
    if constexpr (std::is_same_v<T, Real>)
        mpfr_mul(target.backend().data(), a.backend().data(), b.backend().data(), MPFR_RNDN);
    else
        target = a * b;
}

template <class T>
T apply_power(const T& x, const Rational& exponent, const T& converted) {
    if constexpr (std::is_same_v<T, Rational>) {
        throw invalid_input("a power with the exponent " + exponent.str() + " has no exact rational value");
    } else if constexpr (std::is_same_v<T, Ball> || std::is_same_v<T, Complex_ball>) {
        return pow(x, exponent);
    } else {
        using std::pow, std::sqrt;
        if (denominator(exponent) == 2 && abs(numerator(exponent)) == 1) return numerator(exponent) == 1 ? sqrt(x) : T(1) / sqrt(x);
        return pow(x, converted);
    }
}

}  // namespace

template <class T>
T apply(function f, const T& x) {
    if constexpr (std::is_same_v<T, Rational>) {
        throw invalid_input("\"" + std::string(name_of(f)) + "\" has no exact rational value");
    } else {
        using std::acos, std::acosh, std::asin, std::asinh, std::atan, std::atanh, std::cos, std::cosh, std::exp, std::log, std::sin, std::sinh, std::tan, std::tanh, std::log1p, std::expm1;
        switch (f) {
            case function::exp: return exp(x);
            case function::log: return log(x);
            case function::sin: return sin(x);
            case function::cos: return cos(x);
            case function::tan: return tan(x);
            case function::sinh: return sinh(x);
            case function::cosh: return cosh(x);
            case function::tanh: return tanh(x);
            case function::asin: return asin(x);
            case function::acos: return acos(x);
            case function::atan: return atan(x);
            case function::asinh: return asinh(x);
            case function::acosh: return acosh(x);
            case function::atanh: return atanh(x);
            case function::log1p: return log1p(x);
            case function::expm1: return expm1(x);
        }
        return T();
    }
}

template double apply(function, const double&);
template Real apply(function, const Real&);
template Ball apply(function, const Ball&);
template Complex_ball apply(function, const Complex_ball&);
template Rational apply(function, const Rational&);

template <class T>
evaluator<T>::evaluator(const Graph& graph, std::vector<node_id> outputs) : outputs_(std::move(outputs)), values_(graph.size()) {
    for (const node_id id : reachable(graph, outputs_)) {
        instruction& i = program_.emplace_back();
        i.source = graph[id];
        i.target = id;
        i.reciprocal = i.source.what == kind::power && i.source.value == -1;
        for (const term& t : i.source.terms) i.signs.push_back(static_cast<signed char>(t.coefficient == 1 ? 1 : t.coefficient == -1 ? -1 : 0));
    }
}

template <class T>
void evaluator<T>::convert() {
    if (converted_bits_ == number::working_bits()) return;
    for (instruction& i : program_) {
        i.value = convert_constant<T>(i.source.value);
        i.coefficients.clear();
        for (const term& t : i.source.terms) i.coefficients.push_back(convert_constant<T>(t.coefficient));
        values_[i.target] = T();
    }
    product_ = T();
    converted_bits_ = number::working_bits();
}

template <class T>
std::vector<T> evaluator<T>::operator()(std::span<const T> inputs) {
    convert();
    for (const instruction& i : program_) {
        T& value = values_[i.target];
        switch (i.source.what) {
            case kind::input: value = inputs[i.source.argument]; break;
            case kind::constant: value = i.value; break;
            case kind::power: value = i.reciprocal ? reciprocal(values_[i.source.argument]) : apply_power<T>(values_[i.source.argument], i.source.value, i.value); break;
            case kind::function: value = apply<T>(i.source.name, values_[i.source.argument]); break;
            case kind::sum: {
                value = i.value;
                for (std::size_t k = 0; k < i.coefficients.size(); ++k) {
                    const term& t = i.source.terms[k];
                    const T* product = &values_[t.left];
                    if (t.right != none) {
                        multiply_into(product_, *product, values_[t.right]);
                        product = &product_;
                    }
                    if (i.signs[k] == 0) {
                        multiply_into(product_, *product, i.coefficients[k]);
                        product = &product_;
                    }
                    if (i.signs[k] < 0)
                        value -= *product;
                    else
                        value += *product;
                }
                break;
            }
        }
    }
    std::vector<T> results;
    for (const node_id id : outputs_) results.push_back(values_[id]);
    return results;
}

template class evaluator<double>;
template class evaluator<Real>;
template class evaluator<Ball>;
template class evaluator<Complex_ball>;
template class evaluator<Rational>;

}  // namespace eonflow::graph
