#include <eonflow/flow/observe.hpp>

#include <eonflow/number/error.hpp>
#include <eonflow/number/spectrum.hpp>

#include <algorithm>

namespace eonflow::flow {

using number::Matrix;
using number::Real;
using number::Vector;

const std::vector<observable_entry>& observables() {
    static const std::vector<observable_entry> entries = {
        {"loss", "the loss, and log(1/loss) where the loss is the clock"},
        {"gradient_norm", "|grad loss|"},
        {"predictions", "f(x_i), times y_i for classification: the margins of all samples"},
        {"margin", "min_i y_i f(x_i)"},
        {"normalized_margin", "min_i y_i f(x_i) / |beta| for predictors linear in x"},
        {"coefficients", "beta, for predictors linear in x"},
        {"direction", "beta/|beta| for predictors linear in x, otherwise theta/|theta|"},
        {"norm", "|theta|"},
        {"layer_norms", "Frobenius norm of each layer"},
        {"singular_values", "of each layer, concatenated"},
        {"balance", "Frobenius norm of W_{k+1}^T W_{k+1} - W_k W_k^T for each k (deep linear networks)"},
        {"alignment", "|<v_{k+1}, u_k>| for the leading singular vectors of consecutive layers (deep linear networks)"},
    };
    return entries;
}

Real dot(const Vector& a, const Vector& b) {
    Real sum(0);
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return sum;
}

Real norm(const Vector& x) { return sqrt(dot(x, x)); }

Vector normalized(Vector x) {
    const Real length = norm(x);
    if (length != 0)
        for (Real& entry : x) entry /= length;
    return x;
}

Matrix<Real> weights(const model::layer& layer, const Vector& theta) {
    Matrix<Real> w(layer.rows, layer.columns);
    std::copy_n(theta.begin() + static_cast<std::ptrdiff_t>(layer.offset), layer.rows * layer.columns, w.entries().begin());
    return w;
}

Matrix<Real> balance(const model::layer& lower, const model::layer& upper, const Vector& theta) {
    const Matrix<Real> a = weights(lower, theta), b = weights(upper, theta);
    Matrix<Real> c(a.rows(), a.rows());
    for (std::size_t i = 0; i < c.rows(); ++i)
        for (std::size_t j = 0; j < c.columns(); ++j) {
            Real entry(0);
            for (std::size_t k = 0; k < b.rows(); ++k) entry += b(k, i) * b(k, j);
            for (std::size_t k = 0; k < a.columns(); ++k) entry -= a(i, k) * a(j, k);
            c(i, j) = entry;
        }
    return c;
}

Observer::Observer(const Problem& problem, const System& system)
    : problem_(problem),
      pattern_(system.graph, system.kinks),
      loss_(system.graph, {system.loss}),
      gradient_(system.graph, system.gradient),
      margins_(system.graph, problem.loss.is_classification() ? system.margins : system.predictions),
      coefficients_(system.graph, system.coefficients),
      has_coefficients_(!system.coefficients.empty()) {
    for (std::size_t k = 0; k < problem.observe.size(); ++k) {
        const std::string& name = problem.observe[k];
        const auto refuse = [&](const std::string& why) { throw invalid_input("\"" + name + "\" " + why, "/observe/" + std::to_string(k)); };
        const auto& known = observables();
        if (std::none_of(known.begin(), known.end(), [&](const observable_entry& e) { return e.name == name; })) {
            std::string names;
            for (const auto& e : known) names += (names.empty() ? "" : ", ") + e.name;
            refuse("is no observable, accepted are " + names);
        }
        if ((name == "coefficients" || name == "normalized_margin") && !has_coefficients_) refuse("needs a predictor that is linear in x");
        if ((name == "balance" || name == "alignment") && !(problem.model.matrix_chain && problem.model.layers.size() > 1))
            refuse("needs a model of the family \"dense\" with at least two layers");
        if ((name == "layer_norms" || name == "singular_values") && problem.model.layers.empty()) refuse("needs a model with layers");
    }
}

Vector Observer::inputs(const Vector& theta, const Vector& slopes) {
    if (slopes.empty()) return pattern_.inputs(theta);
    Vector all = theta;
    all.insert(all.end(), slopes.begin(), slopes.end());
    return all;
}

Real Observer::loss(const Vector& theta) { return loss_(inputs(theta))[0]; }
Vector Observer::gradient(const Vector& theta, const Vector& slopes) { return gradient_(inputs(theta, slopes)); }

std::vector<Vector> Observer::operator()(const Vector& theta, const Vector& slopes) {
    const Vector at = inputs(theta, slopes);
    const auto& layers = problem_.model.layers;
    std::vector<number::Spectrum> spectra;
    const auto spectrum = [&](std::size_t k) -> const number::Spectrum& {
        while (spectra.size() <= k) spectra.push_back(singular_value_decomposition(weights(layers[spectra.size()], theta)));
        return spectra[k];
    };
    const auto column = [](const Matrix<Real>& m, std::size_t j) {
        Vector c;
        for (std::size_t i = 0; i < m.rows(); ++i) c.push_back(m(i, j));
        return c;
    };
    const auto smallest = [&] {
        const Vector z = margins_(at);
        return *std::min_element(z.begin(), z.end());
    };

    std::vector<Vector> results;
    for (const std::string& name : problem_.observe) {
        Vector& value = results.emplace_back();
        if (name == "loss") value = {loss_(at)[0]};
        if (name == "gradient_norm") value = {norm(gradient_(at))};
        if (name == "predictions") value = margins_(at);
        if (name == "margin") value = {smallest()};
        if (name == "normalized_margin") value = {smallest() / norm(coefficients_(theta))};
        if (name == "coefficients") value = coefficients_(theta);
        if (name == "direction") value = normalized(has_coefficients_ ? coefficients_(theta) : theta);
        if (name == "norm") value = {norm(theta)};
        for (std::size_t k = 0; k < layers.size(); ++k) {
            if (name == "layer_norms") value.push_back(norm(weights(layers[k], theta).entries()));
            if (name == "singular_values") value.insert(value.end(), spectrum(k).values.begin(), spectrum(k).values.end());
            if (k + 1 == layers.size()) break;
            if (name == "balance") value.push_back(norm(balance(layers[k], layers[k + 1], theta).entries()));
            if (name == "alignment") value.push_back(abs(dot(column(spectrum(k + 1).right, 0), column(spectrum(k).left, 0))));
        }
    }
    return results;
}

}  // namespace eonflow::flow
