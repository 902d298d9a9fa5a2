#include "pipeline/flow_reader.h"

#include <algorithm>

#include "pipeline/event_match_reader.h"
#include "pipeline/lane_families.h"
#include "pipeline/names.h"

namespace stepd::pipeline {
namespace {

constexpr std::size_t kMost = 1'000'000;
constexpr Duration kLongestPeriod = 24h * 31;
constexpr Duration kLongestCollecting = 24h * 7;
constexpr Duration kLongestTimeout = 24h * 366;
// Each of them is a row in the store for each run.
constexpr std::size_t kMostEntries = 10;

/// Reads a section of the pipeline that is a mapping, if it is there.
template <typename Read>
void readSection(yaml::Reader& fields, const char* key, Read&& read) {
    const yaml::Node* node = fields.mapping(key);
    if (node == nullptr) return;
    yaml::Reader inner(*node, key, fields.report());
    read(inner);
    inner.finish();
}

/// Likewise a list of mappings, or its one entry alone.
template <typename Read>
void readEntries(yaml::Reader& fields, const char* key, Read&& read) {
    const yaml::Entry* found = fields.entry(key);
    if (found == nullptr) return;
    if (found->value->kind == yaml::Kind::Mapping) return readSection(fields, key, read);
    const yaml::Node* list = fields.list(key);
    if (list == nullptr) return;
    if (list->items.size() > kMostEntries)
        fields.error(key, "`" + std::string(key) + "` has at most " + std::to_string(kMostEntries) + " entries");
    for (std::size_t i = 0; i < list->items.size(); ++i) {
        yaml::Reader inner(*list->items[i], yaml::itemPath(key, i), fields.report());
        read(inner);
        inner.finish();
    }
}

void readCount(yaml::Reader& fields, const char* key, std::uint32_t& number, yaml::Range<std::size_t> range) {
    std::size_t count = number;
    if (fields.read(key, count, range)) number = static_cast<std::uint32_t>(count);
}

void readTime(yaml::Reader& fields, const char* key, std::optional<Duration>& time, yaml::Range<Duration> range) {
    Duration value{};
    if (fields.read(key, value, range)) time = value;
}

/// The name of a concurrency entry and the lane that it gives. `unnamed` counts those without.
std::string readFamily(yaml::Reader& fields, const Pipeline& pipeline, std::size_t& unnamed) {
    std::string name;
    LimitScope scope = LimitScope::Pipeline;
    fields.read("scope", scope, {{"pipeline", LimitScope::Pipeline}, {"global", LimitScope::Global}});
    const bool named = fields.read("name", name);
    const std::string family = concurrencyFamily(pipeline.id, name, scope, name.empty() ? ++unnamed : 0);
    if (named && !isPipelineId(name)) {
        fields.error("name", "`" + name + "` is no name for a limit", "use letters, digits and . _ -, at most 64");
    } else if (scope == LimitScope::Pipeline && isReservedLimitName(name)) {
        fields.error("name", "`" + name + "` names something else already", "choose another name");
    } else if (scope == LimitScope::Global && !fields.has("name")) {
        fields.error("scope", "a global limit needs a `name`", "pipelines that say the same name share the limit");
    } else if (std::any_of(pipeline.concurrency.begin(), pipeline.concurrency.end(),
                           [&family](const Concurrency& other) { return other.family == family; })) {
        fields.error("name", "two limits are named `" + name + "`");
    }
    return family;
}

struct Conflict {
    const char* key;
    const char* other;
    const char* why;
    const char* hint;
};

constexpr const char* kAlone = "it decides about each event alone";
constexpr const char* kOneEvent = "it looks at one event, and a batch has many";
constexpr Conflict kConflicts[] = {
    {"batch", "debounce", "both collect events", "keep one of them"},
    {"batch", "singleton", kAlone, "`concurrency: [{limit: 1}]` runs one batch at a time"},
    {"batch", "rate_limit", kAlone, "`throttle` limits how many batches start"},
    {"batch", "idempotency", kAlone, "events with the same name and `id` are one event already"},
    {"batch", "priority", kOneEvent, "leave it out"},
    {"batch", "cancel_on", kOneEvent, "leave it out"},
};

void checkConflicts(yaml::Reader& fields, const Pipeline& pipeline) {
    const auto report = [&fields](const std::string& key, const std::string& other, const std::string& why,
                                  const char* hint) {
        fields.report().error(fields.node().find(key)->mark, key,
                              "`" + key + "` cannot stand beside `" + other + "`: " + why, hint);
    };
    for (const auto& [key, other, why, hint] : kConflicts)
        if (fields.has(key) && fields.has(other)) report(other, key, why, hint);
    for (const char* key : {"batch", "debounce"})
        if (fields.has(key) && !pipeline.crons.empty())
            report(key, "cron", "a tick comes at its own time", "write two pipelines");
}

/// Longer than the time that collecting takes, else no run would ever start.
void checkStartTimeout(yaml::Reader& fields, const Pipeline& pipeline) {
    if (!pipeline.startTimeout) return;
    Duration collecting{};
    if (pipeline.debounce) collecting = pipeline.debounce->period;
    if (pipeline.batch) collecting = pipeline.batch->timeout;
    if (collecting == Duration::zero() || *pipeline.startTimeout > collecting) return;
    const char* key = pipeline.batch ? "batch" : "debounce";
    fields.error("timeouts", "`start` is over before the events are collected",
                 "make it longer than `" + std::string(key) + "` takes, or leave it out");
}

}  // namespace

void FlowReader::read(yaml::Reader& fields, Pipeline& pipeline) {
    readIdempotency(fields, pipeline);
    readConcurrency(fields, pipeline);
    readSection(fields, "throttle", [&](yaml::Reader& inner) {
        pipeline.throttle = readRate(inner);
        pipeline.throttle->family = throttleFamily(pipeline.id);
    });
    readSection(fields, "rate_limit", [&](yaml::Reader& inner) {
        pipeline.rateLimit = readRate(inner);
        pipeline.rateLimit->family = rateLimitFamily(pipeline.id);
        // Inngest's: what is too much is gone, so a tenth of the limit may come at once.
        if (!inner.has("burst")) pipeline.rateLimit->burst = pipeline.rateLimit->limit / 10;
    });
    readSection(fields, "debounce", [&](yaml::Reader& inner) {
        readDebounce(inner, pipeline.debounce.emplace(Debounce{debounceFamily(pipeline.id), {}, {}, {}}));
    });
    readSection(fields, "batch", [&](yaml::Reader& inner) {
        readBatch(inner, pipeline.batch.emplace(EventBatch{batchFamily(pipeline.id), 1, {}, {}, {}}));
    });
    readSection(fields, "singleton", [&](yaml::Reader& inner) {
        readSingleton(inner, pipeline.singleton.emplace(Singleton{singletonFamily(pipeline.id), {}, {}}));
    });
    pipeline.priority = expressions_.bare(fields, "priority", Place::Flow);
    readCancelOn(fields, pipeline);
    readSection(fields, "timeouts", [&](yaml::Reader& inner) {
        readTime(inner, "start", pipeline.startTimeout, {1ms, kLongestTimeout});
        readTime(inner, "finish", pipeline.finishTimeout, {1ms, kLongestTimeout});
    });
    checkConflicts(fields, pipeline);
    checkStartTimeout(fields, pipeline);
}

void FlowReader::readIdempotency(yaml::Reader& fields, Pipeline& pipeline) {
    readSection(fields, "idempotency", [&](yaml::Reader& inner) {
        inner.require({"key"});
        Idempotency idempotency;
        inner.read("ttl", idempotency.ttl, {1s, 24h * 365});
        auto key = expressions_.bare(inner, "key", Place::Idempotency);
        if (!key) return;
        idempotency.key = std::move(*key);
        pipeline.idempotency = std::move(idempotency);
    });
}

void FlowReader::readConcurrency(yaml::Reader& fields, Pipeline& pipeline) {
    std::size_t unnamed = 0;
    readEntries(fields, "concurrency", [&](yaml::Reader& inner) {
        Concurrency entry;
        inner.require({"limit"});
        readCount(inner, "limit", entry.limit, {1, kMost});
        entry.key = expressions_.bare(inner, "key", Place::Flow);
        inner.read("of", entry.of, {{"runs", Counts::Runs}, {"steps", Counts::Steps}});
        entry.family = readFamily(inner, pipeline, unnamed);
        pipeline.concurrency.push_back(std::move(entry));
    });
}

Rate FlowReader::readRate(yaml::Reader& fields) {
    Rate rate;
    fields.require({"limit", "period"});
    readCount(fields, "limit", rate.limit, {1, kMost});
    readCount(fields, "burst", rate.burst, {0, kMost});
    // A moment in the store is a whole number of microseconds.
    if (fields.read("period", rate.period, {1ms, kLongestPeriod}) && rate.period / rate.limit < 1us)
        fields.error("period", "this is more than one each microsecond", "make the period longer");
    rate.key = expressions_.bare(fields, "key", Place::Flow);
    return rate;
}

void FlowReader::readDebounce(yaml::Reader& fields, Debounce& debounce) {
    fields.require({"period"});
    fields.read("period", debounce.period, {1ms, kLongestCollecting});
    readTime(fields, "timeout", debounce.timeout, {1ms, kLongestCollecting});
    if (debounce.timeout && *debounce.timeout < debounce.period)
        fields.error("timeout", "`timeout` is shorter than `period`",
                     "it is the longest delay in all, from the first event on");
    debounce.key = expressions_.bare(fields, "key", Place::Flow);
}

void FlowReader::readBatch(yaml::Reader& fields, EventBatch& batch) {
    fields.require({"max_size", "timeout"});
    readCount(fields, "max_size", batch.maxSize, {2, 1000});
    fields.read("timeout", batch.timeout, {1ms, kLongestCollecting});
    batch.key = expressions_.bare(fields, "key", Place::Flow);
    batch.condition = expressions_.bare(fields, "if", Place::Flow);
}

void FlowReader::readSingleton(yaml::Reader& fields, Singleton& singleton) {
    singleton.key = expressions_.bare(fields, "key", Place::Flow);
    fields.read("mode", singleton.mode, {{"skip", SingletonMode::Skip}, {"cancel", SingletonMode::Cancel}});
}

void FlowReader::readCancelOn(yaml::Reader& fields, Pipeline& pipeline) {
    readEntries(fields, "cancel_on", [&](yaml::Reader& inner) {
        pipeline.cancelOn.push_back(readEventMatch(inner, expressions_, Place::CancelOn));
    });
}

}  // namespace stepd::pipeline
