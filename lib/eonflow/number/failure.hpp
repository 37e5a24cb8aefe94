#pragma once
/// What happens where the arithmetic libraries cannot go on.

namespace eonflow::number {

/// GMP, MPFR and FLINT cannot go on without the memory they ask for, and C code cannot be unwound: from now on they call `out_of_memory`, and FLINT
/// `gave_up` in other cases. Neither may return. To be called before the first number is made.
void set_failure_handlers(void (*out_of_memory)(), void (*gave_up)());

}  // namespace eonflow::number
