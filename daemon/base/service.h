#pragma once

namespace stepd {

/// Something with threads of its own. Construction starts nothing. `stop` is safe twice, or without `start`, and
/// returns when the threads have ended. Services are started in the order in which `app/services.cpp` lists them and
/// stopped in reverse.
class Service {
public:
    virtual ~Service() = default;
    virtual const char* name() const = 0;
    virtual void start() = 0;
    virtual void stop() = 0;
};

}  // namespace stepd
