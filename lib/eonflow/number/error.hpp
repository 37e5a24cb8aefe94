#pragma once
/// The four kinds of failure a caller can meet; expected outcomes (step limit, blow-up, precision exhausted) are status values instead.

#include <stdexcept>
#include <string>

namespace eonflow {

struct error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The caller's input cannot be used. `place` (a JSON pointer, a column of a formula ...) grows from the inside out while the error travels up.
struct invalid_input : error {
    explicit invalid_input(std::string message, std::string place = {});
    [[nodiscard]] const std::string& place() const noexcept { return place_; }
    [[nodiscard]] const std::string& message() const noexcept { return message_; }
    /// The same error seen from an enclosing place; a ": " that ends `outer` stays only where a place follows.
    [[nodiscard]] invalid_input within(const std::string& outer) const;

private:
    std::string message_;
    std::string place_;
};

/// The working precision does not suffice for what was asked.
struct precision_error : error {
    using error::error;
};

/// A numerical method failed in a way its caller did not foresee.
struct numerical_error : error {
    using error::error;
};

/// A file cannot be read or written.
struct io_error : error {
    using error::error;
};

}  // namespace eonflow
