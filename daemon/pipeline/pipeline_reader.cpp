#include "pipeline/pipeline_reader.h"

#include "pipeline/expression_types.h"
#include "pipeline/names.h"
#include "pipeline/pipeline_check.h"
#include "pipeline/route_reader.h"
#include "pipeline/step_reader.h"
#include "pipeline/unsupported.h"
#include "yaml/json.h"

namespace stepd::pipeline {
namespace {

// The checks of the graph compare each step with each.
constexpr std::size_t kMostSteps = 1000;

}  // namespace

Pipeline PipelineReader::read(const yaml::Node& root) {
    Pipeline pipeline;
    yaml::Reader fields(root, "", report_);
    readHead(fields, pipeline);
    readTriggers(fields, pipeline);
    if (const yaml::Node* list = fields.list("http"))
        pipeline.routes = RouteReader(files_, expressions_, fetched_).read(*list, "http", report_);
    readIdempotency(fields, pipeline);
    const Inherited inherited = readDefaults(fields);
    StepReader steps(context_, inherited, expressions_, usedPolicies_);
    if (const yaml::Node* list = fields.list("steps")) {
        if (list->items.empty() || list->items.size() > kMostSteps) {
            fields.error("steps", "a pipeline has 1 to " + std::to_string(kMostSteps) + " steps");
        } else {
            pipeline.steps = steps.read(*list, "steps", report_);
        }
    }
    pipeline.output = expressions_.templated(fields, "output", Place::Output);
    refuseUnsupported(fields, kUnsupportedInPipelines);
    fields.finish();

    checkGraph(pipeline.steps, steps.places(), report_);
    checkExpressions(expressions_.sites(), pipeline, steps.places(), context_, report_);
    checkTypes(expressions_.sites(), report_);
    pipeline.secrets = secretsOf(expressions_.sites());
    return pipeline;
}

void PipelineReader::readHead(yaml::Reader& fields, Pipeline& pipeline) {
    fields.require({"version", "id", "steps"});
    std::int64_t version = 1;
    if (fields.read("version", version) && version != 1)
        fields.error("version", "version " + std::to_string(version) + " of the language is not known",
                     "write `version: 1`");
    if (fields.read("id", pipeline.id) && !isPipelineId(pipeline.id))
        fields.error("id", "`" + pipeline.id + "` is no id for a pipeline",
                     "use letters, digits and . _ -, at most 64");
    pipeline.name = pipeline.id;
    fields.read("name", pipeline.name);
    if (const yaml::Node* vars = fields.mapping("vars")) pipeline.vars = yaml::toJson(*vars, "vars", report_);
}

void PipelineReader::readTriggers(yaml::Reader& fields, Pipeline& pipeline) {
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
        yaml::Reader trigger(*list->items[i], yaml::itemPath(key, i), report_);
        pipeline.triggers.push_back(readTrigger(trigger));
    }
    if (list->items.empty()) fields.error(key, "a pipeline without a trigger never runs", "write `- event: NAME`");
}

EventTrigger PipelineReader::readTrigger(yaml::Reader& fields) {
    EventTrigger trigger;
    if (!fields.has("cron")) fields.require({"event"});
    if (fields.read("event", trigger.pattern) && !isEventPattern(trigger.pattern))
        fields.error("event", "`" + trigger.pattern + "` is no name of an event",
                     "use letters, digits and . _ - / :, and * as a wildcard");
    trigger.condition = expressions_.bare(fields, "if", Place::Trigger);
    refuseUnsupported(fields, kUnsupportedInTriggers);
    fields.finish();
    return trigger;
}

void PipelineReader::readIdempotency(yaml::Reader& fields, Pipeline& pipeline) {
    const yaml::Node* node = fields.mapping("idempotency");
    if (node == nullptr) return;
    yaml::Reader inner(*node, "idempotency", report_);
    inner.require({"key"});
    Idempotency idempotency;
    inner.read("ttl", idempotency.ttl, {1s, 24h * 365});
    if (auto key = expressions_.bare(inner, "key", Place::Idempotency)) {
        idempotency.key = std::move(*key);
        pipeline.idempotency = std::move(idempotency);
    }
    inner.finish();
}

Inherited PipelineReader::readDefaults(yaml::Reader& fields) {
    Inherited inherited{{context_.defaultRetry, std::nullopt}, context_.defaultTimeout};
    const yaml::Node* node = fields.mapping("defaults");
    if (node == nullptr) return inherited;
    yaml::Reader inner(*node, "defaults", report_);
    readInherited(inner, context_, expressions_, usedPolicies_, inherited);
    inner.finish();
    return inherited;
}

}  // namespace stepd::pipeline
