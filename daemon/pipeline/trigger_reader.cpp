#include "pipeline/trigger_reader.h"

#include <algorithm>

#include "base/cron.h"
#include "pipeline/names.h"
#include "pipeline/time_zones.h"
#include "yaml/json.h"

namespace stepd::pipeline {
namespace {

std::string sourceOf(const std::optional<cel::Program>& program) {
    return program ? program->source() : "";
}

/// Refuses the keys of schedules beside an event: they would do nothing.
void refuseScheduleKeys(yaml::Reader& fields) {
    for (const char* key : {"timezone", "jitter", "catch_up", "overlap", "data"})
        fields.refuse(key, "`" + std::string(key) + "` belongs to a schedule", "it stands beside `cron`");
}

void readExpression(yaml::Reader& fields, CronTrigger& trigger) {
    if (!fields.read("cron", trigger.expression)) return;
    const auto cron = parseCron(trigger.expression);
    if (cron) return;
    const yaml::Node& scalar = *fields.node().find("cron")->value;
    fields.report().error(scalar.at(cron.error().column - 1), fields.path("cron"), cron.error().message,
                          cron.error().hint);
}

void readZone(yaml::Reader& fields, CronTrigger& trigger) {
    if (!fields.read("timezone", trigger.timezone)) return;
    const auto& known = timeZones();
    if (std::binary_search(known.begin(), known.end(), trigger.timezone)) return;
    if (known.empty()) return fields.error("timezone", "this system has no time zones", "install tzdata");
    const std::string meant = didYouMean(trigger.timezone, known);
    fields.error(
        "timezone", "no time zone is named `" + trigger.timezone + "`",
        meant.empty() ? "write a name of the IANA database, as in Europe/Berlin" : "did you mean `" + meant + "`?");
}

/// Data of a schedule is the same for each tick.
void refuseExpressions(const yaml::Node& node, const std::string& path, yaml::Report& report) {
    if (node.kind == yaml::Kind::Text && node.text.find("${{") != std::string::npos)
        report.error(node, path, "`data` of a schedule holds no expressions",
                     "steps know the time of the tick as event.data.scheduled_at");
    for (std::size_t i = 0; i < node.items.size(); ++i)
        refuseExpressions(*node.items[i], yaml::itemPath(path, i), report);
    for (const auto& entry : node.entries) refuseExpressions(*entry.value, path + "." + entry.key, report);
}

void readData(yaml::Reader& fields, CronTrigger& trigger) {
    const yaml::Node* data = fields.mapping("data");
    if (data == nullptr) return;
    for (const char* key : {"cron", "timezone", "scheduled_at"})
        if (const yaml::Entry* taken = data->find(key))
            fields.report().error(taken->mark, fields.path("data") + "." + key,
                                  "`" + std::string(key) + "` is in the data of each tick already",
                                  "give it another name");
    refuseExpressions(*data, fields.path("data"), fields.report());
    trigger.data = yaml::toJson(*data, fields.path("data"), fields.report());
}

}  // namespace

void TriggerReader::read(yaml::Reader& fields, Pipeline& pipeline) {
    // Tools of YAML 1.1 turn the key `on` into true, hence the second name.
    const bool both = fields.has("on") && fields.has("triggers");
    if (both) fields.error("triggers", "`on` and `triggers` are two names of one key", "keep one of them");
    const char* key = fields.has("triggers") ? "triggers" : "on";
    const yaml::Node* list = fields.list(key);
    fields.entry("on");
    fields.entry("triggers");
    if (!fields.has(key)) return fields.require({"on"});
    if (list == nullptr) return;
    for (std::size_t i = 0; i < list->items.size(); ++i) {
        yaml::Reader trigger(*list->items[i], yaml::itemPath(key, i), fields.report());
        if (trigger.has("cron")) {
            readSchedule(trigger, pipeline);
        } else {
            readEvent(trigger, pipeline);
        }
        trigger.finish();
    }
}

void TriggerReader::readEvent(yaml::Reader& fields, Pipeline& pipeline) {
    EventTrigger trigger;
    if (!fields.has("event") && fields.node().kind == yaml::Kind::Mapping)
        fields.error("event", "a trigger needs `event` or `cron`");
    if (fields.read("event", trigger.pattern) && !isEventPattern(trigger.pattern))
        fields.error("event", "`" + trigger.pattern + "` is no name of an event",
                     "use letters, digits and . _ - / :, and * as a wildcard");
    trigger.condition = expressions_.bare(fields, "if", Place::Trigger);
    refuseScheduleKeys(fields);
    const bool known = std::any_of(pipeline.triggers.begin(), pipeline.triggers.end(), [&](const EventTrigger& other) {
        return other.pattern == trigger.pattern && sourceOf(other.condition) == sourceOf(trigger.condition);
    });
    if (known && !trigger.pattern.empty()) fields.error("event", "two triggers are the same", "keep one of them");
    pipeline.triggers.push_back(std::move(trigger));
}

void TriggerReader::readSchedule(yaml::Reader& fields, Pipeline& pipeline) {
    CronTrigger trigger;
    fields.refuse("event", "a trigger has `event` or `cron`", "write two triggers");
    readExpression(fields, trigger);
    readZone(fields, trigger);
    fields.read("jitter", trigger.jitter, {Duration::zero(), 24h});
    fields.read("catch_up", trigger.catchUp, {{"none", CatchUp::None}, {"last", CatchUp::Last}, {"all", CatchUp::All}});
    fields.read("overlap", trigger.overlap,
                {{"allow", Overlap::Allow}, {"skip", Overlap::Skip}, {"cancel", Overlap::Cancel}});
    readData(fields, trigger);
    trigger.condition = expressions_.bare(fields, "if", Place::Trigger);
    const bool known = std::any_of(pipeline.crons.begin(), pipeline.crons.end(), [&](const CronTrigger& other) {
        return other.expression == trigger.expression && other.timezone == trigger.timezone;
    });
    if (known && !trigger.expression.empty()) fields.error("cron", "two schedules are the same", "keep one of them");
    pipeline.crons.push_back(std::move(trigger));
}

}  // namespace stepd::pipeline
