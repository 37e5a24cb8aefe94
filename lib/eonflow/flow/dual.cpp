#include <eonflow/flow/dual.hpp>

#include <eonflow/convex/integral.hpp>
#include <eonflow/graph/derivative.hpp>
#include <eonflow/graph/evaluate.hpp>
#include <eonflow/model/reparametrization.hpp>
#include <eonflow/number/error.hpp>
#include <eonflow/ode/roots.hpp>
#include <eonflow/ode/stepper.hpp>
#include <eonflow/ode/taylor.hpp>

#include <algorithm>
#include <deque>

namespace eonflow::flow {

using graph::function;
using graph::Graph;
using graph::node_id;
using number::Ball;
using number::Real;
using number::Vector;

namespace {

/// Builds the coordinates one after the other.
class Builder {
public:
    explicit Builder(const Problem& problem, std::vector<bool> still = {})
        : problem_(problem), still_(std::move(still)), g_(dual_.field.graph), n_(problem.data.samples()), d_(problem.data.features()) {
        dual_.X = problem.data.X;
        for (std::size_t i = 0; i < n_; ++i) nu_.push_back(g_.input("nu" + std::to_string(i + 1)));
    }

    std::optional<DualFlow> run() {
        const model::Model& model = problem_.model;
        const bool diagonal = model.layers_couple == model::coupling::entrywise && model.layers.size() >= 2;
        if (model.family != "reparametrized" && model.depth < 2 && !diagonal) return std::nullopt;
        for (std::size_t j = 0; j < d_; ++j) {
            std::vector<graph::term> terms;
            for (std::size_t i = 0; i < n_; ++i) terms.push_back({problem_.data.X(i, j), nu_[i]});
            const node_id pull = g_.sum(std::move(terms));
            dual_.coefficients.push_back(model.family == "reparametrized" ? reparametrized(j, pull) : model.depth >= 2 ? difference(j, pull) : this->diagonal(j, pull));
            if (dual_.coefficients.back() == graph::none) return std::nullopt;
        }
        move();
        return std::move(dual_);
    }

private:
    /// A new state s_j.
    node_id state(std::size_t j) { return g_.input("s" + std::to_string(j + 1)); }
    void curve(std::size_t j, const Rational& start, node_id speed) { dual_.curves.push_back({j, start, speed, g_.power(speed, -1)}); }

    /// u^(2-D) (log u for D = 2) moves at a constant multiple of the pull, and v against it.
    node_id difference(std::size_t j, node_id pull) {
        const auto depth = static_cast<int>(problem_.model.depth);
        std::vector<node_id> powers;
        for (const int side : {1, -1}) {
            const Rational& u = problem_.initial[side > 0 ? j : d_ + j];
            if (u <= 0) return graph::none;
            Rational size = 1, rate = side * depth * (depth - 2);
            for (int k = 0; k < depth; ++k) size *= u;
            for (int k = 2; k < depth; ++k) rate *= u;
            const node_id growth = depth == 2 ? g_.apply(function::exp, g_.scale(4 * side, pull)) : g_.power(g_.sum({{-rate, pull}}, 1), Rational(-depth, depth - 2));
            powers.push_back(g_.scale(size, growth));
        }
        return g_.subtract(powers[0], powers[1]);
    }

