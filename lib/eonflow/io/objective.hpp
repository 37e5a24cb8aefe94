#pragma once
/// Objectives of problem files, and the potentials that certificates name as well.

#include <eonflow/flow/problem.hpp>
#include <eonflow/io/cursor.hpp>

namespace eonflow::io {

[[nodiscard]] Json to_json(const convex::Potential& potential);
/// Throws invalid_input, naming the place; the formula and the ranges of parameters are checked where the potential is made.
[[nodiscard]] convex::Potential read_potential(const Cursor& at);

[[nodiscard]] Json to_json(const flow::Objective& objective);
/// An objective for data of that many features, with the keys that limit::objectives() gives its kind. Throws invalid_input, naming the place.
[[nodiscard]] flow::Objective read_objective(const Cursor& at, std::size_t features);

}  // namespace eonflow::io
