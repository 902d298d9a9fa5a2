#include "api/run_operations.h"

#include "api/body_reader.h"
#include "api/rerun_plan.h"
#include "api/run_lookup.h"
#include "json/writer.h"
#include "telemetry/log.h"

namespace stepd::api {
namespace {

using http::Request;
using http::Responder;
using http::Response;
using http::Status;

Response cancelled(engine::CancelStatus status) {
    switch (status) {
        case engine::CancelStatus::Cancelled: return http::json(Status::Ok, R"({"status":"cancelled"})");
        case engine::CancelStatus::Finished: return http::problem(Status::Conflict, "The run has ended already.");
        case engine::CancelStatus::Unknown: return noSuchRun();
        case engine::CancelStatus::Stopping: break;
    }
    return stoppingAnswer();
}

void cancel(const Backend& backend, const Run& run, const Request&, const Responder& responder) {
    backend.engine.cancel(run.id, [responder](engine::CancelStatus status) { responder.send(cancelled(status)); });
}

Response released(engine::ReleaseStatus status) {
    switch (status) {
        case engine::ReleaseStatus::Released: return http::json(Status::Ok, R"({"status":"released"})");
        case engine::ReleaseStatus::NotHeld:
            return http::problem(Status::Conflict, "Nothing of the run waits for a person.");
        case engine::ReleaseStatus::Unknown: return noSuchRun();
        case engine::ReleaseStatus::Stopping: break;
    }
    return stoppingAnswer();
}

Response rerunAnswer(const std::string& of, const std::vector<std::string>& kept, const engine::RerunAnswer& answer) {
    switch (answer.status) {
        case engine::RerunStatus::Started: break;
        case engine::RerunStatus::Unknown:
            return http::problem(Status::Conflict, "The pipeline of the run does not exist any more.");
        case engine::RerunStatus::Refused: return http::problem(Status::Conflict, answer.message);
        case engine::RerunStatus::StoreFull:
            return http::problem(Status::InsufficientStorage, answer.message).retryAfter(std::chrono::seconds(30));
        case engine::RerunStatus::Stopping: return stoppingAnswer();
    }
    const std::string id = publicId(answer.run.id, answer.run.createdAt);
    log::info("run is done again", {{"run_id", id}, {"rerun_of", of}, {"pipeline", answer.run.pipeline}});
    json::Writer out;
    out.beginObject().field("status", "queued").field("run_id", id).field("rerun_of", of);
    out.field("pipeline", answer.run.pipeline).key("kept").beginArray();
    for (const auto& step : kept) out.string(step);
    return http::json(Status::Accepted, out.endArray().endObject().take());
}

void doAgain(const Backend& backend, const Run& run, const RerunWish& wish, const Responder& responder) {
    if (!isTerminal(run.state))
        return void(responder.send(http::problem(Status::Conflict, "The run has not ended; cancel it first.")));
    const auto pipeline = currentPipeline(backend, run.pipeline);
    if (!pipeline) return void(responder.send(rerunAnswer({}, {}, {.status = engine::RerunStatus::Unknown})));
    auto event = backend.readers.findEvent(run.event);
    if (!event) return void(responder.send(http::problem(Status::Gone, "The event of the run is not kept any more.")));
    auto plan = planRerun(*pipeline, run, std::move(*event), backend.readers.stepsOf(run.id), wish);
    if (!plan) return void(responder.send(http::problem(Status::UnprocessableContent, plan.error())));
    std::vector<std::string> kept;
    for (const StepRecord& step : plan->kept)
        if (step.name.find('[') == std::string::npos) kept.push_back(step.name);  // items go without saying
    backend.engine.rerun(std::move(*plan),
                         [responder, kept, of = publicId(run.id, run.createdAt)](const engine::RerunAnswer& answer) {
                             responder.send(rerunAnswer(of, kept, answer));
                         });
}

void rerun(const Backend& backend, const Run& run, const Request& request, const Responder& responder) {
    BodyReader body(request.body, {"from", "input", "step"});
    const RerunWish wish{.from = body.text("from").value_or(""),
                         .input = body.raw("input").value_or(""),
                         .step = body.text("step").value_or("")};
    if (!body.problem().empty()) return void(responder.send(http::problem(Status::BadRequest, body.problem())));
    doAgain(backend, run, wish, responder);
}

/// The main step whose calls killed their workers; empty if none did.
std::string poisonousStep(const std::vector<StepRecord>& steps) {
    for (const StepRecord& step : steps)
        if (step.state == StepState::Failed && step.crashes > 0) return step.name.substr(0, step.name.find('['));
    return {};
}

/// A run in quarantine has ended, and what has ended never moves: it goes on as another one, from the step that put it
/// there.
void release(const Backend& backend, const Run& run, const Request&, const Responder& responder) {
    if (run.state == RunState::Quarantined)
        return doAgain(backend, run, {.from = poisonousStep(backend.readers.stepsOf(run.id))}, responder);
    backend.engine.release(run.id, [responder](engine::ReleaseStatus status) { responder.send(released(status)); });
}

}  // namespace

pipeline::PipelinePtr currentPipeline(const Backend& backend, const std::string& id) {
    for (auto& pipeline : backend.pipelines())
        if (pipeline->id == id) return pipeline;
    return nullptr;
}

std::vector<http::Route> runOperationRoutes(const Backend& backend) {
    using http::Access;
    using http::Method;
    return {
        {Method::Post, "/api/v1/runs/{id}/cancel", Access::Admin, withRun(backend, &cancel)},
        {Method::Post, "/api/v1/runs/{id}/rerun", Access::Admin, withRun(backend, &rerun)},
        {Method::Post, "/api/v1/runs/{id}/release", Access::Admin, withRun(backend, &release)},
    };
}

}  // namespace stepd::api
