#include "host/inproc_link.h"

#include <pthread.h>

#include <thread>
#include <utility>

#include "base/text.h"
#include "base/units.h"

namespace stepd::host {
namespace {

CallMessage messageOf(const CallView& view) {
    return {.kind = view.kind,
            .step = std::string(view.step),
            .config = std::string(view.config),
            .input = std::string(view.input),
            .runId = std::string(view.runId),
            .eventId = std::string(view.eventId),
            .stepId = std::string(view.stepId),
            .idempotencyKey = std::string(view.idempotencyKey),
            .resumeToken = std::string(view.resumeToken),
            .previousError = std::string(view.previousError),
            .attempt = view.attempt,
            .attemptsLeft = view.attemptsLeft,
            .runStartedNs = view.runStartedNs,
            .deadlineNs = view.deadlineNs};
}

}  // namespace

InprocLink::InprocLink(EventLoop& loop, const HostOptions& options, const PluginSpec& spec, FileDescriptor library,
                       Owner& owner)
    : loop_(loop),
      options_(options),
      wanted_(spec.threads),
      maxOutputBytes_(spec.maxOutputBytes()),
      owner_(owner),
      sink_(std::make_shared<InprocSink>(loop, [this](InprocSink::Words words) { take(std::move(words)); })),
      self_(std::make_shared<InprocLink*>(this)) {
    const Duration loadTimeout = spec.loadTimeout.value_or(options_.loadTimeout);
    timer_ = loop_.after(loadTimeout, [this, loadTimeout] {
        die(DeathCause::LoadTimeout, "did not finish loading within " + toText(loadTimeout));
    });
    // Constructors of the library run on that thread: they may take their time, but not ours.
    std::thread([sink = sink_, self = self_, path = "/proc/self/fd/" + std::to_string(library.release())] {
        auto plugin = std::make_shared<Loaded>(loadPlugin(path));
        sink->run([self, plugin] {
            if (*self != nullptr) (*self)->loaded(std::move(*plugin));
        });
    }).detach();
}

InprocLink::~InprocLink() {
    for (const auto& timer : {timer_, waking_, looking_}) loop_.cancel(timer);
    *self_ = nullptr;
    sink_->close();
    if (threads_) threads_->stop();
}

void InprocLink::loaded(Loaded library) {
    if (closed_ || dead_) return;
    loop_.cancel(timer_);
    if (!library) {
        owner_.linkRefused(library.error());
        return close();
    }
    PluginDescription description = library->description;
    threads_ = std::make_shared<CallThreads>(std::make_shared<const PluginLibrary>(std::move(*library)), sink_,
                                             CallThreads::Options{.threads = description.callsAtOnce(wanted_),
                                                                  .instances = options_.instancesKept,
                                                                  .maxOutputBytes = maxOutputBytes_,
                                                                  .ownProcess = false,
                                                                  .running = nullptr,
                                                                  .ended = [sink = std::weak_ptr<InprocSink>(sink_)] {
                                                                      if (const auto here = sink.lock())
                                                                          here->threadsEnded();
                                                                  }});
    threads_->start();
    owner_.linkLoaded(std::move(description));
}

CallLink::Put InprocLink::call(std::uint64_t token, CallView call) {
    if (!alive()) return Put::Gone;
    threads_->add(token, messageOf(call));
    wakeSoon();
    return Put::Taken;
}

/// All calls of this turn of the loop begin together.
void InprocLink::wakeSoon() {
    if (waking_ != EventLoop::TimerId{}) return;
    waking_ = loop_.after(0s, [this] {
        waking_ = {};
        if (!threads_) return;
        threads_->wake();
        lookAfterSoon();
    });
}

void InprocLink::lookAfterSoon() {
    if (looking_ != EventLoop::TimerId{} || !threads_ || !threads_->waits()) return;
    looking_ = loop_.after(CallThreads::kPatience, [this] {
        looking_ = {};
        if (threads_) threads_->lookAfter();
        lookAfterSoon();
    });
}

void InprocLink::cancel(std::uint64_t token, CancelMessage cancel) {
    if (!threads_) return;
    if (const auto call = threads_->find(token)) call->cancel(cancel.reason);
}

void InprocLink::measure(std::uint64_t token) {
    const auto call = threads_ ? threads_->find(token) : nullptr;
    if (const auto cpu = call ? call->cpuNs() : std::nullopt) owner_.linkMeasured(token, {.cpuNs = *cpu, .peakRss = 0});
}

template <typename Message>
void InprocLink::deliver(std::uint64_t token, Message message) {
    if (!threads_) return;
    if (const auto call = threads_->find(token)) call->deliver(std::move(message));
}

void InprocLink::take(InprocSink::Words words) {
    for (auto& [token, word] : words) {
        if (dead_) return;
        if (std::holds_alternative<InprocSink::Ended>(word)) return die(DeathCause::Killed, "let go");
        // Nobody can be killed for what is wrong, and a call that was given up may still speak: the call is told to
        // stop, if there is one.
        if (!pass(token, word).empty()) cancel(token, {STEPD_CANCEL_SUPERSEDED});
    }
}

std::string InprocLink::pass(std::uint64_t token, InprocSink::Word& word) {
    struct Passer {
        Owner& owner;
        std::uint64_t token;
        std::string operator()(ResultMessage& m) const { return owner.linkEnded(token, std::move(m)); }
        std::string operator()(LogMessage& m) const { return owner.linkLogged(token, std::move(m)); }
        std::string operator()(ProgressMessage& m) const { return owner.linkProgressed(token, std::move(m)); }
        std::string operator()(SecretRequestMessage& m) const { return owner.linkAsksSecret(token, std::move(m)); }
        std::string operator()(HttpRequestMessage& m) const {
            const std::size_t bytes = InprocSink::sizeOf(m);
            return owner.linkFetches(token, std::move(m), bytes);
        }
        std::string operator()(InprocSink::Ended&) const { return {}; }
    };
    return std::visit(Passer{owner_, token}, word);
}

void InprocLink::close() {
    if (closed_ || dead_) return;
    closed_ = true;
    loop_.cancel(timer_);
    const auto threads = std::exchange(threads_, nullptr);
    if (threads) threads->stop();
    // Whoever closes may be on the stack, so not at once.
    timer_ = loop_.after(threads ? options_.termGrace : Duration(0s), [this] { die(DeathCause::Killed, "let go"); });
}

void InprocLink::die(DeathCause cause, std::string sentence) {
    if (std::exchange(dead_, true)) return;
    const bool wasLoaded = closed_ || threads_;
    closed_ = true;
    loop_.cancel(timer_);
    owner_.linkDied(
        {.cause = cause, .sentence = "the plugin " + sentence, .loaded = wasLoaded, .running = {}, .unsent = {}});
}

}  // namespace stepd::host
