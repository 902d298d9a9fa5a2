#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "host/channel.h"
#include "worker/call.h"
#include "worker/instances.h"
#include "worker/plugin_library.h"

namespace stepd::worker {

/// The life of a worker after the handshake: one thread reads frames, others run the calls. The threads are never
/// joined: the process ends when the host closes the channel.
class CallLoop {
public:
    CallLoop(host::Channel& channel, Outbox& outbox, const PluginLibrary& library, const host::LoadMessage& load);
    /// Reads frames until the host closes the channel (true) or says something that we do not understand (false).
    bool run();

private:
    void work();
    void execute(Call& call, Instances& own);
    std::int32_t outcomeOf(Call& call, Instances& own);
    std::int32_t health(std::size_t step, Call& call, Instances& own);
    bool take(host::Frame frame);
    bool start(std::uint64_t token, host::CallMessage message) EXCLUDES(mutex_);
    std::shared_ptr<Call> find(std::uint64_t token) EXCLUDES(mutex_);

    host::Channel& channel_;
    Outbox& outbox_;
    const PluginLibrary& library_;
    const host::LoadMessage load_;
    Instances shared_;  ///< of the reentrant step types
    Mutex mutex_;
    Condition queued_;
    std::deque<std::shared_ptr<Call>> queue_ GUARDED_BY(mutex_);
    std::map<std::uint64_t, std::shared_ptr<Call>> calls_ GUARDED_BY(mutex_);  ///< queued and running
};

}  // namespace stepd::worker
