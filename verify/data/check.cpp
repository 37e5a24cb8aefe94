#include <verify/data/dataset.hpp>
#include <verify/data/stored.hpp>

#include <eonflow/convex/check.hpp>
#include <eonflow/flow/integrate.hpp>
#include <eonflow/graph/evaluate.hpp>
#include <eonflow/graph/formula.hpp>
#include <eonflow/invariant/invariant.hpp>
#include <eonflow/io/certificate_file.hpp>
#include <eonflow/io/file.hpp>
#include <eonflow/io/prediction_file.hpp>
#include <eonflow/io/problem_file.hpp>
#include <eonflow/io/sha256.hpp>
#include <eonflow/number/error.hpp>

#include <algorithm>

namespace eonflow::verify::data {

namespace fs = std::filesystem;
using number::Ball;
using number::Rational;

namespace {

/// What the witness integration is asked for; enough to notice a wrong curve, little enough to be cheap.
constexpr std::int64_t witness_digits = 10;

class Checker {
public:
    explicit Checker(const Dataset& dataset)
        : dataset_(dataset), problem_(io::read_problem(dataset.folder / "problem.json")), trajectory_(parse_trajectory(io::read_file(dataset.folder / "trajectory.json"))),
          digest_(io::problem_sha256(problem_)) {}

    std::vector<Finding> run() {
        const number::precision_scope scope(number::bits_for_digits(problem_.digits) + 128);
        digests();
        digits();
        certificate();
        closed_form();
        invariants();
        decrease();
        events();
        witness();
        return std::move(findings_);
    }

private:
    void found(bool passed, std::string subject, std::string statement) { findings_.push_back({passed, std::move(subject), std::move(statement)}); }

    void digests() {
        bool same = trajectory_.problem_sha256 == digest_;
        const io::Json provenance = io::parse_json(io::read_file(dataset_.folder / "provenance.json"));
        const io::Cursor at(provenance);
        same = same && at.at("problem_sha256", "a digest").text("a digest") == digest_;
        const io::Cursor files = at.at("files", "digests");
        std::size_t count = 0;
        for (const auto& member : *files.value().object()) {
            same = same && files.at(member.key, "a digest").text("a digest") == io::sha256(io::read_file(dataset_.folder / member.key));
            ++count;
        }
        found(same, "digests", same ? "problem and " + std::to_string(count) + " files are those of the provenance" : "a file is not the one that the provenance names");
    }

    void digits() {
        bool enough = trajectory_.status == "reached_stop" && !trajectory_.samples.empty() && trajectory_.digits == problem_.digits;
        for (const StoredSample& sample : trajectory_.samples)
            for (const auto& parameter : sample.parameters)
                enough = enough && parameter && (parameter->value == 0 || abs(parameter->unit) * pow(number::Integer(10), static_cast<unsigned>(problem_.digits - 1)) <= abs(parameter->value));
        found(enough, "digits", enough ? "every parameter is given to " + std::to_string(problem_.digits) + " digits" : "a parameter has fewer digits than " + std::to_string(problem_.digits));
    }

    void certificate() {
        const fs::path file = dataset_.folder / "limit.json";
        if (!fs::exists(file)) return;
        const std::string text = io::read_file(file);
        const io::Json document = io::parse_json(text);
        const io::Cursor at(document);
        const bool same = at.at("problem_sha256", "a digest").text("a digest") == digest_;
        convex::Solution solution{convex::Status::optimal, "", io::parse_certificate(text)};
        const convex::Check verdict = convex::check(solution.certificate);
        const number::Matrix<Rational>& data = solution.certificate.program.matrix;
        const bool own = data == problem_.data.X || data == problem_.data.signed_rows();
        const auto texts = [&](const char* key) {
            std::vector<std::string> result;
            for (const io::Cursor& item : at.at(key, "numbers").items("numbers")) result.push_back(item.text("a number"));
            return result;
        };
        if (verdict.accepted && solution.certificate.claim == convex::Claim::infeasible) solution.status = convex::Status::infeasible;
        if (solution.certificate.claim == convex::Claim::bounded) {
            found(false, "certificate", "the certificate bounds the least value only");
            return;
        }
        const bool copied = solution.status == convex::Status::infeasible ||
                            (texts("minimizer") == io::minimizer_text(solution, problem_.digits) && texts("multipliers") == io::multipliers_text(solution, problem_.digits));
        found(same && own && copied && verdict.accepted, "certificate",
              !verdict.accepted ? verdict.statement : same && own && copied ? verdict.statement : "the limit and its certificate do not belong together, or to the problem");
    }

