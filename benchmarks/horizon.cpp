// The horizon: what a direction costs, and where Boost.Odeint's steppers are after the same CPU time.
//   benchmark_horizon [--digits] [--parameters [MOST]] [--odeint] [--runs N]      (default: --digits --odeint)
//   --digits      linear, dense and diagonal predictors from 30 to 1000 digits of the limit, and the stored real data; every run confirmed by a second one
//   --parameters  dense networks of depth 2 with up to MOST (default 500) parameters, 30 digits of the limit within 40 digits of precision
//   --odeint      t and the error of the direction that Odeint reaches in the CPU time of 30 and of 100 digits
#include <eonflow/ode/odeint_traits.hpp>

#include <eonflow/convex/solve.hpp>
#include <eonflow/flow/horizon.hpp>
#include <eonflow/flow/observe.hpp>
#include <eonflow/io/data_file.hpp>
#include <eonflow/model/model.hpp>
#include <eonflow/number/text.hpp>

#include <boost/numeric/odeint/stepper/controlled_runge_kutta.hpp>
#include <boost/numeric/odeint/stepper/generation.hpp>
#include <boost/numeric/odeint/stepper/runge_kutta_fehlberg78.hpp>

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

using namespace eonflow;
using number::Rational;
using number::Real;
using number::Vector;

