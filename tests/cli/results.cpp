#include <cli/run.hpp>

#include <eonflow/io/file.hpp>
#include <eonflow/io/json.hpp>
#include <eonflow/number/ball.hpp>
#include <eonflow/number/text.hpp>

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <sstream>

using namespace eonflow;
using namespace eonflow::tests;
using io::Json;

namespace {

/// The value at a path of keys and positions, in one line.
const Json& at(const Json& value) { return value; }
template <class... Rest>
const Json& at(const Json& value, const char* key, Rest... rest);
template <class... Rest>
const Json& at(const Json& value, int position, Rest... rest) {
    BOOST_REQUIRE(value.array() != nullptr);
    return at(value.array()->at(static_cast<std::size_t>(position)), rest...);
}
template <class... Rest>
const Json& at(const Json& value, const char* key, Rest... rest) {
    const Json* found = value.find(key);
    BOOST_REQUIRE_MESSAGE(found != nullptr, std::string("no key ") + key);
    return at(*found, rest...);
}
template <class... Path>
std::string line(const Json& value, Path... path) {
    return io::to_line(at(value, path...));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(results)

BOOST_AUTO_TEST_CASE(the_version_names_the_libraries) {
    const Outcome outcome = Workplace().eonflow("--version");
    BOOST_TEST(outcome.status == 0);
    for (const char* name : {"eonflow ", "GMP ", "MPFR ", "FLINT ", "Boost "}) BOOST_TEST(outcome.out.find(name) != std::string::npos);
}

BOOST_AUTO_TEST_CASE(what_people_read_fits_the_terminal) {
    const Workplace here;
    here.write("p.json", two_points());
    // Losses of the form 1.23456789012e-123456 do not fit beside times as long.
    here.write("far.json", with(with(io::read_file(EONFLOW_SOURCE_DIR "/docs/examples/three_points.json"), R"("log10_log10_time": "20")", R"("direction_digits": 25)"), R"(["direction"])", R"(["direction", "margin", "loss"])"));
    for (const char* arguments : {"--help", "verify --help", "list --help", "explain --help", "integrate --help", "limit --help", "check --help", "invariants --help", "resume --help", "report --help", "list", "explain", "integrate p.json", "integrate far.json", "limit p.json", "invariants p.json", "data --help"}) {
        const Outcome outcome = here.eonflow(arguments);
        BOOST_TEST(outcome.status == 0);
        BOOST_TEST(outcome.err == "");
        BOOST_TEST(outcome.out.find('\033') == std::string::npos);  // no colour in a pipe
        std::istringstream lines(outcome.out);
        for (std::string text; std::getline(lines, text);) {
            const auto characters = std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; });
            BOOST_TEST(characters <= 100, text);
        }
    }
}

BOOST_AUTO_TEST_CASE(the_page_of_theorems_is_what_the_program_says) {
    const Outcome page = Workplace().eonflow("explain --markdown");
    BOOST_TEST(page.status == 0);
    const bool is_current = page.out == io::read_file(EONFLOW_SOURCE_DIR "/docs/theorems.md");
    BOOST_TEST((Workplace().eonflow("reference markdown").out == io::read_file(EONFLOW_SOURCE_DIR "/docs/commands.md")), "docs/commands.md is out of date: eonflow reference markdown >docs/commands.md");
    BOOST_TEST(is_current, "docs/theorems.md is out of date: eonflow explain --markdown >docs/theorems.md");
}

