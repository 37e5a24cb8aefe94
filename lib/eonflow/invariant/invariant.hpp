#pragma once
/// Quantities a flow conserves: the known ones per model, their exact test, and their drift along a trajectory.

#include <eonflow/flow/trajectory.hpp>

#include <functional>

namespace eonflow::invariant {

struct Invariant {
    std::string name;      ///< "balance W2/W1 [1,2]"
    std::string relation;  ///< the formula, in Unicode
    /// Entries of one quantity (a matrix entry by entry), nodes of the system's graph that stay constant along the flow.
    std::vector<graph::node_id> entries;
    /// Where the quantity is conserved on an invariant set of starts only: moves a point to that set.
    std::function<void(std::vector<number::Rational>& theta)> admit = {};
};

/// The conserved quantities known for the problem's model: layer balance, the part of the first layer orthogonal to the data,
/// and for parameters that act one coordinate at a time the part of the mirror coordinates orthogonal to the data. Adds nodes to system.graph.
[[nodiscard]] std::vector<Invariant> known_invariants(const flow::Problem& problem, flow::System& system);

/// The outcome of evaluating a Lie derivative (or an identity) exactly at random rational points.
struct LieTest {
    std::string name, relation;
    bool exact = false;     ///< evaluated in rational arithmetic; otherwise in balls
    bool vanishes = false;  ///< zero at every point (exact), or every ball contains zero
    int points = 0;
    std::string meaning;    ///< what the outcome does and does not prove, in one sentence
};

/// d/dt of each invariant along theta' = sum_i c_i grad f_i(theta) with free coefficients c_i in place of -loss'(f_i), so that a zero holds for every loss;
/// the energy identity d loss/dt = -|grad loss|^2 and, for homogeneous predictions of degree L, the Euler identity <theta, grad f> = L f.
/// `seed` draws the points (integers over small denominators), the same on every machine.
[[nodiscard]] std::vector<LieTest> lie_tests(const flow::Problem& problem, int points = 5, std::uint64_t seed = 1);

/// The largest change of each known invariant over the samples of `trajectory`, relative to |theta|^2 (|theta| for the linear ones), in the working precision
/// of the caller's scope.
[[nodiscard]] std::vector<flow::InvariantDrift> drifts(const flow::Problem& problem, const flow::Trajectory& trajectory);

/// The digits, of the largest coefficient, on which the n-dimensional dual flow (flow/dual.hpp) and beta along `trajectory` agree at all samples, in the working precision of the
/// caller's scope; nothing where the model has no known dual flow, or the trajectory does not go forward in the clock t.
[[nodiscard]] std::optional<std::int64_t> dual_digits(const flow::Problem& problem, const flow::Trajectory& trajectory);

}  // namespace eonflow::invariant
