/// Random networks with kinks: every run ends with a status of its own, and independent Euler steps, which know nothing of kinks but the sign, end up at the same place.
#include <eonflow/flow/integrate.hpp>
#include <eonflow/flow/pattern.hpp>
#include <eonflow/number/error.hpp>
#include <support/problems.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cmath>
#include <random>

using namespace eonflow;
using number::Rational;
using number::Real;
using number::Vector;

namespace {

class Draw {
public:
    explicit Draw(std::uint64_t seed) : bits_(seed) {}
    std::size_t below(std::size_t n) { return bits_() % n; }
    Rational quarter(int most) { return Rational(static_cast<int>(bits_() % static_cast<unsigned>(2 * most + 1)) - most, 4); }

private:
    std::mt19937_64 bits_;
};

flow::Problem random_problem(std::uint64_t seed) {
    Draw draw(seed);
    const std::size_t d = 2 + draw.below(2), n = 3 + draw.below(4), m = 2 + draw.below(3);
    flow::Problem p;
    p.data.X = number::Matrix<Rational>(n, d);
    for (Rational& x : p.data.X.entries()) x = draw.quarter(8);
    for (std::size_t i = 0; i < n; ++i) {
        if (std::all_of(p.data.X.row(i).begin(), p.data.X.row(i).end(), [](const Rational& x) { return x == 0; })) p.data.X(i, 0) = 1;
        p.data.y.emplace_back(draw.below(2) == 0 ? 1 : -1);
    }
    const std::size_t family = draw.below(3);
    if (family == 0) {
        std::vector<Rational> output;
        for (std::size_t j = 0; j < m; ++j) output.emplace_back(draw.below(2) == 0 ? 1 : -1);
        p.model = model::leaky_relu(d, output, Rational(static_cast<int>(draw.below(3)), 4), false);
    } else if (family == 1) {
        p.model = model::relu_network(std::vector<std::size_t>{d, m, 1}, 1, Rational(static_cast<int>(draw.below(2)), 4), "none");
    } else {
        const char* skips[] = {"none", "identity", "diagonal", "free"};
        p.model = model::relu_network(std::vector<std::size_t>{d, m, d, 1}, 1, Rational(1, 3), skips[draw.below(4)]);
    }
    const model::loss_kind losses[] = {model::loss_kind::squared, model::loss_kind::exponential, model::loss_kind::logistic};
    p.loss.kind = losses[draw.below(3)];
    for (std::size_t i = 0; i < p.model.parameters(); ++i) p.initial.push_back(draw.quarter(5) + Rational(static_cast<int>(i % 7), 97));
    p.clock = flow::Clock::time;
    p.stop.time = 1;
    p.times = {Rational(1, 4), Rational(1, 2)};
    p.digits = 30;
    p.observe = {"loss"};
    return p;
}

/// Gradient descent in double with a small step: near a kink that attracts it chatters at a distance of the step's size.
std::vector<double> euler(const flow::Problem& p, long steps) {
    const flow::System system = flow::build_system(p);
    std::size_t layers = 0;
    for (const model::kink& k : system.kinks) layers = std::max(layers, k.layer + 1);
    std::vector<graph::evaluator<double>> arguments;
    std::vector<std::vector<std::size_t>> members(layers);
    for (std::size_t l = 0; l < layers; ++l) {
        std::vector<graph::node_id> nodes;
        for (std::size_t k = 0; k < system.kinks.size(); ++k)
            if (system.kinks[k].layer == l) members[l].push_back(k), nodes.push_back(system.kinks[k].argument);
        arguments.emplace_back(system.graph, nodes);
    }
    graph::evaluator<double> gradient(system.graph, system.gradient);
    std::vector<double> at;
    for (const Rational& x : p.initial) at.push_back(x.convert_to<double>());
    const std::size_t n = at.size();
    at.resize(n + system.kinks.size());
    const double h = p.stop.time->convert_to<double>() / static_cast<double>(steps);
    for (long s = 0; s < steps; ++s) {
        for (std::size_t l = 0; l < layers; ++l) {
            const std::vector<double> u = arguments[l](at);
            for (std::size_t i = 0; i < u.size(); ++i) {
                const model::kink& k = system.kinks[members[l][i]];
                at[n + members[l][i]] = (u[i] > 0 ? k.above : k.below).convert_to<double>();
            }
        }
        const std::vector<double> g = gradient(at);
        for (std::size_t i = 0; i < n; ++i) at[i] -= h * g[i];
    }
    at.resize(n);
    return at;
}

struct Counts {
    int reached = 0, not_unique = 0, refused = 0, events = 0, sliding = 0;
};

void check(std::uint64_t seed, Counts& counts) {
    const flow::Problem p = random_problem(seed);
    flow::Trajectory t;
    try {
        t = flow::integrate(p);
    } catch (const numerical_error& refused) {
        ++counts.refused;
        BOOST_TEST_MESSAGE("seed " << seed << ": " << refused.what());
        return;
    }
    const number::precision_scope scope(t.precision_bits);
    counts.events += static_cast<int>(t.events.size());
    counts.sliding += static_cast<int>(std::count_if(t.events.begin(), t.events.end(), [](const flow::Event& e) { return e.kind == "sliding_start"; }));
    BOOST_TEST((t.status == "reached_stop" || t.status == "not_unique" || t.status == "blow_up"), "seed " << seed << ": " << t.status);
    // The two computations saw the same events, at the same times.
    BOOST_TEST(t.confirmation.find("different events") == std::string::npos, "seed " << seed << ": " << t.confirmation);
    for (const flow::Event& e : t.events) BOOST_TEST(e.time.digits >= (e.kind == "contact" || e.time.value == 0 ? 0 : 25), "seed " << seed << ": " << e.kind << " known to " << e.time.digits << " digits");
    for (std::size_t s = 1; s < t.samples.size(); ++s)
        BOOST_TEST(t.samples[s].observed.at("loss")[0].value <= t.samples[s - 1].observed.at("loss")[0].value, "seed " << seed << ": the loss rises");
    // The signs are those that the events say.
    const flow::System system = flow::build_system(p);
    flow::Pattern<Real> pattern(system.graph, system.kinks);
    const auto signs_at = [&](const Vector& theta) {
        (void)pattern.inputs(theta);
        std::vector<int> signs;
        for (const Real& u : pattern.arguments) signs.push_back(abs(u) < 1e-25 ? 0 : u > 0 ? 1 : -1);
        return signs;
    };
    Vector start;
    for (const Rational& x : p.initial) start.push_back(number::to_real(x));
    std::vector<int> expected = signs_at(start);
    std::vector<bool> told(expected.size(), true);
    std::size_t next = 0;
    for (const flow::Sample& s : t.samples) {
        Vector theta;
        for (const auto& x : s.parameters) theta.push_back(x.value);
        for (; next < t.events.size() && t.events[next].time.value <= s.time.value; ++next)
            for (std::size_t k = 0; k < expected.size(); ++k) {
                const flow::Event& e = t.events[next];
                if (!e.sample || system.kinks[k].unit != e.unit || system.kinks[k].sample != *e.sample || p.model.layers[system.kinks[k].layer].name != e.layer) continue;
                if (e.kind == "crossing" || e.kind == "sliding_end" || e.kind == "departure") expected[k] = e.description.ends_with("positive") ? 1 : -1, told[k] = true;
                if (e.kind == "sliding_start") expected[k] = 0, told[k] = true;
                if (e.kind == "rest") told[k] = false;
            }
        const std::vector<int> seen = signs_at(theta);
        // An argument all of whose inputs vanish has no side of its own.
        for (std::size_t k = 0; k < seen.size(); ++k)
            if (told[k] && (system.kinks[k].layer == 0 || seen[k] * expected[k] != 0)) BOOST_TEST(seen[k] == expected[k], "seed " << seed << ", kink " << k << " at t = " << number::to_decimal(s.time.value, 5));
    }
    if (t.status == "not_unique") ++counts.not_unique;
    if (t.status != "reached_stop") return;
    ++counts.reached;
    const std::vector<double> other = euler(p, 40'000);
    double size = 1;
    for (const double x : other) size = std::max(size, std::abs(x));
    for (std::size_t i = 0; i < other.size(); ++i)
        BOOST_TEST(std::abs(t.samples.back().parameters[i].value.convert_to<double>() - other[i]) < 5e-3 * size,
                   "seed " << seed << ", parameter " << i << ": " << t.samples.back().parameters[i].value.convert_to<double>() << " and " << other[i]);
}

void check_many(std::uint64_t from, int count) {
    Counts counts;
    for (int k = 0; k < count; ++k) check(from + static_cast<std::uint64_t>(k), counts);
    BOOST_TEST_MESSAGE(counts.reached << " reached the end, " << counts.not_unique << " are not unique, " << counts.refused << " refused, " << counts.events << " events, " << counts.sliding << " slides");
    BOOST_TEST(counts.reached > 3 * count / 4);
    BOOST_TEST(counts.events > count);
    BOOST_TEST(counts.sliding > count / 10);
    BOOST_TEST(counts.refused <= count / 50);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(flow_random_kinks)

BOOST_AUTO_TEST_CASE(ten_networks) { check_many(1, 10); }

BOOST_AUTO_TEST_CASE(two_hundred_networks, *boost::unit_test::label("slow") * boost::unit_test::disabled()) { check_many(1000, 200); }

BOOST_AUTO_TEST_SUITE_END()
