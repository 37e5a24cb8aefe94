#include <eonflow/flow/frozen.hpp>

#include <eonflow/flow/sliding.hpp>
#include <eonflow/graph/derivative.hpp>
#include <eonflow/number/error.hpp>

#include <algorithm>

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
    Graph& g = w.field.graph;
    std::vector<node_id> theta, weights, inputs;
    for (std::size_t i = 0; i < m.parameters(); ++i) theta.push_back(g.input("theta" + std::to_string(i)));
    for (std::size_t i = 0; i < m.samples(); ++i) weights.push_back(g.input("p" + std::to_string(i)));
    inputs = theta;
    for (std::size_t k = 0; k < m.kinks.size(); ++k) inputs.push_back(g.input("slope" + std::to_string(k)));
    w.kinks = transplant_kinks(m.kinks, m.graph, g, inputs);
    w.descent = graph::gradient(g, g.dot(weights, graph::transplant(m.graph, m.margins, g, inputs)), theta);
    w.field.derivative = w.descent;
    w.field.derivative.resize(theta.size() + weights.size(), g.constant(0));
    return w;
}

/// theta minus its parts along the gradients of the sliding arguments.
std::vector<node_id> projected(Graph& g, std::vector<node_id> theta, const Margins& m, const std::vector<side>& pattern) {
    Graph source = m.graph;
    std::vector<std::vector<Rational>> normals;
    for (std::size_t k = 0; k < pattern.size(); ++k) {
        if (pattern[k] != side::sliding) continue;
        std::vector<Rational> normal;
        for (const node_id entry : graph::gradient(source, m.kinks[k].argument, m.theta)) {
            if (!source.is_constant(entry))
                throw numerical_error("a kink of a layer above the first slides; the late phase follows sliding along kinks of the first layer alone");
            normal.push_back(source[entry].value);
        }
        const auto dot = [](const std::vector<Rational>& a, const std::vector<Rational>& b) {
            Rational sum = 0;
            for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
            return sum;
        };
        for (const auto& other : normals) {
            const Rational part = dot(normal, other) / dot(other, other);
            for (std::size_t i = 0; i < normal.size(); ++i) normal[i] -= part * other[i];
        }
        const Rational square = dot(normal, normal);
        if (square == 0) continue;
        std::vector<graph::term> along;
        for (std::size_t i = 0; i < normal.size(); ++i) along.push_back({normal[i] / square, theta[i]});
        const node_id part = g.sum(std::move(along));
        for (std::size_t i = 0; i < normal.size(); ++i)
            if (normal[i] != 0) theta[i] = g.sum({{1, theta[i]}, {-normal[i], part}});
        normals.push_back(std::move(normal));
    }
    return theta;
}

std::shared_ptr<const Margins> frozen_margins(const Margins& m, const std::vector<side>& pattern) {
    auto result = std::make_shared<Margins>();
    Graph& g = result->graph;
    for (std::size_t i = 0; i < m.parameters(); ++i) result->theta.push_back(g.input(m.graph.input_name(i)));
    std::vector<node_id> inputs = projected(g, result->theta, m, pattern);
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

/// The same polynomials on the two halves of their interval (de Casteljau).
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

std::vector<std::size_t> sliding_in(const std::vector<side>& pattern) {
    std::vector<std::size_t> found;
    for (std::size_t k = 0; k < pattern.size(); ++k)
        if (pattern[k] == side::sliding) found.push_back(k);
    return found;
}

}  // namespace

struct FrozenPattern::body {
    body(const Margins& m, std::vector<side> p, const Real& the_tolerance)
        : pattern(std::move(p)),
          tolerance(the_tolerance),
          kinks(m.kinks),
          parameters(m.parameters()),
          samples(m.samples()),
          frozen(frozen_margins(m, pattern)),
          source(sliding_field(weighted_field(m), sliding_in(pattern))),
          at_point(source.field.graph, source.watched) {
        std::vector<node_id> arguments;
        for (std::size_t k = 0; k < kinks.size(); ++k)
            if (pattern[k] != side::sliding && !source.field.graph.is_zero(source.watched[k])) along.push_back(k), arguments.push_back(source.watched[k]);
        enclosed = std::make_unique<graph::evaluator<Ball>>(source.field.graph, std::move(arguments));
    }

