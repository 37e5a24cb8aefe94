#pragma once
/// A problem: data, model, loss, start, clock and stop rule, all exact.

#include <eonflow/convex/program.hpp>
#include <eonflow/model/loss.hpp>
#include <eonflow/model/model.hpp>

#include <optional>

namespace eonflow::flow {

using number::Rational;

struct Data {
    number::Matrix<Rational> X;  ///< n x d, one sample a row
    std::vector<Rational> y;     ///< n labels

    [[nodiscard]] std::size_t samples() const noexcept { return X.rows(); }
    [[nodiscard]] std::size_t features() const noexcept { return X.columns(); }
    /// Rows y_i x_i.
    [[nodiscard]] number::Matrix<Rational> signed_rows() const;
    /// The same data with the mean of each column subtracted, exactly.
    [[nodiscard]] Data centred() const;
};

/// The independent variable of an integration: time t; loss: log(1/loss); horizon: log|theta| late on; automatic: chosen from model, loss and stop rule.
enum class Clock : std::uint8_t { automatic, time, loss, horizon };

[[nodiscard]] std::string_view name_of(Clock clock) noexcept;
[[nodiscard]] bool find_clock(std::string_view name, Clock& found) noexcept;

/// What to do where a solution can go on in several ways.
enum class ambiguity : std::uint8_t {
    stop,     ///< end with the status not_unique
    lowest,   ///< take the way with the lowest slopes (a unit at rest stays at rest)
    highest   ///< take the way with the highest slopes
};

[[nodiscard]] std::string_view name_of(ambiguity choice) noexcept;

/// The first of the rules that is met ends an integration; `time` may be negative (backwards from t = 0).
struct StopRule {
    std::optional<Rational> time;
    std::optional<Rational> log10_time;
    std::optional<Rational> log10_log10_time;
    std::optional<Rational> loss;
    std::optional<Rational> direction_digits;
    std::optional<Rational> settled_digits;
    std::optional<Rational> clock;  ///< a value of the clock itself

    [[nodiscard]] bool empty() const noexcept { return !time && !log10_time && !log10_log10_time && !loss && !direction_digits && !settled_digits && !clock; }
};

/// A program stated directly, instead of the one that belongs to a model: `kind` is one of limit::objectives(), which names the other fields it takes.
struct Objective {
    std::string kind;
    std::vector<Rational> weights;           ///< one per feature (per group of a group margin), or none
    std::vector<Rational> negative_weights;  ///< of negative coordinates, or none: the same
    std::vector<std::size_t> sizes;          ///< of consecutive groups
    std::vector<std::size_t> shape;          ///< rows and columns of a matrix whose entries by rows are the features
    std::size_t depth = 0;                   ///< L of |w|^(2/L)
    std::vector<convex::Potential> terms;    ///< one per feature
    std::vector<Rational> start;             ///< the point that is projected, or none
};

struct Problem {
    std::string name;
    Data data;
    std::optional<Objective> objective;  ///< where it is given, model, loss and start may be absent (model.inputs = 0)
    model::Model model;
    model::Loss loss;
    std::vector<Rational> initial;  ///< theta(0), flat
    std::optional<Rational> descent_step;  ///< gradient descent with this step instead of the flow
    ambiguity at_ambiguity = ambiguity::stop;  ///< where the flow of a piecewise linear network can go on in several ways
    Clock clock = Clock::automatic;
    StopRule stop;
    std::int64_t digits = 30;            ///< wanted correct decimal digits
    std::vector<Rational> times;         ///< wanted sample times, ascending in the direction of integration; may be empty
    std::vector<std::string> observe;    ///< names of observables, see observables()

    /// Throws invalid_input, naming the JSON pointer, unless shapes fit: n >= 1 rows of d = model.inputs features, n labels (+-1 for classification
    /// losses), as many initial values as parameters, digits within 1 to 100 000, a positive loss to stop at. Without a model only data, objective and digits count.
    void validate() const;
};

/// Everything a problem is made of, as nodes of one graph whose inputs are the parameters theta, then the slopes of the kinks, one input each.
struct System {
    graph::Graph graph;
    std::vector<graph::node_id> theta;
    std::vector<model::kink> kinks;            ///< of a piecewise linear network, else empty
    std::vector<graph::node_id> predictions;   ///< f(x_i; theta)
    std::vector<graph::node_id> margins;       ///< y_i f(x_i; theta)
    graph::node_id loss = graph::none;
    std::vector<graph::node_id> gradient;      ///< of the loss, one node per parameter
    std::vector<graph::node_id> coefficients;  ///< beta(theta) where the model is linear in x, else empty
};

[[nodiscard]] System build_system(const Problem& problem);

/// A lower bound on the loss of any predictor, linear or not, exactly: two equal samples with labels y and y' cost at least (y - y')^2/4 together (squared loss), 2 (exponential) or 4/3 < 2 log 2
/// (logistic). 0 where no two samples contradict each other so, or the loss is a formula.
[[nodiscard]] Rational least_loss(const Problem& problem);
/// Throws invalid_input where the data contradict themselves (least_loss > 0), or a predictor that is linear in x cannot fit or separate them; `wanted` says what is then out of reach.
void require_reachable(const Problem& problem, const std::string& wanted);

/// A gradient flow with kinks in some clock. The inputs of the graph are the states, theta first, then the slopes of `kinks`, then v, the direction of theta: the
/// part of `descent` along the kinks that theta slides on, where there are none `descent` itself.
struct PiecewiseField {
    graph::Graph graph;
    std::vector<graph::node_id> derivative;  ///< of the states, as functions of the inputs; D enters as v alone
    std::vector<graph::node_id> descent;     ///< -grad loss, up to a positive factor that is the same for all entries and does not depend on the slopes; one node per parameter
    std::vector<model::kink> kinks;          ///< with nodes of this graph
    std::vector<graph::node_id> force;       ///< of each kink: where its argument is 0, descent = slope * force * grad argument + what does not depend on the slope

    [[nodiscard]] std::size_t states() const noexcept { return derivative.size(); }
    [[nodiscard]] std::size_t parameters() const noexcept { return descent.size(); }
};

/// The field with v = descent, its parameters the slopes.
[[nodiscard]] graph::vector_field assembled(const PiecewiseField& field);

/// The gradient flow in a clock. `time`: states theta, theta' = -grad loss. `loss`: states theta and s = log(1 + t), with
/// dtheta/dsigma = -loss grad loss/|grad loss|^2 and ds/dsigma = loss e^-s/|grad loss|^2, sigma = log(1/loss). The flow is the same curve in either.
/// Throws invalid_input for other clocks.
[[nodiscard]] PiecewiseField flow_field(const System& system, Clock clock);

/// d output/d(slope * argument) of each kink, as nodes of `graph`, where the kinks are.
[[nodiscard]] std::vector<graph::node_id> slope_forces(graph::Graph& graph, graph::node_id output, const std::vector<model::kink>& kinks);

/// `kinks` with their nodes replaced: the arguments, nodes of `from`, are transplanted to `to` with `inputs`, which are those of `from` in `to`.
[[nodiscard]] std::vector<model::kink> transplant_kinks(const std::vector<model::kink>& kinks, const graph::Graph& from, graph::Graph& to,
                                                        std::span<const graph::node_id> inputs);

}  // namespace eonflow::flow
