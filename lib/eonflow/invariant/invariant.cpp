#include <eonflow/invariant/invariant.hpp>

#include <eonflow/flow/dual.hpp>
#include <eonflow/flow/observe.hpp>
#include <eonflow/graph/derivative.hpp>
#include <eonflow/invariant/units.hpp>
#include <eonflow/model/reparametrization.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/linear.hpp>

#include <algorithm>
#include <random>

namespace eonflow::invariant {

using graph::node_id;
using number::Ball;
using number::Rational;
using number::Real;
using number::Vector;

namespace {

constexpr int numerator_range = 1000, denominator_range = 64;
constexpr std::int64_t ball_bits = 256;

node_id weight(const flow::System& system, const model::layer& w, std::size_t i, std::size_t j) { return system.theta[w.offset + i * w.columns + j]; }

Invariant layer_balance(flow::System& system, const model::layer& lower, const model::layer& upper) {
    Invariant result{"balance " + upper.name + "/" + lower.name, upper.name + "ᵀ" + upper.name + " − " + lower.name + lower.name + "ᵀ", {}};
    for (std::size_t i = 0; i < lower.rows; ++i)
        for (std::size_t j = 0; j < lower.rows; ++j) {
            std::vector<graph::term> terms;
            for (std::size_t k = 0; k < upper.rows; ++k) terms.push_back({1, weight(system, upper, k, i), weight(system, upper, k, j)});
            for (std::size_t k = 0; k < lower.columns; ++k) terms.push_back({-1, weight(system, lower, i, k), weight(system, lower, j, k)});
            result.entries.push_back(system.graph.sum(std::move(terms)));
        }
    return result;
}

Invariant coordinate_balance(flow::System& system, const model::layer& lower, const model::layer& upper) {
    Invariant result{"balance " + upper.name + "/" + lower.name, upper.name + "² − " + lower.name + "², entrywise", {}};
    for (std::size_t j = 0; j < lower.columns; ++j) {
        const node_id a = weight(system, upper, 0, j), b = weight(system, lower, 0, j);
        result.entries.push_back(system.graph.sum({{1, a, a}, {-1, b, b}}));
    }
    return result;
}

/// The autocorrelations sum_j v[j] v[j + shift] (indices mod d): their transform is |v^|^2, frequency by frequency.
Invariant circular_balance(flow::System& system, const model::layer& lower, const model::layer& upper) {
    Invariant result{"balance " + upper.name + "/" + lower.name, "autocorrelation of " + upper.name + " − of " + lower.name + ", shift by shift", {}};
    const std::size_t d = lower.columns;
    for (std::size_t shift = 0; 2 * shift <= d; ++shift) {
        std::vector<graph::term> terms;
        for (std::size_t j = 0; j < d; ++j) {
            terms.push_back({1, weight(system, upper, 0, j), weight(system, upper, 0, (j + shift) % d)});
            terms.push_back({-1, weight(system, lower, 0, j), weight(system, lower, 0, (j + shift) % d)});
        }
        result.entries.push_back(system.graph.sum(std::move(terms)));
    }
    return result;
}

Invariant norm_balance(flow::System& system, const model::layer& lower, const model::layer& upper) {
    std::vector<graph::term> terms;
    for (std::size_t j = 0; j < upper.columns; ++j) terms.push_back({1, weight(system, upper, 0, j), weight(system, upper, 0, j)});
    for (std::size_t j = 0; j < lower.columns; ++j) terms.push_back({-1, weight(system, lower, 0, j), weight(system, lower, 0, j)});
    return {"balance " + upper.name + "/" + lower.name, "|" + upper.name + "|² − |" + lower.name + "|²", {system.graph.sum(std::move(terms))}};
}

/// Along u^D - v^D every loss moves u^(2-D) and v^(2-D) (log u and log v for D = 2) by opposite amounts.
Invariant difference_balance(flow::System& system, const model::Model& model) {
    const auto D = static_cast<int>(model.depth);
    Invariant result{"balance u/v", D == 2 ? "u v, entrywise" : "u^" + std::to_string(2 - D) + " + v^" + std::to_string(2 - D) + ", entrywise", {}};
    graph::Graph& g = system.graph;
    for (std::size_t j = 0; j < model.inputs; ++j) {
        const node_id u = system.theta[j], v = system.theta[model.inputs + j];
        result.entries.push_back(D == 2 ? g.multiply(u, v) : g.add(g.power(u, 2 - D), g.power(v, 2 - D)));
    }
    return result;
}

/// For parameters that act one coordinate at a time, F'(beta) moves within the row space of X: its part along each n with X n = 0 stays. `mirror` holds F'(beta_j).
Invariant mirror_part(flow::System& system, const std::vector<node_id>& mirror, const number::Matrix<Rational>& directions) {
    Invariant result{"mirror part outside the data", "⟨n, ∇F(β)⟩ for the n with X n = 0", {}};
    for (std::size_t k = 0; k < directions.rows(); ++k) {
        std::vector<graph::term> terms;
        for (std::size_t j = 0; j < mirror.size(); ++j) terms.push_back({directions(k, j), mirror[j]});
        result.entries.push_back(system.graph.sum(std::move(terms)));
    }
    return result;
}

/// For L >= 3 layers of which all but the last start equal in size, v_l = ±c cosh w and v_L = c sinh w: the mirror coordinate is ±c^(2-L) tau_L(v_L/c) with
/// tau_L(q) = int_0^q (1 + s^2)^(-(L-1)/2) ds and the conserved c^2 = v_1^2 - v_L^2. Empty for other starts.
std::vector<node_id> deep_mirror_coordinates(const flow::Problem& problem, flow::System& system) {
    const std::size_t d = problem.model.inputs;
    const auto depth = static_cast<int>(problem.model.layers.size());
    const std::size_t last = (problem.model.layers.size() - 1) * d;
    graph::Graph& g = system.graph;
    std::vector<node_id> mirror;
    for (std::size_t j = 0; j < d; ++j) {
        Rational sign = 1;
        const Rational first = abs(problem.initial[j]);
        for (std::size_t at = j; at < last; at += d) {
            if (abs(problem.initial[at]) != first) return {};
            if (problem.initial[at] < 0) sign = -sign;
        }
        if (abs(problem.initial[last + j]) >= first) return {};
        const node_id v1 = system.theta[j], vL = system.theta[last + j], square = g.sum({{1, v1, v1}, {-1, vL, vL}});
        const node_id q = g.multiply(vL, g.power(square, Rational(-1, 2))), over = g.power(g.sum({{1, q, q}}, 1), -1);
        const bool even = depth % 2 == 0;
        node_id tau = g.apply(even ? graph::function::asinh : graph::function::atan, q), factor = even ? g.power(over, Rational(1, 2)) : over;
        for (int l = even ? 2 : 3; l < depth; l += 2) {
            tau = g.scale(Rational(1, l - 1), g.sum({{1, q, factor}, {l - 2, tau}}));
            factor = g.multiply(factor, over);
        }
        mirror.push_back(g.scale(sign, g.multiply(g.power(square, Rational(2 - depth, 2)), tau)));
    }
    return mirror;
}

/// Gives v_1 to v_{L-1} the size of the larger of v_1 and v_L, v_L that of the smaller, and all the signs of the start.
void make_equal(const flow::Problem& problem, std::vector<Rational>& theta) {
    const std::size_t d = problem.model.inputs, last = (problem.model.layers.size() - 1) * d;
    for (std::size_t j = 0; j < d; ++j) {
        Rational size = abs(theta[j]);
        if (abs(theta[last + j]) > size) {
            std::swap(size, theta[last + j]);
            if (size < 0) size = -size;
        }
        for (std::size_t at = j; at < last; at += d) theta[at] = problem.initial[at] < 0 ? Rational(-size) : size;
    }
}

/// F'(beta_j) in terms of the parameters, where it is elementary for every start: the rows of the table, two diagonal layers, and u^D - v^D.
std::vector<node_id> mirror_coordinates(const model::Model& model, flow::System& system) {
    graph::Graph& g = system.graph;
    std::vector<node_id> mirror;
    if (const model::Reparametrization* row = model::find_reparametrization(model.rho)) {
        for (const node_id z : model::arguments_of_rho(g, model, system.theta)) mirror.push_back(model::put_in(g, *row, row->mirror, z, model.exponent));
    } else if (model.layers_couple == model::coupling::entrywise && model.layers.size() == 2) {
        // artanh(v_2/v_1), or arcoth, of which this is the common form.
        for (std::size_t j = 0; j < model.inputs; ++j) {
            const node_id v1 = system.theta[j], v2 = system.theta[model.inputs + j];
            mirror.push_back(g.scale(Rational(1, 4), g.apply(graph::function::log, g.power(g.divide(g.add(v1, v2), g.subtract(v1, v2)), 2))));
        }
    } else if (model.depth >= 2) {
        // u^(2-D)/(2-D) (log u for D = 2) moves at half the rate of F' up to a constant factor.
        const auto D = static_cast<int>(model.depth);
        for (std::size_t j = 0; j < model.inputs; ++j) {
            const node_id u = system.theta[j];
            mirror.push_back(D == 2 ? g.apply(graph::function::log, g.power(u, 2)) : g.scale(Rational(1, 2 - D), g.power(u, 2 - D)));
        }
    }
    return mirror;
}

/// The rows of the first layer along each direction that no sample has.
Invariant frozen_part(flow::System& system, const model::layer& first, const number::Matrix<Rational>& directions) {
    Invariant result{"frozen part of " + first.name, first.name + " n for the n with X n = 0", {}};
    for (std::size_t i = 0; i < first.rows; ++i)
        for (std::size_t k = 0; k < directions.rows(); ++k) {
            std::vector<graph::term> terms;
            for (std::size_t j = 0; j < first.columns; ++j) terms.push_back({directions(k, j), weight(system, first, i, j)});
            result.entries.push_back(system.graph.sum(std::move(terms)));
        }
    return result;
}

/// Evaluates `entries` at random points: exactly where the graph is rational, else in balls.
LieTest vanishing(std::string name, std::string relation, const graph::Graph& g, const std::vector<node_id>& entries, int points, std::uint64_t seed,
                  const std::function<void(std::vector<Rational>&)>& admit = {}) {
    LieTest test{std::move(name), std::move(relation), graph::is_rational(g, entries), true, points, {}};
    std::mt19937_64 random(seed);
    const auto draw = [&] {
        const auto numerator = static_cast<long>(random() % (2 * numerator_range + 1)) - numerator_range;
        return Rational(numerator, 1 + static_cast<long>(random() % denominator_range));
    };
    const number::precision_scope scope(ball_bits);
    for (int point = 0; point < points; ++point) {
        std::vector<Rational> at;
        for (std::size_t i = 0; i < g.inputs().size(); ++i) at.push_back(draw());
        if (admit) admit(at);
        if (test.exact) {
            const auto values = graph::evaluate<Rational>(g, entries, at);
            test.vanishes = test.vanishes && std::all_of(values.begin(), values.end(), [](const Rational& v) { return v == 0; });
        } else {
            std::vector<Ball> balls;
            for (const Rational& value : at) balls.emplace_back(value);
            const auto values = graph::evaluate<Ball>(g, entries, balls);
            test.vanishes = test.vanishes && std::all_of(values.begin(), values.end(), [](const Ball& v) { return v.is_finite() && v.contains_zero(); });
        }
    }
    if (!test.vanishes)
        test.meaning = test.exact ? "not an identity: an exact value differs from zero" : "not confirmed: a value differs from zero, or is undefined";
    else if (test.exact)
        test.meaning = "zero exactly at " + std::to_string(points) +
                       " random rational points: a rational function of low degree that is not the zero function vanishes at such points with small probability only, so this "
                       "is very strong evidence for the identity, not a proof of it";
    else
        test.meaning = "zero within balls of " + std::to_string(ball_bits) + " bits at " + std::to_string(points) + " random points: evidence, not a proof";
    return test;
}

}  // namespace

std::vector<Invariant> known_invariants(const flow::Problem& problem, flow::System& system) {
    std::vector<Invariant> result;
    const auto& layers = problem.model.layers;
    for (std::size_t k = 0; k + 1 < layers.size(); ++k) {
        const bool linear_units = problem.model.linear_layers > 0 && k + problem.model.linear_layers >= depth_of(problem.model) && k + 1 < depth_of(problem.model);
        if (problem.model.matrix_chain || linear_units) result.push_back(layer_balance(system, layers[k], layers[k + 1]));
        switch (problem.model.layers_couple) {
            case model::coupling::entrywise: result.push_back(coordinate_balance(system, layers[k], layers[k + 1])); break;
            case model::coupling::circular: result.push_back(circular_balance(system, layers[k], layers[k + 1])); break;
            case model::coupling::multilinear: result.push_back(norm_balance(system, layers[k], layers[k + 1])); break;
            case model::coupling::none: break;
        }
    }
    if (problem.model.depth > 0) result.push_back(difference_balance(system, problem.model));
    for (Invariant& balance : unit_balances(problem.model, system)) result.push_back(std::move(balance));
    const auto directions = number::kernel(problem.data.X);
    if (directions.rows() == 0) return result;
    const bool dense_first = problem.model.matrix_chain || problem.model.is_piecewise() || problem.model.family == "smooth_leaky_relu";
    if (dense_first && !layers.empty()) result.push_back(frozen_part(system, layers.front(), directions));
    const bool deep = problem.model.layers_couple == model::coupling::entrywise && layers.size() >= 3;
    const std::vector<node_id> mirror = deep ? deep_mirror_coordinates(problem, system) : mirror_coordinates(problem.model, system);
    if (mirror.empty()) return result;
    result.push_back(mirror_part(system, mirror, directions));
    if (deep) result.back().admit = [problem](std::vector<Rational>& theta) { make_equal(problem, theta); };
    return result;
}

std::vector<LieTest> lie_tests(const flow::Problem& problem, int points, std::uint64_t seed) {
    std::vector<LieTest> tests;
    flow::System system = flow::build_system(problem);
    graph::Graph& g = system.graph;

    // theta' = sum_i c_i grad f_i with one free input c_i a sample.
    std::vector<std::vector<node_id>> sample_gradients;
    for (const node_id f : system.predictions) sample_gradients.push_back(graph::gradient(g, f, system.theta));
    std::vector<node_id> speeds;
    for (std::size_t i = 0; i < system.predictions.size(); ++i) speeds.push_back(g.input("c" + std::to_string(i + 1)));
    std::vector<node_id> motion;
    for (std::size_t p = 0; p < system.theta.size(); ++p) {
        std::vector<graph::term> terms;
        for (std::size_t i = 0; i < speeds.size(); ++i) terms.push_back({1, speeds[i], sample_gradients[i][p]});
        motion.push_back(g.sum(std::move(terms)));
    }
    for (const Invariant& invariant : known_invariants(problem, system)) {
        std::vector<node_id> derivatives;
        for (const node_id entry : invariant.entries) derivatives.push_back(g.dot(graph::gradient(g, entry, system.theta), motion));
        tests.push_back(vanishing(invariant.name, "d/dt (" + invariant.relation + ") = 0 along Σ cᵢ ∇f(xᵢ) for free cᵢ, so for every loss", g, derivatives, points, seed, invariant.admit));
    }

    std::vector<node_id> pair_rates;
    for (const Unit_pair& pair : unit_pairs(problem.model, system))
        pair_rates.push_back(g.subtract(g.dot(graph::gradient(g, pair.value, system.theta), motion), pair_defect(system, pair, speeds)));
    if (!pair_rates.empty()) tests.push_back(vanishing("defect of pairs", "d/dt (⟨w_in(u), w_in(v)⟩ − ⟨w_out(u), w_out(v)⟩) = Σ cᵢ (s_u − s_v)(g_u z_v − g_v z_u) for free cᵢ and slopes", g, pair_rates, points, seed));

    // The reverse-mode gradient of the loss against the chain rule through the predictions.
    std::vector<node_id> loss_slopes;
    for (std::size_t i = 0; i < system.predictions.size(); ++i) {
        const node_id f = g.input("f" + std::to_string(i + 1));
        const node_id sample = problem.loss.sample(g, f, problem.data.y[i]);
        const node_id slope = graph::gradient(g, sample, std::span(&f, 1))[0];
        std::vector<node_id> inputs(g.inputs().begin(), g.inputs().end());
        inputs.back() = system.predictions[i];
        const graph::Graph copy = g;
        loss_slopes.push_back(graph::transplant(copy, std::span(&slope, 1), g, inputs)[0]);
    }
    const Rational share = problem.loss.reduce == model::reduction::mean ? Rational(1, static_cast<unsigned>(problem.data.samples())) : Rational(1);
    std::vector<graph::term> energy{{1, g.dot(system.gradient, system.gradient)}};
    for (std::size_t i = 0; i < loss_slopes.size(); ++i)
        energy.push_back({-share, loss_slopes[i], g.dot(sample_gradients[i], system.gradient)});
    const std::vector<node_id> energy_identity{g.sum(std::move(energy))};
    tests.push_back(vanishing("energy", "d loss/dt = −|∇loss|², with d loss/dt = Σ loss'(fᵢ) df(xᵢ)/dt", g, energy_identity, points, seed));

    std::vector<std::size_t> all(system.theta.size());
    for (std::size_t p = 0; p < all.size(); ++p) all[p] = p;
    Rational degree = 0, other;
    bool homogeneous = true;
    for (std::size_t i = 0; i < system.predictions.size() && homogeneous; ++i) {
        if (g.is_zero(system.predictions[i])) continue;
        homogeneous = graph::homogeneous_degree(g, system.predictions[i], all, other) && (degree == 0 || degree == other);
        degree = other;
    }
    if (homogeneous && degree != 0) {
        std::vector<node_id> defects;
        for (std::size_t i = 0; i < system.predictions.size(); ++i)
            defects.push_back(g.sum({{1, g.dot(system.theta, sample_gradients[i])}, {-degree, system.predictions[i]}}));
        tests.push_back(vanishing("Euler", "<θ, ∇f(xᵢ)> = " + degree.str() + " f(xᵢ)", g, defects, points, seed));
    }
    return tests;
}

std::vector<flow::InvariantDrift> drifts(const flow::Problem& problem, const flow::Trajectory& trajectory) {
    std::vector<flow::InvariantDrift> result;
    if (trajectory.samples.empty()) return result;
    flow::System system = flow::build_system(problem);
    for (const Invariant& invariant : known_invariants(problem, system)) {
        graph::evaluator<Real> value(system.graph, invariant.entries);
        // A quantity of degree k in theta is rounded at the size |theta|^k.
        std::vector<std::size_t> all(system.theta.size());
        for (std::size_t p = 0; p < all.size(); ++p) all[p] = p;
        Rational degree = 1;
        for (const node_id entry : invariant.entries)
            if (graph::homogeneous_degree(system.graph, entry, all, degree)) break;
        Vector theta;
        for (const Rational& x : problem.initial) theta.push_back(number::to_real(x));
        const Vector start = value(theta);
        if (!std::all_of(start.begin(), start.end(), [](const Real& x) { return isfinite(x); })) continue;  // the start lies outside its domain
        Real largest(0);
        for (const flow::Sample& sample : trajectory.samples) {
            theta.clear();
            for (const flow::verified& p : sample.parameters) theta.push_back(p.value);
            const Vector now = value(theta);
            const Real size = pow(flow::norm(theta), number::to_real(degree));
            for (std::size_t k = 0; k < now.size(); ++k) {
                const Real change = abs(now[k] - start[k]);
                if (change != 0) largest = std::max(largest, Real(size == 0 ? change : Real(change / size)));
            }
        }
        result.push_back({invariant.name, flow::norm(start), largest});
    }
    return result;
}

std::optional<std::int64_t> dual_digits(const flow::Problem& problem, const flow::Trajectory& trajectory) {
    const std::optional<flow::DualFlow> dual = flow::dual_flow(problem);
    Vector times;
    for (const flow::Sample& sample : trajectory.samples) times.push_back(sample.time.value);
    const bool forward = trajectory.clock == flow::Clock::time && std::all_of(times.begin(), times.end(), [](const Real& t) { return t >= 0; });
    if (!dual || times.empty() || !forward) return std::nullopt;
    const flow::System system = flow::build_system(problem);
    graph::evaluator<Real> coefficients(system.graph, system.coefficients);
    const std::vector<Vector> other = dual->at(times, problem.digits + 5).coefficients;
    std::int64_t fewest = problem.digits;
    for (std::size_t k = 0; k < times.size(); ++k) {
        Vector theta;
        for (const flow::verified& p : trajectory.samples[k].parameters) theta.push_back(p.value);
        const Vector beta = coefficients(theta);
        Real largest(0), off(0);
        for (std::size_t j = 0; j < beta.size(); ++j) {
            largest = std::max(largest, Real(abs(beta[j])));
            off = std::max(off, Real(abs(beta[j] - other[k][j])));
        }
        if (off > 0) fewest = std::min(fewest, number::agreeing_digits(largest, largest + off, problem.digits));
    }
    return fewest;
}

}  // namespace eonflow::invariant