BOOST_AUTO_TEST_CASE(a_trajectory_is_printed_with_its_right_digits) {
    // One sample x = 1, squared loss, w(0) = 0, y = 1: w(t) = 1 - e^-t.
    const Workplace here;
    here.write("p.json", R"({"format": "eonflow/problem/1", "data": {"x": [["1"]], "y": ["1"]}, "model": {"family": "linear"}, "loss": {"kind": "squared"}, "initial": ["0"],
                             "stop": {"time": "2"}, "times": ["1/2", "1"], "digits": 40, "observe": ["loss", "predictions"]})");
    const Outcome outcome = here.eonflow("integrate p.json --json t.json --csv t.csv");
    BOOST_TEST(outcome.status == 0);
    BOOST_TEST(outcome.err == "");
    BOOST_TEST(here.validate("p.json t.json").err == "");
    const Json t = io::parse_json(here.read("t.json"));
    BOOST_TEST(line(t, "format") == "\"eonflow/trajectory/1\"");
    BOOST_TEST(line(t, "status") == "\"reached_stop\"");
    BOOST_TEST(line(t, "problem_sha256").size() == 66u);
    BOOST_REQUIRE(at(t, "samples").array()->size() == 3u);
    const number::precision_scope scope(256);
    const number::Rational times[] = {number::Rational(1, 2), 1, 2};
    for (int k = 0; k < 3; ++k) {
        const number::Ball exact = number::Ball(1) - exp(-number::Ball(times[k]));
        BOOST_TEST(line(t, "samples", k, "parameters", 0) == "\"" + number::to_decimal(exact.midpoint(), 40) + "\"");
        BOOST_TEST(line(t, "samples", k, "verified_digits") == "40");
    }
    const std::string csv = here.read("t.csv");
    BOOST_TEST(csv.starts_with("time,log10_time,verified_digits,w[1],loss,predictions\n"));
    BOOST_TEST(std::count(csv.begin(), csv.end(), '\n') == 4);
    BOOST_TEST(csv.find("," + *at(t, "samples", 1, "parameters", 0).text() + ",") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_sweep_gives_a_table_a_file_and_a_plot) {
    const Workplace here;
    const std::string sweep = "verify yun_2021 --sweep alpha=1e-20:1e-4:log:3 --digits 12 ";
    BOOST_TEST(here.eonflow(sweep + "--json one.json --plot p.svg").status == 0);
    BOOST_TEST(here.eonflow(sweep + "--jobs 3 --json three.json").status == 0);
    BOOST_TEST(here.validate("one.json").err == "");
    BOOST_TEST(here.read("one.json") == here.read("three.json"));
    const Json t = io::parse_json(here.read("one.json"));
    BOOST_TEST(at(t, "rows").array()->size() == 7u);  // 1e-20, its neighbours 1e-19 and 1e-18, 1e-12, ...
    BOOST_TEST(line(t, "rows", 1, "value") == "\"1/10000000000000000000\"");
    BOOST_TEST(line(t, "claims", 1, "predicted") == "\"order 2/3\"");
    BOOST_TEST(here.read("p.svg").find("</svg>") != std::string::npos);
    for (const char* range : {"alpha", "=1:2:log", "alpha=1:2", "alpha=1:2:lin", "alpha=0:1:log", "alpha=1:1:log", "alpha=1:x:log", "alpha=1:2:log:1", "alpha=1:2:log:9999", "beta=1:2:log"}) {
        const Outcome refused = here.eonflow(std::string("verify yun_2021 --sweep ") + range);
        BOOST_TEST(refused.status == 3, range);
        BOOST_TEST(refused.err.find("--sweep") != std::string::npos, range << ": " << refused.err);
    }
    BOOST_TEST(here.eonflow("verify chou_2023 --sweep alpha=1:2:log").status == 3);
    BOOST_TEST(here.eonflow("verify yun_2021 --instance dense_depth_2 --sweep alpha=1:2:log").status == 3);
}

BOOST_AUTO_TEST_CASE(options_replace_what_the_file_says) {
    const Workplace here;
    here.write("p.json", two_points());
    const std::string options = "integrate p.json --json - --digits 12 --times 1/4,0.5 --stop-time 0.75 --clock time ";
    const Json once = io::parse_json(here.eonflow(options + "--confirm none").out);
    BOOST_TEST(line(once, "digits") == "12");
    BOOST_TEST(line(once, "confirmation") == "\"none\"");
    BOOST_TEST(line(once, "samples", 0, "verified_digits") == "0");
    BOOST_TEST(line(once, "samples", 0, "time") == "\"0.250000000000\"");
    BOOST_TEST(line(once, "samples", 2, "time") == "\"0.750000000000\"");
    const Json witness = io::parse_json(here.eonflow(options + "--method fehlberg78").out);
    BOOST_TEST(line(witness, "method") == "\"fehlberg78\"");
    BOOST_TEST(line(witness, "samples", 2, "parameters") == line(once, "samples", 2, "parameters"));
}

