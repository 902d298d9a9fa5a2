#pragma once

#include <memory>
#include <optional>
#include <thread>

#include "base/mailbox.h"
#include "base/mutex.h"
#include "engine/core.h"
#include "engine/open_events.h"

namespace stepd::engine {

/// The thread around a Core: takes all messages there are, lets the core do a round, sleeps until a message or a timer.
/// Idle, it sleeps without end unless EngineOptions::heartbeat says otherwise.
class EngineThread final : public Engine {
public:
    EngineThread(EngineParts parts, EngineOptions options);
    ~EngineThread() override;
    EngineThread(const EngineThread&) = delete;
    EngineThread& operator=(const EngineThread&) = delete;

    const char* name() const override { return "engine"; }
    void start() override;
    void stop() override;
    void submit(std::vector<NewEvent> events, SubmitCallback done) override;
    void cancel(RunId run, CancelCallback done) override;
    void onEnd(RunId run, RunCallback ended) override;
    void forgetEnd(RunId run) override;
    void why(RunId run, WaitsCallback done) override;
    void rerun(Rerun rerun, RerunCallback done) override;
    void release(RunId run, ReleaseCallback done) override;
    void pause(std::string pipeline, bool paused, PauseCallback done) override;
    void usePipelines(std::vector<pipeline::PipelinePtr> pipelines) override;
    EngineStats stats() const override EXCLUDES(statsMutex_);
    IntakeLoad intake() const override { return open_.load(); }

private:
    /// The store and the invoker may call back after `stop`: what they call then must still be there.
    using Inbox = std::shared_ptr<Mailbox<Message>>;

    void loop();
    void rounds();
    std::optional<Instant> wakeAt() const;
    void post(Message message);
    static void refuse(Message& message);

    const EngineParts parts_;
    const EngineOptions options_;
    OpenEvents open_;
    const Inbox inbox_ = std::make_shared<Mailbox<Message>>();
    std::unique_ptr<Core> core_;  // of the thread, once it runs
    std::thread thread_;
    mutable Mutex statsMutex_;
    EngineStats stats_ GUARDED_BY(statsMutex_);
};

}  // namespace stepd::engine
