// What the tests share: calls that wait for their answers.
#include "contract/store_contract.h"

#include <sstream>

#include "support/store_samples.h"

namespace stepd::test {

using namespace store;

void StoreContract::setUp() {
    bench_ = makeBench();
    revision_ = bench_->store().saveRevision({{}, "process-registration", "cafe", "{}"});
}

Committed StoreContract::commit(std::vector<Change> changes) {
    std::optional<Committed> answer;
    bench_->store().commit({std::move(changes)}, [&](Committed committed) { answer = std::move(committed); });
    bench_->settle();
    CPPUNIT_ASSERT_MESSAGE("the callback has run", answer.has_value());
    return *answer;
}

void StoreContract::durable(std::vector<Change> changes) {
    const auto committed = commit(std::move(changes));
    CPPUNIT_ASSERT_MESSAGE(committed.message, committed.status == CommitStatus::Durable);
    CPPUNIT_ASSERT(committed.batch.empty());
}

void StoreContract::refused(std::vector<Change> changes, const std::vector<std::string>& words) {
    const auto answer = commit(std::move(changes));
    CPPUNIT_ASSERT_MESSAGE(answer.message, answer.status == CommitStatus::Failed);
    for (const auto& word : words)
        CPPUNIT_ASSERT_MESSAGE(answer.message, answer.message.find(word) != std::string::npos);
}

LoadedRuns StoreContract::load(LoadQuery query) {
    LoadedRuns page;
    bench_->store().load(std::move(query), [&](LoadedRuns loaded) { page = std::move(loaded); });
    bench_->settle();
    return page;
}

std::vector<std::int64_t> StoreContract::keysOf(LoadQuery query) {
    std::vector<std::int64_t> keys;
    for (const auto& unfinished : load(std::move(query)).runs) keys.push_back(unfinished.run.id.value);
    return keys;
}

Found StoreContract::lookup(Lookup lookup) {
    Found found;
    bench_->store().lookup(std::move(lookup), [&](Found answer) { found = std::move(answer); });
    bench_->settle();
    return found;
}

std::int64_t StoreContract::holderOf(const std::string& scope, const std::string& key, std::int64_t second) {
    const auto holder = lookup({.now = at(second), .once = {{scope, key}}, .cache = {}}).once.at(0);
    return holder ? holder->id : 0;
}

std::vector<std::int64_t> StoreContract::findEvents(EventQuery query) {
    std::vector<std::int64_t> keys;
    bench_->store().findEvents(std::move(query), [&](const std::vector<Event>& events) {
        for (const auto& event : events) keys.push_back(event.id.value);
    });
    bench_->settle();
    return keys;
}

Violations StoreContract::audit(std::size_t limit) {
    Violations found;
    bench_->store().audit(limit, [&](Violations violations) { found = std::move(violations); });
    bench_->settle();
    return found;
}

std::string StoreContract::everything() {
    std::ostringstream out;
    const auto moment = [](const std::optional<Timestamp>& time) { return time ? toRfc3339(*time) : "never"; };
    for (const auto& event : bench_->readers().listEvents({}, {})) out << "event " << event.id.value << '\n';
    for (std::int64_t id = 1; id < 10; ++id) {
        const auto run = bench_->readers().findRun({id});
        if (!run) continue;
        out << "run " << id << ' ' << toString(run->state) << ' ' << run->output << run->error
            << (run->parked ? " parked" : "") << " wakes " << moment(run->wakeAt) << " for";
        for (const auto& event : bench_->readers().eventsOf({id})) out << ' ' << event.id.value;
        out << '\n';
        for (const auto& step : bench_->readers().stepsOf({id}))
            out << " step " << step.number << ' ' << toString(step.state) << ' ' << step.attempts << step.output
                << step.memo << '\n';
        for (const auto& attempt : bench_->readers().attemptsOf({id}))
            out << " attempt " << attempt.step << '.' << attempt.number << (attempt.finishedAt ? " ended" : " open")
                << attempt.message << '\n';
        for (const auto& unfinished : load(LoadOne{{id}}).runs)
            for (const auto& wait : unfinished.waits)
                out << " waits " << wait.step << ' ' << wait.signal << ' ' << wait.family << ' ' << wait.rank << '\n';
    }
    const Image image = bench_->store().image();
    for (const auto& slot : image.slots)
        out << "slot " << slot.lane << ' ' << slot.run.value << ' ' << slot.step << '\n';
    for (const auto& [family, count] : image.waiting) out << "family " << family << ' ' << count << '\n';
    for (const auto& [name, time] : image.moments) out << "moment " << name << ' ' << moment(time) << '\n';
    for (const auto& [event, after] : image.deliveries)
        out << "delivery " << event.id.value << ' ' << after.value << '\n';
    for (const auto& pipeline : image.paused) out << "paused " << pipeline << '\n';
    out << "next " << moment(image.nextWake) << '\n';
    const auto cached = lookup({.now = at(0), .once = {}, .cache = {{"p/fetch", "k"}}}).cached.at(0);
    return out.str() + cached.value_or("");
}

}  // namespace stepd::test
