#include "api/declared_routes.h"

#include <memory>
#include <optional>

#include "api/document_scope.h"
#include "api/pending_runs.h"
#include "api/submission.h"
#include "api/views.h"
#include "base/error.h"
#include "json/json_text.h"
#include "pipeline/json_schema.h"
#include "telemetry/log.h"

namespace stepd::api {
namespace {

using http::Request;
using http::Responder;
using http::Response;
using http::Status;
using pipeline::HttpRoute;
using pipeline::PipelinePtr;

/// One declared route, ready to serve. Immutable; shared by the requests in flight, which may outlive a change of
/// routes.
class DeclaredRoute : public std::enable_shared_from_this<DeclaredRoute> {
public:
    DeclaredRoute(const Backend& backend, PipelinePtr pipeline, const HttpRoute& route)
        : backend_(backend), pipeline_(std::move(pipeline)), route_(route) {
        if (route_.schema.empty()) return;
        auto schema = pipeline::JsonSchema::compile(route_.schema);
        if (!schema)
            throw Error(ErrorCode::Configuration,
                        "pipeline " + pipeline_->id + ", route " + route_.path + ": " + schema.error());
        schema_ = *schema;
    }

    void serve(const Request& request, const Responder& responder) const {
        const auto id = requestId(request);
        if (!id)
            return void(responder.send(http::problem(
                Status::BadRequest, "Idempotency-Key must match [A-Za-z0-9._-] and be at most 128 characters long.")));
        if (auto refusal = checkBody(request)) return void(responder.send(std::move(*refusal)));
        auto event = makeEvent(request, *id);
        if (!event)
            return void(responder.send(http::problem(Status::UnprocessableContent,
                                                     "The body does not fit the route: " + event.error().message)));
        backend_.engine.submit({*event},
                               [self = shared_from_this(), id = *id, responder](std::vector<engine::Submitted> done) {
                                   self->accepted(id, done.front(), responder);
                               });
    }

private:
    /// The client's Idempotency-Key, so that a repeated request is the same event, else the request's own id.
    static std::optional<std::string> requestId(const Request& request) {
        const auto key = request.header("Idempotency-Key");
        if (!key) return request.id;
        return http::isPlainId(*key) ? std::optional(std::string(*key)) : std::nullopt;
    }

    std::optional<Response> checkBody(const Request& request) const {
        const auto checked = json::check(request.body);
        if (!checked.kind)
            return http::problem(Status::BadRequest, "The body is refused: " + checked.problem.message + ".");
        if (!schema_) return std::nullopt;
        const auto findings = schema_->validate(request.body);
        if (findings.empty()) return std::nullopt;
        json::Writer errors;
        errors.beginArray();
        for (const auto& finding : findings)
            errors.beginObject().field("pointer", finding.pointer).field("message", finding.message).endObject();
        return http::problem({.status = Status::UnprocessableContent,
                              .detail = "The body does not fulfil the schema of " + request.route + ".",
                              .members = {{"errors", errors.endArray().take()}}});
    }

    Result<engine::NewEvent, cel::EvaluationError> makeEvent(const Request& request, const std::string& id) const {
        using Outcome = Result<engine::NewEvent, cel::EvaluationError>;
        DocumentScope scope;
        scope.bind("request", requestDocument(request, id));
        scope.bind("vars", pipeline_->vars.empty() ? "{}" : pipeline_->vars);
        const auto data = route_.emitData.render(scope);
        if (!data) return Outcome::failure(data.error());
        const auto eventId = route_.emitId.render(scope);
        if (!eventId) return Outcome::failure(eventId.error());
        if (!data->starts_with('{')) return Outcome::failure({"emit.data is not an object"});
        engine::NewEvent event{.name = route_.emitEvent,
                               .externalId = json::stringOf(*eventId).value_or(*eventId),
                               .data = *data,
                               .user = {},
                               .ts = std::nullopt,
                               .requestId = id};
        const bool ours = !request.header("Idempotency-Key") && request.header("X-Request-Id") != id;
        event.idIsFresh = ours && event.externalId == id;
        return event;
    }

    static std::string requestDocument(const Request& request, const std::string& id) {
        json::Writer out;
        out.beginObject().field("id", id).field("remote", request.remoteAddress).key("headers").beginObject();
        for (std::size_t i = 0; i < request.headers.size(); ++i) {
            std::string name(request.headers.at(i).name);
            for (char& c : name)
                if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
            if (name != "authorization" && name != "cookie") out.key(name).string(request.headers.at(i).value);
        }
        return out.endObject().key("body").raw(request.body).endObject().take();
    }

