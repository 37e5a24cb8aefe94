#include <eonflow/io/data_file.hpp>
#include <eonflow/io/file.hpp>
#include <eonflow/io/problem_file.hpp>
#include <eonflow/flow/start.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>
#include <support/temporary_folder.hpp>

#include <boost/test/unit_test.hpp>

#include <fstream>

using namespace eonflow;
using namespace eonflow::io;
using number::Rational;

namespace {

/// A problem that uses every key; the tests change one part of it at a time.
const std::string whole = R"({
  "format": "eonflow/problem/1", "name": "two points, depth 3",
  "data": {"x": [["1", "1/2", "0"], ["1/2", 1, 0.3]], "y": ["1", -1]},
  "model": {"family": "dense", "widths": [3, 2, 1]},
  "loss": {"kind": "exponential", "reduction": "mean"},
  "initial": {"weights": [[["1/4", "0", "1/8"], ["0", "1/4", "0"]], [["1/2", "1/4"]]]},
  "dynamics": {"kind": "flow"}, "clock": "time", "stop": {"time": "5", "loss": "1e-3"}, "digits": 20,
  "times": ["1/2", 1], "observe": ["margin", "direction"]
})";

std::string with(std::string text, const std::string& part, const std::string& other) {
    const std::size_t at = text.find(part);
    BOOST_REQUIRE(at != std::string::npos);
    return text.replace(at, part.size(), other);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(problem_file)

BOOST_AUTO_TEST_CASE(every_key_arrives) {
    const flow::Problem p = parse_problem(whole);
    BOOST_TEST(p.name == "two points, depth 3");
    BOOST_TEST(p.data.X(1, 2) == Rational(3, 10));
    BOOST_TEST(p.data.X(0, 1) == Rational(1, 2));
    BOOST_TEST((p.data.y == std::vector<Rational>{1, -1}));
    BOOST_TEST(p.model.family == "dense");
    BOOST_TEST(p.model.layers.size() == 2u);
    BOOST_TEST((p.loss.kind == model::loss_kind::exponential && p.loss.reduce == model::reduction::mean));
    BOOST_TEST((p.initial == std::vector<Rational>{Rational(1, 4), 0, Rational(1, 8), 0, Rational(1, 4), 0, Rational(1, 2), Rational(1, 4)}));
    BOOST_TEST((p.clock == flow::Clock::time));
    BOOST_TEST((p.stop.time == Rational(5) && p.stop.loss == Rational(1, 1000) && !p.stop.log10_time));
    BOOST_TEST(p.digits == 20);
    BOOST_TEST((p.times == std::vector<Rational>{Rational(1, 2), 1}));
    BOOST_TEST((p.observe == std::vector<std::string>{"margin", "direction"}));
}

BOOST_AUTO_TEST_CASE(starts_can_be_written_in_several_ways) {
    const auto start = [](const std::string& initial) {
        const std::string weights = R"({"weights": [[["1/4", "0", "1/8"], ["0", "1/4", "0"]], [["1/2", "1/4"]]]})";
        return parse_problem(with(whole, weights, initial)).initial;
    };
    const std::vector<Rational> expected = {1, 2, 3, 4, 5, 6, 7, Rational(1, 2)};
    BOOST_TEST((start(R"([1, 2, 3, 4, 5, 6, 7, "1/2"])") == expected));
    BOOST_TEST((start(R"({"theta": ["1", 2, 3, 4, 5, 6, 7, 0.5]})") == expected));
    BOOST_TEST((start(R"({"weights": [[[1, 2, 3], [4, 5, 6]], [7, "0.5"]]})") == expected));
    BOOST_TEST((start(R"({"direction": [2, 4, 6, 8, 10, 12, 14, 1], "scale": "1/2"})") == expected));
    BOOST_TEST((start(R"({"direction": {"weights": [[[2, 4, 6], [8, 10, 12]], [14, 1]]}, "scale": "5e-1"})") == expected));
    BOOST_TEST((start(R"({"seed": 7, "distribution": "uniform", "scale": "1/10"})") == flow::uniform_start(7, 8, Rational(1, 10))));
}

BOOST_AUTO_TEST_CASE(drawn_starts_are_those_of_the_definition) {
    // SplitMix64 with seed 1234567 begins with 6457827717110365317, 3203168211198807973 (published test values of the generator).
    const std::vector<Rational> draws = flow::uniform_start(1234567, 2, 1);
    const auto expected = [](std::uint64_t word) { return Rational(static_cast<std::int64_t>(2 * (word >> 44) + 1) - (1 << 20), 1 << 20); };
    BOOST_TEST(draws[0] == expected(6457827717110365317u));
    BOOST_TEST(draws[1] == expected(3203168211198807973u));
}

BOOST_AUTO_TEST_CASE(writing_and_reading_give_the_same_problem) {
    const std::vector<std::string> models = {
        R"("model": {"family": "linear"}, "initial": [1, 2, "1/3"])",
        R"("model": {"family": "linear"}, "initial": [1, 2, 3], "dynamics": {"kind": "descent", "step": "0.1"}, "clock": "time")",
        R"("model": {"family": "linear"}, "initial": [1, 2, 3], "dynamics": {"kind": "flow", "at_ambiguity": "lowest"}, "clock": "time")",
        R"("model": {"family": "diagonal", "depth": 2}, "initial": [1, 2, 3, 4, 5, "1e-60"])",
        R"("model": {"family": "dense", "widths": [3, 1, 1]}, "initial": {"seed": 1, "scale": 1}, "objective": {"kind": "l2_margin", "weights": [1, 2, 3]})",
        R"("model": {"family": "expression", "parameters": ["a", "b"], "prediction": "a*x1 + tanh(b)*x2 - x3^2"}, "initial": [1, 2])",
        R"("model": {"family": "leaky_relu", "output": ["1/2", -1], "slope": "1/3", "normalised": true}, "initial": [1, 2, 3, 4, 5, 6])",
        R"("model": {"family": "relu_network", "widths": [3, 3, 2, 3, 1, 1], "linear_layers": 2, "skips": "diagonal"}, "initial": {"seed": 1, "scale": 1})",
        R"("model": {"family": "relu_network", "widths": [3, 2, 2, 1], "slope": "1/4", "skips": "free"}, "initial": {"seed": 1, "scale": 1})",
    };
    for (const std::string& part : models) {
        const std::string text = R"({"format": "eonflow/problem/1", "data": {"x": [[1, 2, 3], ["0.1", -1, 0]], "y": [1, -1]}, "loss": {"kind": "expression", "formula": "(f - y)^4"}, )"
                                 R"("stop": {"direction_digits": 12, "log10_log10_time": "3/2"}, )" + part + "}";
        const flow::Problem p = parse_problem(text);
        const std::string written = to_text(to_json(p));
        const flow::Problem again = parse_problem(written);
        BOOST_TEST(to_text(to_json(again)) == written);
        BOOST_TEST(problem_sha256(again) == problem_sha256(p));
        BOOST_TEST((again.initial == p.initial && again.data.X == p.data.X && again.data.y == p.data.y));
        BOOST_TEST(again.model.description == p.model.description);
        BOOST_TEST((again.descent_step == p.descent_step));
        BOOST_TEST(again.objective.has_value() == p.objective.has_value());
    }
}

BOOST_AUTO_TEST_CASE(the_digest_is_of_the_problem_and_not_of_its_layout) {
    const std::string digest = problem_sha256(parse_problem(whole));
    BOOST_TEST(problem_sha256(parse_problem(with(whole, "0.3", "\"3/10\""))) == digest);
    BOOST_TEST(problem_sha256(parse_problem(with(whole, "\"dynamics\": {\"kind\": \"flow\"},", ""))) == digest);
    BOOST_TEST(problem_sha256(parse_problem(with(whole, "0.3", "0.31"))) != digest);
    BOOST_TEST(problem_sha256(parse_problem(with(whole, "\"digits\": 20", "\"digits\": 21"))) != digest);
}

BOOST_AUTO_TEST_CASE(a_program_can_be_stated_without_a_model) {
    const flow::Problem p = parse_problem(R"({"format": "eonflow/problem/1", "data": {"x": [[1, 2], [3, 1]], "y": [1, 1]}, "objective": {"kind": "l1_margin", "weights": [1, "1/2"]}})");
    BOOST_REQUIRE(p.objective.has_value());
    BOOST_TEST(p.objective->kind == "l1_margin");
    BOOST_TEST((p.objective->weights == std::vector<Rational>{1, Rational(1, 2)}));
    BOOST_TEST(p.model.inputs == 0u);
    BOOST_TEST(to_text(to_json(parse_problem(to_text(to_json(p))))) == to_text(to_json(p)));
}

BOOST_AUTO_TEST_CASE(every_objective_survives) {
    for (const char* objective : {R"({"kind": "group_margin", "sizes": [1, 1], "weights": [1, "1/3"]})", R"({"kind": "fourier_margin"})", R"({"kind": "concave_margin", "depth": 4})",
                                  R"({"kind": "l1_interpolation", "weights": [1, 2], "negative_weights": [3, "1/7"]})", R"({"kind": "l2_interpolation", "start": [1, "2/3"]})",
                                  R"j({"kind": "potential", "terms": [{"family": "yun", "parameters": [3, "1/10"], "weight": 2}, {"family": "derivative", "formula": "log(w)", "low": 0}], "start": [1, 2]})j",
                                  R"({"kind": "nuclear_norm", "shape": [1, 2]})"}) {
        const std::string text = R"({"format": "eonflow/problem/1", "data": {"x": [[1, 2], [3, 1]], "y": [1, 1]}, "objective": )" + std::string(objective) + "}";
        const std::string written = to_text(to_json(parse_problem(text)));
        BOOST_TEST(to_text(to_json(parse_problem(written))) == written);
        // Nothing that was given is lost: without it the digest is another.
        for (const char* key : {"weights", "negative_weights", "start", "weight", "low"}) {
            const std::string quoted = "\"" + std::string(key) + "\": ";
            if (text.find(quoted) != std::string::npos) BOOST_TEST(written.find(quoted) != std::string::npos, key << " is lost of " << objective);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_examples_of_the_format_description_are_problems) {
    const std::string text = read_file(EONFLOW_SOURCE_DIR "/docs/data-format.md");
    const std::string open = "```json\n";
    int examples = 0;
    for (std::size_t at = text.find(open); at != std::string::npos; at = text.find(open, at + 1), ++examples)
        BOOST_CHECK_NO_THROW((void)parse_problem(text.substr(at + open.size(), text.find("```", at + open.size()) - at - open.size())));
    BOOST_TEST(examples >= 3);
}

BOOST_AUTO_TEST_CASE(data_can_come_from_a_csv_file) {
    const tests::temporary_folder folder;
    std::ofstream(folder.path() / "points.csv") << "# two features\na,b,label\n1, 0.1,1\r\n\n-1/3,2e-1,-1\n";
    const std::string text = with(whole, R"({"x": [["1", "1/2", "0"], ["1/2", 1, 0.3]], "y": ["1", -1]})", R"({"csv": "points.csv"})");
    const std::string two = with(with(text, "[3, 2, 1]", "[2, 1]"), R"({"weights": [[["1/4", "0", "1/8"], ["0", "1/4", "0"]], [["1/2", "1/4"]]]})", "[1, 1]");
    const flow::Problem p = parse_problem(two, folder.path());
    BOOST_TEST((p.data.X.entries() == std::vector<Rational>{1, Rational(1, 10), Rational(-1, 3), Rational(1, 5)}));
    BOOST_TEST((p.data.y == std::vector<Rational>{1, -1}));
    const flow::Problem centred = parse_problem(with(two, R"("points.csv")", R"("points.csv", "centred": true)"), folder.path());
    BOOST_TEST((centred.data.X.entries() == std::vector<Rational>{Rational(2, 3), Rational(-1, 20), Rational(-2, 3), Rational(1, 20)}));
}

BOOST_AUTO_TEST_CASE(wrong_csv_is_refused_with_line_and_column) {
    const auto refusal = [](const std::string& text) -> std::string {
        try {
            (void)parse_csv(text, "f.csv");
        } catch (const invalid_input& problem) {
            return problem.what();
        }
        return "";
    };
    BOOST_TEST(refusal("1,2,1\n1,nan,1\n").find("f.csv line 2 column 2: \"nan\" is not a number") == 0u);
    BOOST_TEST(refusal("a,b,label\n1,2,1\n1,1\n").find("f.csv line 3: there are 2 columns") == 0u);
    BOOST_TEST(refusal("1\n").find("f.csv line 1: there is one column") == 0u);
    BOOST_TEST(refusal("# nothing\na,b\n").find("f.csv: there is no sample") == 0u);
    // A first line with one number is a sample with a mistake in it, not a line of names.
    BOOST_TEST(refusal("1,x,1\n").find("f.csv line 1 column 2") == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
