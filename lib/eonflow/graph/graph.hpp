#pragma once
/// The expression graph in which every model, loss, clock and invariant is written once; everything else is derived from it.

#include <eonflow/number/rational.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace eonflow::graph {

using number::Rational;

using node_id = std::uint32_t;
inline constexpr node_id none = ~node_id{0};

enum class function : std::uint8_t { exp, log, sin, cos, tan, sinh, cosh, tanh, asin, acos, atan, asinh, acosh, atanh, log1p, expm1 };

/// The name a function has in formulas ("exp", "tanh", ...), and back; find_function returns false for an unknown name.
[[nodiscard]] std::string_view name_of(function f) noexcept;
[[nodiscard]] bool find_function(std::string_view name, function& found) noexcept;

enum class kind : std::uint8_t { input, constant, sum, power, function };

/// coefficient * left * right, or coefficient * left where right is `none`.
struct term {
    Rational coefficient;
    node_id left = none;
    node_id right = none;
};

struct node {
    kind what = kind::constant;
    function name = function::exp;  ///< of a function node
    node_id argument = none;        ///< of a power or function node; of an input node its position among the inputs
    Rational value;                 ///< of a constant its value, of a sum its constant part, of a power its exponent (-1 or no integer)
    std::vector<term> terms;        ///< of a sum
};

/// A directed acyclic graph of inputs, exact constants, sums of products of two nodes, powers and elementary functions.
/// Equal nodes are the same node. A node's arguments have smaller ids than the node, so ascending ids are an order of evaluation.
class Graph {
public:
    Graph();
    ~Graph();
    Graph(const Graph&);
    Graph(Graph&&) noexcept;
    Graph& operator=(const Graph&);
    Graph& operator=(Graph&&) noexcept;

    node_id input(std::string name);
    /// Throws invalid_input, like all that folds constants, for values of more than 2^24 bits.
    node_id constant(const Rational& value);
    /// constant + the sum of `terms`, in a canonical form: constant factors folded, like terms collected, zeros dropped.
    node_id sum(std::vector<term> terms, const Rational& constant = 0);
    node_id add(node_id a, node_id b);
    node_id subtract(node_id a, node_id b);
    node_id multiply(node_id a, node_id b);
    node_id scale(const Rational& factor, node_id a);
    node_id divide(node_id a, node_id b);
    /// sum over k of a[k] * b[k]
    node_id dot(std::span<const node_id> a, std::span<const node_id> b);
    node_id product(std::span<const node_id> factors);
    /// base^exponent; throws invalid_input for 0 to a negative power and for integer exponents beyond 10 000.
    node_id power(node_id base, const Rational& exponent);
    node_id apply(function f, node_id argument);
    /// d(value of u)/d(its argument) for a power or function node u; may add nodes.
    node_id slope(node_id u);

    [[nodiscard]] const node& operator[](node_id id) const noexcept { return nodes_[id]; }
    [[nodiscard]] std::size_t size() const noexcept { return nodes_.size(); }
    [[nodiscard]] std::span<const node_id> inputs() const noexcept { return inputs_; }
    [[nodiscard]] const std::string& input_name(std::size_t position) const { return input_names_[position]; }
    [[nodiscard]] bool is_constant(node_id id) const noexcept { return nodes_[id].what == kind::constant; }
    [[nodiscard]] bool is_zero(node_id id) const { return is_constant(id) && nodes_[id].value == 0; }

private:
    struct index;
    node_id intern(node&& candidate);

    std::vector<node> nodes_;
    std::vector<node_id> inputs_;
    std::vector<std::string> input_names_;
    std::unique_ptr<index> index_;
};

/// y' = F(y; p): derivative[i] is the node of F_i; the graph's inputs are the states y (as many as derivatives), then the parameters p,
/// which stay constant along a step.
struct vector_field {
    Graph graph;
    std::vector<node_id> derivative;

    [[nodiscard]] std::size_t states() const noexcept { return derivative.size(); }
    [[nodiscard]] std::size_t parameters() const noexcept { return graph.inputs().size() - derivative.size(); }
};

/// Calls visit(id) once for each node that `outputs` depend on, in ascending order; `slopes` (see Graph::slope) do not count as dependencies.
[[nodiscard]] std::vector<node_id> reachable(const Graph& graph, std::span<const node_id> outputs);

/// Copies `outputs` of `from` into `to`, replacing the inputs of `from` by the nodes `inputs` of `to`, and its nodes `zero` by 0; returns the copies.
std::vector<node_id> transplant(const Graph& from, std::span<const node_id> outputs, Graph& to, std::span<const node_id> inputs,
                                std::span<const node_id> zero = {});

/// Whether `outputs` are rational functions of the inputs with rational coefficients.
[[nodiscard]] bool is_rational(const Graph& graph, std::span<const node_id> outputs);

/// The degree of homogeneity of `output` in the inputs `variables` (positions), if the graph shows one: f(s x) = s^degree f(x) for s > 0.
/// Returns false if the graph does not show one (the function may have one all the same).
[[nodiscard]] bool homogeneous_degree(const Graph& graph, node_id output, std::span<const std::size_t> variables, Rational& degree);

/// Whether the graph shows `output` to be linear in the inputs `variables` (positions), without constant part.
[[nodiscard]] bool is_linear(const Graph& graph, node_id output, std::span<const std::size_t> variables);

}  // namespace eonflow::graph
