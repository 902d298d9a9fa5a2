#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace stepd::ed25519 {

// Signatures (RFC 8032). Keys and signatures as people pass them on are base64 (RFC 4648 section 4).

/// A signature of `bytes`, base64. `privateKey` is PEM (PKCS #8, as `openssl genpkey -algorithm ed25519` makes it).
/// Throws Error{Configuration} if it is no such key.
std::string sign(const std::string& privateKey, std::string_view bytes);
/// Its public half, base64. Throws Error{Configuration}.
std::string publicKeyOf(const std::string& privateKey);
/// 32 bytes in base64.
bool isPublicKey(std::string_view publicKey);
/// False for whatever is no signature of these bytes by that key.
bool verify(std::string_view publicKey, std::string_view bytes, std::string_view signature);

}  // namespace stepd::ed25519