    [[nodiscard]] static std::vector<Ball> balls(const StoredSample& sample) {
        std::vector<Ball> result;
        for (const auto& parameter : sample.parameters) {
            if (parameter) {
                result.push_back(parameter->ball());
            } else {
                arb_indeterminate(result.emplace_back().raw());
            }
        }
        return result;
    }

    /// `parameters` with the slopes of the kinks appended: their whole range where the parameters do not tell the sign of the argument.
    [[nodiscard]] static std::vector<Ball> with_slopes(const flow::System& system, std::vector<Ball> parameters) {
        std::vector<graph::node_id> arguments;
        std::size_t layers = 0;
        const std::size_t first = parameters.size();
        for (const model::kink& k : system.kinks) {
            arguments.push_back(k.argument);
            layers = std::max(layers, k.layer + 1);
            const Ball half((k.above - k.below) / 2);
            arb_add_error(parameters.emplace_back((k.above + k.below) / 2).raw(), half.raw());
        }
        // The slopes of a layer enter the arguments of the next one.
        for (std::size_t layer = 0; layer < layers; ++layer) {
            const std::vector<int> signs = signs_of(graph::evaluate<Ball>(system.graph, arguments, std::span<const Ball>(parameters)));
            for (std::size_t k = 0; k < signs.size(); ++k)
                if (signs[k] != 0) parameters[first + k] = Ball(signs[k] > 0 ? system.kinks[k].above : system.kinks[k].below);
        }
        return parameters;
    }

    /// 0: not told.
    [[nodiscard]] static std::vector<int> signs_of(const std::vector<Ball>& values) {
        std::vector<int> result;
        for (const Ball& value : values) result.push_back(value.is_positive() ? 1 : value.is_negative() ? -1 : 0);
        return result;
    }

    void closed_form() {
        const fs::path file = dataset_.folder / "closed_form.json";
        if (!fs::exists(file)) return;
        const io::Json document = io::parse_json(io::read_file(file));
        const io::Cursor at(document);
        at.only({"format", "parameters"});
        (void)at.at("format", "\"eonflow/closed_form/1\"").one_of({"eonflow/closed_form/1"});
        graph::Graph g;
        const graph::node_id t = g.input("t");
        std::vector<graph::node_id> formulas;
        for (const io::Cursor& item : at.at("parameters", "formulas in t").items("formulas in t")) formulas.push_back(graph::parse_formula(g, item.text("a formula"), {{"t", t}}));
        if (formulas.size() != trajectory_.parameter_names.size()) at.refuse("one formula per parameter");
        bool meets = true;
        std::size_t count = 0;
        for (const StoredSample& sample : trajectory_.samples) {
            if (!sample.time) continue;
            const std::vector<Ball> time = {sample.time->ball()}, stored = balls(sample), exact = graph::evaluate<Ball>(g, formulas, std::span<const Ball>(time));
            for (std::size_t k = 0; k < exact.size(); ++k) {
                meets = meets && exact[k].is_finite() && stored[k].is_finite() && exact[k].overlaps(stored[k]);
                ++count;
            }
        }
        found(meets && count > 0, "closed form", meets ? std::to_string(count) + " numbers agree with the closed form in all digits" : "a number is not that of the closed form");
    }

    void invariants() {
        flow::System system = flow::build_system(problem_);
        std::vector<graph::node_id> entries;
        for (const invariant::Invariant& known : invariant::known_invariants(problem_, system)) entries.insert(entries.end(), known.entries.begin(), known.entries.end());
        if (entries.empty()) return;
        graph::evaluator<Ball> values(system.graph, entries);
        const std::vector<Ball> start(problem_.initial.begin(), problem_.initial.end()), initial = values(with_slopes(system, start));
        bool kept = true;
        std::size_t told = 0;
        for (const StoredSample& sample : trajectory_.samples) {
            const std::vector<Ball> now = values(with_slopes(system, balls(sample)));
            for (std::size_t k = 0; k < now.size(); ++k) {
                // Logarithms of differences that the stored digits do not resolve say nothing.
                if (!now[k].is_finite() || !initial[k].is_finite()) continue;
                kept = kept && now[k].overlaps(initial[k]);
                ++told;
            }
        }
        if (kept && told == 0) return;
        found(kept, "invariants", kept ? std::to_string(entries.size()) + " conserved quantities keep their value within the stored digits" : "a conserved quantity has moved");
    }

