#include <eonflow/flow/frozen.hpp>

#include <eonflow/flow/switching_parts.hpp>
#include <eonflow/graph/derivative.hpp>
#include <eonflow/number/error.hpp>

#include <algorithm>
#include <cfloat>

namespace eonflow::flow {

using graph::Graph;
using graph::node_id;
using number::Ball;
using number::Real;
using number::Vector;

namespace {

constexpr int most_halvings = 24;

/// The piecewise field with the states theta and the weights p of the samples, theta' = sum_i p_i grad z_i: its slopes along sliding kinks are those of the flow.
PiecewiseField weighted_field(const Margins& m) {
    PiecewiseField w;
    Graph& g = w.graph;
    std::vector<node_id> theta, weights, inputs;
    for (std::size_t i = 0; i < m.parameters(); ++i) theta.push_back(g.input("theta" + std::to_string(i)));
    for (std::size_t i = 0; i < m.samples(); ++i) weights.push_back(g.input("p" + std::to_string(i)));
    inputs = theta;
    for (std::size_t k = 0; k < m.kinks.size(); ++k) inputs.push_back(g.input("slope" + std::to_string(k)));
    for (std::size_t i = 0; i < m.parameters(); ++i) w.derivative.push_back(g.input("v" + std::to_string(i)));
    w.kinks = transplant_kinks(m.kinks, m.graph, g, inputs);
    const node_id sum = g.dot(weights, graph::transplant(m.graph, m.margins, g, inputs));
    w.descent = graph::gradient(g, sum, theta);
    w.force = slope_forces(g, sum, w.kinks);
    w.derivative.resize(theta.size() + weights.size(), g.constant(0));
    return w;
}

/// theta minus its parts along the normals of the planes that slide, exactly.
std::vector<node_id> projected(Graph& g, std::vector<node_id> theta, const Planes& planes, const std::vector<side>& pattern) {
    const auto dot = [](const std::vector<Rational>& a, const std::vector<Rational>& b) {
        Rational sum = 0;
        for (std::size_t i = 0; i < a.size(); ++i)
            if (a[i] != 0 && b[i] != 0) sum += a[i] * b[i];
        return sum;
    };
    for (const Planes::group& group : planes.groups()) {
        std::vector<std::vector<Rational>> normals;
        for (const std::size_t k : group.kinks) {
            if (pattern[k] != side::sliding) continue;
            const Plane& plane = *planes.find(k);
            std::vector<Rational> normal(theta.size());
            for (std::size_t j = 0; j < plane.parameters.size(); ++j) normal[plane.parameters[j]] = plane.coefficients[j];
            for (const auto& other : normals) {
                const Rational part = dot(normal, other) / dot(other, other);
                for (const std::size_t i : group.parameters) normal[i] -= part * other[i];
            }
            const Rational square = dot(normal, normal);
            if (square == 0) continue;
            std::vector<graph::term> along;
            for (const std::size_t i : group.parameters) along.push_back({normal[i] / square, theta[i]});
            const node_id part = g.sum(std::move(along));
            for (const std::size_t i : group.parameters)
                if (normal[i] != 0) theta[i] = g.sum({{1, theta[i]}, {-normal[i], part}});
            normals.push_back(std::move(normal));
        }
    }
    return theta;
}

std::shared_ptr<const Margins> frozen_margins(const Margins& m, const Planes& planes, const std::vector<side>& pattern) {
    auto result = std::make_shared<Margins>();
    Graph& g = result->graph;
    for (std::size_t i = 0; i < m.parameters(); ++i) result->theta.push_back(g.input(m.graph.input_name(i)));
    std::vector<node_id> inputs = projected(g, result->theta, planes, pattern);
    for (std::size_t k = 0; k < pattern.size(); ++k) inputs.push_back(g.constant(pattern[k] == side::above ? m.kinks[k].above : m.kinks[k].below));
    result->margins = graph::transplant(m.graph, m.margins, g, inputs);
    result->degree = m.degree;
    result->logistic = m.logistic;
    result->averaged = m.averaged;
    return result;
}

/// The shifted Legendre polynomials P_k = sum_j (-1)^(k+j) C(k, j) B_j^k less 1 in the Bernstein basis of degree n, one a column:
/// B_j^k = sum_i C(k, j) C(n - k, i - j)/C(n, i) B_i^n.
number::Matrix<Rational> bernstein_conversion(std::size_t n) {
    number::Matrix<Rational> binomial(n + 1, n + 1), result(n + 1, n + 1);
    for (std::size_t i = 0; i <= n; ++i)
        for (std::size_t j = 0; j <= i; ++j) binomial(i, j) = j == 0 || j == i ? Rational(1) : Rational(binomial(i - 1, j - 1) + binomial(i - 1, j));
    for (std::size_t i = 0; i <= n; ++i)
        for (std::size_t k = 0; k <= n; ++k) {
            Rational sum = 0;
            for (std::size_t j = i > n - k ? i - (n - k) : 0; j <= std::min(i, k); ++j) {
                const Rational both = binomial(k, j) * binomial(k, j) * binomial(n - k, i - j);
                sum += (k + j) % 2 == 0 ? both : Rational(-both);
            }
            result(i, k) = sum / binomial(n, i) - 1;
        }
    return result;
}

/// The same polynomials, one a column, on the two halves of their interval (de Casteljau).
std::pair<number::Matrix<Real>, number::Matrix<Real>> halves(const number::Matrix<Real>& whole) {
    const std::size_t rows = whole.rows();
    number::Matrix<Real> left = whole, right = whole;
    for (std::size_t p = 0; p < whole.columns(); ++p)
        for (std::size_t k = 1; k < rows; ++k) {
            for (std::size_t i = 0; i + k < rows; ++i) right(i, p) = (right(i, p) + right(i + 1, p)) / 2;
            left(k, p) = right(0, p);
        }
    return {std::move(left), std::move(right)};
}

/// Whether a polynomial with these Bernstein coefficients, whose errors are at most `noise`, has this sign on its whole interval: it lies between the least and the largest of them.
bool keeps_sign(const number::Matrix<Real>& bernstein, bool positive, const Real& noise, int halvings) {
    bool all = true;
    for (const Real& b : bernstein.entries()) all = all && (positive ? b > noise : b < -noise);
    if (all || halvings == most_halvings) return all;
    const auto [left, right] = halves(bernstein);
    return keeps_sign(left, positive, noise, halvings + 1) && keeps_sign(right, positive, noise, halvings + 1);
}

}  // namespace

struct FrozenPattern::body {
    body(const Margins& m, std::vector<side> p, const Real& the_tolerance)
        : tolerance(the_tolerance), parameters(m.parameters()), samples(m.samples()), network(weighted_field(m), {.bits = number::working_bits()}), sides{std::move(p), {}} {
        for (std::size_t k = 0; k < network.kinks(); ++k)
            if (sides.of[k] == side::sliding && network.planes().find(k) == nullptr)
                throw numerical_error("a kink of a layer above the first slides; the late phase follows sliding along kinks of the first layer alone");
        frozen = frozen_margins(m, network.planes(), sides.of);
        const SlidingField& source = network.mode(sides).source;
        enclosed = std::make_unique<graph::evaluator<Ball>>(source.field.graph, source.watched);
    }

