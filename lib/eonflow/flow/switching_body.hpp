#pragma once
/// The inside of `Switching`, of which one file follows the flow and another watches over its steps.

#include <eonflow/flow/pattern.hpp>
#include <eonflow/flow/switching_parts.hpp>
#include <eonflow/ode/roots.hpp>

namespace eonflow::flow {

/// A polynomial that must not change its sign: of an argument, or of the distance of a sliding slope from an end of its range.
struct Watch {
    std::size_t kink = 0;
    bool sliding = false;
    side leaves_to = side::below;  ///< where the kink goes when the sign changes
    number::Vector coefficients;   ///< none where a witness is followed
    int zeros = 0;                 ///< coefficients that vanish at the start of the step and were divided out
};

/// A watch that changes its sign.
struct Crossing {
    std::size_t kink = 0;
    side leaves_to = side::below;
    bool sliding = false, contact = false;
    number::Real at, uncertainty;  ///< as shares of the step's length
};

struct Switching::body {
    body(PiecewiseField field, const SwitchingOptions& wanted) : network(std::move(field), wanted), chosen(wanted), signs(network.piecewise().graph, network.piecewise().kinks) {}

    [[nodiscard]] std::size_t states() const { return network.states(); }
    [[nodiscard]] std::size_t kinks() const { return network.kinks(); }
    [[nodiscard]] const number::Real& edge() const { return network.edge(); }
    [[nodiscard]] Segment& segment() { return network.segment(*present); }

    void start(number::Real when, number::Vector base, std::vector<std::size_t> touching);
    ode::status step(const number::Real& limit);
    [[nodiscard]] bool settle(bool forward);
    void restart(const Sides& p);
    void separate(Situation& at);
    [[nodiscard]] Situation situation(bool forward);
    [[nodiscard]] number::Record save();
    void restore(const number::Record& saved);

    void choose_order();
    void note_gap(const number::Real& until);

    // Watching over a step (switching_scan.cpp): finds the first switches on it.
    void scan();
    void scan_series();
    void scan_samples();
    [[nodiscard]] number::Vector argument(std::size_t k) const;
    [[nodiscard]] number::Vector watched(std::size_t extension);
    void watch_planes(std::vector<Watch>& all, number::Real& horizon);
    void watch_others(std::vector<Watch>& all);
    [[nodiscard]] number::Vector deflated(number::Vector c, std::size_t k, int& zeros) const;
    [[nodiscard]] Crossing locate(const Watch& w, const ode::root& found);
    [[nodiscard]] number::Real measured(const Watch& w, const number::Vector& base);
    [[nodiscard]] std::vector<Watch> violated(const number::Vector& base);

    Network network;
    SwitchingOptions chosen;
    Pattern<number::Real> signs;
    Sides sides;
    Mode* present = nullptr;

    number::Real time;
    number::Vector state;
    std::vector<Switch> happened;
    ode::counters total, shown;  ///< without, and with, those of the integrator in use

    bool pending = false, very_start = false;  ///< at a switch, at the start
    std::map<std::size_t, int> meeting;
    std::map<std::size_t, side> leaving;
    std::vector<bool> idle;              ///< arguments that are identically 0 on the last step
    std::map<std::size_t, int> deflate;  ///< of kinks that are 0 at the start of the present step, how many coefficients are 0; after a scan, those of that scan
    std::map<std::size_t, std::unique_ptr<graph::evaluator<number::Real>>> gradients;  ///< of arguments of upper layers

    bool fresh = true;                     ///< the present step is the first since the pattern was chosen
    std::optional<number::Real> scanned;   ///< origin of the step that was searched
    std::vector<number::Vector> polynomial;  ///< of the field's own states
    std::vector<Crossing> events;          ///< the first on it
    number::Real event_time, last_length;

    // What the order follows: the clock between switches, and the length that a series of order 1 would have, as binary logarithms.
    int full_order = 0;
    number::Real chosen_at;  ///< where the present pattern began
    std::optional<series::log_size> gap;
    series::log_size radius = 0;
};

}  // namespace eonflow::flow
