#pragma once
/// Reports as records, for runs that can be interrupted.

#include <eonflow/number/record.hpp>
#include <verify/verdict.hpp>

namespace eonflow::verify {

template <class Archive>
void transfer(Archive& archive, Rate& r) {
    archive(r.measured, r.predicted);
}
template <class Archive>
void transfer(Archive& archive, Curve& c) {
    archive(c.name, c.x_label, c.y_label, c.x, c.y);
}
template <class Archive>
void transfer(Archive& archive, HypothesisResult& h) {
    archive(h.id, h.name, h.verdict, h.evidence);
}
template <class Archive>
void transfer(Archive& archive, ClaimResult& c) {
    archive(c.id, c.name, c.verdict, c.verified_digits, c.measured, c.predicted, c.evidence, c.rate, c.curves);
}
template <class Archive>
void transfer(Archive& archive, Report& r) {
    archive(r.theorem, r.instance, r.stated, r.hypotheses, r.claims, r.log10_time, r.log10_log10_time, r.wall_seconds);
}

}  // namespace eonflow::verify
