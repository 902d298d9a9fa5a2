#include "base/ed25519.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

#include "base/base64.h"
#include "base/error.h"

namespace stepd::ed25519 {
namespace {

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kSignatureBytes = 64;

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Context = std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)>;

const unsigned char* bytesOf(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

/// Absent unless it is exactly so many bytes, written in the one way that there is.
std::optional<std::string> octetsOf(std::string_view text, std::size_t size) {
    auto octets = fromBase64(text);
    if (!octets || octets->size() != size || toBase64(*octets) != text) return std::nullopt;
    return octets;
}

Key privateKeyFrom(const std::string& pem) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> source(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                           &BIO_free);
    // Nobody is asked for a passphrase.
    const auto none = [](char*, int, int, void*) { return -1; };
    Key key(source ? PEM_read_bio_PrivateKey(source.get(), nullptr, none, nullptr) : nullptr, &EVP_PKEY_free);
    if (!key || EVP_PKEY_base_id(key.get()) != EVP_PKEY_ED25519)
        throw Error(ErrorCode::Configuration,
                    "this is no Ed25519 key without a passphrase; make one: openssl genpkey -algorithm ed25519");
    return key;
}

}  // namespace

std::string sign(const std::string& privateKey, std::string_view bytes) {
    const Key key = privateKeyFrom(privateKey);
    const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    std::string signature(kSignatureBytes, '\0');
    std::size_t size = signature.size();
    if (!context || EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) != 1 ||
        EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytesOf(bytes),
                       bytes.size()) != 1)
        throw Error(ErrorCode::System, "the library cannot sign with Ed25519");
    return toBase64(signature);
}

std::string publicKeyOf(const std::string& privateKey) {
    const Key key = privateKeyFrom(privateKey);
    std::string raw(kKeyBytes, '\0');
    std::size_t size = raw.size();
    if (EVP_PKEY_get_raw_public_key(key.get(), reinterpret_cast<unsigned char*>(raw.data()), &size) != 1)
        throw Error(ErrorCode::System, "the library does not give the public key");
    return toBase64(raw);
}

bool isPublicKey(std::string_view publicKey) {
    return octetsOf(publicKey, kKeyBytes).has_value();
}

bool verify(std::string_view publicKey, std::string_view bytes, std::string_view signature) {
    const auto raw = octetsOf(publicKey, kKeyBytes);
    const auto signs = octetsOf(signature, kSignatureBytes);
    if (!raw || !signs) return false;
    const Key key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytesOf(*raw), raw->size()), &EVP_PKEY_free);
    const Context context(EVP_MD_CTX_new(), &EVP_MD_CTX_free);
    return key && context && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1 &&
           EVP_DigestVerify(context.get(), bytesOf(*signs), signs->size(), bytesOf(bytes), bytes.size()) == 1;
}

}  // namespace stepd::ed25519
