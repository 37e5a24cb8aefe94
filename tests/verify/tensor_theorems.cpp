/// Built-in instances of yun_2021 and chou_2023 end as stated; wrong problems are told.
#include <verify/sweep.hpp>
#include <verify/theorem.hpp>
#include <verify/theorems/yun_2021.hpp>

#include <eonflow/number/spectrum.hpp>

#include <eonflow/model/reparametrization.hpp>
#include <eonflow/number/error.hpp>
#include <support/problems.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>

using namespace eonflow;
using namespace eonflow::verify;
using number::Rational;

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

}  // namespace

BOOST_AUTO_TEST_SUITE(tensor_theorems)

BOOST_AUTO_TEST_CASE(instances_end_as_stated) {
    for (const auto& [id, names] : std::vector<std::pair<const char*, std::vector<std::string>>>{
             {"yun_2021", {"rational_depth_2", "rational_depth_3", "two_samples_depth_3", "race_depth_3", "l1_margin_depth_2", "filter_2_of_3", "filter_2_of_3_regression", "fourier_depth_2", "rotated_tensor", "dense_depth_2", "saddle", "saddle_regression", "dependent_rows"}},
             {"woodworth_2020", {"two_samples_depth_2", "two_samples_depth_3", "unequal_start", "start_at_zero", "unequal_cubes"}},
             {"chou_2023", {"square", "exp", "sinh", "sin_two_samples", "signed_power_from_zero", "square_from_zero", "sin_beyond_the_chart"}}})
        for (const std::string& name : names) {
            const Instance& i = instance(*find_theorem(id), name);
            const Report report = check(id, i.problem());
            BOOST_TEST((report.overall() == i.stated), id << " " << name << ": " << name_of(report.overall()));
        }
}

BOOST_AUTO_TEST_CASE(the_mirror_flow_of_signed_powers_passes_zero) {
    // From x = 0 and across 0 the flow of z is not unique; that of the mirror coordinates ends at the projection, (1, 4) from 0 on (1, 2).x = 9 with p = 3/2.
    for (const char* name : {"mirror_from_zero", "signed_power_through_zero", "signed_power_8_5_through_zero"}) {
        const Instance& i = instance(*find_theorem("chou_2023"), name);
        const Report report = check("chou_2023", i.problem(), 20);
        BOOST_TEST((report.overall() == Verdict::hypotheses_not_met), name);
        BOOST_TEST((report.hypotheses.back().verdict == Verdict::hypotheses_not_met || report.hypotheses.front().verdict == Verdict::hypotheses_not_met), name);
        const auto mirror = std::find_if(report.claims.begin(), report.claims.end(), [](const ClaimResult& c) { return c.id == "C1.4"; });
        BOOST_REQUIRE((mirror != report.claims.end()));
        BOOST_TEST((mirror->verdict == Verdict::holds), name);
        BOOST_TEST(mirror->verified_digits.value() >= 20);
        if (i.name == "mirror_from_zero") BOOST_TEST(mirror->predicted.starts_with("(1.00000000000, 4.00000000000"), mirror->predicted);
    }
}

BOOST_AUTO_TEST_CASE(filters_of_length_two_have_a_closed_form) {
    // One sample, filters of length 2 and d: the predictor of the top singular pair is 2x + sgn(c) (x shifted left + x shifted right), c = <x, x shifted>.
    const auto problem = instance(*find_theorem("yun_2021"), "filter_2_of_3").problem();
    const auto x = problem.data.X.row(0);
    const auto M = yun::bilinear_form(problem, x);
    const number::precision_scope scope(128);
    number::Matrix<number::Real> rounded(M.rows(), M.columns());
    for (std::size_t i = 0; i < M.rows(); ++i)
        for (std::size_t j = 0; j < M.columns(); ++j) rounded(i, j) = number::to_real(M(i, j));
    const number::Spectrum spectrum = number::singular_value_decomposition(rounded);
    Rational correlation = 0;
    for (std::size_t k = 0; k < 3; ++k) correlation += x[k] * x[(k + 1) % 3];
    number::Vector beta(3, number::Real(0)), predicted;
    for (std::size_t i = 0; i < 2; ++i)
        for (std::size_t j = 0; j < 3; ++j) beta[(i + j) % 3] += spectrum.left(i, 0) * spectrum.right(j, 0);
    for (std::size_t k = 0; k < 3; ++k) predicted.push_back(number::to_real(2 * x[k] + (correlation > 0 ? 1 : -1) * (x[(k + 1) % 3] + x[(k + 2) % 3])));
    for (std::size_t k = 1; k < 3; ++k) BOOST_TEST(abs(beta[k] * predicted[0] - beta[0] * predicted[k]) < number::power_of_two(-110));
}

BOOST_AUTO_TEST_CASE(orders_of_a_sweep_are_read_at_its_ends) {
    std::vector<Sweep::Row> rows;
    for (const int k : {1, 2, 3, 4}) rows.push_back({Rational(k), {Rational(k * k * k)}});
    const number::precision_scope scope(128);
    BOOST_TEST(abs(order_at_end(rows, 0, true).value - 3) < number::power_of_two(-100));
    BOOST_TEST(abs(order_at_end(rows, 0, false).value - 3) < number::power_of_two(-100));
    rows.back().numbers[0] = 100;
    BOOST_TEST(order_at_end(rows, 0, false).change > 1);
    const SweepRange range = parse_sweep("alpha=1e-2:1e-100:log");
    BOOST_TEST(range.values.size() == 19u);
    BOOST_TEST(range.values.front() == number::parse_rational("1e-100"));
    BOOST_TEST(range.values[3] == number::parse_rational("1e-93"));
    BOOST_TEST(parse_sweep("alpha=1:16:log:5").values[1] == 2);
}

BOOST_AUTO_TEST_CASE(an_order_lost_in_rounding_is_not_judged) {
    const Theorem& yun = *find_theorem("yun_2021");
    const auto verdict = [&](const std::vector<std::pair<const char*, const char*>>& distances) {
        std::vector<Sweep::Row> rows;
        for (const auto& [alpha, distance] : distances) rows.push_back({number::parse_rational(alpha), {Rational(1, 20), number::parse_rational(distance), 30, 20}});
        const auto claims = yun.sweeps[0].judge(instance(yun, "two_samples_depth_6").problem(), rows, CheckOptions{});
        return claims.back().verdict;
    };
    // 30 digits of the coordinates leave none of a distance of 5e-37.
    BOOST_TEST((verdict({{"1", "1"}, {"10", "1e-12"}, {"100", "1e-24"}, {"1000", "5e-37"}}) == Verdict::holds));
    BOOST_TEST((verdict({{"10", "1e-12"}, {"100", "1e-24"}, {"1000", "5e-37"}}) == Verdict::inconclusive_horizon));
    BOOST_TEST((verdict({{"1", "1"}, {"10", "1e-10"}, {"100", "1e-20"}}) == Verdict::inconclusive_horizon));
}

BOOST_AUTO_TEST_CASE(a_fully_connected_start_out_of_order_is_told) {
    auto problem = instance(*find_theorem("yun_2021"), "dense_depth_2").problem();
    problem.initial.back() = 3;
    const Report report = check("yun_2021", problem);
    BOOST_TEST((report.overall() == Verdict::hypotheses_not_met));
    BOOST_TEST(report.hypotheses[0].id == "H7");
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
    for (const char* id : {"yun_2021", "chou_2023", "woodworth_2020"}) BOOST_CHECK_THROW((void)check(id, linear), invalid_input);
}

BOOST_AUTO_TEST_SUITE_END()
