#pragma once

#include <cstdint>

#include "host/channel.h"
#include "host/runtime/call_threads.h"
#include "worker/outbox.h"

namespace stepd::worker {

/// The life of a worker after the handshake: one thread reads frames, others run the calls.
class CallLoop {
public:
    CallLoop(host::Channel& channel, Outbox& outbox, host::CallThreads& threads)
        : channel_(channel), outbox_(outbox), threads_(threads) {}
    /// Reads frames until the host closes the channel (true) or says something that we do not understand (false).
    bool run();

private:
    void wait();
    bool take(const host::Frame& frame);
    template <typename Message>
    bool deliver(const host::Frame& frame);

    host::Channel& channel_;
    Outbox& outbox_;
    host::CallThreads& threads_;
};

}  // namespace stepd::worker
