#include "host/supervisor.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "base/named_thread.h"
#include "host/private_folder.h"
#include "host/program_file.h"
#include "host/result_check.h"

namespace stepd::host {

Supervisor::Supervisor(HostOptions options, HostServices& services, const Clock& clock)
    : options_(std::move(options)), services_(services), clock_(clock), loop_(clock), shelf_(options_.buildDirectory) {}

Supervisor::~Supervisor() {
    stop();
}

void Supervisor::usePlugins(std::vector<PluginSpec> specs, std::function<void(std::vector<Swap>)> done) {
    registry_.declare(specs);
    std::vector<Declaration> declarations;
    std::set<std::string> names;
    for (const auto& spec : specs) {
        declarations.push_back(open(spec, Wish::ByFile));
        names.insert(spec.name);
    }
    shelf_.retain(names);
    {
        const MutexLock lock(specsMutex_);
        specs_ = std::move(specs);
    }
    loop_.post([this, declarations = std::move(declarations), done = std::move(done)]() mutable {
        replacePools(std::move(declarations), std::move(done));
    });
}

Declaration Supervisor::open(const PluginSpec& spec, Wish wish) {
    Declaration declaration{.spec = spec, .library = nullptr, .problem = {}, .notUsed = {}};
    auto opened = openCode(spec, options_);
    if (!opened) {
        declaration.problem = opened.error();
        return declaration;
    }
    if (options_.admit) declaration.problem = options_.admit(spec, **opened).value_or("");
    if (!declaration.problem.empty()) return declaration;
    declaration.library = *opened;
    if (!spec.exec.empty()) return declaration;  // a program may be more than its file: there is nothing to go back to
    declaration.library = shelf_.keep(*opened);
    if (wish == Wish::ByName || !shelf_.isHeldBack(spec.name, (*opened)->sha256)) return declaration;
    for (const auto& kept : shelf_.builds(spec.name)) {
        if (kept.heldBack) continue;
        LibraryPtr before = shelf_.take(spec.name, kept.name.sha256);
        if (!before) continue;
        declaration.library = std::move(before);
        declaration.notUsed = "its file has build " + (*opened)->build +
                              ", which was rolled back; `stepctl plugins reload " + spec.name +
                              "` takes it all the same";
        break;
    }
    return declaration;
}

void Supervisor::reload(const std::string& plugin, SwapDone done) {
    std::optional<PluginSpec> spec;
    {
        const MutexLock lock(specsMutex_);
        for (const auto& known : specs_)
            if (known.name == plugin) spec = known;
    }
    Declaration declaration{.spec = {}, .library = nullptr, .problem = "no such plugin is declared", .notUsed = {}};
    if (spec) declaration = open(*spec, Wish::ByName);
    loop_.post([this, plugin, declaration = std::move(declaration), done = std::move(done)]() mutable {
        if (PluginPool* pool = current(plugin)) return pool->declare(std::move(declaration), std::move(done));
        done({.plugin = plugin,
              .kind = Swap::Kind::Broken,
              .before = {},
              .after = {},
              .sentence = "no such plugin is declared"});
    });
}

void Supervisor::rollBack(const std::string& plugin, const std::string& to, SwapDone done) {
    loop_.post([this, plugin, to, done = std::move(done)]() mutable {
        if (PluginPool* pool = current(plugin)) return pool->rollBack(to, std::move(done));
        done({.plugin = plugin,
              .kind = Swap::Kind::Broken,
              .before = {},
              .after = {},
              .sentence = "no such plugin is declared"});
    });
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

void Supervisor::replacePools(std::vector<Declaration> declarations, std::function<void(std::vector<Swap>)> done) {
    if (leaving_) return;
    Pools before = std::exchange(pools_, {});
    for (const auto& declaration : declarations) {
        const std::string& name = declaration.spec.name;
        const auto known =
            std::find_if(before.begin(), before.end(), [&](const auto& pool) { return pool && pool->name() == name; });
        pools_.push_back(known != before.end()
                             ? std::move(*known)
                             : std::make_unique<PluginPool>(
                                   PluginPool::Shared{loop_, clock_, options_, services_, shelf_, *this}, name));
    }
    std::vector<PluginPool*> leaving;
    for (auto& pool : before) {
        if (!pool) continue;
        leaving.push_back(pool.get());
        retired_.push_back(std::move(pool));
    }
    for (auto* pool : leaving) pool->leave(PluginPool::Leaving::AfterCalls);
    if (declarations.empty() && done) done({});
    // Shared by the plugins, as each of them says what became of it in its own time.
    const auto swaps = std::make_shared<std::vector<Swap>>();
    const auto told = [swaps, wanted = declarations.size(), done = std::move(done)](Swap swap) {
        swaps->push_back(std::move(swap));
        if (swaps->size() == wanted && done) done(std::move(*swaps));
    };
    for (std::size_t i = 0; i < declarations.size(); ++i) {
        pools_[i]->declare(std::move(declarations[i]), told);
        poolChanged(*pools_[i]);
    }
}

PluginPool* Supervisor::current(std::string_view name) {
    const auto found =
        std::find_if(pools_.begin(), pools_.end(), [&](const auto& pool) { return pool->name() == name; });
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
    for (const auto& pool : pools_) registry_.count(pool->name(), pool->running(), pool->queued());
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
    if (current(pool.name()) != &pool) return;
    const auto status = pool.status();
    registry_.update(status);
    if (changed_) changed_(status);
}

void Supervisor::poolCounted(const PluginPool& pool) {
    if (current(pool.name()) == &pool) reportSoon();
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
