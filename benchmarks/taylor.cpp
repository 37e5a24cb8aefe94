// Side by side, in one process, alternating: the Taylor engine, the plain mpfr_t yardstick, and the same program on Arb's dot products.
//   benchmark_taylor [digits ...] [--runs N] [--only W1|W2] [--without-arb] [--without-plain]
// or, instead:
//   --peers     PARI/GP, mpmath's odefun and Odeint's steppers at 30 digits over a short time, alternating
//   --exponent  cost of a step of W1 from 300 to 3000 digits
//   --samples   the share of sample times
//   --widths    the cost of wider networks at 50 digits
#include "plain_taylor.hpp"
#include "problems.hpp"

#include <eonflow/number/text.hpp>
#include <eonflow/ode/odeint.hpp>
#include <eonflow/ode/taylor.hpp>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmath>
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

number::Vector start_of(const benchmarks::problem& p) {
    number::Vector start;
    for (const Rational& y : p.start) start.push_back(number::to_real(y));
    return start;
}

void run_engine(const benchmarks::problem& p, const Rational& end, std::int64_t digits, ode::taylor::arithmetic coefficients, measured& best) {
    const number::precision_scope scope(number::bits_for_digits(digits) + 32);
    const number::Vector start = start_of(p);
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

/// One row of the table of widths.
void print_width(int width, int samples) {
    const benchmarks::problem p = benchmarks::deep_linear(width, samples);
    const series::program program = series::compile(p.field);
    double products = 0;
    for (const auto& v : program.variables) {
        for (const auto& t : v.terms) products += t.right == series::nothing ? 0 : 1;
        products += v.how == series::rule::function ? 1 : 0;
    }
    const std::int64_t digits = 50;
    const number::precision_scope scope(number::bits_for_digits(digits) + 32);
    ode::taylor t(p.field, {.bits = scope.bits(), .digits = digits});
    t.start(0, start_of(p));
    (void)t.step(1000000);  // finds exponents and length
    constexpr int steps = 3;
    double seconds = INFINITY;
    for (int i = 0; i < steps; ++i) {
        const std::int64_t expansions = t.counted().evaluations;
        const double before = cpu_seconds();
        (void)t.step(1000000);
        seconds = std::min(seconds, (cpu_seconds() - before) / static_cast<double>(t.counted().evaluations - expansions));
    }
    const double order = t.counted().order;
    rusage used{};
    getrusage(RUSAGE_SELF, &used);
    std::printf("%6d %8d %10zu %10zu %10.0f %12.4f %14.2f %8.0f\n", width, samples, program.states, program.variables.size(), products, seconds,
                1e9 * seconds / (products * order * order / 2), static_cast<double>(used.ru_maxrss) / 1024);
    std::fflush(stdout);
}

/// Cost of one step of networks of growing width, 50 digits; every row in a process of its own, for its memory.
int print_widths() {
    std::printf("%6s %8s %10s %10s %10s %12s %14s %8s\n", "width", "samples", "parameters", "variables", "products", "s per step", "ns per product", "MB");
    std::fflush(stdout);
    for (const auto& [width, samples] : {std::pair(4, 6), std::pair(8, 20), std::pair(8, 100), std::pair(16, 20), std::pair(16, 100), std::pair(32, 20), std::pair(32, 100)}) {
        const pid_t child = fork();
        if (child == 0) {
            print_width(width, samples);
            std::_Exit(0);
        }
        int status = 0;
        if (child < 0 || waitpid(child, &status, 0) != child || status != 0) return 1;
    }
    return 0;
}

/// CPU seconds of a shell command, or infinity where it fails.
double run_command(const std::string& command) {
    const auto used = [] {
        rusage u{};
        getrusage(RUSAGE_CHILDREN, &u);
        return static_cast<double>(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + 1e-6 * static_cast<double>(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
    };
    const double before = used();
    return std::system((command + " > /dev/null").c_str()) == 0 ? used() - before : INFINITY;
}

int print_peers(int runs) {
    constexpr std::int64_t digits = 30;
    std::printf("CPU seconds at 30 digits, lowest of %d alternating runs\n%-4s %6s %10s %10s %10s %10s %10s %10s\n", runs, "", "time", "eonflow", "mpfr_t", "PARI/GP", "odefun",
                "Odeint BS", "Odeint RKF");
    for (const benchmarks::problem& p : {benchmarks::diagonal_regression(), benchmarks::deep_linear()}) {
        const Rational end = p.name == "W1" ? Rational(1, 2) : Rational(1, 8);
        const std::string folder = std::string(EONFLOW_BENCHMARK_DIR) + "/peers/", which = p.name.substr(1), time = number::to_text(end);
        measured fast, plain;
        double pari = INFINITY, mpmath = INFINITY, odeint[2] = {INFINITY, INFINITY};
        for (int run = 0; run < runs; ++run) {
            run_engine(p, end, digits, ode::taylor::arithmetic::automatic, fast);
            run_plain(p, end, digits, plain);
            pari = std::min(pari, run_command("(echo 'D=30; last=" + time + "; which=" + which + ";'; cat " + folder + "taylor.gp) | gp -q -f"));
            mpmath = std::min(mpmath, run_command("/usr/bin/env python3 " + folder + "odefun.py 30 " + time + " " + which));
            for (const int k : {0, 1}) {
                const number::precision_scope scope(number::bits_for_digits(digits) + 32);
                const double before = cpu_seconds();
                ode::witness w(p.field, {.bits = scope.bits(), .digits = digits, .stepper = k == 0 ? ode::witness::method::bulirsch_stoer : ode::witness::method::runge_kutta_fehlberg78});
                w.start(0, start_of(p));
                if (w.advance(number::to_real(end)) == ode::status::reached) odeint[k] = std::min(odeint[k], cpu_seconds() - before);
            }
        }
        std::printf("%-4s %6s %10.4f %10.4f %10.4f %10.4f %10.4f %10.4f\n", p.name.c_str(), time.c_str(), fast.seconds, plain.seconds, pari, mpmath, odeint[0], odeint[1]);
        std::fflush(stdout);
    }
    return 0;
}

/// The second step of W1 at growing precision.
int print_exponent() {
    std::printf("%6s %6s %12s %10s\n", "digits", "order", "s per step", "exponent");
    double last = 0, last_digits = 0;
    for (const std::int64_t digits : {300, 1000, 3000}) {
        const benchmarks::problem p = benchmarks::diagonal_regression();
        const number::precision_scope scope(number::bits_for_digits(digits) + 32);
        ode::taylor t(p.field, {.bits = scope.bits(), .digits = digits});
        t.start(0, start_of(p));
        (void)t.step(1000000);
        const std::int64_t expansions = t.counted().evaluations;
        const double before = cpu_seconds();
        (void)t.step(1000000);
        const double seconds = (cpu_seconds() - before) / static_cast<double>(t.counted().evaluations - expansions), size = static_cast<double>(digits);
        std::printf("%6ld %6d %12.4f", static_cast<long>(digits), t.counted().order, seconds);
        std::printf(last > 0 ? " %10.2f\n" : "\n", std::log(seconds / last) / std::log(size / last_digits));
        std::fflush(stdout);
        last = seconds, last_digits = size;
    }
    return 0;
}

/// W2 to t = 4 with and without two sample times a step.
int print_samples(int runs) {
    for (const std::int64_t digits : {30, 50, 100}) {
        const benchmarks::problem p = benchmarks::deep_linear();
        double best[2] = {INFINITY, INFINITY};
        for (int run = 0; run < runs; ++run)
            for (const int samples : {0, 70}) {
                const number::precision_scope scope(number::bits_for_digits(digits) + 32);
                const double before = cpu_seconds();
                ode::taylor t(p.field, {.bits = scope.bits(), .digits = digits});
                t.start(0, start_of(p));
                for (int k = 1; k <= samples; ++k) (void)t.advance(number::to_real(Rational(4 * k, samples)));
                (void)t.advance(4);
                double& least = best[samples > 0];
                least = std::min(least, cpu_seconds() - before);
            }
        std::printf("%ld digits: %.4f s, with 70 sample times %.4f s, %.1f %% more\n", static_cast<long>(digits), best[0], best[1], 100 * (best[1] / best[0] - 1));
        std::fflush(stdout);
    }
    return 0;
}

}  // namespace

int main(int count, char** arguments) {
    std::vector<std::int64_t> precisions;
    int runs = 3;
    std::string only, other;
    bool with_arb = true, with_plain = true;
    for (int i = 1; i < count; ++i) {
        if (const std::string a = arguments[i]; a == "--widths" || a == "--peers" || a == "--exponent" || a == "--samples")
            other = a;
        else if (std::string(arguments[i]) == "--without-arb")
            with_arb = false;
        else if (std::string(arguments[i]) == "--without-plain")
            with_plain = false;
        else if (std::string(arguments[i]) == "--only" && i + 1 < count)
            only = arguments[++i];
        else if (std::string(arguments[i]) == "--runs" && i + 1 < count)
            runs = std::atoi(arguments[++i]);
        else
            precisions.push_back(std::atol(arguments[i]));
    }
    if (other == "--widths") return print_widths();
    if (other == "--exponent") return print_exponent();
    if (other == "--peers") return print_peers(runs);
    if (other == "--samples") return print_samples(runs);
    if (precisions.empty()) precisions = {30, 50, 100, 300, 1000};
    std::printf("CPU seconds, lowest of %d alternating runs\n", runs);
    std::printf("%-4s %6s %8s | %9s %5s | %9s %5s %6s | %9s %6s | %s\n", "", "digits", "time", "eonflow", "steps", "mpfr_t", "steps", "ratio", "Arb dot",
                "ratio", "digits agreeing, fallen back");
    for (const std::int64_t digits : precisions)
        for (const benchmarks::problem& p : {benchmarks::diagonal_regression(), benchmarks::deep_linear()}) {
            if (!only.empty() && p.name != only) continue;
            const Rational end = end_for(p, digits);
            measured fast, plain, arb;
            for (int run = 0; run < runs; ++run) {
                run_engine(p, end, digits, ode::taylor::arithmetic::automatic, fast);
                if (with_plain && (run == 0 || digits <= 100)) run_plain(p, end, digits, plain);
                if (with_arb && (run == 0 || digits <= 100)) run_engine(p, end, digits, ode::taylor::arithmetic::floating, arb);
            }
            const number::precision_scope scope(number::bits_for_digits(digits) + 32);
            std::printf("%-4s %6ld %8s | %9.4f %5ld | %9.4f %5ld %6.1f | %9.4f %6.1f | %ld %ld, %ld\n", p.name.c_str(), static_cast<long>(digits),
                        number::to_text(end).c_str(), fast.seconds, static_cast<long>(fast.steps), with_plain ? plain.seconds : 0.0, static_cast<long>(plain.steps),
                        with_plain ? plain.seconds / fast.seconds : 0.0, with_arb ? arb.seconds : 0.0, with_arb ? arb.seconds / fast.seconds : 0.0,
                        with_arb ? static_cast<long>(agreement(fast.state, arb.state)) : 0L,
                        with_plain ? static_cast<long>(agreement(fast.state, plain.state)) : 0L, static_cast<long>(fast.fallen_back));
            std::fflush(stdout);
        }
    return 0;
}
