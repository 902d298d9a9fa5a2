#include "pipeline/pipeline_reader.h"

#include "pipeline/contract_check.h"
#include "pipeline/expression_types.h"
#include "pipeline/flow_reader.h"
#include "pipeline/lane_families.h"
#include "pipeline/names.h"
#include "pipeline/pipeline_check.h"
#include "pipeline/reference_check.h"
#include "pipeline/route_reader.h"
#include "pipeline/trigger_reader.h"
#include "yaml/json.h"

namespace stepd::pipeline {
namespace {

/// Clients read a run after its end.
void readTime(yaml::Reader& fields, std::string_view key, std::optional<Duration>& kept) {
    Duration time{};
    if (fields.read(key, time, {1s, 24h * 36'500})) kept = time;
}

}  // namespace

Pipeline PipelineReader::read(const yaml::Node& root) {
    Pipeline pipeline;
    yaml::Reader fields(root, "", report_);
    readHead(fields, pipeline);
    TriggerReader(expressions_).read(fields, pipeline);
    if (const yaml::Node* list = fields.list("http"))
        pipeline.routes = RouteReader(files_, expressions_, fetched_).read(*list, "http", report_);
    FlowReader(expressions_).read(fields, pipeline);
    const Inherited inherited = readDefaults(fields);
    StepReader steps(pipeline.id, context_, inherited, expressions_, usedPolicies_, report_);
    readSteps(fields, steps);
    pipeline.steps = steps.finish();
    pipeline.output = expressions_.templated(fields, "output", Place::Output);
    readRetention(fields, pipeline.retention);
    fields.finish();

    checkGraph(pipeline.steps, steps.places(), report_);
    checkExpressions(expressions_.sites(), pipeline, steps.places(), context_, report_);
    const NameTypes names(pipeline, expressions_.sites(), context_.contracts);
    const auto types = checkTypes(expressions_.sites(), names, report_);
    checkContracts(pipeline, steps.places(), expressions_.sites(), types, context_.contracts, report_);
    pipeline.secrets = secretsOf(expressions_.sites());
    return pipeline;
}

void PipelineReader::readSteps(yaml::Reader& fields, StepReader& steps) {
    if (const yaml::Node* list = fields.list("steps")) {
        if (list->items.empty()) fields.error("steps", "a pipeline has at least one step");
        steps.read(*list, "steps", Phase::Main);
    }
    if (const yaml::Node* list = fields.list("on_failure")) steps.read(*list, "on_failure", Phase::OnFailure);
    if (const yaml::Node* list = fields.list("finally")) steps.read(*list, "finally", Phase::Finally);
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
    if (isReservedPipelineId(pipeline.id))
        fields.error("id", "`" + pipeline.id + "` is a word of stepd itself", "choose another id");
    pipeline.name = pipeline.id;
    fields.read("name", pipeline.name);
    if (const yaml::Node* vars = fields.mapping("vars")) pipeline.vars = yaml::toJson(*vars, "vars", report_);
}

void PipelineReader::readRetention(yaml::Reader& fields, Retention& retention) {
    const yaml::Node* node = fields.mapping("retention");
    if (node == nullptr) return;
    yaml::Reader inner(*node, "retention", report_);
    readTime(inner, "completed", retention.completed);
    readTime(inner, "failed", retention.failed);
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
