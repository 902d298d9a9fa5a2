#include "api/reload.h"

#include <algorithm>

#include "api/body_reader.h"
#include "api/plugin_operations.h"
#include "json/writer.h"
#include "telemetry/log.h"

namespace stepd::api {
namespace {

using http::Request;
using http::Responder;
using http::Response;
using http::Status;
using Kind = PipelineChange::Kind;

void writeFindings(json::Writer& out, const Diagnostics& findings) {
    out.beginArray();
    for (const Diagnostic& finding : findings) {
        out.beginObject().field("severity", finding.severity == Severity::Error ? "error" : "warning");
        out.field("file", finding.file).key("line").number(finding.line).key("column").number(finding.column);
        out.field("path", finding.path).field("message", finding.message).field("hint", finding.hint).endObject();
    }
    out.endArray();
}

void writeChange(json::Writer& out, const PipelineChange& change, ReloadMode mode) {
    out.beginObject().field("id", change.id()).field("change", toString(change.kind));
    out.field("revision", change.after ? change.after->hash : std::string());
    out.field("before", change.before ? change.before->hash : std::string());
    if (mode == ReloadMode::DryRun) out.key("source").raw(change.after ? change.after->source : std::string());
    out.endObject();
}

std::string statusOf(const ReloadReport& report, ReloadMode mode) {
    if (mode == ReloadMode::DryRun) return "dry_run";
    const bool same = std::all_of(report.plugins.begin(), report.plugins.end(),
                                  [](const PluginChange& change) { return change.status == "unchanged"; });
    return same && report.count(Kind::Unchanged) == report.changes.size() ? "unchanged" : "reloaded";
}

Response answer(const ReloadReport& report, ReloadMode mode) {
    json::Writer out;
    if (hasErrors(report.findings)) {
        writeFindings(out, report.findings);
        return http::problem({.status = Status::UnprocessableContent,
                              .detail = "The files have errors; nothing has changed.",
                              .members = {{"findings", out.take()}}});
    }
    out.beginObject().field("status", statusOf(report, mode)).key("pipelines").beginArray();
    for (const auto& change : report.changes) writeChange(out, change, mode);
    out.endArray().key("plugins").beginArray();
    for (const auto& change : report.plugins) writePluginChange(out, change);
    out.endArray().key("findings");
    writeFindings(out, report.findings);
    out.field("note", "Of stepd.yaml, plugins and secrets are read again; other changes in it need a restart.");
    return http::json(Status::Ok, out.endObject().take());
}

}  // namespace

void logReload(const ReloadReport& report) {
    for (const Diagnostic& finding : report.findings)
        log::write(finding.severity == Severity::Error ? log::Level::Error : log::Level::Warning, finding.message,
                   {{"file", finding.file},
                    {"line", finding.line},
                    {"column", finding.column},
                    {"path", finding.path},
                    {"hint", finding.hint}});
    if (hasErrors(report.findings)) return log::error("reload refused: the files have errors; nothing has changed");
    for (const PluginChange& change : report.plugins)
        if (change.status != "unchanged") logPluginChange(change);
    log::info("pipelines reloaded", {{"added", report.count(Kind::Added)},
                                     {"changed", report.count(Kind::Changed)},
                                     {"removed", report.count(Kind::Removed)},
                                     {"unchanged", report.count(Kind::Unchanged)}});
}

std::vector<http::Route> reloadRoutes(const Backend& backend) {
    const auto reload = [&backend](const Request& request, const Responder& responder) {
        BodyReader body(request.body, {"dry_run"});
        const auto mode = body.flag("dry_run").value_or(false) ? ReloadMode::DryRun : ReloadMode::Apply;
        if (!body.problem().empty()) return void(responder.send(http::problem(Status::BadRequest, body.problem())));
        answerFromPool(backend.reloadPool, request, responder,
                       [&backend, mode](const Request&) { return answer(backend.reload(mode), mode); });
    };
    return {{http::Method::Post, "/api/v1/reload", http::Access::Admin, reload}};
}

}  // namespace stepd::api
