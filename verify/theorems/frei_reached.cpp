#include <verify/theorems/frei_2023.hpp>

#include <verify/judge.hpp>

#include <eonflow/convex/check.hpp>
#include <eonflow/flow/integrate.hpp>
#include <eonflow/flow/observe.hpp>
#include <eonflow/limit/cell.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

#include <algorithm>

namespace eonflow::verify::frei {

using number::Matrix;
using number::Rational;
using number::Real;
using number::Vector;

namespace {

constexpr int most_patterns = 100;  ///< patterns tried where the one of the flow does not hold its own solution

/// Signs of the pre-activations, 0 where they are 0 to half of the digits: what slides.
Matrix<int> signs_of(const flow::Problem& problem, const Vector& theta, std::int64_t digits) {
    const std::size_t n = problem.data.samples(), d = problem.data.features(), m = problem.model.output.size();
    Matrix<int> signs(m, n);
    for (std::size_t j = 0; j < m; ++j)
        for (std::size_t i = 0; i < n; ++i) {
            Real u = 0, size = 0;
            for (std::size_t c = 0; c < d; ++c) {
                const Real part = theta[j * d + c] * number::to_real(problem.data.X(i, c));
                u += part, size += abs(part);
            }
            signs(j, i) = abs(u) <= size * pow(Real(10), -digits / 2) ? 0 : u > 0 ? 1 : -1;
        }
    return signs;
}

/// Verified digits of theta/|theta|, referred to its length 1: small entries have fewer of their own.
std::int64_t direction_digits(const flow::Sample& sample) {
    Real square = 0, largest = 0;
    for (const flow::verified& x : sample.parameters) {
        square += x.value * x.value;
        largest = std::max(largest, Real(abs(x.value) * pow(Real(10), -x.digits)));
    }
    return largest == 0 ? 0 : Real(floor(-log10(largest / sqrt(square)))).convert_to<std::int64_t>();
}

std::size_t differences(const Matrix<int>& a, const Matrix<int>& b) {
    std::size_t count = 0;
    for (std::size_t k = 0; k < a.entries().size(); ++k) count += a.entries()[k] != b.entries()[k] ? 1u : 0u;
    return count;
}

}  // namespace

void judge_reached(const flow::Problem& problem, const limit::Leaky_network& network, const CheckOptions& options, const HypothesisResult& failed, Report& report) {
    flow::Problem run = problem;
    run.digits = options.digits;
    run.observe.clear();
    run.stop = {};
    std::string end;
    if (problem.stop.direction_digits) {
        run.clock = flow::Clock::horizon;
        run.stop.direction_digits = problem.stop.direction_digits;
        end = "the horizon, where its direction is about 10^-" + number::to_text(*problem.stop.direction_digits) + " from its limit";
    } else {
        run.clock = flow::Clock::loss;
        run.times = {Rational(1, 1'000'000)};  // one early sample: none have to be spaced
        run.stop.loss = problem.stop.loss.value_or(Rational(1, 100'000'000));
        end = "the loss " + number::to_text(*run.stop.loss);
    }
    flow::IntegrateOptions how;
    if (options.progress) how.progress = [&](const flow::Progress& p) { options.progress(p.phase + ", " + p.detail); };
    const flow::Trajectory t = flow::integrate(run, how);
    const number::precision_scope scope(t.precision_bits);
    const flow::Sample* last = t.samples.empty() ? nullptr : &t.samples.back();
    std::string way = std::to_string(t.events.size()) + " events";
    if (!t.events.empty()) {
        std::int64_t digits = options.digits;
        for (const flow::Event& e : t.events)
            if (e.time.value != 0) digits = std::min(digits, e.time.digits);
        way += ", the last at t = " + number::to_decimal(t.events.back().time.value, 6) + ", all times to " + std::to_string(digits) + " digits at least";
    }
    ClaimResult direction = not_met(claim("F1"), failed), rank = not_met(claim("F1.2"), failed);
    if (t.status != "reached_stop" || last == nullptr) {
        direction.evidence += "; the flow ends with the status " + t.status + " after " + way;
    } else {
        report.log10_time = number::to_decimal(last->log10_time.value, 6);
        Vector theta;
        for (const flow::verified& x : last->parameters) theta.push_back(x.value);
        const std::int64_t digits = direction_digits(*last);
        const Matrix<int> signs = signs_of(problem, theta, digits);
        // A pair whose sign is turned a second time is put on its kink. Whichever pattern this ends at: what it is is decided afterwards.
        Matrix<int> pattern = signs, turned(signs.rows(), signs.columns());
        limit::Cell_limit cell = limit::cell_limit(problem.data, problem.model.output, network.slope, pattern);
        for (int k = 0; k < most_patterns && cell.solution.status == convex::Status::optimal && !cell.stationary(); ++k) {
            for (std::size_t e = 0; e < pattern.entries().size(); ++e) {
                int &now = pattern.entries()[e], &times = turned.entries()[e];
                const int next = cell.corrected.entries()[e];
                if (next == now) continue;
                now = now != 0 && times > 0 && times % 3 != 2 ? 0 : next;
                ++times;
            }
            cell = limit::cell_limit(problem.data, problem.model.output, network.slope, pattern);
        }
        const auto zeros = std::count(pattern.entries().begin(), pattern.entries().end(), 0);
        direction.evidence += "; the flow is followed to " + end + ", " + std::to_string(digits) + " digits of the direction verified, through " + way;
        if (cell.solution.status == convex::Status::optimal) {
            Vector target;
            for (const Rational& w : cell.W.entries()) target.push_back(number::to_real(w));
            const Vector here = flow::normalized(theta), there = flow::normalized(target);
            Real distance = 0;
            for (std::size_t k = 0; k < here.size(); ++k) distance += (here[k] - there[k]) * (here[k] - there[k]);
            const convex::Check check = convex::check(cell.solution.certificate);
            const std::size_t moved = differences(pattern, signs);
            direction.evidence += "; its pattern " + (moved == 0 ? std::string("holds") : "with " + std::to_string(moved) + " signs of " + std::to_string(signs.entries().size()) + " turned holds") +
                                  (cell.stationary() && check.accepted ? " a KKT point W' of the margin problem, exactly (" + check.statement + "; all signs of W' and the slopes of " + std::to_string(zeros) +
                                                                             " pre-activations at 0 decided in rational numbers), with " + std::to_string(cell.support) + " support vectors; |W/‖W‖ − W'/‖W'‖| = " + number::to_decimal(sqrt(distance), 3) + " there"
                                                                       : " no KKT point: the pattern changes later (" + std::to_string(cell.other_signs) + " signs of its solution differ, " +
                                                                             std::to_string(cell.slopes_out_of_range) + " slopes are out of range)");
            rank.evidence += "; W' of F1 has rank " + std::to_string(cell.rank) + " exactly";
        }
    }
    report.claims.push_back(std::move(direction));
    for (const char* id : {"F1.1", "F1.2", "F1.3", "F1.4", "F1.5", "F1.6", "F1.7"}) report.claims.push_back(std::string_view(id) == "F1.2" ? rank : not_met(claim(id), failed));
}

}  // namespace eonflow::verify::frei
