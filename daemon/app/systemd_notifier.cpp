#include "app/systemd_notifier.h"

#include <systemd/sd-daemon.h>

#include <ctime>

namespace stepd::app {

SystemdNotifier::SystemdNotifier() {
    std::uint64_t micros = 0;
    if (sd_watchdog_enabled(0, &micros) > 0) interval_ = std::chrono::microseconds(micros / 2);
}

void SystemdNotifier::ready(const std::string& status) const {
    sd_notify(0, ("READY=1\nSTATUS=" + status).c_str());
}

void SystemdNotifier::reloading() const {
    timespec now{};
    clock_gettime(CLOCK_MONOTONIC, &now);
    const auto micros = std::int64_t{now.tv_sec} * 1'000'000 + now.tv_nsec / 1000;
    sd_notify(0, ("RELOADING=1\nMONOTONIC_USEC=" + std::to_string(micros)).c_str());
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
