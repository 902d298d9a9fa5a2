#include "verification.h"

#include <unordered_set>

#include "base/system_clock.h"
#include "bench_event.h"
#include "store/sqlite/sqlite_readers.h"

namespace stepd::bench {
namespace {

constexpr std::size_t kPage = 1000;

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

}  // namespace

std::string findWrong(const std::string& database, const Expected& expected) {
    const SystemClock clock;
    store::SqliteReaders readers(database, clock);
    store::RunFilter filter;
    filter.pipeline = expected.pipeline;
    std::unordered_set<std::int64_t> serials;
    RunId before;
    for (;;) {
        const auto page = readers.listRuns(filter, {before, kPage});
        for (const Run& run : page) {
            const auto event = readers.findEvent(run.event);
            const std::int64_t serial = event ? serialIn(event->data) : -1;
            const std::string wrong = wrongOf(readers, run, serial, expected.steps);
            if (!wrong.empty()) return "run " + std::to_string(run.id.value) + " " + wrong;
            if (!serials.insert(serial).second) return "event " + std::to_string(serial) + " has two runs";
        }
        if (page.size() < kPage) break;
        before = page.back().id;
    }
    if (serials.size() == expected.runs) return {};
    return std::to_string(expected.runs) + " runs were acknowledged, " + std::to_string(serials.size()) + " are stored";
}

}  // namespace stepd::bench
