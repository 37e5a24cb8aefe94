#include <eonflow/model/model.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>

namespace eonflow::model {

namespace {

std::string count(std::size_t n) { return std::to_string(n); }

std::span<const node_id> entries_of(std::span<const node_id> theta, const layer& v) { return theta.subspan(v.offset, v.columns); }

}  // namespace

Model difference(std::size_t inputs, std::size_t depth) {
    if (depth < 1) throw invalid_input("the depth is 0, accepted is a depth of at least 1", "/model/depth");
    Model model;
    model.family = "difference";
    model.description = "difference u^" + count(depth) + " - v^" + count(depth) + " of two diagonal networks with shared layers, " + number::counted(inputs, "feature");
    model.inputs = inputs;
    model.depth = depth;
    model.append_layer("u", 1, inputs);
    model.append_layer("v", 1, inputs);
    model.linear_coefficients = [inputs, depth](Graph& graph, std::span<const node_id> theta) {
        const Rational power(static_cast<unsigned>(depth));
        std::vector<node_id> beta;
        for (std::size_t j = 0; j < inputs; ++j) beta.push_back(graph.subtract(graph.power(theta[j], power), graph.power(theta[inputs + j], power)));
        return beta;
    };
    return model;
}

Model convolution(std::size_t inputs, std::span<const std::size_t> filters) {
    if (filters.empty()) throw invalid_input("there is no filter, accepted is at least one", "/model/filters");
    for (std::size_t l = 0; l < filters.size(); ++l)
        if (filters[l] < 1 || filters[l] > inputs)
            throw invalid_input("the filter length " + count(filters[l]) + " was found, accepted is 1 to " + count(inputs) + ", the number of features", "/model/filters/" + count(l));
    Model model;
    model.family = "convolution";
    model.description = "circular convolution network of depth " + count(filters.size()) + ", " + number::counted(inputs, "feature");
    model.inputs = inputs;
    for (std::size_t l = 0; l < filters.size(); ++l) model.append_layer("v" + count(l + 1), 1, filters[l]);
    const bool full = std::all_of(filters.begin(), filters.end(), [&](std::size_t length) { return length == inputs; });
    model.layers_couple = full ? coupling::circular : coupling::multilinear;
    model.linear_coefficients = [inputs, layers = model.layers](Graph& graph, std::span<const node_id> theta) {
        std::vector<node_id> beta(inputs, graph.constant(0));
        std::ranges::copy(entries_of(theta, layers[0]), beta.begin());
        for (std::size_t l = 1; l < layers.size(); ++l) {
            const auto v = entries_of(theta, layers[l]);
            std::vector<node_id> next, shifted(v.size());
            for (std::size_t k = 0; k < inputs; ++k) {
                for (std::size_t i = 0; i < v.size(); ++i) shifted[i] = beta[(k + inputs - i) % inputs];
                next.push_back(graph.dot(v, shifted));
            }
            beta = std::move(next);
        }
        return beta;
    };
    return model;
}

Model tensor(std::size_t inputs, std::span<const std::size_t> shape, std::vector<tensor_entry> entries) {
    if (shape.empty()) throw invalid_input("the shape is empty, accepted is at least one length", "/model/shape");
    for (std::size_t l = 0; l < shape.size(); ++l)
        if (shape[l] < 1) throw invalid_input("the length 0 was found, accepted are positive lengths", "/model/shape/" + count(l));
    for (std::size_t e = 0; e < entries.size(); ++e) {
        const std::string place = "/model/entries/" + count(e);
        if (entries[e].at.size() != shape.size())
            throw invalid_input("there are " + count(entries[e].at.size()) + " indices, accepted are " + count(shape.size()) + ", one a layer", place + "/at");
        for (std::size_t l = 0; l < shape.size(); ++l)
            if (entries[e].at[l] >= shape[l])
                throw invalid_input("the index " + count(entries[e].at[l] + 1) + " was found, accepted is 1 to " + count(shape[l]), place + "/at/" + count(l));
        if (entries[e].feature >= inputs) throw invalid_input("the feature " + count(entries[e].feature + 1) + " was found, accepted is 1 to " + count(inputs), place + "/x");
    }
    Model model;
    model.family = "tensor";
    model.description = "linear tensor network of " + count(shape.size()) + " vectors with " + count(entries.size()) + " entries in its data tensor, " + number::counted(inputs, "feature");
    model.inputs = inputs;
    for (std::size_t l = 0; l < shape.size(); ++l) model.append_layer("v" + count(l + 1), 1, shape[l]);
    model.layers_couple = coupling::multilinear;
    model.entries = std::move(entries);
    model.linear_coefficients = [inputs, layers = model.layers, sparse = model.entries](Graph& graph, std::span<const node_id> theta) {
        std::vector<std::vector<graph::term>> terms(inputs);
        std::vector<node_id> factors(layers.size());
        for (const tensor_entry& e : sparse) {
            for (std::size_t l = 0; l < layers.size(); ++l) factors[l] = theta[layers[l].offset + e.at[l]];
            terms[e.feature].push_back({e.coefficient, graph.product(factors)});
        }
        std::vector<node_id> beta;
        for (auto& sum : terms) beta.push_back(graph.sum(std::move(sum)));
        return beta;
    };
    return model;
}

}  // namespace eonflow::model
