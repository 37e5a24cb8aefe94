#include <verify/theorem.hpp>

#include <eonflow/number/error.hpp>
#include <support/problems.hpp>

#include <boost/test/unit_test.hpp>

#include <set>

using namespace eonflow;
using namespace eonflow::verify;

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
