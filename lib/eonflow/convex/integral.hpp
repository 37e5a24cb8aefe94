#pragma once
/// Integrals of functions that are given as formulas, enclosed in balls.

#include <eonflow/graph/graph.hpp>
#include <eonflow/number/ball.hpp>

#include <memory>

namespace eonflow::convex {

/// int g over real intervals, for a node g of a graph with one input.
class Integral {
public:
    Integral(const graph::Graph& graph, graph::node_id integrand);
    ~Integral();
    Integral(const Integral&) = delete;
    Integral& operator=(const Integral&) = delete;

    /// Contains int_from^to g(s) ds for all points of the two balls, at the working precision, to an absolute error of about 2^tolerance; not finite where g has a singularity on the
    /// way or within the balls, or where the subdivisions are used up. Petras' adaptive Gauss-Legendre quadrature (Johansson 2018), whose bounds come from g on complex ellipses.
    [[nodiscard]] number::Ball operator()(const number::Ball& from, const number::Ball& to, std::int64_t tolerance) const;

private:
    struct program;
    std::unique_ptr<program> program_;
};

}  // namespace eonflow::convex