BOOST_AUTO_TEST_CASE(many_events_are_listed_in_part) {
    // On the way from w_2/w_1 = -1/10 to 3 the pre-activation 10 w_2 - k w_1 changes its sign for k = 0, ..., 24.
    std::string x, y;
    for (int k = 0; k < 25; ++k) x += (k > 0 ? ", [" : "[") + std::to_string(-k) + ", 10]", y += (k > 0 ? ", " : "") + std::to_string(30 - k);
    const Workplace here;
    here.write("many.json", R"({"format": "eonflow/problem/1", "data": {"x": [)" + x + "], \"y\": [" + y + R"(]}, "model": {"family": "leaky_relu", "slope": "1/2", "output": [1]},
        "loss": {"kind": "squared"}, "initial": ["1", "-1/10"], "stop": {"time": "1/100"}, "digits": 8})");
    const Outcome outcome = here.eonflow("integrate many.json");
    BOOST_TEST(outcome.status == 0);
    BOOST_TEST(outcome.out.find("W      0     19\n") != std::string::npos, outcome.out);
    BOOST_TEST(outcome.out.find("W      0     20\n") == std::string::npos, outcome.out);
    BOOST_TEST(outcome.out.find("25 events in all; --json gives them") != std::string::npos, outcome.out);
    const std::string first = outcome.out.substr(outcome.out.find("event at time")), once = here.eonflow("integrate many.json --confirm none").out;
    BOOST_TEST(once.find(first.substr(0, first.find("at the end"))) != std::string::npos, once);
}

BOOST_AUTO_TEST_CASE(a_page_shows_the_gradient_of_a_sliding_flow_only_from_the_file) {
    // Slopes of sliding kinks are not in the parameters.
    const std::string problem = R"({"format": "eonflow/problem/1", "data": {"x": [["1", "1/2"], ["1/3", "-2"]], "y": [1, 1]}, "model": {"family": "leaky_relu", "slope": "1/2", "output": [1]},
        "loss": {"kind": "squared"}, "initial": ["1", "1"], "stop": {"time": 1}, "digits": 8, "observe": ["loss"]})";
    const Workplace here;
    for (const std::string observed : {"loss", "gradient_norm"}) {
        here.write("p.json", with(problem, R"(["loss"])", "[\"" + observed + "\"]"));
        BOOST_TEST(here.eonflow("integrate p.json --out " + observed).status == 0);
        const Outcome page = here.eonflow("report " + observed + " -o page.html");
        BOOST_TEST(page.status == 0);
        BOOST_TEST(page.err.empty(), page.err);
        BOOST_TEST((here.read("page.html").find("gradient_norm") != std::string::npos) == (observed == "gradient_norm"));
    }
}

BOOST_AUTO_TEST_CASE(one_pass_to_the_horizon_prints_what_it_does_not_verify) {
    const Workplace here;
    here.write("p.json", with(two_points(), R"("stop")", R"("clock": "horizon", "stop")"));
    for (const char* confirm : {"full", "none"}) {
        const Json run = io::parse_json(here.eonflow("integrate p.json --stop-direction-digits 8 --digits 8 --json - --confirm " + std::string(confirm)).out);
        const std::size_t last = at(run, "samples").array()->size() - 1;
        BOOST_TEST(line(run, "samples", static_cast<int>(last), "verified_digits") == (std::string(confirm) == "full" ? "8" : "0"));
        for (int i : {0, 1}) BOOST_TEST(line(run, "samples", static_cast<int>(last), "observed", "direction", i) == "\"0.70710678\"");
    }
}

