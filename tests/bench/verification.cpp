#include "verification.h"

#include <thread>
#include <unordered_set>

#include "base/system_clock.h"
#include "bench_event.h"
#include "store/sqlite/sqlite_readers.h"

namespace stepd::bench {
namespace {

constexpr std::size_t kPage = 1000;
const SystemClock theClock;

std::string wrongOf(store::Readers& readers, const Run& run, std::int64_t serial, std::size_t steps) {
    if (run.state != RunState::Completed) return "is " + std::string(toString(run.state));
    if (serialIn(run.output) != serial) return "has the result " + run.output;
    const auto records = readers.stepsOf(run.id);
    if (records.size() != steps) return "has " + std::to_string(records.size()) + " steps";
    for (const auto& step : records) {
        if (step.state != StepState::Completed) return "has a step that is " + std::string(toString(step.state));
        if (serialIn(step.output) != serial || step.output.find("\"" + step.name + "\"") == std::string::npos)
            return "has a step " + step.name + " with the result " + step.output;
    }
    return {};
}

class Examiner {
public:
    Examiner(const std::string& database, const Expected& expected)
        : expected_(expected), readers_(database, theClock) {}

    Found examine() {
        store::RunFilter filter;
        filter.pipeline = expected_.pipeline;
        RunId before;
        for (std::size_t seen = kPage; seen == kPage && found_.wrong.empty();) {
            const auto page = readers_.listRuns(filter, {before, kPage});
            for (const Run& run : page)
                if (found_.wrong.empty()) look(run);
            seen = page.size();
            if (seen > 0) before = page.back().id;
        }
        if (found_.wrong.empty() && serials_.size() != expected_.runs)
            found_.wrong = std::to_string(expected_.runs) + " runs were acknowledged, " +
                           std::to_string(serials_.size()) + " are stored";
        return std::move(found_);
    }

private:
    void look(const Run& run) {
        const auto event = readers_.findEvent(run.event);
        const std::int64_t serial = event ? serialIn(event->data) : -1;
        const std::string wrong = wrongOf(readers_, run, serial, expected_.steps);
        if (!wrong.empty()) found_.wrong = "run " + std::to_string(run.id.value) + " " + wrong;
        if (!serials_.insert(serial).second) found_.wrong = "event " + std::to_string(serial) + " has two runs";
        if (!event || !run.finishedAt || *run.finishedAt < expected_.from || *run.finishedAt >= expected_.until) return;
        ++found_.endedInTime;
        found_.latencies.add(timeBetween(event->receivedAt, *run.finishedAt));
    }

    const Expected& expected_;
    store::SqliteReaders readers_;
    std::unordered_set<std::int64_t> serials_;
    Found found_;
};

}  // namespace

Found examine(const std::string& database, const Expected& expected) {
    return Examiner(database, expected).examine();
}

bool awaitEndOfRuns(const std::string& database) {
    store::SqliteReaders readers(database, theClock);
    const Instant limit = theClock.instant() + 120s;
    while (readers.stats().runsOpen > 0) {
        if (theClock.instant() > limit) return false;
        std::this_thread::sleep_for(5ms);
    }
    return true;
}

}  // namespace stepd::bench
