#include "api/run_lookup.h"

#include <utility>

namespace stepd::api {

std::optional<Run> findRun(const Backend& backend, const http::Request& request) {
    const auto ref = parseRunId(request.param("id"));
    if (!ref) return std::nullopt;
    auto run = backend.readers.findRun(ref->id);
    if (run && toMillis(run->createdAt) != ref->createdMillis) return std::nullopt;
    return run;
}

http::Response noSuchRun() {
    return http::problem(http::Status::NotFound, "There is no run with this id.");
}

http::Response stoppingAnswer() {
    return http::problem(http::Status::ServiceUnavailable, "The daemon is stopping.").retryAfter(5s);
}

http::Handler withRun(const Backend& backend,
                      void (*handle)(const Backend&, const Run&, const http::Request&, const http::Responder&)) {
    return [&backend, handle](http::Request request, const http::Responder& responder) {
        answerFromPool(backend.pool, std::move(request), responder,
                       [&backend, handle, responder](const http::Request& r) -> std::optional<http::Response> {
                           const auto run = findRun(backend, r);
                           if (!run) return noSuchRun();
                           handle(backend, *run, r, responder);
                           return std::nullopt;
                       });
    };
}

}  // namespace stepd::api
