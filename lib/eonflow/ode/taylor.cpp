#include <eonflow/ode/taylor.hpp>

#include <eonflow/number/error.hpp>
#include <eonflow/number/text.hpp>
#include <eonflow/series/engine.hpp>

#include <algorithm>
#include <array>

namespace eonflow::ode {

using number::precision_scope;
using number::Real;
using number::Vector;
using series::log_size;
using series::outcome;
using series::size_unit;
using series::vanishing;

namespace {

constexpr int tail_orders = 4;                ///< coefficients the tail is judged by: some vanish in odd and even solutions
constexpr log_size tail_margin = 2 * size_unit;  ///< the tail is at most 4 times its first term where r s <= 3/4, which every order above digits * 8 gives
constexpr log_size shortest_reach = -2 * size_unit;  ///< a polynomial usable over less than a quarter of its length is not worth keeping

constexpr std::int64_t coefficient_guard = 12;  ///< bits by which the rounding of fixed-point coefficients stays below the local error

int default_order(std::int64_t digits) { return static_cast<int>(6 + digits * 6 / 5); }

/// 2^(sixteenths/16) from correctly rounded constants: the same on every machine.
Real power_of_two_sixteenths(log_size sixteenths) {
    static constexpr std::array<double, 16> roots = {0x1p0,
                                                     0x1.0b5586cf9890fp+0,
                                                     0x1.172b83c7d517bp+0,
                                                     0x1.2387a6e756238p+0,
                                                     0x1.306fe0a31b715p+0,
                                                     0x1.3dea64c123422p+0,
                                                     0x1.4bfdad5362a27p+0,
                                                     0x1.5ab07dd485429p+0,
                                                     0x1.6a09e667f3bcdp+0,
                                                     0x1.7a11473eb0187p+0,
                                                     0x1.8ace5422aa0dbp+0,
                                                     0x1.9c49182a3f09p+0,
                                                     0x1.ae89f995ad3adp+0,
                                                     0x1.c199bdd85529cp+0,
                                                     0x1.d5818dcfba487p+0,
                                                     0x1.ea4afa2a490dap+0};
    const log_size rest = ((sixteenths % size_unit) + size_unit) % size_unit;
    return number::power_of_two((sixteenths - rest) / size_unit) * roots[static_cast<std::size_t>(rest)];
}

log_size floor_divide(log_size a, log_size b) { return a / b - (a % b != 0 && a < 0 ? 1 : 0); }

/// How far a polynomial may be used: log2 of the largest s at which the tail of every state stays below 2^-(tolerance) of its scale along [0, s],
/// and the norm grows at most by 2^growth. `exact` states that no digits are left for the largest state.
struct judgement {
    log_size natural = 0;
    bool exhausted = false;
};

judgement judge(const series::engine& e, std::size_t states, int order, log_size tolerance, log_size growth) {
    constexpr log_size farthest = 8 * size_unit;
    log_size norm = vanishing;
    for (std::size_t i = 0; i < states; ++i) norm = std::max(norm, e.sizes(i)[0]);
    judgement result{farthest, false};
    log_size largest = vanishing, noise_of_largest = vanishing;
    for (std::size_t i = 0; i < states; ++i) {
        const std::span<const log_size> sizes = e.sizes(i);
        // The scale depends on how far the polynomial is used, and the other way round: the first pass takes the scale on [0, 1].
        log_size natural = farthest, scale = vanishing;
        // A polynomial much shorter than it could be ends in noise, which says nothing.
        int last = order;
        while (last > 1 && sizes[static_cast<std::size_t>(last)] < e.noise(i) + size_unit) --last;
        for (int pass = 0; pass < 4; ++pass) {
            const log_size used = std::min<log_size>(natural, 0);
            scale = vanishing;
            for (int k = 0; k <= order; ++k) scale = std::max(scale, sizes[static_cast<std::size_t>(k)] + k * used);
            if (scale <= vanishing / 2) break;
            log_size next = farthest;
            // With |c_j| <= scale r^j, r from the last orders, what is left out is at most scale (r s)^(order + 1) / (1 - r s).
            const log_size smallest = std::max(scale - tolerance, e.noise(i) + size_unit) - tail_margin;
            for (int k = std::max(1, last - tail_orders + 1); k <= last; ++k)
                if (sizes[static_cast<std::size_t>(k)] != vanishing)
                    next = std::min(next, floor_divide(smallest - scale, order + 1) + floor_divide(scale - sizes[static_cast<std::size_t>(k)], k));
            // A polynomial whose later half is noise has no tail above it: over the present length it is good, whatever its first orders say, and the
            // next one may be tried longer.
            if (2 * last < order) next = std::max<log_size>(next, 2 * size_unit);
            // Growth: tried only where it binds, a division per order is dear.
            if (norm != vanishing)
                for (int k = 1; k <= order; ++k)
                    if (sizes[static_cast<std::size_t>(k)] + k * next > norm + growth) next = floor_divide(norm + growth - sizes[static_cast<std::size_t>(k)], k);
            if (next >= natural) break;
            natural = next;
        }
        result.natural = std::min(result.natural, natural);
        if (scale > largest) largest = scale, noise_of_largest = e.noise(i);
    }
    result.exhausted = largest != vanishing && noise_of_largest > largest - tolerance;
    return result;
}

Vector from_hex(const std::vector<std::string>& text) {
    Vector values;
    for (const std::string& t : text) values.push_back(number::from_hex(t));
    return values;
}

std::vector<std::string> to_hex(const Vector& values) {
    std::vector<std::string> text;
    for (const Real& v : values) text.push_back(number::to_hex(v));
    return text;
}

}  // namespace

constexpr int most_shortened = 6;  ///< times a step is shortened for the rounding inside its expansion

struct taylor::body {
    body(graph::vector_field field, options wanted)
        : program(series::compile(std::move(field))), settings(wanted), bits(number::granted_bits(wanted.bits)),
          tolerance(size_unit * number::bits_for_digits(wanted.digits)), growth(8 * size_unit + tolerance / 16) {
        if (wanted.digits < 1 || number::bits_for_digits(wanted.digits) > bits)
            throw invalid_input("a local error of 10^-" + std::to_string(wanted.digits) + " does not fit a working precision of " + std::to_string(bits) + " bits");
        counted.order = wanted.order > 0 ? std::max(wanted.order, tail_orders) : default_order(wanted.digits);
        floating = series::floating_engine(program, bits);
        const std::int64_t kept = std::min(bits, tolerance / size_unit + coefficient_guard);
        if (wanted.coefficients == arithmetic::automatic)
            fixed = series::fixed_engine(program, kept, bits);
    }

