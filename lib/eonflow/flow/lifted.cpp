#include <eonflow/flow/lifted.hpp>

#include <eonflow/flow/projection.hpp>
#include <eonflow/graph/derivative.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/ode/record.hpp>

#include <algorithm>
#include <numeric>
#include <set>

namespace eonflow::flow {

using graph::Graph;
using graph::node_id;
using number::precision_scope;
using number::Real;
using number::Vector;

ode::algebraic_system lifted_system(const Margins& m, const std::vector<std::size_t>& active, const number::Matrix<Rational>& relations, bool logistic) {
    ode::algebraic_system system;
    Graph& g = system.graph;
    const Rational L = m.degree;
    std::vector<node_id> phi, pi;
    for (std::size_t i = 0; i < m.parameters(); ++i) phi.push_back(g.input("phi" + std::to_string(i)));
    const node_id r = g.input("r"), time = g.input("T");
    for (const std::size_t i : active) pi.push_back(g.input("pi" + std::to_string(i)));
    const node_id lambda = g.input("lambda"), time_slope = g.input("dT");

    std::vector<node_id> chosen;
    for (const std::size_t i : active) chosen.push_back(m.margins[i]);
    const std::vector<node_id> z = graph::transplant(m.graph, chosen, g, phi);

    const node_id eps = g.apply(graph::function::exp, g.scale(-L, r));
    std::vector<node_id> weights;
    std::vector<graph::term> all;
    for (const node_id p : pi) all.push_back({1, g.apply(graph::function::exp, p)});
    const node_id total = g.sum(all), one_over_total = g.power(total, -1);
    for (const graph::term& t : all) weights.push_back(g.multiply(t.left, one_over_total));

    const node_id nu = g.dot(weights, z);
    const std::vector<node_id> pull = graph::gradient(g, nu, phi);  // G^T p: the weights do not depend on phi
    const node_id pace = g.power(g.scale(L, nu), -1);
    for (std::size_t i = 0; i < phi.size(); ++i) system.derivative.push_back(g.subtract(g.multiply(pull[i], pace), phi[i]));
    system.derivative.push_back(g.constant(1));
    system.derivative.push_back(time_slope);

    // pi_i - log(1 - g_i) is -z_i + Y
    std::vector<node_id> exponent = pi, slope_factor;
    if (logistic) {
        const node_id y = g.multiply(lambda, g.apply(graph::function::exp, g.scale(L, r)));
        for (node_id& e : exponent) {
            const node_id rest = g.sum({{-1, g.apply(graph::function::exp, g.subtract(e, y))}}, 1);
            slope_factor.push_back(rest);
            e = g.subtract(e, g.apply(graph::function::log, rest));
        }
    }
    std::vector<std::size_t> relation(active.size(), relations.rows());
    for (std::size_t k = 0; k < relations.rows(); ++k)
        for (std::size_t i = relations.columns(); i-- > 0;)
            if (relations(k, i) != 0) {
                relation[i] = k;
                break;
            }
    for (std::size_t i = 0; i < active.size(); ++i) {
        std::vector<graph::term> terms;
        if (relation[i] == relations.rows()) {
            terms = {{1, z[i]}, {-1, lambda}, {1, eps, exponent[i]}};
        } else {
            for (std::size_t k = 0; k <= i; ++k) terms.push_back({relations(relation[i], k) / relations(relation[i], i), exponent[k]});
        }
        system.constraint.push_back(g.sum(terms));
    }
    system.constraint.push_back(g.apply(graph::function::log, total));

    // eps T' = eps (2L - 2) T + (1 - T D)/(L nu), D = e^-(2L-2)r dY/dtau
    node_id decay = g.dot(pull, pull);
    if (logistic) {
        std::vector<node_id> damped;
        for (std::size_t i = 0; i < pi.size(); ++i) damped.push_back(g.multiply(weights[i], slope_factor[i]));
        decay = g.dot(graph::gradient(g, g.dot(damped, z), phi), pull);
    }
    const node_id relaxation = g.sum({{-1, time, decay}}, 1);
    system.constraint.push_back(g.sum({{1, eps, time_slope}, {2 - 2 * L, eps, time}, {-1, relaxation, pace}}));
    return system;
}

Real LatePoint::minus_log_loss_slope(const Rational& degree) const { return smoothed_margin * exp(number::to_real(degree) * r); }

struct LatePhase::saved {
    std::vector<std::size_t> active, tied;
    bool logistic = false;
    ode::radau::saved state;
};

struct LatePhase::body {
    body(std::shared_ptr<const Margins> the_margins, options the_options)
        : margins(std::move(the_margins)), chosen(the_options), all_margins(margins->graph, margins->margins) {}

