#pragma once
/// A theorem of the literature as a value: statement, hypotheses, claims, and the function that checks it on a problem.

#include <eonflow/flow/problem.hpp>
#include <verify/verdict.hpp>

#include <functional>

namespace eonflow::verify {

struct Statement {
    std::string id, text;
};

/// A problem that ships with a theorem, and what checking the theorem on it is meant to show.
struct Instance {
    std::string name, description;
    std::function<flow::Problem()> problem;
    Verdict stated = Verdict::holds;
    /// Instances that take longer than a few seconds are left out unless asked for by name or with --all.
    bool quick = true;
};

struct CheckOptions {
    std::int64_t digits = 30;
    std::function<void(const std::string& phase)> progress;
};

/// A parameter of a theorem's problems that can be swept, and what is measured at each of its values.
struct Sweep {
    /// `count`: an integer of its own. `size`: a positive quantity, drawn in logarithms, whose order in the parameter is read off from row to row.
    struct Column {
        std::string name;
        enum class kind : std::uint8_t { count, size } what = kind::size;
    };
    struct Row {
        number::Rational value;                 ///< of the parameter
        std::vector<number::Rational> numbers;  ///< one a column
    };
    std::string parameter, meaning;
    std::vector<Column> columns;
    /// The instance that is swept unless another is named.
    std::string instance;
    /// The numbers of one row; rows are made independently of each other, in any order. Throws invalid_input for a problem that has no such parameter.
    std::function<std::vector<number::Rational>(const flow::Problem& problem, const number::Rational& value, const CheckOptions& options)> row;
    /// What the rows (by ascending value) say.
    std::function<std::vector<ClaimResult>(const flow::Problem& problem, const std::vector<Row>& rows, const CheckOptions& options)> judge;
};

/// Everything `eonflow explain` prints and docs/theorems.md holds comes from here, so text and code cannot part.
struct Theorem {
    std::string id, title, statement, notation;
    std::vector<Statement> hypotheses, claims;
    std::string source;
    std::string checked, not_checked, boundary_cases;
    std::vector<Instance> instances;
    /// Judges each hypothesis and each claim on `problem` separately; throws invalid_input for a problem of another setting.
    std::function<Report(const flow::Problem& problem, const CheckOptions& options)> check;
    std::vector<Sweep> sweeps = {};
};

/// Every theorem there is, in the order of the catalogue.
[[nodiscard]] const std::vector<Theorem>& theorems();

/// The theorem of this id, or nullptr.
[[nodiscard]] const Theorem* find_theorem(std::string_view id) noexcept;

}  // namespace eonflow::verify
