#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/service.h"
#include "host/invoker.h"
#include "host/plugin_pool.h"
#include "host/registry.h"

namespace stepd::host {

/// Runs steps in worker processes: one thread, `host`, owns them all. The daemon itself loads no plugin (hardening R18)
/// but those declared `isolation: inproc`, and these only after a worker has.
///
/// How a call ends that the plugin does not end itself: at its deadline the cancel flag is set, after `cancelGrace` its
/// worker gets SIGTERM and then SIGKILL. Class `timeout` either way, code `deadline` or `killed`; a resume token that
/// it left on its way out is kept. After `cancel` likewise, class `cancelled`, but a step that is done all the same
/// stays `ok`. A worker that dies by itself, or breaks the protocol, ends the calls that it executed as `crash` and
/// those behind them as `lost`; if it does not say which these were, all as `crash`. One that was killed for another
/// call's sake ends them as `lost`. A step inside the daemon cannot be killed: its call ends all the same, code
/// `abandoned`, and the plugin's further calls go to workers. A plugin that cannot be loaded ends calls as
/// `invalid_config`. What the sandbox has refused to a call that then fails is `denied`; a death or a refusal for want
/// of memory is `oom` (crash_report.h). `hang` is not given: there is no heartbeat.
///
/// Thread-safe. `services` must outlive it, and it must outlive every answer that `services` still owes.
class Supervisor final : public Invoker, public Service, private PluginPool::Owner {
public:
    Supervisor(HostOptions options, HostServices& services, const Clock& clock);
    ~Supervisor() override;

    /// The declared plugins from now on; before `start` or while it runs. Opens their libraries, so it blocks on the
    /// disk. Unchanged ones stay as they are unless they are broken. Others get a new generation (PluginPool): the one
    /// before goes on until the new one has been loaded, and calls that run in it end there. `done` is called once, on
    /// the host's thread, with what became of each; never if the host stops before.
    void usePlugins(std::vector<PluginSpec> specs, std::function<void(std::vector<Swap>)> done = {});
    /// Loads the plugin's library anew, as it lies there now; see `usePlugins`. Also one that was rolled back.
    void reload(const std::string& plugin, SwapDone done) EXCLUDES(specsMutex_);
    /// Goes back to the build that took the plugin's calls before (BuildShelf), or to the one whose build-id begins
    /// with `to`, or whose version is `to`. The file that was rolled back is not taken again, not even by a restart,
    /// until `reload` names the plugin.
    void rollBack(const std::string& plugin, const std::string& to, SwapDone done);
    /// Whether the file with that digest was rolled back, and is not taken by itself.
    bool isHeldBack(const std::string& plugin, const std::string& sha256) const {
        return shelf_.isHeldBack(plugin, sha256);
    }
    /// Why no builds are kept for a restart, although there is a directory for them; empty: they are.
    const std::string& shelfProblem() const { return shelf_.problem(); }
    /// Called on the host's thread with each change of a plugin but for its numbers of calls. Before `start`.
    void onChange(std::function<void(const PluginStatus&)> changed) { changed_ = std::move(changed); }

    std::vector<PluginStatus> plugins() const { return registry_.all(); }
    std::optional<PluginStatus> plugin(std::string_view name) const { return registry_.find(name); }
    /// Asks plugins how they are where that is not known freshly; `plugins` has the answers soon after.
    void refreshHealth();
    /// Asks the plugin whether a step may be configured like this; `done` is called once, on the host's thread, with
    /// class Ok or the reason.
    void checkConfig(std::string plugin, std::string step, std::string with, Duration timeout,
                     std::function<void(StepResult)> done);

    const char* name() const override { return "host"; }
    void start() override;
    /// Tells running calls to stop, waits for them within the graces, ends all workers.
    void stop() override;

    void listen(CallListener listener) override { listener_ = std::move(listener); }
    std::size_t slots(std::string_view plugin) const override { return registry_.slots(plugin); }
    std::string build(std::string_view plugin) const override { return registry_.build(plugin); }
    void invoke(StepCall call) override EXCLUDES(inboxMutex_);
    void invokeAll(std::vector<StepCall> calls) override EXCLUDES(inboxMutex_);
    void cancel(CallId call, CancelReason reason) override;

private:
    using Pools = std::vector<std::unique_ptr<PluginPool>>;
    void poolChanged(const PluginPool& pool) override;
    void poolCounted(const PluginPool& pool) override;
    void poolProgressed(CallId call, double fraction, std::string message) override;
    void poolEmpty(const PluginPool& pool) override;

    enum class Wish { ByFile, ByName };
    Declaration open(const PluginSpec& spec, Wish wish);
    void replacePools(std::vector<Declaration> declarations, std::function<void(std::vector<Swap>)> done);
    void takeCalls() EXCLUDES(inboxMutex_);
    void submit(StepCall call);
    void reportSoon();
    void report();
    void finish(CallId call, StepResult result);
    PluginPool* current(std::string_view name);
    void leaveAll();

    const HostOptions options_;
    HostServices& services_;
    const Clock& clock_;
    EventLoop loop_;
    BuildShelf shelf_;
    Registry registry_;
    Mutex specsMutex_;
    std::vector<PluginSpec> specs_ GUARDED_BY(specsMutex_);
    CallListener listener_;
    std::function<void(const PluginStatus&)> changed_;
    std::thread thread_;
    bool started_ = false;
    Mutex inboxMutex_;
    std::vector<StepCall> inbox_ GUARDED_BY(inboxMutex_);
    // Of the host's thread:
    Pools pools_;
    Pools retired_;  ///< replaced; their last calls run
    std::unordered_map<CallId, PluginPool*> calls_;
    std::vector<CallEnd> ended_;    ///< in this turn of the loop
    EventLoop::TimerId reporting_;  ///< at its end
    bool leaving_ = false;
};

}  // namespace stepd::host