    /// Whether the arguments of upper layers keep their signs where theta has these Bernstein coefficients (one parameter a column), which enclose it. They are as small as theta
    /// is there, so that arguments that decay along the step cost few halvings.
    [[nodiscard]] bool upper_keep_signs(const number::Matrix<Real>& bernstein, int halvings) {
        const Mode& mode = network.mode(sides);
        if (mode.source.upper.empty()) return true;
        std::vector<Ball> inputs;
        for (std::size_t i = 0; i < parameters; ++i) {
            Real low = bernstein(0, i), high = low;
            for (std::size_t k = 1; k < bernstein.rows(); ++k) {
                low = std::min(low, bernstein(k, i));
                high = std::max(high, bernstein(k, i));
            }
            inputs.emplace_back(Real((low + high) / 2), Real((high - low) / 2));
        }
        inputs.resize(network.states() + mode.source.extensions());
        for (const Real& given : network.parameters(mode, sides)) inputs.emplace_back(given);
        const std::vector<Ball> values = (*enclosed)(inputs);
        bool all = true;
        for (std::size_t u = 0; u < values.size(); ++u)
            all = all && (sides.of[mode.source.upper[u]] == side::above ? values[u].is_positive() : values[u].is_negative() || (values[u].contains_zero() && values[u].radius() == 0));  // 0: at rest
        if (all) return true;
        if (halvings == most_halvings) return false;
        const auto [left, right] = halves(bernstein);
        return upper_keep_signs(left, halvings + 1) && upper_keep_signs(right, halvings + 1);
    }

