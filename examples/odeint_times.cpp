// Boost.Odeint's integrate_times with the Taylor stepper, on a problem that is no gradient flow: an orbit of the Kepler problem. After each period 2 pi
// the body is back where it started.

#include <eonflow/ode/odeint_stepper.hpp>

#include <eonflow/graph/formula.hpp>
#include <eonflow/number/text.hpp>

#include <boost/math/constants/constants.hpp>
#include <boost/numeric/odeint/integrate/integrate_times.hpp>

#include <functional>
#include <iostream>

using namespace eonflow;
using number::Real;

int main() {
    constexpr std::int64_t bits = 200;
    const number::precision_scope scope(bits);
    graph::vector_field kepler;
    const std::map<std::string, graph::node_id, std::less<>> states = {
        {"x", kepler.graph.input("x")}, {"y", kepler.graph.input("y")}, {"u", kepler.graph.input("u")}, {"v", kepler.graph.input("v")}};
    for (const char* formula : {"u", "v", "-x/(x^2 + y^2)^(3/2)", "-y/(x^2 + y^2)^(3/2)"}) kepler.derivative.push_back(graph::parse_formula(kepler.graph, formula, states));

    const Real period = 2 * boost::math::constants::pi<Real>();
    const std::vector<Real> times = {Real(0), period, 2 * period};
    number::Vector state = {Real(1) / 2, Real(0), Real(0), sqrt(Real(3))};  // eccentricity 1/2
    const ode::odeint_stepper stepper({.bits = bits, .digits = 45});
    boost::numeric::odeint::integrate_times(stepper, std::cref(kepler), state, times.begin(), times.end(), Real(1) / 100, [&](const number::Vector& at, const Real& t) {
        const Real off = abs(at[0] - Real(1) / 2) + abs(at[1]);
        std::cout << "t = " << number::to_decimal(t, 10) << "  x = " << number::to_decimal(at[0], 20) << (off < pow(Real(10), -38) ? "  back at the start to 38 digits\n" : "  elsewhere\n");
    });
}
