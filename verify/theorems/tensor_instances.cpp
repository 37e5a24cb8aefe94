#include <verify/theorems/instances.hpp>

#include <eonflow/model/reparametrization.hpp>
#include <eonflow/number/text.hpp>

namespace eonflow::verify {

using number::Rational;

namespace {

using Texts = std::vector<std::string>;

std::vector<Rational> numbers(const Texts& texts) {
    std::vector<Rational> result;
    for (const std::string& text : texts) result.push_back(number::parse_rational(text));
    return result;
}

flow::Problem problem_of(const std::string& name, model::Model model, const std::vector<Texts>& rows, const Texts& labels, const Texts& initial, model::loss_kind loss = model::loss_kind::squared) {
    flow::Problem problem;
    problem.name = name;
    problem.data.X = number::Matrix<Rational>(rows.size(), rows.front().size());
    for (std::size_t i = 0; i < rows.size(); ++i)
        for (std::size_t j = 0; j < rows[i].size(); ++j) problem.data.X(i, j) = number::parse_rational(rows[i][j]);
    problem.data.y = numbers(labels);
    problem.loss.kind = loss;
    problem.model = std::move(model);
    problem.initial = numbers(initial);
    return problem;
}

/// A row of the table from x(0) = origin.
Instance row(const std::string& name, const std::string& rho, const std::string& exponent, const Texts& origin, const std::vector<Texts>& rows, const Texts& labels) {
    const std::optional<Rational> power = exponent.empty() ? std::nullopt : std::optional(number::parse_rational(exponent));
    // Signed powers need some seconds: the slope of rho nears 0.
    return {name, "rho = " + rho + (power ? " (" + exponent + ")" : "") + ", " + std::to_string(rows.size()) + " x " + std::to_string(origin.size()),
            [=] { return problem_of(name, model::reparametrized(origin.size(), rho, power, numbers(origin)), rows, labels, Texts(origin.size(), "0")); }, Verdict::holds, rho != "signed_power"};
}

Instance chart_trap(const std::string& name, const std::string& rho, const std::string& exponent, const Texts& z, const std::string& description) {
    const std::optional<Rational> power = exponent.empty() ? std::nullopt : std::optional(number::parse_rational(exponent));
    return {name, "a trap: " + description, [=] { return problem_of(name, model::reparametrized(2, rho, power), {{"1", "2"}}, {"1/2"}, z); }, Verdict::hypotheses_not_met};
}

}  // namespace

std::vector<Instance> yun_instances() {
    const auto diagonal = [](const std::string& name, const std::string& description, std::size_t depth, const std::vector<Texts>& rows, const Texts& labels, const Texts& initial,
                             model::loss_kind loss, Verdict stated = Verdict::holds, bool quick = true) {
        return Instance{name, description, [=] { return problem_of(name, model::diagonal(rows.front().size(), depth), rows, labels, initial, loss); }, stated, quick};
    };
    /// v_l(0) = start for l < L, v_L(0) = 0.
    const auto layers = [](std::size_t depth, const Texts& start) {
        Texts initial;
        for (std::size_t l = 1; l < depth; ++l) initial.insert(initial.end(), start.begin(), start.end());
        initial.insert(initial.end(), start.size(), "0");
        return initial;
    };
    using model::loss_kind;
    const std::vector<Texts> one{{"1", "2"}}, two{{"1", "2", "-1"}, {"0", "1", "1"}};
    std::vector<Instance> list{
        diagonal("rational_depth_2", "one sample, limit (1/6, 5/12)", 2, one, {"1"}, layers(2, {"2/3", "2/3"}), loss_kind::squared),
        diagonal("rational_depth_3", "one sample, limit (5/8, 100/27)", 3, one, {"1735/216"}, layers(3, {"1", "1"}), loss_kind::squared),
    };
    for (const std::size_t depth : {2u, 3u, 4u, 5u, 6u})
        list.push_back(diagonal("two_samples_depth_" + std::to_string(depth), "two samples in R^3, depth " + std::to_string(depth), depth, two, {"1", "-1/2"}, layers(depth, {"1", "-3/4", "5/4"}), loss_kind::squared, Verdict::holds, depth < 5));
    list.push_back(diagonal("l1_margin_depth_2", "x = (1, 2), two layers: the l1 margin direction (0, 1)", 2, one, {"1"}, layers(2, {"1", "1/2"}), loss_kind::exponential));
    list.push_back(diagonal("race_depth_3", "x = (1, 2), three layers: (1, 0) wins although (0, 1/2) is the global minimizer", 3, one, {"1"}, layers(3, {"3/2", "1/2"}), loss_kind::exponential));
    const auto network = [](const std::string& name, const std::string& description, const std::function<model::Model()>& make, const std::vector<Texts>& rows, const Texts& labels, const Texts& initial,
                            loss_kind loss, Verdict stated = Verdict::holds, bool quick = true) {
        return Instance{name, description, [=] { return problem_of(name, make(), rows, labels, initial, loss); }, stated, quick};
    };
    const auto convolution = [](std::size_t d, const std::vector<std::size_t>& filters) { return [=] { return model::convolution(d, filters); }; };
    list.push_back(network("filter_2_of_3", "one sample, circular convolution of filters of length 2 and 3: the top singular vectors of M(x)", convolution(3, {2, 3}), {{"1", "2", "-1/2"}}, {"1"},
                           {"1/2", "-1/4", "1/3", "1/5", "-1/2"}, loss_kind::exponential));
    list.push_back(network("filter_2_of_3_regression", "one sample, circular convolution of filters of length 2 and 3, regression", convolution(3, {2, 3}), {{"1", "2", "-1/2"}}, {"3/2"},
                           {"1/2", "-1/4", "1/3", "1/5", "-1/2"}, loss_kind::squared));
    list.push_back(network("fourier_depth_2", "two samples, two full circular filters: least l1 norm of the Fourier transform", convolution(3, {3, 3}), {{"2", "-1", "-1/2"}, {"1", "-1", "1/2"}}, {"1", "1"},
                           {"1", "1/4", "-1/2", "0", "0", "0"}, loss_kind::exponential));
    list.push_back(network("fourier_depth_3", "two samples, three full circular filters: a stationary point of the l_{2/3} norm of the Fourier transform", convolution(3, {3, 3, 3}), {{"2", "-1", "-1/2"}, {"1", "-1", "1/2"}},
                           {"1", "1"}, {"1", "1/4", "-1/2", "1", "1/4", "-1/2", "1/5", "0", "0"}, loss_kind::exponential, Verdict::holds, false));
    // v_1 ⊗ v_2 ⊗ v_3 in the basis (3, 4)/5, (-4, 3)/5 for each layer, S = [[1, 1], [1, -2]].
    const auto rotated = [] {
        std::vector<model::tensor_entry> entries;
        const Rational u[2][2] = {{Rational(3, 5), Rational(4, 5)}, {Rational(-4, 5), Rational(3, 5)}};
        const Rational S[2][2] = {{1, 1}, {1, -2}};
        for (std::size_t i = 0; i < 2; ++i)
            for (std::size_t j = 0; j < 2; ++j)
                for (std::size_t k = 0; k < 2; ++k)
                    for (std::size_t x = 0; x < 2; ++x) {
                        Rational sum = 0;
                        for (std::size_t c = 0; c < 2; ++c) sum += S[c][x] * u[c][i] * u[c][j] * u[c][k];
                        if (sum != 0) entries.push_back({{i, j, k}, x, sum});
                    }
        return model::tensor(2, std::vector<std::size_t>{2, 2, 2}, entries);
    };
    list.push_back(network("rotated_tensor", "a tensor with a rational orthogonal decomposition, which is found; regression", rotated, {{"1", "1/2"}}, {"1"}, {"1", "1/2", "1", "1/2", "0", "0"}, loss_kind::squared));
    // Its slices do not commute.
    const auto generic = [] {
        return model::tensor(2, std::vector<std::size_t>{2, 2, 2}, {{{0, 0, 0}, 0, 2}, {{1, 1, 1}, 0, 1}, {{0, 1, 1}, 0, 1}, {{1, 0, 0}, 1, 1}, {{0, 0, 1}, 1, Rational(1, 2)}});
    };
    list.push_back(network("generic_tensor", "a tensor without orthogonal decomposition, two samples: singular vectors", generic, {{"1", "1"}, {"2", "-1/2"}}, {"1", "1"}, {"1", "1/2", "1", "1/3", "1", "1/4"},
                           loss_kind::exponential, Verdict::holds, false));
    const auto dense = [](const std::vector<std::size_t>& widths) { return [=] { return model::dense(widths); }; };
    const std::vector<Texts> catalogue{{"1", "2", "-1"}, {"1/2", "-1", "1"}};
    list.push_back(network("dense_depth_2", "fully connected, two samples in R^3: the least-norm interpolator as the scale falls", dense({3, 2, 1}), catalogue, {"1", "1/2"},
                           {"1", "1/2", "-1/4", "-1/3", "1", "1/2", "1/4", "-1/5"}, loss_kind::squared));
    list.push_back(network("dense_depth_3", "fully connected with three layers", dense({3, 2, 2, 1}), catalogue, {"1", "1/2"},
                           {"2", "1/2", "-1/4", "-1/3", "2", "1/2", "1", "1/5", "-1/4", "1", "1/4", "-1/5"}, loss_kind::squared, Verdict::holds, false));
    list.push_back(network("dense_classification", "fully connected, two samples: singular vectors", dense({2, 2, 1}), {{"1", "2"}, {"2", "1/2"}}, {"1", "1"}, {"1", "1/4", "-1/2", "1/3", "1/2", "1/4"},
                           loss_kind::exponential, Verdict::holds, false));
    list.push_back(diagonal("saddle", "a trap: one feature, v_1 = -v_2", 2, {{"1"}}, {"1"}, {"1", "-1"}, loss_kind::exponential, Verdict::hypotheses_not_met));
    list.push_back(diagonal("saddle_regression", "a trap: one feature, v_1 = -v_2", 2, {{"1"}}, {"1"}, {"1", "-1"}, loss_kind::squared, Verdict::hypotheses_not_met));
    list.push_back(diagonal("dependent_rows", "a trap: two samples on one line", 2, {{"1", "2"}, {"2", "4"}}, {"1", "1"}, layers(2, {"1", "1"}), loss_kind::squared, Verdict::hypotheses_not_met));
    return list;
}

std::vector<Instance> chou_instances() {
    const std::vector<Texts> one{{"1", "2"}}, two{{"1", "2", "-1", "1/2"}, {"0", "1", "1", "-1"}};
    std::vector<Instance> list{
        row("square", "square", "", {"1/10", "1/10"}, one, {"1"}),
        row("exp", "exp", "", {"1/4", "1/4"}, one, {"4/3"}),
        row("sinh", "sinh", "", {"0", "0"}, one, {"19/6"}),
        row("identity_two_samples", "identity", "", {"1/2", "0", "-1/3", "1"}, two, {"1", "-1/2"}),
        row("square_two_samples", "square", "", {"1/2", "1/3", "1", "1/5"}, two, {"1", "1/2"}),
        row("cube_two_samples", "power", "3", {"1/2", "1/3", "1", "1/5"}, two, {"1", "1/2"}),
        row("signed_power_two_samples", "signed_power", "3/2", {"1", "-1", "1/2", "-1/2"}, two, {"-1", "-1"}),
        row("exp_two_samples", "exp", "", {"1/2", "1/3", "1", "1/5"}, two, {"1", "1/2"}),
        row("sinh_two_samples", "sinh", "", {"0", "1/3", "-1", "1/5"}, two, {"1", "-1/2"}),
        row("tan_two_samples", "tan", "", {"0", "1/3", "-1/2", "1/5"}, two, {"1", "-1/2"}),
        row("tanh_two_samples", "tanh", "", {"0", "1/3", "-1/2", "1/5"}, two, {"1", "-1/2"}),
        row("sin_two_samples", "sin", "", {"0", "1/3", "-1/2", "1/5"}, two, {"1", "-1/2"}),
        row("cosh_two_samples", "cosh", "", {"2", "3/2", "2", "3"}, two, {"4", "1/2"}),
        row("log_two_samples", "log", "", {"0", "1/3", "-1/2", "1/5"}, two, {"1", "-1/2"}),
        row("arsinh_two_samples", "arsinh", "", {"0", "1/3", "-1/2", "1/5"}, two, {"1", "-1/2"}),
    };
    list.push_back(chart_trap("signed_power_from_zero", "signed_power", "3/2", {"0", "0"}, "a start where the flow is not unique"));
    // From x(0) = 0 the mirror flow ends at (1, 4).
    list.push_back({"mirror_from_zero", "a trap: signed powers from x = 0, one sample; the mirror flow goes to (1, 4)",
                    [] { return problem_of("mirror_from_zero", model::reparametrized(2, "signed_power", Rational(3, 2), {0, 0}), {{"1", "2"}}, {"9"}, {"0", "0"}); }, Verdict::hypotheses_not_met});
    for (const char* p : {"3/2", "8/5"})
        list.push_back({p == std::string("3/2") ? "signed_power_through_zero" : "signed_power_8_5_through_zero", std::string("a trap: signed powers (") + p + ") that change sign, where z comes to a point from which the flow is not unique",
                        [p] { return problem_of("through_zero", model::reparametrized(2, "signed_power", number::parse_rational(p), {Rational(1, 4), Rational(-1, 2)}), {{"1", "2"}}, {"9"}, {"0", "0"}); },
                        Verdict::hypotheses_not_met});
    list.push_back(chart_trap("square_from_zero", "square", "", {"0", "1/2"}, "a coordinate at rest for ever"));
    list.push_back(chart_trap("sin_beyond_the_chart", "sin", "", {"2", "0"}, "a start beyond a quarter turn"));
    return list;
}

std::vector<Instance> woodworth_instances() {
    const std::vector<Texts> two{{"1", "2", "-1"}, {"0", "1", "1"}};
    const auto difference = [&](const std::string& name, const std::string& description, std::size_t depth, const Texts& labels, const Texts& initial, Verdict stated = Verdict::holds, bool quick = true) {
        return Instance{name, description, [=] { return problem_of(name, model::difference(3, depth), two, labels, initial); }, stated, quick};
    };
    const Texts labels{"1", "-1/2"}, equal{"1", "3/4", "5/4", "1", "3/4", "5/4"};
    std::vector<Instance> list;
    for (const std::size_t depth : {2u, 3u, 4u})
        list.push_back(difference("two_samples_depth_" + std::to_string(depth), "two samples in R^3, u^" + std::to_string(depth) + " − v^" + std::to_string(depth), depth, labels, equal, Verdict::holds, depth < 4));
    list.push_back(difference("unequal_start", "two samples, u(0) and v(0) differ: the Bregman projection of β(0)", 2, labels, {"1", "3/4", "5/4", "1/2", "1", "1"}));
    list.push_back(difference("start_at_zero", "a trap: u vanishes in one coordinate and stays there", 2, labels, {"1", "0", "5/4", "1", "1", "1"}, Verdict::hypotheses_not_met));
    list.push_back(difference("unequal_cubes", "a trap: u(0) and v(0) differ at D = 3, where the potential is another", 3, labels, {"1", "3/4", "5/4", "1/2", "1", "1"}, Verdict::hypotheses_not_met));
    return list;
}

}  // namespace eonflow::verify
