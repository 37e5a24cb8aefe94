#include <cli/run.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow::tests;

namespace {

// The address sanitizer reserves more address space than any limit leaves.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define __SANITIZE_ADDRESS__  // as GCC says it
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
constexpr bool memory_can_be_limited = false;
#else
constexpr bool memory_can_be_limited = true;
#endif

/// Work of minutes, or in more than 64 MiB, by the digits asked for.
std::string network(int digits) {
    return R"({"format": "eonflow/problem/1", "data": {"x": [["1", "1/2"], ["1/2", "1"], ["-1/3", "1/7"]], "y": ["1", "1", "-1"]},
 "model": {"family": "dense", "widths": [2, 2, 1]}, "loss": {"kind": "exponential"}, "initial": {"seed": 7, "distribution": "uniform", "scale": "1/2"},
 "clock": "loss", "stop": {"log10_time": "30"}, "digits": )" + std::to_string(digits) + "}";
}

/// A problem whose prediction is this formula.
std::string predicting(const std::string& formula) {
    return with(two_points(), R"("family": "linear")", R"("family": "expression", "parameters": ["a", "b"], "prediction": ")" + formula + "\"");
}

void ends(const Outcome& outcome, int status, const std::string& says) {
    BOOST_TEST(outcome.status == status);
    BOOST_TEST(outcome.out.empty());
    BOOST_TEST(outcome.err.starts_with("eonflow: error: "), outcome.err);
    BOOST_TEST(outcome.err.find(says) != std::string::npos, outcome.err);
    BOOST_TEST(outcome.err.find('\n') == outcome.err.size() - 1, outcome.err);
    BOOST_TEST(outcome.err.size() < 600u);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(limits)

BOOST_AUTO_TEST_CASE(memory_that_runs_out_is_said_in_one_line, *boost::unit_test::enable_if<memory_can_be_limited>()) {
    const Workplace here;
    here.write("p.json", network(100'000));
    ends(here.eonflow("integrate p.json --max-memory 64"), 4, "out of memory (see --max-memory)");
}

BOOST_AUTO_TEST_CASE(time_that_is_over_ends_the_work) {
    const Workplace here;
    here.write("p.json", network(3'000));
    ends(here.eonflow("integrate p.json --max-seconds 1"), 2, "");
}

BOOST_AUTO_TEST_CASE(limits_that_are_wide_enough_change_nothing, *boost::unit_test::enable_if<memory_can_be_limited>()) {
    const Workplace here;
    here.write("p.json", two_points());
    const Outcome free = here.eonflow("integrate p.json"), limited = here.eonflow("integrate p.json --max-memory 1000 --max-seconds 1000");
    BOOST_TEST(limited.status == 0);
    BOOST_TEST(limited.out == free.out);
}

BOOST_AUTO_TEST_CASE(wrong_limits_are_refused) {
    const Workplace here;
    here.write("p.json", two_points());
    ends(here.eonflow("integrate p.json --max-memory 10"), 3, "accepted is an integer from 64 to");
    ends(here.eonflow("integrate p.json --max-seconds 0"), 3, "accepted is an integer from 1 to");
    ends(here.eonflow("integrate p.json --max-seconds 1e9"), 3, "accepted is an integer from 1 to");
}

BOOST_AUTO_TEST_CASE(hostile_formulas_numbers_and_digits_are_refused) {
    const Workplace here;
    const std::string limit = memory_can_be_limited ? "--max-memory 1000 " : "";
    const auto refused = [&](const std::string& problem, const std::string& arguments, const std::string& says) {
        here.write("p.json", problem);
        ends(here.eonflow("integrate p.json " + limit + arguments), 3, says);
    };
    const std::string levels(100'000, '(');
    refused(predicting(levels + "a" + std::string(100'000, ')')), "", "nested deeper than 1000 levels");
    refused(predicting(std::string(100'000, '-') + "a"), "", "nested deeper than 1000 levels");
    refused(predicting("a^1000000000*x1"), "", "the exponent 1000000000 is beyond 10000");
    refused(predicting("1e1000000000*a*x1"), "", "has an exponent beyond 1 000 000");
    refused(predicting("a*1e999999*1e999999*1e999999*1e999999*1e999999*1e999999"), "", "a constant of the formula has more than the accepted");
    std::string sum = "x1";
    for (int k = 1; k < 100; ++k) sum += "+a^" + std::to_string(k) + "*1e1000000";
    refused(predicting(sum), "", "the long constants of the formula take more than the accepted");
    refused(with(two_points(), R"("1/3")", R"("1e1000000000")"), "", "has an exponent beyond 1 000 000");
    refused(with(two_points(), "20", "1000000"), "", "accepted is an integer from 1 to 100000");
    refused(two_points(), "--digits 1000000", "accepted is an integer from 1 to 100000");
    refused(two_points(), "--stop-time 1e1000000000", "has an exponent beyond 1 000 000");
    std::string rows = "[[1";
    for (int k = 1; k < 10'000; ++k) rows += ",1";
    rows += "]";
    for (int k = 1; k < 30'000; ++k) rows += ",0";
    refused(with(two_points(), R"([["1", "1/2"], ["1/2", "1"]])", rows + "]"), "", "/data/x/1: 0 was found, accepted is an array of numbers");
}

BOOST_AUTO_TEST_SUITE_END()
