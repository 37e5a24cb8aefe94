/// frei_2023 and le_jegelka_2022: instances end as stated, wrong problems are told, and numbers against closed forms.
#include <verify/judge.hpp>
#include <verify/theorem.hpp>

#include <eonflow/flow/horizon.hpp>
#include <eonflow/flow/integrate.hpp>
#include <eonflow/flow/start.hpp>
#include <eonflow/io/data_file.hpp>
#include <eonflow/io/file.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>
#include <support/oracles.hpp>
#include <support/problems.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using namespace eonflow::verify;
using number::Rational;
using number::Real;

namespace {

const Instance& instance(const Theorem& theorem, const std::string& name) {
    for (const Instance& i : theorem.instances)
        if (i.name == name) return i;
    throw std::logic_error("no instance " + name);
}

Report check(const char* id, const flow::Problem& problem, std::int64_t digits = 12) {
    CheckOptions options;
    options.digits = digits;
    return find_theorem(id)->check(problem, options);
}

const ClaimResult& claim(const Report& report, const std::string& id) {
    for (const ClaimResult& c : report.claims)
        if (c.id == id) return c;
    throw std::logic_error("no claim " + id);
}

Verdict hypothesis(const Report& report, const std::string& id) {
    for (const HypothesisResult& h : report.hypotheses)
        if (h.id == id) return h.verdict;
    throw std::logic_error("no hypothesis " + id);
}

/// Descent of the leaky ReLU (kinked or smooth) on two orthonormal samples from a start of size 1e-9.
flow::Problem descent(bool smooth, std::vector<Rational> output, bool normalised, int steps) {
    flow::Problem p;
    p.data = problems::data({{"1", "0"}, {"0", "1"}}, {"1", "-1"});
    const auto make = smooth ? model::smooth_leaky_relu : model::leaky_relu;
    p.model = make(2, std::move(output), Rational(9, 10), normalised);
    p.loss.kind = model::loss_kind::logistic;
    p.loss.reduce = model::reduction::mean;
    p.initial = problems::rationals({"1e-9", "2e-9", "-1e-9", "1e-9", "3e-9", "-1e-9", "-1e-9", "-2e-9"});
    p.descent_step = Rational(1, 280);
    p.stop.time = *p.descent_step * steps;
    return p;
}

/// Of the direction of the flow from that of the certified KKT point.
double distance_from_limit(const Report& report) {
    const std::string evidence = claim(report, "F1").evidence, distance = "|W/‖W‖ − W'/‖W'‖| = ";
    BOOST_REQUIRE(evidence.find(distance) != std::string::npos);
    return std::stod(evidence.substr(evidence.find(distance) + distance.size()));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(relu_theorems)

BOOST_AUTO_TEST_CASE(instances_end_as_stated) {
    for (const auto& [id, names] : std::vector<std::pair<const char*, std::vector<std::string>>>{
             {"frei_2023", {"two_samples", "correlated", "descent_start_of_size_1", "descent_kinked"}},
             {"le_jegelka_2022", {"rank_two"}}})
        for (const std::string& name : names) {
            const Instance& i = instance(*find_theorem(id), name);
            const Report report = check(id, i.problem());
            BOOST_TEST((report.overall() == i.stated), id << " " << name << ": " << name_of(report.overall()));
        }
}

// Two correlated samples: the flow is followed all the same, and what it is on the way to is certified.
BOOST_AUTO_TEST_CASE(without_near_orthogonality_the_reached_point_is_certified) {
    flow::Problem p = instance(*find_theorem("frei_2023"), "correlated").problem();
    const auto distance_at = [&](const flow::StopRule& stop) {
        p.stop = stop;
        const Report report = check("frei_2023", p);
        BOOST_TEST((hypothesis(report, "H1") == Verdict::hypotheses_not_met));
        for (const ClaimResult& c : report.claims) BOOST_TEST((c.verdict == Verdict::hypotheses_not_met));
        const std::string evidence = claim(report, "F1").evidence;
        BOOST_TEST(evidence.find("through 8 events") != std::string::npos, evidence);
        BOOST_TEST(evidence.find("holds a KKT point W' of the margin problem, exactly") != std::string::npos, evidence);
        BOOST_TEST(claim(report, "F1.2").evidence.find("W' of F1 has rank 2 exactly") != std::string::npos, claim(report, "F1.2").evidence);
        return distance_from_limit(report);
    };
    flow::StopRule early, late;
    early.loss = Rational(1, 1000);
    late.direction_digits = 8;
    BOOST_TEST(distance_at(early) > 1e-3);
    BOOST_TEST(distance_at(late) < 1e-8);
}

// Every 60th image of the digits, 16 pixels of each: switches come until t = 1e20 and later, some just after the late phase has begun.
BOOST_AUTO_TEST_CASE(late_switches_do_not_end_the_way_to_the_horizon) {
    const flow::Data all = io::parse_csv(io::read_file(EONFLOW_SOURCE_DIR "/proofs-data/real/digits_zero_one.csv"), "digits_zero_one.csv");
    flow::Problem p;
    p.data.X = number::Matrix<Rational>(6, 16);
    for (std::size_t i = 0; i < 6; ++i) {
        p.data.y.push_back(all.y[60 * i]);
        std::size_t j = 0;
        for (std::size_t row : {1u, 3u, 4u, 6u})
            for (std::size_t column : {2u, 3u, 4u, 5u}) p.data.X(i, j++) = all.X(60 * i, 8 * row + column);
    }
    p.model = model::leaky_relu(16, {1, 1, -1, -1}, Rational(1, 2), false);
    p.loss.kind = model::loss_kind::logistic;
    p.initial = flow::uniform_start(3, p.model.parameters(), Rational(1, 1000));
    p.stop.direction_digits = 6;
    BOOST_TEST(distance_from_limit(check("frei_2023", p, 6)) < 1e-6);
}

BOOST_AUTO_TEST_CASE(only_an_accepted_certificate_under_met_hypotheses_violates) {
    const convex::Check accepted{true, ""}, refused{false, ""};
    const std::vector<HypothesisResult> met{{"H", "", Verdict::holds, ""}}, open{{"H", "", Verdict::holds, ""}, {"H'", "", Verdict::inconclusive_horizon, ""}};
    BOOST_TEST((decide(false, accepted, met) == Verdict::violated));
    BOOST_TEST((decide(true, accepted, met) == Verdict::holds));
    BOOST_TEST((decide(false, accepted, open) == Verdict::hypotheses_not_met));
    BOOST_TEST((decide(false, refused, met) == Verdict::numerical_failure));
    BOOST_TEST((decide(true, refused, met) == Verdict::numerical_failure));
}

BOOST_AUTO_TEST_CASE(the_counterexample_follows_its_closed_form) {
    // q = s^2 with Ei(q) - Ei(1/4) = 2t; the components -1/10 rest.
    flow::Problem p = instance(*find_theorem("le_jegelka_2022"), "rank_two").problem();
    p.times = {Rational(1, 2), 7};
    p.stop.time = 200;
    p.digits = 35;
    const number::precision_scope scope(256);
    const number::Ball start = oracles::exponential_integral(number::Ball(Rational(1, 4)));
    for (const flow::Sample& sample : flow::integrate(p).samples) {
        const Real& s = sample.parameters[0].value;
        const Real time = (oracles::exponential_integral(number::Ball(Real(s * s))) - start).midpoint() / 2;
        BOOST_TEST(number::agreeing_digits(time, sample.time.value, 60) >= 33);
        for (const std::size_t same : {3u, 4u, 5u}) BOOST_TEST(number::agreeing_digits(s, sample.parameters[same].value, 60) >= 34);
        for (const std::size_t frozen : {1u, 2u}) BOOST_TEST(number::agreeing_digits(Real(-1) / 10, sample.parameters[frozen].value, 60) >= 34);
    }
    flow::HorizonOptions options;
    options.digits = 30;
    for (const flow::HorizonSample& sample : flow::follow_to_horizon(p, {{flow::HorizonTarget::what::log_radius, 3}, {flow::HorizonTarget::what::log_radius, 6}}, options).samples) {
        const Real s = exp(sample.log_radius.value) * sample.direction[0].value;
        const Real log_time = log((oracles::exponential_integral(number::Ball(Real(s * s))) - start).midpoint() / 2);
        BOOST_TEST(number::agreeing_digits(log_time, sample.log_time.value, 60) >= 27);
    }
}

BOOST_AUTO_TEST_CASE(the_full_matrix_is_judged_with_a_certificate_only) {
    flow::Problem p = instance(*find_theorem("le_jegelka_2022"), "rank_two").problem();
    const Report report = check("le_jegelka_2022", p, 6);
    BOOST_TEST((claim(report, "LJ4").verdict == Verdict::violated));
    for (const char* id : {"LJ.V", "LJ.E", "LJ.D", "LJ1", "LJ2", "LJ3"}) BOOST_TEST((claim(report, id).verdict == Verdict::holds), id);
    for (const std::size_t both : {1u, 2u}) p.initial[both] = Rational(1, 10);  // both units active on both samples: one block
    BOOST_TEST((claim(check("le_jegelka_2022", p, 6), "LJ4").verdict == Verdict::holds));
    p.data.X(0, 1) = Rational(1, 10);
    p.initial[1] = Rational(-1, 10);  // no blocks
    for (const ClaimResult& c : check("le_jegelka_2022", p, 6).claims) BOOST_TEST(c.id != "LJ4");
}

BOOST_AUTO_TEST_CASE(one_step_on_orthonormal_samples_has_a_closed_form) {
    // From a vanishing start row j of W_1 is proportional to a_j (s_1j, -s_2j) with the slopes s of unit j: the stable rank is that of the matrix of slopes.
    const flow::Problem p = descent(false, {1, 1, -1, -1}, true, 2);
    Rational a = 0, b = 0, c = 0;
    for (std::size_t j = 0; j < 4; ++j) {
        const Rational s1 = p.initial[2 * j] > 0 ? Rational(1) : p.model.slope, s2 = p.initial[2 * j + 1] > 0 ? Rational(1) : p.model.slope;
        a += s1 * s1, b += s2 * s2, c += s1 * s2;
    }
    const number::precision_scope scope(128);
    const Real trace = number::to_real(a + b), determinant = number::to_real(a * b - c * c);
    const Real rank = 2 * trace / (trace + sqrt(trace * trace - 4 * determinant));
    const Report report = check("frei_2023", p);
    BOOST_TEST((claim(report, "F2.1").verdict == Verdict::holds));
    BOOST_TEST(claim(report, "F2.1").evidence.starts_with("stable rank at step 1: " + number::to_decimal(rank, 6)), claim(report, "F2.1").evidence);
}

BOOST_AUTO_TEST_CASE(the_scaling_of_the_output_weights_is_seen_through) {
    const Report normalised = check("frei_2023", descent(true, {1, -1, 1, -1}, true, 400));
    const Report stated = check("frei_2023", descent(true, {Rational(1, 2), Rational(-1, 2), Rational(1, 2), Rational(-1, 2)}, false, 400));
    // Half the output weights, twice the weights, a quarter of the step: the same network.
    flow::Problem scaled = descent(true, {1, -1, 1, -1}, false, 400);
    scaled.descent_step = *scaled.descent_step / 4;
    scaled.stop.time = *scaled.stop.time / 4;
    for (Rational& w : scaled.initial) w /= 2;
    for (const char* id : {"F2.1", "F2.2", "F2.3"}) {
        BOOST_TEST(claim(normalised, id).measured == claim(stated, id).measured);
        BOOST_TEST(claim(normalised, id).predicted == claim(stated, id).predicted);
        BOOST_TEST((claim(normalised, id).verdict == claim(stated, id).verdict));
    }
    const Report other = check("frei_2023", scaled);
    for (const char* id : {"H3", "H4", "H5", "H6"}) BOOST_TEST((hypothesis(other, id) == hypothesis(normalised, id)), id);
    BOOST_TEST((claim(normalised, "F2.2").verdict == Verdict::holds));
}

BOOST_AUTO_TEST_CASE(hypotheses_of_descent_fail_where_they_should) {
    flow::Problem p = descent(true, {1, -1, 1, -1}, true, 2);
    BOOST_TEST((check("frei_2023", p).overall() == Verdict::inconclusive_horizon));  // two steps are too few for the growth of the norm
    p.descent_step = Rational(1, 270);
    p.stop.time = Rational(2, 270);
    BOOST_TEST((hypothesis(check("frei_2023", p), "H5") == Verdict::hypotheses_not_met));
    p.data.X(0, 1) = Rational(1, 100);
    BOOST_TEST((hypothesis(check("frei_2023", p), "H3") == Verdict::hypotheses_not_met));
    p.initial[0] = Rational(1, 1000000);
    BOOST_TEST((hypothesis(check("frei_2023", p), "H6") == Verdict::hypotheses_not_met));
}

BOOST_AUTO_TEST_CASE(other_settings_are_refused) {
    flow::Problem p = descent(true, {1, -1, 1, -1}, true, 2);
    p.descent_step.reset();
    BOOST_CHECK_THROW((void)check("frei_2023", p), invalid_input);  // the flow is claimed for the kinked activation
    p = descent(true, {1, -2, 1, -1}, true, 2);
    BOOST_CHECK_THROW((void)check("frei_2023", p), invalid_input);
    p = descent(true, {1, -1, 1, -1}, true, 2);
    p.loss.kind = model::loss_kind::exponential;
    BOOST_CHECK_THROW((void)check("frei_2023", p), invalid_input);
    for (const char* id : {"frei_2023", "le_jegelka_2022"}) BOOST_CHECK_THROW((void)check(id, problems::two_layers()), invalid_input);
}

BOOST_AUTO_TEST_SUITE_END()
