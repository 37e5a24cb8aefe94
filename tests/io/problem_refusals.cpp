#include <eonflow/io/problem_file.hpp>
#include <eonflow/number/error.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

using namespace eonflow;
using namespace eonflow::io;

namespace {

const std::string good = R"({
  "format": "eonflow/problem/1",
  "data": {"x": [["1", "1/2"], ["1/2", "3"]], "y": ["1", "-1"]},
  "model": {"family": "diagonal", "depth": 2},
  "loss": {"kind": "exponential"},
  "initial": {"theta": ["1", "1", "1", "1"]},
  "stop": {"time": "5"},
  "digits": 20
})";

/// Replacing `part` by `other` in the good problem is refused at `place` with a message that contains `says`.
struct mistake {
    std::string part, other, place, says;
};
std::ostream& operator<<(std::ostream& out, const mistake& m) { return out << m.other.substr(0, 80); }

const std::string model = R"({"family": "diagonal", "depth": 2})";
const std::string start = R"({"theta": ["1", "1", "1", "1"]})";

const std::vector<mistake> mistakes = {
    // the document
    {good, "", "", "not JSON"},
    {good, "[1, 2]", "", "accepted is an object with the keys \"format\""},
    {good, "{}", "", "the key \"format\" is missing, accepted is \"eonflow/problem/1\""},
    {"\"digits\": 20\n}", "\"digits\": 20\n} {}", "", "line 9"},
    {"\"digits\": 20", "\"digits\": 20,", "", "not JSON"},
    {"\"digits\": 20", "\"digits\": 20, \"digits\": 21", "/digits", "given twice"},
    {"\"digits\": 20", "\"digit\": 20", "/digit", "\"digit\" is unknown, accepted are \"format\""},
    {"\"digits\": 20", "\"digits\": " + std::string(100'000, '['), "", "64 levels"},
    {"eonflow/problem/1", "eonflow/problem/2", "/format", "\"eonflow/problem/2\" was found, accepted is \"eonflow/problem/1\""},
    // digits
    {"\"digits\": 20", "\"digits\": 1e999999999", "/digits", "1e999999999 is too large"},
    {"\"digits\": 20", "\"digits\": \"1e999999999\"", "/digits", "\"1e999999999\" was found, accepted is an integer from 1 to 100000"},
    {"\"digits\": 20", "\"digits\": 999999999999999999999999", "/digits", "was found, accepted is an integer from 1 to 100000"},
    {"\"digits\": 20", "\"digits\": 0", "/digits", "0 was found, accepted is an integer from 1"},
    {"\"digits\": 20", "\"digits\": -5", "/digits", "-5 was found"},
    {"\"digits\": 20", "\"digits\": 20.5", "/digits", "20.5 was found"},
    {"\"digits\": 20", "\"digits\": [20]", "/digits", "[20] was found"},
    {"\"digits\": 20", "\"digits\": \"-\"", "/digits", "\"-\" was found"},
    // data
    {"[\"1/2\", \"3\"]", "[\"1/2\", \"nan\"]", "/data/x/1/1", "\"nan\" is not a number; accepted is an integer, a fraction"},
    {"[\"1/2\", \"3\"]", "[\"1/0\", \"3\"]", "/data/x/1/0", "\"1/0\" has a zero denominator"},
    {"[\"1/2\", \"3\"]", "[true, \"3\"]", "/data/x/1/0", "true was found, accepted is a number"},
    {"[\"1/2\", \"3\"]", "[\"1e9999999\", \"3\"]", "/data/x/1/0", "exponent beyond 1 000 000"},
    {"[\"1/2\", \"3\"]", "[\"1/2\"]", "/data/x/1", "an array of 2 numbers, as many as the first has"},
    {"[\"1/2\", \"3\"]", "\"3\"", "/data/x/1", "\"3\" was found, accepted is an array of numbers"},
    {R"([["1", "1/2"], ["1/2", "3"]])", "[]", "/data/x", "at least one of at least one number"},
    {R"([["1", "1/2"], ["1/2", "3"]])", "[[], []]", "/data/x", "at least one of at least one number"},
    {R"("y": ["1", "-1"])", R"("y": ["1"])", "/data/y", "[\"1\"] was found, accepted is an array of 2 labels"},
    {R"("y": ["1", "-1"])", R"("y": ["1", "2"])", "/data/y/1", "the label 2 does not go with classification, accepted are 1 and -1"},
    {R"(, "y": ["1", "-1"])", "", "/data", "the key \"y\" is missing"},
    {R"("y": ["1", "-1"])", R"("z": 1)", "/data/z", "unknown"},
    {R"("y": ["1", "-1"])", R"("y": ["1", "-1"], "centred": "yes")", "/data/centred", "\"yes\" was found, accepted is true or false"},
    // model
    {model, R"({"family": "conv"})", "/model/family", "\"conv\" was found, accepted is one of \"linear\", \"diagonal\""},
    {model, R"("linear")", "/model", "the key \"family\" is missing"},
    {model, R"({"family": "diagonal"})", "/model", "the key \"depth\" is missing"},
    {model, R"({"family": "diagonal", "depth": 0})", "/model/depth", "0 was found, accepted is an integer from 1"},
    {model, R"({"family": "diagonal", "depth": 900000})", "/model/depth", "at most 1000000 parameters"},
    {model, R"({"family": "diagonal", "depth": 2, "widths": [2, 1]})", "/model/widths", "unknown, accepted are \"family\" and \"depth\""},
    {model, R"({"family": "dense", "widths": [3, 1]})", "/model/widths", "[3,1] was found, accepted is an array that starts with 2"},
    {model, R"({"family": "dense", "widths": [2, 2]})", "/model/widths", "accepted is 1"},
    {model, R"({"family": "dense", "widths": [2]})", "/model/widths", "at least the widths"},
    {model, R"({"family": "dense", "widths": [2, "two", 1]})", "/model/widths/1", "\"two\" was found"},
    {model, R"({"family": "dense", "widths": [2, 999999, 999999, 1]})", "/model/widths", "at most 1000000 parameters"},
    {model, R"({"family": "expression", "parameters": ["a", "b", "c", "d"], "prediction": "a*x1 + e*x2"})", "/model/prediction: column 8", "the name \"e\" is unknown, accepted is one of a, b, c, d, x1, x2"},
    {model, R"({"family": "expression", "parameters": ["a", "b", "c", "d"], "prediction": "a*x1 +"})", "/model/prediction: column 7", "found the end"},
    {model, R"({"family": "expression", "parameters": ["a", "b", "c", "d"], "prediction": "a/0*x1"})", "/model/prediction: column 2", "division by zero"},
    {model, R"({"family": "expression", "parameters": ["a", "b", "c", "x1"], "prediction": "a*x1"})", "/model/parameters", "\"x1\" is used twice"},
    {model, R"({"family": "expression", "parameters": ["a", "b", "c", "2d"], "prediction": "a*x1"})", "/model/parameters", "\"2d\" is no name"},
    {model, R"({"family": "expression", "parameters": ["a", "b", "c", 4], "prediction": "a*x1"})", "/model/parameters/3", "4 was found, accepted is a name"},
    {model, R"({"family": "expression", "parameters": ["a", "b", "c", "d"], "prediction": ")" + std::string(100'000, '(') + "\"}", "/model/prediction", "deeper than 1000"},
    // loss
    {R"({"kind": "exponential"})", R"({"kind": "hinge"})", "/loss/kind", "\"hinge\" was found, accepted is one of \"squared\""},
    {R"({"kind": "exponential"})", R"({"kind": "squared", "reduction": "max"})", "/loss/reduction", "\"max\" was found, accepted is one of \"sum\" and \"mean\""},
    {R"({"kind": "exponential"})", R"({"kind": "squared", "formula": "f"})", "/loss/formula", "unknown"},
    {R"({"kind": "exponential"})", R"({"kind": "expression"})", "/loss", "the key \"formula\" is missing"},
    {R"({"kind": "exponential"})", R"({"kind": "expression", "formula": "(f - z)^2"})", "/loss/formula: column 6", "the name \"z\" is unknown, accepted is one of f, y"},
    // start
    {start, "[\"1\"]", "/initial", "[\"1\"] was found, accepted is an array of 4 numbers"},
    {start, R"({"theta": ["1", "1", "1", "one"]})", "/initial/theta/3", "\"one\" is not a number"},
    {start, R"({"theta": [1, 1, 1, 1, 1]})", "/initial/theta", "an array of 4 numbers"},
    {start, R"({"weights": [[1, 1]]})", "/initial/weights", "an array of 2 weight matrices"},
    {start, R"({"weights": [[1, 1], [1]]})", "/initial/weights/1", "an array of 2 numbers, a row of the 1 x 2 matrix v2"},
    {start, R"({"weights": [[1, 1], [[1, 1], [1, 1]]]})", "/initial/weights/1", "the 1 x 2 matrix v2"},
    {start, R"({"direction": [1, 1, 1, 1]})", "/initial", "the key \"scale\" is missing"},
    {start, R"({"direction": [1, 1, 1], "scale": 1})", "/initial/direction", "an array of 4 numbers"},
    {start, R"({"seed": 1})", "/initial", "the key \"scale\" is missing"},
    {start, R"({"seed": -1, "scale": 1})", "/initial/seed", "-1 was found"},
    {start, R"({"seed": 1, "scale": 1, "distribution": "normal"})", "/initial/distribution", "\"normal\" was found, accepted is \"uniform\""},
    {start, R"({"thetas": [1, 1, 1, 1]})", "/initial/thetas", "unknown, accepted are \"weights\", \"theta\""},
    {start, R"({"theta": [1, 1, 1, 1], "weights": []})", "/initial/theta", "unknown, accepted are \"weights\""},
    // the rest
    {"\"digits\": 20", R"("dynamics": {"kind": "descent", "steps": []})", "/dynamics/steps", "unknown, accepted are \"kind\""},
    {"\"digits\": 20", R"("dynamics": {"kind": "ascent"})", "/dynamics/kind", "\"ascent\" was found, accepted is one of \"flow\" and \"descent\""},
    {"\"digits\": 20", R"("dynamics": {"kind": "descent"})", "/dynamics", "the key \"step\" is missing"},
    {"\"digits\": 20", R"("dynamics": {"kind": "descent", "step": -1})", "/dynamics/step", "-1, accepted is a positive number"},
    {"\"digits\": 20", R"("dynamics": {"kind": "flow", "at_ambiguity": "left"})", "/dynamics/at_ambiguity", "\"left\" was found, accepted is one of \"stop\", \"lowest\" and \"highest\""},
    {"\"digits\": 20", R"("dynamics": {"kind": "descent", "step": 1, "at_ambiguity": "stop"})", "/dynamics/at_ambiguity", "only together with the kind \"flow\""},
    {"\"digits\": 20", R"("dynamics": {"kind": "flow", "step": 1})", "/dynamics/step", "only together with the kind \"descent\""},
    {"\"digits\": 20", R"("clock": "wall")", "/clock", "\"wall\" was found, accepted is one of \"auto\", \"time\", \"loss\" and \"horizon\""},
    {R"({"time": "5"})", R"({"steps": "5"})", "/stop/steps", "unknown, accepted are \"time\""},
    {R"({"time": "5"})", R"({"loss": "-5"})", "/stop/loss", "\"-5\" was found, accepted is a positive number"},
    {R"({"time": "5"})", R"({"direction_digits": 0})", "/stop/direction_digits", "0 was found, accepted is a positive number of digits"},
    {R"({"time": "5"})", R"({"time": {"t": 5}})", "/stop/time", "an object was found, accepted is a number"},
    {"\"digits\": 20", R"("times": [1, 3, 2])", "/times/2", "2 was found, accepted is an array of times, all >= 0 and ascending"},
    {"\"digits\": 20", R"("times": [-1, 3])", "/times/1", "3 was found"},
    {"\"digits\": 20", R"("observe": "margin")", "/observe", "\"margin\" was found, accepted is an array of names"},
    {"\"digits\": 20", R"("observe": [1])", "/observe/0", "1 was found"},
    {"\"digits\": 20", R"("objective": {"kind": "margin"})", "/objective/kind", "\"margin\" was found, accepted is one of \"l2_margin\""},
    {"\"digits\": 20", R"("objective": {"kind": "l2_margin", "weights": [1]})", "/objective/weights", "1 weights for 2 features"},
    {"\"digits\": 20", R"("objective": {"kind": "l2_margin", "weights": [1, 0]})", "/objective/weights/1", "the weight 0 was found, accepted are positive numbers"},
    {"\"digits\": 20", R"("objective": {"kind": "l2_margin", "sizes": [2]})", "/objective/sizes", "unknown, accepted are \"kind\" and \"weights\""},
    {"\"digits\": 20", R"("objective": {"kind": "group_margin"})", "/objective", "the key \"sizes\" is missing"},
    {"\"digits\": 20", R"("objective": {"kind": "group_margin", "sizes": [1, 2]})", "/objective/sizes", "3 members of groups for 2 features"},
    {"\"digits\": 20", R"("objective": {"kind": "group_margin", "sizes": [2], "weights": [1, 1]})", "/objective/weights", "2 weights for 1 groups"},
    {"\"digits\": 20", R"("objective": {"kind": "group_margin", "sizes": [2, 0]})", "/objective/sizes/1", "0 was found"},
    {"\"digits\": 20", R"("objective": {"kind": "concave_margin", "depth": 2})", "/objective/depth", "2 was found, accepted is an integer from 3"},
    {"\"digits\": 20", R"("objective": {"kind": "l1_interpolation", "negative_weights": [1, -1]})", "/objective/negative_weights/1", "the weight -1 was found"},
    {"\"digits\": 20", R"("objective": {"kind": "l2_interpolation", "start": [1]})", "/objective/start", "1 coordinates for 2 features"},
    {"\"digits\": 20", R"("objective": {"kind": "nuclear_norm", "shape": [2]})", "/objective/shape", "two numbers, of rows and of columns"},
    {"\"digits\": 20", R"("objective": {"kind": "nuclear_norm", "shape": [2, 2]})", "/objective/shape", "4 entries of a matrix for 2 features"},
    {"\"digits\": 20", R"("objective": {"kind": "potential", "terms": [{"family": "sinh"}]})", "/objective/terms", "1 potentials for 2 features"},
    {"\"digits\": 20", R"("objective": {"kind": "potential", "terms": {"family": "sign"}})", "/objective/terms", "no potential is called \"sign\""},
    {"\"digits\": 20", R"("objective": {"kind": "potential", "terms": [{"family": "sinh"}, {"family": "derivative", "formula": "w +"}]})", "/objective/terms/1: the formula \"w +\": column 4", "found the end"},
    {"\"digits\": 20", R"("objective": {"kind": "potential", "terms": {"family": "sinh", "scale": 1}})", "/objective/terms/scale", "unknown"},
    {"\"model\": " + model + ",", R"("objective": {"kind": "l2_margin"},)", "/loss", "only together with \"model\""},
};

invalid_input refusal(const std::string& text) {
    try {
        (void)parse_problem(text);
    } catch (const invalid_input& problem) {
        return problem;
    }
    return invalid_input("accepted");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(problem_refusals)

BOOST_AUTO_TEST_CASE(the_problem_the_mistakes_start_from_is_good) { BOOST_CHECK_NO_THROW((void)parse_problem(good)); }

BOOST_DATA_TEST_CASE(a_mistake_is_refused_in_its_place, boost::unit_test::data::make(mistakes), wrong) {
    std::string text = good;
    const std::size_t at = text.find(wrong.part);
    BOOST_REQUIRE(at != std::string::npos);
    const invalid_input problem = refusal(text.replace(at, wrong.part.size(), wrong.other));
    BOOST_TEST(problem.place() == wrong.place);
    BOOST_TEST(problem.message().find(wrong.says) != std::string::npos, problem.message());
}

BOOST_AUTO_TEST_CASE(short_texts_of_huge_numbers_run_out_of_budget) {
    std::string rows;
    for (int i = 0; i < 200; ++i) rows += std::string(i > 0 ? "," : "") + "[\"1e-1000000\"]";
    const invalid_input problem = refusal(R"({"format": "eonflow/problem/1", "data": {"x": [)" + rows + "]}}");
    BOOST_TEST(problem.place().starts_with("/data/x/"));
    BOOST_TEST(problem.message().find("2^28 bits") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_missing_data_file_is_named) {
    try {
        (void)parse_problem(R"({"format": "eonflow/problem/1", "data": {"csv": "none.csv"}})", "there");
        BOOST_FAIL("accepted");
    } catch (const io_error& problem) {
        BOOST_TEST(std::string(problem.what()).find("there/none.csv: cannot be opened") == 0u);
    }
}

BOOST_AUTO_TEST_SUITE_END()
