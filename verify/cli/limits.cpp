#include <verify/cli/limits.hpp>

#include <verify/cli/input.hpp>
#include <verify/cli/terminal.hpp>

#include <eonflow/number/failure.hpp>

#include <csignal>
#include <new>
#include <string_view>

#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

namespace eonflow::verify::cli {

namespace {

constexpr std::int64_t least_memory = 64, most_memory = std::int64_t{1} << 30, most_seconds = 1'000'000'000;
constexpr long grace_seconds = 5;

/// Says `message` and ends the process, with nothing but calls that are safe where memory is short or a signal is handled.
[[noreturn]] void end(std::string_view message, int status) {
    [[maybe_unused]] const auto written = ::write(STDERR_FILENO, message.data(), message.size());
    ::_exit(status);
}

[[noreturn]] void out_of_memory() { end("eonflow: error: out of memory (see --max-memory); nothing was written but checkpoints\n", 4); }

}  // namespace

void set_limits(const Limits& limits) {
    number::set_failure_handlers(out_of_memory, [] { end("eonflow: error: the arithmetic library gave up; nothing was written but checkpoints\n", 4); });
    std::set_new_handler(out_of_memory);
    if (!limits.memory.empty()) {
        const auto bytes = static_cast<rlim_t>(integer_option(limits.memory, "--max-memory", least_memory, most_memory)) << 20;
        const rlimit wanted{bytes, bytes};
        if (::setrlimit(RLIMIT_AS, &wanted) != 0) throw invalid_input("a limit of " + limits.memory + " MiB cannot be set, accepted is at most the limit there is", "--max-memory");
    }
    if (!limits.seconds.empty()) {
        catch_interrupts();
        struct sigaction action {};
        action.sa_handler = [](int) {
            static volatile std::sig_atomic_t rung = 0;
            if (rung != 0) end("eonflow: error: the time of --max-seconds is over; nothing was written but checkpoints\n", 2);
            rung = 1;
            std::raise(SIGINT);
        };
        ::sigaction(SIGALRM, &action, nullptr);
        const itimerval timer{{grace_seconds, 0}, {integer_option(limits.seconds, "--max-seconds", 1, most_seconds), 0}};
        ::setitimer(ITIMER_REAL, &timer, nullptr);
    }
}

}  // namespace eonflow::verify::cli
