#include <eonflow/convex/central_path.hpp>

namespace eonflow::convex {

using number::Ball;

namespace {

Ball dot(const std::vector<Ball>& a, const std::vector<Ball>& b) {
    Ball sum;
    for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
    return middle(std::move(sum));
}

bool less(const Ball& a, const Ball& b) { return arf_cmp(arb_midref(a.raw()), arb_midref(b.raw())) < 0; }

/// The Newton step of (slope . x) / mu + barrier(x), and its slope along it; nothing where the system is singular.
struct Newton_step {
    std::vector<Ball> direction;
    Ball decrement;
};

std::optional<Newton_step> newton_step(const std::vector<Ball>& gradient, const Ball_matrix& root) {
    const auto n = static_cast<slong>(root.rows());
    Ball_matrix transpose(static_cast<std::size_t>(arb_mat_ncols(root.raw())), root.rows()), hessian(root.rows(), root.rows());
    arb_mat_transpose(transpose.raw(), root.raw());
    arb_mat_approx_mul(hessian.raw(), root.raw(), transpose.raw(), static_cast<slong>(number::working_bits()));
    for (slong i = 0; i < n; ++i)
        for (slong j = 0; j < n; ++j) mag_zero(arb_radref(arb_mat_entry(hessian.raw(), i, j)));
    const Lu_solver solver(hessian);
    if (!solver.usable()) return std::nullopt;
    Newton_step step{solver.solve(gradient), {}};
    for (Ball& x : step.direction) {
        x = middle(std::move(x));
        if (!x.is_finite()) return std::nullopt;
    }
    step.decrement = dot(gradient, step.direction);
    return step;
}

}  // namespace

void follow_central_path(const std::vector<Ball>& slope, const Barrier& barrier, std::vector<Ball> x,
                         const std::function<bool(const std::vector<Ball>&, const Ball&)>& visit) {
    constexpr int most_iterations = 200, most_halvings = 60;
    std::optional<Barrier_point> here = barrier(x);
    if (!here) return;
    // Where the slope alone has a decrement of 1.
    const auto first = newton_step(slope, here->root);
    if (!first || !first->decrement.is_positive()) return;
    Ball mu = middle(sqrt(first->decrement));
    for (;; arb_mul_2exp_si(mu.raw(), mu.raw(), -4)) {
        const auto gradient_at = [&](const Barrier_point& point) {
            std::vector<Ball> gradient;
            for (std::size_t i = 0; i < slope.size(); ++i) gradient.push_back(middle(slope[i] / mu + point.gradient[i]));
            return gradient;
        };
        for (int iteration = 0;; ++iteration) {
            const auto step = newton_step(gradient_at(*here), here->root);
            if (!step || iteration == most_iterations) return;
            if (arf_cmpabs_2exp_si(arb_midref(step->decrement.raw()), -10) < 0) break;
            // Not past the maximum along the step by more than half the slope it begins with.
            const Ball least = step->decrement * Ball(number::Rational(-1, 2));
            Ball length(1);
            int halvings = 0;
            for (; halvings < most_halvings; ++halvings, arb_mul_2exp_si(length.raw(), length.raw(), -1)) {
                std::vector<Ball> there = x;
                for (std::size_t i = 0; i < x.size(); ++i) there[i] = middle(x[i] + length * step->direction[i]);
                std::optional<Barrier_point> point = barrier(there);
                if (!point || less(dot(gradient_at(*point), step->direction), least)) continue;
                x = std::move(there);
                here = std::move(point);
                break;
            }
            if (halvings == most_halvings) return;
        }
        if (visit(x, mu)) return;
        Ball least = abs(dot(slope, x));
        arb_mul_2exp_si(least.raw(), least.raw(), static_cast<slong>(-number::working_bits() / 4));
        if (less(mu, least)) return;
    }
}

std::vector<Complementary_pairs::Side> Complementary_pairs::next(std::vector<Ball> first, std::vector<Ball> second) {
    const auto rests = [](const Ball& now, const Ball& before) { return less(abs(now - before) * Ball(8), abs(before)); };
    std::vector<Side> sides(first.size(), Side::open);
    for (std::size_t k = 0; k < first.size() && !first_.empty(); ++k) {
        const bool first_rests = rests(first[k], first_[k]), second_rests = rests(second[k], second_[k]);
        if (first_rests != second_rests) sides[k] = first_rests ? Side::first : Side::second;
    }
    first_ = std::move(first);
    second_ = std::move(second);
    return sides;
}

}  // namespace eonflow::convex
