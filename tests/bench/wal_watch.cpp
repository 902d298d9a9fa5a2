#include "wal_watch.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/system_clock.h"

namespace stepd::bench {
namespace {

FileDescriptor openLog(const std::string& path) {
    FileDescriptor log(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!log.valid()) throwErrno(errno, "opening " + path);
    return log;
}

}  // namespace

WalWatch::WalWatch(const std::string& database)
    : log_(openLog(database + "-wal")), thread_([this](const std::stop_token& stop) {
          const SystemClock clock;
          for (std::uint32_t last = sequence(); !stop.stop_requested(); std::this_thread::sleep_for(1ms))
              if (const std::uint32_t now = sequence(); now != last) {
                  restarts_.push_back(clock.instant());
                  last = now;
              }
      }) {}

/// SQLite, "WAL File Format": the checkpoint sequence number, big-endian, at offset 12 of the header.
std::uint32_t WalWatch::sequence() const {
    unsigned char bytes[4]{};
    if (::pread(log_.get(), bytes, sizeof bytes, 12) != sizeof bytes) return 0;
    std::uint32_t number = 0;
    for (const unsigned char byte : bytes) number = number << 8 | byte;
    return number;
}

bool WalWatch::restartedIn(Instant from, Instant until) const {
    const auto first = std::lower_bound(restarts_.begin(), restarts_.end(), from);
    return first != restarts_.end() && *first <= until;
}

}  // namespace stepd::bench
