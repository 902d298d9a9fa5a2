#include "host/runtime/usage_clock.h"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <string_view>

#include "base/file_descriptor.h"

namespace stepd::host {
namespace {

/// To read the mark takes some 10 us: a hundredth of what such a call takes. In less time a thread can touch a few MiB
/// at most, and the next look finds them.
constexpr std::int64_t kWorthALook = 1'000'000;

/// VmHWM of proc(5), in bytes; 0: not known. Not ru_maxrss of getrusage: a new process inherits that of whoever spawned
/// it, and would show the memory of the daemon.
std::uint64_t highWaterMark() {
    constexpr std::string_view kField = "\nVmHWM:";
    const FileDescriptor file(::open("/proc/self/status", O_RDONLY | O_CLOEXEC));
    std::array<char, 4096> text{};
    const auto size = file.valid() ? ::read(file.get(), text.data(), text.size() - 1) : 0;
    const std::string_view status(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    const auto at = status.find(kField);
    if (at == std::string_view::npos) return 0;
    return std::strtoull(status.data() + at + kField.size(), nullptr, 10) << 10;  // the array ends with a zero
}

}  // namespace

std::uint64_t PeakMemory::after(std::int64_t cpuNs) {
    const std::uint64_t known = bytes_.load(std::memory_order_relaxed);
    if (known != 0 && cpuNs < kWorthALook) return known;
    const std::uint64_t mark = highWaterMark();
    bytes_.store(mark, std::memory_order_relaxed);
    return mark;
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
