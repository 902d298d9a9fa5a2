#include "api/bulk_runs.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "api/body_reader.h"
#include "api/run_operations.h"
#include "api/run_selection.h"
#include "base/mutex.h"
#include "json/writer.h"
#include "telemetry/log.h"

namespace stepd::api {
namespace {

using http::Request;
using http::Responder;
using http::Response;
using http::Status;

struct Verb {
    const char* past;
    std::vector<RunState> states;  ///< that it can be done to; without `state`, all of `usual`
    std::vector<RunState> usual;
};

const Verb& cancelVerb() {
    static const Verb verb{.past = "cancelled",
                           .states = {RunState::Queued, RunState::Running, RunState::Waiting},
                           .usual = {RunState::Queued, RunState::Running, RunState::Waiting}};
    return verb;
}

const Verb& rerunVerb() {
    static const Verb verb{
        .past = "done again",
        .states = {RunState::Completed, RunState::Failed, RunState::Cancelled, RunState::Quarantined},
        .usual = {RunState::Failed}};
    return verb;
}

/// The runs of one call. Each is reported once, from whatever thread; the last report sends the answer.
class BulkAnswer {
public:
    BulkAnswer(const Verb& verb, std::size_t runs, std::string next, Responder responder)
        : verb_(verb), next_(std::move(next)), responder_(std::move(responder)), open_(runs) {}

    void done(const std::string& run, const std::string& fresh) {
        json::Writer out;
        out.beginObject().field("run_id", run);
        if (!fresh.empty()) out.field("new_run_id", fresh);
        report(out.endObject().take(), true);
    }
    void refused(const std::string& run, const std::string& why) {
        json::Writer out;
        report(out.beginObject().field("run_id", run).field("problem", why).endObject().take(), false);
    }

private:
    void report(const std::string& item, bool good) {
        std::string body;
        {
            const MutexLock lock(mutex_);
            (good ? done_ : refused_).push_back(item);
            if (--open_ > 0) return;
            body = whole();
        }
        responder_.send(http::json(Status::Ok, std::move(body)));
    }

    std::string whole() const REQUIRES(mutex_) {
        log::info("runs " + std::string(verb_.past), {{"done", done_.size()}, {"refused", refused_.size()}});
        json::Writer out;
        out.beginObject().key("done").number(done_.size()).key("refused").number(refused_.size());
        out.key("more").boolean(!next_.empty()).field("next", next_).key("runs").beginArray();
        for (const auto& item : done_) out.raw(item);
        out.endArray().key("problems").beginArray();
        for (const auto& item : refused_) out.raw(item);
        return out.endArray().endObject().take();
    }

