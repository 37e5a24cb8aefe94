#include <verify/report/page.hpp>
#include <verify/report/report.hpp>

#include <eonflow/flow/observe.hpp>
#include <eonflow/io/prediction_file.hpp>
#include <eonflow/io/trajectory_file.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>
#include <functional>
#include <random>

namespace eonflow::verify::report {

using number::Real;
using number::Vector;

namespace {

constexpr std::int64_t shown_digits = 10;
constexpr std::size_t most_curves = 40;

/// A quantity along the samples: one vector a sample, with a name for each entry.
struct Quantity {
    std::string title, label;
    std::vector<std::string> names;
    std::vector<Vector> values;
    bool logarithmic = false;  ///< the decimal logarithm is plotted
};

/// The horizontal axis: log10 t, or its logarithm once t is beyond 10^100.
struct Axis {
    std::string label;
    std::vector<std::string> at;  ///< "" where the sample has no place on it, t = 0
};

std::string plotted(const Real& x) { return isfinite(x) ? number::to_decimal(x, shown_digits) : ""; }

Axis axis_of(const flow::Trajectory& trajectory) {
    const flow::Sample& last = trajectory.samples.back();
    const bool twice = last.log10_time.value > 100, backward = last.time.value < 0;
    Axis axis{twice ? "log₁₀ log₁₀ t" : backward ? "log₁₀ |t|" : "log₁₀ t", {}};
    for (const flow::Sample& s : trajectory.samples) {
        const Real x = backward ? Real(log10(abs(s.time.value))) : s.log10_time.value;
        axis.at.push_back(plotted(twice ? (x > 0 ? Real(log10(x)) : Real(-1) / Real(0)) : x));
    }
    return axis;
}

Plot plot_of(const Quantity& q, const Axis& axis) {
    Plot plot{q.title, axis.label, (q.logarithmic ? "log₁₀ " : "") + q.label, {}};
    for (std::size_t i = 0; i < q.names.size(); ++i) {
        Line line{q.names[i], {}, {}};
        for (std::size_t k = 0; k < q.values.size(); ++k) {
            const Real& x = q.values[k][i];
            const std::string y = !q.logarithmic ? plotted(x) : x > 0 ? plotted(log10(x)) : "";
            if (axis.at[k].empty() || y.empty()) continue;
            line.x.push_back(axis.at[k]);
            line.y.push_back(y);
        }
        if (!line.x.empty()) plot.lines.push_back(std::move(line));
    }
    return plot;
}

std::vector<std::string> numbered(const std::string& name, std::size_t count) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < count; ++i) names.push_back(count == 1 ? name : name + " " + std::to_string(i + 1));
    return names;
}

/// What the digits of the parameters leave of an observable: how far it moves where they move by what is not known of them, up or down at random.
Vector uncertainty(flow::Observer& observer, const flow::Sample& sample, const Vector& value) {
    constexpr int tries = 2;
    std::mt19937 random(1);
    Vector result(value.size(), Real(0));
    for (int k = 0; k < tries; ++k) {
        Vector theta;
        for (const flow::verified& p : sample.parameters) {
            const Real unknown = abs(p.value) * pow(Real(10), -p.digits);
            theta.push_back(random() % 2 == 0 ? Real(p.value + unknown) : Real(p.value - unknown));
        }
        const Vector moved = observer(theta)[0];
        for (std::size_t i = 0; i < value.size(); ++i) result[i] = std::max(result[i], Real(abs(moved[i] - value[i])));
    }
    return result;
}

/// Values of which too little is known to be drawn become not finite, or 0 where that is small.
void drop_unknown(Quantity& q, const std::vector<Vector>& unknown) {
    Real largest = 0;
    for (const Vector& values : q.values)
        for (const Real& x : values)
            if (isfinite(x)) largest = std::max(largest, Real(abs(x)));
    for (std::size_t k = 0; k < q.values.size(); ++k)
        for (std::size_t i = 0; i < q.values[k].size(); ++i) {
            Real& x = q.values[k][i];
            if (!(unknown[k][i] <= (q.logarithmic ? Real(abs(x)) : largest) / 16))
                x = std::nan("");
            else if (abs(x) <= 2 * unknown[k][i])
                x = 0;
        }
}

