#include <eonflow/flow/margins.hpp>

#include <eonflow/graph/evaluate.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/linear.hpp>
#include <eonflow/number/text.hpp>

#include <map>
#include <numeric>

namespace eonflow::flow {

using graph::node_id;
using number::Matrix;

Margins homogeneous_margins(const Problem& problem) {
    if (!problem.loss.is_classification())
        throw invalid_input("the loss \"" + std::string(model::name_of(problem.loss.kind)) + "\" has no exponential tail, accepted are \"exponential\" and \"logistic\"",
                            "/loss/kind");
    System system = build_system(problem);
    Margins m;
    m.logistic = problem.loss.kind == model::loss_kind::logistic;
    m.averaged = problem.loss.reduce == model::reduction::mean ? problem.data.samples() : 1;
    std::vector<std::size_t> variables(system.theta.size());
    std::iota(variables.begin(), variables.end(), std::size_t{0});
    for (std::size_t i = 0; i < system.margins.size(); ++i) {
        Rational degree;
        if (!graph::homogeneous_degree(system.graph, system.margins[i], variables, degree) || degree <= 0)
            throw invalid_input("the prediction for sample " + std::to_string(i) + " shows no degree of homogeneity in the parameters", "/model");
        if (i > 0 && degree != m.degree)
            throw invalid_input("the predictions are homogeneous of different degrees, " + number::to_text(m.degree) + " and " + number::to_text(degree), "/model");
        m.degree = degree;
    }
    m.graph = std::move(system.graph);
    m.theta = std::move(system.theta);
    m.margins = std::move(system.margins);
    m.kinks = std::move(system.kinks);
    m.coefficients = std::move(system.coefficients);
    return m;
}

Matrix<Rational> affine_relations(const Margins& m, const std::vector<std::size_t>& samples) {
    std::vector<node_id> nodes;
    for (const std::size_t i : samples) nodes.push_back(m.margins[i]);
    const std::size_t n = nodes.size();
    if (!graph::is_rational(m.graph, nodes)) {
        std::map<node_id, std::size_t> first;
        std::vector<std::pair<std::size_t, std::size_t>> same;
        for (std::size_t i = 0; i < n; ++i)
            if (const auto [seen, is_new] = first.try_emplace(nodes[i], i); !is_new) same.emplace_back(seen->second, i);
        Matrix<Rational> relations(same.size(), n);
        for (std::size_t k = 0; k < same.size(); ++k) relations(k, same[k].first) = -1, relations(k, same[k].second) = 1;
        return relations;
    }
    // Every new point that is no combination of the ones before adds to the rank; four that add nothing end the search.
    graph::evaluator<Rational> values(m.graph, nodes);
    std::uint64_t state = 0x9e3779b97f4a7c15;
    const auto random = [&state] {
        state ^= state << 13, state ^= state >> 7, state ^= state << 17;
        return Rational(static_cast<std::int64_t>(state >> 43) - (std::int64_t{1} << 20));
    };
    std::vector<std::vector<Rational>> rows = {std::vector<Rational>(n, 1)};
    for (std::size_t more = 4;; more = rows.size()) {
        for (std::size_t k = 0; k < more; ++k) {
            std::vector<Rational> point(m.graph.inputs().size());
            for (Rational& entry : point) entry = random();
            rows.push_back(values(point));
        }
        Matrix<Rational> matrix(rows.size(), n);
        for (std::size_t r = 0; r < rows.size(); ++r) std::copy(rows[r].begin(), rows[r].end(), matrix.row(r).begin());
        if (rows.size() > n + 4 || number::rank(matrix) + 4 <= rows.size()) return number::kernel(matrix);
    }
}

}  // namespace eonflow::flow
