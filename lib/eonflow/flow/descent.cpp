#include <eonflow/flow/descent.hpp>

#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>

namespace eonflow::flow {

using number::Integer;
using number::Real;

namespace {

/// floor(time/step)
Integer iterate_at(const Rational& time, const Rational& step) {
    if (time < 0) throw invalid_input("the time " + number::to_text(time) + " was found, accepted for gradient descent are times >= 0", "/stop/time");
    const Rational quotient = time / step;
    return numerator(quotient) / denominator(quotient);
}

/// floor(10^exponent/step)
Integer iterate_at_log10(const Rational& exponent, const Rational& step) {
    const Real quotient = floor(pow(Real(10), number::to_real(exponent)) / number::to_real(step));
    return numerator(number::to_rational(quotient));
}

}  // namespace

Path::outcome descend(const Problem& problem, Observer& observer, const std::vector<Target>& targets, std::int64_t most_steps, const Path::visitor& visit, const Path::monitor& watch) {
    const Rational& step = *problem.descent_step;
    const Real size = number::to_real(step);
    number::Vector theta;
    for (const Rational& value : problem.initial) theta.push_back(number::to_real(value));

    Path::outcome outcome;
    outcome.status = "reached_stop";
    std::int64_t k = 0;
    const auto finished = [&](const std::string& status) {
        outcome.status = status;
        outcome.counters.steps = outcome.counters.evaluations = k;
        outcome.end_clock = Rational(step * Rational(k)).convert_to<double>();
        return outcome;
    };
    const Target& end = targets.back();
    const Real end_loss = number::to_real(end.kind == Target::what::loss ? end.value : Rational(0));
    const auto at_end = [&] { return end.kind == Target::what::loss && observer.loss(theta) <= end_loss; };
    for (const Target& target : targets) {
        Integer last = 0;
        const bool for_loss = target.kind == Target::what::loss;
        switch (target.kind) {
            case Target::what::start: break;
            case Target::what::clock:
            case Target::what::time: last = iterate_at(target.value, step); break;
            case Target::what::log10_time: last = iterate_at_log10(target.value, step); break;
            case Target::what::loss: break;
        }
        while ((for_loss || last > k) && !at_end()) {
            if (k == most_steps) return finished("step_limit");
            const number::Vector slope = observer.gradient(theta);
            for (std::size_t p = 0; p < theta.size(); ++p) {
                theta[p] -= size * slope[p];
                if (!isfinite(theta[p])) return finished("blow_up");
            }
            ++k;
            if (watch && watch(for_loss ? -1 : static_cast<double>(k) / last.convert_to<double>(), "step " + std::to_string(k))) return finished("interrupted");
        }
        if (last > k) continue;  // nothing is sampled behind the end
        Path::point at;
        at.clock = at.time = number::to_real(Rational(step * Rational(k)));
        at.parameters = theta;
        visit(at);
    }
    return finished("reached_stop");
}

}  // namespace eonflow::flow
