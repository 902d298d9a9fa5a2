#include "api/events.h"

#include <algorithm>

#include "api/admission_gate.h"
#include "api/event_reader.h"
#include "api/paging.h"
#include "api/submission.h"
#include "api/trigger_report.h"
#include "api/views.h"
#include "telemetry/log.h"

namespace stepd::api {
namespace {

using http::Request;
using http::Responder;
using http::Response;
using http::Status;

/// The envelope of Inngest's event API: clients read `ids`, `status` and `error`.
Response inngestAnswer(Status status, const std::vector<engine::Submitted>& submitted, const std::string& error) {
    json::Writer out;
    out.beginObject().key("ids").beginArray();
    for (const auto& one : submitted) out.string(publicId(one.event, one.receivedAt));
    out.endArray().key("status").number(static_cast<int>(status));
    if (std::any_of(submitted.begin(), submitted.end(), [](const auto& one) { return !one.skipped.empty(); })) {
        out.key("skipped").beginArray();
        for (const auto& one : submitted) writeSkipped(out, one);
        out.endArray();
    }
    if (!error.empty()) out.field("error", error);
    return http::json(status, out.endObject().take());
}

Response ownAnswer(const std::string& requestId, const std::vector<engine::Submitted>& submitted) {
    json::Writer out;
    out.beginObject().key("events").beginArray();
    for (const auto& one : submitted) out.raw(acceptedBody(requestId, one));
    return http::json(Status::Accepted, out.endArray().endObject().take());
}

enum class Envelope { Inngest, Own };

Response answer(Envelope envelope, const std::string& requestId, const std::vector<engine::Submitted>& submitted) {
    for (const auto& one : submitted) {
        if (one.status == engine::SubmitStatus::Accepted) continue;
        Response refused = refusedSubmission(one);
        if (envelope == Envelope::Own) return refused;
        Response inngest = inngestAnswer(refused.status, {}, one.message);
        if (const auto wait = refused.headers.find("Retry-After")) inngest.headers.add("Retry-After", *wait);
        return inngest;
    }
    if (envelope == Envelope::Inngest) return inngestAnswer(Status::Ok, submitted, {});
    return ownAnswer(requestId, submitted);
}

void ingest(const Backend& backend, Envelope envelope, const Request& request, const Responder& responder) {
    auto events = readEvents(request.body, request.header("x-inngest-event-id-seed").value_or(""));
    if (!events) {
        responder.send(envelope == Envelope::Own ? http::problem(Status::BadRequest, events.error())
                                                 : inngestAnswer(Status::BadRequest, {}, events.error()));
        return;
    }
    backend.admission.brought(request, events->size());
    if (events->empty()) return void(responder.send(answer(envelope, request.id, {})));
    std::vector<engine::NewEvent> batch = std::move(*events);
    std::vector<std::string> names;
    const bool logged = log::wanted(log::Level::Info);
    for (auto& event : batch) {
        event.requestId = request.id;
        if (logged) names.push_back(event.name);
    }
    backend.engine.submit(std::move(batch),
                          [envelope, responder, id = request.id, names](const std::vector<engine::Submitted>& done) {
                              for (std::size_t i = 0; i < names.size(); ++i)
                                  if (done[i].status == engine::SubmitStatus::Accepted)
                                      logAccepted(id, names[i], done[i]);
                              responder.send(answer(envelope, id, done));
                          });
}

Response listEvents(const Backend& backend, const Request& request) {
    const auto page = eventPage(request);
    if (!page) return http::problem(Status::BadRequest, page.error());
    std::optional<std::string> name;
    if (const auto wanted = request.queryValue("name")) name = std::string(*wanted);
    const auto events = backend.readers.listEvents(name, *page);
    json::Writer out;
    out.beginObject().key("events").beginArray();
    for (const Event& event : events) writeEvent(out, event);
    out.endArray();
    out.field("next",
              events.size() == page->limit ? publicId(events.back().id, events.back().receivedAt) : std::string());
    return http::json(Status::Ok, out.endObject().take());
}

/// The event that the path names; absent as in `findRun`.
std::optional<Event> findEvent(const Backend& backend, const Request& request) {
    const auto ref = parseEventId(request.param("id"));
    auto event = ref ? backend.readers.findEvent(ref->id) : std::nullopt;
    if (event && toMillis(event->receivedAt) != ref->createdMillis) return std::nullopt;
    return event;
}

Response noSuchEvent() {
    return http::problem(Status::NotFound, "There is no event with this id.");
}

Response why(const Backend& backend, const Request& request) {
    const auto event = findEvent(backend, request);
    if (!event) return noSuchEvent();
    const auto runs = backend.readers.listRuns({.event = event->id}, {.limit = kLargestPage});
    json::Writer out;
    out.beginObject().field("event", event->name).key("pipelines").beginArray();
    for (const auto& report : reportTriggers(backend.pipelines(), *event, runs)) {
        out.beginObject().field("pipeline", report.pipeline).field("verdict", toString(report.verdict));
        out.key("sentences").beginArray();
        for (const auto& sentence : report.sentences) out.string(sentence);
        out.endArray().key("run_ids").beginArray();
        for (const auto& run : report.runs) out.string(run);
        out.endArray().endObject();
    }
    return http::json(Status::Ok, out.endArray().endObject().take());
}

Response showEvent(const Backend& backend, const Request& request) {
    const auto event = findEvent(backend, request);
    if (!event) return noSuchEvent();
    json::Writer out;
    out.beginObject().key("event");
    writeEvent(out, *event);
    out.key("runs").beginArray();
    for (const Run& run : backend.readers.listRuns({.event = event->id}, {.limit = kLargestPage})) writeRun(out, run);
    return http::json(Status::Ok, out.endArray().endObject().take());
}

}  // namespace

std::vector<http::Route> eventRoutes(const Backend& backend) {
    using http::Access;
    using http::Method;
    const auto ingesting = [&backend](Envelope envelope) {
        return [&backend, envelope](const Request& request, const Responder& responder) {
            ingest(backend, envelope, request, responder);
        };
    };
    return {
        {Method::Post, kInngestIngest, Access::EventKey, ingesting(Envelope::Inngest), backend.eventBodyLimit,
         http::Duty::TakeIn},
        {Method::Post, "/api/v1/events", Access::Admin, ingesting(Envelope::Own), backend.eventBodyLimit,
         http::Duty::TakeIn},
        {Method::Get, "/api/v1/events", Access::Viewer, reading(backend, &listEvents)},
        {Method::Get, "/api/v1/events/{id}/why", Access::Viewer, reading(backend, &why)},
        {Method::Get, "/api/v1/events/{id}", Access::Viewer, reading(backend, &showEvent)},
    };
}

}  // namespace stepd::api
