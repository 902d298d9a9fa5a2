#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "http/reactor_server.h"

namespace stepd::api {

/// A key as the configuration knows it: only its hash stays in memory (hardening R31).
struct HashedKey {
    std::string name;    ///< who holds it; becomes Request::principal
    std::string sha256;  ///< of the key, lower-case hex
};

/// Who may do what. Event keys may send events; the operator's key may do everything. Immutable, thread-safe.
class AccessControl {
public:
    AccessControl(std::vector<HashedKey> eventKeys, HashedKey operatorKey)
        : eventKeys_(std::move(eventKeys)), operatorKey_(std::move(operatorKey)) {}

    /// For ServerOptions::authorize. The credential is `Authorization: Bearer KEY`, or the `{key}` of the path on
    /// `POST /e/{key}`.
    std::optional<http::Response> check(http::Request& request, http::Access access) const;

private:
    std::optional<std::string> holderOf(std::string_view key, http::Access access) const;

    const std::vector<HashedKey> eventKeys_;
    const HashedKey operatorKey_;
};

}  // namespace stepd::api
