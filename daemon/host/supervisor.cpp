#include "host/supervisor.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/named_thread.h"
#include "host/private_folder.h"
#include "host/result_check.h"

namespace stepd::host {

Supervisor::Supervisor(HostOptions options, HostServices& services, const Clock& clock)
    : options_(std::move(options)), services_(services), loop_(clock) {}

Supervisor::~Supervisor() {
    stop();
}

void Supervisor::usePlugins(std::vector<PluginSpec> specs) {
    registry_.declare(specs);
    loop_.post([this, specs = std::move(specs)]() mutable { replacePools(std::move(specs)); });
}

void Supervisor::start() {
    if (std::exchange(started_, true)) return;
    if (!options_.stateDirectory.empty()) sweepPrivateFolders(options_.stateDirectory);
    thread_ = namedThread("host", [this] { loop_.run(); });
}

void Supervisor::stop() {
    if (!thread_.joinable()) return;
    loop_.post([this] { leaveAll(); });
    thread_.join();
}

void Supervisor::leaveAll() {
    leaving_ = true;
    for (auto& pool : std::exchange(pools_, {})) retired_.push_back(std::move(pool));
    if (retired_.empty()) return loop_.stop();
    // poolEmpty changes retired_.
    std::vector<PluginPool*> all;
    for (const auto& pool : retired_) all.push_back(pool.get());
    for (auto* pool : all) pool->leave(PluginPool::Leaving::Now);
}

void Supervisor::replacePools(std::vector<PluginSpec> specs) {
    if (leaving_) return;
    Pools before = std::exchange(pools_, {});
    for (auto& spec : specs) {
        const auto same = std::find_if(before.begin(), before.end(), [&](const auto& pool) {
            return pool && pool->spec() == spec && pool->state() != PluginState::Broken;
        });
        const bool kept = same != before.end();
        pools_.push_back(kept ? std::move(*same)
                              : std::make_unique<PluginPool>(loop_, options_, services_, std::move(spec),
                                                             static_cast<PluginPool::Owner&>(*this)));
        poolChanged(*pools_.back());
        if (!kept) pools_.back()->start();
    }
    std::vector<PluginPool*> leaving;
    for (auto& pool : before) {
        if (!pool) continue;
        leaving.push_back(pool.get());
        retired_.push_back(std::move(pool));
    }
    for (auto* pool : leaving) pool->leave(PluginPool::Leaving::AfterCalls);
}

PluginPool* Supervisor::current(std::string_view name) {
    const auto found =
        std::find_if(pools_.begin(), pools_.end(), [&](const auto& pool) { return pool->spec().name == name; });
    return found == pools_.end() ? nullptr : found->get();
}

void Supervisor::invoke(StepCall call) {
    bool wake = false;
    {
        const MutexLock lock(inboxMutex_);
        wake = inbox_.empty();
        inbox_.push_back(std::move(call));
    }
    if (wake) loop_.post([this] { takeCalls(); });
}

void Supervisor::invokeAll(std::vector<StepCall> calls) {
    if (calls.empty()) return;
    bool wake = false;
    {
        const MutexLock lock(inboxMutex_);
        wake = inbox_.empty();
        if (wake)
            inbox_ = std::move(calls);
        else
            std::move(calls.begin(), calls.end(), std::back_inserter(inbox_));
    }
    if (wake) loop_.post([this] { takeCalls(); });
}

void Supervisor::takeCalls() {
    std::vector<StepCall> calls;
    {
        const MutexLock lock(inboxMutex_);
        calls.swap(inbox_);
    }
    for (StepCall& call : calls) submit(std::move(call));
}

void Supervisor::submit(StepCall call) {
    const CallId id = call.id;
    PluginPool* pool = current(call.plugin);
    if (pool == nullptr)
        return finish(id, leaving_ ? failure(OutcomeClass::Lost, "shutdown", "the host is stopping")
                                   : failure(OutcomeClass::InvalidConfig, "unknown_plugin",
                                             "no plugin '" + call.plugin + "' is declared"));
    calls_[id] = pool;
    pool->submit(
        {.kind = CallKind::Execute, .call = std::move(call), .config = {}, .done = [this, id](StepResult result) {
             finish(id, std::move(result));
         }});
}

void Supervisor::finish(CallId call, StepResult result) {
    calls_.erase(call);
    ended_.push_back({call, std::move(result)});
    reportSoon();
}

/// Together with all else that this turn of the loop brings.
void Supervisor::reportSoon() {
    if (reporting_ == EventLoop::TimerId{}) reporting_ = loop_.after(0s, [this] { report(); });
}

void Supervisor::report() {
    reporting_ = {};
    for (const auto& pool : pools_) registry_.count(pool->spec().name, pool->running(), pool->queued());
    auto ended = std::exchange(ended_, {});
    if (listener_.finished && !ended.empty()) listener_.finished(std::move(ended));
}

void Supervisor::cancel(CallId call, CancelReason reason) {
    loop_.post([this, call, reason] {
        if (const auto found = calls_.find(call); found != calls_.end()) found->second->cancel(call, reason);
    });
}

void Supervisor::refreshHealth() {
    loop_.post([this] {
        for (const auto& pool : pools_) pool->refreshHealth();
    });
}

void Supervisor::checkConfig(std::string plugin, std::string step, std::string with, Duration timeout,
                             std::function<void(StepResult)> done) {
    StepCall call;
    call.plugin = std::move(plugin);
    call.step = std::move(step);
    call.config = std::move(with);
    call.timeout = timeout;
    loop_.post([this, call = std::move(call), done = std::move(done)]() mutable {
        PluginPool* pool = current(call.plugin);
        if (pool == nullptr)
            return done(
                failure(OutcomeClass::InvalidConfig, "unknown_plugin", "no plugin '" + call.plugin + "' is declared"));
        pool->submit(
            {.kind = CallKind::ValidateConfig, .call = std::move(call), .config = {}, .done = std::move(done)});
    });
}

void Supervisor::poolChanged(const PluginPool& pool) {
    if (current(pool.spec().name) != &pool) return;
    const auto status = pool.status();
    registry_.update(status);
    if (changed_) changed_(status);
}

void Supervisor::poolCounted(const PluginPool& pool) {
    if (current(pool.spec().name) == &pool) reportSoon();
}

void Supervisor::poolProgressed(CallId call, double fraction, std::string message) {
    if (listener_.progressed) listener_.progressed(call, fraction, std::move(message));
}

void Supervisor::poolEmpty(const PluginPool& pool) {
    const auto at =
        std::find_if(retired_.begin(), retired_.end(), [&](const auto& other) { return other.get() == &pool; });
    if (at == retired_.end()) return;
    // It is still on the stack.
    loop_.post([this, gone = std::shared_ptr<PluginPool>(std::move(*at))]() mutable {
        gone.reset();
        if (leaving_ && retired_.empty()) loop_.stop();
    });
    retired_.erase(at);
}

}  // namespace stepd::host
