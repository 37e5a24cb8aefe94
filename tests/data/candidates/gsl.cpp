/// GSL's gsl_odeiv2 in double on a dataset's problem: candidate_gsl DATASET rk8pd|msbdf TOLERANCE. Uses nothing of eonflow.
///
/// The problem is a diagonal network of depth 2 in regression, θ' = -∇ Σ (<v1 * v2, x> - y)²/2. Prints CSV for `eonflow score`.

#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using Vector = std::vector<double>;

struct Flow {
    std::vector<Vector> x;
    Vector y;
    std::size_t d = 0;
    long evaluations = 0;  // a Jacobian counts as many as it has columns
};

/// "1/2" and "1e-2"
double number(const std::string& text) {
    const std::size_t bar = text.find('/');
    return std::stod(text) / (bar == std::string::npos ? 1 : std::stod(text.substr(bar + 1)));
}

Vector numbers(const nlohmann::json& texts) {
    Vector result;
    for (const std::string text : texts) result.push_back(number(text));
    return result;
}

/// ∇β of the loss at β = v1 * v2
Vector loss_gradient(const Flow& flow, const double theta[]) {
    Vector g(flow.d);
    for (std::size_t i = 0; i < flow.x.size(); ++i) {
        double rest = -flow.y[i];
        for (std::size_t j = 0; j < flow.d; ++j) rest += flow.x[i][j] * theta[j] * theta[flow.d + j];
        for (std::size_t j = 0; j < flow.d; ++j) g[j] += rest * flow.x[i][j];
    }
    return g;
}

int slope(double, const double theta[], double result[], void* data) {
    Flow& flow = *static_cast<Flow*>(data);
    ++flow.evaluations;
    const Vector g = loss_gradient(flow, theta);
    for (std::size_t j = 0; j < flow.d; ++j) {
        result[j] = -g[j] * theta[flow.d + j];
        result[flow.d + j] = -g[j] * theta[j];
    }
    return GSL_SUCCESS;
}

int jacobian(double, const double theta[], double* by_theta, double by_time[], void* data) {
    Flow& flow = *static_cast<Flow*>(data);
    const std::size_t d = flow.d, n = 2 * d;
    flow.evaluations += static_cast<long>(n);
    const Vector g = loss_gradient(flow, theta);
    const auto other = [&](std::size_t a) { return theta[a < d ? a + d : a - d]; };
    for (std::size_t a = 0; a < n; ++a) {
        by_time[a] = 0;
        for (std::size_t b = 0; b < n; ++b) {
            double gram = 0;
            for (const Vector& row : flow.x) gram += row[a % d] * row[b % d];
            by_theta[a * n + b] = -gram * other(a) * other(b) - (a != b && a % d == b % d ? g[a % d] : 0);
        }
    }
    return GSL_SUCCESS;
}

int run(const std::string& folder, const std::string& stepper, double tolerance) {
    const nlohmann::json problem = nlohmann::json::parse(std::ifstream(folder + "/problem.json"));
    if (problem["model"] != nlohmann::json{{"family", "diagonal"}, {"depth", 2}} || problem["loss"] != nlohmann::json{{"kind", "squared"}})
        throw std::runtime_error("another model");
    Flow flow;
    for (const nlohmann::json& row : problem["data"]["x"]) flow.x.push_back(numbers(row));
    flow.y = numbers(problem["data"]["y"]);
    flow.d = flow.x.front().size();
    Vector theta = numbers(problem["initial"]["direction"]), times = numbers(problem["times"]);
    for (double& a : theta) a *= number(problem["initial"]["scale"]);
    times.push_back(number(problem["stop"]["time"]));

    gsl_odeiv2_system system{slope, jacobian, theta.size(), &flow};
    const gsl_odeiv2_step_type* type = stepper == "rk8pd" ? gsl_odeiv2_step_rk8pd : stepper == "msbdf" ? gsl_odeiv2_step_msbdf : nullptr;
    if (type == nullptr) throw std::runtime_error("no such stepper");
    const std::unique_ptr<gsl_odeiv2_driver, void (*)(gsl_odeiv2_driver*)> driver(gsl_odeiv2_driver_alloc_y_new(&system, type, 1e-3, tolerance, tolerance),
                                                                                  gsl_odeiv2_driver_free);
    std::string lines;
    double now = 0;
    for (const double time : times) {
        if (gsl_odeiv2_driver_apply(driver.get(), &now, time, theta.data()) != GSL_SUCCESS) throw std::runtime_error("the integration failed");
        char text[32];
        for (std::size_t j = 0; j <= theta.size(); ++j) {
            std::snprintf(text, sizeof text, "%.17g", j == 0 ? time : theta[j - 1]);
            lines += (j == 0 ? "" : ",") + std::string(text);
        }
        lines += "\n";
    }
    std::printf("# evaluations %ld\ntime", flow.evaluations);
    for (std::size_t j = 0; j < theta.size(); ++j) std::printf(",v%zu[%zu]", j / flow.d + 1, j % flow.d + 1);
    std::printf("\n%s", lines.c_str());
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    try {
        if (count != 4) throw std::runtime_error("usage: candidate_gsl DATASET rk8pd|msbdf TOLERANCE");
        return run(arguments[1], arguments[2], std::stod(arguments[3]));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