    /// The expansion at (origin, start) with `length`, shortened until it can be used over a good part of its length.
    /// False where there is none; `failure` says why.
    bool expand(Real wanted_length) {
        const Real asked = wanted_length;
        int shortened = 0;
        for (;;) {
            judgement found;
            outcome result = outcome::out_of_range;
            if (fixed != nullptr && shortened <= most_shortened) {
                memory = fixed->memory();
                result = expand_with(*fixed, wanted_length, found);
            }
            // What no shorter step mends (a variable that is zero up to rounding, say) is for floating coefficients, at the full length.
            if (result == outcome::too_long && ++shortened > most_shortened) {
                wanted_length = asked;
                continue;
            }
            if (result == outcome::undefined) return fail(status::blow_up);
            if (result == outcome::out_of_range || found.exhausted) {
                ++counted.floating;
                result = expand_with(*floating, wanted_length, found);
                if (result == outcome::undefined) return fail(status::blow_up);
                if (found.exhausted) return fail(status::precision_exhausted);
            }
            if (result == outcome::done && found.natural >= shortest_reach) {
                length = wanted_length;
                const log_size size = series::size_of(length.backend().data()) + found.natural;
                // A reach read far beyond the expansion is too rough to extrapolate from.
                const log_size ratio = last_natural == vanishing || found.natural > size_unit / 2 ? 0 : std::clamp<log_size>(size - last_natural, -size_unit, size_unit);
                last_natural = size;
                // Slightly too long is cheaper than too short: a long polynomial is used up to its reach, a short one wastes its last orders.
                next = length * power_of_two_sixteenths(std::min<log_size>(found.natural, 2 * size_unit) + ratio + 1);
                return set_reach(found.natural);
            }
            ++counted.rejected;
            wanted_length = wanted_length * power_of_two_sixteenths(std::max<log_size>(found.natural, -8 * size_unit));
            if (origin + wanted_length == origin) return fail(status::blow_up);
        }
    }

