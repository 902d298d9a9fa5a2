#include "worker/outbox.h"

#include <unistd.h>

namespace stepd::worker {

void Outbox::end(std::uint64_t token, host::ResultMessage result) noexcept {
    const MutexLock lock(mutex_);
    channel_.put(host::FrameType::Result, token, result);
    if (channel_.unsentBytes() >= host::kPackedBytes) flushLocked();
}

void Outbox::flush() noexcept {
    const MutexLock lock(mutex_);
    flushLocked();
}

bool Outbox::keepsBack() const noexcept {
    const MutexLock lock(mutex_);
    return channel_.unsentPackets() != 0;
}

void Outbox::flushLocked() noexcept {
    if (channel_.flush() != host::Sent::All) ::_exit(0);
}

}  // namespace stepd::worker
