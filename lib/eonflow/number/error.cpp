#include <eonflow/number/error.hpp>

namespace eonflow {

invalid_input::invalid_input(std::string message, std::string place)
    : error(place.empty() ? message : place + ": " + message), message_(std::move(message)), place_(std::move(place)) {}

invalid_input invalid_input::within(const std::string& outer) const {
    const bool separator_alone = place_.empty() && outer.ends_with(": ");
    return invalid_input(message_, separator_alone ? outer.substr(0, outer.size() - 2) : outer + place_);
}

}  // namespace eonflow
