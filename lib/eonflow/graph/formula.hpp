#pragma once
/// Formulas as text.

#include <eonflow/graph/graph.hpp>

#include <map>

namespace eonflow::graph {

/// The node of the formula `text` over the named nodes `symbols`: + - * / ^, parentheses, exact numbers ("0.1" is 1/10), and the
/// elementary functions (sqrt and those of graph::function). ^ binds tightest and to the right; -x^2 is -(x^2).
/// Throws invalid_input, naming the column, for syntax errors, unknown names (listing the known ones), nesting deeper than 1000,
/// and formulas longer than 1 million characters.
node_id parse_formula(Graph& graph, std::string_view text, const std::map<std::string, node_id, std::less<>>& symbols);

}  // namespace eonflow::graph
