#include <cli/run.hpp>

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

using namespace eonflow::tests;

namespace {

/// A problem file, the arguments that follow it, and what the refusal begins with (after "eonflow: error: ") and contains.
struct mistake {
    std::string what, command, problem, arguments, refusal, says;
};
std::ostream& operator<<(std::ostream& out, const mistake& m) { return out << m.what; }

const std::string good = two_points();

std::string formula(const std::string& prediction) {
    return with(good, R"("family": "linear")", R"("family": "expression", "parameters": ["a", "b"], "prediction": ")" + prediction + "\"");
}

const std::vector<mistake> mistakes = {
    {"broken JSON", "integrate", good.substr(0, good.size() - 9), "", "p.json: /observe", "not JSON"},
    {"an empty file", "integrate", "", "", "p.json: not JSON", "line 1"},
    {"an unknown key", "integrate", with(good, "\"digits\"", "\"digitz\""), "", "p.json: /digitz: ", "the key \"digitz\" is unknown, accepted are \"format\""},
    {"a wrong shape", "integrate", with(good, R"(["1/2", "1"])", R"(["1/2"])"), "", "p.json: /data/x/1: ", "accepted is an array of 2 numbers"},
    {"nan", "integrate", with(good, R"(["1/2", "1"])", R"(["1/2", "nan"])"), "", "p.json: /data/x/1/1: ", "\"nan\" is not a number; accepted is an integer"},
    {"nan without quotes", "integrate", with(good, R"(["1/2", "1"])", R"(["1/2", NaN])"), "", "p.json: /data/x/1/1: ", "not JSON"},
    {"too many digits", "integrate", with(good, "20", "1e999999999"), "", "p.json: /digits: ", "1e999999999 is too large"},
    {"too many digits as text", "integrate", with(good, "20", "\"1e999999999\""), "", "p.json: /digits: ", "\"1e999999999\" was found, accepted is an integer from 1 to 100000"},
    {"a label that is no class", "integrate", with(good, R"("y": ["1", "1"])", R"("y": ["1", "0"])"), "", "p.json: /data/y/1: ", "the label 0 does not go with classification, accepted are 1 and -1"},
    {"data that cannot be separated", "limit", with(good, R"(["1/2", "1"])", R"(["-2", "-1"])"), "", "p.json: /data: ",
     "cannot be separated (Farkas combination of the samples 0 1), accepted is data that a hyperplane"},
    {"an unknown name in a formula", "integrate", formula("a*x1 + c*x2"), "", "p.json: /model/prediction: column 8: ", "the name \"c\" is unknown, accepted is one of a, b, x1, x2"},
    {"division by zero at the start", "integrate", formula("b*x1/a"), "", "p.json: /initial: ", "division by zero"},
    {"a logarithm of a negative number at the start", "integrate", formula("log(a - 1)*x1"), "", "p.json: /initial: ", "logarithm"},
    {"a huge constant", "integrate", formula("((2^10000)^10000)^10000*a*x1"), "", "p.json: /model/prediction: ", "bits"},
    {"an unknown observable", "integrate", with(good, "\"margin\"", "\"margins\""), "", "p.json: /observe/0: ", "\"margins\" is no observable, accepted are loss"},
    {"no stop rule", "integrate", with(good, R"("stop": {"time": "2"},)", ""), "", "p.json: /stop: ", "accepted are"},
    {"hostile depth", "integrate", std::string(100'000, '['), "", "p.json: ", "64 levels"},
    {"a missing data file", "integrate", with(good, R"({"x": [["1", "1/2"], ["1/2", "1"]], "y": ["1", "1"]})", R"({"csv": "none.csv"})"), "", "none.csv: ", "No such file"},
    {"a model without a theorem", "limit", formula("a*b*x1"), "", "p.json: /model: ", "no theorem"},
    {"digits as an option", "integrate", good, "--digits many", "--digits: ", "\"many\" was found, accepted is an integer from 1 to 100000"},
    {"a wrong time", "integrate", good, "--times 1,two", "--times/1: ", "\"two\" is not a number"},
    {"times of two signs", "integrate", good, "--times=-1,2", "--times/1: ", "accepted is an array of times"},
    {"a wrong stop rule", "integrate", good, "--stop-loss 0", "--stop-loss: ", "\"0\" was found, accepted is a positive number"},
    {"a wrong clock", "integrate", good, "--clock wall", "--clock: ", "\"wall\" was found, accepted are"},
    {"a wrong method", "integrate", good, "--method euler", "--method: ", "\"euler\" was found, accepted is one of \"taylor\""},
    {"a wrong confirmation", "integrate", good, "--confirm half", "--confirm: ", "\"half\" was found, accepted is one of \"none\" and \"full\""},
    {"no parameters", "integrate", with(with(good, R"("family": "linear")", R"("family": "expression", "parameters": [], "prediction": "x1")"), R"(["0", "1/3"])", "[]"), "", "p.json: /model: ",
     "no parameters, accepted is at least one"},
    {"a sample time behind the stop", "integrate", good, "--times 1,3", "p.json: /times/1: ", "the sample time 3 lies behind the stop"},
    {"a sample time before the start", "integrate", good, "--times=-1", "p.json: /times/0: ", "the sample time -1 lies before the start"},
    {"the horizon of a regression", "integrate", with(good, "exponential", "squared"), "--clock horizon", "p.json: /clock: ", "accepted are the exponential and the logistic loss"},
    {"sample times on the way to the horizon", "integrate", with(good, R"({"time": "2"})", R"({"direction_digits": 8})"), "--times 1,2", "p.json: /times: ", "sample times do not go with the stop rules"},
    {"a start without a Taylor series", "integrate", with(with(with(good, R"("family": "linear")", R"("family": "reparametrized", "rho": "cosh", "origin": [1, 1])"), "exponential", "squared"), R"(["0", "1/3"])", "[0, 0]"), "",
     "p.json: /initial: ", "no flow begins here"},
    {"an unknown option", "integrate", good, "--digit 5", "", "--digit"},
    {"two results on standard output", "integrate", good, "--json - --csv -", "--csv: ", "standard output for one of"},
    {"a problem as a certificate", "check", good, "", "p.json: /format: ", "\"eonflow/problem/1\" was found, accepted is one of \"eonflow/certificate/1\""},
    {"an incomplete certificate", "check", R"({"format": "eonflow/certificate/1", "claim": "optimal"})", "", "p.json: ", "the key \"program\" is missing"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(refusals)

BOOST_DATA_TEST_CASE(bad_input_gets_one_line_and_leaves_nothing, boost::unit_test::data::make(mistakes), wrong) {
    const Workplace here;
    here.write("p.json", wrong.problem);
    const bool writes = wrong.command == "integrate" && wrong.arguments.find("--json") == std::string::npos;
    const Outcome outcome = here.eonflow(wrong.command + " p.json " + wrong.arguments + (writes ? " --json out.json --csv out.csv" : ""));
    BOOST_TEST(outcome.status == 3);
    BOOST_TEST(outcome.err.starts_with("eonflow: error: " + wrong.refusal), outcome.err);
    BOOST_TEST(outcome.err.find(wrong.says) != std::string::npos, outcome.err);
    BOOST_TEST(outcome.err.find('\n') == outcome.err.size() - 1);
    BOOST_TEST(outcome.err.size() < 600u);
    BOOST_TEST((here.files() == std::vector<std::string>{"p.json"}));
}

BOOST_AUTO_TEST_CASE(files_that_are_not_there_or_cannot_be_written_are_named) {
    const Workplace here;
    here.write("p.json", good);
    const auto refused = [&](const std::string& arguments, const std::string& expected) {
        const Outcome outcome = here.eonflow(arguments);
        BOOST_TEST(outcome.status == 3);
        BOOST_TEST(outcome.err.starts_with("eonflow: error: " + expected), outcome.err);
    };
    refused("integrate none.json", "none.json: cannot be opened: No such file or directory\n");
    refused("check none.json", "none.json: cannot be opened: No such file or directory\n");
    refused("integrate .", ".: cannot be read: Is a directory\n");
    refused("integrate p.json --json none/t.json", "none/t.json: cannot be written: No such file or directory\n");
    refused("integrate p.json --json /dev/full", "/dev/full: cannot be written: No space left on device\n");
    refused("explain nobody_1900", "ID: \"nobody_1900\" is no theorem, accepted are \"soudry_2018\"");
    refused("verify nobody", "ID: \"nobody\" begins no theorem's id, accepted are \"soudry_2018\"");
    refused("verify soudry_2018 --instance nothing", "--instance: \"nothing\" is no instance, accepted are ");
    refused("verify soudry_2018 --problem none.json", "none.json: cannot be opened: No such file or directory\n");
    refused("verify soudry_2018 --plot plot.svg", "--plot: a plot is drawn of a sweep");
    refused("data list --replace", "--replace: nothing is replaced by list");
    refused("dance", "\"dance\" is no command");
    refused("report run", "--output is required (see eonflow report --help)");
    refused("--help >/dev/full", "standard output cannot be written");
    BOOST_TEST((here.files() == std::vector<std::string>{"p.json"}));
}

BOOST_AUTO_TEST_CASE(wrong_use_is_bad_input_too) {
    const Workplace here;
    for (const char* arguments : {"", "integrate", "dance", "--frequency 3", "list everything", "verify --problem p.json"}) {
        const Outcome outcome = here.eonflow(arguments);
        BOOST_TEST(outcome.status == 3);
        BOOST_TEST(outcome.out.empty());
        BOOST_TEST(outcome.err.starts_with("eonflow: error: "), outcome.err);
        BOOST_TEST(outcome.err.find('\n') == outcome.err.size() - 1);
    }
}

BOOST_AUTO_TEST_SUITE_END()
