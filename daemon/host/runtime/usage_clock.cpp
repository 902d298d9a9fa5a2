#include "host/runtime/usage_clock.h"

#include <pthread.h>
#include <sys/resource.h>

namespace stepd::host {
namespace {

/// Pages are handed out at some 5 a microsecond at best: what this misses is a megabyte, and the next look finds it.
constexpr std::int64_t kWorthALook = 50'000;

}  // namespace

std::uint64_t PeakMemory::after(std::int64_t cpuNs) {
    std::uint64_t known = bytes_.load(std::memory_order_relaxed);
    if (known != 0 && cpuNs < kWorthALook) return known;
    rusage usage{};
    // Its ru_maxrss is the whole process's, as always; its times, which the others would add up over all threads, are
    // not.
    if (::getrusage(RUSAGE_THREAD, &usage) != 0) return known;
    known = static_cast<std::uint64_t>(usage.ru_maxrss) << 10;
    bytes_.store(known, std::memory_order_relaxed);
    return known;
}

UsageClock::UsageClock(Of what) {
    if (what == Of::Thread) ::pthread_getcpuclockid(::pthread_self(), &id_);
}

std::int64_t UsageClock::read(clockid_t clock) {
    timespec time{};
    if (::clock_gettime(clock, &time) != 0) return 0;
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

std::int64_t UsageClock::begin() {
    if (last_ == kUnknown) last_ = read(id_);
    return last_;
}

std::int64_t UsageClock::end(std::int64_t begun) {
    last_ = read(id_);
    return last_ - begun;
}

}  // namespace stepd::host
