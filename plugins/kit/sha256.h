#pragma once

#include <openssl/evp.h>

#include <array>
#include <string>
#include <string_view>

namespace stepd::kit {

/// SHA-256 of `data` in lower-case hexadecimal.
inline std::string sha256(std::string_view data) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_Digest(data.data(), data.size(), digest.data(), &size, EVP_sha256(), nullptr);
    constexpr char kHex[] = "0123456789abcdef";
    std::string out;
    for (unsigned i = 0; i < size; ++i) (out += kHex[digest.at(i) >> 4U]) += kHex[digest.at(i) & 0xFU];
    return out;
}

}  // namespace stepd::kit
