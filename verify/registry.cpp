#include <verify/theorems/theorems.hpp>

#include <algorithm>

namespace eonflow::verify {

const std::vector<Theorem>& theorems() {
    static const std::vector<Theorem> all = {
        soudry_2018(),
        ji_telgarsky_2019(),
        lyu_li_2020(),
        yun_2021(),
        frei_2023(),
        le_jegelka_2022(),
        chou_2023(),
        woodworth_2020(),
    };
    return all;
}

const Theorem* find_theorem(std::string_view id) noexcept {
    const auto& all = theorems();
    const auto position = std::find_if(all.begin(), all.end(), [&](const Theorem& t) { return t.id == id; });
    return position == all.end() ? nullptr : &*position;
}

}  // namespace eonflow::verify
