#pragma once

#include <chrono>
#include <functional>
#include <utility>

#include "base/short_wait.h"
#include "host/channel.h"
#include "host/runtime/call_threads.h"
#include "worker/outbox.h"

namespace stepd::worker {

/// The life of a worker after the handshake: frames become calls, and words to calls. Whoever reads is alone with it:
/// one of the threads that execute calls, or the one that stands by while these are busy.
class CallLoop {
public:
    enum class End { HostLeft, NotUnderstood };
    /// `end` ends the process.
    CallLoop(host::Channel& channel, Outbox& outbox, host::CallThreads& threads, std::function<void(End)> end)
        : channel_(channel), outbox_(outbox), threads_(threads), end_(std::move(end)) {}
    /// Waits for a packet and takes all that is in it.
    void read();
    /// Stands by, for ever.
    void run();

private:
    void wait();
    /// True if there is something to read; `within` is less than a second.
    bool comes(std::chrono::nanoseconds within);
    bool take(const host::Frame& frame);
    template <typename Message>
    bool deliver(const host::Frame& frame);

    host::Channel& channel_;
    Outbox& outbox_;
    host::CallThreads& threads_;
    const std::function<void(End)> end_;
    ShortWait wait_;  ///< of who reads
};

}  // namespace stepd::worker
