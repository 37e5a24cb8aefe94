#pragma once
/// Stored trajectories as the sets of numbers that their digits stand for.

#include <eonflow/io/cursor.hpp>
#include <eonflow/number/ball.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace eonflow::verify::data {

/// A printed number: its text, and all numbers that differ from it by at most one unit of its last digit (only itself for fractions and integers). Where no digit was verified, and
/// for infinities and times beyond 10^(10^6), of which the logarithm is stored as well, there is none.
struct Printed {
    std::string text;
    number::Rational value;
    number::Rational unit;

    /// As a ball at the working precision.
    [[nodiscard]] number::Ball ball() const;
};

/// Throws invalid_input for anything but numbers as in result files.
[[nodiscard]] std::optional<Printed> read_printed(const std::string& text);

struct StoredSample {
    std::optional<Printed> time, log10_time;
    std::vector<std::optional<Printed>> parameters;
    std::map<std::string, std::vector<std::optional<Printed>>> observed;
};

struct StoredEvent {
    std::optional<Printed> time;
    std::string kind, layer;
    std::int64_t unit = 0;
    std::optional<std::int64_t> sample;
};

struct StoredTrajectory {
    std::string problem_sha256, status, clock;
    std::int64_t digits = 0;
    std::vector<std::string> parameter_names;
    std::vector<StoredSample> samples;
    std::vector<StoredEvent> events;
};

/// A trajectory file (eonflow/trajectory/1). Throws invalid_input whose place is a JSON pointer.
[[nodiscard]] StoredTrajectory parse_trajectory(std::string_view text);

}  // namespace eonflow::verify::data
