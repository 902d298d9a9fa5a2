#include "http/gate.h"

namespace stepd::http {
namespace {

constexpr const char* kAllMethods = "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

}  // namespace

Gate::Decision Gate::decide(Request& request) {
    Decision out{.routes = routes(), .route = nullptr, .answer = {}};
    if (request.target == "*") {
        out.answer = empty(Status::NoContent).with("Allow", kAllMethods);
        return out;
    }
    Match match = out.routes->match(request.method, request.segments);
    if (match.route == nullptr) {
        out.answer = noRoute(request, match);
        return out;
    }
    request.route = match.route->pattern;
    request.parameters = std::move(match.parameters);
    out.answer = refuseRight(request, match.route->access);
    if (out.answer) return out;
    if (options_.admit && match.route->duty == Duty::TakeIn) out.answer = options_.admit(request);
    if (out.answer)
        count(Refusal::Shed);
    else
        out.route = match.route;
    return out;
}

Response Gate::noRoute(const Request& request, const Match& match) {
    if (match.allow.empty()) {
        count(Refusal::NotFound);
        return problem(Status::NotFound, "There is nothing at this path.");
    }
    if (request.method == Method::Options) return empty(Status::NoContent).with("Allow", match.allow);
    count(Refusal::NotAllowed);
    return problem(Status::MethodNotAllowed, "This path does not take this method.").with("Allow", match.allow);
}

std::optional<Response> Gate::refuseRight(Request& request, Access access) {
    if (access == Access::Open) return std::nullopt;
    std::optional<Response> answer;
    if (options_.authorize)
        answer = options_.authorize(request, access);
    else
        answer = problem(Status::Unauthorized, "This path needs a right that nobody has.");
    if (answer) count(Refusal::Unauthorized);
    return answer;
}

void Gate::setRoutes(std::shared_ptr<const Router> routes) {
    const MutexLock lock(mutex_);
    routes_.swap(routes);
}

std::shared_ptr<const Router> Gate::routes() const {
    const MutexLock lock(mutex_);
    return routes_;
}

}  // namespace stepd::http
