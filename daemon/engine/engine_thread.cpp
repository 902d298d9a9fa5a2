#include "engine/engine_thread.h"

#include <exception>
#include <string>
#include <utility>

#include "base/named_thread.h"

namespace stepd::engine {

EngineThread::EngineThread(EngineParts parts, EngineOptions options)
    : parts_(std::move(parts)), options_(std::move(options)), open_(options_.maxOpenEvents, options_.maxOpenBytes) {}

EngineThread::~EngineThread() {
    stop();
}

void EngineThread::start() {
    core_ = std::make_unique<Core>(parts_, options_,
                                   [inbox = inbox_](Message message) { inbox->post(std::move(message)); });
    parts_.invoker.listen({
        .finished =
            [inbox = inbox_](std::vector<host::CallEnd> ended) {
                std::vector<Message> messages;
                messages.reserve(ended.size());
                for (auto& [call, result] : ended) messages.emplace_back(CallFinished{call, std::move(result)});
                inbox->postAll(std::move(messages));
            },
        .progressed =
            [inbox = inbox_](host::CallId call, double fraction, std::string message) {
                inbox->post(CallProgressed{call, fraction, std::move(message)});
            },
    });
    thread_ = namedThread("engine", [this] { loop(); });
}

void EngineThread::stop() {
    if (thread_.joinable()) {
        inbox_->post(Stop{});
        thread_.join();
    }
    inbox_->close();
    for (Message& message : inbox_->take()) refuse(message);
}

void EngineThread::loop() {
    try {
        rounds();
    } catch (const std::exception& problem) {
        if (parts_.fatal) parts_.fatal(std::string("the engine cannot go on: ") + problem.what());
    }
    core_->refuseOpen(SubmitStatus::Stopping, "stepd is stopping");
}

void EngineThread::rounds() {
    core_->round({});
    while (!core_->stopped()) {
        core_->round(inbox_->takeUntil(wakeAt()));
        if (parts_.roundDone) parts_.roundDone(parts_.clock.instant());
        const MutexLock lock(statsMutex_);
        stats_ = core_->stats();
    }
}

std::optional<Instant> EngineThread::wakeAt() const {
    auto due = core_->nextDue();
    if (!options_.heartbeat) return due;
    const Instant beat = parts_.clock.instant() + *options_.heartbeat;
    return due && *due < beat ? due : beat;
}

void EngineThread::submit(std::vector<NewEvent> events, SubmitCallback done) {
    if (!open_.enter(events, done))
        return done(std::vector(events.size(), Submitted{.status = SubmitStatus::Overloaded,
                                                         .message = "too many events wait to be stored"}));
    post(Submit{std::move(events), std::move(done)});
}

void EngineThread::cancel(RunId run, CancelCallback done) {
    post(Cancel{run, std::move(done)});
}

void EngineThread::post(Message message) {
    if (!inbox_->post(std::move(message))) refuse(message);
}

void EngineThread::onEnd(RunId run, RunCallback ended) {
    post(WatchEnd{run, std::move(ended)});
}

void EngineThread::forgetEnd(RunId run) {
    post(ForgetEnd{run});
}

void EngineThread::why(RunId run, WaitsCallback done) {
    post(AskWhy{run, std::move(done)});
}

void EngineThread::rerun(Rerun rerun, RerunCallback done) {
    post(AskRerun{std::move(rerun), std::move(done)});
}

void EngineThread::release(RunId run, ReleaseCallback done) {
    post(AskRelease{run, std::move(done)});
}

void EngineThread::pause(std::string pipeline, bool paused, PauseCallback done) {
    post(AskPause{std::move(pipeline), paused, std::move(done)});
}

void EngineThread::usePipelines(std::vector<pipeline::PipelinePtr> pipelines) {
    post(UsePipelines{std::move(pipelines)});
}

EngineStats EngineThread::stats() const {
    const MutexLock lock(statsMutex_);
    return stats_;
}

/// A message that came too late to be handled.
void EngineThread::refuse(Message& message) {
    if (auto* submit = std::get_if<Submit>(&message))
        submit->done(std::vector(submit->events.size(),
                                 Submitted{.status = SubmitStatus::Stopping, .message = "stepd is stopping"}));
    if (auto* cancel = std::get_if<Cancel>(&message)) cancel->done(CancelStatus::Stopping);
    if (auto* asked = std::get_if<AskWhy>(&message)) asked->done({});
    if (auto* rerun = std::get_if<AskRerun>(&message))
        rerun->done({.status = RerunStatus::Stopping, .message = "stepd is stopping"});
    if (auto* release = std::get_if<AskRelease>(&message)) release->done(ReleaseStatus::Stopping);
    if (auto* pause = std::get_if<AskPause>(&message)) pause->done(PauseStatus::Stopping);
}

std::unique_ptr<Engine> makeEngine(EngineParts parts, EngineOptions options) {
    return std::make_unique<EngineThread>(std::move(parts), std::move(options));
}

}  // namespace stepd::engine