/// All observables that the model has, from the parameters of the samples.
std::vector<Quantity> observed(const flow::Problem& original, const flow::Trajectory& trajectory) {
    const flow::System system = flow::build_system(original);
    std::vector<Quantity> quantities;
    for (const auto& [name, meaning] : flow::observables()) {
        // Where a kink slides its slope makes the gradient, and is not in the file.
        if (name == "gradient_norm" && !system.kinks.empty() && trajectory.samples.front().observed.count(name) == 0) continue;
        flow::Problem problem = original;
        problem.observe = {name};
        try {
            flow::Observer observer(problem, system);
            Quantity q{name, name, {}, {}, name == "loss" || name == "gradient_norm" || name == "norm" || name == "layer_norms" || name == "singular_values"};
            std::vector<Vector> unknown;
            for (const flow::Sample& s : trajectory.samples) {
                if (const auto found = s.observed.find(name); found != s.observed.end()) {
                    Vector &values = q.values.emplace_back(), &errors = unknown.emplace_back();
                    for (const flow::verified& x : found->second) values.push_back(x.value), errors.push_back(abs(x.value) * pow(Real(10), -x.digits));
                    continue;
                }
                Vector theta;
                for (const flow::verified& p : s.parameters) theta.push_back(p.value);
                q.values.push_back(observer(theta)[0]);
                unknown.push_back(uncertainty(observer, s, q.values.back()));
            }
            if (name == "alignment") {
                q.label = "1 − alignment", q.logarithmic = true;
                for (Vector& v : q.values)
                    for (Real& x : v) x = 1 - x;
            }
            drop_unknown(q, unknown);
            q.names = numbered(name, q.values.front().size());
            quantities.push_back(std::move(q));
        } catch (const invalid_input&) {
            // The model has no such quantity.
        }
    }
    Quantity coordinates{"parameters", "θ", original.model.parameter_names, {}, false};
    for (const flow::Sample& s : trajectory.samples) {
        coordinates.values.emplace_back();
        for (const flow::verified& p : s.parameters) coordinates.values.back().push_back(p.value);
    }
    quantities.push_back(std::move(coordinates));
    return quantities;
}

Vector minimizer_of(const limit::Prediction& prediction, std::int64_t digits) {
    Vector point;
    for (const number::Ball& entry : prediction.solution.point(digits + 10)) point.push_back(entry.midpoint());
    return point;
}

}  // namespace

