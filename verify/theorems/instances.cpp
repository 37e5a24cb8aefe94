#include <verify/theorems/instances.hpp>

#include <eonflow/io/data_file.hpp>
#include <eonflow/number/text.hpp>
#include <verify/real_data.hpp>

#include <algorithm>

namespace eonflow::verify {

using number::Rational;

namespace {

flow::Data data_of(const std::vector<std::vector<const char*>>& rows, const std::vector<int>& labels) {
    flow::Data data;
    data.X = number::Matrix<Rational>(rows.size(), rows.front().size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t j = 0; j < rows[i].size(); ++j) data.X(i, j) = number::parse_rational(rows[i][j]);
    for (const int y : labels) data.y.emplace_back(y);
    return data;
}

flow::Data three_points() { return data_of({{"1", "1/2", "0"}, {"1/2", "1", "3/10"}, {"1", "1", "-1/2"}}, {1, 1, 1}); }
flow::Data plane_points() { return data_of({{"1", "1/2", "0"}, {"1/2", "1", "3/10"}, {"3/2", "3/2", "3/10"}}, {1, 1, 1}); }
flow::Data orthogonal_points() { return data_of({{"1", "0"}, {"0", "1"}}, {1, 1}); }
flow::Data inseparable_points() { return data_of({{"1", "0"}, {"0", "1"}, {"-1", "-1"}}, {1, 1, 1}); }
flow::Data iris() { return io::parse_csv(iris_setosa_versicolor_csv, "iris_setosa_versicolor.csv"); }

/// The first hidden unit carries the predictor `towards`; a pattern breaks every symmetry.
std::vector<Rational> generic_start(const std::vector<std::size_t>& widths, const std::vector<int>& towards) {
    std::vector<Rational> theta;
    const std::size_t depth = widths.size() - 1;
    for (std::size_t l = 1; l <= depth; ++l)
        for (std::size_t i = 0; i < widths[l]; ++i)
            for (std::size_t j = 0; j < widths[l - 1]; ++j) {
                const int pattern = static_cast<int>((3 * i + 5 * j + 2 * l) % 7) - 3;
                const int signal = l == 1 ? (i == 0 ? towards[j] : 0) : i == j ? 1 : 0;
                theta.emplace_back(20 * signal + pattern, 40);
            }
    return theta;
}

flow::Problem classification(const std::string& name, flow::Data data, const std::vector<std::size_t>& hidden, model::loss_kind loss, const std::vector<int>& towards) {
    flow::Problem problem;
    problem.name = name;
    std::vector<std::size_t> widths{data.features()};
    widths.insert(widths.end(), hidden.begin(), hidden.end());
    widths.push_back(1);
    problem.model = hidden.empty() ? model::linear(data.features()) : model::dense(widths);
    problem.loss.kind = loss;
    problem.loss.reduce = model::reduction::mean;
    problem.data = std::move(data);
    problem.initial = generic_start(widths, towards);
    return problem;
}

/// Both losses and the depths given, on one data set.
/// The instance `quick` names is checked by default, the others on demand: each depth and loss takes seconds.
void add_depths(std::vector<Instance>& list, const std::string& name, const std::string& description, flow::Data (*data)(), const std::vector<std::size_t>& depths, const std::vector<int>& towards,
                const std::vector<std::string>& quick, Verdict stated = Verdict::holds) {
    for (const std::size_t depth : depths)
        for (const auto loss : {model::loss_kind::exponential, model::loss_kind::logistic}) {
            const std::string full = name + (depth > 1 ? "_depth_" + std::to_string(depth) : "") + (loss == model::loss_kind::logistic ? "_logistic" : "");
            list.push_back({full, description + ", depth " + std::to_string(depth) + ", " + std::string(model::name_of(loss)) + " loss",
                            [=] { return classification(full, data(), std::vector<std::size_t>(depth - 1, 2), loss, towards); },
                            stated, std::find(quick.begin(), quick.end(), full) != quick.end()});
        }
}

Instance inseparable() {
    return {"inseparable", "a trap: three points around the origin", [] { return classification("inseparable", inseparable_points(), {}, model::loss_kind::exponential, {1, 1}); },
            Verdict::hypotheses_not_met};
}

}  // namespace

std::vector<Instance> soudry_instances() {
    std::vector<Instance> list;
    add_depths(list, "three_points", "three points in R^3, two support vectors", three_points, {1}, {1, 1, 1}, {"three_points"});
    add_depths(list, "iris_setosa_versicolor", "iris, setosa against versicolor (100 x 4)", iris, {1}, {0, 1, -1, 0}, {"iris_setosa_versicolor"});
    list.push_back(inseparable());
    return list;
}

std::vector<Instance> ji_telgarsky_instances() {
    std::vector<Instance> list;
    add_depths(list, "plane_points", "three points in a plane of R^3, two of them support vectors", plane_points, {1, 2, 3}, {1, 1, 1}, {"plane_points_depth_2_logistic", "plane_points_depth_3"});
    add_depths(list, "orthogonal_points", "two orthonormal points in R^2", orthogonal_points, {2, 3}, {1, 1}, {"orthogonal_points_depth_2"});
    add_depths(list, "iris_setosa_versicolor", "iris, setosa against versicolor (100 x 4), whose 3 support vectors do not span R^4", iris, {1, 2, 3}, {0, 1, -1, 0}, {"iris_setosa_versicolor_depth_2"},
               Verdict::hypotheses_not_met);
    list.push_back(inseparable());
    list.push_back({"span", "a trap: three points in R^3 whose two support vectors do not span them",
                    [] { return classification("span", three_points(), {2}, model::loss_kind::exponential, {1, 1, 1}); }, Verdict::hypotheses_not_met});
    list.push_back({"saddle", "a trap: the start is a critical point",
                    [] {
                        flow::Problem problem = classification("saddle", three_points(), {2}, model::loss_kind::exponential, {1, 1, 1});
                        for (Rational& w : problem.initial) w = 0;
                        return problem;
                    },
                    Verdict::hypotheses_not_met});
    return list;
}

std::vector<Instance> lyu_li_instances() {
    using model::loss_kind;
    const auto network = [](const std::string& name, const std::string& description, const std::function<model::Model()>& make, flow::Data (*data)(), loss_kind loss, const std::vector<const char*>& initial, bool quick) {
        return Instance{name, description,
                        [=] {
                            flow::Problem problem;
                            problem.name = name;
                            problem.model = make();
                            problem.data = data();
                            problem.loss.kind = loss;
                            for (const char* text : initial) problem.initial.push_back(number::parse_rational(text));
                            return problem;
                        },
                        Verdict::holds, quick};
    };
    std::vector<Instance> list{
        network("formula_degree_3", "a formula of degree 3 that is no network of layers: (a²b + c³) x1 + (b c² + a b²) x2 + a b c x3",
                [] { return model::expression(3, {"a", "b", "c"}, "(a^2*b + c^3)*x1 + (b*c^2 + a*b^2)*x2 + a*b*c*x3"); }, three_points, loss_kind::exponential, {"1/2", "2/3", "1/5"}, true),
        network("quadratic_activation", "two units with the activation z², degree 3: not linear in x",
                [] { return model::expression(2, {"a", "b", "c", "d", "e", "f"}, "e*(a*x1 + b*x2)^2 - f*(c*x1 + d*x2)^2"); },
                [] { return data_of({{"1", "1/2"}, {"1/2", "-1"}, {"1", "-1/4"}, {"-1/3", "1"}}, {1, -1, 1, -1}); }, loss_kind::logistic, {"1", "1/4", "-1/3", "1", "1/2", "2/3"}, true),
        network("relu_network", "a ReLU layer of three units under a linear one", [] { return model::relu_network(std::vector<std::size_t>{2, 3, 1}, 1, Rational(0), "none"); },
                [] { return data_of({{"1", "1/2"}, {"1/2", "1"}, {"-1", "-1/3"}}, {1, 1, -1}); }, loss_kind::exponential, {"1/2", "-1/3", "1/4", "1", "-1", "-2/5", "1/2", "2/3", "-3/4"}, true),
    };
    add_depths(list, "plane_points", "three points in a plane of R^3, dense layers", plane_points, {1, 3}, {1, 1, 1}, {"plane_points"});
    add_depths(list, "iris_setosa_versicolor", "iris, setosa against versicolor (100 x 4), dense layers", iris, {2}, {0, 1, -1, 0}, {});
    list.push_back(inseparable());
    return list;
}

}  // namespace eonflow::verify
