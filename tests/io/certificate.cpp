#include <eonflow/convex/check.hpp>
#include <eonflow/convex/solve.hpp>
#include <eonflow/convex/stationary.hpp>
#include <eonflow/io/certificate_file.hpp>
#include <eonflow/number/error.hpp>

#include <boost/test/unit_test.hpp>

using namespace eonflow;
using namespace eonflow::io;
using number::Rational;

namespace {

number::Matrix<Rational> rows() {
    number::Matrix<Rational> z(2, 2);
    z.entries() = {1, Rational(1, 2), Rational(1, 2), 1};
    return z;
}

convex::Certificate with_objective(convex::Objective objective) {
    convex::Certificate c;
    c.program = {std::move(objective), rows(), {1, 1}, {convex::Relation::equal, convex::Relation::equal}};
    c.exact = false;
    c.point_box = {{Rational(2, 3), Rational(1, 1000)}, {Rational(2, 3), 0}};
    c.multiplier_box = {{1, Rational(1, 7)}, {0, 0}};
    c.support = {0};
    c.face_dimension = 1;
    return c;
}

std::string refusal(const std::string& text) {
    try {
        (void)parse_certificate(text);
    } catch (const invalid_input& problem) {
        return problem.what();
    }
    return "accepted";
}

std::string with(std::string text, const std::string& part, const std::string& other) {
    const std::size_t at = text.find(part);
    BOOST_REQUIRE(at != std::string::npos);
    return text.replace(at, part.size(), other);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(certificate_file)

BOOST_AUTO_TEST_CASE(solved_programs_are_accepted_after_the_file) {
    for (convex::Program program : {convex::l2_margin(rows()), convex::l1_margin(rows()), convex::basis_pursuit(rows(), {1, -1}), convex::least_norm(rows(), {1, 2}, {1, 3})}) {
        const convex::Certificate solved = convex::solve(std::move(program)).certificate;
        const convex::Certificate read = parse_certificate(to_text(to_json(solved)));
        BOOST_TEST(to_text(to_json(read)) == to_text(to_json(solved)));
        const convex::Check check = convex::check(read);
        BOOST_TEST(check.accepted, check.statement);
    }
}

BOOST_AUTO_TEST_CASE(boxes_are_accepted_after_the_file) {
    const convex::Potential formula{"derivative", {}, "log(w) + w", Rational(0), std::nullopt, Rational(1, 3)}, catalogue{"yun", {3, Rational(1, 10)}}, inverse{"rho", {Rational(1)}, "z^3"};
    number::Matrix<Rational> row(1, 2);
    row.entries() = {1, Rational(1, 2)};
    for (convex::Program program : {convex::bregman(row, {2}, {formula, catalogue}), convex::bregman(row, {2}, {formula, inverse}, {1, Rational(1, 2)}), convex::group_margin(rows(), {2}, {Rational(1, 7)}),
                                    convex::fourier_margin(row), convex::nuclear_norm({rows()}, {1})}) {
        const convex::Solution solved = convex::solve(std::move(program), 20);
        BOOST_REQUIRE_MESSAGE((solved.status == convex::Status::optimal), solved.message);
        const std::string text = to_text(to_json(solved.certificate));
        const convex::Certificate read = parse_certificate(text);
        BOOST_TEST(to_text(to_json(read)) == text);
        const convex::Check check = convex::check(read);
        BOOST_TEST(check.accepted, check.statement);
    }
}

BOOST_AUTO_TEST_CASE(the_formula_in_a_file_counts) {
    number::Matrix<Rational> row(1, 2);
    row.entries() = {1, Rational(1, 2)};
    const convex::Program program = convex::bregman(row, {2}, std::vector<convex::Potential>(2, {"derivative", {}, "w + w^3", std::nullopt, std::nullopt, Rational(2)}));
    const std::string good = to_text(to_json(convex::solve(program, 20).certificate));
    BOOST_TEST(convex::check(parse_certificate(good)).accepted);
    BOOST_TEST(!convex::check(parse_certificate(with(good, "\"w + w^3\"", "\"w + 2*w^3\""))).accepted);
    BOOST_TEST(!convex::check(parse_certificate(with(good, "\"weight\": \"2\"", "\"weight\": \"3\""))).accepted);
    BOOST_TEST(!convex::check(parse_certificate(with(good, "\"w + w^3\"", "\"w + \""))).accepted);
}

BOOST_AUTO_TEST_CASE(stationary_points_are_accepted_after_the_file) {
    const convex::Program program = convex::concave_margin(rows(), 3);
    for (const convex::Stationary_points& all : {convex::local_minimizers(program, 30), convex::saddle_points(program, 30)}) {
        BOOST_REQUIRE(!all.points.empty());
        for (const convex::Solution& solution : all.points) {
            const convex::Check check = convex::check(parse_certificate(to_text(to_json(solution.certificate))));
            BOOST_TEST(check.accepted, check.statement);
        }
    }
}

BOOST_AUTO_TEST_CASE(every_objective_and_every_evidence_survives) {
    const std::vector<convex::Objective> objectives = {
        convex::Quadratic{{1, 2}, {0, Rational(1, 3)}}, convex::Absolute{{Rational(1), std::nullopt}, {std::nullopt, Rational(2, 5)}}, convex::Group_norm{{1, 1}, {1, 2}},
        convex::Fourier_norm{}, convex::Nuclear_norm{1, 2}, convex::Concave_power{3}};
    for (const convex::Objective& objective : objectives) {
        const convex::Certificate certificate = with_objective(objective);
        const std::string text = to_text(to_json(certificate));
        const convex::Certificate read = parse_certificate(text);
        BOOST_TEST(read.program.objective.index() == objective.index());
        BOOST_TEST(read.point_box[0].radius == Rational(1, 1000));
        BOOST_TEST((read.program.relation == certificate.program.relation));
        BOOST_TEST(read.face_dimension == 1u);
        BOOST_TEST(to_text(to_json(read)) == text);
    }
}

BOOST_AUTO_TEST_CASE(a_wrong_file_is_refused_in_its_place) {
    const std::string good = to_text(to_json(convex::solve(convex::l2_margin(rows())).certificate));
    BOOST_TEST(refusal(good) == "accepted");
    const auto refused = [&](const std::string& part, const std::string& other, const std::string& says) {
        const std::string message = refusal(with(good, part, other));
        BOOST_TEST(message.starts_with(says), message);
    };
    refused("certificate/1", "certificate/2", "/format: \"eonflow/certificate/2\" was found");
    refused("\"optimal\"", "\"best\"", "/claim: \"best\" was found, accepted is one of \"optimal\", \"infeasible\", \"stationary\" and \"bounded\"");
    refused("\"quadratic\"", "\"cubic\"", "/program/objective/kind: \"cubic\" was found");
    refused("[\"1\", \"1\"]", "[\"1\"]", "/program: ");
    refused("[\"1/2\", \"1\"]", "[\"1/2\"]", "/program/matrix/1: [\"1/2\"] was found, accepted is an array of 2 numbers");
    refused("\">=\"", "\">\"", "/program/relation/0: \">\" was found, accepted is one of \">=\" and \"=\"");
    refused("[\"2/3\", \"2/3\"]", "[\"2/3\", \"inf\"]", "/point/1: \"inf\" is not a number");
    refused("[0, 1]", "[0, -1]", "/support/1: -1 was found, accepted is an integer from 0");
    refused("\"unique\"", "\"only\"", "/only: the key \"only\" is unknown");
}

BOOST_AUTO_TEST_CASE(a_file_that_claims_too_much_is_read_and_not_believed) {
    const std::string good = to_text(to_json(convex::solve(convex::l2_margin(rows())).certificate));
    BOOST_TEST(convex::check(parse_certificate(good)).accepted);
    for (const auto& [part, other] : {std::pair("\"point\": [\"2/3\", \"2/3\"]", "\"point\": [\"2/3\", \"3/4\"]"), std::pair("\"point\": [\"2/3\", \"2/3\"]", "\"point\": [\"2/3\"]"),
                                      std::pair("\"multipliers\": [\"4/9\", \"4/9\"]", "\"multipliers\": [\"4/9\", \"5/9\"]"),
                                      std::pair("\"optimal\"", "\"infeasible\""), std::pair("\"support\": [0, 1]", "\"support\": [0, 1, 2]"), std::pair("\"exact\": true", "\"exact\": false")}) {
        std::string text = with(good, part, other);
        if (std::string(part) == "\"exact\": true") text = with(with(text, "[\"2/3\", \"2/3\"]", "[]"), "[\"4/9\", \"4/9\"]", "[]");
        BOOST_TEST(!convex::check(parse_certificate(text)).accepted, other);
    }
}

BOOST_AUTO_TEST_SUITE_END()