    void decrease() {
        flow::System system = flow::build_system(problem_);
        graph::evaluator<Ball> loss(system.graph, {system.loss});
        bool falls = true;
        std::optional<Ball> last;
        for (const StoredSample& sample : trajectory_.samples) {
            const Ball now = loss(with_slopes(system, balls(sample)))[0];
            falls = falls && now.is_finite() && !(last && (now - *last).is_positive());
            last = now;
        }
        found(falls, "loss", falls ? "falls from sample to sample" : "rises, or cannot be evaluated");
    }

    /// From sample to sample the argument of a kink changes its sign if an odd number of crossings lies in between; told where neither sliding nor rest interferes.
    void events() {
        const flow::System system = flow::build_system(problem_);
        if (system.kinks.empty()) return;
        std::vector<graph::node_id> arguments;
        for (const model::kink& k : system.kinks) arguments.push_back(k.argument);
        const auto sides = [&](const std::vector<Ball>& parameters) {
            const std::vector<Ball> inputs = with_slopes(system, parameters);
            return signs_of(graph::evaluate<Ball>(system.graph, arguments, std::span<const Ball>(inputs)));
        };
        const auto placed = [](const auto& at) { return at.time.has_value(); };
        bool fits = std::all_of(trajectory_.events.begin(), trajectory_.events.end(), placed) && std::all_of(trajectory_.samples.begin(), trajectory_.samples.end(), placed);
        std::vector<int> before = sides({problem_.initial.begin(), problem_.initial.end()});
        Rational from = 0;
        std::size_t count = 0;
        for (auto sample = trajectory_.samples.begin(); fits && sample != trajectory_.samples.end(); from = (sample++)->time->value) {
            const std::vector<int> now = sides(balls(*sample));
            for (std::size_t k = 0; k < now.size(); ++k) {
                const model::kink& kink = system.kinks[k];
                bool told = before[k] * now[k] != 0, changes = false;
                for (const StoredEvent& event : trajectory_.events) {
                    if (event.time->value <= from || event.time->value > sample->time->value || event.unit != static_cast<std::int64_t>(kink.unit) ||
                        event.sample != static_cast<std::int64_t>(kink.sample) || event.layer != problem_.model.layers[kink.layer].name)
                        continue;
                    told = told && (event.kind == "crossing" || event.kind == "contact");
                    changes = changes != (event.kind == "crossing");
                }
                if (!told) continue;
                fits = fits && changes == (before[k] != now[k]);
                ++count;
            }
            before = now;
        }
        found(fits && count > 0, "events", fits ? std::to_string(count) + " signs of pre-activations are as the events say" : "a sign of a pre-activation is not as the events say, or an event has no time");
    }

    /// Another method at few digits; it knows the clock "time" only, and bounds absolute errors, so that it does not see starts below them. Kinks are known to Taylor's method only:
    /// there the same one, of another order and precision.
    void witness() {
        const Rational visible = Rational(1) / pow(number::Integer(10), static_cast<unsigned>(witness_digits));
        const bool seen = std::any_of(problem_.initial.begin(), problem_.initial.end(), [&](const Rational& x) { return abs(x) >= visible; }) ||
                          std::all_of(problem_.initial.begin(), problem_.initial.end(), [](const Rational& x) { return x == 0; });
        if (trajectory_.clock != "time" || !seen) return;
        flow::Problem problem = problem_;
        problem.digits = witness_digits;
        problem.observe.clear();
        flow::IntegrateOptions options;
        if (flow::build_system(problem_).kinks.empty()) options.method = "bulirsch_stoer";
        const flow::Trajectory other = flow::integrate(problem, options);
        std::size_t count = 0;
        bool agrees = other.samples.size() == trajectory_.samples.size();
        for (std::size_t i = 0; agrees && i < other.samples.size(); ++i)
            for (std::size_t k = 0; k < other.samples[i].parameters.size(); ++k) {
                const flow::verified& mine = other.samples[i].parameters[k];
                const auto& stored = trajectory_.samples[i].parameters[k];
                if (mine.digits < 1 || !stored) continue;
                // Agreement to d digits: a relative distance below 10^(1 - d).
                const Ball distance = abs(Ball(mine.value) - stored->ball()), room = abs(Ball(mine.value)) * Ball(Rational(1) / pow(number::Integer(10), static_cast<unsigned>(mine.digits - 1)));
                agrees = agrees && !(distance - room).is_positive();
                ++count;
            }
        found(agrees && count > 0, "witness", agrees ? std::to_string(count) + " numbers agree with the method " + other.method + " to the digits it verifies" : "the method " + other.method + " gives another curve");
    }

    const Dataset& dataset_;
    flow::Problem problem_;
    StoredTrajectory trajectory_;
    std::string digest_;
    std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> check(const Dataset& dataset) { return Checker(dataset).run(); }

}  // namespace eonflow::verify::data
