#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace stepd::host {

/// Random names for calls, so that a worker cannot guess those of another one's (hardening R21); never zero. Asks the
/// kernel once for many. One thread.
class CallTokens {
public:
    /// Throws Error{System}.
    std::uint64_t next();

private:
    std::array<std::uint64_t, 32> tokens_{};
    std::size_t left_ = 0;
};

}  // namespace stepd::host
