#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/file_descriptor.h"
#include "base/result.h"
#include "host/call_link.h"
#include "host/event_loop.h"
#include "host/inproc_sink.h"
#include "host/plugin_spec.h"
#include "host/runtime/call_threads.h"

namespace stepd::host {

/// A plugin inside the daemon (`isolation: inproc`): no frames and no process, and no protection either. It is loaded
/// by a thread of its own, never unloaded, and its calls run on `threads` threads that cannot be killed. Confined to
/// the loop's thread.
///
/// The library stays open for ever: the loader knows it as /proc/self/fd/N, and would take another file that came to
/// have this number for the one it has loaded.
class InprocLink final : public CallLink {
public:
    /// Begins to load. `library` is what a worker has loaded without harm before (hardening R18).
    InprocLink(EventLoop& loop, const HostOptions& options, const PluginSpec& spec, FileDescriptor library,
               Owner& owner);
    InprocLink(const InprocLink&) = delete;
    InprocLink& operator=(const InprocLink&) = delete;
    ~InprocLink() override;

    bool alive() const override { return threads_ != nullptr && !closed_; }
    Put call(std::uint64_t token, CallView call) override;
    void cancel(std::uint64_t token, CancelMessage cancel) override;
    void reply(std::uint64_t token, HttpReplyMessage reply) override { deliver(token, std::move(reply)); }
    void reply(std::uint64_t token, SecretReplyMessage reply) override { deliver(token, std::move(reply)); }
    void measure(std::uint64_t token) override;
    /// The threads end; those that do not within the grace are given up.
    void close() override;
    bool terminate(std::string) override { return false; }

private:
    using Loaded = Result<PluginLibrary, std::string>;
    void loaded(Loaded library);
    void take(InprocSink::Words words);
    std::string pass(std::uint64_t token, InprocSink::Word& word);
    template <typename Message>
    void deliver(std::uint64_t token, Message message);
    void wakeSoon();
    void lookAfterSoon();
    void die(DeathCause cause, std::string sentence);

    EventLoop& loop_;
    const HostOptions& options_;
    const std::uint32_t wanted_;  ///< threads
    const std::uint64_t maxOutputBytes_;
    Owner& owner_;
    std::shared_ptr<InprocSink> sink_;
    std::shared_ptr<CallThreads> threads_;  ///< null until the plugin is loaded, and once it is let go
    std::shared_ptr<InprocLink*> self_;     ///< for the loading thread's answer; null in it once we are gone
    EventLoop::TimerId timer_;              ///< of loading, then of ending
    EventLoop::TimerId waking_;             ///< at the end of this turn
    EventLoop::TimerId looking_;
    bool closed_ = false;
    bool dead_ = false;
};

}  // namespace stepd::host
