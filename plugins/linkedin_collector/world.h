#pragma once

#include <stepd/step.h>

#include <optional>
#include <string>
#include <string_view>

#include "kit/timestamp.h"

namespace stepd::linkedin {

/// What one attempt needs of the world. The step gives the host's; tests give one whose time passes only when somebody
/// waits. One thread at a time.
class World {
public:
    virtual ~World() = default;
    virtual HttpReply fetch(const HttpRequest& request) = 0;
    virtual kit::WallTime now() const = 0;
    /// True when the step shall stop, then at once; false when the time is over.
    virtual bool wait(Duration duration) = 0;
    virtual bool cancelled() const = 0;
    /// Until the host stops the step.
    virtual Duration timeLeft() const = 0;
    virtual std::optional<std::string> secret(std::string_view name) const = 0;
    /// 0 to 1, evenly; for jitter.
    virtual double random() = 0;
    /// For operators: host and codes, never a person.
    virtual void log(std::string_view text) = 0;
};

}  // namespace stepd::linkedin