    std::shared_ptr<const Margins> margins;
    options chosen;
    graph::evaluator<Real> all_margins;
    std::vector<std::size_t> active;
    std::vector<std::size_t> tied;  // the first of them: those among which relations are looked for
    number::Matrix<Rational> relations;
    bool logistic = false;
    std::optional<ode::radau> integrator;
    std::optional<MarginProjection> projection;
    ode::counters finished;  // by integrators of former active sets
    std::int64_t finished_factorizations = 0;

    [[nodiscard]] std::size_t n() const { return margins->parameters(); }
    [[nodiscard]] const Real& r() const { return integrator->state()[n()]; }
    [[nodiscard]] Real degree() const { return number::to_real(margins->degree); }
    /// A weight e^-cut is below the working precision.
    [[nodiscard]] Real cut() const { return Real(chosen.bits) * log(Real(2)) + log(Real(margins->samples())); }

    void build(std::vector<std::size_t> samples, std::vector<std::size_t> heavy, bool with_logistic) {
        if (integrator) {
            const auto& c = integrator->counted();
            finished.steps += c.steps, finished.rejected += c.rejected, finished.evaluations += c.evaluations;
            finished_factorizations += integrator->factorizations();
        }
        active = std::move(samples);
        if (heavy != tied) {
            relations = heavy.empty() ? number::Matrix<Rational>() : affine_relations(*margins, heavy);
            tied = std::move(heavy);
        }
        logistic = with_logistic;
        ode::radau::options o;
        o.bits = chosen.bits;
        o.digits = chosen.digits;
        o.digits_of_change = chosen.digits_of_change;
        o.stages = chosen.stages;
        integrator.emplace(lifted_system(*margins, active, relations, logistic), o);
    }

