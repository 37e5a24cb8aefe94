#pragma once
/// What the files of the checker share among themselves (and with nothing else).

#include <eonflow/convex/certificate.hpp>
#include <eonflow/number/ball.hpp>

#include <functional>
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

/// The same for the norms of groups and of Fourier coefficients.
[[nodiscard]] std::string check_group_boxes(const Certificate& certificate);

/// The same for the nuclear norm.
[[nodiscard]] std::string check_nuclear_boxes(const Certificate& certificate);

/// The same for bounds on the least nuclear norm, exactly.
[[nodiscard]] std::string check_nuclear_bounds(const Certificate& certificate);

/// The same for local minimizers of a Concave_power objective: the point is exact, the multipliers are boxes.
[[nodiscard]] std::string check_stationary(const Certificate& certificate);

/// The same for those that are no local minimizers: point and multipliers are boxes.
[[nodiscard]] std::string check_saddle(const Certificate& certificate);

/// Runs a proof with enough bits for the radii the certificate claims, and again with more where it fails.
[[nodiscard]] std::string with_enough_bits(const Certificate& certificate, const std::function<std::string(std::int64_t)>& prove);

/// Krawczyk's test on the box center +- radius, with F(center) in `defect` and the derivatives over the box in `jacobian`: a set that contains the only zero.
/// Throws a refusal if the test fails.
[[nodiscard]] std::vector<number::Ball> krawczyk_image(const std::vector<number::Ball>& center, const std::vector<number::Rational>& radius,
                                                      const std::vector<number::Ball>& defect, const number::Matrix<number::Ball>& jacobian);

/// h' and 1/h'' of a potential of the catalogue, in balls that contain the values at all points of w; not finite outside the domain.
class Slope {
public:
    virtual ~Slope() = default;
    [[nodiscard]] virtual number::Ball derivative(const number::Ball& w) const = 0;
    [[nodiscard]] virtual number::Ball inverse_curvature(const number::Ball& w) const = 0;
};

/// The open domain of a potential, as far as it is an interval with rational ends.
struct Interval_ends {
    std::optional<number::Rational> low, high;
};
[[nodiscard]] Interval_ends domain_of(const Potential& potential);

/// Throws a refusal for names and parameters that are not in the catalogue, and for formulas that cannot be read.
[[nodiscard]] std::unique_ptr<Slope> slope_of(const Potential& potential);

/// The same for the families that are given by formulas, apart from the weight.
[[nodiscard]] std::unique_ptr<Slope> slope_of_formula(const Potential& potential);

/// weight h, for a weight > 0.
[[nodiscard]] std::unique_ptr<Slope> times_weight(std::unique_ptr<Slope> slope, const number::Rational& weight);

}  // namespace eonflow::convex::checking
