#include <eonflow/io/sha256.hpp>

#include <eonflow/number/error.hpp>

#include <openssl/evp.h>

#include <array>

namespace eonflow::io {

std::string sha256(std::string_view bytes) {
    constexpr std::string_view hex = "0123456789abcdef";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned length = 0;
    if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &length, EVP_sha256(), nullptr) != 1) throw error("SHA-256 is not available");
    std::string result;
    for (unsigned i = 0; i < length; ++i) (result += hex[digest[i] >> 4]) += hex[digest[i] & 15];
    return result;
}

}  // namespace eonflow::io
