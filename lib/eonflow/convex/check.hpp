#pragma once

#include <eonflow/convex/certificate.hpp>

#include <string>

namespace eonflow::convex {

/// One line: what was proved, or why the certificate is refused.
struct Check {
    bool accepted = false;
    std::string statement;
};

/// Verifies every statement the certificate makes, in integers or balls, with nothing but the number floor and, for potentials
/// that are given as formulas, the graph floor: no code is shared with the solvers.
/// Throws invalid_input if the certificate's program is malformed.
[[nodiscard]] Check check(const Certificate& certificate);

}  // namespace eonflow::convex
