#include "engine/schedules.h"

#include <utility>

#include "engine/bindings.h"
#include "engine/lanes.h"
#include "json/json_text.h"
#include "json/writer.h"

namespace stepd::engine {
namespace {

/// After a long stop: so many missed ticks are made up for, the newest ones.
constexpr std::size_t kMostMissed = 1000;
/// A tick this late was not missed: the engine was busy, or the machine slept a moment.
constexpr Duration kOnTime = 1min;

std::string dataOf(const pipeline::CronTrigger& trigger, Timestamp tick) {
    json::Writer writer;
    writer.beginObject().field("cron", trigger.expression).field("timezone", trigger.timezone);
    writer.field("scheduled_at", toRfc3339(tick));
    if (!trigger.data.empty())
        if (const auto fields = json::fieldsOf(trigger.data))
            for (const auto& [name, value] : *fields) writer.key(name).raw(value);
    return writer.endObject().take();
}

}  // namespace

void Schedules::use(const std::vector<Catalog::EntryPtr>& entries) {
    schedules_.clear();
    for (const Catalog::EntryPtr& entry : entries) {
        const auto& crons = entry->pipeline->crons;
        for (std::size_t i = 0; i < crons.size(); ++i) {
            // Both have been checked when the pipeline was loaded.
            const auto cron = parseCron(crons[i].expression);
            auto calendar = cron ? CronCalendar::make(*cron, crons[i].timezone) : std::nullopt;
            if (!calendar) continue;
            Schedule schedule{
                .entry = entry,
                .trigger = i,
                .moment = "cron:" + entry->pipeline->id + ":" + crons[i].expression + ":" + crons[i].timezone,
                .calendar = *calendar,
                .next = {}};
            const auto stored = state_.scheduler.moment(schedule.moment);
            if (!stored) state_.scheduler.setMoment(schedule.moment, state_.now);
            const auto seen = seen_.emplace(schedule.moment, stored.value_or(state_.now)).first;
            schedule.next = schedule.calendar.next(seen->second);
            schedules_.push_back(std::move(schedule));
        }
    }
}

void Schedules::tick() {
    for (Schedule& schedule : schedules_) {
        if (!schedule.next || *schedule.next > state_.now) continue;
        bool fired = false;
        for (const Timestamp tick : dueTicks(schedule, seen_[schedule.moment])) fired = fire(schedule, tick) || fired;
        if (!fired) state_.scheduler.setMoment(schedule.moment, state_.now);
        seen_[schedule.moment] = state_.now;
        schedule.next = schedule.calendar.next(state_.now);
    }
}

/// Those since the last one, as far as `catch_up` wants them.
std::vector<Timestamp> Schedules::dueTicks(const Schedule& schedule, Timestamp last) const {
    const pipeline::CronTrigger& trigger = schedule.entry->pipeline->crons[schedule.trigger];
    std::vector<Timestamp> due = schedule.calendar.ticksBetween(last, state_.now, kMostMissed);
    std::vector<Timestamp> wanted;
    for (std::size_t i = 0; i < due.size(); ++i) {
        const bool newest = i + 1 == due.size();
        const bool onTime = state_.now - due[i] <= kOnTime;
        if (onTime || trigger.catchUp == pipeline::CatchUp::All ||
            (newest && trigger.catchUp == pipeline::CatchUp::Last))
            wanted.push_back(due[i]);
    }
    return wanted;
}

bool Schedules::fire(const Schedule& schedule, Timestamp tick) {
    const pipeline::Pipeline& pipeline = *schedule.entry->pipeline;
    const pipeline::CronTrigger& trigger = pipeline.crons[schedule.trigger];
    const Duration delay = jitterOf(pipeline.id, trigger.expression, tick, trigger.jitter);
    Order order{.event = {.name = "stepd.cron", .externalId = {}, .data = dataOf(trigger, tick), .user = {}}};
    order.event.ts = tick + std::chrono::ceil<std::chrono::microseconds>(delay);
    order.event.target = pipeline.id;
    order.overlap = trigger.overlap;
    if (trigger.overlap != pipeline::Overlap::Allow)
        order.overlapLane = lanes::name(pipeline.id + ":singleton", "cron");
    if (trigger.condition) {
        ActiveEvent event;
        event.event.name = order.event.name;
        event.event.data = order.event.data;
        event.event.ts = *order.event.ts;
        const auto value = trigger.condition->evaluate(EventScope(event, pipeline, schedule.entry->vars));
        if (!value && state_.parts.observer != nullptr)
            state_.parts.observer->triggerFailed(pipeline.id, order.event.name, "`if`: " + value.error().message);
        if (!value || !value->asBool().value_or(false)) return false;
    }
    order.placed = [this, moment = schedule.moment, tick](const Submitted&) {
        state_.scheduler.setMoment(moment, tick);
    };
    send_(std::move(order));
    return true;
}

std::optional<Timestamp> Schedules::nextTick() const {
    std::optional<Timestamp> first;
    for (const Schedule& schedule : schedules_)
        if (schedule.next && (!first || *schedule.next < *first)) first = schedule.next;
    return first;
}

}  // namespace stepd::engine
