#include <eonflow/model/reparametrization.hpp>

#include <eonflow/graph/formula.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>

namespace eonflow::model {

namespace {

Model entrywise(std::size_t inputs, std::string description) {
    Model model;
    model.family = "reparametrized";
    model.description = std::move(description) + ", " + number::counted(inputs, "feature");
    model.inputs = inputs;
    model.append_layer("z", 1, inputs);
    return model;
}

}  // namespace

const std::vector<Reparametrization>& reparametrizations() {
    // sgn(z)|z|^q is written z (z^2)^((q-1)/2). The potential of z^2 is the limit of the others, with a logarithm.
    static const std::vector<Reparametrization> rows = {
        {"identity", "", "R", {}, "z", "x", "z", "x^2/2", "u"},
        {"square", "", "x > 0", {"z"}, "z^2", "sqrt(x)", "log(z)/2", "(x*log(x) - x)/4", "exp(4*u)"},
        {"power", "k", "x > 0", {"z"}, "z^k", "x^(1/k)", "z^(2-k)/(k*(2-k))", "-x^(2/k)/(2*(k-2))", "(-k*(k-2)*u)^(k/(2-k))"},
        {"signed_power", "p", "R, z away from 0", {"z^2"}, "z*(z^2)^(1/p - 1/2)", "x*(x^2)^(p/4 - 1/2)", "p^2/(4*(p-1))*z*(z^2)^(1/2 - 1/p)", "p/(4*(p-1))*(x^2)^(p/2)",
         "4*(p-1)/p^2*u*(16*(p-1)^2/p^4*u^2)^((1/(p-1) - 1)/2)"},
        {"exp", "", "x > 0", {}, "exp(z)", "log(x)", "-exp(-z)", "-log(x)", "-1/u"},
        {"sinh", "", "R", {}, "sinh(z)", "asinh(x)", "atan(sinh(z))", "x*atan(x) - log(1 + x^2)/2", "tan(u)"},
        {"tan", "", "R, |z| < pi/2", {"acos(0) - z", "acos(0) + z"}, "tan(z)", "atan(x)", "z/2 + sin(2*z)/4", "x*atan(x)/2", ""},
        {"tanh", "", "-1 < x < 1", {}, "tanh(z)", "atanh(x)", "z/2 + sinh(2*z)/4", "x*atanh(x)/2", ""},
        {"sin", "", "-1 < x < 1, |z| < pi/2", {"acos(0) - z", "acos(0) + z"}, "sin(z)", "asin(x)", "atanh(sin(z))", "x*atanh(x) + log(1 - x^2)/2", "tanh(u)"},
        {"cosh", "", "x > 1, z > 0", {"z"}, "cosh(z)", "acosh(x)", "log(tanh(z/2))", "-x*atanh(1/x) - log(x^2 - 1)/2", "-1/tanh(u)"},
        {"log", "", "R, z > 0", {"z"}, "log(z)", "exp(x)", "z^2/2", "exp(2*x)/4", "log(2*u)/2"},
        {"arsinh", "", "R", {}, "asinh(z)", "sinh(x)", "(z*sqrt(1 + z^2) + asinh(z))/2", "x^2/4 + cosh(2*x)/8", ""},
    };
    return rows;
}

const Reparametrization* find_reparametrization(std::string_view name) noexcept {
    const auto& rows = reparametrizations();
    const auto found = std::find_if(rows.begin(), rows.end(), [&](const Reparametrization& row) { return row.name == name; });
    return found == rows.end() ? nullptr : &*found;
}

node_id put_in(Graph& graph, const Reparametrization& row, const std::string& formula, node_id argument, const std::optional<Rational>& exponent) {
    std::map<std::string, node_id, std::less<>> symbols;
    for (const char* variable : {"z", "x", "u"}) symbols[variable] = argument;
    if (!row.exponent_name.empty()) symbols[row.exponent_name] = graph.constant(exponent.value());
    return graph::parse_formula(graph, formula, symbols);
}

namespace {

std::vector<node_id> shifted(Graph& graph, const Reparametrization& row, const std::optional<Rational>& exponent, const std::vector<Rational>& origin, std::span<const node_id> theta) {
    std::vector<node_id> z(theta.begin(), theta.end());
    for (std::size_t j = 0; j < origin.size(); ++j)
        if (origin[j] != 0 || row.name != "signed_power") z[j] = graph.add(z[j], put_in(graph, row, row.inverse, graph.constant(origin[j]), exponent));
    return z;
}

}  // namespace

std::vector<node_id> arguments_of_rho(Graph& graph, const Model& model, std::span<const node_id> theta) {
    return shifted(graph, *find_reparametrization(model.rho), model.exponent, model.origin, theta);
}

Model reparametrized(std::size_t inputs, const std::string& rho, const std::optional<Rational>& exponent, std::vector<Rational> origin) {
    const Reparametrization* row = find_reparametrization(rho);
    if (row == nullptr) {
        std::string names;
        for (const Reparametrization& r : reparametrizations()) names += (names.empty() ? "" : ", ") + r.name;
        throw invalid_input("no rho is called \"" + rho + "\", accepted are " + names + ", or a \"formula\" in z", "/model/rho");
    }
    const bool takes = !row->exponent_name.empty();
    const bool fits = takes == exponent.has_value() && (rho != "power" || *exponent > 2) && (rho != "signed_power" || (*exponent > 1 && *exponent < 2));
    if (!fits)
        throw invalid_input(std::string(exponent ? "the exponent " + number::to_text(*exponent) + " was found" : "there is no exponent") + ", accepted is " +
                                (!takes ? "none for " + rho : rho == "power" ? "a number above 2 for z^k (\"square\" is z^2)" : "a number between 1 and 2, the p of sgn(z)|z|^(2/p)"),
                            "/model/exponent");
    if (!origin.empty() && origin.size() != inputs)
        throw invalid_input("there are " + std::to_string(origin.size()) + " coordinates for " + number::counted(inputs, "feature"), "/model/origin");
    Model model = entrywise(inputs, "predictor reparametrized by " + rho + (exponent ? " (" + row->exponent_name + " = " + number::to_text(*exponent) + ")" : ""));
    model.rho = rho;
    model.exponent = exponent;
    model.origin = origin;
    model.linear_coefficients = [row, exponent, origin](Graph& graph, std::span<const node_id> theta) {
        std::vector<node_id> beta;
        for (const node_id z : shifted(graph, *row, exponent, origin, theta)) beta.push_back(put_in(graph, *row, row->rho, z, exponent));
        return beta;
    };
    return model;
}

Model reparametrized_by_formula(std::size_t inputs, const std::string& formula) {
    const auto read = [formula](Graph& graph, node_id z) {
        try {
            return graph::parse_formula(graph, formula, {{"z", z}});
        } catch (const invalid_input& problem) {
            throw problem.within("/model/formula: ");
        }
    };
    Graph scratch;  // so that a wrong formula is found here
    (void)read(scratch, scratch.input("z"));
    Model model = entrywise(inputs, "predictor reparametrized by rho(z) = " + formula);
    model.formula = formula;
    model.linear_coefficients = [read](Graph& graph, std::span<const node_id> theta) {
        std::vector<node_id> beta;
        for (const node_id z : theta) beta.push_back(read(graph, z));
        return beta;
    };
    return model;
}

}  // namespace eonflow::model
