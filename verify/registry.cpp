#include <verify/theorem.hpp>

#include <algorithm>

namespace eonflow::verify {

const std::vector<Theorem>& theorems() {
    static const std::vector<Theorem> all;
    return all;
}

const Theorem* find_theorem(std::string_view id) noexcept {
    const auto found = std::find_if(theorems().begin(), theorems().end(), [&](const Theorem& theorem) { return theorem.id == id; });
    return found == theorems().end() ? nullptr : &*found;
}

}  // namespace eonflow::verify
