#include <eonflow/io/problem_file.hpp>
#include <eonflow/io/trajectory_file.hpp>

#include <boost/test/unit_test.hpp>

#include <limits>

using namespace eonflow;
using namespace eonflow::io;
using flow::verified;
using number::Real;

namespace {

flow::Problem problem() {
    return parse_problem(R"({"format": "eonflow/problem/1", "data": {"x": [[1, 2]], "y": [1]}, "model": {"family": "dense", "widths": [2, 2, 1]}, "loss": {"kind": "squared"}, "initial": [1, 2, 3, 4, 5, 6]})");
}

flow::Trajectory one_sample() {
    flow::Trajectory trajectory;
    trajectory.method = "taylor";
    trajectory.status = "reached_stop";
    const Real third = Real(1) / 3;
    flow::Sample sample;
    sample.time = {Real(0), 30};
    sample.log10_time = {Real(-std::numeric_limits<double>::infinity()), 0};
    sample.parameters = {{third, 5}, {third, 1}, {third, 0}, {Real(0), 0}, {Real(-third), 40}, {Real(third * 1000), 3}};
    sample.observed["direction"] = {{third, 2}, {third, 0}};
    sample.observed["margin"] = {{third, 3}};
    trajectory.samples = {sample};
    return trajectory;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(trajectory_file)

BOOST_AUTO_TEST_CASE(numbers_have_exactly_their_verified_digits) {
    const number::precision_scope scope(200);
    const Json t = to_json(problem(), one_sample());
    const Json& sample = (*t.find("samples")->array())[0];
    BOOST_TEST(to_line(*sample.find("time")) == "\"0\"");
    BOOST_TEST(to_line(*sample.find("log10_time")) == "\"-inf\"");
    BOOST_TEST(to_line(*sample.find("parameters")) == R"(["0.33333","0.3",null,"0","-0.3333333333333333333333333333333333333333","333"])");
    BOOST_TEST(to_line(*sample.find("observed")) == R"({"direction":["0.33",null],"margin":"0.333"})");
}

BOOST_AUTO_TEST_CASE(a_number_that_is_not_known_is_null) {
    const number::precision_scope scope(200);
    BOOST_TEST(to_text(verified{Real(std::numeric_limits<double>::quiet_NaN()), 30}) == "");
    BOOST_TEST(to_text(verified{Real(1), 0}) == "");
    BOOST_TEST(to_text(verified{Real(1), 3}) == "1.00");
}

BOOST_AUTO_TEST_CASE(csv_has_a_column_for_every_number) {
    const number::precision_scope scope(200);
    BOOST_TEST(to_csv(problem(), one_sample()) == "time,log10_time,verified_digits,\"W1[1,1]\",\"W1[1,2]\",\"W1[2,1]\",\"W1[2,2]\",W2[1],W2[2],direction[1],direction[2],margin\n"
                                                  "0,-inf,0,0.33333,0.3,,0,-0.3333333333333333333333333333333333333333,333,0.33,,0.333\n");
}

BOOST_AUTO_TEST_SUITE_END()
