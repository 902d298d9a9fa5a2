#pragma once

#include <memory>
#include <optional>

#include "base/mutex.h"
#include "http/reactor_server.h"
#include "http/request.h"

namespace stepd::http {

/// The one place that decides about a request when its header is there: route, right, room, in this order; the body
/// comes after. `decide` is confined to the reactor thread, `setRoutes` is thread-safe.
class Gate {
public:
    /// Either a route to go on with or an answer; never both.
    struct Decision {
        std::shared_ptr<const Router> routes;  // keeps `route` alive while the body arrives, over a swap of the table
        const Route* route = nullptr;
        std::optional<Response> answer;
    };

    Gate(const ServerOptions& options, ServerMetrics& metrics, std::shared_ptr<const Router> routes)
        : options_(options), metrics_(metrics), routes_(std::move(routes)) {}

    /// Fills the request's route, parameters and principal.
    Decision decide(Request& request);
    void setRoutes(std::shared_ptr<const Router> routes) EXCLUDES(mutex_);

private:
    std::shared_ptr<const Router> routes() const EXCLUDES(mutex_);
    Response noRoute(const Request& request, const Match& match);
    std::optional<Response> refuseRight(Request& request, Access access);
    void count(Refusal refusal) { ++metrics_.refused[static_cast<std::size_t>(refusal)]; }

    const ServerOptions& options_;
    ServerMetrics& metrics_;
    mutable Mutex mutex_;
    std::shared_ptr<const Router> routes_ GUARDED_BY(mutex_);
};

}  // namespace stepd::http
