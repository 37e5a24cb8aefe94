#include <fuzz/target.hpp>

#include <eonflow/graph/formula.hpp>

using namespace eonflow;

/// Any text as a formula in two variables. The same text gives the same node again, so that nodes are made once.
int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
    return tests::try_text(bytes, size, [](std::string_view text) {
        graph::Graph graph;
        const std::map<std::string, graph::node_id, std::less<>> symbols = {{"x", graph.input("x")}, {"y_1", graph.input("y_1")}};
        const graph::node_id first = graph::parse_formula(graph, text, symbols);
        tests::promise(first < graph.size(), "a formula is a node of the graph");
        tests::promise(graph::parse_formula(graph, text, symbols) == first, "a formula has one node");
    });
}