    void start(const Vector& theta, const Real& log_time);
    void keep(std::vector<std::size_t> positions, std::size_t heavy, bool with_logistic);
    void adapt();
    [[nodiscard]] std::vector<std::size_t> returning();
    void sharpen(LatePoint& p);
};

void LatePhase::body::start(const Vector& theta, const Real& log_time) {
    const Vector z = all_margins(theta);
    Real square = 0;
    for (const Real& entry : theta) square += entry * entry;
    const Real size = sqrt(square), radius = log(size), L = degree();
    Vector log_g;
    Real largest;
    for (const Real& margin : z) {
        if (!(margin > 0)) throw numerical_error("the late phase starts where all margins are positive");
        log_g.push_back(margins->logistic ? Real(-margin - log1p(exp(-margin))) : Real(-margin));
        if (log_g.size() == 1 || log_g.back() > largest) largest = log_g.back();
    }
    Real sum = 0;
    for (const Real& l : log_g) sum += exp(l - largest);
    const Real Y = -largest - log(sum);

    std::vector<std::size_t> samples;
    for (std::size_t i = 0; i < z.size(); ++i)
        if (log_g[i] + Y > -cut()) samples.push_back(i);
    std::sort(samples.begin(), samples.end(), [&](std::size_t a, std::size_t b) { return log_g[a] > log_g[b] || (log_g[a] == log_g[b] && a < b); });
    Vector x, w;
    for (const Real& entry : theta) x.push_back(entry / size);
    x.push_back(radius);
    x.push_back(exp(log_time - Y + (2 * L - 2) * radius));
    for (const std::size_t i : samples) w.push_back(log_g[i] + Y);
    w.push_back(exp(-L * radius) * Y);
    w.push_back(Real(0));
    build(std::move(samples), {}, margins->logistic && Y < cut());
    // The last unknown, dT/dr, from the last constraint, which is linear in it with the factor eps.
    const auto& system = lifted_system(*margins, active, relations, logistic);
    std::vector<Real> at = x;
    at.insert(at.end(), w.begin(), w.end());
    w.back() = -graph::evaluate<Real>(system.graph, std::span(&system.constraint.back(), 1), at)[0] * exp(L * radius);
    integrator->start(radius, x, w);
}

/// Goes on with the active samples at `positions` (of `active`), heaviest first.
void LatePhase::body::keep(std::vector<std::size_t> positions, std::size_t heavy, bool with_logistic) {
    ode::radau::saved state = integrator->save();
    std::vector<std::size_t> samples;
    for (const std::size_t at : positions) samples.push_back(active[at]);
    positions.push_back(active.size());
    positions.push_back(active.size() + 1);
    Vector w;
    number::Matrix<Real> shape(state.shape_w.rows(), positions.size());
    for (std::size_t c = 0; c < positions.size(); ++c) {
        w.push_back(state.w[positions[c]]);
        for (std::size_t k = 0; k < shape.rows(); ++k) shape(k, c) = state.shape_w(k, positions[c]);
    }
    state.w = std::move(w);
    state.shape_w = std::move(shape);
    std::vector<std::size_t> leading(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(heavy));
    build(std::move(samples), std::move(leading), with_logistic);
    integrator->restore(std::move(state));
}

/// Adapts the system to the present weights. What has become negligible is left out in batches: a new system costs about as much as a few steps.
/// Relations are looked for among weights above sqrt(eps), once eps is small: lighter ones keep their own equation, where eps pi_i weighs enough.
void LatePhase::body::adapt() {
    const Vector& w = integrator->algebraic();
    const Real log_eps = -degree() * r();
    std::vector<std::size_t> kept(active.size());
    std::iota(kept.begin(), kept.end(), std::size_t{0});
    std::sort(kept.begin(), kept.end(), [&](std::size_t a, std::size_t b) { return w[a] > w[b] || (w[a] == w[b] && a < b); });
    std::size_t heavy = 0, present = 0;
    while (heavy < kept.size() && log_eps < -9 && 2 * w[kept[heavy]] > log_eps) ++heavy;
    while (present < kept.size() && w[kept[present]] > -cut()) ++present;
    const bool needs_logistic = logistic && w[active.size()] < cut() * exp(log_eps);
    const bool fewer = 8 * present <= 7 * active.size();
    std::vector<std::size_t> samples;
    for (std::size_t k = 0; k < heavy; ++k) samples.push_back(active[kept[k]]);
    const std::set<std::size_t> before(tied.begin(), tied.end()), after(samples.begin(), samples.end());
    const bool other_ties = before != after && (relations.rows() > 0 || affine_relations(*margins, samples).rows() > 0);
    if (before != after && !other_ties) tied = samples;  // no relations among these either
    if (!fewer && !other_ties && needs_logistic == logistic) return;
    if (fewer) kept.resize(present);
    keep(std::move(kept), heavy, needs_logistic);
}

/// Samples that were left out and whose weight at the present point is no longer negligible.
std::vector<std::size_t> LatePhase::body::returning() {
    if (active.size() == margins->samples()) return {};
    const Vector& x = integrator->state();
    const Vector z = all_margins(std::span(x).first(n()));
    const Real& lambda = integrator->algebraic()[active.size()];
    const Real bound = lambda + cut() * exp(-degree() * r()) / 2;
    std::vector<std::size_t> found;
    for (std::size_t i = 0; i < z.size(); ++i)
        if (std::find(active.begin(), active.end(), i) == active.end() && z[i] < bound) found.push_back(i);
    return found;
}

/// Where errors are measured by the change of phi, the margins hold to that measure only, while what phi predicts is known better: to eps times the errors of the
/// log-weights. So phi moves to where the margins of the samples that count, those with weights above sqrt(eps), are what the log-weights say.
void LatePhase::body::sharpen(LatePoint& p) {
    if (chosen.digits_of_change == 0 || logistic) return;
    const Vector& w = integrator->algebraic();
    const Real log_eps = -degree() * p.r, eps = exp(log_eps);
    std::vector<std::size_t> samples;
    Vector offsets;
    for (std::size_t i = 0; i < active.size(); ++i)
        if (2 * w[i] > log_eps) samples.push_back(active[i]), offsets.push_back(eps * w[i]);
    if (samples.empty()) return;
    if (!projection) projection.emplace(*margins);
    (void)projection->move(p.phi, p.smoothed_margin, samples, offsets);
}

LatePhase::LatePhase(std::shared_ptr<const Margins> margins, const Vector& theta, const Real& log_time, options chosen)
    : body_(std::make_unique<body>(std::move(margins), chosen)) {
    const precision_scope scope(chosen.bits);
    body_->start(theta, log_time);
}

LatePhase::~LatePhase() = default;

ode::status LatePhase::step(const Real& limit) {
    const precision_scope scope(body_->chosen.bits);
    const auto before = save();
    auto result = body_->integrator->step(limit);
    if (result != ode::status::ok && result != ode::status::reached) return result;
    if (const auto back = body_->returning(); !back.empty()) {
        restore(before);
        ode::radau::saved state = body_->integrator->save();
        const Vector z = body_->all_margins(std::span<const Real>(state.x).first(body_->n()));
        std::vector<std::size_t> samples = body_->active;
        const std::size_t count = samples.size();
        const Real& lambda = state.w[count];
        Vector w(state.w.begin(), state.w.begin() + static_cast<std::ptrdiff_t>(count));
        for (const std::size_t i : back) {
            samples.push_back(i);
            w.push_back((lambda - z[i]) * exp(body_->degree() * body_->r()));
        }
        w.push_back(state.w[count]);
        w.push_back(state.w[count + 1]);
        state.w = std::move(w);
        state.length = 0;  // no polynomial to extrapolate for the new unknowns
        body_->build(std::move(samples), body_->tied, body_->logistic);
        body_->integrator->restore(std::move(state));
        result = body_->integrator->step(limit);
    } else {
        body_->adapt();
    }
    return result;
}

ode::status LatePhase::advance(const Real& r) {
    auto result = ode::status::ok;
    while (result == ode::status::ok) result = step(r);
    return result;
}

const Real& LatePhase::r() const { return body_->r(); }

LatePoint LatePhase::point() const {
    const body& b = *body_;
    const precision_scope scope(b.chosen.bits);
    const Vector& x = b.integrator->state();
    const Vector& w = b.integrator->algebraic();
    LatePoint p;
    p.r = x[b.n()];
    p.phi.assign(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(b.n()));
    p.smoothed_margin = w[b.active.size()];
    body_->sharpen(p);
    p.log_weights.assign(b.margins->samples(), -1 / Real(0));
    for (std::size_t i = 0; i < b.active.size(); ++i) p.log_weights[b.active[i]] = w[i];
    p.log_scaled_time = log(x[b.n() + 1]) - (2 * b.degree() - 2) * p.r;
    return p;
}

number::Matrix<Real> LatePhase::shape() const {
    const auto& all = body_->integrator->save().shape_x;
    number::Matrix<Real> of_phi(all.rows(), body_->n());
    for (std::size_t k = 0; k < all.rows(); ++k)
        for (std::size_t i = 0; i < body_->n(); ++i) of_phi(k, i) = all(k, i);
    return of_phi;
}

std::shared_ptr<const LatePhase::saved> LatePhase::save() const {
    return std::make_shared<saved>(saved{body_->active, body_->tied, body_->logistic, body_->integrator->save()});
}

void LatePhase::restore(const std::shared_ptr<const saved>& state) {
    const precision_scope scope(body_->chosen.bits);
    if (state->active != body_->active || state->tied != body_->tied || state->logistic != body_->logistic)
        body_->build(state->active, state->tied, state->logistic);
    body_->integrator->restore(state->state);
}

template <class Archive>
void transfer(Archive& archive, LatePhase::saved& s) {
    archive(s.active, s.tied, s.logistic, s.state);
}

number::Record LatePhase::record() const {
    const precision_scope scope(body_->chosen.bits);
    number::RecordWriter writer;
    writer(*save());
    return writer.take();
}

void LatePhase::restore(const number::Record& record) {
    const precision_scope scope(body_->chosen.bits);
    const auto state = std::make_shared<saved>();
    number::RecordReader reader(record);
    reader(*state);
    restore(state);
}

ode::counters LatePhase::counted() const noexcept {
    ode::counters c = body_->integrator->counted();
    c.steps += body_->finished.steps, c.rejected += body_->finished.rejected, c.evaluations += body_->finished.evaluations;
    return c;
}
std::int64_t LatePhase::factorizations() const noexcept { return body_->finished_factorizations + body_->integrator->factorizations(); }
std::size_t LatePhase::active() const noexcept { return body_->active.size(); }
int LatePhase::stages() const noexcept { return body_->integrator->stages(); }

}  // namespace eonflow::flow
