#pragma once

#include <stepd/step.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace stepd::core {

/// The `with` of a `core/http` step.
struct HttpSettings {
    HttpRequest request;
    std::vector<std::pair<int, int>> expected{{200, 299}};  ///< statuses that are a success, from - to

    /// Throws InvalidConfig with all that is wrong. Values of headers are never named: they may be secrets.
    explicit HttpSettings(const Json& options);

    bool expects(int status) const;
};

/// `250ms`, `5s`, `10m`, `2h`, `7d`; absent if it is anything else or longer than a year.
std::optional<Duration> parseDuration(std::string_view text);

}  // namespace stepd::core
