#pragma once
/// Numerical derivatives of a graph, without building them as graphs.

#include <eonflow/graph/evaluate.hpp>

namespace eonflow::graph {

/// The derivatives of `outputs` with respect to the first `unknowns` inputs, by forward accumulation: each node carries the derivatives with respect to
/// those unknowns that it depends on. Costs about as many products as the nodes have terms times the unknowns they depend on; each operation is
/// rounded in the arithmetic of T, double or Real (no bound claimed), with NaN or infinities where a derivative is undefined.
template <class T>
class jacobian_evaluator {
public:
    struct place {
        std::uint32_t row, column;
    };

    /// May add nodes to the graph. Throws invalid_input if it has fewer inputs than `unknowns`.
    jacobian_evaluator(Graph& graph, std::vector<node_id> outputs, std::size_t unknowns);

    /// Where the derivatives stand that the graph does not show to be 0, row by row.
    [[nodiscard]] std::span<const place> pattern() const noexcept { return pattern_; }
    /// Those derivatives, in the order of the pattern, at one value per input of the graph; valid until the next call.
    [[nodiscard]] std::span<const T> operator()(std::span<const T> inputs);

private:
    using support = std::vector<std::uint32_t>;  // unknowns, ascending
    struct link {
        node_id child = none, other = none, slope = none;  // of a product its other factor, of a power or function its slope
        std::size_t coefficient = 0;
    };
    struct step {
        std::size_t unknowns = 0;  // which support
        std::size_t start = 0;     // of its derivatives
        std::vector<link> links;
    };
    void convert();

    std::vector<node_id> outputs_;
    std::vector<support> supports_;  // the first is empty
    std::vector<step> steps_;        // by node
    std::vector<node_id> order_;
    std::vector<Rational> exact_coefficients_;
    std::vector<T> coefficients_, derivatives_, work_, entries_;
    std::vector<place> pattern_;
    evaluator<T> values_;
    std::int64_t converted_bits_ = -1;
};

extern template class jacobian_evaluator<double>;
extern template class jacobian_evaluator<number::Real>;

}  // namespace eonflow::graph