    void accepted(const std::string& id, const engine::Submitted& submitted, const Responder& responder) const {
        if (submitted.status != engine::SubmitStatus::Accepted)
            return void(responder.send(refusedSubmission(submitted)));
        logAccepted(id, route_.emitEvent, submitted);
        const auto mine = std::find_if(submitted.runs.begin(), submitted.runs.end(),
                                       [&](const auto& run) { return run.pipeline == pipeline_->id; });
        if (route_.respond.mode == pipeline::RespondMode::Accepted || mine == submitted.runs.end())
            return void(responder.send(http::json(Status::Accepted, acceptedBody(id, submitted))));
        awaitEnd(mine->id, acceptedBody(id, submitted), responder);
    }

    void awaitEnd(RunId id, std::string accepted, const Responder& responder) const {
        const auto answer = [self = shared_from_this(), responder, accepted = std::move(accepted)](const Run* run) {
            if (run == nullptr) return void(responder.send(http::json(Status::Accepted, accepted)));
            if (self->answersAsItIs(*run)) return void(responder.send(http::json(Status::Ok, run->output)));
            // Not here: this is the engine's thread.
            self->onPool(responder, [self, responder, ended = *run] { responder.send(self->finished(ended)); });
        };
        // A duplicate of an old event, or a run that ended with its admission.
        const auto endedBefore = [self = shared_from_this(), responder, id] {
            self->onPool(responder, [self, id] {
                const auto stored = self->backend_.readers.findRun(id);
                if (stored && isTerminal(stored->state)) self->backend_.pendingRuns.ended(*stored);
            });
        };
        backend_.pendingRuns.wait(id, route_.respond.timeout, answer, endedBefore);
    }

    /// Where the task cannot be done, the client is told; a second answer is ignored.
    void onPool(const Responder& responder, std::function<void()> task) const {
        const bool taken = backend_.pool.post([responder, task = std::move(task)] {
            try {
                task();
            } catch (const std::exception& e) {
                log::error("a run's result could not be answered", {{"error", e.what()}});
                responder.send(http::problem(Status::InternalServerError, "The run's result could not be rendered."));
            }
        });
        if (!taken)
            responder.send(http::problem(Status::ServiceUnavailable, "Too many requests wait; the run goes on.")
                               .retryAfter(std::chrono::seconds(1)));
    }

    /// Nothing is to be worked out: the answer is the run's output.
    bool answersAsItIs(const Run& run) const {
        return run.state == RunState::Completed && !run.output.empty() && !route_.respond.status &&
               !route_.respond.body;
    }

    Response finished(const Run& run) const {
        json::Writer document;
        writeRun(document, run);
        DocumentScope scope;
        scope.bind("run", document.take());
        Status status = run.state == RunState::Completed ? Status::Ok : Status::InternalServerError;
        if (route_.respond.status) {
            const auto value = route_.respond.status->evaluate(scope);
            const auto number = value ? value->asInt() : std::nullopt;
            if (number && *number >= 200 && *number <= 599) status = static_cast<Status>(*number);
        }
        if (route_.respond.body) {
            const auto body = route_.respond.body->render(scope);
            if (!body) return http::problem(Status::InternalServerError, "respond.body: " + body.error().message);
            return http::json(status, *body);
        }
        if (run.state == RunState::Completed) return http::json(status, run.output.empty() ? "null" : run.output);
        return http::problem({.status = status,
                              .detail = "The run ended as " + std::string(toString(run.state)) + ".",
                              .members = {{"run_id", jsonString(publicId(run.id, run.createdAt))},
                                          {"error", run.error.empty() ? "null" : run.error}}});
    }

    const Backend& backend_;
    const PipelinePtr pipeline_;
    const HttpRoute& route_;
    std::optional<pipeline::JsonSchema> schema_;
};

http::Access accessOf(pipeline::RouteAuth auth) {
    return auth == pipeline::RouteAuth::None ? http::Access::Open : http::Access::EventKey;
}

}  // namespace

std::vector<http::Route> declaredRoutes(const Backend& backend, const std::vector<PipelinePtr>& pipelines) {
    std::vector<http::Route> routes;
    for (const auto& pipeline : pipelines) {
        for (const HttpRoute& route : pipeline->routes) {
            const auto method = http::parseMethod(route.method);
            if (!method)
                throw Error(ErrorCode::Configuration, "pipeline " + pipeline->id + ": unknown method " + route.method);
            const auto declared = std::make_shared<const DeclaredRoute>(backend, pipeline, route);
            routes.emplace_back(
                *method, route.path, accessOf(route.auth),
                [declared](const Request& request, const Responder& responder) { declared->serve(request, responder); },
                static_cast<std::size_t>(route.bodyLimit), http::Duty::TakeIn);
        }
    }
    return routes;
}

}  // namespace stepd::api
