#include <verify/theorems/instances.hpp>

#include <eonflow/flow/start.hpp>
#include <eonflow/io/data_file.hpp>
#include <eonflow/number/text.hpp>
#include <verify/real_data.hpp>

namespace eonflow::verify {

using number::Rational;

namespace {

using Texts = std::vector<const char*>;

flow::Data data_of(const std::vector<Texts>& rows, const std::vector<int>& labels) {
    flow::Data data;
    data.X = number::Matrix<Rational>(rows.size(), rows.front().size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t j = 0; j < rows[i].size(); ++j) data.X(i, j) = number::parse_rational(rows[i][j]);
    data.y.assign(labels.begin(), labels.end());
    return data;
}

std::vector<Rational> rationals(const Texts& texts) {
    std::vector<Rational> values;
    for (const char* text : texts) values.push_back(number::parse_rational(text));
    return values;
}

flow::Problem problem_of(const std::string& name, flow::Data data, model::Model model, model::loss_kind loss, std::vector<Rational> initial) {
    flow::Problem problem;
    problem.name = name;
    problem.data = std::move(data);
    problem.model = std::move(model);
    problem.loss.kind = loss;
    problem.initial = std::move(initial);
    return problem;
}

/// m_1 units with weight 1/sqrt(m), m_2 with -1/sqrt(m).
std::vector<Rational> output_weights(std::size_t positive, std::size_t negative) {
    std::vector<Rational> output(positive, Rational(1));
    output.insert(output.end(), negative, Rational(-1));
    return output;
}

struct Leaky {
    std::vector<Texts> rows;
    std::vector<int> labels;
    std::size_t positive, negative;
    const char* slope;
};

const Leaky two_samples{{{"1", "0"}, {"1/50", "1"}}, {1, -1}, 2, 2, "1/2"};
const Leaky three_samples{{{"1", "0", "0"}, {"0", "3/5", "4/5"}, {"0", "-8/5", "6/5"}}, {1, -1, 1}, 3, 1, "1/2"};
const Leaky four_samples{{{"1", "0", "1/200", "0"}, {"0", "1", "0", "1/250"}, {"1/300", "0", "1", "0"}, {"0", "-1/150", "0", "1"}}, {1, -1, -1, 1}, 3, 2, "1/2"};
const Leaky correlated{{{"1", "1/2"}, {"1/2", "1"}}, {1, -1}, 2, 2, "1/2"};
const Leaky orthogonal_pair{{{"1", "0"}, {"0", "1"}}, {1, -1}, 2, 2, "9/10"};
const Leaky nearly_orthogonal_three{{{"1", "0", "1/500"}, {"0", "1", "0"}, {"0", "-1/600", "1"}}, {1, -1, 1}, 5, 4, "9/10"};
const Leaky nearly_orthogonal_four{{{"1", "0", "0", "1/5000"}, {"0", "1", "1/6000", "0"}, {"0", "0", "0", "1"}, {"0", "0", "-1", "0"}}, {1, -1, -1, 1}, 5, 4, "1/2"};

flow::Problem leaky_flow(const std::string& name, const Leaky& setting, model::loss_kind loss, const char* scale) {
    model::Model model = model::leaky_relu(setting.rows.front().size(), output_weights(setting.positive, setting.negative), number::parse_rational(setting.slope), true);
    std::vector<Rational> start = flow::uniform_start(3, model.parameters(), number::parse_rational(scale));
    return problem_of(name, data_of(setting.rows, setting.labels), std::move(model), loss, std::move(start));
}

flow::Problem leaky_descent(const std::string& name, const Leaky& setting, bool smooth, const char* scale, const char* step, long steps) {
    const auto make = smooth ? model::smooth_leaky_relu : model::leaky_relu;
    model::Model model = make(setting.rows.front().size(), output_weights(setting.positive, setting.negative), number::parse_rational(setting.slope), true);
    std::vector<Rational> start = flow::uniform_start(5, model.parameters(), number::parse_rational(scale));
    flow::Problem problem = problem_of(name, data_of(setting.rows, setting.labels), std::move(model), model::loss_kind::logistic, std::move(start));
    problem.loss.reduce = model::reduction::mean;
    problem.descent_step = number::parse_rational(step);
    problem.stop.time = *problem.descent_step * steps;
    return problem;
}

/// Where the hypotheses are not met: followed until the direction is about 1e-8 from its limit.
flow::Problem to_horizon(flow::Problem problem) {
    problem.stop.direction_digits = 8;
    return problem;
}

/// Digits 0 against 1, every k-th sample.
flow::Problem digits(const std::string& name, std::size_t every) {
    const flow::Data all = io::parse_csv(digits_zero_one_csv, "digits_zero_one.csv");
    flow::Data data;
    data.X = number::Matrix<Rational>((all.samples() + every - 1) / every, all.features());
    for (std::size_t i = 0; i < data.X.rows(); ++i) {
        std::copy(all.X.row(i * every).begin(), all.X.row(i * every).end(), data.X.row(i).begin());
        data.y.push_back(all.y[i * every]);
    }
    model::Model model = model::leaky_relu(data.features(), output_weights(4, 4), Rational(1, 2), false);
    std::vector<Rational> start = flow::uniform_start(3, model.parameters(), Rational(1, 1000));
    return to_horizon(problem_of(name, std::move(data), std::move(model), model::loss_kind::logistic, std::move(start)));
}

}  // namespace

std::vector<Instance> frei_instances() {
    using model::loss_kind;
    const auto flow_of = [](const std::string& name, const std::string& description, const Leaky& setting, loss_kind loss, const char* scale, bool quick = true, Verdict stated = Verdict::holds) {
        return Instance{name, description, [=] { return leaky_flow(name, setting, loss, scale); }, stated, quick};
    };
    const auto descent_of = [](const std::string& name, const std::string& description, const Leaky& setting, bool smooth, const char* scale, const char* step, long steps, bool quick = true,
                               Verdict stated = Verdict::holds) {
        return Instance{name, description, [=] { return leaky_descent(name, setting, smooth, scale, step, steps); }, stated, quick};
    };
    return {
        flow_of("two_samples", "two samples, four units, exponential loss, from a small start", two_samples, loss_kind::exponential, "1/10"),
        flow_of("three_samples_logistic", "three orthogonal samples of two lengths, three units against one, logistic loss", three_samples, loss_kind::logistic, "1/10"),
        flow_of("two_samples_large_start", "the same limit from a start of size 1", two_samples, loss_kind::exponential, "1", false),
        flow_of("four_samples", "four samples in R^4, three units against two", four_samples, loss_kind::exponential, "1/10", false),
        {"digits_zero_one_of_ten", "every tenth image of the digits 0 and 1 (36 x 64), eight units: not nearly orthogonal", [] { return digits("digits_zero_one_of_ten", 10); }, Verdict::hypotheses_not_met, false},
        {"digits_zero_one", "all images of the digits 0 and 1 (360 x 64), eight units: not nearly orthogonal; hours", [] { return digits("digits_zero_one", 1); }, Verdict::hypotheses_not_met, false},
        {"correlated", "a trap: two correlated samples", [] { return to_horizon(leaky_flow("correlated", correlated, loss_kind::exponential, "1/10")); }, Verdict::hypotheses_not_met},
        descent_of("descent_pair", "gradient descent, two orthogonal samples, four smooth units, start of size 1e-9", orthogonal_pair, true, "1e-9", "1/280", 3000),
        descent_of("descent_three", "gradient descent, three nearly orthogonal samples, nine smooth units, start of size 1e-12", nearly_orthogonal_three, true, "1e-12", "1/420", 9000, false),
        descent_of("descent_start_of_size_1", "the same pair from a start of size 1: the bound for small starts is not met", orthogonal_pair, true, "1", "1/280", 300, true, Verdict::hypotheses_not_met),
        descent_of("descent_start_of_size_1e_3", "the same pair from a start of size 1e-3", orthogonal_pair, true, "1e-3", "1/280", 300, false, Verdict::hypotheses_not_met),
        descent_of("descent_kinked", "gradient descent with the kink of the leaky ReLU itself, four nearly orthogonal samples", nearly_orthogonal_four, false, "1e-12", "1/4001", 200, true, Verdict::hypotheses_not_met),
    };
}

std::vector<Instance> le_jegelka_instances() {
    const auto network = [](const std::string& name, const std::string& description, const std::vector<std::size_t>& widths, std::size_t linear, const std::vector<Texts>& rows, const std::vector<int>& labels,
                            std::uint64_t seed, const char* scale, bool quick = true) {
        return Instance{name, description,
                        [=] {
                            model::Model model = model::relu_network(widths, linear, Rational(0), "none");
                            std::vector<Rational> start = flow::uniform_start(seed, model.parameters(), number::parse_rational(scale));
                            return problem_of(name, data_of(rows, labels), std::move(model), model::loss_kind::exponential, std::move(start));
                        },
                        Verdict::holds, quick};
    };
    const std::vector<Texts> plane{{"1", "1/2"}, {"1/2", "1"}, {"-1", "-1/3"}};
    return {
        {"rank_two", "a counterexample: two units on two orthogonal samples, the hidden matrix tends to diag(1, 1)",
         [] {
             const std::vector<std::size_t> widths{2, 2, 1};
             return problem_of("rank_two", data_of({{"1", "0"}, {"0", "1"}}, {1, 1}), model::relu_network(widths, 1, Rational(0), "none"), model::loss_kind::exponential,
                               rationals({"1/2", "-1/10", "-1/10", "1/2", "1/2", "1/2"}));
         },
         Verdict::violated},
        network("two_linear_layers", "a ReLU layer of three units under two linear layers", {2, 3, 2, 1}, 2, plane, {1, 1, -1}, 7, "1"),
        network("two_relu_layers", "two ReLU layers under two linear layers", {2, 3, 3, 2, 1}, 2, plane, {1, 1, -1}, 12, "1", false),
    };
}

}  // namespace eonflow::verify
