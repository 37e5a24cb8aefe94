#include "horizon_fixture.hpp"

#include <eonflow/flow/integrate.hpp>
#include <eonflow/graph/derivative.hpp>
#include <eonflow/graph/evaluate.hpp>
#include <support/oracles.hpp>

#include <random>

using namespace horizon_fixture;

namespace {

/// The slope of log10 |error| between two samples, against the limit in the last one, per unit of log10 |theta|.
Real slope(const flow::HorizonResult& result, bool predictor) {
    const auto at = [&](std::size_t k) { return values(predictor ? result.samples[k].predictor : result.samples[k].direction); };
    const Real near = length(at(1), at(2)), far = length(at(0), at(2));
    return log(near / far) / (result.samples[1].log_radius.value - result.samples[0].log_radius.value);
}

/// Follows p, interrupted after every `steps` steps and gone on with from what was kept.
flow::Trajectory follow_in_pieces(const flow::Problem& p, int steps, int& pieces) {
    flow::Journal::Stages kept;
    flow::Trajectory result;
    for (pieces = 0; pieces == 0 || result.status == "interrupted"; ++pieces) {
        flow::Journal journal(kept, [&](const flow::Journal::Stages& stages) { kept = stages; }, std::chrono::hours(1));
        flow::IntegrateOptions options;
        options.journal = &journal;
        int left = steps;
        options.interrupted = [&] { return left-- == 0; };
        result = flow::integrate(p, options);
    }
    return result;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(horizon)

// Steps end within 1 of a target, often at one of the next.
BOOST_AUTO_TEST_CASE(a_target_costs_a_few_steps) {
    std::vector<HorizonTarget> targets;
    for (Rational r = 20; r <= 24; r += Rational(1, 2)) targets.push_back({target::log_radius, r});
    const auto far = follow(problem(six, dense({3, 2, 1}), generic(8)), {targets.back()}), all = follow(problem(six, dense({3, 2, 1}), generic(8)), targets);
    BOOST_TEST(all.late.steps <= far.late.steps + 3 * static_cast<std::int64_t>(targets.size()), all.late.steps << " steps, " << far.late.steps << " without the targets on the way");
}

BOOST_AUTO_TEST_CASE(interrupted_anywhere_it_ends_with_the_same_bits) {
    const auto leaky = [] {
        auto p = problem({{"1", "0"}, {"1/50", "1"}}, model::leaky_relu(2, {Rational(1, 2), Rational(1, 2), Rational(-1, 2), Rational(-1, 2)}, Rational(1, 2), false),
                         {"1/10", "1/5", "-1/10", "1/20", "1/7", "-1/9", "1/30", "1/11"});
        p.data.y = {Rational(1), Rational(-1)};
        return p;
    };
    std::vector<flow::Problem> problems = {problem(six, model::linear(3), zeros), problem(six, dense({3, 2, 1}), generic(8)), problem(six, model::diagonal(3, 2), generic(6, true), model::loss_kind::logistic), leaky()};
    for (flow::Problem& p : problems) {
        p.clock = flow::Clock::horizon;
        p.digits = 12;
        p.stop.direction_digits = Rational(9);
    }
    problems[1].stop.log10_time = Rational(40);  // of several rules the first is looked for in rough runs
    for (const flow::Problem& p : problems) {
        const flow::Trajectory whole = flow::integrate(p);
        int pieces = 0;
        const flow::Trajectory parts = follow_in_pieces(p, 5, pieces);
        BOOST_TEST(pieces > 4, p.model.family << ": " << pieces << " pieces, " << whole.counters.steps << " steps");
        BOOST_TEST(parts.status == "reached_stop");
        BOOST_REQUIRE(parts.samples.size() == whole.samples.size());
        BOOST_TEST((parts.counters.steps == whole.counters.steps && parts.counters.evaluations == whole.counters.evaluations));
        for (std::size_t k = 0; k < whole.samples.size(); ++k) {
            const flow::Sample &a = whole.samples[k], &b = parts.samples[k];
            const auto same = [](const flow::verified& x, const flow::verified& y) { return x.digits == y.digits && x.value == y.value; };
            BOOST_TEST(same(a.log10_time, b.log10_time));
            for (std::size_t i = 0; i < a.parameters.size(); ++i) BOOST_TEST(same(a.parameters[i], b.parameters[i]), "sample " << k << ", parameter " << i);
            for (const auto& [name, values] : a.observed)
                for (std::size_t i = 0; i < values.size(); ++i) BOOST_TEST(same(values[i], b.observed.at(name)[i]), "sample " << k << ", " << name);
        }
        BOOST_TEST(parts.events.size() == whole.events.size());
    }
}

// Orthogonal rows decouple: z_i(t) = log(e^{z_i(0)} + |x_i|^2 t).
BOOST_AUTO_TEST_CASE(orthogonal_data_to_r_1000) {
    const auto p = problem({{"1", "1", "0"}, {"1", "-1", "0"}, {"0", "0", "2"}}, model::linear(3), {"1/3", "-1/5", "1/7"});
    const auto result = follow(p, {{target::log_radius, 1}, {target::log_radius, 3}, {target::log_radius, 5}, {target::log_radius, 10}, {target::log_radius, 1000}});
    const number::precision_scope scope(result.precision_bits + 4000);
    for (const auto& s : result.samples) {
        const std::string where = "r = " + number::to_decimal(s.log_radius.value, 4);
        const Real time = Real(s.log_time.value);
        Vector w(3, Real(0));
        for (std::size_t i = 0; i < 3; ++i) {
            Real start = 0, square = 0;
            for (std::size_t j = 0; j < 3; ++j) start += number::to_real(p.data.X(i, j) * p.initial[j]), square += number::to_real(p.data.X(i, j) * p.data.X(i, j));
            const Real z = time + log(square + exp(start - time));
            for (std::size_t j = 0; j < 3; ++j) w[j] += z * number::to_real(p.data.X(i, j)) / square;
        }
        const Vector direction = flow::normalized(w);
        for (std::size_t j = 0; j < 3; ++j) check_claim(s.direction[j], direction[j], Real(1), 28, where);
        check_claim(s.log_radius, log(flow::norm(w)), s.log_radius.value, 25, where + " log_radius at log t");
    }
}

// The second support vector has multiplier 0: w = (W + log(1 + W), log(1 + W)), W = W(t), direction error log log t / log t.
BOOST_AUTO_TEST_CASE(a_support_vector_with_zero_multiplier) {
    const auto result = follow(problem({{"1", "0"}, {"1", "1"}}, model::linear(2), {"0", "0"}), {{target::log10_time, 2}, {target::log10_time, 1000}, {target::log_radius, 45}});
    const number::precision_scope scope(result.precision_bits + 400);
    for (const auto& s : result.samples) {
        const Real time = Real(s.log_time.value);
        Real w = time - log(time);  // w + log w = log t
        for (int k = 0; k < 12; ++k) w -= (w + log(w) - time) / (1 + 1 / w);
        const Vector direction = flow::normalized({w + log1p(w), log1p(w)});
        for (std::size_t j = 0; j < 2; ++j) check_claim(s.direction[j], direction[j], Real(1), 28, "direction");
    }
}

// One sample, two equal factors: u = v1 v2 obeys u' = 2 u e^-u, t = (Ei(u) - Ei(u0))/2.
BOOST_AUTO_TEST_CASE(time_of_a_balanced_scalar_network) {
    const auto result = follow(problem({{"1"}}, model::diagonal(1, 2), {"1/2", "1/2"}), {{target::log_radius, 1}, {target::log_radius, 2}, {target::log_radius, 4}, {target::log_radius, 9}});
    const number::precision_scope scope(result.precision_bits + 200);
    for (const auto& s : result.samples) {
        const number::Ball u = exp(number::Ball(Real(2 * s.log_radius.value))) / number::Ball(2);
        const number::Ball t = (oracles::exponential_integral(u) - oracles::exponential_integral(number::Ball(Rational(1, 4)))) / number::Ball(2);
        check_claim(s.log_time, log(t).midpoint(), s.log_time.value, 25, "log t");
    }
}

// One sample, logistic loss: w = c - W(e^c), c = t + w0 + e^w0.
BOOST_AUTO_TEST_CASE(time_of_a_logistic_scalar) {
    const auto result = follow(problem({{"1"}}, model::linear(1), {"1/4"}, model::loss_kind::logistic), {{target::log10_time, 1}, {target::log10_time, 4}, {target::log10_time, 300}});
    const number::precision_scope scope(result.precision_bits + 1200);
    const Real start = number::to_real(Rational(1, 4));
    for (const auto& s : result.samples) {
        const Real e_w = exp(exp(Real(s.log_radius.value)));  // w + e^w = c
        const Real time = log(log(e_w) + e_w - start - exp(start));
        check_claim(s.log_time, time, s.log_time.value, 25, "log t = " + number::to_decimal(s.log_time.value, 6));
    }
}

BOOST_AUTO_TEST_CASE(linearly_dependent_support_vectors_and_duplicates) {
    // Four support vectors in three dimensions, z1 + z4 = z2 + z3; limit (1, 0, 0).
    const rows square = {{"1", "1", "1"}, {"1", "-1", "1"}, {"1", "1", "-1"}, {"1", "-1", "-1"}};
    for (const auto kind : {model::loss_kind::exponential, model::loss_kind::logistic}) {
        const auto result = follow(problem(square, model::linear(3), {"1/3", "1/5", "-2/7"}, kind), {{target::log_radius, 20}, {target::direction_digits, 30}});
        const auto& s = result.samples[1];
        const number::precision_scope scope(result.precision_bits);
        BOOST_TEST(length(values(s.predictor), {Real(1), Real(0), Real(0)}) < number::to_real(number::parse_rational("1e-30")));
        for (const auto& sample : result.samples) {
            const auto pi = values(sample.log_weights);
            BOOST_TEST(abs(pi[0] + pi[3] - pi[1] - pi[2]) < number::to_real(number::parse_rational("1e-28")));
        }
    }
    const rows twice = {{"1", "1/2", "0"}, {"1/2", "1", "3/10"}, {"1", "1/2", "0"}, {"1", "1", "-1/2"}};
    const auto result = follow(problem(twice, model::linear(3), zeros), {{target::log_radius, 40}});
    BOOST_TEST(number::agreeing_digits(result.samples[0].log_weights[0].value, result.samples[0].log_weights[2].value, 40) >= 30);
}

// The direction error falls like e^-r (linear), e^-Lr (dense, support vectors that span), e^-r (dense, support vectors that do not span).
BOOST_AUTO_TEST_CASE(rates_of_the_direction) {
    const number::precision_scope scope(300);
    const Real close = number::to_real(number::parse_rational("1e-6"));
    const rows two = {{"1", "1/2", "0"}, {"1/2", "1", "3/10"}};
    const auto linear = follow(problem(six, model::linear(3), zeros), {{target::log_radius, 40}, {target::log_radius, 50}, {target::log_radius, 120}});
    BOOST_TEST(abs(slope(linear, true) + 1) < close);
    const auto spanning = follow(problem(six, dense({3, 2, 1}), generic(8)), {{target::log_radius, 20}, {target::log_radius, 25}, {target::log_radius, 80}});
    BOOST_TEST(abs(slope(spanning, true) + 2) < close);
    const auto frozen = follow(problem(two, dense({3, 2, 1}), generic(8)), {{target::log_radius, 30}, {target::log_radius, 40}, {target::log_radius, 120}});
    BOOST_TEST(abs(slope(frozen, true) + 1) < close);
}

// W2^T W2 - W1 W1^T is conserved: relative to |W|^2 its drift stays at the working digits.
BOOST_AUTO_TEST_CASE(balance_is_conserved_to_the_digits_of_the_weights) {
    const auto p = problem(six, dense({3, 2, 1}), generic(8), model::loss_kind::logistic);
    const auto result = follow(p, {{target::log_radius, 5}, {target::log_radius, 30}});
    const number::precision_scope scope(result.precision_bits);
    Vector start;
    for (const Rational& x : p.initial) start.push_back(number::to_real(x));
    const auto before = flow::balance(p.model.layers[0], p.model.layers[1], start);
    for (const auto& s : result.samples) {
        const auto after = flow::balance(p.model.layers[0], p.model.layers[1], values(s.direction));
        const Real shrink = exp(-2 * s.log_radius.value);
        for (std::size_t k = 0; k < before.entries().size(); ++k)
            BOOST_TEST(abs(after.entries()[k] - before.entries()[k] * shrink) < number::to_real(number::parse_rational("1e-30")));
    }
}

// The carried time against the slope of the loss alone: t |grad loss|^2/loss = 1 + (2 - 2/L)/sigma + O(sigma^(-1 - min(1, 2/L))), sigma = log(1/loss).
BOOST_AUTO_TEST_CASE(a_second_formula_for_the_time) {
    const std::vector<flow::Problem> problems{problem(six, model::linear(3), zeros), problem(six, dense({3, 2, 1}), generic(8)), problem(six, dense({3, 2, 2, 1}), generic(12, true)),
                                              problem({{"1", "1/2"}, {"1/2", "1"}}, model::expression(2, {"a", "b", "c"}, "(a^2 + b*c)*x1 + (b^2 - a*c/3)*x2"), {"1/2", "2/3", "1/5"})};
    for (const flow::Problem& p : problems) {
        const auto result = follow(p, {{target::log_radius, 6}, {target::log_radius, 30}});
        const number::precision_scope scope(result.precision_bits);
        flow::Margins margins = flow::homogeneous_margins(p);
        const Real degree = number::to_real(margins.degree);
        std::vector<graph::term> terms;
        for (const auto z : margins.margins) terms.push_back({1, margins.graph.input("p" + std::to_string(terms.size())), z});
        const auto pull = graph::gradient(margins.graph, margins.graph.sum(std::move(terms)), margins.theta);
        graph::evaluator<Real> value(margins.graph, pull);
        for (const auto& s : result.samples) {
            Vector inputs = values(s.direction);
            for (const auto& w : s.log_weights) inputs.push_back(exp(w.value));
            const Real log_slope = log(flow::norm(value(inputs))) + (degree - 1) * s.log_radius.value, sigma = s.minus_log_loss.value;
            const Real excess = expm1(s.log_time_loss.value + 2 * log_slope) - (2 - 2 / degree) / sigma;
            BOOST_TEST(abs(excess) < 20 * pow(sigma, -1 - std::min(Real(1), Real(2 / degree))) + pow(Real(10), -s.log_time_loss.digits));
            BOOST_TEST(s.log_time_loss.digits >= 25);
            // And log t itself is the sum of the two.
            BOOST_TEST(number::agreeing_digits(s.log_time.value, s.log_time_loss.value + sigma, 60) >= 30);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_mean_loss_shifts_log_time) {
    auto p = problem(six, model::linear(3), zeros);
    const auto sum = follow(p, {{target::log_radius, 1}, {target::log_radius, 20}});
    p.loss.reduce = model::reduction::mean;
    const auto mean = follow(p, {{target::log_radius, 1}, {target::log_radius, 20}});
    const number::precision_scope scope(sum.precision_bits);
    for (std::size_t k = 0; k < 2; ++k) {
        BOOST_TEST(number::agreeing_digits(mean.samples[k].log_time.value, sum.samples[k].log_time.value + log(Real(6)), 50) >= 28);
        BOOST_TEST(number::agreeing_digits(mean.samples[k].minus_log_loss.value, sum.samples[k].minus_log_loss.value + log(Real(6)), 50) >= 28);
    }
}

BOOST_AUTO_TEST_CASE(a_homogeneous_formula_finds_its_degree) {
    const auto p = problem({{"1", "1/2"}, {"1/2", "1"}}, model::expression(2, {"a", "b", "c"}, "(a^2 + b*c)*x1 + (b^2 - a*c/3)*x2"), {"1/2", "2/3", "1/5"});
    BOOST_TEST(flow::homogeneous_margins(p).degree == 2);
    const auto result = follow(p, {{target::log10_log10_time, 6}});
    BOOST_TEST(result.samples[0].late);
    for (const auto& entry : result.samples[0].direction) BOOST_TEST(entry.digits >= 30);
}

// w = log(1 + t), loss 1/(1 + t): stops of time and loss far out, alone and the first of several.
BOOST_AUTO_TEST_CASE(times_and_losses_beyond_the_loss_clock) {
    const auto stop = [](const char* time, const char* loss, const char* digits) {
        flow::StopRule rule;
        if (*time != 0) rule.time = number::parse_rational(time);
        if (*loss != 0) rule.loss = number::parse_rational(loss);
        if (*digits != 0) rule.direction_digits = number::parse_rational(digits);
        return rule;
    };
    for (const auto& [rule, decades] : {std::pair(stop("1e400", "", ""), 400), {stop("", "1e-700", ""), 700}, {stop("1e5000", "1e-1000", ""), 1000}, {stop("1e2000", "1e-3000", ""), 2000}}) {
        auto p = problem({{"1"}}, model::linear(1), {"0"});
        p.stop = rule;
        const auto trajectory = flow::integrate(p);
        BOOST_TEST((trajectory.clock == flow::Clock::horizon));
        const number::precision_scope scope(trajectory.precision_bits);
        BOOST_TEST(number::agreeing_digits(trajectory.samples.back().parameters[0].value, decades * log(Real(10)), 60) >= 30);
        BOOST_TEST(trajectory.samples.back().parameters[0].digits >= 30);
    }
    // A small time beside a rule of the horizon.
    auto near = problem({{"1"}}, model::linear(1), {"0"});
    near.stop.time = 5;
    near.stop.log10_log10_time = 2;
    const auto ended = flow::integrate(near);
    const number::precision_scope scope(ended.precision_bits);
    BOOST_TEST(number::agreeing_digits(ended.samples.back().parameters[0].value, log(Real(6)), 60) >= 30);
    // log(1 + t) settles nowhere, and rules of two clocks do not go together.
    auto p = problem({{"1"}}, model::linear(1), {"0"});
    p.stop.direction_digits = 3;
    p.stop.settled_digits = 3;
    BOOST_CHECK_THROW((void)flow::integrate(p), invalid_input);
}

BOOST_AUTO_TEST_CASE(what_has_no_horizon_is_refused) {
    const rows x = {{"1", "1/2"}};
    BOOST_CHECK_THROW((void)flow::homogeneous_margins(problem(x, model::expression(2, {"a"}, "(a + a^2)*x1"), {"1/2"})), invalid_input);
    BOOST_CHECK_THROW((void)flow::homogeneous_margins(problem(x, model::linear(2), {"0", "0"}, model::loss_kind::squared)), invalid_input);
}

BOOST_AUTO_TEST_CASE(relations_are_found_exactly) {
    const auto m = flow::homogeneous_margins(problem({{"1", "1"}, {"1", "-1"}, {"1", "0"}, {"2", "1"}}, dense({2, 2, 1}), generic(6)));
    const auto relations = flow::affine_relations(m, {0, 1, 2});  // z0 + z1 = 2 z2
    BOOST_TEST(relations.rows() == 1u);
    BOOST_TEST(abs(relations(0, 2)) == 2);
    BOOST_TEST(flow::affine_relations(m, {0, 1, 3}).rows() == 0u);  // dependent, but the coefficients do not sum to 0
}

namespace {

/// Random separable problems: the claimed digits against a computation with 12 digits more.
void random_problems(int count, unsigned seed) {
    std::mt19937 random(seed);
    const auto draw = [&](int low, int high) { return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1)); };
    for (int k = 0; k < count; ++k) {
        const std::size_t d = static_cast<std::size_t>(draw(2, 4)), n = static_cast<std::size_t>(draw(1, 6));
        rows x(n, std::vector<std::string>(d));
        for (auto& row : x) {
            for (auto& entry : row) entry = std::to_string(draw(-6, 6)) + "/4";
            row[0] = std::to_string(draw(1, 6)) + "/4";  // separable by the first axis
        }
        const int depth = draw(1, 3);
        auto m = depth == 1 ? model::linear(d) : depth == 2 ? model::diagonal(d, 2) : dense({d, 2, 1});
        const auto start = generic(m.parameters(), depth == 2);
        auto p = problem(x, std::move(m), start, draw(0, 1) == 0 ? model::loss_kind::exponential : model::loss_kind::logistic);
        const std::vector<HorizonTarget> targets = {{target::log10_time, 1}, {target::log_radius, 3 + draw(0, 3)}, {target::log_radius, 20}};
        const std::string name = "problem " + std::to_string(k) + " of seed " + std::to_string(seed);
        const auto result = follow(p, targets, 20), truth = follow(p, targets, 32);
        const number::precision_scope scope(truth.precision_bits);
        for (std::size_t j = 0; j < std::min(result.samples.size(), truth.samples.size()); ++j)
            for (std::size_t i = 0; i < result.samples[j].direction.size(); ++i)
                check_claim(result.samples[j].direction[i], Real(truth.samples[j].direction[i].value), Real(1), 20, name);
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(claims_hold_in_random_problems) { random_problems(6, 1); }

BOOST_AUTO_TEST_CASE(claims_hold_in_200_random_problems, *boost::unit_test::label("slow") * boost::unit_test::disabled()) { random_problems(200, 2); }

BOOST_AUTO_TEST_SUITE_END()
