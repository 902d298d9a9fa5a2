#pragma once

#include <string>

#include "base/time.h"

namespace stepd::app {

/// Talks to systemd, where it started us (sd_notify(3)); does nothing elsewhere. `roundDone` is for
/// the engine's thread alone, the rest for any.
class SystemdNotifier {
public:
    SystemdNotifier();

    void ready(const std::string& status) const;
    /// The configuration is read again; `ready` must follow (sd_notify(3), "RELOADING=1").
    void reloading() const;
    void stopping() const;
    /// Feeds the watchdog. Called by the engine's loop at the end of its rounds, so that a stuck engine is restarted
    /// (hardening R17); sends at most twice in a watchdog period.
    void roundDone(Instant now);
    /// How often a loop with nothing to do must call `roundDone`; zero: there is no watchdog.
    Duration feedInterval() const { return interval_; }

private:
    Duration interval_{};
    Instant nextFeed_{};
};

}  // namespace stepd::app
