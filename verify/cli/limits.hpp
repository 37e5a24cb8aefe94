#pragma once
/// Limits a user sets on what the program may take.

#include <string>

namespace eonflow::verify::cli {

struct Limits {
    std::string memory;   ///< MiB; "" for none
    std::string seconds;  ///< of the wall clock; "" for none
};

/// Ends the program with a message and the status of an internal error where memory is short, also inside the arithmetic libraries; with `limits.memory` the
/// address space has an end. After `limits.seconds` the work is interrupted like by Ctrl-C; what has not ended five seconds later is ended with status 2.
/// Throws invalid_input for values that are no numbers in their range.
void set_limits(const Limits& limits);

}  // namespace eonflow::verify::cli