    outcome expand_with(series::engine& e, const Real& wanted_length, judgement& found) {
        ++counted.evaluations;
        active = &e;
        const outcome result = e.expand(start, parameters, wanted_length, counted.order);
        found = result == outcome::done ? judge(e, program.states, counted.order, tolerance, growth)
                                        : judgement{result == outcome::too_long ? -size_unit : -8 * size_unit, false};
        return result;
    }

    /// The end of the polynomial is a time that this precision holds, so that time and state stay together.
    bool set_reach(log_size natural) {
        const Real end_wanted = origin + (natural < 0 ? Real(length * power_of_two_sixteenths(natural)) : length);
        reach = (end_wanted - origin) / length;
        if (reach > 1) reach = 1;
        end = origin + length * reach;
        return end == origin ? fail(status::blow_up) : true;
    }

    bool fail(status why) {
        failure = why;
        active = nullptr;
        return false;
    }

    /// A first length from short expansions at low precision, whose ratio of order to tolerance is that of the real ones. Solutions that are polynomials allow any length; but values at `distance`, so
    /// small a part of it, would lose their digits.
    Real first_length(const Real& direction, const Real& distance) {
        constexpr int order = 14;
        constexpr int attempts = 200;
        const auto scout = series::floating_engine(program, 64);
        const Real longest = distance * number::power_of_two(16);
        Real guess = direction;
        for (int k = 0; k < attempts; ++k) {
            const outcome result = scout->expand(start, parameters, guess, order);
            if (result == outcome::undefined) return guess;
            if (abs(guess) > abs(longest)) return longest;
            const log_size natural =
                result == outcome::done ? judge(*scout, program.states, order, tolerance * order / counted.order, growth).natural : -8 * size_unit;
            if (natural >= 8 * size_unit) return guess;
            guess = guess * power_of_two_sixteenths(natural);
            if (std::abs(natural) <= size_unit) break;
        }
        return guess;
    }

    void drop_polynomial() {
        active = nullptr;
        origin = time, start = state;
        end = time, reach = 0, length = 0, next = 0;
        last_natural = vanishing;
    }

    void at(const Real& when, Vector& values) const {
        if (active == nullptr || when == origin) values = start;
        else active->values((when - origin) / length, values);
    }

    void move_to(const Real& when) {
        at(when, state);
        time = when;
    }

    status step(const Real& limit) {
        if (limit == time) return status::reached;
        const bool forward = limit > time;
        if (active == nullptr || time == end || (length > 0) != forward) {
            if (settings.stop.stop_requested()) return status::interrupted;
            if (counted.steps >= settings.step_limit) return status::step_limit;
            const bool very_start = counted.steps == 0;
            origin = time, start = state;
            if (next == 0 || (next > 0) != forward) next = first_length(forward ? 1 : -1, limit - time);
            if (!expand(next)) {
                end = time, reach = 0, length = 0;
                if (Vector values; very_start && failure == status::blow_up && !series::start_values(program, start, parameters, values))
                    throw numerical_error("the vector field has no value or no Taylor series at the start, time " + number::to_decimal(time, 10));
                return failure;
            }
            ++counted.steps;
        }
        const bool reached = forward ? limit <= end : limit >= end;
        move_to(reached ? limit : end);
        return reached ? status::reached : status::ok;
    }

    series::program program;
    options settings;
    std::int64_t bits;
    log_size tolerance;
    log_size growth;
    std::unique_ptr<series::engine> fixed;
    std::unique_ptr<series::engine> floating;
    series::engine* active = nullptr;
    status failure = status::ok;
    counters counted;

