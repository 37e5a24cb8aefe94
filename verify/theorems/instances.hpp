#pragma once
/// The problems that ship with the theorems.

#include <verify/theorem.hpp>

namespace eonflow::verify {

[[nodiscard]] std::vector<Instance> soudry_instances();
[[nodiscard]] std::vector<Instance> ji_telgarsky_instances();
[[nodiscard]] std::vector<Instance> lyu_li_instances();
[[nodiscard]] std::vector<Instance> yun_instances();
[[nodiscard]] std::vector<Instance> frei_instances();
[[nodiscard]] std::vector<Instance> le_jegelka_instances();
[[nodiscard]] std::vector<Instance> chou_instances();
[[nodiscard]] std::vector<Instance> woodworth_instances();

}  // namespace eonflow::verify