namespace {

double cpu_seconds() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

using rows = std::vector<std::vector<Rational>>;

rows parsed(const std::vector<std::vector<std::string>>& text) {
    rows x;
    for (const auto& row : text) {
        x.emplace_back();
        for (const auto& entry : row) x.back().push_back(number::parse_rational(entry));
    }
    return x;
}

const rows six = parsed({{"1", "1/2", "0"}, {"1/2", "1", "3/10"}, {"1", "1", "-1/2"}, {"2", "1/3", "1"}, {"1/4", "3/2", "1/5"}, {"1", "-1/4", "2"}});

/// Rational starts of mixed signs; 0 for a linear predictor.
std::vector<Rational> start_for(const model::Model& m, bool positive) {
    std::vector<Rational> start;
    for (std::size_t i = 0; i < m.parameters(); ++i) {
        const auto numerator = 2 * static_cast<std::int64_t>((i * 7 + 3) % 11) - 9;
        start.emplace_back(m.family == "linear" ? 0 : positive ? std::abs(numerator) : numerator, 20);
    }
    return start;
}

flow::Problem problem(const rows& x, const std::vector<Rational>& labels, model::Model m, bool positive = false, model::loss_kind kind = model::loss_kind::exponential) {
    flow::Problem p;
    p.data.X = number::Matrix<Rational>(x.size(), x.front().size());
    for (std::size_t i = 0; i < x.size(); ++i) std::copy(x[i].begin(), x[i].end(), p.data.X.row(i).begin());
    p.data.y = labels;
    p.initial = start_for(m, positive);
    p.model = std::move(m);
    p.loss.kind = kind;
    return p;
}

model::Model dense(const std::vector<std::size_t>& widths) { return model::dense(widths); }

flow::Problem unlabelled(const rows& x, model::Model m, bool positive = false) { return problem(x, std::vector<Rational>(x.size(), 1), std::move(m), positive); }

flow::Problem stored(const std::string& file, const std::vector<std::size_t>& hidden) {
    std::ifstream from(std::string(EONFLOW_BENCHMARK_DIR) + "/../proofs-data/real/" + file);
    const flow::Data data = io::parse_csv(std::string(std::istreambuf_iterator<char>(from), {}), file);
    rows x;
    for (std::size_t i = 0; i < data.X.rows(); ++i) x.emplace_back(data.X.row(i).begin(), data.X.row(i).end());
    std::vector<std::size_t> widths = {data.X.columns()};
    widths.insert(widths.end(), hidden.begin(), hidden.end());
    widths.push_back(1);
    return problem(x, data.y, hidden.empty() ? model::linear(data.X.columns()) : dense(widths));
}

struct outcome {
    flow::HorizonResult result;
    double seconds = 0;
};

outcome run(const flow::Problem& p, std::int64_t digits, std::int64_t digits_on_the_way) {
    flow::HorizonOptions o;
    o.digits = digits_on_the_way;
    const double before = cpu_seconds();
    outcome found{flow::follow_to_horizon(p, {{flow::HorizonTarget::what::direction_digits, digits}}, o), 0};
    found.seconds = cpu_seconds() - before;
    return found;
}

void print(const std::string& name, const outcome& o, std::int64_t digits) {
    const number::precision_scope scope(o.result.precision_bits);
    const flow::HorizonSample& s = o.result.samples.back();
    std::int64_t least = digits + 1000;
    for (const auto& v : s.direction) least = std::min(least, v.digits);
    std::printf("%-32s %6ld %7d %9s %9s %5ld + %4ld %9ld %9.2f\n", name.c_str(), static_cast<long>(digits), o.result.stages, number::to_decimal(s.log_radius.value, 4).c_str(),
                number::to_decimal(s.log10_log10_time.value, 4).c_str(), static_cast<long>(o.result.early.steps), static_cast<long>(o.result.late.steps), static_cast<long>(least), o.seconds);
    std::fflush(stdout);
}

void print_digits(int runs) {
    std::printf("CPU seconds from the start to the digits of the direction, two passes, least of %d\n%-32s %6s %7s %9s %9s %12s %9s %9s\n", runs, "problem", "digits", "stages", "log |θ|",
                "log²10 t", "steps", "verified", "seconds");
    const auto measure = [&](const std::string& name, const flow::Problem& p, std::int64_t digits) {
        outcome best;
        for (int k = 0; k < runs; ++k)
            if (outcome o = run(p, digits, std::min<std::int64_t>(digits, 30)); k == 0 || o.seconds < best.seconds) best = std::move(o);
        print(name, best, digits);
    };
    for (const std::int64_t digits : {30, 100, 300, 1000}) measure("linear, d = 3, n = 6", unlabelled(six, model::linear(3)), digits);
    for (const std::int64_t digits : {30, 100, 300}) {
        measure("dense 3-3-1, n = 6", unlabelled(six, dense({3, 3, 1})), digits);
        measure("dense 3-3-3-1, n = 6", unlabelled(six, dense({3, 3, 3, 1})), digits);
        measure("diagonal, depth 2, n = 6", unlabelled(six, model::diagonal(3, 2), true), digits);
    }
    measure("iris, linear", stored("iris_setosa_versicolor.csv", {}), 30);
    measure("iris, dense 4-3-1", stored("iris_setosa_versicolor.csv", {3}), 30);
    measure("iris, dense 4-3-3-1", stored("iris_setosa_versicolor.csv", {3, 3}), 30);
    measure("digits 0/1, linear", stored("digits_zero_one.csv", {}), 30);
}

void print_parameters(std::size_t most) {
    std::printf("CPU seconds of one pass, dense networks d-h-1 with n samples, 40 digits all the way, until the direction is within 10^-30\n%-32s %6s %7s %9s %9s %12s %9s %9s\n", "problem", "digits",
                "stages", "log |θ|", "log²10 t", "steps", "verified", "seconds");
    for (const auto& [d, h, n] : {std::tuple(4, 3, 8), std::tuple(6, 4, 12), std::tuple(10, 8, 20), std::tuple(14, 13, 30), std::tuple(20, 24, 50)}) {
        const auto features = static_cast<std::size_t>(d), hidden = static_cast<std::size_t>(h), samples = static_cast<std::size_t>(n);
        if (features * hidden + hidden > most + 4) break;
        std::mt19937 random(3);
        rows x(samples, std::vector<Rational>(features));
        for (auto& row : x) {
            for (Rational& entry : row) entry = Rational(static_cast<int>(random() % 19) - 9, 4);
            row[0] = Rational(static_cast<int>(random() % 9) + 5, 4);  // separable by the first axis
        }
        flow::Problem p = unlabelled(x, dense({features, hidden, 1}));
        for (Rational& entry : p.initial) entry = Rational(static_cast<int>(random() % 101) - 50, 100);
        flow::HorizonOptions o;
        o.digits = 40;
        o.confirm = false;
        const double before = cpu_seconds();
        outcome found{flow::follow_to_horizon(p, {{flow::HorizonTarget::what::direction_digits, 30}}, o), 0};
        found.seconds = cpu_seconds() - before;
        print("N = " + std::to_string(features * hidden + hidden) + ", d = " + std::to_string(d) + ", n = " + std::to_string(n), found, 30);
    }
}

// ---- Odeint ----

using fifty = boost::multiprecision::number<boost::multiprecision::mpfr_float_backend<50, boost::multiprecision::allocate_stack>, boost::multiprecision::et_off>;

/// The gradient flow of a linear predictor under the exponential loss, in t, or in tau with dtau = loss dt; then a last state carries log t.
template <class T>
struct linear_flow {
    std::vector<std::vector<T>> x;
    bool normalized = false;