    node_id diagonal(std::size_t j, node_id pull) {
        const std::size_t depth = problem_.model.layers.size();
        std::vector<Rational> v;
        for (std::size_t l = 0; l < depth; ++l) v.push_back(problem_.initial[l * d_ + j]);
        if (depth == 2) {
            // v_1 + v_2 grows like exp(pull), v_1 - v_2 falls.
            const Rational sum = v[0] + v[1], difference = v[0] - v[1];
            return g_.subtract(g_.scale(sum * sum / 4, g_.apply(function::exp, g_.scale(2, pull))), g_.scale(difference * difference / 4, g_.apply(function::exp, g_.scale(-2, pull))));
        }
        // s is the smallest layer; the others are +-sqrt(s^2 + m), and s moves by their product.
        std::iter_swap(v.begin(), std::min_element(v.begin(), v.end(), [](const Rational& a, const Rational& b) { return abs(a) < abs(b); }));
        const node_id s = state(j);
        std::vector<node_id> others;
        Rational sign = 1;
        for (std::size_t l = 1; l < depth; ++l) {
            if (v[l] == 0) return graph::none;
            const Rational m = v[l] * v[l] - v[0] * v[0];
            others.push_back(m == 0 ? g_.scale(v[l] / v[0], s) : g_.power(g_.sum({{1, s, s}}, m), Rational(1, 2)));
            if (m != 0 && v[l] < 0) sign = -sign;
        }
        const node_id product = g_.scale(sign, g_.product(others));
        curve(j, v[0], product);
        return g_.multiply(s, product);
    }

    node_id reparametrized(std::size_t j, node_id pull) {
        const model::Model& model = problem_.model;
        const model::Reparametrization* row = model::find_reparametrization(model.rho);
        if (row != nullptr && !row->response.empty()) {
            if (!still_.empty() && still_[j]) return g_.constant(0);
            std::vector<node_id> start;
            for (const Rational& z : problem_.initial) start.push_back(g_.constant(z));
            const node_id z = model::arguments_of_rho(g_, model, start)[j];
            const bool singular = row->name == "signed_power";
            const node_id mirror = g_.add(pull, singular && g_.is_zero(z) ? z : model::put_in(g_, *row, row->mirror, z, model.exponent));
            if (singular) dual_.zeros.push_back({j, mirror, *model.exponent});
            return model::put_in(g_, *row, row->response, mirror, model.exponent);
        }
        // s = z: it moves by rho'(z).
        std::vector<node_id> z(d_, graph::none);
        z[j] = state(j);
        for (std::size_t k = 0; k < d_; ++k)
            if (k != j) z[k] = g_.constant(problem_.initial[k]);
        const node_id beta = model.linear_coefficients(g_, z)[j];
        curve(j, problem_.initial[j], graph::gradient(g_, beta, std::span(&z[j], 1))[0]);
        return beta;
    }

    void move() {
        std::vector<node_id> predictions;
        for (std::size_t i = 0; i < n_; ++i) {
            std::vector<graph::term> terms;
            for (std::size_t j = 0; j < d_; ++j) terms.push_back({problem_.data.X(i, j), dual_.coefficients[j]});
            predictions.push_back(g_.sum(std::move(terms)));
        }
        // dloss/df_i with inputs of its own for the f_i, which a sum may have taken apart.
        Graph outer;
        std::vector<node_id> f;
        for (std::size_t i = 0; i < n_; ++i) f.push_back(outer.input("f" + std::to_string(i + 1)));
        const std::vector<node_id> slopes = graph::gradient(outer, problem_.loss.total(outer, f, problem_.data.y), f);
        std::vector<node_id>& derivative = dual_.field.derivative;
        for (const node_id slope : graph::transplant(outer, slopes, g_, predictions)) derivative.push_back(g_.scale(-1, slope));
        for (const DualFlow::Curve& c : dual_.curves) {
            std::vector<graph::term> terms;
            for (std::size_t i = 0; i < n_; ++i) terms.push_back({problem_.data.X(i, c.j), derivative[i]});
            derivative.push_back(g_.multiply(c.speed, g_.sum(std::move(terms))));
        }
    }

