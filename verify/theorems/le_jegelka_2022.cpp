#include <verify/theorems/theorems.hpp>

#include <verify/alignment.hpp>
#include <verify/judge.hpp>
#include <verify/theorems/instances.hpp>

#include <eonflow/flow/integrate.hpp>
#include <eonflow/flow/observe.hpp>
#include <eonflow/flow/pattern.hpp>
#include <eonflow/graph/derivative.hpp>
#include <eonflow/invariant/units.hpp>
#include <eonflow/limit/stable_blocks.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>
#include <map>

namespace eonflow::verify {

using graph::node_id;
using number::Matrix;
using number::Rational;
using number::Real;
using number::Vector;

namespace {

const std::vector<Statement> hypotheses = {
    {"H1", "the loss falls below 1: all samples are classified rightly from some time on"},
    {"H2", "the activation pattern is constant from some time on"},
};

const std::vector<Statement> claims = {
    {"LJ.V", "|w_in|² − |w_out|² of every hidden unit is constant for all times, through every change of pattern"},
    {"LJ.E", "⟨w_in(u), w_in(v)⟩ − ⟨w_out(u), w_out(v)⟩ is constant while the units u, v of a layer have the same pattern"},
    {"LJ.D", "otherwise it changes at the rate −Σ ℓ'ᵢ (s_u − s_v)(g_u z_v − g_v z_u), with slopes s, pre-activations z and signals g of the units on sample i"},
    {"LJ1", "from some time on the network is one multilinear function of its weights: no unit changes its activation on a sample any more"},
    {"LJ2", "the linear layers on top tend to rank one and align: W_k/‖W_k‖_F → u_k v_kᵀ and |⟨v_{k+1}, u_k⟩| → 1"},
    {"LJ3", "in the last ReLU layer the rows of units with one pattern tend to rank one: ‖W_S‖_F² − ‖W_S‖₂² stays bounded"},
    {"LJ4", "the whole hidden ReLU matrix tends to rank one (claimed in a first version of the paper, withdrawn in the second)"},
};

const Statement& claim(std::string_view id) {
    return *std::find_if(claims.begin(), claims.end(), [&](const Statement& s) { return s.id == id; });
}

std::string decimal(const Real& x) { return number::to_decimal(x, 2); }

/// The signs of all pre-activations, in the order of the kinks.
std::vector<bool> signs(const Vector& arguments) {
    std::vector<bool> result;
    for (const Real& z : arguments) result.push_back(z > 0);
    return result;
}

/// Units of a layer by their pattern over the samples; units that are active nowhere are left out.
std::vector<std::vector<std::size_t>> groups_of(const flow::System& system, const std::vector<bool>& pattern, std::size_t layer, std::size_t units) {
    std::map<std::vector<bool>, std::vector<std::size_t>> groups;
    for (std::size_t unit = 0; unit < units; ++unit) {
        std::vector<bool> row;
        for (std::size_t k = 0; k < pattern.size(); ++k)
            if (system.kinks[k].layer == layer && system.kinks[k].unit == unit) row.push_back(pattern[k]);
        if (std::find(row.begin(), row.end(), true) != row.end()) groups[row].push_back(unit);
    }
    std::vector<std::vector<std::size_t>> result;
    for (auto& [row, members] : groups) result.push_back(std::move(members));
    return result;
}

/// The flow through its changes of pattern, up to a small loss.
struct Early {
    flow::Trajectory trajectory;
    std::vector<std::vector<bool>> patterns;  ///< at each sample
    std::size_t settled = 0;                  ///< the first sample from which on the pattern is that of the last
};

Vector parameters_of(const flow::Sample& sample) {
    Vector theta;
    for (const flow::verified& p : sample.parameters) theta.push_back(p.value);
    return theta;
}

Early follow_early(const flow::Problem& original, const flow::System& system, const CheckOptions& options) {
    flow::Problem problem = original;
    problem.clock = flow::Clock::loss;
    problem.times.clear();
    problem.stop = {};
    problem.stop.loss = Rational(1, 1000);
    problem.digits = options.digits;
    flow::IntegrateOptions run;
    if (options.progress) run.progress = [&](const flow::Progress& p) { options.progress(p.phase + ", " + p.detail); };
    Early early{flow::integrate(problem, run), {}, 0};
    const number::precision_scope scope(early.trajectory.precision_bits);
    flow::Pattern<Real> pattern(system.graph, system.kinks);
    for (const flow::Sample& sample : early.trajectory.samples) {
        (void)pattern.inputs(parameters_of(sample));
        early.patterns.push_back(signs(pattern.arguments));
        if (early.patterns.back() != early.patterns[early.settled]) early.settled = early.patterns.size() - 1;
    }
    return early;
}

/// The largest change of the entries from sample `first` on, relative to |theta|^2.
Real drift_from(const flow::System& system, const std::vector<node_id>& entries, const flow::Trajectory& trajectory, std::size_t first) {
    graph::evaluator<Real> value(system.graph, entries);
    const auto at = [&](const flow::Sample& sample) {
        Vector inputs = parameters_of(sample);
        inputs.resize(system.graph.inputs().size(), Real(0));  // the slopes, which no entry depends on
        return value(inputs);
    };
    const Vector start = at(trajectory.samples[first]);
    Real largest(0);
    for (std::size_t k = first; k < trajectory.samples.size(); ++k) {
        const Vector now = at(trajectory.samples[k]), theta = parameters_of(trajectory.samples[k]);
        for (std::size_t e = 0; e < now.size(); ++e) largest = std::max(largest, Real(abs(now[e] - start[e]) / flow::dot(theta, theta)));
    }
    return largest;
}

ClaimResult judge_constant(const char* id, const flow::System& system, const std::vector<node_id>& entries, const Early& early, std::size_t first, std::int64_t digits) {
    ClaimResult result{id, claim(id).text, Verdict::inconclusive_precision, {}, {}, "0", {}, {}};
    const Real drift = entries.empty() ? Real(0) : drift_from(system, entries, early.trajectory, first);
    result.verified_digits = number::agreeing_digits(Real(1), 1 + drift, digits);
    result.measured = decimal(drift);
    result.evidence = std::to_string(entries.size()) + " quantities over " + std::to_string(early.trajectory.samples.size() - first) + " samples and " + std::to_string(early.trajectory.events.size()) +
                      " events, relative to |θ|²";
    // The samples are right to that many digits, and a quadratic quantity doubles their error.
    if (*result.verified_digits + 1 >= digits) result.verdict = Verdict::holds;
    return result;
}

/// The rate of each I_uv against the formula, as an identity between rational functions: at random parameters, slopes and speeds.
ClaimResult judge_defect(const flow::Problem& problem) {
    ClaimResult result{"LJ.D", claim("LJ.D").text, Verdict::inconclusive_precision, {}, {}, {}, {}, {}};
    for (const invariant::LieTest& test : invariant::lie_tests(problem)) {
        if (!test.name.starts_with("defect")) continue;
        result.verdict = test.exact && test.vanishes ? Verdict::holds : Verdict::numerical_failure;
        result.evidence = test.meaning;
    }
    return result;
}

/// What the claims look at, at each point of the tail.
struct Shape {
    std::vector<std::vector<bool>> patterns;
    std::vector<std::vector<Vector>> rank_gap, alignment;  ///< of the linear layers and their pairs
    std::vector<Vector> defects;                           ///< |W_S|_F^2 - |W_S|_2^2 over |theta|^2, a group an entry
    std::vector<std::vector<std::size_t>> groups;
    Real nearest;  ///< the least |z|/|theta|^k at the end
};

Shape shape_of(const flow::Problem& problem, const flow::System& system, const Tail& tail) {
    const model::Model& model = problem.model;
    const std::size_t body = invariant::depth_of(model) - model.linear_layers;
    flow::Pattern<Real> pattern(system.graph, system.kinks);
    Shape shape;
    shape.rank_gap.resize(model.linear_layers);
    shape.alignment.resize(model.linear_layers - 1);
    for (const Tail::Point& p : tail.points) {
        (void)pattern.inputs(p.direction);
        shape.patterns.push_back(signs(pattern.arguments));
    }
    shape.nearest = abs(pattern.arguments.front());
    for (const Real& z : pattern.arguments) shape.nearest = std::min(shape.nearest, Real(abs(z)));
    shape.groups = groups_of(system, shape.patterns.back(), body - 1, model.layers[body - 1].rows);
    for (const Tail::Point& p : tail.points) {
        std::vector<number::Spectrum> spectra;
        for (std::size_t k = 0; k < model.linear_layers; ++k) {
            spectra.push_back(number::singular_value_decomposition(flow::weights(model.layers[body + k], p.direction)));
            shape.rank_gap[k].push_back({rank_one_distance(spectra.back())});
            if (k > 0) shape.alignment[k - 1].push_back({alignment(spectra[k - 1], spectra[k])});
        }
        const Matrix<Real> W = flow::weights(model.layers[body - 1], p.direction);
        Vector& defects = shape.defects.emplace_back();
        for (const std::vector<std::size_t>& group : shape.groups) {
            Matrix<Real> rows(group.size(), W.columns());
            for (std::size_t r = 0; r < group.size(); ++r) std::copy_n(W.row(group[r]).begin(), W.columns(), rows.row(r).begin());
            defects.push_back(tail_square(number::singular_value_decomposition(rows)));
        }
    }
    return shape;
}

/// The blocks of a two-layer ReLU start whose pattern never changes, with the outcome of their check.
std::optional<std::pair<limit::Stable_blocks, convex::Check>> certified_blocks(const flow::Problem& problem) {
    const auto& layers = problem.model.layers;
    if (problem.model.slope != 0 || layers.size() != 2) return std::nullopt;
    limit::Two_layer_start start{Matrix<Rational>(layers[0].rows, layers[0].columns), {}};
    std::copy_n(problem.initial.begin() + static_cast<std::ptrdiff_t>(layers[0].offset), start.W.entries().size(), start.W.entries().begin());
    std::copy_n(problem.initial.begin() + static_cast<std::ptrdiff_t>(layers[1].offset), layers[1].columns, std::back_inserter(start.a));
    const auto blocks = limit::find_blocks(problem.data, start);
    if (!blocks) return std::nullopt;
    const convex::Check check = limit::check_blocks(problem.data, start, *blocks);
    if (!check.accepted) return std::nullopt;
    return std::pair(*blocks, check);
}

void judge_invariants(const flow::Problem& problem, flow::System& system, const CheckOptions& options, Report& report) {
    const std::vector<invariant::Unit_pair> pairs = invariant::unit_pairs(problem.model, system);
    std::vector<node_id> balances;
    for (const invariant::Invariant& balance : invariant::unit_balances(problem.model, system)) balances.insert(balances.end(), balance.entries.begin(), balance.entries.end());
    const Early early = follow_early(problem, system, options);
    const number::precision_scope scope(early.trajectory.precision_bits);
    const std::int64_t digits = options.digits;
    report.claims.push_back(judge_constant("LJ.V", system, balances, early, 0, digits));

    std::vector<node_id> same;
    const std::vector<bool>& last = early.patterns.back();
    const auto pattern_of = [&](std::size_t layer, std::size_t unit) {
        std::vector<bool> row;
        for (std::size_t k = 0; k < last.size(); ++k)
            if (system.kinks[k].layer == layer && system.kinks[k].unit == unit) row.push_back(last[k]);
        return row;
    };
    for (const invariant::Unit_pair& pair : pairs)
        if (pattern_of(pair.layer, pair.u) == pattern_of(pair.layer, pair.v)) same.push_back(pair.value);
    ClaimResult edges = judge_constant("LJ.E", system, same, early, early.settled, digits);
    edges.evidence = std::to_string(pairs.size()) + " pairs, from the last change of pattern on: " + edges.evidence;
    report.claims.push_back(std::move(edges));
    report.claims.push_back(judge_defect(problem));
}

Report check(const flow::Problem& problem, const CheckOptions& options) {
    if (problem.model.family != "relu_network" || !problem.loss.is_classification() || problem.descent_step)
        throw invalid_input("le_jegelka_2022 is about the flow of the family \"relu_network\" with the exponential or logistic loss, not about " + problem.model.description, "/model");
    problem.validate();
    Report report;
    flow::System system = flow::build_system(problem);
    const auto certificate = certified_blocks(problem);
    const Tail tail = follow_tail(problem, options);
    const number::precision_scope scope(tail.bits);
    set_horizon(report, tail);
    const Shape shape = shape_of(problem, system, tail);
    const Real& reached = tail.points.back().log_inverse_loss;
    report.hypotheses.push_back({"H1", "loss below 1", reached > 0 ? Verdict::holds : Verdict::inconclusive_horizon, "log(1/loss) = " + number::to_decimal(reached, 6) + " at the end of the flow"});
    const bool stable = std::all_of(shape.patterns.begin(), shape.patterns.end(), [&](const auto& pattern) { return pattern == shape.patterns.back(); });
    const std::string seen = "the pattern is the same at all " + std::to_string(tail.points.size()) + " points from |θ| = " + decimal(exp(tail.points.front().r)) + " on; the least |z|/|θ|^k at the end is " +
                             decimal(shape.nearest);
    report.hypotheses.push_back({"H2", "stable pattern", stable ? Verdict::holds : Verdict::inconclusive_horizon, certificate ? "certified: " + certificate->second.statement : stable ? seen : "the pattern changes along the tail"});

    judge_invariants(problem, system, options, report);
    if (!stable) {
        for (const char* id : {"LJ1", "LJ2", "LJ3"}) report.claims.push_back(not_met(claim(id), report.hypotheses.back()));
        return report;
    }
    report.claims.push_back({"LJ1", claim("LJ1").text, Verdict::holds, {}, {}, {}, certificate ? certificate->second.statement : seen, {}});

    const auto L = static_cast<int>(invariant::depth_of(problem.model));
    std::vector<ClaimResult> parts;
    for (std::size_t k = 0; k < shape.rank_gap.size(); ++k)
        parts.push_back(judge_limit({"LJ2", "", shape.rank_gap[k], {Real(0)}, "rank-one distance of linear layer " + std::to_string(k + 1), number::to_text(Rational(-1, L))}, tail, options.digits));
    for (std::size_t k = 0; k < shape.alignment.size(); ++k)
        parts.push_back(judge_limit({"LJ2", "", shape.alignment[k], {Real(1)}, "|⟨v, u⟩| of linear layers " + std::to_string(k + 1) + " and " + std::to_string(k + 2), ""}, tail, options.digits));
    report.claims.push_back(combined("LJ2", claim("LJ2").text, parts));

    std::string sizes;
    for (const auto& group : shape.groups) sizes += (sizes.empty() ? "" : ", ") + std::to_string(group.size());
    ClaimResult rows = judge_limit({"LJ3", claim("LJ3").text, shape.defects, Vector(shape.groups.size(), Real(0)), "(‖W_S‖_F² − ‖W_S‖₂²)/|θ|²", number::to_text(Rational(-2, L))}, tail, options.digits);
    rows.evidence += "; units with one pattern: " + sizes;
    report.claims.push_back(std::move(rows));

    if (certificate) {
        const auto& [blocks, accepted] = *certificate;
        report.claims.push_back({"LJ4", claim("LJ4").text, decide(blocks.blocks == 1, accepted, report.hypotheses), {}, "rank " + std::to_string(blocks.blocks), "rank 1", "certificate accepted: " + accepted.statement, {}});
    }
    return report;
}

}  // namespace

Theorem le_jegelka_2022() {
    Theorem t;
    t.id = "le_jegelka_2022";
    t.title = "Training invariances and low rank in ReLU networks";
    t.statement =
        "Along the gradient flow of a network with (leaky) ReLU layers and K linear layers on top, in the sense of Clarke, |w_in|² − |w_out|² of every hidden unit is constant, and so is ⟨w_in(u), w_in(v)⟩ − ⟨w_out(u), w_out(v)⟩ while two units of a layer have "
        "one activation pattern. On separable data, once the pattern is constant, the linear layers become rank one and align, and the rows of units with one pattern become rank one up to a bounded defect. The full hidden matrix need not.";
    t.notation = "w_in, w_out the weights into and out of a unit; z its pre-activation and s ∈ {γ, 1} its slope on a sample, g the derivative of f in its output; S a set of units with one pattern; L the depth; θ all weights; u_k, v_k leading singular vectors of W_k.";
    t.hypotheses = hypotheses;
    t.claims = claims;
    t.source = "T. Le, S. Jegelka: Training invariances and the low-rank phenomenon: beyond linear networks. ICLR 2022. The formula LJ.D and the counterexample to LJ4 are derived here.";
    t.checked =
        "LJ.V and LJ.E along the flow through all changes of pattern down to a loss of 1/1000, LJ.D as an identity between rational functions. The flow is followed until |θ| is about 10^(digits + 3), every number confirmed by a second run; the pattern is compared at "
        "all points, and LJ2 and LJ3 are measured there with their exponents. LJ4 is decided for two-layer networks whose start shows blocks: a certificate of inequalities between rational numbers proves that the pattern never changes and what rank the hidden matrix "
        "has in every limit point.";
    t.not_checked = "That the pattern stays constant beyond the horizon, unless certified. Skip connections in LJ1 to LJ3.";
    t.boundary_cases = "Units that are active on no sample never move and count nowhere. Units with different patterns: the full matrix has rank two in the instance rank_two, which shows the verdict violated.";
    t.instances = le_jegelka_instances();
    t.check = check;
    return t;
}

}  // namespace eonflow::verify