    void operator()(const std::vector<T>& w, std::vector<T>& slope, const T&) const {
        using std::exp, std::log;
        const std::size_t d = x.front().size();
        std::vector<T> margin;
        for (const auto& row : x) {
            T z(0);
            for (std::size_t j = 0; j < d; ++j) z += row[j] * w[j];
            margin.push_back(z);
        }
        const T least = normalized ? *std::min_element(margin.begin(), margin.end()) : T(0);
        T total(0);
        for (T& z : margin) z = exp(least - z), total += z;
        const T share = normalized ? T(1 / total) : T(1);
        std::fill(slope.begin(), slope.end(), T(0));
        for (std::size_t i = 0; i < x.size(); ++i)
            for (std::size_t j = 0; j < d; ++j) slope[j] += margin[i] * share * x[i][j];
        if (normalized) slope[d] = exp(least - log(total) - w[d]);
    }
};

template <class T>
void drive(const char* name, bool normalized, double seconds, const T& tolerance, const Vector& limit) {
    using std::log10;
    linear_flow<T> field{{}, normalized};
    for (const auto& row : six) {
        field.x.emplace_back();
        for (const Rational& entry : row) field.x.back().push_back(static_cast<T>(entry));
    }
    namespace odeint = boost::numeric::odeint;
    using state = std::vector<T>;
    auto stepper = odeint::make_controlled(tolerance, tolerance, odeint::runge_kutta_fehlberg78<state, T, state, T>());
    state w(normalized ? 4 : 3, T(0));
    T time(0), step = T(1) / 100;
    std::int64_t steps = 0;
    const double before = cpu_seconds();
    bool failed = false;
    while (!failed && cpu_seconds() - before < seconds)
        for (int k = 0; k < 20 && !failed; ++k) {
            (void)stepper.try_step(field, w, time, step);
            failed = step != step || w[0] != w[0] || step > T(1e300);
            ++steps;
        }
    Vector direction;
    for (std::size_t j = 0; j < 3; ++j) direction.push_back(Real(w[j]));
    direction = flow::normalized(direction);
    for (std::size_t j = 0; j < 3; ++j) direction[j] -= limit[j];
    const T log10_time = normalized ? T(w[3] / log(T(10))) : T(log10(time));
    std::printf("  %-44s %14s %12s %10ld%s\n", name, number::to_decimal(Real(log10_time), 4).c_str(), number::to_decimal(flow::norm(direction), 3).c_str(), static_cast<long>(steps),
                failed ? "  (t leaves the range of doubles)" : "");
    std::fflush(stdout);
}

void print_odeint() {
    const flow::Problem p = unlabelled(six, model::linear(3));
    const auto margin = convex::solve(convex::l2_margin(p.data.signed_rows()));
    for (const std::int64_t digits : {30, 100}) {
        const outcome ours = run(p, digits, 30);
        const number::precision_scope scope(ours.result.precision_bits);
        Vector limit;
        for (const auto& ball : margin.point(digits + 20)) limit.push_back(ball.midpoint());
        limit = flow::normalized(limit);
        const flow::HorizonSample& s = ours.result.samples.back();
        Vector distance;
        for (std::size_t j = 0; j < 3; ++j) distance.push_back(s.direction[j].value - limit[j]);
        std::printf("linear predictor, d = 3, n = 6, %.2f s of CPU each\n  %-44s %14s %12s %10s\n", ours.seconds, "", "log10 t", "error", "steps");
        std::printf("  %-44s %14s %12s %10ld\n", ("eonflow, " + std::to_string(digits) + " digits, confirmed").c_str(), number::to_decimal(s.log_time.value / log(Real(10)), 4).c_str(),
                    number::to_decimal(flow::norm(distance), 3).c_str(), static_cast<long>(ours.result.early.steps + ours.result.late.steps));
        drive<double>("Odeint Fehlberg 7(8), double, in t", false, ours.seconds, 1e-12, limit);
        drive<double>("Odeint Fehlberg 7(8), double, in tau", true, ours.seconds, 1e-12, limit);
        drive<fifty>("Odeint Fehlberg 7(8), 50 digits, in t", false, ours.seconds, fifty("1e-20"), limit);
        drive<fifty>("Odeint Fehlberg 7(8), 50 digits, in tau", true, ours.seconds, fifty("1e-20"), limit);
    }
}

}  // namespace

int main(int count, char** arguments) {
    bool digits = false, odeint = false;
    std::size_t parameters = 0;
    int runs = 1;
    for (int k = 1; k < count; ++k) {
        const std::string a = arguments[k];
        if (a == "--digits") digits = true;
        if (a == "--odeint") odeint = true;
        if (a == "--parameters") {
            parameters = 500;
            if (k + 1 < count && std::atol(arguments[k + 1]) > 0) parameters = static_cast<std::size_t>(std::atol(arguments[++k]));
        }
        if (a == "--runs" && k + 1 < count) runs = std::atoi(arguments[++k]);
    }
    if (!digits && !odeint && parameters == 0) digits = odeint = true;
    if (digits) print_digits(runs);
    if (parameters > 0) print_parameters(parameters);
    if (odeint) print_odeint();
    return 0;
}