    const Problem& problem_;
    std::vector<bool> still_;
    DualFlow dual_;
    Graph& g_;
    std::size_t n_, d_;
    std::vector<node_id> nu_;
};

/// The s of the curves as functions of nu.
class Curves {
public:
    explicit Curves(const DualFlow& dual) : dual_(dual), samples_(dual.X.rows()) {
        for (std::size_t k = 0; k < dual.curves.size(); ++k) {
            // Of one variable.
            Graph& g = graphs_.emplace_back();
            std::vector<node_id> inputs(dual.field.states(), graph::none);
            inputs[samples_ + k] = g.input("s");
            const std::vector<node_id> both{dual.curves[k].speed, dual.curves[k].slowness};
            const std::vector<node_id> copies = graph::transplant(dual.field.graph, both, g, inputs);
            speed_.emplace_back(g, std::vector<node_id>{copies[0]});
            pull_.emplace_back(g, copies[1]);
        }
    }

    /// A step of Newton's method from where the s have got to, which squares their error.
    void correct(Vector& state) {
        for (std::size_t k = 0; k < dual_.curves.size(); ++k) {
            const DualFlow::Curve& c = dual_.curves[k];
            Real& s = state[samples_ + k];
            Real off(0);
            for (std::size_t i = 0; i < samples_; ++i) off += number::to_real(dual_.X(i, c.j)) * state[i];
            const Ball reached = pull_[k](Ball(c.start), Ball(s), -number::working_bits());
            if (!reached.is_finite()) throw numerical_error("the dual flow left the domain of the response in coordinate " + std::to_string(c.j + 1));
            off -= reached.midpoint();
            s += off * speed_[k](std::span(&s, 1))[0];
        }
    }

private:
    const DualFlow& dual_;
    std::size_t samples_;
    std::deque<Graph> graphs_;
    std::deque<graph::evaluator<Real>> speed_;
    std::deque<convex::Integral> pull_;
};

}  // namespace

std::optional<DualFlow> dual_flow(const Problem& problem) {
    std::optional<DualFlow> dual = Builder(problem).run();
    if (dual && !dual->zeros.empty()) dual->with_zeros = [problem](const std::vector<bool>& still) { return Builder(problem, still).run()->field; };
    return dual;
}

namespace {

void require_step(ode::status status) {
    if (status != ode::status::ok && status != ode::status::reached) throw numerical_error("the dual flow ended with status " + std::string(ode::name_of(status)));
}

/// The flow of signed powers: a coordinate is still, beta_j = 0, from where |u_j| comes down to `near` to where it has grown to twice that.
class Through_zeros {
public:
    Through_zeros(const DualFlow& dual, std::int64_t digits) : dual_(dual), digits_(digits), state_(dual.X.rows(), Real(0)), still_(dual.X.columns(), false), mirror_(dual.field.graph, [&] {
        std::vector<node_id> nodes;
        for (const DualFlow::Zero& zero : dual.zeros) nodes.push_back(zero.mirror);
        return nodes;
    }()) {
        const Vector u = mirror_(state_);
        for (std::size_t k = 0; k < u.size(); ++k) {
            // |beta_j| = (4(p-1)/p^2 |u|)^(1/(p-1)) is at most 10^-(digits + 2) up to twice `near`.
            const Real p = number::to_real(dual.zeros[k].p);
            near_.push_back(pow(Real(10), -(digits + 2) * (p - 1)) * p * p / (8 * (p - 1)));
            still_[dual.zeros[k].j] = abs(u[k]) <= near_[k];
        }
    }

    void advance(const Real& target) {
        if (!engine_) begin();
        while (engine_->time() < target) {
            const Vector before = mirror_(engine_->state());
            require_step(engine_->step(target));
            std::optional<Real> first;
            std::size_t which = 0;
            for (std::size_t k = 0; k < before.size(); ++k)
                if (const std::optional<Real> when = change(k, before[k]); when && (!first || *when < *first)) first = when, which = k;
            if (!first) continue;
            const std::size_t j = dual_.zeros[which].j;
            time_ = engine_->origin() + engine_->length() * *first;
            state_ = engine_->dense(time_);
            if (!still_[j]) passages_.push_back({j, time_});
            still_[j] = !still_[j];
            begin();
        }
    }

