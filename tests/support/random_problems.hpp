#pragma once
/// Random small problems with exact entries: dense and diagonal networks and formulas, any loss.

#include <support/problems.hpp>

#include <random>

namespace eonflow::problems {

/// Entries are fractions of small integers, so nothing is degenerate for long; margins and steps stay moderate.
class problem_source {
public:
    explicit problem_source(unsigned seed) : random_(seed) {}

    flow::Problem operator()() {
        constexpr model::loss_kind losses[] = {model::loss_kind::squared, model::loss_kind::exponential, model::loss_kind::logistic};
        const std::size_t inputs = 2 + random_() % 2, samples = 2 + random_() % 2;
        flow::Problem p;
        switch (random_() % 4) {
            case 0: p.model = model::dense(std::vector<std::size_t>{inputs, 2, 1}); break;
            case 1: p.model = model::dense(std::vector<std::size_t>{inputs, 2, 2, 1}); break;
            case 2: p.model = model::diagonal(inputs, 2 + random_() % 3); break;
            default: p.model = model::expression(inputs, {"a", "b", "c"}, formulas[random_() % std::size(formulas)]); break;
        }
        p.loss.kind = losses[random_() % 3];
        p.data.X = number::Matrix<Rational>(samples, inputs);
        for (std::size_t i = 0; i < samples; ++i) {
            for (std::size_t j = 0; j < inputs; ++j) p.data.X(i, j) = fraction(5);
            p.data.y.push_back(p.loss.is_classification() ? Rational(random_() % 2 == 0 ? 1 : -1) : fraction(4));
        }
        for (std::size_t i = 0; i < p.model.parameters(); ++i) p.initial.push_back(fraction(6));
        return p;
    }
    std::size_t below(std::size_t n) { return random_() % n; }

private:
    static constexpr const char* formulas[] = {"x1*tanh(a) + x2*b*c",           "x1*a*exp(-b^2) + x2*log(2+c^2)",    "(x1*a + x2*b)/(1 + c^2)",
                                               "x1*(1+a^2)^(1/3)*b + x2*c",     "tanh(x1*a + x2*b)*c",               "x1*sqrt(2+a*b) + x2*(exp(c)-1)",
                                               "sin(a)*x1 + cos(b)*x2/(2+c^2)", "x1*x2*a + (x1*b)^2*c/(3 + b^2*c^2)"};

    /// Between -1 and 1 apart from 0.
    Rational fraction(long most) {
        const long below = 2 + static_cast<long>(random_() % static_cast<unsigned long>(most)), above = 1 + static_cast<long>(random_() % static_cast<unsigned long>(below));
        return Rational(random_() % 2 == 0 ? above : -above, below);
    }
    std::mt19937_64 random_;
};

}  // namespace eonflow::problems
