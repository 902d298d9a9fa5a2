#include "engine/admissions.h"

#include <utility>

#include "engine/bindings.h"

namespace stepd::engine {
namespace {

/// The same id of the same name within this time is the same event. Inngest's event API ("Event id") compares ids for
/// each function, so there too an id under two names is two events.
constexpr Duration kEventIdLives = 24h;

Timestamp plus(Timestamp time, Duration by) {
    return time + std::chrono::ceil<std::chrono::microseconds>(by);
}

}  // namespace

Admissions::Plan Admissions::plan(NewEvent fresh) {
    auto active = std::make_shared<ActiveEvent>();
    Event& event = active->event;
    event.id = EventId{++lastEvent_.value};
    event.name = std::move(fresh.name);
    event.externalId = std::move(fresh.externalId);
    event.data = std::move(fresh.data);
    event.user = std::move(fresh.user);
    event.receivedAt = state_.now;
    event.ts = fresh.ts.value_or(state_.now);
    event.requestId = std::move(fresh.requestId);

    Plan plan;
    if (!event.externalId.empty())
        plan.once = store::OnceKey{
            .scope = "event:" + event.name, .key = event.externalId, .expiresAt = plus(state_.now, kEventIdLives)};
    for (const Catalog::Entry& entry : catalog_.current()) {
        if (!triggered(entry, *active)) continue;
        Run run;
        run.id = RunId{++lastRun_.value};
        run.event = event.id;
        run.revision = entry.pipeline->revision;
        run.pipeline = entry.pipeline->id;
        run.createdAt = state_.now;
        plan.runs.push_back({.run = std::move(run), .once = onceKey(entry, *active), .driver = entry.driver});
    }
    plan.event = std::move(active);
    return plan;
}

bool Admissions::triggered(const Catalog::Entry& entry, const ActiveEvent& event) const {
    for (const pipeline::EventTrigger& trigger : entry.pipeline->triggers) {
        if (!trigger.matches(event.event.name)) continue;
        if (!trigger.condition) return true;
        const auto value = trigger.condition->evaluate(EventScope(event, *entry.pipeline, entry.vars));
        if (!value) {
            report(entry, event, "`if: " + trigger.condition->source() + "`: " + value.error().message);
        } else if (value->asBool().value_or(false)) {
            return true;
        }
    }
    return false;
}

std::optional<store::OnceKey> Admissions::onceKey(const Catalog::Entry& entry, const ActiveEvent& event) const {
    const auto& idempotency = entry.pipeline->idempotency;
    if (!idempotency) return std::nullopt;
    const auto value = idempotency->key.evaluate(EventScope(event, *entry.pipeline, entry.vars));
    if (!value) {
        report(entry, event, "`idempotency.key: " + idempotency->key.source() + "`: " + value.error().message);
        return std::nullopt;
    }
    if (value->isNull()) return std::nullopt;
    auto key = value->isString() ? value->asString() : cel::toJson(*value);
    if (!key) {
        report(entry, event, "`idempotency.key` gives " + std::string(value->typeName()) + ", which is no key");
        return std::nullopt;
    }
    return store::OnceKey{
        .scope = "run:" + entry.pipeline->id, .key = std::move(*key), .expiresAt = plus(state_.now, idempotency->ttl)};
}

void Admissions::report(const Catalog::Entry& entry, const ActiveEvent& event, const std::string& problem) const {
    if (state_.parts.observer != nullptr)
        state_.parts.observer->triggerFailed(entry.pipeline->id, event.event.visibleId(), problem);
}

}  // namespace stepd::engine
