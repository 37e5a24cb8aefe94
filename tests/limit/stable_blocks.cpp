/// Patterns that never change: accepted, and refused with each condition broken once.
#include <eonflow/limit/stable_blocks.hpp>

#include <support/problems.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using limit::Stable_blocks;
using limit::Two_layer_start;

namespace {

Two_layer_start start(const std::vector<std::vector<const char*>>& rows, const std::vector<const char*>& a) {
    const auto data = problems::data(rows, a);
    return {data.X, data.y};
}

convex::Check check(const flow::Data& data, const Two_layer_start& network) {
    const auto blocks = limit::find_blocks(data, network);
    return blocks ? limit::check_blocks(data, network, *blocks) : convex::Check{false, "no blocks"};
}

const flow::Data unit_vectors = problems::data({{"1", "0"}, {"0", "1"}}, {"1", "1"});
const Two_layer_start two_units = start({{"1/2", "-1/10"}, {"-1/10", "1/2"}}, {"1/2", "1/2"});

}  // namespace

BOOST_AUTO_TEST_SUITE(stable_blocks)

BOOST_AUTO_TEST_CASE(two_units_on_unit_vectors_have_rank_two) {
    const auto blocks = limit::find_blocks(unit_vectors, two_units);
    BOOST_REQUIRE(blocks.has_value());
    BOOST_TEST(blocks->blocks == 2u);
    BOOST_TEST(limit::check_blocks(unit_vectors, two_units, *blocks).accepted);
}

BOOST_AUTO_TEST_CASE(a_block_of_two_samples_and_a_dead_unit_count_once_and_never) {
    const auto data = problems::data({{"1", "0", "0"}, {"1", "1", "0"}, {"-1", "0", "1"}}, {"1", "1", "-1"});
    const auto network = start({{"1", "1", "-1"}, {"2", "-1", "-1"}, {"-2", "1", "1"}, {"-1", "-1", "-2"}}, {"1", "3", "-1", "7"});
    const auto blocks = limit::find_blocks(data, network);
    BOOST_REQUIRE(blocks.has_value());
    BOOST_TEST(blocks->blocks == 2u);
    BOOST_TEST(blocks->block_of_unit.back() == Stable_blocks::none);
    BOOST_TEST(limit::check_blocks(data, network, *blocks).accepted);
}

BOOST_AUTO_TEST_CASE(each_condition_is_needed) {
    const std::vector<std::pair<const char*, convex::Check>> refused = {
        {"sign", check(unit_vectors, start({{"1/2", "0"}, {"-1/10", "1/2"}}, {"1", "1"}))},
        {"wrong side", check(unit_vectors, start({{"1/2", "-1/10"}, {"-1/10", "1/2"}}, {"1", "-1"}))},
        {"wrong sign", check(problems::data({{"1", "0"}, {"1", "1"}}, {"1", "1"}), start({{"1", "-2"}, {"-1", "2"}}, {"1", "1"}))},
        {"no active", check(unit_vectors, start({{"1/2", "-1/10"}, {"1/2", "-1/5"}}, {"1", "1"}))},
        {"dependent", check(problems::data({{"1", "0"}, {"-1", "0"}}, {"1", "1"}), start({{"1", "0"}, {"-1", "0"}}, {"1", "1"}))},
        {"sign", check(unit_vectors, start({{"1", "1"}, {"-1", "1"}}, {"1", "1"}))},
        {"no blocks", check(unit_vectors, start({{"1", "-1"}, {"-1", "1"}, {"1", "1"}}, {"1", "1", "1"}))},
    };
    for (const auto& [why, outcome] : refused) {
        BOOST_TEST(!outcome.accepted);
        BOOST_TEST(outcome.statement.find(why) != std::string::npos, outcome.statement);
    }
}

BOOST_AUTO_TEST_CASE(false_blocks_are_refused) {
    BOOST_TEST(!limit::check_blocks(unit_vectors, two_units, {{0, 0}, {0, 0}, 1}).accepted);
    BOOST_TEST(!limit::check_blocks(unit_vectors, two_units, {{0, 1}, {0, 1}, 1}).accepted);
    BOOST_TEST(!limit::check_blocks(unit_vectors, two_units, {{0, 1}, {0, Stable_blocks::none}, 2}).accepted);
}

BOOST_AUTO_TEST_SUITE_END()