    [[nodiscard]] const Vector& state() const { return engine_->state(); }
    [[nodiscard]] std::vector<DualFlow::Passage> take_passages() { return std::move(passages_); }

private:
    void begin() {
        engine_.emplace(dual_.with_zeros(still_), ode::taylor::options{.bits = number::working_bits(), .digits = digits_});
        engine_->start(time_, state_);
    }

    /// Where on the last polynomial the coordinate of zeros[k] stops or starts to be still.
    [[nodiscard]] std::optional<Real> change(std::size_t k, const Real& before) const {
        const std::size_t j = dual_.zeros[k].j;
        Vector u;
        for (std::size_t i = 0; i < state_.size(); ++i) {
            const Vector nu = engine_->coefficients(i);
            const Real x = number::to_real(dual_.X(i, j));
            u.resize(std::max(u.size(), nu.size()), Real(0));
            for (std::size_t m = 0; m < nu.size(); ++m) u[m] += x * nu[m];
        }
        u[0] += mirror_start(k);
        Real noise(0);
        for (const Real& c : u) noise += abs(c);
        noise *= number::power_of_two(10 - number::working_bits());
        const Real end = (engine_->time() - engine_->origin()) / engine_->length();
        std::optional<Real> first;
        const auto look = [&](int sign, const Real& bound) {
            Vector c = u;
            for (Real& x : c) x *= sign;
            c[0] -= bound;
            const auto root = ode::first_root(c, noise, end);
            if (!root) return;
            const Real at = root->contact ? root->high : refined(c, root->low, root->high);
            if (!first || at < *first) first = at;
        };
        if (!still_[j]) look(before < 0 ? -1 : 1, near_[k]);
        if (still_[j])
            for (const int sign : {1, -1}) look(sign, 2 * near_[k]);
        return first;
    }

    /// The sign change of the polynomial c between low and high, by bisection: its value is as small as its rounding there.
    [[nodiscard]] static Real refined(const Vector& c, Real low, Real high) {
        const auto value = [&](const Real& s) {
            Real sum(0);
            for (std::size_t m = c.size(); m-- > 0;) sum = sum * s + c[m];
            return sum;
        };
        const bool rises = value(high) > 0;
        for (Real middle = (low + high) / 2; low < middle && middle < high; middle = (low + high) / 2) ((value(middle) > 0) == rises ? high : low) = middle;
        return high;
    }

    /// u at nu = 0.
    [[nodiscard]] Real mirror_start(std::size_t k) const { return mirror_(Vector(state_.size(), Real(0)))[k]; }

    const DualFlow& dual_;
    std::int64_t digits_;
    Real time_ = 0;
    Vector state_, near_;
    std::vector<bool> still_;
    mutable graph::evaluator<Real> mirror_;
    std::optional<ode::taylor> engine_;
    std::vector<DualFlow::Passage> passages_;
};

}  // namespace

DualFlow::Course DualFlow::at(const Vector& times, std::int64_t digits) const {
    graph::evaluator<Real> value(field.graph, coefficients);
    Course result;
    if (!zeros.empty()) {
        Through_zeros flow(*this, digits);
        for (const Real& time : times) {
            flow.advance(time);
            result.coefficients.push_back(value(flow.state()));
        }
        result.passages = flow.take_passages();
        return result;
    }
    Curves functions(*this);
    const auto stepper = ode::make_stepper("taylor", field, {number::working_bits(), digits, false});
    Vector start(X.rows(), Real(0));
    for (const Curve& c : curves) start.push_back(number::to_real(c.start));
    stepper->start(Real(0), std::move(start));
    for (const Real& time : times) {
        while (stepper->time() < time) {
            require_step(stepper->step(time));
            if (curves.empty()) continue;
            Vector state = stepper->state();
            functions.correct(state);
            stepper->start(stepper->time(), std::move(state));
        }
        result.coefficients.push_back(value(stepper->state()));
    }
    return result;
}

}  // namespace eonflow::flow
