#pragma once
/// Network families: each a function that builds predictions in a graph. Adding a family is writing one function here.

#include <eonflow/graph/graph.hpp>
#include <eonflow/number/matrix.hpp>

#include <functional>
#include <optional>

namespace eonflow::model {

using graph::Graph;
using graph::node_id;
using number::Rational;

/// One weight matrix inside the flat parameter vector: entry (i, j) is parameter offset + i * columns + j.
struct layer {
    std::string name;
    std::size_t rows = 0, columns = 0, offset = 0;
};

/// coefficient * x[feature] at the position `at` of a data tensor (one index a layer); all indices from 0.
struct tensor_entry {
    std::vector<std::size_t> at;
    std::size_t feature = 0;
    Rational coefficient;
};

/// How the layers of a model that is no chain of matrices multiply, which decides what its flow conserves.
enum class coupling : std::uint8_t {
    none,
    entrywise,   ///< entry by entry: v_k[j]^2 - v_l[j]^2 is constant
    circular,    ///< as circular filters of full length: the autocorrelations of two filters differ by a constant
    multilinear  ///< in any other way that is linear in each layer: |v_k|^2 - |v_l|^2 is constant
};

/// A predictor f(x; theta) of `inputs` features with the flat parameter vector theta.
struct Model {
    std::string family;
    std::string description;
    std::string formula;  ///< of an `expression` its prediction, of a `reparametrized` predictor a rho of the user's own, as they were written
    std::size_t inputs = 0;
    std::vector<std::string> parameter_names;
    /// Weight matrices, first layer first; empty for families without them.
    std::vector<layer> layers;
    /// True if consecutive layers multiply as matrices (W_L ... W_1), so that W_{k+1}^T W_{k+1} - W_k W_k^T is balanced.
    bool matrix_chain = false;
    coupling layers_couple = coupling::none;
    std::vector<tensor_entry> entries;  ///< of a `tensor`
    std::size_t depth = 0;              ///< of a `difference` u^depth - v^depth
    std::string rho;                    ///< of a `reparametrized` predictor, the name of its row (reparametrization.hpp); empty for a formula
    std::optional<Rational> exponent;   ///< of rho, where it takes one
    std::vector<Rational> origin;       ///< of a `reparametrized` predictor whose parameters count from rho^{-1}(origin); may be empty
    /// The coefficients beta(theta) of a predictor that is linear in x (f = <beta, x>); empty function otherwise.
    std::function<std::vector<node_id>(Graph&, std::span<const node_id> theta)> linear_coefficients;
    /// f(x; theta) for a model that is not linear in x; empty function otherwise.
    std::function<node_id(Graph&, std::span<const node_id> theta, std::span<const Rational> x)> nonlinear_prediction;

    /// Appends a weight matrix and the names of its entries.
    void append_layer(const std::string& name, std::size_t rows, std::size_t columns);
    [[nodiscard]] std::size_t parameters() const noexcept { return parameter_names.size(); }
    [[nodiscard]] bool is_linear_in_x() const noexcept { return static_cast<bool>(linear_coefficients); }
    /// The nodes of f(x_i; theta) for the rows x_i of X.
    [[nodiscard]] std::vector<node_id> predictions(Graph& graph, std::span<const node_id> theta, const number::Matrix<Rational>& X) const;
};

/// f = <w, x>, w in R^d.
[[nodiscard]] Model linear(std::size_t inputs);

/// beta_j = product over l = 1..depth of v_l[j]; parameters v_1, ..., v_depth, each of length `inputs`.
[[nodiscard]] Model diagonal(std::size_t inputs, std::size_t depth);

/// beta = u^depth - v^depth, entrywise; parameters u and v, each of length `inputs`.
[[nodiscard]] Model difference(std::size_t inputs, std::size_t depth);

/// beta = v_1 * ... * v_L, circular convolution of length `inputs`; v_l has length filters[l] <= inputs (the rest of it is 0).
/// Throws invalid_input for no filters and for lengths outside 1..inputs.
[[nodiscard]] Model convolution(std::size_t inputs, std::span<const std::size_t> filters);

/// f = sum over the data tensor's entries of coefficient * x[feature] * prod_l v_l[at_l]; v_l has length shape[l].
/// Throws invalid_input for an empty shape and for indices outside it.
[[nodiscard]] Model tensor(std::size_t inputs, std::span<const std::size_t> shape, std::vector<tensor_entry> entries);

/// f = W_L ... W_1 x with widths {d, d_1, ..., d_{L-1}, 1}; W_k is d_k x d_{k-1}, by rows. Throws invalid_input for widths that do not end in 1.
[[nodiscard]] Model dense(std::span<const std::size_t> widths);

/// The user's own formula over `parameters` and x1..xd. Throws invalid_input for a wrong formula or unusable names.
[[nodiscard]] Model expression(std::size_t inputs, std::vector<std::string> parameters, const std::string& prediction);

/// What `eonflow list models` prints: family and one line each.
struct family_entry {
    std::string name, keys, summary;
};
[[nodiscard]] const std::vector<family_entry>& families();

}  // namespace eonflow::model