std::string page_of(const flow::Problem& problem, const flow::Trajectory& trajectory, const std::optional<limit::Prediction>& prediction) {
    const number::precision_scope scope(trajectory.precision_bits);
    Page page(problem.name.empty() ? "Gradient flow" : problem.name);
    page.table({"", ""}, {{"model", problem.model.description},
                          {"loss", std::string(model::name_of(problem.loss.kind))},
                          {"samples", std::to_string(problem.data.samples()) + " of dimension " + std::to_string(problem.data.features())},
                          {"method", trajectory.method + ", clock " + std::string(name_of(trajectory.clock))},
                          {"steps", std::to_string(trajectory.counters.steps) + " of order " + std::to_string(trajectory.counters.order)},
                          {"precision", std::to_string(trajectory.precision_bits) + " bits for " + std::to_string(problem.digits) + " digits"},
                          {"confirmation", trajectory.confirmation},
                          {"status", Page::Cell(trajectory.status, trajectory.status == "reached_stop" ? "good" : "doubtful")}});
    if (trajectory.samples.empty()) return page.html();

    page.heading(2, "Along the flow");
    const Axis axis = axis_of(trajectory);
    const std::vector<Quantity> quantities = observed(problem, trajectory);
    const bool classification = problem.loss.is_classification();
    const auto add = [&](const Quantity& q) {
        const Plot plot = plot_of(q, axis);
        if (!plot.lines.empty() && plot.lines.size() <= most_curves) page.plot(plot);
    };
    const std::string reached = classification ? "direction" : "coefficients";
    const auto limit_quantity = std::find_if(quantities.begin(), quantities.end(), [&](const Quantity& q) { return q.title == reached; });
    const bool comparable = prediction && prediction->solution.status == convex::Status::optimal && prediction->space == "predictor" && limit_quantity != quantities.end();
    Vector minimizer;
    if (comparable) {
        minimizer = minimizer_of(*prediction, problem.digits);
        const Vector target = classification ? flow::normalized(minimizer) : minimizer;
        Quantity error{"distance from the predicted limit", "|" + reached + " − limit|", {"distance"}, {}, true};
        for (const Vector& value : limit_quantity->values) {
            Vector off = value;
            for (std::size_t j = 0; j < off.size(); ++j) off[j] -= target[j];
            error.values.push_back({flow::norm(off)});
        }
        add(error);
    }
    for (const Quantity& q : quantities) add(q);

    if (limit_quantity != quantities.end() && problem.data.features() == 2) {
        Plot plane{"trajectory in the plane", "first coordinate", "second coordinate", {{classification ? "direction β/|β|" : "β", {}, {}}}, false, false, true};
        for (const Vector& value : limit_quantity->values) plane.lines[0].x.push_back(plotted(value[0])), plane.lines[0].y.push_back(plotted(value[1]));
        if (comparable) {
            const Vector target = classification ? flow::normalized(minimizer) : minimizer;
            plane.lines.push_back({"predicted limit", {plotted(target[0])}, {plotted(target[1])}});
        }
        page.plot(plane);
    }
    if (!trajectory.events.empty()) {
        page.heading(2, "Events");
        std::vector<std::vector<Page::Cell>> rows;
        for (const flow::Event& event : trajectory.events) rows.push_back({io::to_text(event.time), event.kind, event.layer, std::to_string(event.unit), event.sample ? std::to_string(*event.sample) : "", event.description});
        page.table({"time", "kind", "layer", "unit", "sample", ""}, rows);
    }
    page.heading(2, "At the end");
    std::vector<std::vector<Page::Cell>> parameters;
    const flow::Sample& last = trajectory.samples.back();
    for (std::size_t i = 0; i < last.parameters.size(); ++i) parameters.push_back({problem.model.parameter_names[i], io::to_text(last.parameters[i]), std::to_string(last.parameters[i].digits)});
    page.table({"parameter", "value", "verified digits"}, parameters);
    if (!trajectory.invariants.empty()) {
        std::vector<std::vector<Page::Cell>> drifts;
        for (const flow::InvariantDrift& drift : trajectory.invariants) drifts.push_back({drift.name, number::to_decimal(drift.initial, shown_digits), number::to_decimal(drift.drift, 2)});
        page.table({"conserved quantity", "at the start", "relative drift"}, drifts);
    }
    if (prediction) {
        page.heading(2, "Predicted limit");
        page.paragraph(prediction->objective + " in " + prediction->space + " space: " + prediction->theorem);
        std::vector<std::vector<Page::Cell>> entries;
        const std::vector<std::string> point = io::minimizer_text(prediction->solution, problem.digits);
        for (std::size_t j = 0; j < point.size(); ++j) entries.push_back({std::to_string(j + 1), point[j]});
        page.table({"coordinate", "minimizer"}, entries);
        page.fold("certificate");
        page.preformatted(io::to_text(io::to_json(problem, *prediction)));
        page.unfold();
    }
    return page.html();
}

}  // namespace eonflow::verify::report
