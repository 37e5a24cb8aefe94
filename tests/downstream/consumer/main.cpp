#include <eonflow/number/ball.hpp>
#include <eonflow/number/text.hpp>

#include <iostream>

using namespace eonflow::number;

int main() {
    const precision_scope scope(200);
    std::cout << to_decimal(to_real(parse_rational("1/3")), 20) << ' ' << sqrt(Ball(4)).text(5) << '\n';
}
