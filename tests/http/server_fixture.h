#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "http/manual_clock.h"
#include "http/reactor_server.h"
#include "http/test_client.h"

namespace stepd::http::test {

/// `GET path` with a Host.
std::string get(std::string_view path, std::string_view fields = {});
/// `POST path` with a Content-Length.
std::string post(std::string_view path, std::string_view body, std::string_view fields = {});

/// Sends a request and gives its answer; throws if the connection ends without one.
Reply ask(TestClient& client, const std::string& bytes, bool bodyFollows = true);

/// A started server on loopback with a few routes, in time that the test moves:
/// `GET /hello` text; `POST /echo` its body; `POST /small` at most 16 bytes; `GET /items/{id}` the id; `GET /later`
/// keeps its responder for the test; `GET /drop` drops it; `GET /throw`; `GET /big` 8 MiB; `/key` and `/admin` need a
/// right.
class ServerFixture {
public:
    explicit ServerFixture(ServerOptions options = impatient());
    /// Moves the clock until the server has stopped, whatever state a failed test left it in.
    ~ServerFixture();
    /// Options whose server stops without draining: a test's clock would not move meanwhile.
    static ServerOptions impatient() { return {.limits = {.drainTime = Duration(0)}}; }

    TestClient client() const { return TestClient(server.port()); }
    /// Moves the clock and lets the server look at it.
    void advance(Duration by);
    /// Yields until `done`; fails the test after a long while.
    void await(const std::function<bool()>& done) const;
    void awaitOpen(std::uint64_t connections) const;

    /// The responders of `/later`, in order of arrival.
    Responder later(std::size_t index);
    std::size_t laterCount();
    void forgetLater();

private:
    std::vector<Route> routes();
    Handler counted(Handler handler);

    std::mutex mutex_;
    std::vector<Responder> later_;

public:
    ManualClock clock;
    std::atomic<int> handled = 0;  ///< calls of any handler
    ReactorServer server;          // last: it stops before what its handlers use goes
};

constexpr std::size_t kBigBody = 8 * 1024 * 1024;

}  // namespace stepd::http::test
