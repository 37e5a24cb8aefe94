// Follows the gradient flow of a model written as a formula, and prints the digits on which two computations agree.

#include <eonflow/flow/integrate.hpp>
#include <eonflow/io/problem_file.hpp>
#include <eonflow/io/trajectory_file.hpp>

#include <iostream>

int main() {
    const auto problem = eonflow::io::parse_problem(R"({
        "format": "eonflow/problem/1",
        "data": {"x": [["1", "1/2"], ["1/3", "2"]], "y": ["1", "-1/2"]},
        "model": {"family": "expression", "parameters": ["a", "b"], "prediction": "x1*tanh(a) + x2*b^3"},
        "loss": {"kind": "squared"},
        "initial": ["1/10", "1/5"],
        "stop": {"time": "4"}, "times": ["1", "2"], "digits": 25})");
    const auto trajectory = eonflow::flow::integrate(problem);
    const eonflow::number::precision_scope scope(trajectory.precision_bits);
    for (const auto& sample : trajectory.samples) {
        std::cout << "t = " << eonflow::io::to_text(sample.time);
        for (std::size_t i = 0; i < sample.parameters.size(); ++i) std::cout << "  " << problem.model.parameter_names[i] << " = " << eonflow::io::to_text(sample.parameters[i]);
        std::cout << '\n';
    }
}
