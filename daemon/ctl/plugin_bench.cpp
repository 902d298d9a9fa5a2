#include "ctl/plugin_bench.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <utility>

#include "base/mutex.h"
#include "base/system_clock.h"
#include "ctl/client.h"
#include "host/host_services.h"
#include "host/supervisor.h"

namespace stepd::ctl {
namespace {

class EmptyWorld final : public host::HostServices {
public:
    void fetch(host::FetchId, FetchRequest request, FetchDone done) override {
        FetchResponse response;
        response.status = 200;
        response.finalUrl = std::move(request.url);
        done(std::move(response));
    }
    void cancelFetch(host::FetchId) override {}
    std::optional<Secret> secret(std::string_view) override { return std::nullopt; }
    void log(const host::PluginLog&) override {}
};

double cpuSecondsOf(clockid_t clock) {
    timespec time{};
    return ::clock_gettime(clock, &time) == 0
               ? static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9
               : 0;
}

/// Of the processes that this one has started, and of those that they have.
double cpuSecondsBelow(const std::string& process) {
    double sum = 0;
    std::error_code gone;
    for (const auto& task : std::filesystem::directory_iterator("/proc/" + process + "/task", gone)) {
        std::ifstream children(task.path() / "children");
        for (pid_t child = 0; children >> child;) {
            clockid_t clock{};
            if (::clock_getcpuclockid(child, &clock) == 0) sum += cpuSecondsOf(clock);
            sum += cpuSecondsBelow(std::to_string(child));
        }
    }
    return sum;
}

/// A supervisor with one plugin, and the calls of one load after the other. What is under way keeps its place: the
/// number of a call is one of a place, so that its beginning is found.
class Stream {
public:
    Stream(const host::HostOptions& options, const host::PluginSpec& spec) : supervisor_(options, services_, clock_) {
        supervisor_.onChange([this](const host::PluginStatus& status) {
            const MutexLock lock(mutex_);
            status_ = status;
            changed_.notifyAll();
        });
        supervisor_.listen(
            {.finished = [this](const std::vector<host::CallEnd>& ended) { goOn(ended); }, .progressed = {}});
        supervisor_.usePlugins({spec});
        supervisor_.start();
    }
    ~Stream() { supervisor_.stop(); }

    void waitReady() EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        while (status_.state == host::PluginState::Loading) changed_.wait(mutex_);
        if (status_.state == host::PluginState::Broken) throw Refused(status_.sentence);
    }

    CallFigures measure(const CallLoad& load) EXCLUDES(mutex_) {
        begin(load);
        wait(load.window / 4, Phase::Counted);
        const double host = cpuSecondsOf(CLOCK_PROCESS_CPUTIME_ID), workers = cpuSecondsBelow("self");
        const Instant start = clock_.instant();
        wait(load.window, Phase::Ending);
        const double seconds = std::chrono::duration<double>(clock_.instant() - start).count();
        const double hostSeconds = cpuSecondsOf(CLOCK_PROCESS_CPUTIME_ID) - host;
        const double workerSeconds = cpuSecondsBelow("self") - workers;
        const MutexLock lock(mutex_);
        while (underWay_ != 0) changed_.wait(mutex_);
        const double calls = std::max<double>(1, static_cast<double>(took_.size()));
        figures_.callsPerSecond = static_cast<double>(took_.size()) / seconds;
        figures_.p50Us = quantile(0.50);
        figures_.p99Us = quantile(0.99);
        figures_.hostUs = hostSeconds * 1e6 / calls;
        figures_.workerUs = workerSeconds * 1e6 / calls;
        return figures_;
    }

private:
    enum class Phase { WarmUp, Counted, Ending };

    void begin(const CallLoad& load) EXCLUDES(mutex_) {
        std::vector<host::StepCall> calls;
        {
            const MutexLock lock(mutex_);
            call_ = load.call;
            figures_ = {};
            took_.clear();
            took_.reserve(1U << 20);
            begun_.assign(load.inFlight, {});
            underWay_ = load.inFlight;
            phase_ = Phase::WarmUp;
            for (std::size_t place = 0; place < load.inFlight; ++place) calls.push_back(next(place));
        }
        supervisor_.invokeAll(std::move(calls));
    }

    void wait(Duration length, Phase after) EXCLUDES(mutex_) {
        const Instant end = clock_.instant() + length;
        const MutexLock lock(mutex_);
        while (clock_.instant() < end) changed_.waitUntil(mutex_, end);
        phase_ = after;
    }

    host::StepCall next(std::size_t place) REQUIRES(mutex_) {
        host::StepCall call = call_;
        call.id = host::CallId{static_cast<std::int64_t>(++rounds_ * begun_.size() + place)};
        begun_[place] = clock_.instant();
        return call;
    }

    void goOn(const std::vector<host::CallEnd>& ended) EXCLUDES(mutex_) {
        std::vector<host::StepCall> calls;
        {
            const MutexLock lock(mutex_);
            const Instant now = clock_.instant();
            for (const auto& [id, result] : ended) {
                const auto place = static_cast<std::size_t>(id.value) % begun_.size();
                if (phase_ == Phase::Counted) took_.push_back((now - begun_[place]).count());
                if (result.outcome != OutcomeClass::Ok && figures_.failed++ == 0)
                    figures_.failure = std::string(toString(result.outcome)) + ": " + result.error.message;
                if (phase_ != Phase::Ending)
                    calls.push_back(next(place));
                else if (--underWay_ == 0)
                    changed_.notifyAll();
            }
        }
        supervisor_.invokeAll(std::move(calls));
    }

    double quantile(double share) REQUIRES(mutex_) {
        if (took_.empty()) return 0;
        const auto at = took_.begin() + static_cast<std::ptrdiff_t>(share * static_cast<double>(took_.size() - 1));
        std::nth_element(took_.begin(), at, took_.end());
        return static_cast<double>(*at) / 1e3;
    }

    const SystemClock clock_;
    EmptyWorld services_;
    Mutex mutex_;
    Condition changed_;
    host::PluginStatus status_ GUARDED_BY(mutex_);
    Phase phase_ GUARDED_BY(mutex_) = Phase::WarmUp;
    host::StepCall call_ GUARDED_BY(mutex_);
    std::vector<Instant> begun_ GUARDED_BY(mutex_);  ///< of the call in each place
    std::size_t underWay_ GUARDED_BY(mutex_) = 0;
    std::uint64_t rounds_ GUARDED_BY(mutex_) = 0;
    std::vector<std::int64_t> took_ GUARDED_BY(mutex_);  ///< nanoseconds of the counted calls
    CallFigures figures_ GUARDED_BY(mutex_);
    host::Supervisor supervisor_;
};

}  // namespace

std::vector<CallFigures> measureCalls(const host::HostOptions& options, const host::PluginSpec& spec,
                                      const std::vector<CallLoad>& loads) {
    Stream stream(options, spec);
    stream.waitReady();
    std::vector<CallFigures> figures;
    for (const auto& load : loads) figures.push_back(stream.measure(load));
    return figures;
}

}  // namespace stepd::ctl
