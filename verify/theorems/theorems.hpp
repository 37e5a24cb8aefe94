#pragma once
/// One function a theorem, each in a file named after the paper.

#include <verify/theorem.hpp>

namespace eonflow::verify {

[[nodiscard]] Theorem soudry_2018();
[[nodiscard]] Theorem ji_telgarsky_2019();
[[nodiscard]] Theorem lyu_li_2020();
[[nodiscard]] Theorem yun_2021();
[[nodiscard]] Theorem frei_2023();
[[nodiscard]] Theorem le_jegelka_2022();
[[nodiscard]] Theorem chou_2023();
[[nodiscard]] Theorem woodworth_2020();

}  // namespace eonflow::verify
