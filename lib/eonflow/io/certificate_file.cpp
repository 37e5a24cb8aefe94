#include <eonflow/io/certificate_file.hpp>

#include <eonflow/io/cursor.hpp>
#include <eonflow/io/exact.hpp>
#include <eonflow/io/file.hpp>
#include <eonflow/io/objective.hpp>
#include <eonflow/number/error.hpp>

namespace eonflow::io {

using convex::Certificate;
using number::Rational;

namespace {

constexpr std::string_view format = "eonflow/certificate/1", limit_format = "eonflow/limit/1";
constexpr std::int64_t most_entries = 1'000'000;

const std::vector<std::string> claims = {"optimal", "infeasible", "stationary", "bounded"};  // in the order of convex::Claim
const std::vector<std::string> relations = {">=", "="};                           // in the order of convex::Relation
const std::vector<std::string> objectives = {"quadratic", "absolute", "separable", "group_norm", "fourier_norm", "nuclear_norm", "concave_power"};  // of convex::Objective

Json sizes(const std::vector<std::size_t>& values) {
    return json_array(values, [](std::size_t value) { return Json(value); });
}

std::vector<std::size_t> read_sizes(const Cursor& at) {
    std::vector<std::size_t> result;
    for (const Cursor& item : at.items("an array of integers")) result.push_back(static_cast<std::size_t>(item.integer(0, most_entries)));
    return result;
}

std::size_t read_size(const Cursor& at) { return static_cast<std::size_t>(at.integer(1, most_entries)); }

/// An absent weight of convex::Absolute is null.
Json weights(const std::vector<convex::Absolute::Weight>& values) {
    return json_array(values, [](const convex::Absolute::Weight& w) { return w ? exact(*w) : Json(); });
}

std::vector<convex::Absolute::Weight> read_weights(const Cursor& at) {
    std::vector<convex::Absolute::Weight> result;
    for (const Cursor& item : at.items("an array of weights, null where a sign is forbidden"))
        result.push_back(item.value().is_null() ? std::nullopt : convex::Absolute::Weight(item.rational()));
    return result;
}

struct objective_writer {
    Json& out;

