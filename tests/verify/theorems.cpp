#include <verify/judge.hpp>
#include <verify/theorem.hpp>

#include <eonflow/number/error.hpp>
#include <support/problems.hpp>

#include <boost/test/unit_test.hpp>

#include <set>

using namespace eonflow;
using namespace eonflow::verify;
using number::Real;

namespace {

Verdict verdict_of(const Report& report, const std::string& claim) {
    for (const ClaimResult& c : report.claims)
        if (c.id == claim) return c.verdict;
    BOOST_FAIL("no claim " + claim);
    return Verdict::numerical_failure;
}

Report check(const char* id, const flow::Problem& problem, std::int64_t digits = 6) {
    CheckOptions options;
    options.digits = digits;
    return find_theorem(id)->check(problem, options);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(theorems_of_the_catalogue)

BOOST_AUTO_TEST_CASE(every_theorem_is_complete) {
    std::set<std::string> ids;
    for (const Theorem& t : theorems()) {
        BOOST_TEST(ids.insert(t.id).second);
        for (const std::string* text : {&t.title, &t.statement, &t.notation, &t.source, &t.checked, &t.not_checked, &t.boundary_cases}) BOOST_TEST(!text->empty());
        BOOST_TEST(!t.hypotheses.empty());
        BOOST_TEST(!t.claims.empty());
        BOOST_TEST(!t.instances.empty());
        std::set<std::string> names;
        for (const Instance& i : t.instances) {
            BOOST_TEST(names.insert(i.name).second);
            BOOST_CHECK_NO_THROW((void)i.problem());
        }
    }
    BOOST_TEST(find_theorem("no_such_theorem") == nullptr);
}

BOOST_AUTO_TEST_CASE(inseparable_data_do_not_meet_the_hypotheses) {
    const auto problem = problems::problem(problems::data({{"1", "0"}, {"-1", "0"}}, {"1", "1"}), model::linear(2), model::loss_kind::exponential, {"0", "0"});
    for (const char* id : {"soudry_2018", "ji_telgarsky_2019"}) BOOST_TEST((check(id, problem).overall() == Verdict::hypotheses_not_met));
}

BOOST_AUTO_TEST_CASE(an_initial_risk_above_that_of_zero_is_told) {
    const auto against = problems::problem(problems::data({{"1"}}, {"1"}), model::dense(std::vector<std::size_t>{1, 1, 1}), model::loss_kind::exponential, {"-1", "1"});
    BOOST_TEST((check("ji_telgarsky_2019", against).hypotheses[2].verdict == Verdict::hypotheses_not_met));
    BOOST_TEST((check("ji_telgarsky_2019", against).overall() == Verdict::hypotheses_not_met));
}

BOOST_AUTO_TEST_CASE(zero_multipliers_are_told) {
    const Report report = check("soudry_2018", problems::degenerate_margin());
    BOOST_TEST((report.hypotheses[1].verdict == Verdict::hypotheses_not_met));
    BOOST_TEST((verdict_of(report, "S4") == Verdict::hypotheses_not_met));
}

// A tail whose loss is 1/(t (L sigma/|theta|)^2) up to a factor 1 + 1/sigma, and one that is off by a thousandth.
BOOST_AUTO_TEST_CASE(the_constant_of_the_decay_is_judged) {
    const number::precision_scope scope(256);
    for (const int off : {0, 1}) {
        Tail tail;
        tail.bits = 256;
        tail.verified_digits = 45;
        tail.degree = 2;
        for (int r = 3; r < 40; r += 3) {
            Tail::Point p;
            p.r = r;
            p.log_inverse_loss = exp(Real(2 * r)) / 3;
            p.log_time_loss = -2 * log(2 * p.log_inverse_loss * exp(-p.r)) + log1p(1 / p.log_inverse_loss) + log1p(Real(off) / 1000);
            p.log_time = p.log_inverse_loss + p.log_time_loss;
            tail.points.push_back(std::move(p));
        }
        const ClaimResult result = judge_decay("D", "decay", decay_rate(2), tail, 30);
        BOOST_TEST((result.verdict == Verdict::holds) == (off == 0));
        if (off == 0) BOOST_TEST(result.rate->measured.substr(0, 10) == "-1.0000000");
    }
}

BOOST_AUTO_TEST_CASE(homogeneous_formulas_are_judged) {
    const Theorem* theorem = find_theorem("lyu_li_2020");
    for (const Instance& instance : theorem->instances) {
        if (instance.name != "formula_degree_3" && instance.name != "relu_network") continue;
        const Report report = check("lyu_li_2020", instance.problem(), 12);
        BOOST_TEST((report.overall() == Verdict::holds));
        BOOST_TEST(report.claims[2].rate->measured.substr(0, 10) == (instance.name == "relu_network" ? "0.50000000" : "0.33333333"));
    }
    BOOST_CHECK_THROW((void)check("lyu_li_2020", problems::problem(problems::data({{"1"}}, {"1"}), model::expression(1, {"a"}, "(a + a^2)*x1"), model::loss_kind::exponential, {"1"})), invalid_input);
}

BOOST_AUTO_TEST_CASE(another_setting_is_refused) {
    auto problem = problems::two_layers(model::loss_kind::squared);
    BOOST_CHECK_THROW((void)check("ji_telgarsky_2019", problem), invalid_input);
    BOOST_CHECK_THROW((void)check("soudry_2018", problems::two_layers()), invalid_input);
}

BOOST_AUTO_TEST_CASE(exit_status_follows_the_worst_verdict) {
    const auto report = [](Verdict verdict, std::optional<Verdict> stated = {}) {
        Report r;
        r.claims.push_back({"C", "", verdict, {}, {}, {}, {}, {}});
        r.stated = stated;
        return r;
    };
    BOOST_TEST(exit_status({report(Verdict::holds)}) == 0);
    BOOST_TEST(exit_status({report(Verdict::holds), report(Verdict::inconclusive_horizon)}) == 2);
    BOOST_TEST(exit_status({report(Verdict::violated), report(Verdict::numerical_failure)}) == 1);
    BOOST_TEST(exit_status({report(Verdict::numerical_failure), report(Verdict::hypotheses_not_met)}) == 4);
    BOOST_TEST(exit_status({report(Verdict::hypotheses_not_met, Verdict::hypotheses_not_met), report(Verdict::violated, Verdict::violated)}) == 0);
    BOOST_TEST(exit_status({report(Verdict::holds, Verdict::violated)}) == 2);
}

BOOST_AUTO_TEST_SUITE_END()
