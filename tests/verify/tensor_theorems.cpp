/// Built-in instances of yun_2021 and chou_2023 end as stated; wrong problems are told.
#include <verify/theorem.hpp>

#include <eonflow/model/reparametrization.hpp>
#include <eonflow/number/error.hpp>
#include <support/problems.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using namespace eonflow::verify;
using number::Rational;

namespace {

const Instance& instance(const Theorem& theorem, const std::string& name) {
    for (const Instance& i : theorem.instances)
        if (i.name == name) return i;
    throw std::logic_error("no instance " + name);
}

Report check(const char* id, const flow::Problem& problem, std::int64_t digits = 20) {
    CheckOptions options;
    options.digits = digits;
    return find_theorem(id)->check(problem, options);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tensor_theorems)

BOOST_AUTO_TEST_CASE(instances_end_as_stated) {
    for (const auto& [id, names] : std::vector<std::pair<const char*, std::vector<std::string>>>{
             {"yun_2021", {"rational_depth_2", "rational_depth_3", "two_samples_depth_3", "race_depth_3", "l1_margin_depth_2", "saddle", "saddle_regression", "dependent_rows"}},
             {"chou_2023", {"square", "exp", "sinh", "sin_two_samples", "signed_power_from_zero", "square_from_zero", "sin_beyond_the_chart"}}})
        for (const std::string& name : names) {
            const Instance& i = instance(*find_theorem(id), name);
            const Report report = check(id, i.problem());
            BOOST_TEST((report.overall() == i.stated), id << " " << name << ": " << name_of(report.overall()));
        }
}

BOOST_AUTO_TEST_CASE(without_a_solution_in_the_domain_the_hypothesis_fails) {
    // x > 0 cannot give a negative label.
    const auto problem = problems::problem(problems::data({{"1", "2"}}, {"-1"}), model::reparametrized(2, "square", {}), model::loss_kind::squared, {"1", "1"});
    const Report report = check("chou_2023", problem);
    BOOST_TEST((report.overall() == Verdict::hypotheses_not_met || report.overall() == Verdict::inconclusive_precision));
    BOOST_TEST((report.hypotheses[0].verdict == Verdict::holds));
    BOOST_TEST((report.hypotheses[1].verdict != Verdict::holds));
}

BOOST_AUTO_TEST_CASE(problems_of_another_setting_are_refused) {
    const auto linear = problems::problem(problems::data({{"1", "2"}}, {"1"}), model::linear(2), model::loss_kind::squared, {"0", "0"});
    for (const char* id : {"yun_2021", "chou_2023"}) BOOST_CHECK_THROW((void)check(id, linear), invalid_input);
}

BOOST_AUTO_TEST_SUITE_END()
