#include <eonflow/number/versions.hpp>

#include <eonflow/number/ball.hpp>

#if __has_include(<flint/flint.h>)
#include <flint/flint.h>
#endif

#include <boost/version.hpp>

namespace eonflow::number {

std::vector<std::pair<std::string, std::string>> library_versions() {
    const std::string boost = std::to_string(BOOST_VERSION / 100000) + "." + std::to_string(BOOST_VERSION / 100 % 1000);
    std::vector<std::pair<std::string, std::string>> versions = {{"GMP", gmp_version}, {"MPFR", mpfr_get_version()}, {"FLINT", flint_version}};
#if __FLINT_RELEASE < 30000
    versions.emplace_back("Arb", arb_version);  // part of FLINT from 3.0 on
#endif
    versions.emplace_back("Boost", boost);
    return versions;
}

}  // namespace eonflow::number
