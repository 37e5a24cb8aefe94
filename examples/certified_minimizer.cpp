// A hard-margin problem solved exactly, with a certificate that a checker without a line of the solver's code accepts, and refuses once it is damaged.

#include <eonflow/convex/check.hpp>
#include <eonflow/convex/program.hpp>
#include <eonflow/convex/solve.hpp>
#include <eonflow/number/text.hpp>

#include <iostream>

using namespace eonflow;
using number::Rational;

int main() {
    number::Matrix<Rational> samples(3, 2);  // y_i x_i
    samples(0, 0) = 1, samples(0, 1) = Rational(1, 2);
    samples(1, 0) = Rational(1, 4), samples(1, 1) = 1;
    samples(2, 0) = 1, samples(2, 1) = 3;
    convex::Solution solution = convex::solve(convex::l2_margin(samples));
    std::cout << "w = ";
    for (const Rational& entry : solution.certificate.point.rationals()) std::cout << number::to_text(entry) << ' ';
    std::cout << "\nsupport vectors:";
    for (const std::size_t i : solution.certificate.support) std::cout << ' ' << i;
    std::cout << "\nthe checker says: " << convex::check(solution.certificate).statement << '\n';

    solution.certificate.program.right[0] = 2;
    std::cout << "damaged: " << (convex::check(solution.certificate).accepted ? "accepted" : "refused") << '\n';
}
