#pragma once

#include <cppunit/extensions/HelperMacros.h>

#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/mutex.h"
#include "base/system_clock.h"
#include "host/supervisor.h"

namespace stepd::test {

inline constexpr Duration kPatience = 60s;  ///< longer than anything takes, on a loaded machine and under sanitizers

/// What a test waits for: set by other threads, looked at by the test.
class Events {
public:
    template <typename Change>
    void change(Change&& change) {
        const MutexLock lock(mutex_);
        change();
        changed_.notifyAll();
    }
    /// Fails the test if `ready` does not become true in time.
    template <typename Ready>
    void wait(const char* what, Ready&& ready) {
        const MutexLock lock(mutex_);
        const Instant end = SystemClock().instant() + kPatience;
        while (!ready())
            if (!changed_.waitUntil(mutex_, end)) CPPUNIT_FAIL(std::string("waited in vain for ") + what);
    }

private:
    Mutex mutex_;
    Condition changed_;
};

/// The daemon, as the host sees it: answers fetches with the URL as body unless they are held back.
class FakeServices final : public host::HostServices {
public:
    ~FakeServices() override;
    void fetch(host::FetchId id, FetchRequest request, FetchDone done) override;
    void cancelFetch(host::FetchId id) override;
    std::optional<Secret> secret(std::string_view name) override;
    void log(const host::PluginLog& line) override;

    /// From now on fetches wait for `release`, or for a cancel.
    void hold();
    /// Answers the oldest held one.
    void release();

    Events events;
    std::map<std::string, std::string, std::less<>> secrets;
    std::vector<host::PluginLog> lines();

    // Guarded by `events`:
    std::vector<host::PluginLog> logged;
    std::vector<FetchRequest> requests;
    std::size_t atOnce = 0, mostAtOnce = 0, cancelled = 0;

private:
    struct Held {
        host::FetchId id;
        FetchRequest request;
        FetchDone done;
    };
    void answer(Held held, FetchFailure failure);
    std::deque<Held> held_;
    bool holding_ = false;
    std::vector<std::thread> threads_;
};

inline constexpr Duration kShortGrace = 100ms;

/// A supervisor with real workers, and a place where results arrive.
class HostFixture {
public:
    /// A grace that ends makes the outcome depend on the load of the machine: short only for steps that never obey.
    explicit HostFixture(Duration cancelGrace = kPatience) : HostFixture(options(cancelGrace)) {}
    explicit HostFixture(host::HostOptions options);
    ~HostFixture() { supervisor.stop(); }

    static host::HostOptions options(Duration cancelGrace = kPatience);
    static host::PluginSpec spec(std::string name, const std::string& library);
    void use(std::vector<host::PluginSpec> specs) { supervisor.usePlugins(std::move(specs)); }
    /// The same; returns when it has been done.
    std::vector<host::Swap> swap(std::vector<host::PluginSpec> specs);
    /// The laboratory alone.
    void useLab(std::uint32_t workers = 1, std::uint32_t threads = 4);

    static host::StepCall call(std::string step, std::string input = "{}", std::string with = "{}",
                               std::string plugin = "lab");
    host::CallId invoke(host::StepCall call);
    /// All at once, as the engine does after a commit.
    std::vector<host::CallId> invokeAll(std::vector<host::StepCall> calls);
    StepResult wait(host::CallId id);
    StepResult run(host::StepCall call) { return wait(invoke(std::move(call))); }
    StepResult run(std::string step, std::string input = "{}") { return run(call(std::move(step), std::move(input))); }
    /// Until the call has sent a progress note; returns it.
    std::string waitProgress(host::CallId id);
    host::PluginStatus waitState(const std::string& plugin, host::PluginState state);
    void waitHealth(const std::string& plugin, host::HealthState state);
    host::PluginStatus waitSlots(const std::string& plugin, std::size_t slots);
    /// Until the registry tells so.
    template <typename Ready>
    void waitStatus(const std::string& plugin, const char* what, Ready&& ready) {
        events_.wait(what, [&] {
            const auto status = supervisor.plugin(plugin);
            return status && ready(*status);
        });
    }
    std::string waitLog(const std::string& part);

    SystemClock clock;
    FakeServices services;
    host::Supervisor supervisor;

private:
    Events events_;
    std::int64_t last_ = 0;
    std::map<host::CallId, StepResult> results_;
    std::map<host::CallId, std::string> progress_;
    std::map<std::string, host::PluginStatus> statuses_;
};

#define ASSERT_CLASS(want, result)                                                    \
    CPPUNIT_ASSERT_EQUAL_MESSAGE((result).error.message, std::string(toString(want)), \
                                 std::string(toString((result).outcome)))
#define ASSERT_CONTAINS(part, text) CPPUNIT_ASSERT_MESSAGE((text), (text).find(part) != std::string::npos)

}  // namespace stepd::test