    /// Inputs of the watched nodes: theta, weights, the extension, slopes.
    template <class T>
    [[nodiscard]] std::vector<T> inputs(std::vector<T> theta, std::vector<T> weights) const {
        weights.resize(samples + kinks.size());
        theta.insert(theta.end(), weights.begin(), weights.end());
        for (std::size_t k = 0; k < kinks.size(); ++k) {
            const Rational& slope = pattern[k] == side::above ? kinks[k].above : kinks[k].below;
            if constexpr (std::is_same_v<T, Real>)
                theta.push_back(number::to_real(slope));
            else
                theta.push_back(T(slope));
        }
        return theta;
    }

    /// Whether all arguments keep their signs where theta has these Bernstein coefficients (one parameter a column), which enclose it. They are as small as theta
    /// is there, so that arguments that decay along the step cost few halvings.
    [[nodiscard]] bool keeps_signs(const number::Matrix<Real>& bernstein, int halvings) {
        std::vector<Ball> theta;
        for (std::size_t i = 0; i < parameters; ++i) {
            Real low = bernstein(0, i), high = low;
            for (std::size_t k = 1; k < bernstein.rows(); ++k) {
                low = std::min(low, bernstein(k, i));
                high = std::max(high, bernstein(k, i));
            }
            theta.emplace_back(Real((low + high) / 2), Real((high - low) / 2));
        }
        const std::vector<Ball> values = (*enclosed)(inputs<Ball>(std::move(theta), std::vector<Ball>(samples)));
        bool all = true;
        for (std::size_t i = 0; i < values.size(); ++i)
            all = all && (pattern[along[i]] == side::above ? values[i].is_positive() : values[i].is_negative() || (values[i].contains_zero() && values[i].radius() == 0));  // 0: at rest
        if (all) return true;
        if (halvings == most_halvings) return false;
        const auto [left, right] = halves(bernstein);
        return keeps_signs(left, halvings + 1) && keeps_signs(right, halvings + 1);
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
    std::vector<side> pattern;
    Real tolerance;
    std::vector<model::kink> kinks;
    std::size_t parameters, samples;
    std::shared_ptr<const Margins> frozen;
    SlidingField source;
    graph::evaluator<Real> at_point;
    std::vector<std::size_t> along;  ///< kinks that do not slide
    std::unique_ptr<graph::evaluator<Ball>> enclosed;
};

FrozenPattern::FrozenPattern(const Margins& margins, std::vector<side> pattern, const Real& tolerance)
    : body_(std::make_unique<body>(margins, std::move(pattern), tolerance)) {}
FrozenPattern::~FrozenPattern() = default;
FrozenPattern::FrozenPattern(FrozenPattern&&) noexcept = default;
FrozenPattern& FrozenPattern::operator=(FrozenPattern&&) noexcept = default;

std::shared_ptr<const Margins> FrozenPattern::margins() const { return body_->frozen; }

bool FrozenPattern::holds(const LatePoint& at) {
    const body& b = *body_;
    Vector weights;
    for (const Real& l : at.log_weights) weights.push_back(exp(l));
    const Vector values = body_->at_point(b.inputs<Real>(at.phi, std::move(weights)));
    for (std::size_t k = 0; k < values.size(); ++k) {
        if (b.pattern[k] == side::above && values[k] < 0) return false;
        if (b.pattern[k] == side::below && values[k] > 0) return false;
        if (b.pattern[k] == side::sliding && !(values[k] >= number::to_real(b.kinks[k].below) - b.tolerance && values[k] <= number::to_real(b.kinks[k].above) + b.tolerance))
            return false;
    }
    return true;
}

bool FrozenPattern::holds(const number::Matrix<Real>& shape, const LatePoint& at) {
    return (body_->along.empty() || body_->keeps_signs(body_->bernstein_of(shape, at.phi), 0)) && holds(at);
}

}  // namespace eonflow::flow
