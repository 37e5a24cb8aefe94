#pragma once
/// Values of a graph in any of the number types.

#include <eonflow/graph/graph.hpp>
#include <eonflow/number/complex_ball.hpp>

namespace eonflow::graph {

/// The value of an elementary function, with the rules of `evaluator` below.
template <class T>
[[nodiscard]] T apply(function f, const T& x);

/// The values of `outputs` at given inputs, in double, Real, Ball, Complex_ball or Rational. Balls give enclosures; Real rounds each operation in the
/// working precision (no bound claimed); Rational is exact.
/// Where a value is undefined, double and Real give NaN or infinities, balls one that is not finite, and Rational throws numerical_error;
/// Rational throws invalid_input for functions that are not rational.
template <class T>
class evaluator {
public:
    evaluator(const Graph& graph, std::vector<node_id> outputs);
    /// `inputs`: one value per input of the graph. Thread-safe in the sense of const only for double; other types keep converted constants.
    [[nodiscard]] std::vector<T> operator()(std::span<const T> inputs);
    /// The value that a node had in the last call; the node must be one that the outputs depend on.
    [[nodiscard]] const T& value(node_id id) const { return values_[id]; }

private:
    struct instruction {
        node source;
        node_id target = none;
        bool reciprocal = false;          // of a power: whether its exponent is -1
        std::vector<signed char> signs;   // of a coefficient 1 or -1 the sign, else 0: most need no multiplication
        std::vector<T> coefficients;
        T value{};
    };
    void convert();

    std::vector<instruction> program_;
    std::vector<node_id> outputs_;
    std::vector<T> values_;
    T product_{};
    std::int64_t converted_bits_ = -1;
};

template <class T>
[[nodiscard]] std::vector<T> evaluate(const Graph& graph, std::span<const node_id> outputs, std::span<const T> inputs) {
    return evaluator<T>(graph, {outputs.begin(), outputs.end()})(inputs);
}

extern template class evaluator<double>;
extern template class evaluator<number::Real>;
extern template class evaluator<number::Ball>;
extern template class evaluator<number::Complex_ball>;
extern template class evaluator<Rational>;

}  // namespace eonflow::graph
