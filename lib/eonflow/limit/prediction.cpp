#include <eonflow/limit/prediction.hpp>

#include <eonflow/number/error.hpp>

namespace eonflow::limit {

using number::Rational;

const std::vector<objective_entry>& objectives() {
    static const std::vector<objective_entry> entries = {
        {"l2_margin", "min 1/2 sum_j weights_j w_j^2 subject to y_i <x_i, w> >= 1"},
        {"l1_margin", "min sum_j weights_j |w_j| subject to y_i <x_i, w> >= 1"},
        {"l1_interpolation", "min sum_j weights_j |w_j| subject to X w = y"},
        {"l2_interpolation", "min 1/2 sum_j weights_j w_j^2 subject to X w = y"},
    };
    return entries;
}

convex::Program stated_program(const std::string& objective, const flow::Data& data, const std::vector<Rational>& weights) {
    if (!weights.empty() && weights.size() != data.features())
        throw invalid_input("there are " + std::to_string(weights.size()) + " weights for " + std::to_string(data.features()) + " features", "/objective/weights");
    if (objective == "l2_margin") return convex::l2_margin(data.signed_rows(), weights);
    if (objective == "l1_margin") return convex::l1_margin(data.signed_rows(), weights);
    if (objective == "l1_interpolation") return convex::basis_pursuit(data.X, data.y, weights);
    if (objective == "l2_interpolation") return convex::least_norm(data.X, data.y, weights);
    std::string names;
    for (const auto& entry : objectives()) names += (names.empty() ? "" : ", ") + entry.name;
    throw invalid_input("\"" + objective + "\" is no objective, accepted are " + names, "/objective/kind");
}

Prediction predict(const flow::Problem& problem, std::int64_t digits) {
    const std::string& family = problem.model.family;
    if (problem.loss.is_classification() && (family == "linear" || family == "dense")) {
        const bool linear = problem.model.layers.size() == 1;
        return {"l2_margin", "predictor",
                linear ? "soudry_2018: the direction of w is the hard-margin direction, for separable data"
                       : "ji_telgarsky_2019: the direction of W_L...W_1 is the hard-margin direction, for separable data and a start with loss at most that of 0 and a nonzero gradient",
                convex::solve(stated_program("l2_margin", problem.data, {}), digits)};
    }
    if (problem.loss.kind == model::loss_kind::squared && family == "linear") {
        convex::Program program = stated_program("l2_interpolation", problem.data, {});
        auto& objective = std::get<convex::Quadratic>(program.objective);
        objective.center = problem.initial;
        return {"l2_interpolation", "predictor", "closed form: the flow stays in w(0) + row space, so it ends at the interpolator nearest to w(0)", convex::solve(std::move(program), digits)};
    }
    throw invalid_input("no theorem known here names the limit of " + problem.model.description + " with the " + std::string(model::name_of(problem.loss.kind)) +
                            " loss; an \"objective\" in the problem file states a convex program directly",
                        "/model");
}

}  // namespace eonflow::limit
