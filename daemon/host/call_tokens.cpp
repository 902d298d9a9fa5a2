#include "host/call_tokens.h"

#include <sys/random.h>

#include <cerrno>
#include <utility>

#include "base/error.h"

namespace stepd::host {

std::uint64_t CallTokens::next() {
    for (;;) {
        while (left_ > 0)
            if (const auto token = std::exchange(tokens_[--left_], 0); token != 0) return token;
        // So few bytes come whole or not at all (getrandom(2)).
        if (::getrandom(tokens_.data(), sizeof tokens_, 0) != static_cast<ssize_t>(sizeof tokens_))
            throwErrno(errno, "cannot get random bytes");
        left_ = tokens_.size();
    }
}

}  // namespace stepd::host