    /// The same for the first layer: its arguments have Bernstein coefficients of their own. Most are told from 0 in double.
    [[nodiscard]] bool planes_keep_signs(const number::Matrix<Real>& bernstein) const {
        const std::size_t rows = bernstein.rows();
        std::vector<double> rounded;
        for (const Real& b : bernstein.entries()) rounded.push_back(b.convert_to<double>());
        for (std::size_t k = 0; k < network.kinks(); ++k) {
            const Plane* plane = network.planes().find(k);
            if (plane == nullptr || sides.of[k] == side::sliding) continue;
            const bool positive = sides.of[k] == side::above;
            bool all = true;
            for (std::size_t r = 0; r < rows && all; ++r) {
                double sum = 0, size = 0;
                for (std::size_t j = 0; j < plane->parameters.size(); ++j) {
                    const double part = plane->doubles[j] * rounded[r * bernstein.columns() + plane->parameters[j]];
                    sum += part, size += std::abs(part);
                }
                const double noise = size * static_cast<double>(plane->parameters.size() + 4) * DBL_EPSILON;
                all = (positive ? sum > noise : sum < -noise) && size > DBL_MIN * 0x1p100;
            }
            if (all) continue;
            number::Matrix<Real> exact(rows, 1);
            Real size = 0;
            for (std::size_t r = 0; r < rows; ++r) {
                exact(r, 0) = plane->at(bernstein.row(r));
                for (std::size_t j = 0; j < plane->parameters.size(); ++j) size = std::max(size, Real(abs(bernstein(r, plane->parameters[j])) * abs(plane->reals[j])));
            }
            const bool at_rest = std::all_of(exact.entries().begin(), exact.entries().end(), [](const Real& x) { return x == 0; });
            // The rounding of the sum, and of up to most_halvings times rows additions.
            const Real noise = size * number::epsilon(number::working_bits()) * static_cast<unsigned>(plane->parameters.size() + rows * most_halvings);
            if (!at_rest && !keeps_sign(exact, positive, noise, 0)) return false;
        }
        return true;
    }

    /// Those of end + sum_k shape(k, .) (P_k - 1).
    [[nodiscard]] number::Matrix<Real> bernstein_of(const number::Matrix<Real>& shape, const Vector& end) {
        const std::size_t rows = shape.rows();
        if (conversion.rows() != rows) conversion = bernstein_conversion(rows - 1);
        number::Matrix<Real> result(rows, end.size());
        for (std::size_t i = 0; i < rows; ++i) {
            for (std::size_t p = 0; p < end.size(); ++p) result(i, p) = end[p];
            for (std::size_t k = 1; k < rows; ++k) {
                const Real factor = number::to_real(conversion(i, k));
                for (std::size_t p = 0; p < end.size(); ++p) result(i, p) += factor * shape(k, p);
            }
        }
        return result;
    }

    number::Matrix<Rational> conversion;
    Real tolerance;
    std::size_t parameters, samples;
    Network network;
    Sides sides;
    std::shared_ptr<const Margins> frozen;
    std::unique_ptr<graph::evaluator<Ball>> enclosed;  ///< arguments of upper layers
};

FrozenPattern::FrozenPattern(const Margins& margins, std::vector<side> pattern, const Real& tolerance)
    : body_(std::make_unique<body>(margins, std::move(pattern), tolerance)) {}
FrozenPattern::~FrozenPattern() = default;
FrozenPattern::FrozenPattern(FrozenPattern&&) noexcept = default;
FrozenPattern& FrozenPattern::operator=(FrozenPattern&&) noexcept = default;

std::shared_ptr<const Margins> FrozenPattern::margins() const { return body_->frozen; }

bool FrozenPattern::holds(const LatePoint& at) {
    body& b = *body_;
    Vector state = at.phi;
    for (const Real& l : at.log_weights) state.push_back(exp(l));
    const auto on_its_side = [&](std::size_t k, const Real& argument) { return b.sides.of[k] == side::above ? argument >= 0 : argument <= 0; };
    for (std::size_t k = 0; k < b.network.kinks(); ++k)
        if (const Plane* plane = b.network.planes().find(k); plane != nullptr && b.sides.of[k] != side::sliding && !on_its_side(k, plane->at(at.phi))) return false;
    Mode& mode = b.network.mode(b.sides);
    if (!mode.source.upper.empty()) {
        const Vector watched = b.network.look(mode, b.sides, state).watched;
        for (std::size_t u = 0; u < watched.size(); ++u)
            if (!on_its_side(mode.source.upper[u], watched[u])) return false;
    }
    const Vector slopes = b.network.slopes(b.sides, state);
    for (std::size_t k = 0; k < slopes.size(); ++k)
        if (b.sides.of[k] == side::sliding && !(slopes[k] >= b.network.below(k) - b.tolerance && slopes[k] <= b.network.above(k) + b.tolerance)) return false;
    return true;
}

bool FrozenPattern::holds(const number::Matrix<Real>& shape, const LatePoint& at) {
    const number::Matrix<Real> bernstein = body_->bernstein_of(shape, at.phi);
    return body_->planes_keep_signs(bernstein) && body_->upper_keep_signs(bernstein, 0) && holds(at);
}

}  // namespace eonflow::flow
