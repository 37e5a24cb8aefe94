#pragma once
/// The states of integrators as records.

#include <eonflow/number/record.hpp>
#include <eonflow/ode/radau.hpp>
#include <eonflow/ode/taylor.hpp>

namespace eonflow::ode {

template <class Archive>
void transfer(Archive& archive, counters& c) {
    archive(c.steps, c.rejected, c.evaluations, c.floating, c.order);
}

template <class Archive>
void transfer(Archive& archive, taylor::checkpoint& c) {
    archive(c.time, c.origin, c.length, c.next, c.state, c.start, c.parameters, c.trend, c.memory, c.counted);
}

template <class Archive>
void transfer(Archive& archive, radau::saved& s) {
    archive(s.time, s.length, s.next, s.x, s.w, s.shape_x, s.shape_w);
}

}  // namespace eonflow::ode
