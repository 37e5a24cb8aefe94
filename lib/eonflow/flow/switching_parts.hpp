#pragma once
/// The parts of `Switching` that do not integrate: the smooth fields of a network's patterns, and the ways on from a point where kinks meet.

#include <eonflow/flow/planes.hpp>
#include <eonflow/flow/segment.hpp>
#include <eonflow/flow/sliding.hpp>
#include <eonflow/flow/switching.hpp>
#include <eonflow/graph/evaluate.hpp>
#include <eonflow/series/engine.hpp>

#include <map>

namespace eonflow::flow {

/// The side of every kink; and the slopes, held constant, of planes that slide because others do.
struct Sides {
    std::vector<side> of;
    std::map<std::size_t, number::Real> held;

    [[nodiscard]] bool operator==(const Sides&) const = default;
};

/// The field of all patterns with the same kinks of upper layers sliding.
struct Mode {
    Mode(const PiecewiseField& piecewise, const Planes& planes, const std::vector<std::size_t>& sliding, std::size_t capacity) : source(sliding_field(piecewise, planes, sliding, capacity)) {}

    SlidingField source;
    // Made when they are first needed.
    std::optional<graph::evaluator<number::Real>> look;  ///< watched, force, descent
    std::optional<series::program> program;
    std::unique_ptr<series::engine> probe;
    std::unique_ptr<Segment> segment;
};

/// What the field is at a point.
struct Look {
    number::Vector watched;  ///< of the kinks of Mode::source.upper
    number::Vector force;    ///< of every plane, 0 for other kinks
    number::Vector descent;  ///< D with the parameters' slopes
};

class Network {
public:
    Network(PiecewiseField field, const SwitchingOptions& options);

    [[nodiscard]] const PiecewiseField& piecewise() const noexcept { return piecewise_; }
    [[nodiscard]] const Planes& planes() const noexcept { return planes_; }
    [[nodiscard]] std::size_t states() const noexcept { return piecewise_.states(); }
    [[nodiscard]] std::size_t kinks() const noexcept { return piecewise_.kinks.size(); }
    [[nodiscard]] const SwitchingOptions& options() const noexcept { return options_; }
    /// What the local error, summed over some steps, may hide: relative to the size of an argument, and of slopes to the ends of their range.
    [[nodiscard]] const number::Real& edge() const noexcept { return edge_; }
    [[nodiscard]] const number::Real& below(std::size_t k) const { return below_[k]; }
    [[nodiscard]] const number::Real& above(std::size_t k) const { return above_[k]; }

    /// Reserves room for what slides in `sides`, and gives its mode. References to modes of less room stay good until `forget`.
    [[nodiscard]] Mode& mode(const Sides& sides);
    /// Of all modes whose flow was followed: the room, what slides, and the state of the integrator; and back.
    struct saved_mode {
        std::size_t capacity = 0;
        std::vector<std::size_t> upper;
        number::Record integrator;
    };
    [[nodiscard]] std::vector<saved_mode> save() const;
    void restore(const std::vector<saved_mode>& modes);
    /// Drops all modes but those with the present room and `kept`.
    void forget(const Mode& kept);
    [[nodiscard]] series::engine& probe(Mode& m);
    [[nodiscard]] Segment& segment(Mode& m);
    [[nodiscard]] number::Vector parameters(const Mode& m, const Sides& sides);
    [[nodiscard]] number::Vector extended(const Mode& m, number::Vector state) const;
    [[nodiscard]] Look look(Mode& m, const Sides& sides, const number::Vector& state);
    /// The surface on which a group's planes slide, which are `sliding(sides, group)`.
    [[nodiscard]] const Surface& surface(const Sides& sides, std::size_t group);
    [[nodiscard]] std::vector<std::size_t> sliding(const Sides& sides, std::size_t group) const;
    /// Takes from theta its parts off the planes that slide: rounding.
    void project(const Sides& sides, number::Vector& state);
    /// The slopes of all kinks at a state, those of sliding ones included.
    [[nodiscard]] number::Vector slopes(const Sides& sides, const number::Vector& state);
    /// delta of every plane of the surface's basis (see SlidingField), in the order of the basis.
    [[nodiscard]] number::Vector balance(const Sides& sides, std::size_t group, const number::Vector& descent);

private:
    PiecewiseField piecewise_;
    SwitchingOptions options_;
    Planes planes_;
    number::Real edge_;
    number::Vector below_, above_;
    std::size_t capacity_ = 0;
    std::map<std::pair<std::size_t, std::vector<std::size_t>>, std::unique_ptr<Mode>> modes_;
    std::map<std::pair<std::size_t, std::vector<std::size_t>>, Surface> surfaces_;
};

/// A point where kinks meet.
struct Situation {
    number::Vector state;
    Sides before;
    std::map<std::size_t, int> meeting;      ///< kinks that are 0, and how many of their first coefficients are 0 (exits from sliding and contacts: 2)
    std::map<std::size_t, side> leaving;     ///< of these, sliding kinks whose slope reached an end of its range, with that end
    std::vector<bool> resting;               ///< arguments that are 0 because all that feeds them is
    bool tied = false;                       ///< some of these only from here on, where a kink that feeds them is at 0
    number::Real length;                     ///< of an expansion that looks ahead, signed
};

/// One way on.
struct Way {
    Sides sides;
    std::map<std::size_t, int> order;  ///< of kinks at 0 that take a side: how many of their first coefficients are 0 ahead
    std::vector<bool> stays;           ///< of each kink that meets here whether its argument stays 0
    std::vector<number::Vector> start; ///< first coefficients of the field's own states; none where the way differs from the others by its signs
};

/// All different ways on with the fewest sliding kinks. Throws numerical_error where there are too many cases to try.
[[nodiscard]] std::vector<Way> ways_on(Network& network, Situation at);

}  // namespace eonflow::flow