    const Verb& verb_;
    const std::string next_;
    const Responder responder_;
    Mutex mutex_;
    std::size_t open_ GUARDED_BY(mutex_);
    std::vector<std::string> done_ GUARDED_BY(mutex_);
    std::vector<std::string> refused_ GUARDED_BY(mutex_);
};
using BulkAnswerPtr = std::shared_ptr<BulkAnswer>;

struct Order {
    store::RunFilter filter;
    store::Page<RunId> page{.before = {}, .limit = kMostBulkRuns};
    bool dryRun = false;
};

Result<Order, std::string> readOrder(const Verb& verb, const Request& request, Timestamp now) {
    using Outcome = Result<Order, std::string>;
    BodyReader body(request.body, {"pipeline", "state", "since", "until", "event", "limit", "cursor", "dry_run"});
    Order order;
    auto filter = readRunFilter([&body](std::string_view key) { return body.text(key); }, now);
    order.dryRun = body.flag("dry_run").value_or(false);
    const auto limit = body.number("limit").value_or(kMostBulkRuns);
    const auto cursor = body.text("cursor");
    if (!body.problem().empty()) return Outcome::failure(body.problem());
    if (!filter) return Outcome::failure(filter.error());
    order.filter = std::move(*filter);
    if (!order.filter.pipeline && order.filter.states.empty() && !order.filter.createdSince &&
        !order.filter.createdUntil && !order.filter.event)
        return Outcome::failure("Name the runs by at least one of pipeline, state, since, until and event.");
    for (const RunState state : order.filter.states)
        if (std::find(verb.states.begin(), verb.states.end(), state) == verb.states.end())
            return Outcome::failure("A run that is " + std::string(toString(state)) + " cannot be " + verb.past + ".");
    if (order.filter.states.empty()) order.filter.states = verb.usual;
    if (limit < 1 || limit > static_cast<std::int64_t>(kMostBulkRuns))
        return Outcome::failure("limit must be a number from 1 to " + std::to_string(kMostBulkRuns));
    order.page.limit = static_cast<std::size_t>(limit);
    if (cursor) {
        const auto ref = parseRunId(*cursor);
        if (!ref) return Outcome::failure("cursor must be the `next` of the call before");
        order.page.before = ref->id;
    }
    return order;
}

void cancelOne(const Backend& backend, const Run& run, const BulkAnswerPtr& answer) {
    backend.engine.cancel(run.id, [answer, id = publicId(run.id, run.createdAt)](engine::CancelStatus status) {
        if (status == engine::CancelStatus::Cancelled) return answer->done(id, {});
        const bool stopping = status == engine::CancelStatus::Stopping;
        answer->refused(id, stopping ? "the daemon is stopping" : "it has ended in the meantime");
    });
}

void rerunOne(const Backend& backend, const Run& run, const BulkAnswerPtr& answer) {
    const std::string id = publicId(run.id, run.createdAt);
    auto event = backend.readers.findEvent(run.event);
    if (!event) return answer->refused(id, "its event is not kept any more");
    backend.engine.rerun({.of = run, .event = std::move(*event), .kept = {}},
                         [answer, id](const engine::RerunAnswer& done) {
                             switch (done.status) {
                                 case engine::RerunStatus::Started:
                                     return answer->done(id, publicId(done.run.id, done.run.createdAt));
                                 case engine::RerunStatus::Unknown:
                                     return answer->refused(id, "its pipeline does not exist any more");
                                 case engine::RerunStatus::StoreFull:
                                 case engine::RerunStatus::Refused: return answer->refused(id, done.message);
                                 case engine::RerunStatus::Stopping:
                                     return answer->refused(id, "the daemon is stopping");
                             }
                         });
}

using DoOne = void (*)(const Backend&, const Run&, const BulkAnswerPtr&);

std::optional<Response> carryOut(const Backend& backend, const Verb& verb, DoOne doOne, const Request& request,
                                 const Responder& responder) {
    auto order = readOrder(verb, request, backend.clock.now());
    if (!order) return http::problem(Status::BadRequest, order.error());
    if (order->dryRun) {
        const auto count = countRuns(backend.readers, order->filter);
        json::Writer out;
        out.beginObject().key("dry_run").boolean(true).key("matched").raw(count ? std::to_string(*count) : "null");
        return http::json(Status::Ok, out.endObject().take());
    }
    const std::size_t limit = order->page.limit++;  // one more shows whether there are more
    auto runs = backend.readers.listRuns(order->filter, order->page);
    std::string next;
    if (runs.size() > limit) {
        runs.resize(limit);
        next = publicId(runs.back().id, runs.back().createdAt);
    }
    if (runs.empty())
        return http::json(Status::Ok, R"({"done":0,"refused":0,"more":false,"next":null,"runs":[],"problems":[]})");
    const auto answer = std::make_shared<BulkAnswer>(verb, runs.size(), std::move(next), responder);
    for (const Run& run : runs) doOne(backend, run, answer);
    return std::nullopt;
}

http::Handler bulk(const Backend& backend, const Verb& verb, DoOne doOne) {
    return [&backend, &verb, doOne](Request request, const Responder& responder) {
        answerFromPool(backend.pool, std::move(request), responder,
                       [&backend, &verb, doOne, responder](const Request& r) {
                           return carryOut(backend, verb, doOne, r, responder);
                       });
    };
}

}  // namespace

std::vector<http::Route> bulkRunRoutes(const Backend& backend) {
    using http::Access;
    using http::Method;
    return {
        {Method::Post, "/api/v1/runs/cancel", Access::Admin, bulk(backend, cancelVerb(), &cancelOne)},
        {Method::Post, "/api/v1/runs/rerun", Access::Admin, bulk(backend, rerunVerb(), &rerunOne)},
    };
}

}  // namespace stepd::api
