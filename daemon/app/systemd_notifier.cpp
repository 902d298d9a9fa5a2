#include "app/systemd_notifier.h"

#include <systemd/sd-daemon.h>

namespace stepd::app {

SystemdNotifier::SystemdNotifier() {
    std::uint64_t micros = 0;
    if (sd_watchdog_enabled(0, &micros) > 0) interval_ = std::chrono::microseconds(micros / 2);
}

void SystemdNotifier::ready(const std::string& status) const {
    sd_notify(0, ("READY=1\nSTATUS=" + status).c_str());
}

void SystemdNotifier::stopping() const {
    sd_notify(0, "STOPPING=1");
}

void SystemdNotifier::roundDone(Instant now) {
    if (interval_ == Duration::zero() || now < nextFeed_) return;
    sd_notify(0, "WATCHDOG=1");
    nextFeed_ = now + interval_ / 2;
}

}  // namespace stepd::app
