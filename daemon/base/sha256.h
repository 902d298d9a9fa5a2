#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace stepd {

/// FIPS 180-4, as 64 lower-case hexadecimal digits. Throws Error{System} if the library has no SHA-256.
std::string sha256Hex(std::string_view bytes);

/// The same of bytes that come in pieces. One thread at a time.
class Sha256 {
public:
    /// Throws Error{System} if the library has no SHA-256.
    Sha256();
    ~Sha256();
    Sha256(const Sha256&) = delete;
    Sha256& operator=(const Sha256&) = delete;

    void update(std::string_view bytes);
    /// Once, and nothing after it.
    std::string hex();

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace stepd