BOOST_AUTO_TEST_CASE(invariants_of_a_flow_that_is_interrupted_say_so) {
    // A long way of many digits, cut off before its first sample.
    const Workplace here;
    here.write("p.json", R"({"format": "eonflow/problem/1", "data": {"x": [[1, "1/2"], ["1/3", 1]], "y": [1, -1]}, "loss": {"kind": "squared"}, "initial": ["1/3", "1/2"],
        "model": {"family": "expression", "parameters": ["a", "b"], "prediction": "tanh(a)*x1 + b^3*x2"}, "stop": {"time": "1e6"}, "times": ["999999"], "digits": 100})");
    const Outcome outcome = here.eonflow("invariants p.json --max-seconds 1 --json i.json");
    BOOST_TEST(outcome.status == 2);
    BOOST_TEST(outcome.out.find("no sample was reached; interrupted") != std::string::npos, outcome.out);
    BOOST_TEST(line(io::parse_json(here.read("i.json")), "status") == "\"interrupted\"");
}

BOOST_AUTO_TEST_CASE(the_way_at_a_repelling_kink_can_be_chosen) {
    const std::string problem = R"({"format": "eonflow/problem/1", "data": {"x": [[1], [-1]], "y": [1, 1]}, "model": {"family": "leaky_relu", "slope": "1/2", "output": [1]}, "loss": {"kind": "squared"},
        "initial": {"theta": [0]}, "digits": 12, "clock": "time", "stop": {"time": 1}, "times": ["1/2"]})";
    const Workplace here;
    here.write("kink.json", problem);
    const Outcome stopped = here.eonflow("integrate kink.json");
    BOOST_TEST(stopped.status == 2);
    BOOST_TEST(stopped.out.find("not_unique") != std::string::npos, stopped.out);
    // w = (2/5)(1 - e^(-5t/4)) on either side.
    for (const auto& [choice, value] : {std::pair("highest", "W[1]        0.285398081256"), std::pair("lowest", "W[1]        -0.285398081256")}) {
        const Outcome chosen = here.eonflow("integrate kink.json --at-ambiguity " + std::string(choice));
        BOOST_TEST(chosen.status == 0);
        BOOST_TEST(chosen.out.find(value) != std::string::npos, chosen.out);
        BOOST_TEST(chosen.out.find("departure  W      0     0") != std::string::npos, chosen.out);
    }
}

BOOST_AUTO_TEST_CASE(the_same_problem_gives_the_same_bytes) {
    const Workplace here;
    here.write("p.json", two_points());
    here.write("q.json", with(two_points(), "\"1/3\"", "\"2/6\""));
    const std::string bytes = here.eonflow("integrate p.json --json -").out;
    BOOST_TEST(bytes.size() > 1000u);
    BOOST_TEST(here.eonflow("integrate q.json --json -").out == bytes);
}

BOOST_AUTO_TEST_CASE(a_limit_comes_with_a_certificate_that_a_change_breaks) {
    // Both points support: w = (2/3, 2/3), multipliers 4/9 each.
    const Workplace here;
    here.write("p.json", two_points());
    BOOST_TEST(here.eonflow("limit p.json --json l.json").status == 0);
    BOOST_TEST(here.validate("l.json").err == "");
    const Json l = io::parse_json(here.read("l.json"));
    BOOST_TEST(line(l, "objective") == "\"l2_margin\"");
    BOOST_TEST(line(l, "minimizer") == R"(["2/3","2/3"])");
    BOOST_TEST(line(l, "multipliers") == R"(["4/9","4/9"])");
    BOOST_TEST(line(l, "support") == "[0,1]");
    BOOST_TEST(line(l, "value") == "\"8/9\"");
    BOOST_TEST(line(l, "exact") == "true");
    BOOST_TEST(line(l, "unique") == "true");

    const Outcome accepted = here.eonflow("check l.json");
    BOOST_TEST(accepted.status == 0);
    BOOST_TEST(accepted.out.starts_with("accepted: optimal"));
    here.write("c.json", io::to_text(at(l, "certificate")));
    BOOST_TEST(here.validate("c.json").err == "");
    BOOST_TEST(here.eonflow("check c.json").status == 0);
    here.write("c.json", with(here.read("c.json"), R"("point": ["2/3", "2/3"])", R"("point": ["1", "2/3"])"));
    const Outcome refused = here.eonflow("check c.json");
    BOOST_TEST(refused.status == 1);
    BOOST_TEST(refused.out.starts_with("refused: "));
}

