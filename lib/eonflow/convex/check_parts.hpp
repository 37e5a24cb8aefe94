#pragma once
/// What the files of the checker share among themselves (and with nothing else).

#include <eonflow/convex/certificate.hpp>
#include <eonflow/number/ball.hpp>

#include <memory>
#include <string>

namespace eonflow::convex::checking {

/// Thrown inside the checker with the reason for a refusal.
struct refusal {
    std::string reason;
};

inline void require(bool condition, const std::string& reason) {
    if (!condition) throw refusal{reason};
}

/// Rank over the rationals.
[[nodiscard]] std::size_t rank_of(number::Matrix<number::Integer> a);

/// Verifies a certificate whose evidence is boxes; returns the statement or throws a refusal.
[[nodiscard]] std::string check_boxes(const Certificate& certificate);

/// h' and 1/h'' of a potential of the catalogue, in balls that contain the values at all points of w; not finite outside the domain.
class Slope {
public:
    virtual ~Slope() = default;
    [[nodiscard]] virtual number::Ball derivative(const number::Ball& w) const = 0;
    [[nodiscard]] virtual number::Ball inverse_curvature(const number::Ball& w) const = 0;
};

/// Throws a refusal for names and parameters that are not in the catalogue.
[[nodiscard]] std::unique_ptr<Slope> slope_of(const Potential& potential);

}  // namespace eonflow::convex::checking
