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

/// A kink of a piecewise linear activation phi(u) = slope * u: the slope is an input of the graph, constant while the argument keeps its sign.
struct kink {
    node_id argument = graph::none;  ///< u
    node_id slope = graph::none;     ///< `below` where u < 0, `above` where u > 0, anything between them where u = 0
    std::size_t layer = 0;           ///< position among the model's layers of the weights that make u
    std::size_t unit = 0;            ///< of that layer, from 0
    std::size_t sample = 0;          ///< from 0; of samples that share the kink the first
    Rational below, above = 1;
    /// A sample whose argument is factor * u for all parameters: its activation has the same kink, turned around where factor < 0.
    struct multiple {
        std::size_t sample = 0;
        Rational factor;
    };
    std::vector<multiple> shared = {};
};

/// The slope at factor * u, and the value phi(factor * u).
[[nodiscard]] node_id slope_at(Graph& graph, const kink& k, const Rational& factor);
[[nodiscard]] node_id value_at(Graph& graph, const kink& k, const Rational& factor);

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
    /// The same for a piecewise linear network: appends the kinks of this sample, each with a new input for its slope.
    std::function<node_id(Graph&, std::span<const node_id> theta, std::span<const Rational> x, std::size_t sample, std::vector<kink>& kinks)> piecewise_prediction;
    std::vector<Rational> output;  ///< of a leaky ReLU network its fixed output weights, before the normalisation
    bool normalised = false;       ///< those times 1/sqrt(width)
    Rational slope;                ///< of the activation below 0
    std::size_t linear_layers = 0; ///< of a `relu_network`, behind its body
    std::string skips;             ///< of a `relu_network`: "none", "identity", "diagonal" or "free"

    /// Appends a weight matrix and the names of its entries.
    void append_layer(const std::string& name, std::size_t rows, std::size_t columns);
    [[nodiscard]] std::size_t parameters() const noexcept { return parameter_names.size(); }
    [[nodiscard]] bool is_linear_in_x() const noexcept { return static_cast<bool>(linear_coefficients); }
    [[nodiscard]] bool is_piecewise() const noexcept { return static_cast<bool>(piecewise_prediction); }
    /// The nodes of f(x_i; theta) for the rows x_i of X; appends the kinks of a piecewise linear network, lower layers first within a sample.
    [[nodiscard]] std::vector<node_id> predictions(Graph& graph, std::span<const node_id> theta, const number::Matrix<Rational>& X,
                                                   std::vector<kink>& kinks) const;
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

/// f = s sum_j output[j] phi(<w_j, x>), phi(u) = max(slope u, u), where only the rows w_j are trained; s = 1/sqrt(width) if `normalised`, else 1.
/// Throws invalid_input for no units and for slopes outside [0, 1).
[[nodiscard]] Model leaky_relu(std::size_t inputs, std::vector<Rational> output, const Rational& slope, bool normalised);

/// The same with the smooth activation phi(u) = slope u + (1 - slope) log((1 + e^u)/2), slope <= phi' <= 1, |phi''| <= (1 - slope)/4.
[[nodiscard]] Model smooth_leaky_relu(std::size_t inputs, std::vector<Rational> output, const Rational& slope, bool normalised);

/// h_0 = x, u_l = W_l h_{l-1} + S_l h_{l-2} (l >= 2), h_l = phi(u_l) in the body, h_l = u_l in the last `linear_layers` >= 1 layers, which have no skips;
/// f = h_L. widths = {d, d_1, ..., d_{L-1}, 1}, phi(u) = max(slope u, u). skips: "none"; "identity" (S_l = I) and "diagonal" (S_l trained) where d_l = d_{l-2}; "free"
/// (S_l a trained matrix). Parameters: W_1, ..., W_L by rows, then the S_l. Throws invalid_input for widths that do not end in 1, and for a body without a layer.
[[nodiscard]] Model relu_network(std::span<const std::size_t> widths, std::size_t linear_layers, const Rational& slope, const std::string& skips);

/// The user's own formula over `parameters` and x1..xd. Throws invalid_input for a wrong formula or unusable names.
[[nodiscard]] Model expression(std::size_t inputs, std::vector<std::string> parameters, const std::string& prediction);

/// What `eonflow list models` prints: family and one line each.
struct family_entry {
    std::string name, keys, summary;
};
[[nodiscard]] const std::vector<family_entry>& families();

}  // namespace eonflow::model