BOOST_AUTO_TEST_CASE(data_without_limit_comes_with_a_farkas_certificate) {
    const Workplace here;
    here.write("p.json", with(two_points(), R"(["1/2", "1"])", R"(["-2", "-1"])"));
    BOOST_TEST(here.eonflow("limit p.json --json l.json").status == 3);
    BOOST_TEST(here.validate("l.json").err == "");
    const Json l = io::parse_json(here.read("l.json"));
    BOOST_TEST(line(l, "feasible") == "false");
    BOOST_TEST(line(l, "farkas") == R"(["2/3","1/3"])");
    BOOST_TEST(here.eonflow("check l.json").status == 0);
}

BOOST_AUTO_TEST_CASE(a_program_needs_no_model) {
    // min |w_1| + |w_2| with w_1 + 2 w_2 = 1: all weight on the second coordinate.
    const Workplace here;
    here.write("p.json", R"({"format": "eonflow/problem/1", "data": {"x": [[1, 2]], "y": [1]}, "objective": {"kind": "l1_interpolation"}})");
    BOOST_TEST(here.eonflow("limit p.json --json l.json").status == 0);
    BOOST_TEST(here.validate("p.json l.json").err == "");
    BOOST_TEST(line(io::parse_json(here.read("l.json")), "minimizer") == R"(["0","1/2"])");
}

BOOST_AUTO_TEST_CASE(every_objective_can_be_stated) {
    using number::Rational;
    const struct {
        const char *x, *y, *objective;
        std::vector<Rational> minimizer;
    } cases[] = {
        // (3, 4) has the larger norm of the two groups.
        {"[[3, 4, 1, 1]]", "[1]", R"({"kind": "group_margin", "sizes": [2, 2]})", {Rational(3, 25), Rational(4, 25), 0, 0}},
        // Transform (4, 2, 0, 2)/2: frequency 0 alone.
        {"[[2, 1, 0, 1]]", "[1]", R"({"kind": "fourier_margin"})", std::vector<Rational>(4, Rational(1, 4))},
        {"[[1, 2]]", "[1]", R"({"kind": "concave_margin", "depth": 3})", {0, Rational(1, 2)}},
        // w_1 = 1 costs 1, w_2 = -1/2 costs 5/2.
        {"[[1, -2]]", "[1]", R"({"kind": "l1_interpolation", "negative_weights": [1, 5]})", {1, 0}},
        {"[[1, 1]]", "[2]", R"({"kind": "l2_interpolation", "start": [1, 0]})", {Rational(3, 2), Rational(1, 2)}},
        {"[[1, 2]]", "[1]", R"({"kind": "potential", "terms": {"family": "yun", "parameters": [2, "2/3"]}})", {Rational(1, 6), Rational(5, 12)}},
        // w_j h'' = 1: h' = log w, and e^u = 1/2 from 1/2 on.
        {"[[1, 1]]", "[1]", R"j({"kind": "potential", "terms": [{"family": "derivative", "formula": "log(w)", "low": 0}, {"family": "derivative", "formula": "log(w)", "low": 0}]})j", {Rational(1, 2), Rational(1, 2)}},
        // The kink of the nuclear norm of [[2, 1], [1, x]].
        {"[[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0]]", "[2, 1, 1]", R"({"kind": "nuclear_norm", "shape": [2, 2]})", {2, 1, 1, Rational(1, 2)}},
    };
    const Workplace here;
    for (const auto& c : cases)
        BOOST_TEST_CONTEXT(c.objective) {
            here.write("p.json", R"({"format": "eonflow/problem/1", "data": {"x": )" + std::string(c.x) + R"(, "y": )" + c.y + R"(}, "objective": )" + c.objective + "}");
            const Outcome solved = here.eonflow("limit p.json --json l.json");
            BOOST_TEST(solved.status == 0, solved.err);
            BOOST_TEST(here.validate("p.json l.json").err == "");
            const Json l = io::parse_json(here.read("l.json"));
            for (std::size_t j = 0; j < c.minimizer.size(); ++j) {
                const Rational found = number::parse_rational(*at(l, "minimizer", static_cast<int>(j)).text());
                BOOST_TEST(abs(found - c.minimizer[j]) < number::parse_rational("1e-29"), "coordinate " << j << " is " << found.str());
            }
            const Outcome checked = here.eonflow("check l.json");
            BOOST_TEST(checked.status == 0, checked.out);
        }
}

