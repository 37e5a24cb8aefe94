/// Exact convex programs against FLINT's linear solvers and QSopt_ex's esolver (where installed), potentials against one Newton step in Arb, CPU seconds of one core, interleaved, least of several runs.
///   benchmark_convex [ROUNDS]

#include <eonflow/convex/check.hpp>
#include <eonflow/convex/solve.hpp>

#include <flint/flint.h>
#include <flint/fmpq_mat.h>
#include <flint/fmpz_mat.h>
#if __has_include(<flint/arb_mat.h>)
#include <flint/arb_mat.h>
#else
#include <arb_mat.h>
#endif
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

using namespace eonflow::convex;
using eonflow::number::Matrix;
using eonflow::number::Rational;

namespace {

double cpu_seconds(int who) {
    rusage usage{};
    getrusage(who, &usage);
    const auto seconds = [](const timeval& t) { return static_cast<double>(t.tv_sec) + 1e-6 * static_cast<double>(t.tv_usec); };
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

struct contestant {
    const char* name;
    std::function<void()> run;
    int who = RUSAGE_SELF;
    double best = 1e300;
};

/// Runs the contestants in turn and prints the least time of each and its ratio to the first.
void race(const std::string& title, std::vector<contestant> contestants, int rounds) {
    for (int round = 0; round < rounds; ++round)
        for (contestant& c : contestants) {
            // Repeated until the clock can tell.
            int repeats = 0;
            const double start = cpu_seconds(c.who);
            double spent = 0;
            do {
                c.run();
                ++repeats;
                spent = cpu_seconds(c.who) - start;
            } while (spent < 0.02);
            c.best = std::min(c.best, spent / repeats);
        }
    std::printf("%s\n", title.c_str());
    for (const contestant& c : contestants) std::printf("  %-52s %12.6f s   ratio %9.2f\n", c.name, c.best, c.best / contestants[0].best);
    std::fflush(stdout);
}

class generator {
public:
    explicit generator(std::uint64_t seed) : state_(seed) {}
    int digit() {
        state_ = state_ * 6364136223846793005u + 1442695040888963407u;
        return static_cast<int>((state_ >> 33) % 19) - 9;
    }
    Matrix<Rational> matrix(std::size_t n, std::size_t d) {
        Matrix<Rational> result(n, d);
        for (Rational& x : result.entries()) x = digit();
        return result;
    }

private:
    std::uint64_t state_;
};

/// The Gram system of the support rows, as FLINT matrices.
struct kkt_system {
    kkt_system(const Matrix<Rational>& z, const std::vector<std::size_t>& support) {
        const auto m = static_cast<slong>(support.size());
        fmpz_mat_t rows, transpose;
        fmpz_mat_init(rows, m, static_cast<slong>(z.columns()));
        fmpz_mat_init(transpose, static_cast<slong>(z.columns()), m);
        for (std::size_t i = 0; i < support.size(); ++i)
            for (std::size_t j = 0; j < z.columns(); ++j)
                fmpz_set_si(fmpz_mat_entry(rows, static_cast<slong>(i), static_cast<slong>(j)), static_cast<slong>(z(support[i], j).convert_to<double>()));
        fmpz_mat_transpose(transpose, rows);
        fmpz_mat_init(a, m, m);
        fmpz_mat_mul(a, rows, transpose);
        fmpz_mat_init(b, m, 1);
        for (slong i = 0; i < m; ++i) fmpz_one(fmpz_mat_entry(b, i, 0));
        fmpz_mat_init(x, m, 1);
        fmpz_init(denominator);
        fmpq_mat_init(qa, m, m);
        fmpq_mat_init(qb, m, 1);
        fmpq_mat_init(qx, m, 1);
        fmpq_mat_set_fmpz_mat(qa, a);
        fmpq_mat_set_fmpz_mat(qb, b);
        fmpz_mat_clear(rows);
        fmpz_mat_clear(transpose);
    }
    kkt_system(const kkt_system&) = delete;
    kkt_system& operator=(const kkt_system&) = delete;
    ~kkt_system() {
        for (fmpz_mat_struct* m : {a, b, x}) fmpz_mat_clear(m);
        for (fmpq_mat_struct* m : {qa, qb, qx}) fmpq_mat_clear(m);
        fmpz_clear(denominator);
    }
    fmpz_mat_t a, b, x;
    fmpq_mat_t qa, qb, qx;
    fmpz_t denominator;
};

void quadratic(std::size_t n, std::size_t d, int rounds, bool slow_peers) {
    const Matrix<Rational> z = generator(n).matrix(n, d);
    const Program program = l2_margin(z);
    const Solution solution = solve(program);
    kkt_system kkt(z, solution.certificate.support);
    std::vector<contestant> contestants = {
        {"whole exact QP with proof", [&] { (void)solve(program); }},
        {"copying its program (part of the above)", [&] { Program copy = program; }},
        {"50 digits of it", [&] { (void)solve(program).point(50); }},
        {"1000 digits of it", [&] { (void)solve(program).point(1000); }},
        {"independent check", [&] { (void)check(solution.certificate); }},
        {"KKT system only, FLINT fmpz_mat_solve_dixon_den", [&] { fmpz_mat_solve_dixon_den(kkt.x, kkt.denominator, kkt.a, kkt.b); }},
        {"KKT system only, FLINT fmpq_mat_solve", [&] { fmpq_mat_solve(kkt.qx, kkt.qa, kkt.qb); }},
    };
    if (slow_peers) contestants.push_back({"KKT system only, FLINT fmpz_mat_solve_fflu", [&] { fmpz_mat_solve_fflu(kkt.x, kkt.denominator, kkt.a, kkt.b); }});
    race("l2 max margin " + std::to_string(n) + " x " + std::to_string(d) + ", " + std::to_string(solution.certificate.support.size()) + " support rows",
         std::move(contestants), rounds);
}

void write_lp(const Program& program, const std::string& file) {
    std::ofstream out(file);
    const auto term = [&](const Rational& c, const std::string& name) { out << (c < 0 ? " - " : " + ") << abs(c) << " " << name; };
    out << "Minimize\n obj:";
    for (std::size_t j = 0; j < program.columns(); ++j) out << " + 1 p" << j << " + 1 m" << j << (j % 8 == 7 ? "\n" : "");
    out << "\nSubject To\n";
    for (std::size_t i = 0; i < program.rows(); ++i) {
        out << " r" << i << ":";
        for (std::size_t j = 0; j < program.columns(); ++j) {
            if (program.matrix(i, j) == 0) continue;
            term(program.matrix(i, j), "p" + std::to_string(j));
            term(-program.matrix(i, j), "m" + std::to_string(j));
            if (j % 8 == 7) out << "\n";
        }
        out << (program.relation[i] == Relation::equal ? " = " : " >= ") << program.right[i] << "\n";
    }
    out << "End\n";
}

void linear(const std::string& title, const Program& program, int rounds, bool peer) {
    const Solution solution = solve(program);
    std::vector<contestant> contestants = {
        {"exact LP with proof of uniqueness or face", [&] { (void)solve(program); }},
        {"independent check", [&] { (void)check(solution.certificate); }},
    };
    const std::string file = (std::filesystem::temp_directory_path() / ("eonflow_benchmark_" + std::to_string(getpid()) + ".lp")).string();
    const std::string command = "esolver -L " + file + " >" + file + ".out 2>&1";
    if (peer && std::system("command -v esolver >/dev/null 2>&1") == 0) {
        write_lp(program, file);
        contestants.push_back({"QSopt_ex esolver", [&] { (void)!std::system(command.c_str()); }, RUSAGE_CHILDREN});
    }
    race(title + (solution.certificate.unique ? "" : " (minimizer not unique)"), std::move(contestants), rounds);
    std::remove(file.c_str());
    std::remove((file + ".out").c_str());
}

void entropy(std::size_t n, std::size_t d, const char* scale, int rounds) {
    generator random(n);
    Matrix<Rational> x = random.matrix(n, d);
    std::vector<Rational> y;
    for (std::size_t i = 0; i < n; ++i) y.emplace_back(random.digit());
    const Program program = bregman(Matrix<Rational>(x), y, std::vector<Potential>(d, {"hyperbolic", {1, Rational(scale)}}));
    // What Newton's method in balls pays once: the responses sinh of X^T nu, X diag(slopes) X^T and a solution with it.
    const auto newton_step_in_arb = [&x, n, d](slong bits) {
        const auto rows = static_cast<slong>(n), columns = static_cast<slong>(d);
        arb_mat_t left, right, system, solution;
        arb_mat_init(left, rows, columns);
        arb_mat_init(right, columns, rows);
        arb_mat_init(system, rows, rows);
        arb_mat_init(solution, rows, 1);
        arb_t price, slope, response;
        for (arb_ptr value : {price, slope, response}) arb_init(value);
        for (slong j = 0; j < columns; ++j) {
            arb_set_si(price, j + 1);
            arb_div_si(price, price, columns, bits);
            arb_sinh_cosh(response, slope, price, bits);
            for (slong i = 0; i < rows; ++i) {
                const auto entry = static_cast<slong>(x(static_cast<std::size_t>(i), static_cast<std::size_t>(j)).convert_to<double>());
                arb_set_si(arb_mat_entry(right, j, i), entry);
                arb_mul_si(arb_mat_entry(left, i, j), slope, entry, bits);
                arb_addmul_si(arb_mat_entry(solution, i, 0), response, entry, bits);
            }
        }
        arb_mat_mul(system, left, right, bits);
        arb_mat_solve(solution, system, solution, bits);
        for (arb_ptr value : {price, slope, response}) arb_clear(value);
        for (arb_mat_struct* matrix : {left, right, system, solution}) arb_mat_clear(matrix);
    };
    std::vector<contestant> contestants;
    for (const int digits : {50, 1000}) contestants.push_back({digits == 50 ? "50 certified digits" : "1000 certified digits", [&program, digits] { (void)solve(program, digits); }});
    contestants.push_back({"one Newton step at 1000 digits in Arb", [&] { newton_step_in_arb(3400); }});
    race("hyperbolic entropy " + std::to_string(n) + " x " + std::to_string(d) + ", scale " + scale, std::move(contestants), rounds);
}

void small_programs() {
    generator random(7);
    std::vector<Program> programs;
    for (int k = 0; k < 2000; ++k) {
        const auto size = [&] { return static_cast<std::size_t>(1 + (random.digit() + 9 + 19 * (random.digit() + 9)) % 20); };
        const std::size_t n = size(), d = size();
        programs.push_back(l2_margin(random.matrix(n, d)));
    }
    race("2000 random l2 margins, n and d up to 20", {{"all of them", [&] { for (const Program& p : programs) (void)solve(p); }}}, 5);
}

}  // namespace

int main(int argc, char** argv) {
    const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 3;
    quadratic(20, 10, rounds, true);
    quadratic(100, 200, rounds, true);
    quadratic(300, 600, rounds, false);
    small_programs();
    entropy(30, 100, "1/10", rounds);
    entropy(30, 100, "1/10000000000", rounds);
    generator random(1);
    for (const auto& [n, d] : {std::pair{30, 100}, std::pair{100, 300}, std::pair{200, 600}}) {
        const auto rows = static_cast<std::size_t>(n), columns = static_cast<std::size_t>(d);
        Matrix<Rational> x = random.matrix(rows, columns);
        std::vector<Rational> y;
        for (std::size_t i = 0; i < rows; ++i) y.emplace_back(random.digit());
        linear("basis pursuit " + std::to_string(n) + " x " + std::to_string(d), basis_pursuit(std::move(x), std::move(y)), rounds, n < 200);
    }
    linear("l1 max margin 100 x 200", l1_margin(random.matrix(100, 200)), rounds, true);
}
