#pragma once

namespace eonflow::number {

/// From now on `handler`, which must not return, is called where GMP, MPFR or FLINT do not get the memory they ask for, or FLINT gives up: C code
/// cannot be unwound.
void on_failure(void (*handler)());

}  // namespace eonflow::number
