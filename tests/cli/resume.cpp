#include <cli/run.hpp>

#include <boost/test/unit_test.hpp>

#include <random>

using namespace eonflow::tests;

namespace {

/// A run of some tenths of a second, with all phases: scouting, two computations, more precision at the second try.
const std::string deep = R"({"format": "eonflow/problem/1", "data": {"x": [["1", "1/2"], ["1/2", "1"], ["-1/3", "1/7"]], "y": ["1", "1", "-1"]},
 "model": {"family": "dense", "widths": [2, 2, 1]}, "loss": {"kind": "exponential"}, "initial": {"seed": 7, "distribution": "uniform", "scale": "1/2"},
 "clock": "loss", "stop": {"log10_time": "30"}, "digits": 60, "observe": ["margin", "direction"]})";

/// Starts `arguments`, and ends it by `signal` after `seconds`; checkpoints are kept at every step.
void disturbed(const Workplace& here, const std::string& arguments, double seconds, const std::string& signal) {
    (void)here.run("EONFLOW_CHECKPOINT_MILLISECONDS=0 timeout -s " + signal + " " + std::to_string(seconds) + " '" + here.program() + "' " + arguments);
}

bool has(const Workplace& here, const std::string& file) { return here.run("test -e " + file).status == 0; }

}  // namespace

BOOST_AUTO_TEST_SUITE(resume)

BOOST_AUTO_TEST_CASE(a_run_killed_at_any_moment_ends_with_the_same_bytes) {
    const Workplace here;
    std::mt19937 random(1);
    const auto moment = [&] { return 0.01 + static_cast<double>(random() % 80) / 1000; };
    const std::string far = with(with(deep, "\"clock\": \"loss\", \"stop\": {\"log10_time\": \"30\"}", "\"stop\": {\"direction_digits\": \"20\"}"), "\"digits\": 60", "\"digits\": 30");
    for (const auto& [name, text] : {std::pair<std::string, std::string>("deep", deep), {"far", far}}) {
        here.write(name + ".json", text);
        BOOST_REQUIRE(here.eonflow("integrate " + name + ".json --out " + name).status == 0);
        BOOST_TEST(!has(here, name + "/checkpoint.json"));
        int stops = 0;
        for (const char* signal : {"KILL", "INT", "TERM"}) {
            const std::string folder = name + "_" + signal;
            while (!has(here, folder + "/checkpoint.json") && !has(here, folder + "/trajectory.json")) disturbed(here, "integrate " + name + ".json --out " + folder, moment(), signal);
            for (int k = 0; k < 7 && !has(here, folder + "/trajectory.json"); ++k, ++stops) disturbed(here, "resume " + folder, moment(), signal);
            if (!has(here, folder + "/trajectory.json")) BOOST_TEST(here.eonflow("resume " + folder).status == 0);
            BOOST_TEST((here.read(folder + "/trajectory.json") == here.read(name + "/trajectory.json")));
            BOOST_TEST((here.read(folder + "/trajectory.csv") == here.read(name + "/trajectory.csv")));
            BOOST_TEST(!has(here, folder + "/checkpoint.json"));
        }
        BOOST_TEST(stops > 0);
    }
}

BOOST_AUTO_TEST_CASE(checks_give_the_same_bytes_interrupted_or_not_and_one_or_two_at_a_time) {
    const Workplace here;
    const std::string some = "verify chou_2023 --digits 10 ";
    BOOST_REQUIRE(here.eonflow(some + "--json one.json").status == 0);
    BOOST_REQUIRE(here.eonflow(some + "--jobs 2 --json two.json").status == 0);
    BOOST_TEST((here.read("one.json") == here.read("two.json")));
    disturbed(here, some + "--out run", 0.5, "INT");
    if (has(here, "run/checkpoint.json")) BOOST_TEST(here.eonflow("resume run --jobs 2").status == 0);
    BOOST_TEST((here.read("run/verdict.json") == here.read("one.json")));
}

BOOST_AUTO_TEST_CASE(a_checkpoint_of_another_run_is_refused_with_the_reason) {
    const Workplace here;
    here.write("p.json", deep);
    disturbed(here, "integrate p.json --digits 300 --out run", 0.3, "KILL");
    const std::string checkpoint = here.read("run/checkpoint.json"), problem = here.read("run/problem.json");
    const auto refused = [&](const std::string& arguments, const std::string& reason) {
        const Outcome outcome = here.eonflow(arguments);
        BOOST_TEST(outcome.status == 3);
        BOOST_TEST(outcome.err.find(reason) != std::string::npos, outcome.err);
    };
    refused("integrate p.json --out run", "has the checkpoint of a run that is not complete");
    BOOST_TEST(here.validate("run/checkpoint.json").status == 0);
    here.write("run/problem.json", with(problem, "\"digits\": 300", "\"digits\": 301"));
    refused("resume run", "the problem is not the one that the run began with");
    here.write("run/problem.json", problem);
    here.write("run/checkpoint.json", with(checkpoint, "\"eonflow\": \"", "\"eonflow\": \"0"));
    refused("resume run", "the file was changed or damaged");
    here.write("run/checkpoint.json", with(checkpoint, "\"confirm\": true", "\"confirm\": false"));
    refused("resume run", "the file was changed or damaged");
    here.write("run/checkpoint.json", checkpoint.substr(0, checkpoint.size() / 2));
    refused("resume run", "run/checkpoint.json");
    refused("resume nowhere", "has no checkpoint.json");
}

BOOST_AUTO_TEST_SUITE_END()
