// Side by side, in one process, alternating: the Taylor engine, the plain mpfr_t yardstick, and the same program on Arb's dot products.
//   benchmark_taylor [digits ...] [--runs N]
#include "plain_taylor.hpp"
#include "problems.hpp"

#include <eonflow/number/text.hpp>
#include <eonflow/ode/taylor.hpp>

#include <ctime>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>

using namespace eonflow;
using number::Rational;
using number::Real;

namespace {

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

struct measured {
    double seconds = 1e300;
    std::int64_t steps = 0;
    std::int64_t fallen_back = 0;
    number::Vector state;
};

void run_engine(const benchmarks::problem& p, const Rational& end, std::int64_t digits, ode::taylor::arithmetic coefficients, measured& best) {
    const number::precision_scope scope(number::bits_for_digits(digits) + 32);
    number::Vector start;
    for (const Rational& y : p.start) start.push_back(number::to_real(y));
    const double before = cpu_seconds();
    ode::taylor t(p.field, {.bits = scope.bits(), .digits = digits, .coefficients = coefficients});
    t.start(0, start);
    if (t.advance(number::to_real(end)) != ode::status::reached) std::abort();
    best.seconds = std::min(best.seconds, cpu_seconds() - before);
    best.steps = t.counted().steps;
    best.fallen_back = t.counted().floating;
    best.state = t.state();
}

void run_plain(const benchmarks::problem& p, const Rational& end, std::int64_t digits, measured& best) {
    const number::precision_scope scope(number::bits_for_digits(digits) + 32);
    const double before = cpu_seconds();
    const series::program program = series::compile(p.field);
    benchmarks::plain_taylor t(program, scope.bits(), digits, static_cast<int>(1.15 * static_cast<double>(digits)) + 1);
    t.start(p.start);
    t.advance(end);
    best.seconds = std::min(best.seconds, cpu_seconds() - before);
    best.steps = t.steps();
    best.state.assign(p.start.size(), Real());
    for (std::size_t i = 0; i < p.start.size(); ++i) t.state(i, best.state[i].backend().data());
}

std::int64_t agreement(const number::Vector& a, const number::Vector& b) {
    std::int64_t digits = 1'000'000;
    for (std::size_t i = 0; i < a.size(); ++i) digits = std::min(digits, number::agreeing_digits(a[i], b[i], 1'000'000));
    return digits;
}

/// Long enough to be measured, short enough for the slow ones.
Rational end_for(const benchmarks::problem& p, std::int64_t digits) {
    if (p.name == "W1") return digits <= 100 ? Rational(20) : digits <= 300 ? Rational(7, 10) : Rational(12, 100);
    return digits <= 50 ? Rational(100) : digits <= 100 ? Rational(4) : digits <= 300 ? Rational(2, 10) : Rational(2, 100);
}

}  // namespace

int main(int count, char** arguments) {
    std::vector<std::int64_t> precisions;
    int runs = 3;
    for (int i = 1; i < count; ++i) {
        if (std::string(arguments[i]) == "--runs" && i + 1 < count)
            runs = std::atoi(arguments[++i]);
        else
            precisions.push_back(std::atol(arguments[i]));
    }
    if (precisions.empty()) precisions = {30, 50, 100, 300, 1000};
    std::printf("CPU seconds, lowest of %d alternating runs\n", runs);
    std::printf("%-4s %6s %8s | %9s %5s | %9s %5s %6s | %9s %6s | %s\n", "", "digits", "time", "eonflow", "steps", "mpfr_t", "steps", "ratio", "Arb dot",
                "ratio", "digits agreeing, fallen back");
    for (const std::int64_t digits : precisions)
        for (const benchmarks::problem& p : {benchmarks::diagonal_regression(), benchmarks::deep_linear()}) {
            const Rational end = end_for(p, digits);
            measured fast, plain, arb;
            for (int run = 0; run < runs; ++run) {
                run_engine(p, end, digits, ode::taylor::arithmetic::automatic, fast);
                if (run == 0 || digits <= 100) run_plain(p, end, digits, plain);
                if (run == 0 || digits <= 100) run_engine(p, end, digits, ode::taylor::arithmetic::floating, arb);
            }
            const number::precision_scope scope(number::bits_for_digits(digits) + 32);
            std::printf("%-4s %6ld %8s | %9.4f %5ld | %9.4f %5ld %6.1f | %9.4f %6.1f | %ld %ld, %ld\n", p.name.c_str(), static_cast<long>(digits),
                        number::to_text(end).c_str(), fast.seconds, static_cast<long>(fast.steps), plain.seconds, static_cast<long>(plain.steps),
                        plain.seconds / fast.seconds, arb.seconds, arb.seconds / fast.seconds, static_cast<long>(agreement(fast.state, arb.state)),
                        static_cast<long>(agreement(fast.state, plain.state)), static_cast<long>(fast.fallen_back));
            std::fflush(stdout);
        }
    return 0;
}
