#include "engine/flow_control.h"

#include <algorithm>
#include <utility>

#include "base/units.h"
#include "engine/bindings.h"
#include "engine/lanes.h"

namespace stepd::engine {
namespace {

constexpr std::int64_t kMostHeadStart = 600;  // pipelines.md: -600..600

Timestamp plus(Timestamp time, Duration by) {
    return time + std::chrono::ceil<std::chrono::microseconds>(by);
}

std::string rateText(const pipeline::Rate& rate) {
    return std::to_string(rate.limit) + " per " + toText(rate.period);
}

void addSlots(std::map<std::string, LaneRule, std::less<>>& rules, const std::vector<pipeline::Concurrency>& entries) {
    for (const pipeline::Concurrency& entry : entries) rules[entry.family].slots = entry.limit;
}

}  // namespace

FlowControl::FlowControl(EngineState& state, const store::Image& image) : state_(state) {
    for (const store::Collecting& one : image.collecting) {
        collecting_.emplace(one.run, one);
        RunId& newest = newest_[one.lane];
        newest = std::max(newest, one.run);
    }
}

std::vector<RunId> FlowControl::superseded(const store::Image& image) {
    std::vector<RunId> older;
    std::map<std::string, RunId> newest;
    for (const store::SlotChange& slot : image.slots) {
        if (!lanes::familyOf(slot.lane).ends_with(":singleton")) continue;
        const auto [other, first] = newest.emplace(slot.lane, slot.run);
        if (!first) older.push_back(std::exchange(other->second, slot.run));  // by key
    }
    return older;
}

std::map<std::string, LaneRule, std::less<>> FlowControl::rules(const std::vector<Catalog::EntryPtr>& entries,
                                                                const std::map<std::string, LaneRule>& limiters) {
    std::map<std::string, LaneRule, std::less<>> rules;
    for (const auto& [name, rule] : limiters) rules["limiter:" + name] = rule;
    for (const Catalog::EntryPtr& entry : entries) {
        const pipeline::Pipeline& one = *entry->pipeline;
        addSlots(rules, one.concurrency);
        for (const pipeline::Step& step : one.steps) addSlots(rules, step.concurrency);
        if (one.throttle)
            rules[one.throttle->family].rate =
                throttleRule(one.throttle->limit, one.throttle->period, one.throttle->burst);
    }
    return rules;
}

Verdict FlowControl::decide(const Catalog::Entry& entry, const ActiveEvent& event, bool collects) {
    if (collects)
        if (auto verdict = batch(entry, event)) return *verdict;
    if (auto verdict = rateLimit(entry, event)) return *verdict;
    if (collects)
        if (auto verdict = debounce(entry, event)) return *verdict;
    if (auto verdict = singleton(entry, event)) return *verdict;
    return {};
}

std::optional<Verdict> FlowControl::batch(const Catalog::Entry& entry, const ActiveEvent& event) const {
    const auto& rule = entry.pipeline->batch;
    if (!rule) return std::nullopt;
    if (rule->condition) {
        const auto value = rule->condition->evaluate(EventScope(event, *entry.pipeline, entry.vars));
        if (!value || !value->asBool().value_or(false)) return std::nullopt;
    }
    const auto key = keyOf(rule->key, "batch.key", entry, event);
    if (!key) return std::nullopt;
    Verdict verdict{.kind = Verdict::Kind::Collect, .lane = lanes::name(rule->family, *key)};
    verdict.wakeAt = plus(state_.now, rule->timeout);
    std::size_t events = 1;
    if (const auto* open = newest(verdict.lane); open != nullptr && open->events < rule->maxSize) {
        verdict.run = open->run;
        verdict.wakeAt = open->wakeAt;
        events += open->events;
    }
    if (events >= rule->maxSize) verdict.wakeAt = state_.now;
    return verdict;
}

std::optional<Verdict> FlowControl::rateLimit(const Catalog::Entry& entry, const ActiveEvent& event) {
    const auto& rule = entry.pipeline->rateLimit;
    if (!rule) return std::nullopt;
    const auto key = keyOf(rule->key, "rate_limit.key", entry, event);
    if (!key) return std::nullopt;
    const std::string lane = lanes::name(rule->family, *key);
    if (state_.scheduler.admit(lane, rateLimitRule(rule->limit, rule->period, rule->burst))) return std::nullopt;
    return Verdict{.kind = Verdict::Kind::Refuse,
                   .why = "rate_limit " + rateText(*rule) + " is used up" + (key->empty() ? "" : " for " + *key)};
}

std::optional<Verdict> FlowControl::debounce(const Catalog::Entry& entry, const ActiveEvent& event) const {
    const auto& rule = entry.pipeline->debounce;
    if (!rule) return std::nullopt;
    const auto key = keyOf(rule->key, "debounce.key", entry, event);
    if (!key) return std::nullopt;
    Verdict verdict{.kind = Verdict::Kind::Collect, .lane = lanes::name(rule->family, *key), .replace = true};
    verdict.wakeAt = plus(state_.now, rule->period);
    if (const auto* open = newest(verdict.lane)) {
        verdict.run = open->run;
        // An event that happened before the one that is kept does not take its place.
        verdict.counts = event.event.ts >= open->lastTs;
        if (rule->timeout) verdict.wakeAt = std::min(verdict.wakeAt, plus(open->createdAt, *rule->timeout));
    }
    return verdict;
}

std::optional<Verdict> FlowControl::singleton(const Catalog::Entry& entry, const ActiveEvent& event) const {
    const auto& rule = entry.pipeline->singleton;
    if (!rule) return std::nullopt;
    const auto key = keyOf(rule->key, "singleton.key", entry, event);
    if (!key) return std::nullopt;
    Verdict verdict{.lane = lanes::name(rule->family, *key)};
    verdict.run = state_.scheduler.holder(verdict.lane);
    if (!verdict.run || rule->mode == pipeline::SingletonMode::Cancel) return verdict;
    return Verdict{.kind = Verdict::Kind::Refuse,
                   .why = "singleton: a run" + (key->empty() ? std::string() : " for " + *key) + " is active"};
}

void FlowControl::collected(const Verdict& verdict, const Run& run, const ActiveEvent& event) {
    store::Collecting& open = collecting_[run.id];
    if (!open.run) open = {.run = run.id, .lane = verdict.lane, .createdAt = run.createdAt};
    newest_[open.lane] = run.id;
    open.wakeAt = verdict.wakeAt;
    ++open.events;
    if (open.events == 1 || verdict.counts) {
        open.last = event.event.id;
        open.lastTs = event.event.ts;
    }
}

bool FlowControl::mayStart(const Run& run, EventId newest) {
    const store::Collecting* open = collecting(run.id);
    if (open == nullptr) return true;
    if (open->wakeAt > state_.now || open->last != newest) return false;
    forget(run);
    return true;
}

void FlowControl::forget(const Run& run) {
    const auto open = collecting_.extract(run.id);
    if (open.empty()) return;
    const std::string& lane = open.mapped().lane;
    state_.scheduler.releaseLane(lane, {.run = run.id});
    if (const auto newest = newest_.find(lane); newest != newest_.end() && newest->second == run.id)
        newest_.erase(newest);
}

const store::Collecting* FlowControl::collecting(RunId run) const {
    const auto open = collecting_.find(run);
    return open == collecting_.end() ? nullptr : &open->second;
}

const store::Collecting* FlowControl::newest(const std::string& lane) const {
    const auto run = newest_.find(lane);
    return run == newest_.end() ? nullptr : collecting(run->second);
}

std::vector<std::string> FlowControl::lanesOf(const Catalog::Entry& entry, const ActiveEvent& event) const {
    std::vector<std::string> found;
    const auto add = [&](const std::string& family, const std::optional<cel::Program>& key, const char* what) {
        if (const auto text = keyOf(key, what, entry, event)) found.push_back(lanes::name(family, *text));
    };
    for (const pipeline::Concurrency& one : entry.pipeline->concurrency) add(one.family, one.key, "concurrency.key");
    if (const auto& rule = entry.pipeline->throttle) add(rule->family, rule->key, "throttle.key");
    return found;
}

std::int32_t FlowControl::priorityOf(const Catalog::Entry& entry, const ActiveEvent& event) const {
    const auto& priority = entry.pipeline->priority;
    if (!priority) return 0;
    const auto value = priority->evaluate(EventScope(event, *entry.pipeline, entry.vars));
    const auto seconds = value ? value->asInt() : std::nullopt;
    if (!seconds) {
        report(entry, event,
               "`priority: " + priority->source() + "` gives " +
                   (value ? std::string(value->typeName()) : "an error: " + value.error().message) +
                   ", so it counts as 0");
        return 0;
    }
    return static_cast<std::int32_t>(std::clamp(*seconds, -kMostHeadStart, kMostHeadStart));
}

std::optional<std::string> FlowControl::keyOf(const std::optional<cel::Program>& key, const char* what,
                                              const Catalog::Entry& entry, const ActiveEvent& event) const {
    if (!key) return "";
    const auto value = key->evaluate(EventScope(event, *entry.pipeline, entry.vars));
    if (!value) {
        report(entry, event, "`" + std::string(what) + ": " + key->source() + "`: " + value.error().message);
        return "";
    }
    if (value->asBool() == false) return std::nullopt;
    return value->isString() ? *value->asString() : cel::toJson(*value).value_or("");
}

void FlowControl::report(const Catalog::Entry& entry, const ActiveEvent& event, const std::string& problem) const {
    if (state_.parts.observer != nullptr)
        state_.parts.observer->triggerFailed(entry.pipeline->id, event.event.visibleId(), problem);
}

std::vector<std::string> lanesOfRun(const ActiveRun& run) {
    std::vector<std::string> own;
    const auto& entries = run.driver->pipeline().concurrency;
    for (const std::string& lane : run.record.lanes) {
        const bool forSteps = std::any_of(entries.begin(), entries.end(), [&](const pipeline::Concurrency& entry) {
            return entry.of == pipeline::Counts::Steps && entry.family == lanes::familyOf(lane);
        });
        if (!forSteps) own.push_back(lane);
    }
    return own;
}

}  // namespace stepd::engine