    Real time, origin, length, reach, end, next;
    Vector state, start, parameters;
    log_size last_natural = vanishing;
    std::vector<std::int64_t> memory;  ///< of the fixed-point engine before the polynomial in use
};

taylor::taylor(graph::vector_field field, options wanted) {
    const precision_scope scope(wanted.bits);
    body_ = std::make_unique<body>(std::move(field), std::move(wanted));
    body_->parameters.resize(body_->program.parameters);
}
taylor::~taylor() = default;
taylor::taylor(taylor&&) noexcept = default;
taylor& taylor::operator=(taylor&&) noexcept = default;

void taylor::start(Real time, Vector state) {
    const precision_scope scope(body_->bits);
    if (state.size() != body_->program.states)
        throw invalid_input("a state of " + std::to_string(state.size()) + " numbers, accepted is " + std::to_string(body_->program.states));
    for (Real& y : state) {
        if (!isfinite(y)) throw invalid_input("a state that is not finite");
        y = y + 0;  // to the integrator's own precision
    }
    body_->time = time + 0;
    body_->state = std::move(state);
    body_->drop_polynomial();
}

void taylor::set_parameters(Vector values) {
    const precision_scope scope(body_->bits);
    if (values.size() != body_->program.parameters)
        throw invalid_input(std::to_string(values.size()) + " parameters, accepted is " + std::to_string(body_->program.parameters));
    for (Real& p : values) p = p + 0;
    body_->parameters = std::move(values);
    body_->drop_polynomial();
}

void taylor::propose(const Real& length) {
    const precision_scope scope(body_->bits);
    body_->next = length + 0;
}

void taylor::set_order(int order) {
    if (body_->time == body_->end) body_->counted.order = std::max(order, tail_orders);
}

status taylor::step(const Real& limit) {
    const precision_scope scope(body_->bits);
    return body_->step(limit + 0);
}

status taylor::advance(const Real& to) {
    const precision_scope scope(body_->bits);
    const Real limit = to + 0;
    for (;;)
        if (const status s = body_->step(limit); s != status::ok) return s;
}

const Real& taylor::time() const noexcept { return body_->time; }
const Vector& taylor::state() const noexcept { return body_->state; }
const counters& taylor::counted() const noexcept { return body_->counted; }
Real taylor::expected_step() const {
    const precision_scope scope(body_->bits);
    return body_->time == body_->end ? body_->next : Real(body_->end - body_->time);
}
std::int64_t taylor::bits() const noexcept { return body_->bits; }
const Real& taylor::origin() const noexcept { return body_->origin; }
const Real& taylor::length() const noexcept { return body_->length; }
const Real& taylor::reach() const noexcept { return body_->reach; }

Vector taylor::dense(const Real& at) const {
    const precision_scope scope(body_->bits);
    const Real when = at + 0;
    const auto& [low, high] = std::minmax(body_->origin, body_->end);
    if (when < low || when > high)
        throw invalid_input("the time " + number::to_decimal(when, 10) + " is outside the last step, " + number::to_decimal(low, 10) + " to " +
                            number::to_decimal(high, 10));
    Vector values;
    body_->at(when, values);
    return values;
}

Vector taylor::coefficients(std::size_t i) const {
    const precision_scope scope(body_->bits);
    Vector values;
    if (body_->active == nullptr) return values;
    const auto sizes = body_->active->sizes(i);
    const log_size noise = body_->active->noise(i) + size_unit;
    for (int k = 0; k <= body_->counted.order; ++k) {
        values.push_back(body_->active->coefficient(i, k));
        if (k > 0 && sizes[static_cast<std::size_t>(k)] < noise) values.back() = 0;
    }
    return values;
}

taylor::checkpoint taylor::save() const {
    const precision_scope scope(body_->bits);
    const body& b = *body_;
    using number::to_hex;
    return {to_hex(b.time), to_hex(b.origin), b.active == nullptr ? "" : to_hex(b.length), to_hex(b.next), ode::to_hex(b.state), ode::to_hex(b.start),
            ode::to_hex(b.parameters), b.last_natural, b.active == nullptr && b.fixed != nullptr ? b.fixed->memory() : b.memory, b.counted};
}

void taylor::restore(const checkpoint& saved) {
    const precision_scope scope(body_->bits);
    body& b = *body_;
    if (saved.state.size() != b.program.states || saved.start.size() != b.program.states || saved.parameters.size() != b.program.parameters)
        throw invalid_input("the checkpoint belongs to another vector field");
    b.origin = number::from_hex(saved.origin);
    b.start = ode::from_hex(saved.start);
    b.parameters = ode::from_hex(saved.parameters);
    b.time = number::from_hex(saved.time);
    b.state = ode::from_hex(saved.state);
    b.counted = saved.counted;
    if (b.fixed != nullptr) b.fixed->recall(saved.memory);
    if (saved.length.empty() || !b.expand(number::from_hex(saved.length))) b.drop_polynomial();
    b.next = number::from_hex(saved.next);
    b.last_natural = saved.trend;
    b.counted = saved.counted;
}

}  // namespace eonflow::ode
