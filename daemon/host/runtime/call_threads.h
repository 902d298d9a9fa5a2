#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

#include "base/mutex.h"
#include "host/runtime/call.h"
#include "host/runtime/instances.h"
#include "host/runtime/plugin_library.h"
#include "host/runtime/usage_clock.h"

namespace stepd::host {

/// The token of the call that the calling thread executes, 0 if none. May be asked in a signal handler.
std::uint64_t runningToken() noexcept;

/// The threads that execute a plugin's calls, first come, first served. Quick calls are done one after the other by a
/// thread that is awake anyhow: to wake another one costs more than they do. So whoever adds calls must look after them
/// (`lookAfter`) as long as some wait. The threads are never joined: a plugin may keep one for ever. Thread-safe.
class CallThreads : public std::enable_shared_from_this<CallThreads> {
public:
    struct Options {
        std::uint32_t threads = 1;
        std::uint32_t instances = 8;       ///< kept per thread
        std::uint64_t maxOutputBytes = 0;  ///< of one result
        bool ownProcess = false;           ///< that the plugin has for itself: its memory can be told
        /// Of the processor time of a plugin whose work is done in yet another process.
        std::optional<clockid_t> clock = {};
        std::atomic<std::uint64_t>* running = nullptr;  ///< one entry a thread, of call_board.h; may be null
        std::function<void()> begun = {};               ///< called by each thread before all else
        std::function<void()> ended = {};               ///< called by the last thread on its way out
        /// Waits for something to come, and adds the calls among it. If there is one, a thread that has nothing to do
        /// calls it: a call that comes alone is then executed where it was read.
        std::function<void()> read = {};
    };
    /// `sink` and `library` live as long as any thread does.
    CallThreads(std::shared_ptr<const PluginLibrary> library, std::shared_ptr<CallSink> sink, const Options& options)
        : library_(std::move(library)),
          sink_(std::move(sink)),
          options_(options),
          shared_(*library_, options.instances) {}

    void start();
    /// Idle threads end, and busy ones when their call does.
    void stop() EXCLUDES(mutex_);

    /// Puts the call in line; nobody is told before `wake`. False if the token is known.
    bool add(std::uint64_t token, CallMessage message) EXCLUDES(mutex_);
    void wake() EXCLUDES(mutex_);
    /// Null once the call has ended.
    std::shared_ptr<Call> find(std::uint64_t token) EXCLUDES(mutex_);
    /// How long calls may wait for a thread that is not as quick as was hoped.
    static constexpr Duration kPatience = 500us;
    /// True if calls wait in line, or results for others: come back after kPatience and lookAfter.
    bool waits() EXCLUDES(mutex_);
    /// Wakes a thread for every call that waits, and sends what is kept back.
    void lookAfter() EXCLUDES(mutex_);

    // With Options::read, for the thread that steps in where calls take long: then nobody reads.
    /// Sleeps until no thread has read for kPatience; the caller reads from then on.
    void standBy() EXCLUDES(mutex_);
    /// True if the threads have nothing else to do and read themselves from now on; then one begins what waits.
    bool handOver() EXCLUDES(mutex_);

private:
    void work(std::uint32_t index) EXCLUDES(mutex_);
    void serve(std::uint32_t index);
    std::shared_ptr<Call> next(UsageClock& clock) EXCLUDES(mutex_);
    bool beginReading() REQUIRES(mutex_);
    void endReading() REQUIRES(mutex_);
    void execute(Call& call, Instances& own, UsageClock& clock);
    std::int32_t outcomeOf(Call& call, Instances& own);
    std::int32_t health(std::size_t step, Call& call, Instances& own);

    const std::shared_ptr<const PluginLibrary> library_;
    const std::shared_ptr<CallSink> sink_;
    const Options options_;
    Instances shared_;  ///< of the reentrant step types
    PeakMemory peak_;
    std::atomic<std::uint32_t> alive_{0};
    Mutex mutex_;
    Condition queued_;
    std::deque<std::shared_ptr<Call>> queue_ GUARDED_BY(mutex_);
    std::unordered_map<std::uint64_t, std::shared_ptr<Call>> calls_ GUARDED_BY(mutex_);  ///< queued and running
    std::size_t idle_ GUARDED_BY(mutex_) = 0;
    Instant lastTaken_ GUARDED_BY(mutex_){};  ///< when a thread took a call from the line
    bool stopping_ GUARDED_BY(mutex_) = false;
    bool read_ GUARDED_BY(mutex_) = false;  ///< someone reads
    Instant lastRead_ GUARDED_BY(mutex_){};
    std::uint64_t readings_ GUARDED_BY(mutex_) = 0;
    Condition unread_;                        ///< for who stands by
    bool sleeps_ GUARDED_BY(mutex_) = false;  ///< who stands by does, until it is woken
};

}  // namespace stepd::host
