#include "api/backend.h"

#include <exception>
#include <memory>
#include <utility>

#include "telemetry/log.h"

namespace stepd::api {

void answerFromPool(TaskPool& pool, http::Request request, http::Responder responder,
                    std::function<std::optional<http::Response>(const http::Request&)> handle) {
    const auto shared = std::make_shared<const http::Request>(std::move(request));
    const bool taken = pool.post([shared, responder, handle = std::move(handle)] {
        try {
            if (auto response = handle(*shared)) responder.send(std::move(*response));
        } catch (const std::exception& e) {
            log::error("request failed", {{"request_id", shared->id}, {"route", shared->route}, {"error", e.what()}});
            responder.send(http::problem(http::Status::InternalServerError,
                                         "The request could not be answered; the log "
                                         "has the reason under request_id " +
                                             shared->id + "."));
        }
    });
    if (!taken)
        responder.send(http::problem(http::Status::ServiceUnavailable, "Too many requests wait; try again soon.")
                           .retryAfter(std::chrono::seconds(1)));
}

http::Handler reading(const Backend& backend, http::Response (*handle)(const Backend&, const http::Request&)) {
    return [&backend, handle](http::Request request, http::Responder responder) {
        answerFromPool(backend.pool, std::move(request), std::move(responder),
                       [&backend, handle](const http::Request& r) { return handle(backend, r); });
    };
}

}  // namespace stepd::api