    void operator()(const convex::Quadratic& o) const { out.add("weights", exact(o.weights)).add("center", exact(o.center)); }
    void operator()(const convex::Absolute& o) const { out.add("up", weights(o.up)).add("down", weights(o.down)); }
    void operator()(const convex::Separable& o) const {
        out.add("terms", json_array(o.terms, [](const convex::Potential& t) { return to_json(t); }));
        out.add("start", exact(o.start));
    }
    void operator()(const convex::Group_norm& o) const { out.add("sizes", sizes(o.sizes)).add("weights", exact(o.weights)); }
    void operator()(const convex::Fourier_norm&) const {}
    void operator()(const convex::Nuclear_norm& o) const { out.add("rows", o.rows).add("columns", o.columns); }
    void operator()(const convex::Concave_power& o) const { out.add("depth", o.depth); }
};

convex::Objective read_objective(const Cursor& at) {
    const auto numbers = [&at](const char* key) { return at.at(key, "an array of numbers").rationals("an array of numbers"); };
    const std::string& kind = objectives[at.at("kind", "one of " + quoted_list(objectives)).one_of(objectives)];
    if (kind == "quadratic") {
        at.only({"kind", "weights", "center"});
        return convex::Quadratic{numbers("weights"), numbers("center")};
    }
    if (kind == "absolute") {
        at.only({"kind", "up", "down"});
        return convex::Absolute{read_weights(at.at("up", "an array of weights")), read_weights(at.at("down", "an array of weights"))};
    }
    if (kind == "separable") {
        at.only({"kind", "terms", "start"});
        std::vector<convex::Potential> terms;
        for (const Cursor& term : at.at("terms", "an array of potentials").items("an array of potentials")) terms.push_back(read_potential(term));
        return convex::Separable{std::move(terms), numbers("start")};
    }
    if (kind == "group_norm") {
        at.only({"kind", "sizes", "weights"});
        return convex::Group_norm{read_sizes(at.at("sizes", "an array of group sizes")), numbers("weights")};
    }
    if (kind == "nuclear_norm") {
        at.only({"kind", "rows", "columns"});
        return convex::Nuclear_norm{read_size(at.at("rows", "an integer")), read_size(at.at("columns", "an integer"))};
    }
    if (kind == "concave_power") {
        at.only({"kind", "depth"});
        return convex::Concave_power{read_size(at.at("depth", "an integer"))};
    }
    at.only({"kind"});
    return convex::Fourier_norm{};
}

Json to_json(const convex::Program& program) {
    Json objective = Json::Object{{"kind", objectives[program.objective.index()]}};
    std::visit(objective_writer{objective}, program.objective);
    return Json::Object{{"objective", std::move(objective)},
                        {"matrix", exact(program.matrix)},
                        {"relation", json_array(program.relation, [](convex::Relation r) -> Json { return relations[static_cast<std::size_t>(r)]; })},
                        {"right", exact(program.right)}};
}

convex::Program read_program(const Cursor& at) {
    at.only({"objective", "matrix", "relation", "right"});
    convex::Program program;
    program.objective = read_objective(at.at("objective", "an object with \"kind\""));
    program.matrix = read_matrix(at.at("matrix", "an array of rows"), "one array of numbers for each row of the program");
    program.right = at.at("right", "an array of numbers").rationals("an array of numbers, one for each row");
    for (const Cursor& item : at.at("relation", "an array of \">=\" and \"=\"").items("an array of \">=\" and \"=\""))
        program.relation.push_back(static_cast<convex::Relation>(item.one_of(relations)));
    try {
        convex::validate(program);
    } catch (const invalid_input& problem) {
        throw problem.within(at.place() + ": ");
    }
    return program;
}

Json boxes(const std::vector<convex::Interval>& values) {
    return json_array(values, [](const convex::Interval& box) -> Json { return Json::Object{{"midpoint", exact(box.midpoint)}, {"radius", exact(box.radius)}}; });
}

std::vector<convex::Interval> read_boxes(const Cursor& at) {
    std::vector<convex::Interval> result;
    for (const Cursor& item : at.items("an array of objects with \"midpoint\" and \"radius\"")) {
        item.only({"midpoint", "radius"});
        result.push_back({item.at("midpoint", "a number").rational(), item.at("radius", "a number").rational()});
    }
    return result;
}

/// The multipliers of a stationary point are algebraic numbers even where the point is rational.
bool has_exact_multipliers(const Certificate& certificate) { return certificate.exact && certificate.claim != convex::Claim::stationary; }

Certificate read(const Cursor& at) {
    at.only({"format", "claim", "program", "exact", "point", "multipliers", "support", "weakly_active", "unique", "multipliers_unique", "face_dimension", "factors"});
    Certificate certificate;
    certificate.claim = static_cast<convex::Claim>(at.at("claim", "one of " + quoted_list(claims)).one_of(claims));
    certificate.program = read_program(at.at("program", "an object with \"objective\", \"matrix\", \"relation\" and \"right\""));
    certificate.exact = at.at("exact", "true or false").boolean();
    const Cursor point = at.at("point", "an array"), multipliers = at.at("multipliers", "an array");
    if (certificate.exact)
        certificate.point = convex::common_denominator(point.rationals("an array of numbers"));
    else
        certificate.point_box = read_boxes(point);
    if (has_exact_multipliers(certificate))
        certificate.multipliers = convex::common_denominator(multipliers.rationals("an array of numbers"));
    else
        certificate.multiplier_box = read_boxes(multipliers);
    if (const auto factors = at.find("factors")) certificate.factor_box = read_boxes(*factors);
    certificate.support = read_sizes(at.at("support", "an array of row numbers"));
    certificate.weakly_active = read_sizes(at.at("weakly_active", "an array of row numbers"));
    certificate.unique = at.at("unique", "true or false").boolean();
    certificate.multipliers_unique = at.at("multipliers_unique", "true or false").boolean();
    certificate.face_dimension = static_cast<std::size_t>(at.at("face_dimension", "an integer").integer(0, most_entries));
    return certificate;
}

}  // namespace

Json to_json(const Certificate& certificate) {
    Json out = Json::Object{{"format", format},
                               {"claim", claims[static_cast<std::size_t>(certificate.claim)]},
                               {"program", to_json(certificate.program)},
                               {"exact", certificate.exact},
                               {"point", certificate.exact ? Json(exact(certificate.point.rationals())) : boxes(certificate.point_box)},
                               {"multipliers", has_exact_multipliers(certificate) ? Json(exact(certificate.multipliers.rationals())) : boxes(certificate.multiplier_box)},
                               {"support", sizes(certificate.support)},
                               {"weakly_active", sizes(certificate.weakly_active)},
                               {"unique", certificate.unique},
                               {"multipliers_unique", certificate.multipliers_unique},
                               {"face_dimension", certificate.face_dimension}};
    if (!certificate.factor_box.empty()) out.add("factors", boxes(certificate.factor_box));
    return out;
}

Certificate parse_certificate(std::string_view text) {
    const Json document = parse_json(text);
    const Cursor root(document);
    const std::vector<std::string> formats = {std::string(format), std::string(limit_format)};
    const std::size_t found = root.at("format", "one of " + quoted_list(formats)).one_of(formats);
    if (found == 0) return read(root);
    const Cursor inner = root.at("certificate", "a certificate");
    (void)inner.at("format", "\"" + formats[0] + "\"").one_of({formats[0]});
    return read(inner);
}

Certificate read_certificate(const std::filesystem::path& file) { return parse_certificate(read_file(file)); }

}  // namespace eonflow::io
