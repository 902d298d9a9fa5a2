#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "base/clock.h"
#include "base/service.h"
#include "http/limits.h"
#include "http/router.h"
#include "http/server_metrics.h"

namespace stepd::http {

/// Decides before the body is read whether `request` (its body still empty) may use a route with that access: absent if
/// it may, else the answer. May set `request.principal`. Called on the reactor thread for every route but `Open` ones;
/// must not block or throw.
using Authorizer = std::function<std::optional<Response>(Request& request, Access access)>;

/// Decides after the authorizer and before the body is read whether there is room for the request (hardening R27):
/// absent if there is, else the answer, such as 503 with Retry-After. Called on the reactor thread for routes of
/// `Duty::TakeIn` alone; must not block or throw.
using Admission = std::function<std::optional<Response>(const Request& request)>;

struct ServerOptions {
    std::string name = "http";
    std::string address = "127.0.0.1";  ///< literal IPv4 or IPv6
    std::uint16_t port = 0;             ///< 0: the system chooses, `port()` tells
    Limits limits = {};
    Authorizer authorize = {};  ///< none: every route but `Open` ones answers 401
    Admission admit = {};       ///< none: there is always room
    /// Told about an exception that escaped from a handler; on the reactor thread. None: it is only counted.
    std::function<void(const std::string& requestId, std::string_view what)> onFailure = {};
};

/// The HTTP/1.1 front: one thread that serves all connections and waits for none. Requests of one connection are
/// handled and answered one after the other; further bytes wait in the kernel. Deadlines follow the injected clock.
/// Thread-safe, but for `start` and `stop`, which belong to one thread.
class ReactorServer final : public Service {
public:
    /// Opens nothing yet. `clock` outlives the server.
    ReactorServer(ServerOptions options, const Clock& clock, std::shared_ptr<const Router> routes);
    ~ReactorServer() override;

    const char* name() const override;
    /// Listens when it returns; a server starts once. Throws Error{Unavailable} if the address cannot be had.
    void start() override;
    /// Accepts no more, closes what is idle, answers what is in flight for at most `limits.drainTime`, then closes the
    /// rest and ends the thread. Blocks until then.
    void stop() override;

    /// The port it listens on; 0 before `start`.
    std::uint16_t port() const;
    /// The table for requests whose header arrives from now on; earlier ones end with the table they began with.
    void setRoutes(std::shared_ptr<const Router> routes);
    const ServerMetrics& metrics() const;
    /// Makes the thread look at the clock now: for tests that move it.
    void wake();

private:
    class Reactor;

    const ServerOptions options_;
    std::unique_ptr<Reactor> reactor_;
    std::thread thread_;
};

}  // namespace stepd::http