BOOST_AUTO_TEST_CASE(invariants_are_tested_exactly_and_along_the_flow) {
    const Workplace here;
    here.write("p.json", with(with(two_points(), R"("family": "linear")", R"("family": "dense", "widths": [2, 2, 1])"), R"(["0", "1/3"])", R"({"seed": 1, "scale": "1/2"})"));
    BOOST_TEST(here.eonflow("invariants p.json --json i.json").status == 0);
    BOOST_TEST(here.validate("p.json i.json").err == "");
    const Json i = io::parse_json(here.read("i.json"));
    BOOST_TEST(line(i, "identities", 0, "name") == "\"balance W2/W1\"");
    BOOST_TEST(line(i, "identities", 0, "vanishes") == "true");
    BOOST_TEST(line(i, "drifts", 0, "name") == "\"balance W2/W1\"");
}

BOOST_AUTO_TEST_CASE(the_schema_refuses_what_the_program_refuses) {
    const Workplace here;
    for (const auto& [part, other] : {std::pair("\"digits\"", "\"digitz\""), std::pair("\"1/3\"", "\"nan\""), std::pair("\"linear\"", "\"diagonal\""), std::pair("20", "0")}) {
        here.write("p.json", with(two_points(), part, other));
        BOOST_TEST(here.validate("p.json").status == 1);
        BOOST_TEST(here.eonflow("integrate p.json").status == 3);
    }
}

BOOST_AUTO_TEST_CASE(a_theorem_is_checked_on_a_problem_of_ones_own) {
    const Workplace here;
    here.write("p.json", with(two_points(), R"(["1/2", "1"])", R"(["-2", "-1"])"));
    const Outcome outcome = here.eonflow("verify soudry_2018 --problem p.json --digits 5 --json v.json --out run");
    BOOST_TEST(outcome.status == 2);
    BOOST_TEST(here.validate("v.json run/verdict.json run/problem.json").err == "");
    const Json v = io::parse_json(here.read("v.json"));
    BOOST_TEST(line(v, "theorems", 0, "id") == "\"soudry_2018\"");
    BOOST_TEST(line(v, "theorems", 0, "verdict") == "\"hypotheses_not_met\"");
}

BOOST_AUTO_TEST_CASE(an_interrupt_ends_a_run_in_order) {
    // Steps without number: only the interrupt ends it within the minute, and a whole file is written.
    const Workplace here;
    here.write("p.json", with(two_points(R"({"time": "1e40"})"), "\"digits\": 20", "\"digits\": 1000"));
    const Outcome outcome = here.eonflow("integrate p.json --clock time --confirm none --times 1 --json t.json & pid=$!; sleep 1; kill -INT $pid; wait $pid");
    BOOST_TEST(outcome.status == 2);
    BOOST_TEST(here.validate("t.json").err == "");
    BOOST_TEST(line(io::parse_json(here.read("t.json")), "status") == "\"interrupted\"");
}

BOOST_AUTO_TEST_SUITE_END()
