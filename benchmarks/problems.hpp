#pragma once
/// The two standard problems of the benchmarks, and the second one at any width.

#include <eonflow/graph/graph.hpp>

#include <string>
#include <vector>

namespace eonflow::benchmarks {

struct problem {
    std::string name;
    graph::vector_field field;
    std::vector<number::Rational> start;
    number::Rational end;
};

/// W1: depth-2 diagonal regression, 8 coordinates, 3 data, loss |X(u v) - y|^2 / 2.
[[nodiscard]] problem diagonal_regression();

/// W2: deep linear network W3 W2 W1 of widths 4, 4, 1 on 6 data, exponential loss.
[[nodiscard]] problem deep_linear();

/// The same network with `width` inputs and `width` hidden units per layer, on `samples` data.
[[nodiscard]] problem deep_linear(int width, int samples);

}  // namespace eonflow::benchmarks
