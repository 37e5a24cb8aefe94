#include <eonflow/io/json.hpp>
#include <eonflow/io/sha256.hpp>
#include <eonflow/number/error.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using namespace eonflow::io;

namespace {

/// The place and the message with which `text` is refused.
invalid_input refusal(const std::string& text) {
    try {
        (void)parse_json(text);
    } catch (const invalid_input& problem) {
        return problem;
    }
    BOOST_FAIL("accepted: " + text.substr(0, 60));
    return invalid_input("");
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json)

BOOST_AUTO_TEST_CASE(numbers_keep_their_text) {
    for (const std::string& number : std::vector<std::string>{"0", "-7", "0.1", "1e-400", "123456789012345678901234567890", "1.50", "0.1000000000000000055511151231257827021181583404541015625"})
        BOOST_TEST(to_line(parse_json("[" + number + "]")) == "[" + number + "]");
}

BOOST_AUTO_TEST_CASE(canonical_form_ignores_layout_and_order) {
    const std::string canonical = R"({"a":[1,"x\n\u0001\"\\"],"b":{"c":true,"d":null}})";
    BOOST_TEST(to_canonical_line(parse_json(R"( { "b" : {"d":null, "c":true}, "a":[ 1 , "x\u000a\u0001\"\\"] } )")) == canonical);
    BOOST_TEST(to_canonical_line(parse_json(to_text(parse_json(canonical)))) == canonical);
}

BOOST_AUTO_TEST_CASE(lines_stay_within_their_width) {
    Json::Array items;
    for (int i = 0; i < 100; ++i) items.emplace_back(i);
    const std::string text = to_text(Json::Object{{"short", Json::Array{1, 2}}, {"long", items}});
    BOOST_TEST(text.find("  \"short\": [1, 2],\n") != std::string::npos);
    BOOST_TEST(text.find("\n    99\n  ]\n}\n") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(refusals_name_the_place) {
    BOOST_TEST(refusal(R"({"a": {"b": [1, 2, }})").place() == "/a/b/2");
    BOOST_TEST(refusal(R"({"a": {"b": [1, nan]}})").place() == "/a/b/1");
    BOOST_TEST(refusal(R"({"a/b": tru})").place() == "/a~1b");
    BOOST_TEST(refusal(R"({"a": 1e999})").place() == "/a");
    BOOST_TEST(refusal(R"({"a": 1e999})").message().find("1e999 is too large") != std::string::npos);
    BOOST_TEST(refusal(R"({"a": 1, "c": {"b": 2, "b": 3}})").place() == "/c/b");
    BOOST_TEST(refusal("{} x").message().find("line 1, column 4") != std::string::npos);
    BOOST_TEST(refusal("").message().find("line 1") != std::string::npos);
    BOOST_TEST(refusal("\"\xff\"").message().find("UTF-8") != std::string::npos);
    BOOST_TEST(refusal(std::string(100'000, '[')).message().find("64 levels") != std::string::npos);
    BOOST_TEST(refusal(R"({"a": ")" + std::string(100'000, 'x')).message().size() < 400);
}

BOOST_AUTO_TEST_CASE(digests_are_those_of_the_standard) {
    BOOST_TEST(sha256("") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    BOOST_TEST(sha256("abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

BOOST_AUTO_TEST_SUITE_END()
