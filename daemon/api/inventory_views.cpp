#include "api/inventory_views.h"

#include <variant>

#include "api/plugin_operations.h"
#include "base/units.h"

namespace stepd::api {
namespace {

/// What does the work of a step: a plugin, or one of the built-in steps.
std::string usesOf(const pipeline::Step& step) {
    struct {
        std::string operator()(std::monostate) const { return {}; }
        std::string operator()(const pipeline::SleepStep&) const { return "core/sleep"; }
        std::string operator()(const pipeline::WaitForEventStep&) const { return "core/wait_for_event"; }
        std::string operator()(const pipeline::SendEventStep&) const { return "core/send_event"; }
        std::string operator()(const pipeline::InvokeStep&) const { return "core/invoke"; }
        std::string operator()(const pipeline::FailStep&) const { return "core/fail"; }
    } builtIn;
    if (step.isGroup) return "group";
    if (step.plugin.empty()) return std::visit(builtIn, step.builtIn);
    return step.stepType.empty() ? step.plugin : step.plugin + "/" + step.stepType;
}

std::string_view toString(pipeline::Phase phase) {
    switch (phase) {
        case pipeline::Phase::Main: return "main";
        case pipeline::Phase::OnFailure: return "on_failure";
        case pipeline::Phase::Finally: break;
    }
    return "finally";
}

void writeStep(json::Writer& out, const pipeline::Pipeline& pipeline, const pipeline::Step& step) {
    out.beginObject();
    out.field("id", step.id).field("uses", usesOf(step)).field("plugin", step.plugin);
    out.field("phase", toString(step.phase)).field("timeout", toText(step.timeout));
    out.key("attempts").number(step.retry.policy.attempts);
    out.field("if", step.condition ? step.condition->source() : std::string());
    out.field("foreach", step.foreach ? step.foreach->items.source() : std::string());
    out.field("group", step.group ? pipeline.steps[*step.group].id : std::string());
    out.key("continue_on_error").boolean(step.continueOnError);
    out.key("needs").beginArray();
    for (const auto need : step.needs) out.string(pipeline.steps[need].id);
    out.endArray().endObject();
}

void pipelineFields(json::Writer& out, const pipeline::Pipeline& pipeline, Activity activity) {
    out.field("id", pipeline.id).field("name", pipeline.name).field("revision", pipeline.hash);
    out.key("paused").boolean(activity == Activity::Paused);
    out.key("events").beginArray();
    for (const auto& trigger : pipeline.triggers) out.string(trigger.pattern);
    out.endArray().key("crons").beginArray();
    for (const auto& cron : pipeline.crons) out.string(cron.expression + " " + cron.timezone);
    out.endArray().key("routes").beginArray();
    for (const auto& route : pipeline.routes) out.string(route.method + " " + route.path);
    out.endArray().key("steps").beginArray();
    for (const auto& step : pipeline.steps) writeStep(out, pipeline, step);
    out.endArray();
}

void writeList(json::Writer& out, const char* key, const std::vector<std::string>& texts) {
    out.key(key).beginArray();
    for (const auto& text : texts) out.string(text);
    out.endArray();
}

void writeReach(json::Writer& out, const char* key, const std::optional<PluginReach>& reach) {
    out.key(key);
    if (!reach) {
        out.raw("null");
        return;
    }
    out.beginObject();
    writeList(out, "net", reach->grant.net);
    writeList(out, "read", reach->grant.read);
    writeList(out, "write", reach->grant.write);
    out.key("exec").boolean(reach->grant.exec);
    writeList(out, "secrets", reach->secrets);
    out.endObject();
}

void writeEnforced(json::Writer& out, const std::optional<SandboxView>& enforced) {
    out.key("enforced");
    if (!enforced) {
        out.raw("null");
        return;
    }
    out.beginObject().key("seccomp").boolean(enforced->seccomp).key("landlock_abi").number(enforced->landlockAbi);
    writeList(out, "findings", enforced->findings);
    out.endObject();
}

void writeBuilds(json::Writer& out, const PluginView& plugin) {
    out.key("build");
    writeBuild(out, plugin.build);
    out.field("since", plugin.since).key("previous");
    writeBuild(out, plugin.previous);
    out.field("not_used", plugin.notUsed).key("generations").beginArray();
    for (const auto& generation : plugin.generations) {
        out.beginObject().key("number").number(generation.number).field("role", generation.role).key("build");
        writeBuild(out, generation.build);
        out.key("running").number(generation.running).key("queued").number(generation.queued).endObject();
    }
    out.endArray();
}

}  // namespace

void writePipeline(json::Writer& out, const pipeline::Pipeline& pipeline, Activity activity) {
    out.beginObject();
    pipelineFields(out, pipeline, activity);
    out.endObject();
}

void writePipelineDetails(json::Writer& out, const pipeline::Pipeline& pipeline, Activity activity,
                          std::optional<std::size_t> unfinishedRuns) {
    out.beginObject();
    pipelineFields(out, pipeline, activity);
    out.key("unfinished_runs")
        .raw(unfinishedRuns ? std::to_string(*unfinishedRuns) : "null")
        .key("source")
        .raw(pipeline.source);
    out.endObject();
}

void writePlugin(json::Writer& out, const PluginView& plugin) {
    out.beginObject();
    out.field("name", plugin.name).field("state", plugin.state).field("problem", plugin.problem);
    out.field("version", plugin.version).field("summary", plugin.summary).field("library", plugin.library);
    out.key("steps").beginArray();
    for (const auto& step : plugin.steps) out.string(step);
    out.endArray();
    out.key("workers").number(plugin.workers).key("slots").number(plugin.slots).key("restarts").number(plugin.restarts);
    out.key("health").beginObject().field("status", plugin.health.status).key("details").raw(plugin.health.details);
    out.endObject();
    writeReach(out, "asked", plugin.asked);
    writeReach(out, "granted", plugin.granted);
    out.field("sandbox", plugin.sandbox);
    writeEnforced(out, plugin.enforced);
    writeBuilds(out, plugin);
    out.endObject();
}

}  // namespace stepd::api
