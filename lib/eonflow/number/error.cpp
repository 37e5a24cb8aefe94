#include <eonflow/number/error.hpp>

namespace eonflow {

invalid_input::invalid_input(std::string message, std::string place)
    : error(place.empty() ? message : place + ": " + message), message_(std::move(message)), place_(std::move(place)) {}

invalid_input invalid_input::within(const std::string& outer) const { return invalid_input(message_, outer + place_); }

}  // namespace eonflow
